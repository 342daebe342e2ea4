import re

import pytest

from scripts.benchmarks.targets import BY_KEY, TARGETS, Target


@pytest.mark.parametrize(
    ("value", "is_minimum", "is_met"),
    [
        pytest.param(9, True, False, id="below a minimum"),
        pytest.param(10, True, True, id="exactly a minimum"),
        pytest.param(11, True, True, id="above a minimum"),
        pytest.param(9, False, True, id="below a maximum"),
        pytest.param(10, False, True, id="exactly a maximum"),
        pytest.param(11, False, False, id="above a maximum"),
    ],
)
def test_a_target_is_a_minimum_or_a_maximum(value, is_minimum, is_met):
    assert is_met == Target("T0", "pages", 10, "pages", is_minimum).figure(value, reference=1).met


@pytest.mark.parametrize(("limit", "is_met"), [(None, False), (20, True), (11.9, False)])
def test_another_limit_replaces_that_of_the_target(limit, is_met):
    figure = Target("T0", "pages", 10, "pages").figure(12, reference=1, limit=limit)

    assert (limit or 10, is_met) == (figure.target, figure.met)


def test_a_figure_is_rounded_and_judged_by_its_exact_value():
    figure = Target("T0", "pages", 10, "pages").figure(10.004, reference=3.14159, digits=2)

    assert (10.0, 3.14, False) == (figure.value, figure.reference, figure.met)


def test_a_key_has_one_target():
    assert len(TARGETS) == len(BY_KEY)


def test_the_targets_are_t1_to_t10_and_those_of_longer_runs():
    groups = {re.split(r"[.]", target.key)[0] for target in TARGETS}

    assert {f"T{number}" for number in range(1, 11)} | {"flood", "workers", "load"} == groups
