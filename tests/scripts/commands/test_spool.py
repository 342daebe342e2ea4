import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.storage.flush import record_payload
from ingest.storage.spool import Spool, SpoolSegment
from tests.factories import views


@pytest.fixture
def spool(data_dir: Path) -> Spool:
    """Return the empty spool of a data directory."""
    return Spool(data_dir / "spool", max_bytes=1_000_000)


def an_aside(spool: Spool, *payloads: bytes) -> str:
    """Set a segment aside and return its name."""
    spool.seal(closing=payloads)
    (segment,) = spool.sealed()
    segment.set_aside()
    return segment.name


def two_views() -> Sequence[bytes]:
    return [record_payload(record) for record in views("/a", "/b")]


def test_files_set_aside_are_listed_with_their_readable_events(spool, sillage):
    name = an_aside(spool, *two_views(), b"R\xc1")
    size = spool.set_aside()[0].path.stat().st_size

    (row,) = json.loads(sillage("spool", "list", "--json").stdout)
    assert (name, 2, 1, size) == (row["name"], row["events"], row["damaged"], row["bytes"])


def test_an_empty_list_is_one_sentence(sillage):
    result = sillage("spool", "list")

    assert (0, "", "Nothing is set aside.\n") == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize("is_named", [True, False])
def test_a_replayed_file_is_read_again_by_the_server(spool, sillage, is_named):
    name = an_aside(spool, *two_views())

    result = sillage("spool", "replay", *([name] if is_named else []))

    assert (0, "Queued for replay: 1 file.\n") == (result.exit_code, result.stdout)
    assert [] == spool.set_aside()
    assert [True] == [segment.is_replay for segment in spool.sealed()]


def test_only_the_named_file_is_replayed(spool, sillage):
    first = an_aside(spool, *two_views())
    second = an_aside(spool, *two_views())

    sillage("spool", "replay", second)

    assert [first] == [segment.name for segment in spool.set_aside()]


@pytest.mark.parametrize(("answer", "left"), [pytest.param("y\n", 0, id="yes"), pytest.param("n\n", 1, id="no")])
def test_discarding_says_how_much_is_lost_and_asks(spool, sillage, answer, left):
    name = an_aside(spool, *two_views())

    result = sillage("spool", "discard", name, answer=answer)

    assert "Delete 1 file with 2 readable events?" in result.stderr
    assert left == len(spool.set_aside())


def test_a_name_that_is_not_set_aside_is_refused_and_nothing_is_deleted(spool, sillage):
    name = an_aside(spool, *two_views())

    result = sillage("spool", "discard", name, "other", "--yes")

    assert (2, "sillage: other is not set aside. `sillage spool list` shows the files.\n") == (
        result.exit_code,
        result.stderr,
    )
    assert [name] == [segment.name for segment in spool.set_aside()]


def test_a_segment_that_waits_is_not_listed(spool, sillage):
    spool.seal(closing=tuple(two_views()))

    assert [] == json.loads(sillage("spool", "list", "--json").stdout or "[]")
    assert all(isinstance(segment, SpoolSegment) for segment in spool.sealed())
