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
_NUMBERS = "tests/privacy/test_visitor_numbers.py::test_the_numbers_of_days_sites_and_servers_are_unrelated"
_OFFLINE = "tests/privacy/test_offline.py::test_every_feature_works_without_a_network_and_none_looks_for_one"
_DROPPED = "tests/privacy/test_dropped.py::test_a_dropped_hit_leaves_one_count_and_the_answer_is_the_same"
_PAPERS = "tests/privacy/test_papers.py::test_a_setting_changes_every_paper_that_names_it"
_FORGETTING = "tests/privacy/test_forgetting.py::test_today_is_forgotten_and_the_day_before_is_out_of_reach"

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
        "P2",
        "The salt of the day before is never destroyed.",
        "ingest/visits/salts.py",
        "            if pair.previous is not None and now >= pair.previous_until\n        }",
        "            if pair.previous is not None and now < 0\n        }",
        ("tests/privacy/test_salts.py::test_a_number_of_an_earlier_day_can_not_be_computed_from_disks_and_backups",),
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
        "    for table, partition in sorted({tuple(row) for row in database.everywhere(_MASKED_SQL)}):",
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
        "P10",
        "The answer tells a browser that it is excluded.",
        "ingest/outcome.py",
        "    {Reason.EXCLUDED, Reason.OPTED_OUT,",
        "    {Reason.OPTED_OUT,",
        (_DROPPED,),
    ),
    Mutation(
        "P10",
        "A browser that opted out is counted.",
        "ingest/pipeline.py",
        "            or _not_opted_out(hit, state)\n",
        "",
        (_DROPPED,),
    ),
    Mutation(
        "P11",
        "The server asks elsewhere whether there is a newer version.",
        "scripts/commands/serve.py",
        "    secrecy.hide_memory()\n",
        "    secrecy.hide_memory()\n    __import__('socket').socket().connect_ex(('203.0.113.1', 443))\n",
        (_OFFLINE,),
    ),
    Mutation(
        "P11",
        "A command looks up a name.",
        "scripts/commands/version.py",
        "    click.echo(f",
        "    __import__('subprocess').run(['getent', 'hosts', 'updates.example'])\n    click.echo(f",
        (_OFFLINE,),
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
        "P3",
        "A salt stays the same over midnight.",
        "ingest/visits/salts.py",
        "    return SaltPair(day.number, token_bytes(SALT_BYTES), previous, until if previous else 0)",
        "    salt = pair.current if pair else token_bytes(SALT_BYTES)\n"
        "    return SaltPair(day.number, salt, previous, until if previous else 0)",
        (_NUMBERS,),
    ),
    Mutation(
        "P3",
        "A salt is derived from the date.",
        "ingest/visits/salts.py",
        "token_bytes(SALT_BYTES), previous",
        'b"%016d" % day.number, previous',
        (_NUMBERS,),
    ),
    Mutation(
        "P3",
        "The number does not depend on the salt.",
        "ingest/visits/visitor.py",
        "    digest = key.copy()",
        "    digest = blake2b(digest_size=8)",
        (_NUMBERS,),
    ),
    Mutation(
        "P4",
        "Cells with fewer than ten visitors are shown.",
        "dashboard/stats/protection/rounding.py",
        "    return visitors >= FEWEST",
        "    return visitors >= 1",
        ("tests/privacy/test_small_counts.py::test_an_attacker_learns_nothing_about_fewer_than_ten_visitors",),
    ),
    Mutation(
        "P4",
        "Numbers are not rounded.",
        "dashboard/stats/protection/rounding.py",
        "    return int(number + UNIT / 2) // UNIT * UNIT",
        "    return int(number)",
        ("tests/privacy/test_small_counts.py::test_an_attacker_learns_nothing_about_fewer_than_ten_visitors",),
    ),
    Mutation(
        "P5",
        "The tracker reads the session storage.",
        "ingest/tracker/variant.py",
        '    return "".join(kept_lines(_BUILT[kind].splitlines(), features)).encode()',
        "    text = ''.join(kept_lines(_BUILT[kind].splitlines(), features))\n"
        "    return b'sessionStorage.getItem(1);' + text.encode()",
        ("tests/journeys/test_device.py::test_the_tracker_touches_nothing_on_the_device",),
    ),
    Mutation(
        "P5",
        "The answer to a hit has an ETag.",
        "ingest/collector.py",
        '_TEXT: Headers = [(b"content-type",',
        '_TEXT: Headers = [(b"etag", b"1"), (b"content-type",',
        ("tests/privacy/test_no_marks.py::test_no_answer_marks_the_browser",),
    ),
    Mutation(
        "P5",
        "A page for visitors differs by browser.",
        "ingest/pages/visitor_pages.py",
        '    "vary": "accept-language, cookie",',
        '    "vary": "accept-language, user-agent",',
        ("tests/privacy/test_no_marks.py::test_no_answer_marks_the_browser",),
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
        "P7",
        "Scripts can read the opt-out cookie.",
        "ingest/pages/visitor_routes.py",
        "Max-Age={age_s}; HttpOnly; Secure",
        "Max-Age={age_s}; Secure",
        ("tests/privacy/test_opt_out.py::test_a_browser_that_opted_out_is_not_counted_and_others_are",),
    ),
    Mutation(
        "P7",
        "Opting out lasts thirty days.",
        "schema/privacy/opt_out.py",
        "MAX_AGE_S = 396 * 86_400",
        "MAX_AGE_S = 30 * 86_400",
        ("tests/privacy/test_opt_out.py::test_a_browser_that_opted_out_is_not_counted_and_others_are",),
    ),
    Mutation(
        "P8",
        "An event is stored without its last day.",
        "ingest/pipeline.py",
        "            expires=day + state.site.retention_days,",
        "            expires=65_535,",
        ("tests/ingest/test_pipeline.py::test_a_page_view_becomes_an_event_of_a_new_visit",),
    ),
    Mutation(
        "P8",
        "ClickHouse does not delete the visits that expire.",
        "schema/migrations/clickhouse/0002_visits.sql",
        "ttl expires + interval 1 day",
        "ttl expires + interval 5000 day",
        ("tests/privacy/test_retention.py::test_what_is_past_the_retention_leaves_the_disk",),
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
        "P12",
        "Visits are not deleted from ClickHouse on request.",
        "scripts/server/forgetting.py",
        "        if rows := find(self._database, visitors):",
        "        if rows := find(self._database, []):",
        (_FORGETTING,),
    ),
    Mutation(
        "P12",
        "The page does not say why earlier days stay.",
        "ingest/pages/templates/opt_out.en.html",
        "the key that could link them to you is destroyed shortly after midnight",
        "ask us",
        (_FORGETTING,),
    ),
    Mutation(
        "P13",
        "Accounts that nobody uses stay.",
        "scripts/server/heartbeat.py",
        "    months = parts.account_months",
        "    months = 0",
        ("tests/privacy/test_accounts.py::test_a_server_deletes_accounts_that_nobody_uses",),
    ),
    Mutation(
        "P14",
        "A paper leaves out whom to write to.",
        "dashboard/papers/fr/record.md",
        "{{ privacy.contact or",
        '{{ "" or',
        (_PAPERS,),
    ),
    Mutation(
        "P14",
        "The hash does not depend on the privacy settings.",
        "dashboard/papers/facts.py",
        '        "privacy": site.privacy,\n',
        "",
        (_PAPERS,),
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
