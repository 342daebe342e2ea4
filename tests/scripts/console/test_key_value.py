import click
import pytest
from click.testing import CliRunner

from scripts.console.key_value import Pair


@click.command()
@click.option("--prop", type=Pair(), default=("a", "b"))
def show(prop: tuple[str, str]) -> None:
    click.echo(repr(prop))


@pytest.mark.parametrize(
    ("words", "pair"),
    [
        pytest.param(["--prop", "plan=pro"], ("plan", "pro"), id="two words"),
        pytest.param(["--prop", "plan="], ("plan", ""), id="an empty value"),
        pytest.param(["--prop", "plan=a=b"], ("plan", "a=b"), id="a value with a sign"),
        pytest.param([], ("a", "b"), id="the default"),
    ],
)
def test_two_words_become_a_pair(words, pair):
    assert f"{pair!r}\n" == CliRunner().invoke(show, words).stdout


@pytest.mark.parametrize("word", ["plan", "=pro", ""])
def test_any_other_word_is_rejected(word):
    result = CliRunner().invoke(show, ["--prop", word])

    assert 2 == result.exit_code
    assert repr(word) in result.stderr
