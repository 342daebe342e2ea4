"""A manifest names what a backup contains, and a changed file is noticed."""

import msgspec
import pytest

from scripts.backup import manifest
from scripts.backup.manifest import BackupError, Manifest

CLICKHOUSE, CONTROL = manifest.current_schemas()
MADE = Manifest(
    format=1,
    sillage="0.2.0",
    made_at=1_764_558_900,
    clickhouse_schema=CLICKHOUSE,
    control_schema=CONTROL,
    is_encrypted=False,
    rows={"events": 3},
    files=[manifest.described("events.000000.native.zst", b"rows", table="events", rows=3)],
)


def test_a_name_is_the_time_in_utc_and_sorts_like_it():
    assert "20251201T031500Z" == manifest.name_of(MADE.made_at)
    assert manifest.is_name("20251201T031500Z")
    assert not manifest.is_name("20251201T031500Z.partial")
    assert not manifest.is_name("lost+found")


def test_it_is_read_as_it_was_written():
    assert MADE == manifest.decoded(manifest.encoded(MADE), where="here")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"format": 2}, "Sillage 0.2.0 made here, and this version is older", id="format"),
        pytest.param({"clickhouse_schema": CLICKHOUSE + 1}, "this version is older", id="tables"),
        pytest.param({"clickhouse_schema": 1, "control_schema": CONTROL + 1}, "is older", id="control file"),
    ],
)
def test_a_backup_of_a_newer_version_is_refused(change, sentence):
    newer = manifest.encoded(msgspec.structs.replace(MADE, **change))

    with pytest.raises(BackupError, match=sentence):
        manifest.decoded(newer, where="here")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"])
def test_what_is_not_a_manifest_is_a_sentence(content):
    with pytest.raises(BackupError, match="can't be read"):
        manifest.decoded(content, where="here")


@pytest.mark.parametrize("content", [b"row", b"rowz", b"rows "])
def test_a_changed_file_is_refused(content):
    manifest.check(b"rows", MADE.files[0], where="here")

    with pytest.raises(BackupError, match=r"events.000000.native.zst of here is damaged"):
        manifest.check(content, MADE.files[0], where="here")
