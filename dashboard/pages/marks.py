"""Marks on a report's chart: where exclusions took effect or salts were lost, and what people noted about a day."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from babel.lists import format_list

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import locale, ngettext
from dashboard.stats.model.period import Period
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import Exclusion
from schema.measures import annotations
from schema.privacy import lost_salts
from schema.stores.control import Control

_NAMED = 3


def marks(
    control: Control,
    site_id: int,
    period: Period,
    labels: Sequence[str],
    *,
    user_id: int | None = None,
    is_guest: bool = False,
) -> dict[int, str]:
    """Return the sentences of each marked bucket by its index. labels: of the buckets, in order of time.

    user_id: who also sees personal annotations. is_guest: somebody who is not signed in, and sees neither annotations
    nor rules.
    """
    rules_by_bucket = {} if is_guest else _of_rules(control, site_id, period, labels)
    sentences = {index: [sentence] for index, sentence in rules_by_bucket.items()}
    for day in lost_salts.within(control, site_id, first=period.first, last=period.last):
        index = max(bisect_right(labels, f"{day} 00:00:00") - 1, 0)
        sentences.setdefault(index, []).append(_(lost_salts.SENTENCE))
    notes = annotations.within(control, site_id, first=period.first, last=period.last, user_id=user_id)
    for note in () if is_guest else notes:
        index = max(bisect_right(labels, f"{note.day} 00:00:00") - 1, 0)
        sentences.setdefault(index, []).append(note.note if note.note[-1] in ".!?…" else f"{note.note}.")
    return {index: " ".join(sentences[index]) for index in sorted(sentences)}


def _of_rules(control: Control, site_id: int, period: Period, labels: Sequence[str]) -> dict[int, str]:
    """Return a sentence about the rules of each bucket where one took effect."""
    rules_by_bucket: dict[int, list[Exclusion]] = {}
    start, end = period.start.timestamp(), period.end.timestamp()
    for rule in exclusions.begun(control, site_id, since=start, before=end):
        at = datetime.fromtimestamp(rule.in_force_since or 0, period.zone)
        index = bisect_right(labels, f"{at:%Y-%m-%d %H:%M:%S}") - 1
        rules_by_bucket.setdefault(max(index, 0), []).append(rule)
    return {index: _sentence(rules) for index, rules in rules_by_bucket.items()}


def _sentence(rules: Sequence[Exclusion]) -> str:
    names = [_("“%(rule)s”", rule=rule.rule.note or language.of(rule.sentence)) for rule in rules]
    if len(names) == 1:
        return _("The rule %(name)s took effect.", name=names[0])
    more = [ngettext("%(number)d more", "%(number)d more", len(names) - _NAMED)] if len(names) > _NAMED else []
    listed = format_list([*names[:_NAMED], *more], locale=locale())
    return _("%(count)d rules took effect: %(names)s.", count=len(names), names=listed)
