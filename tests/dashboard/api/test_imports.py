"""Import of event files over HTTP with a real importer, and export of the same events."""

import csv
import gzip
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event, Semaphore
from typing import Any

import pyarrow.parquet
import pytest

from dashboard.api import imports
from ingest.history.importer import Importer
from schema.days.rollups import Rollups
from schema.privacy.profile import EXEMPT, Privacy
from schema.sites import sites
from schema.sites.imports import ImportBusyError, ImportRefusedError
from schema.sites.keys import Scope
from tests.dashboard.api.conftest import PREFIX, with_key
from tests.mutations import encoded, mutated

VISIT: list[dict[str, Any]] = [
    {
        "name": "pageview",
        "time": "2026-03-09T09:00:00Z",
        "visitor": "ana",
        "url": "https://example.org/blog?utm_source=letter&utm_campaign=spring&gclid=x",
        "referrer": "https://www.google.com/search?q=hello",
        "browser": "Firefox",
        "browser_version": "150",
        "os": "Windows",
        "os_version": "11",
        "screen_size": "Laptop",
        "country": "FR",
        "subdivision1": "FR-OCC",
        "city": 2972315,
        "props": {"plan": "=1+1", "author": "Ana"},
    },
    {
        "name": "engagement",
        "time": "2026-03-09T09:01:00Z",
        "visitor": "ana",
        "hostname": "example.org",
        "pathname": "/blog",
        "scroll_depth": 70,
        "engagement_time": 15_000,
    },
    {
        "name": "Purchase",
        "time": 1_773_046_980_000,  # 09:03 UTC on the 9th
        "visitor": "ana",
        "url": "https://example.org/thanks",
        "revenue": {"amount": "19.90", "currency": "EUR"},
        "interactive": False,
    },
    {"time": "2026-03-09T22:30:00Z", "url": "https://example.org/"},
]


def ndjson(*events):
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


@pytest.fixture
def importer(stranger, control, database, tmp_path):
    """Provide the importer of the dashboard."""
    rollups = Rollups(control, database, clock=stranger.clock)
    importer = Importer(control, database, tmp_path / "imports", changing=rollups.changing, clock=stranger.clock)
    stranger.provide(import_events=importer.run)
    return importer


@pytest.fixture
def owner(stranger, site, importer):
    return with_key(stranger, Scope.IMPORT_EVENTS, Scope.READ_STATS)


def imported(program, *events, domain="example.org", status=200, **parameters):
    path = f"/{domain}/import/events"
    return program.ask("POST", path, status=status, content=ndjson(*events), params=parameters)


