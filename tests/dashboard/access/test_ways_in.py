"""What the operator decides about signing in."""

from dashboard.access.ways_in import WaysIn


def test_without_a_parser_browsers_have_no_names():
    assert ("", "") == WaysIn().browser_of("Mozilla/5.0 (X11; Linux x86_64) Firefox/142.0")
