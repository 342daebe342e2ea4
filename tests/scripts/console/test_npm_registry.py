import io
from contextlib import nullcontext

import pytest

from scripts.console import npm_registry
from scripts.console.errors import Refusal
from scripts.console.npm_registry import download, newest
from tests.scripts.registry import packed, registry

NAME = "@ip-location-db/table"
FILES = {"package/table.csv": b"1,2\n"}


@pytest.fixture
def npm():
    with registry() as npm:
        npm.publish(NAME, FILES)
        yield npm


def test_the_newest_version_is_found_and_downloaded(npm):
    package, target = newest(NAME, registry=f"{npm.url}/"), io.BytesIO()
    download(package, target)

    assert (NAME, "2.3.2026010107") == (package.name, package.version)
    assert len(packed(FILES)) == len(target.getvalue())


@pytest.mark.parametrize(
    "dist",
    [
        pytest.param({"integrity": "sha1-abc="}, id="no SHA-512"),
        pytest.param({"integrity": None}, id="no checksum"),
    ],
)
def test_a_package_without_a_good_checksum_is_rejected(npm, dist):
    npm.publish(NAME, FILES, **dist)

    with pytest.raises(Refusal):
        newest(NAME, registry=npm.url)


@pytest.mark.parametrize("answer", [(404, b"{}"), (500, b""), (200, b"no JSON"), (200, b"{}")])
def test_a_registry_that_does_not_know_the_package_is_a_refusal(npm, answer):
    npm.answers[f"/{NAME.replace('/', '%2F')}/latest"] = answer

    with pytest.raises(Refusal):
        newest(NAME, registry=npm.url)


def test_a_package_that_was_changed_on_its_way_is_rejected(npm):
    package = newest(NAME, registry=npm.url)
    npm.publish(NAME, {"package/table.csv": b"9,9\n"})

    with pytest.raises(Refusal):
        download(package, io.BytesIO())


def test_a_package_that_is_too_large_is_rejected(npm, monkeypatch):
    monkeypatch.setattr(npm_registry, "MAX_PACKAGE_BYTES", 10)

    with pytest.raises(Refusal, match="10 bytes"):
        download(newest(NAME, registry=npm.url), io.BytesIO())


@pytest.mark.parametrize("url", ["http://registry.example", "ftp://127.0.0.1", "file:///etc"])
def test_only_https_or_this_machine_is_trusted(url):
    with pytest.raises(Refusal, match="https"):
        newest(NAME, registry=url)


@pytest.mark.parametrize(
    ("host", "is_trusted"),
    [
        pytest.param("127.0.0.1", True, id="this machine"),
        pytest.param("0.0.0.0", False, id="an address that is not named as this machine"),
    ],
)
def test_a_redirect_must_lead_to_a_trusted_host(npm, host, is_trusted):
    path = f"/{NAME.replace('/', '%2F')}/latest"
    npm.answers["/moved"] = npm.answers[path]
    npm.answers[path] = 302, npm.url.replace("127.0.0.1", host).encode() + b"/moved"

    with nullcontext() if is_trusted else pytest.raises(Refusal, match="https"):
        assert NAME == newest(NAME, registry=npm.url).name
    assert "/moved" in npm.requests
