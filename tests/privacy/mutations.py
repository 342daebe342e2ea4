"""For each guarantee, ways to break it on purpose, and the tests that must notice.

`scripts/test --mutations` applies each to a copy of the tree (breaking.py). Each replaces a text that occurs exactly
once in its file. The tests are the fewest and fastest that must fail.
"""

from typing import NamedTuple

GUARANTEES = tuple(f"P{number}" for number in range(1, 16))


class Mutation(NamedTuple):
    guarantee: str
    breaks: str  # what is broken, in words
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


_ADDRESS = "tests/privacy/test_address.py::test_no_visitor_s_address_is_anywhere_after"

MUTATIONS = (
    Mutation(
        "P1",
        "The address of each visitor is logged at debug level.",
        "ingest/visits/visitor.py",
        "    digest = key.copy()",
        "    __import__('logging').getLogger(__name__).debug('hit of %s', address.hex())\n    digest = key.copy()",
        (f"{_ADDRESS}_a_crash",),
    ),
    Mutation(
        "P1",
        "A digest of the address is stored with the visit.",
        "ingest/visits/visitor.py",
        "    return int.from_bytes(digest.digest())",
        "    return int.from_bytes(__import__('hashlib').sha256(address).digest()[:8])",
        (f"{_ADDRESS}_a_crash",),
    ),
    Mutation(
        "P1",
        "The log quotes the errors of hits.",
        "ingest/collector.py",
        '_log.error("A hit failed: %s\\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))',
        '_log.error("A hit failed: %s", error)',
        (f"{_ADDRESS}_every_step_of_a_request_has_failed",),
    ),
    Mutation(
        "P1",
        "The log quotes the errors of visitors' pages.",
        "scripts/server/secrecy.py",
        'frozenset({"asyncio", "dashboard.app", "uvicorn.error"})',
        "frozenset({})",
        (f"{_ADDRESS}_every_step_of_a_request_has_failed",),
    ),
    Mutation(
        "P1",
        "Other processes of the user may read the memory.",
        "scripts/server/secrecy.py",
        "prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)",
        "prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)",
        ("tests/privacy/test_memory.py::test_the_memory_of_the_server_is_not_for_other_processes_of_its_user",),
    ),
    Mutation(
        "P2",
        "A salt is written to the log.",
        "ingest/visits/salts.py",
        "    return SaltPair(day.number, token_bytes(SALT_BYTES), previous, until if previous else 0)",
        "    pair = SaltPair(day.number, token_bytes(SALT_BYTES), previous, until if previous else 0)\n"
        "    __import__('logging').getLogger(__name__).warning('rotated to %s', pair.current.hex())\n"
        "    return pair",
        ("tests/privacy/test_salts.py::test_a_salt_is_nowhere_but_in_memory",),
    ),
    Mutation(
        "P3",
        "Visitors of closed days keep their hashes.",
        "schema/days/renumbering.py",
        '"visitor_id": "if(visitor = 0, visitor_id, visitor)",',
        '"visitor_id": "visitor_id",',
        ("tests/privacy/test_closed_days.py::test_nothing_of_a_closed_day_but_its_counts_is_on_the_disk",),
    ),
    Mutation(
        "P3",
        "Rows of closed days are hidden, but stay on the disk.",
        "schema/days/renumbering.py",
        "    for table, partition in database.query(_MASKED_SQL):",
        "    for table, partition in ():",
        ("tests/privacy/test_closed_days.py::test_nothing_of_a_closed_day_but_its_counts_is_on_the_disk",),
    ),
    Mutation(
        "P8",
        "An exempt site keeps the rows of closed days.",
        "schema/days/renumbering.py",
        '"is_final": int(self.is_final),',
        '"is_final": 0,',
        ("tests/privacy/test_closed_days.py::test_nothing_of_a_closed_day_but_its_counts_is_on_the_disk",),
    ),
    Mutation(
        "P12",
        "Visits of closed days can still be found by the number of their visitor.",
        "schema/days/closing.py",
        "            renumbering.prepare(self._database, batch)",
        "            return 0",
        ("tests/schema/days/test_closing.py::test_a_visitor_is_found_until_the_day_is_closed",),
    ),
    Mutation(
        "P6",
        "The gate for GPC looks at another setting.",
        "ingest/pipeline.py",
        "if signals.has_gpc and self._obeys_gpc:",
        "if signals.has_gpc and self._obeys_dnt:",
        ("tests/privacy/test_browser_signals.py::test_such_a_hit_changes_nothing_but_its_counter",),
    ),
    Mutation(
        "P6",
        "A hit with a signal uses up the limit of its client.",
        "ingest/pipeline.py",
        "        if signals is not NO_SIGNALS and (dropped := state.objection(hit)):",
        "        if dropped := self._within_limits(hit, state, now) or state.objection(hit):",
        ("tests/privacy/test_browser_signals.py::test_such_a_hit_changes_nothing_but_its_counter",),
    ),
    Mutation(
        "P9",
        "E-mail addresses in paths are stored.",
        "schema/privacy/redaction.py",
        'return _EMAIL.sub(":email", text)',
        "return text",
        ("tests/privacy/test_clean_urls.py::test_nothing_of_a_nasty_url_is_stored",),
    ),
    Mutation(
        "P9",
        "Links in properties keep their query strings.",
        "ingest/pipeline.py",
        "keeps_queries=state.site.privacy.keeps_link_queries",
        "keeps_queries=True",
        ("tests/privacy/test_clean_urls.py::test_links_lose_their_query_unless_the_site_keeps_it",),
    ),
    Mutation(
        "P15",
        "Backups outside the European Economic Area are accepted.",
        "scripts/config/loading.py",
        'if values["outside_eea"] == "refuse":',
        'if values["outside_eea"] == "never":',
        ("tests/privacy/test_residence.py::test_storage_outside_the_economic_area_is_refused",),
    ),
)