def exported(program, kind="events", **parameters):
    answer = program.send("GET", f"/example.org/export/{kind}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


def rows(program, kind="events", **parameters):
    return [json.loads(line) for line in exported(program, kind, **parameters).text.splitlines()]


def test_accepted_events_are_counted_at_once(owner):
    result = imported(owner, *VISIT)
    answer = owner.client.get(
        "/api/v1/stats/aggregate",
        headers=owner.headers,
        params={"site_id": "example.org", "period": "day", "date": "2026-03-09", "metrics": "visits,pageviews,events"},
    )

    assert (result["accepted"], result["rejected"], result["repeated"]) == (4, [], False)
    assert answer.json() == {"results": {"visits": {"value": 2}, "pageviews": {"value": 2}, "events": {"value": 3}}}


def test_invalid_lines_are_reported_with_their_numbers(owner):
    answer = imported(owner, VISIT[0], {"url": "https://example.org/"}, VISIT[3])

    assert answer["accepted"] == 2
    assert [problem["line"] for problem in answer["rejected"]] == [2]
    assert "time" in answer["rejected"][0]["error"]


def test_any_line_is_imported_or_rejected_with_a_sentence(owner, caplog):
    lines = [VISIT[0], *(line for event in VISIT for line in mutated(event))]
    body = b"\n".join(map(encoded, lines))
    answer = owner.send("POST", "/example.org/import/events", content=body, params={"skip_older": "true"})

    assert 200 == answer.status_code
    assert len(lines) == answer.json()["accepted"] + answer.json()["rejected_count"]
    assert [] == [line.getMessage() for line in caplog.records]


def test_a_file_is_counted_once_and_answered_alike_again(owner):
    first = imported(owner, *VISIT)
    again = imported(owner, *VISIT)

    assert again == first | {"repeated": True}
    assert len(rows(owner)) == 4


def test_an_import_has_the_name_it_was_given(owner):
    assert imported(owner, *VISIT, import_id="march")["import_id"] == "march"


def test_one_name_is_not_for_two_files(owner):
    imported(owner, *VISIT, import_id="march")

    assert "march" in imported(owner, VISIT[0], import_id="march", status=400)["error"]


@pytest.mark.parametrize(
    ("old", "sentence"),
    [
        pytest.param(
            ["2020-01-05T12:00:00Z"],
            "1 event on 2020-01-05 is older than 2024-02-09, the first day that this site keeps. ",
            id="one event",
        ),
        pytest.param(
            ["2020-01-07T12:00:00Z", "2020-01-05T12:00:00Z", "2020-01-05T23:30:00Z"],
            "3 events on 3 days from 2020-01-05 to 2020-01-07 are older than 2024-02-09, the first day",
            id="days of the site's zone",
        ),
        pytest.param(["2024-02-08T22:59:59Z"], "1 event on 2024-02-08 is older than", id="a second too old"),
    ],
)
def test_events_older_than_the_retention_are_reported_before_anything_is_written(owner, old, sentence):
    events = [*VISIT, *({"time": time, "url": "https://example.org/old"} for time in old)]
    refusal = imported(owner, *events, status=400)
    nothing = rows(owner)
    dry = imported(owner, *events, dry_run="true")
    result = imported(owner, *events, skip_older="true")

    assert sentence in refusal["error"]
    assert "To import the other events, add skip_older=true to the request" in refusal["error"]
    assert nothing == []
    assert dry["older"] == result["older"]
    assert (result["accepted"], result["older"]["events"], result["rejected_count"]) == (4, len(old), len(old))
    assert imported(owner, *events)["repeated"]


def test_a_file_within_the_retention_is_imported_at_once(owner):
    result = imported(owner, VISIT[0], {"time": "2024-02-08T23:00:00Z", "url": "https://example.org/first"})

    assert (result["accepted"], result["older"]) == (2, None)


def test_a_file_of_old_events_alone_has_nothing_else_to_import(owner):
    refusal = imported(owner, {"time": "2020-01-05T12:00:00Z", "url": "https://example.org/"}, status=400)

    assert refusal["error"].endswith(" The file has no other events.")


def keep(owner, site, months):
    sites.change(owner.control, site, privacy=Privacy(retention_months=months), now=owner.clock())


def test_the_refusal_names_the_months_that_would_do(owner, site):
    event = {"time": "2020-01-05T12:00:00Z", "url": "https://example.org/"}
    refusal = imported(owner, event, status=400)
    months = re.search(
        r"let the site keep events for (\d+) months: .*`sillage sites retention example.org (\d+)`", refusal["error"]
    )

    assert months
    assert months[1] == months[2]
    keep(owner, site, int(months[1]) - 1)
    imported(owner, event, status=400)
    keep(owner, site, int(months[1]))
    assert imported(owner, event)["accepted"] == 1


def test_an_exempt_site_can_not_be_raised_that_far(owner, site):
    exempt = Privacy(profile=EXEMPT, retention_months=13)
    sites.change(owner.control, site, privacy=exempt, now=owner.clock())
    refusal = imported(owner, {"time": "2020-01-05T12:00:00Z", "url": "https://example.org/"}, status=400)

    assert "In its profile, this site can keep events for 25 months at most." in refusal["error"]


def test_a_dry_run_stores_nothing(owner):
    assert imported(owner, *VISIT, dry_run="true")["accepted"] == 4
    assert rows(owner) == []


def test_a_list_in_brackets_is_a_sentence(owner):
    answer = owner.send("POST", "/example.org/import/events", content=json.dumps(VISIT))

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("this file is a JSON list: write one event per line")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b'time,"name"x\n1,2\n', "the first line of a CSV file must name", id="a broken first line"),
        pytest.param(b"time," + b"x" * 3_000_000, "longer than 1,000,000 bytes", id="a first line that is too long"),
        pytest.param(b'"time\n' + b"1\n" * 600_000, "longer than 1,000,000 bytes", id="a quote that is never closed"),
        pytest.param(gzip.compress(ndjson(*VISIT)), "this file is compressed", id="gzip"),
        pytest.param("time,url\n".encode("utf-16"), "this file is not UTF-8 text", id="UTF-16"),
        pytest.param(bytes(range(256)) * 100, "this file is not UTF-8 text", id="a binary file"),
    ],
)
def test_a_file_that_can_not_be_read_is_a_sentence(owner, content, sentence):
    assert sentence in owner.refused("POST", "/example.org/import/events", content=content)


@pytest.mark.parametrize(
    ("content", "accepted", "rejected"),
    [
        pytest.param(b"", 0, 0, id="an empty file"),
        pytest.param(b"time,url\n", 0, 0, id="a first line alone"),
        pytest.param(b"time\n2026-03-09T09:00:00Z\n", 0, 1, id="no column for a page"),
        pytest.param(b'time,url\n2026-03-09T09:00:00Z,"https://example.org/\n', 0, 1, id="a quote without its end"),
        pytest.param(b"time,url\n\x00,\x00\n2026-03-09T09:00:00Z,https://example.org/\n", 1, 1, id="a row of NULs"),
        pytest.param(b'{"a": "' + b"x" * 3_000_000 + b'"}\n' + ndjson(VISIT[0]), 1, 1, id="a line that is too long"),
    ],
)
def test_lines_that_can_not_be_read_are_counted(owner, content, accepted, rejected):
    answer = owner.ask("POST", "/example.org/import/events", content=content)

    assert (accepted, rejected) == (answer["accepted"], answer["rejected_count"])


