import json
import time

import pytest

from schema.exclusions import audit
from schema.sites import sites


def test_a_site_that_is_added_is_a_site_of_the_running_server(control, sillage):
    result = sillage("sites", "add", "www.Example.org", "--timezone", "Europe/Paris")

    assert (result.exit_code, result.stdout) == (
        0,
        "Added example.org with the time zone Europe/Paris and the profile standard.\n",
    )
    assert [(site.domain, site.timezone) for site in sites.list_all(control, now=time.time())] == [
        ("example.org", "Europe/Paris")
    ]


def test_a_site_gets_the_time_zone_of_the_settings_when_none_is_given(control, sillage):
    sillage("sites", "add", "example.org")

    assert sites.list_all(control, now=time.time())[0].timezone == "Europe/Oslo"


def test_the_first_command_makes_the_data_directory(data_dir, sillage):
    result = sillage("sites", "add", "example.org")

    assert result.exit_code == 0
    assert (data_dir / "control.sqlite3").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(
            ("add", "https://"),
            "sillage: '' is not a domain: enter it like example.org\n",
            id="a URL without a domain",
        ),
        pytest.param(
            ("add", "example.org/blog?page=2"),
            "sillage: 'example.org/blog?page=2' is not a domain: enter it like example.org\n",
            id="a domain with a query",
        ),
        pytest.param(
            ("add", "Sites"),
            "sillage: sites is a path of the dashboard, so a site can't use it\n",
            id="an address of the dashboard",
        ),
        pytest.param(("add", "taken.example"), "sillage: taken.example already exists\n", id="a domain that is taken"),
        pytest.param(
            ("add", "example.org", "--timezone", "Paris"),
            "sillage: --timezone is 'Paris'. It must be a time zone such as Europe/Paris.\n",
            id="a city instead of a time zone",
        ),
        pytest.param(
            ("remove", "example.org", "--yes"),
            "sillage: example.org is not a site here. `sillage sites list` shows the sites.\n",
            id="removing what is not there",
        ),
    ],
)
def test_what_can_not_be_is_one_sentence_and_exit_code_2(sillage, words, sentence):
    sillage("sites", "add", "taken.example")

    result = sillage("sites", *words)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)


def test_sites_are_listed_as_a_table(sillage):
    sillage("sites", "add", "example.org")
    sillage("sites", "add", "a-longer-name.example.org", "--timezone", "UTC")

    result = sillage("sites", "list")

    assert result.stdout.splitlines() == [
        "DOMAIN                     TIMEZONE     RETENTION DAYS",
        "a-longer-name.example.org  UTC          761",
        "example.org                Europe/Oslo  761",
    ]


def test_sites_are_listed_as_json(sillage):
    sillage("sites", "add", "example.org")

    result = sillage("sites", "list", "--json")

    expected = [{"domain": "example.org", "timezone": "Europe/Oslo", "retention_days": 761}]
    assert json.loads(result.stdout) == expected


def test_an_empty_list_leaves_standard_output_empty(sillage):
    result = sillage("sites", "list")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "No sites yet. `sillage sites add example.org` adds one.\n"


def test_an_empty_list_is_json_all_the_same(sillage):
    assert json.loads(sillage("sites", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("words", "answer", "exit_code", "left"),
    [
        pytest.param((), "y\n", 0, [], id="confirmed"),
        pytest.param((), "n\n", 1, ["example.org"], id="declined"),
        pytest.param((), "", 1, ["example.org"], id="nobody there to ask"),
        pytest.param(("--yes",), "", 0, [], id="not asked"),
    ],
)
def test_a_site_is_removed_once_that_is_confirmed(control, sillage, words, answer, exit_code, left):
    sillage("sites", "add", "example.org")

    result = sillage("sites", "remove", "Example.org", *words, answer=answer)

    assert result.exit_code == exit_code
    assert [site.domain for site in sites.list_all(control, now=time.time())] == left


def test_the_events_of_a_removed_site_wait_for_the_server_to_delete_them(control, sillage):
    sillage("sites", "add", "example.org")

    result = sillage("sites", "remove", "example.org", "--yes")

    assert "The server deletes its events: now if it is running, else when it starts." in result.stdout
    assert sites.removed_ids(control, before=9_999_999_999) == [1]


def test_the_retention_is_changed_after_a_confirmation(control, sillage, elsewhere):
    sillage("sites", "add", "example.org")
    refused = sillage("sites", "retention", "example.org", "12", "--counts", "24", answer="n\n")
    assert (1, 761) == (refused.exit_code, _site(control).retention_days)

    result = sillage("sites", "retention", "example.org", "12", "--counts", "24", answer="y\n")
    assert result.stdout.splitlines() == [
        "Events are kept for 12 months, daily counts for 24.",
        "No events are stored.",
        "This deletes nothing now.",
        "Changed the retention. The server applies it: now if it is running, else when it starts.",
    ]
    assert (365, 730) == (_site(control).retention_days, _site(control).counts_days)
    assert "the command line" == audit.latest(control, 1, topic=audit.PRIVACY)[0].who


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param((), "Events are kept for 25 months, daily counts for 25.", id="shown only"),
        pytest.param(("12", "--dry-run"), "Events are kept for 12 months, daily counts for 12.", id="in dry run"),
    ],
)
def test_the_retention_stays_when_nothing_is_to_change(control, sillage, elsewhere, words, sentence):
    sillage("sites", "add", "example.org")
    result = sillage("sites", "retention", "example.org", *words)

    assert (0, sentence) == (result.exit_code, result.stdout.splitlines()[0])
    assert _site(control).retention_days == 761


def test_a_retention_that_is_not_possible_is_a_sentence(control, sillage):
    sillage("sites", "add", "example.org")

    assert "from 1 to 600 months" in sillage("sites", "retention", "example.org", "0", "--yes").stderr


def _site(control):
    [site] = sites.list_all(control, now=time.time())
    return site
