import time

import click
import pytest
from click.testing import CliRunner

from schema.exclusions import rules
from schema.exclusions.size_check import TooMuchError
from schema.sites import sites
from scripts.config import loading
from scripts.console import confirm
from tests.factories import an_exclusion

RULE = an_exclusion({"network": "192.0.2.0/24", "note": "office"}).rule


@click.command()
@click.option("--share", type=float)
def ask(share: float) -> None:
    confirm.ask(RULE, lambda _rule: share, max_share=0.2)
    click.echo("stored")


@pytest.mark.parametrize(
    ("share", "answer", "is_stored"),
    [
        pytest.param("0.1", "", True, id="few hits need no answer"),
        pytest.param("0.5", "y\n", True, id="yes"),
        pytest.param("0.5", "n\n", False, id="no"),
        pytest.param("0.5", "", False, id="no answer"),
    ],
)
def test_a_rule_that_matches_many_hits_needs_a_yes(share, answer, is_stored):
    result = CliRunner().invoke(ask, ["--share", share], input=answer)

    assert is_stored == (result.stdout == "stored\n")
    assert ("office" in result.stderr) == (share == "0.5")


def test_a_share_is_unknown_while_no_server_runs(control, data_dir):
    sites.add(control, "example.org", timezone="UTC", now=time.time())
    share = confirm.by_the_server(loading.load({"data_dir": str(data_dir)}), control)

    assert share(RULE) is None


@pytest.mark.parametrize(
    ("line", "is_weighed"),
    [pytest.param(3, False, id="in force already"), pytest.param(None, True, id="not in the file before")],
)
def test_a_rule_of_the_file_is_weighed_once(control, line, is_weighed):
    if line is not None:
        rules.follow_file(control, [(line, RULE)], who="the file", now=time.time())
    weigh = confirm.of_file(control, lambda _rule: 0.5, max_share=0.2)

    if is_weighed:
        with pytest.raises(TooMuchError):
            weigh(RULE)
    else:
        weigh(RULE)