def test_a_busy_importer_says_when_to_retry(owner, stranger):
    def busy(*_arguments, **_options):
        raise ImportBusyError("8 imports are running: send this file again in a few minutes")

    stranger.provide(import_events=busy)
    answer = owner.send("POST", "/example.org/import/events", content=b"")

    assert (503, "30") == (answer.status_code, answer.headers["retry-after"])
    assert {"error": "8 imports are running: send this file again in a few minutes"} == answer.json()


def test_imports_that_wait_leave_other_requests_their_threads(owner, stranger):
    """There are more imports than shared threads."""
    is_waiting, pause = Semaphore(0), Event()

    def wait(*_arguments, **_options):
        is_waiting.release()
        pause.wait()
        raise ImportRefusedError("it has waited")

    stranger.provide(import_events=wait)
    with stranger.client, ThreadPoolExecutor(50) as pool:  # one event loop for all requests, as in a server
        waiting = [pool.submit(owner.refused, "POST", "/example.org/import/events", content=b"") for _ in range(50)]
        for _ in waiting:
            is_waiting.acquire()
        status = exported(owner).status_code
        pause.set()

    assert 200 == status
    assert {"it has waited"} == {call.result() for call in waiting}


@pytest.mark.parametrize(
    ("lowest_bytes_per_s", "status"),
    [pytest.param(10**12, 408, id="too slow"), pytest.param(0, 200, id="fast enough")],
)
def test_a_file_that_comes_too_slowly_is_ended_with_a_sentence(
    owner, tmp_path, monkeypatch, lowest_bytes_per_s, status
):
    monkeypatch.setattr(imports, "LOOK_EVERY_S", 0)
    monkeypatch.setattr(imports, "LOWEST_BYTES_PER_S", lowest_bytes_per_s)
    answer = owner.send("POST", "/example.org/import/events", content=ndjson(*VISIT))

    assert status == answer.status_code
    assert (status == 408) == ("send it over a faster connection" in answer.text)
    assert (status == 408) == (answer.headers.get("connection") == "close")
    assert [] == list((tmp_path / "imports").iterdir())


def test_a_file_is_not_slow_before_its_time(owner, monkeypatch):
    monkeypatch.setattr(imports, "LOWEST_BYTES_PER_S", 10**12)

    assert 4 == imported(owner, *VISIT)["accepted"]


def test_a_full_disk_is_reported_and_nothing_is_lost(owner, stranger):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    stranger.provide(import_events=full)

    assert "Send the same file again" in imported(owner, *VISIT, status=503)["error"]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "import/events"), ("GET", "export/events"), ("GET", "export/visits")]
)
def test_foreign_sites_and_none_are_answered_alike(stranger, site, importer, method, path):
    sites.add(stranger.control, "other.example", timezone="UTC", now=stranger.clock())
    bound = with_key(stranger, Scope.IMPORT_EVENTS, Scope.READ_STATS, site_id=site.id)
    sentences = {bound.refused(method, f"/{domain}/{path}", status=401) for domain in ("other.example", "none.example")}

    assert len(sentences) == 1
    assert bound.send(method, f"/example.org/{path}").status_code == 200


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (Scope.READ_STATS, "POST", "import/events"),
        (Scope.PROVISION_SITES, "POST", "import/events"),
        (Scope.IMPORT_EVENTS, "GET", "export/events"),
        (Scope.SEND_EVENTS, "GET", "export/visits"),
    ],
)
def test_a_key_with_another_scope_is_rejected(stranger, site, importer, scope, method, path):
    assert "lacks the scope" in with_key(stranger, scope).refused(method, f"/example.org/{path}", status=401)


