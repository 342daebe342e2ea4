import time

import pytest

from schema.exclusions import rules
from schema.sites import sites
from schema.stores.control import Control
from scripts.benchmarks import throughput


@pytest.mark.parametrize(
    ("during", "slowdown", "is_met"),
    [
        pytest.param([2.0, 4.0], 3.0, True, id="three times as long"),
        pytest.param([2.0, 6.0], 4.0, False, id="four times as long"),
        pytest.param([1.0, 1.0], 1.0, True, id="as long as before"),
    ],
)
def test_a_slowdown_is_the_ratio_of_means(capsys, during, slowdown, is_met):
    figure = throughput._slowdown("50", [{"50%": 1.0}] * 2, [{"50%": latency} for latency in during])

    assert (slowdown, is_met) == (figure.value, figure.met)


def test_the_site_under_load_has_an_exclusion(tmp_path):
    throughput.make_site(tmp_path)
    control = Control(tmp_path / "control.sqlite3", now=time.time())
    stored = [site.domain for site in sites.list_all(control, now=time.time())], len(rules.list_all(control))
    control.close()

    assert ([throughput.SITE], 1) == stored


def test_an_empty_spool_needs_no_waiting(tmp_path):
    (tmp_path / "spool").mkdir()

    throughput.wait_until_stored(tmp_path)
