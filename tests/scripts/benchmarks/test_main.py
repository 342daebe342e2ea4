import click
import pytest
from click.testing import CliRunner

from scripts.benchmarks.__main__ import ROUNDS, _tracker_size, bench


@pytest.mark.parametrize("program", ["wrk", "taskset"])
def test_a_missing_program_is_named(monkeypatch, tmp_path, program):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = CliRunner().invoke(bench)

    assert 1 == result.exit_code
    assert program in result.stderr


@pytest.mark.parametrize(
    ("options", "rounds"),
    [
        pytest.param([], 18, id="by default"),
        pytest.param(["--quick"], 3, id="quickly"),
        pytest.param(["--rounds", "1"], 1, id="a number"),
        pytest.param(["--quick", "--rounds", "7"], 7, id="the last option wins"),
    ],
)
def test_the_number_of_rounds_can_be_chosen(options, rounds):
    chosen = bench.make_context("bench", options).params["rounds"]

    assert rounds == (chosen or ROUNDS)


def test_no_rounds_are_rejected():
    with pytest.raises(click.BadParameter):
        bench.make_context("bench", ["--rounds", "0"])


def test_the_tracker_is_measured_compressed(capsys):
    figures = _tracker_size()

    assert ["T9.core", "T9.everything"] == list(figures)
    assert 0 < figures["T9.core"].value < figures["T9.everything"].value
    assert all(figure.met for figure in figures.values())
    assert "T9.core" in capsys.readouterr().out