def test_events_come_back_with_all_their_fields(owner):
    imported(owner, *VISIT)
    first, engagement, purchase, last = rows(owner)

    assert len({first["visit"], engagement["visit"], purchase["visit"]}) == 1
    assert first["visit"] != last["visit"]
    assert {name: value for name, value in first.items() if name not in ("visit", "visitor")} == {
        "name": "pageview",
        "time": "2026-03-09T09:00:00Z",
        "hostname": "example.org",
        "pathname": "/blog",
        "referrer": "google.com/search",
        "source": "letter",
        "channel": "Referral",
        "utm_source": "letter",
        "utm_medium": "",
        "utm_campaign": "spring",
        "utm_content": "",
        "utm_term": "",
        "click_id_param": "gclid",
        "browser": "Firefox",
        "browser_version": "150",
        "os": "Windows",
        "os_version": "11",
        "screen_size": "Desktop",
        "country": "FR",
        "subdivision1": "FR-OCC",
        "region_name": "",
        "city": 2972315,
        "city_name": "",
        "props": {"plan": "=1+1", "author": "Ana"},
        "revenue": None,
        "scroll_depth": None,
        "engagement_time": 0,
        "interactive": True,
    }
    assert (engagement["scroll_depth"], engagement["engagement_time"]) == (70, 15_000)
    assert (purchase["time"], purchase["interactive"]) == ("2026-03-09T09:03:00Z", False)
    assert purchase["revenue"] == {"amount": 19.9, "currency": "EUR"}


def test_visits_come_back_with_what_became_of_them(owner):
    imported(owner, *VISIT)
    first, last = rows(owner, "visits")

    names = ("time", "last_time", "entry_page", "exit_page", "pageviews", "events", "is_bounce", "duration", "source")
    assert [first[name] for name in names] == [
        *("2026-03-09T09:00:00Z", "2026-03-09T09:03:00Z", "/blog", "/blog", 1, 2, True, 180, "letter")
    ]
    assert (last["entry_page"], last["is_bounce"], last["duration"]) == ("/", True, 0)
    assert first["props"] == {"plan": "=1+1", "author": "Ana"}


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        pytest.param({}, 4, id="all"),
        pytest.param({"from": "2026-03-09", "to": "2026-03-09"}, 4, id="the day"),
        pytest.param({"to": "2026-03-08"}, 0, id="before"),
        pytest.param({"from": "2026-03-10"}, 0, id="after"),
        pytest.param({"from": "0001-01-01", "to": "9999-12-31"}, 4, id="beyond what is kept"),
    ],
)
def test_days_are_chosen(owner, parameters, count):
    imported(owner, *VISIT)

    assert len(rows(owner, **parameters)) == count


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"from": "x"}, "from must be a day, as in 2026-03-10"),
        ({"to": "2026-02-30"}, "to must be a day, as in 2026-03-10"),
        ({"format": "xls"}, "format must be one of ndjson, csv, parquet"),
    ],
)
def test_an_invalid_export_is_one_sentence(owner, parameters, sentence):
    assert owner.refused("GET", "/example.org/export/events", params=parameters) == sentence


def test_a_csv_export_contains_no_formula(owner):
    imported(owner, VISIT[0] | {"utm_term": "=cmd()", "url": "https://example.org/?utm_source=@x"})
    answer = exported(owner, format="csv")
    (row,) = csv.DictReader(io.StringIO(answer.text, newline=""))

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert (row["utm_term"], row["utm_source"]) == ("'=cmd()", "'@x")
    assert json.loads(row["props"]) == {"plan": "=1+1", "author": "Ana"}
    assert row["revenue"] == ""


def test_parquet_has_types(owner):
    imported(owner, *VISIT)
    answer = exported(owner, format="parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(answer.content))

    assert table.num_rows == 4
    assert str(table.schema.field("interactive").type) == "bool"
    assert table["engagement_time"].to_pylist() == [0, 15_000, 0, 0]
    assert dict(table["props"].to_pylist()[0]) == {"plan": "=1+1", "author": "Ana"}


@pytest.mark.parametrize("kind", ["ndjson", "csv"])
def test_what_was_exported_can_be_imported_as_it_is(owner, stranger, kind):
    sites.add(stranger.control, "copy.example", timezone="Europe/Paris", now=stranger.clock())
    imported(owner, *VISIT, VISIT[0] | {"utm_term": "'=cmd()", "visitor": "other", "time": "2026-03-09T10:00:00Z"})
    content = exported(owner, format=kind).content
    answer = owner.ask("POST", "/copy.example/import/events", content=content)
    copies = owner.client.get(f"{PREFIX}/copy.example/export/events", headers=owner.headers, params={"format": kind})

    assert (answer["accepted"], answer["rejected"]) == (5, [])
    assert without_numbers(copies.content, kind) == without_numbers(content, kind)


def without_numbers(content, kind):
    """Return rows of an export without visitor and visit ids, which differ between imports."""
    text = content.decode()
    answer = (
        [json.loads(line) for line in text.splitlines()]
        if kind == "ndjson"
        else list(csv.DictReader(io.StringIO(text, newline="")))
    )
    return [{name: value for name, value in row.items() if name not in ("visit", "visitor")} for row in answer]


def test_an_import_may_be_older_than_the_site(owner, stranger):
    """Events from before the site was added are accepted."""
    stranger.now = datetime(2027, 3, 1, tzinfo=UTC)

    assert imported(owner, *VISIT)["accepted"] == 4
