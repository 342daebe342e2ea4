import pytest

from scripts.benchmarks import several_processes as several


@pytest.mark.parametrize(
    ("per_second", "p99_ms", "gain", "are_met"),
    [
        pytest.param(32_000, 1.5, 1.6, (True, True), id="as fast as they should be"),
        pytest.param(30_000, 2.5, 1.5, (False, False), id="too slow"),
    ],
)
def test_the_gain_is_relative_to_one_process(per_second, p99_ms, gain, are_met):
    figures = several.figures(
        {several._ALONE: 20_000.0, several._SEVERAL: per_second}, {several._ALONE: 9.0, several._SEVERAL: p99_ms}
    )

    assert gain == figures["workers.gain"].value
    assert are_met == (figures["workers.gain"].met, figures["workers.p99"].met)
