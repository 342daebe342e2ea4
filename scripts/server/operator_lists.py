"""The referrer spam list and the exchange rates, from files of the operator, reread when they change."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ingest.gates import referrer_spam
from ingest.gates.referrer_spam import ReferrerSpam
from schema.measures import rates
from schema.measures.rates import Rates
from scripts.server.watched_file import OperatorFile


class OperatorLists:
    """The lists in effect. Without a spam list of the operator, the built-in one stays in effect."""

    def __init__(
        self, *, spam_file: Path | None, rates_file: Path | None, refuse_referrers: Callable[[ReferrerSpam], None]
    ) -> None:
        """refuse_referrers: puts a spam list into effect."""
        self._spam_file = OperatorFile(spam_file, referrer_spam.read, called="referrer spam list")
        self._rates_file = OperatorFile(rates_file, rates.read, called="exchange rate table")
        self._refuse_referrers = refuse_referrers
        self._rates = rates.NO_RATES
        self._spam = referrer_spam.built_in()
        refuse_referrers(self._spam)

    def rates(self) -> Rates:
        """Return the exchange rates in effect."""
        return self._rates

    def change_spam(self, changes: Mapping[str, bool]) -> None:
        """Put the spam list with the changes of users into effect. changes: as in `ReferrerSpam`."""
        self._spam = self._spam.changed(changes)
        self._refuse_referrers(self._spam)

    def look(self, now: float) -> None:
        """Put changed files into effect. now: epoch seconds."""
        if spam := self._spam_file.look(now):
            self._spam = self._spam.replaced(spam)
            self._refuse_referrers(self._spam)
        self._rates = self._rates_file.look(now) or self._rates
