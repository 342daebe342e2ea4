"""An encrypted backup is useless without its passphrase, and nobody else can change it."""

import msgspec
import pyrage
import pytest

from scripts.backup import sealing
from scripts.backup.manifest import BackupError
from tests.scripts.backup.test_manifest import MADE

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def sealed():
    return sealing.new(PASSPHRASE)


def test_only_the_passphrase_decrypts(sealed):
    secret = sealed.seal(b"visits of ana")

    assert b"ana" not in secret
    assert b"visits of ana" == sealing.of_key(sealed.key, PASSPHRASE).unseal(secret)
    with pytest.raises(BackupError, match="The passphrase is not the one"):
        sealing.of_key(sealed.key, PASSPHRASE + "!")


def test_the_program_age_can_decrypt_it(sealed):
    """What the files are is the format of age: a passphrase for the key, and the key for the rest."""
    identity = pyrage.x25519.Identity.from_str(pyrage.passphrase.decrypt(sealed.key, PASSPHRASE).decode())

    assert b"rows" == pyrage.decrypt(sealed.seal(b"rows"), [identity])
    assert sealed.key.startswith(b"age-encryption.org/v1\n-> scrypt ")


def test_a_file_of_another_backup_is_refused(sealed):
    with pytest.raises(BackupError, match="belongs to another backup"):
        sealed.unseal(sealing.new(PASSPHRASE).seal(b"rows"))


def test_a_changed_manifest_is_refused(sealed):
    signed = msgspec.structs.replace(MADE, seal=sealed.signature(MADE))
    sealing.check(signed, sealed, where="here")

    with pytest.raises(BackupError, match="was changed after the backup"):
        sealing.check(msgspec.structs.replace(signed, files=[]), sealed, where="here")


def test_without_a_passphrase_nothing_is_encrypted():
    plain = sealing.new(None)

    assert (b"rows", b"rows", None, "") == (plain.seal(b"rows"), plain.unseal(b"rows"), plain.key, plain.suffix)
    sealing.check(MADE, plain, where="here")


def test_the_passphrase_is_the_content_of_a_file(tmp_path):
    file = tmp_path / "passphrase"
    file.write_text(f"  {PASSPHRASE}\n")
    assert PASSPHRASE == sealing.passphrase_of(file)
    assert sealing.passphrase_of(None) is None

    file.write_text("short\n")
    with pytest.raises(BackupError, match="is too short"):
        sealing.passphrase_of(file)
    with pytest.raises(BackupError, match="can't be read"):
        sealing.passphrase_of(tmp_path / "missing")
