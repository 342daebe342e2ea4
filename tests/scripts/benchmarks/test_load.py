import pytest

from scripts.benchmarks.load import Round, cost_us, scaled_figure
from scripts.benchmarks.targets import BARE_US, Target


def rounds(*costs: float) -> list[Round]:
    return [Round(1000, 2.0, {}, cost) for cost in costs]


def test_a_round_has_a_rate():
    assert 500 == rounds(27.0)[0].per_second


def test_the_cost_is_the_median_of_rounds():
    assert 30 == cost_us(rounds(27, 30, 300))


@pytest.mark.parametrize(
    ("unit", "value", "bare_us", "here", "is_met"),
    [
        pytest.param("ms", 100, BARE_US, 100, True, id="a time, on the machine of the target"),
        pytest.param("ms", 101, BARE_US, 100, False, id="a time that is too long"),
        pytest.param("ms", 200, 2 * BARE_US, 200, True, id="a time, on a machine half as fast"),
        pytest.param("events/s", 100, BARE_US, 100, True, id="a rate"),
        pytest.param("events/s", 99, BARE_US, 100, False, id="a rate that is too low"),
        pytest.param("events/s", 50, 2 * BARE_US, 50, True, id="a rate, on a machine half as fast"),
    ],
)
def test_a_target_is_judged_at_the_speed_of_this_machine(unit, value, bare_us, here, is_met, capsys):
    target = Target("T0", "what it measures", 100, unit, is_minimum=unit == "events/s")
    figure = scaled_figure(target, value, bare=rounds(bare_us))

    assert (value, here, is_met) == (figure.value, figure.target, figure.met)
    assert ["what", "T0"] == [line.split()[0] for line in capsys.readouterr().out.splitlines()]
