import click
import pytest
from click.testing import CliRunner

from schema.measures.goals import GoalError
from schema.sites.sites import SiteError
from schema.stores.database import DatabaseUnavailableError
from scripts.config.loading import ConfigError
from scripts.console.errors import Refusal, is_expected


@click.command()
def refuse() -> None:
    raise Refusal("there is no such site")


def test_a_refusal_is_a_sentence_on_standard_error_and_exit_code_2():
    result = CliRunner().invoke(refuse)

    assert (2, "", "sillage: there is no such site\n") == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize(
    ("error", "is_for_people"),
    [
        (ConfigError("x"), True),
        (GoalError("x"), True),
        (SiteError("x"), True),
        (DatabaseUnavailableError("x"), True),
        (ValueError("x"), False),
        (KeyError("x"), False),
        (OSError("x"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_for_people_differs_from_a_fault(error, is_for_people):
    assert is_for_people == is_expected(error)
