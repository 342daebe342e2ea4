from pathlib import Path

import pytest

from scripts.config.loading import Config, ConfigError, load, make_data_dir
from scripts.config.settings import SETTINGS


def a_config(tmp_path, *, options=None, environment=None, file=None):
    """Load the settings in an empty directory. file: the text of its sillage.toml."""
    if file is not None:
        (tmp_path / "sillage.toml").write_text(file)
    return load(options, environment=environment or {}, directory=tmp_path)


def a_refusal(tmp_path, **sources):
    with pytest.raises(ConfigError) as refusal:
        a_config(tmp_path, **sources)
    return str(refusal.value)


def test_without_any_setting_everything_has_a_value(tmp_path):
    config = a_config(tmp_path)

    assert config.data_dir == Path("data").absolute()
    assert config.base_url == "http://127.0.0.1:8000"
    assert config.database == f"chdb://{config.data_dir}/clickhouse"
    assert config.salt_dir is None
    assert config.geo_file == config.data_dir / "geo"
    assert config.referrer_spam_file is None
    assert config.currency_rates_file is None
    assert (config.client_hits_per_minute, config.site_hits_per_minute) == (600, 0)
    assert config.trusted_proxies == ("127.0.0.0/8", "::1/128")
    assert (config.fsync, config.spool_max_mb, config.log_level) == ("interval", 1024, "warning")
    assert 512 <= config.memory_mb <= 4096


@pytest.mark.parametrize(
    ("sources", "port"),
    [
        pytest.param({}, 8000, id="default"),
        pytest.param({"file": "port = 1"}, 1, id="file"),
        pytest.param({"file": "port = 1", "environment": {"SILLAGE_PORT": "2"}}, 2, id="environment before file"),
        pytest.param(
            {"file": "port = 1", "environment": {"SILLAGE_PORT": "2"}, "options": {"port": "3"}},
            3,
            id="option before environment",
        ),
        pytest.param({"file": "port = 1", "environment": {"SILLAGE_PORT": ""}}, 1, id="an empty variable is not set"),
        pytest.param({"environment": {"PORT": "2"}}, 8000, id="a variable of another name"),
    ],
)
def test_the_closest_source_wins(tmp_path, sources, port):
    assert a_config(tmp_path, **sources).port == port


VALUES = {
    "data_dir": ("/srv/sillage", Path("/srv/sillage")),
    "host": ("0.0.0.0", "0.0.0.0"),
    "port": ("9000", 9000),
    "base_url": ("https://stats.example.org/", "https://stats.example.org"),
    "database": ("clickhouse://u:p@db:8123/x", "clickhouse://u:p@db:8123/x"),
    "database_password_file": ("/clickhouse.password", Path("/clickhouse.password")),
    "cluster": ("analytics", "analytics"),
    "salt_dir": ("/dev/shm/sillage", Path("/dev/shm/sillage")),
    "trusted_proxies": ("10.0.0.0/8, fd00::/8", ("10.0.0.0/8", "fd00::/8")),
    "geo_file": ("/srv/places.mmdb", Path("/srv/places.mmdb")),
    "referrer_spam_file": ("/etc/spam.txt", Path("/etc/spam.txt")),
    "currency_rates_file": ("/etc/rates.csv", Path("/etc/rates.csv")),
    "exclusions_file": ("/etc/exclusions.toml", Path("/etc/exclusions.toml")),
    "excluded_share_percent": ("50", 50),
    "timezone": ("Pacific/Auckland", "Pacific/Auckland"),
    "account_months": ("12", 12),
    "oidc_issuer": ("https://login.example.org/staff/", "https://login.example.org/staff/"),
    "oidc_client_id": ("sillage", "sillage"),
    "oidc_client_secret_file": ("/etc/oidc.secret", Path("/etc/oidc.secret")),
    "oidc_label": ("Keycloak", "Keycloak"),
    "two_factor": ("required", "required"),
    "data_country": ("de", "DE"),
    "data_host": ("OVHcloud, Roubaix", "OVHcloud, Roubaix"),
    "backup_country": ("FR", "FR"),
    "outside_eea": ("allow", "allow"),
    "fsync": ("always", "always"),
    "spool_max_mb": ("10", 10),
    "client_hits_per_minute": ("60", 60),
    "site_hits_per_minute": ("60000", 60000),
    "request_timeout_s": ("30", 30),
    "arriving_max_mb": ("16", 16),
    "connections_max": ("500", 500),
    "workers": ("2", 2),
    "live_visits_max": ("2000", 2000),
    "memory_mb": ("600", 600),
    "metrics_token_file": ("/metrics.token", Path("/metrics.token")),
    "mail_host": ("smtp.example.org", "smtp.example.org"),
    "mail_port": ("2525", 2525),
    "mail_tls": ("TLS", "tls"),
    "mail_user": ("stats", "stats"),
    "mail_password": ("secret", "secret"),
    "mail_password_file": ("/mail.password", Path("/mail.password")),
    "mail_from": ("Statistics <stats@example.org>", "Statistics <stats@example.org>"),
    "webhook_targets": ("any", "any"),
    "log_format": ("JSON", "json"),
    "log_level": ("DEBUG", "debug"),
}


