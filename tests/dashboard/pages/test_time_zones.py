"""The time zones that people can choose from."""

from dashboard.pages import time_zones


def test_a_zone_with_summer_time_is_there_and_a_planet_is_not():
    assert "Europe/Paris" in time_zones.names()
    assert "Mars" not in time_zones.names()


def test_the_problem_names_what_was_entered():
    assert time_zones.problem("Mars") == "“Mars” is not a time zone. Use a name such as Europe/Paris."
