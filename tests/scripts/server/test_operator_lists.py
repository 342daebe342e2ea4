"""The operator's spam list and exchange rates take effect, and stay in effect while a file is unusable."""

from decimal import Decimal
from pathlib import Path

import pytest

from ingest.gates.referrer_spam import ReferrerSpam, built_in
from scripts.server.operator_lists import OperatorLists
from scripts.server.watched_file import LOOK_EVERY_S


class Files:
    """Lists of an operator, and the spam lists that were put into effect."""

    def __init__(self, directory: Path) -> None:
        self.spam, self.rates = directory / "spam.txt", directory / "rates.csv"
        self.applied: list[ReferrerSpam] = []
        self.lists = OperatorLists(spam_file=self.spam, rates_file=self.rates, refuse_referrers=self.applied.append)
        self._now = 0.0

    def look(self) -> None:
        self._now += LOOK_EVERY_S
        self.lists.look(self._now)

    def euros(self, dollars: str) -> Decimal | None:
        return self.lists.rates().convert(Decimal(dollars), "USD", "EUR")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_at_first_the_built_in_spam_list_is_in_effect_and_no_rates(files: Files) -> None:
    assert 1 == len(files.applied)
    assert type(built_in()) is type(files.applied[0])
    assert files.euros("10") is None


def test_a_list_is_applied_once_per_change(files: Files) -> None:
    files.spam.write_text("spam.example\n")
    files.look()
    files.look()
    files.spam.write_text("spam.example\nother.example\n")
    files.look()

    assert 3 == len(files.applied)


def test_rates_are_read_again_and_unusable_ones_change_nothing(files: Files) -> None:
    files.rates.write_text("base,EUR\nUSD,2\n")
    files.look()
    first = files.euros("10")
    files.rates.write_text("nonsense, of course\n")
    files.look()

    assert Decimal(5) == first
    assert Decimal(5) == files.euros("10")


def test_an_unusable_spam_list_is_not_applied(files: Files) -> None:
    files.spam.write_text("not a domain\n")
    files.look()

    assert 1 == len(files.applied)
