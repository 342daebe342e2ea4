import pytest
from click.testing import CliRunner

from scripts.benchmarks.__main__ import _tracker_size, bench


@pytest.mark.parametrize("program", ["wrk", "taskset"])
def test_a_missing_program_is_named(monkeypatch, tmp_path, program):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = CliRunner().invoke(bench)

    assert 1 == result.exit_code
    assert program in result.stderr


def test_the_tracker_is_measured_compressed(capsys):
    figures = _tracker_size()

    assert ["T9.core", "T9.everything"] == list(figures)
    assert 0 < figures["T9.core"].value < figures["T9.everything"].value
    assert all(figure.met for figure in figures.values())
    assert "T9.core" in capsys.readouterr().out
