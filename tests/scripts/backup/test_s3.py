"""Backups in a bucket, against a stand-in of S3 on this machine."""

import sys

import pytest
from minio import Minio
from moto.server import ThreadedMotoServer

from scripts.backup import manifest, targets
from scripts.backup.manifest import BackupError
from scripts.backup.s3 import Bucket
from tests.scripts.backup.test_targets import NAMES


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(tmp_path):
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = one\naws_secret_access_key = two\n")
    return file


@pytest.fixture
def bucket(endpoint, credentials, request):
    name = f"b{abs(hash(request.node.name))}"
    Minio(endpoint.removeprefix("http://"), "one", "two", secure=False).make_bucket(name)
    return Bucket(f"s3://{name}/sillage/", endpoint=endpoint, credentials=credentials)


def test_a_bucket_is_like_a_directory(bucket):
    assert [] == bucket.names()
    for name in NAMES[:3]:
        bucket.write(name, "control.sqlite3", b"control")
        bucket.write(name, manifest.FILE, name.encode())
    bucket.remove(NAMES[0])

    assert NAMES[1:3] == bucket.names() == targets.complete(bucket)
    assert NAMES[1].encode() == bucket.read(NAMES[1], manifest.FILE)
    assert not bucket.has(NAMES[1], "control")
    assert bucket.where(NAMES[1]).endswith(f"/sillage/{NAMES[1]}")


def test_a_missing_bucket_is_a_sentence(endpoint, credentials):
    missing = Bucket("s3://missing", endpoint=endpoint, credentials=credentials)

    for question in (missing.names, lambda: missing.write(NAMES[0], "a", b""), lambda: missing.read(NAMES[0], "a")):
        with pytest.raises(BackupError, match=r"The storage answers NoSuchBucket for s3://missing. Check the bucket"):
            question()


def test_a_file_without_keys_is_a_sentence(endpoint, credentials):
    credentials.write_text("[other]\n")

    with pytest.raises(BackupError, match="Check the bucket, --s3-endpoint and --s3-credentials"):
        Bucket("s3://bucket", endpoint=endpoint, credentials=credentials).names()


@pytest.mark.parametrize("endpoint", ["s3.example.org", "ftp://s3.example.org"])
def test_an_endpoint_is_a_web_address(endpoint):
    with pytest.raises(BackupError, match="must be an address such as https://"):
        Bucket("s3://bucket", endpoint=endpoint, credentials=None)


def test_without_the_client_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "minio", None)

    with pytest.raises(BackupError, match="pip install minio"):
        Bucket("s3://bucket", endpoint=None, credentials=None)