def test_the_table_holds_every_field_of_the_config():
    names = [setting.name for setting in SETTINGS]

    assert names == list(Config.__dataclass_fields__)
    assert names == list(VALUES)


@pytest.mark.parametrize("name", VALUES)
def test_every_setting_is_read_from_every_source(tmp_path, name):
    text, value = VALUES[name]
    needed = {"database": "clickhouse://one,two/x"} if name == "cluster" else {}

    assert getattr(a_config(tmp_path, options={name: text, **needed}), name) == value
    assert getattr(a_config(tmp_path, options=needed, environment={f"SILLAGE_{name.upper()}": text}), name) == value
    assert getattr(a_config(tmp_path, options=needed, file=f"{name} = '{text}'"), name) == value


@pytest.mark.parametrize(
    ("file", "proxies"),
    [
        pytest.param("trusted_proxies = ['10.0.0.0/8', 'fd00::/8']", ("10.0.0.0/8", "fd00::/8"), id="a list"),
        pytest.param("trusted_proxies = []", (), id="an empty list"),
        pytest.param("trusted_proxies = 'none'", (), id="the word none"),
        pytest.param("trusted_proxies = '192.0.2.1'", ("192.0.2.1/32",), id="a single address"),
    ],
)
def test_the_file_gives_networks_as_a_list_or_as_text(tmp_path, file, proxies):
    assert a_config(tmp_path, file=file).trusted_proxies == proxies


@pytest.mark.parametrize(
    ("sources", "url"),
    [
        pytest.param({"options": {"port": "9000"}}, "http://127.0.0.1:9000", id="of the port"),
        pytest.param({"options": {"host": "::1"}}, "http://[::1]:8000", id="an IPv6 address in brackets"),
        pytest.param({"options": {"host": "0.0.0.0"}}, "http://127.0.0.1:8000", id="all addresses: one that opens"),
        pytest.param({"options": {"base_url": "http://x.test/s/", "port": "1"}}, "http://x.test/s", id="as given"),
    ],
)
def test_the_base_url_is_made_of_host_and_port_unless_given(tmp_path, sources, url):
    assert a_config(tmp_path, **sources).base_url == url


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        pytest.param(
            {"options": {"port": "80a"}},
            "--port is '80a'. It must be a whole number from 0 to 65535.",
            id="no number, as an option",
        ),
        pytest.param(
            {"environment": {"SILLAGE_PORT": "65536"}},
            "SILLAGE_PORT is '65536'. It must be a whole number from 0 to 65535.",
            id="a number too high, in the environment",
        ),
        pytest.param(
            {"options": {"trusted_proxies": "10.0.0.1/8"}},
            "--trusted-proxies is '10.0.0.1/8'. It must be networks such as 10.0.0.0/8, separated by commas, or none.",
            id="a network with a host in it",
        ),
        pytest.param(
            {"options": {"timezone": "Mars/Olympus"}},
            "--timezone is 'Mars/Olympus'. It must be a time zone such as Europe/Paris.",
            id="no time zone",
        ),
        pytest.param(
            {"options": {"base_url": "stats.example.org"}},
            "--base-url is 'stats.example.org'. It must be an address such as https://stats.example.org.",
            id="an address without its scheme",
        ),
        pytest.param(
            {"options": {"database": "postgres://u:secret@db/x"}},
            "--database is 'postgres://...@db/x'. It must be "
            "chdb:///absolute/path or clickhouse://user:password@host:8123/database.",
            id="another database, its password not repeated",
        ),
        pytest.param(
            {"options": {"database": "chdb://relative/path"}},
            "--database is 'chdb://relative/path'. It must be "
            "chdb:///absolute/path or clickhouse://user:password@host:8123/database.",
            id="a relative path of the database",
        ),
        pytest.param(
            {"options": {"database": "clickhouse://one:8123,two:8123/x"}},
            "database lists several servers. Name their cluster with SILLAGE_CLUSTER.",
            id="several servers without the name of their cluster",
        ),
        pytest.param(
            {"options": {"cluster": "analytics"}},
            "cluster is set, but the database is embedded. Set database to servers of the cluster.",
            id="a cluster without servers",
        ),
        pytest.param(
            {"options": {"fsync": "never"}}, "--fsync is 'never'. It must be interval or always.", id="an unknown word"
        ),
        pytest.param(
            {"options": {"host": "http://localhost"}},
            "--host is 'http://localhost'. It must be an address or host name such as 127.0.0.1 or ::.",
            id="a URL for a host",
        ),
        pytest.param({"options": {"data_dir": ""}}, "--data-dir is ''. It must be a directory.", id="an empty path"),
    ],
)
def test_an_invalid_setting_is_refused_by_name_source_and_allowed_values(tmp_path, sources, sentence):
    assert a_refusal(tmp_path, **sources) == sentence


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        pytest.param("prot = 1", "prot in {file} is not a setting. Did you mean port?", id="a misspelt name"),
        pytest.param(
            "port = true", "port in {file} is True. It must be a whole number from 0 to 65535.", id="a truth value"
        ),
        pytest.param(
            "port = '80a'", "port in {file} is '80a'. It must be a whole number from 0 to 65535.", id="a bad value"
        ),
        pytest.param(
            "[fsync]", "fsync in {file} is {{}}. It must be interval or always.", id="a table where text is expected"
        ),
        pytest.param(
            "port = ", "The settings file {file} can't be parsed: Invalid value (at end of document).", id="no TOML"
        ),
    ],
)
def test_a_bad_file_is_refused_by_its_name(tmp_path, file, sentence):
    assert a_refusal(tmp_path, file=file) == sentence.format(file=tmp_path / "sillage.toml")


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    (tmp_path / "sillage.toml").write_bytes(b"host = '\xff'")

    assert "can't be parsed" in a_refusal(tmp_path)


