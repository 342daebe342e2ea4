import pytest

from ingest.visits.memory_file import MemoryFile, is_private, memory_mounts, mount_of


@pytest.fixture
def path(tmp_path):
    tmp_path.chmod(0o700)
    return tmp_path / "salts"


def opened(path) -> MemoryFile:
    return MemoryFile(path, holds="salts", otherwise="a restart makes new ones")


def test_content_that_was_written_is_read_again(path):
    opened(path).write(b"first", wipe=True)
    assert b"first" == opened(path).read()

    file = opened(path)
    file.write(b"longer than before", wipe=True)
    file.append(b", and more")
    assert b"longer than before, and more" == opened(path).read()


def test_a_file_that_is_missing_is_empty(path, caplog):
    assert b"" == opened(path).read()
    assert not caplog.records


def test_old_content_is_overwritten_in_its_place(path):
    file = opened(path)
    file.write(b"secret", wipe=True)
    with path.open("rb") as old:
        file.write(b"new", wipe=True)
        assert bytes(6) == old.read()


def test_the_file_belongs_to_its_owner_alone(path):
    opened(path).write(b"secret", wipe=True)

    assert 0o600 == path.stat().st_mode & 0o777


def test_a_directory_that_others_can_read_gets_no_content(path, caplog):
    path.parent.chmod(0o755)
    file = opened(path)

    assert not file.write(b"secret", wipe=True)
    assert file.needs_writing
    assert not path.exists()
    assert len(caplog.records) == 1


def test_a_write_that_works_again_is_logged_once(path, caplog):
    path.parent.chmod(0o755)
    file = opened(path)
    file.write(b"secret", wipe=True)
    file.write(b"secret", wipe=True)
    path.parent.chmod(0o700)
    file.write(b"secret", wipe=True)

    assert not file.needs_writing
    assert len(caplog.records) == 2


@pytest.mark.parametrize("wipe", [True, False])
def test_a_write_that_fails_wipes_the_old_content_only_if_it_must(path, wipe):
    file = opened(path)
    file.write(b"secret", wipe=True)
    path.parent.chmod(0o755)
    file.write(b"much more than before", wipe=wipe)

    assert wipe == (b"secret" not in path.read_bytes())


def test_a_file_that_was_removed_needs_writing(path):
    file = opened(path)
    file.write(b"secret", wipe=True)
    assert not file.needs_writing

    path.unlink()
    assert file.needs_writing


def test_a_symbolic_link_is_not_followed(path, tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"bait")
    path.symlink_to(tmp_path / "elsewhere")

    assert b"" == opened(path).read()


@pytest.mark.parametrize(
    ("mode", "is_own"),
    [
        pytest.param(0o700, True, id="of its owner"),
        pytest.param(0o750, False, id="of a group"),
        pytest.param(0o701, False, id="of everybody"),
    ],
)
def test_a_private_directory_is_closed_to_others(tmp_path, mode, is_own):
    tmp_path.chmod(mode)

    assert is_own == is_private(tmp_path.stat())


def test_a_file_is_not_a_private_directory(tmp_path):
    (tmp_path / "file").touch(mode=0o600)

    assert not is_private((tmp_path / "file").stat())


def test_the_mount_of_a_path_is_a_mount_point_above_it(tmp_path):
    assert mount_of(tmp_path).is_mount()
    assert tmp_path.resolve().is_relative_to(mount_of(tmp_path))


def test_memory_mounts_are_mount_points():
    assert all(path.is_absolute() for path in memory_mounts())