def test_a_file_named_in_the_environment_has_to_exist(tmp_path):
    missing = tmp_path / "missing.toml"

    refusal = a_refusal(tmp_path, environment={"SILLAGE_CONFIG": str(missing)})

    assert refusal == f"The settings file {missing} can't be read: No such file or directory."


def test_the_file_is_the_named_one_else_the_one_here_else_the_one_in_the_data_directory(tmp_path):
    named, here, data_dir = tmp_path / "named.toml", tmp_path / "here", tmp_path / "data"
    here.mkdir()
    data_dir.mkdir()
    options = {"data_dir": str(data_dir)}
    (data_dir / "sillage.toml").write_text("port = 3")
    in_data_dir = load(options, environment={}, directory=here)
    (here / "sillage.toml").write_text("port = 2")
    in_directory = load(options, environment={}, directory=here)
    named.write_text("port = 1")
    by_name = load(options, environment={"SILLAGE_CONFIG": str(named)}, directory=here)

    assert (by_name.port, in_directory.port, in_data_dir.port) == (1, 2, 3)


def test_a_data_directory_is_made_for_its_owner_alone(tmp_path):
    config = a_config(tmp_path, options={"data_dir": str(tmp_path / "new" / "data")})

    make_data_dir(config)
    make_data_dir(config)

    assert config.data_dir.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("path", ["file", "file/below"], ids=["a file", "below a file"])
def test_an_impossible_data_directory_is_refused(tmp_path, path):
    (tmp_path / "file").touch()
    config = a_config(tmp_path, options={"data_dir": str(tmp_path / path)})

    with pytest.raises(ConfigError, match=r"can't be written\. Choose another with --data-dir"):
        make_data_dir(config)


@pytest.mark.parametrize(
    ("database", "url"),
    [
        pytest.param("clickhouse://ana@db:8123/x", "clickhouse://ana:p%2F%40ss@db:8123/x", id="with a user"),
        pytest.param("clickhouses://db/x", "clickhouses://default:p%2F%40ss@db/x", id="without a user"),
        pytest.param("chdb:///srv/clickhouse", "chdb:///srv/clickhouse", id="embedded: there is no password"),
    ],
)
def test_the_password_of_clickhouse_may_be_in_a_file(tmp_path, database, url):
    (tmp_path / "password").write_text("p/@ss\nsecond line\n")
    config = a_config(tmp_path, options={"database": database, "database_password_file": str(tmp_path / "password")})

    assert url == config.database
    assert "p%2F%40ss" not in repr(config)


@pytest.mark.parametrize(
    ("database", "content", "sentence"),
    [
        pytest.param("clickhouse://u:p@db/x", b"p", "database contains a password. Remove one of them", id="two"),
        pytest.param("clickhouse://u@db/x", None, "can't be read: No such file", id="no file"),
        pytest.param("clickhouse://u@db/x", b"\n", "is empty", id="an empty file"),
        pytest.param("clickhouse://u@db/x", b"\xff", "is not UTF-8 text", id="no text"),
    ],
)
def test_a_password_file_that_can_not_be_used_is_a_sentence(tmp_path, database, content, sentence):
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError, match=sentence):
        a_config(tmp_path, options={"database": database, "database_password_file": str(file)})
