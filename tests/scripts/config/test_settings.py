import pytest

from scripts.config.settings import BY_NAME, SETTINGS, described


@pytest.mark.parametrize("setting", [setting for setting in SETTINGS if setting.default], ids=lambda row: row.name)
def test_a_default_is_an_allowed_value(setting):
    setting.parse(setting.default)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda row: row.name)
def test_a_setting_has_a_name_for_every_source_and_a_sentence(setting):
    assert setting.variable == f"SILLAGE_{setting.name.upper()}"
    assert setting.flag == f"--{setting.name.replace('_', '-')}"
    assert setting.help.endswith(".")
    assert setting is BY_NAME[setting.name]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("port", "[default: 8000]", id="a default"),
        pytest.param("memory_mb", "", id="none: it depends on the machine"),
    ],
)
def test_the_help_text_ends_with_the_default(name, text):
    assert described(BY_NAME[name]) == f"{BY_NAME[name].help} {text}".rstrip()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        pytest.param("port", "0", 0, id="the lowest number"),
        pytest.param("port", "65535", 65535, id="the highest number"),
        pytest.param("fsync", "ALWAYS", "always", id="a word in capitals"),
        pytest.param("trusted_proxies", "none", (), id="no networks"),
        pytest.param("trusted_proxies", "10.0.0.0/8, ::1", ("10.0.0.0/8", "::1/128"), id="networks"),
        pytest.param("base_url", "https://stats.example.org/", "https://stats.example.org", id="a trailing slash"),
        pytest.param("base_url", "https://example.org/stats", "https://example.org/stats", id="an address with a path"),
        pytest.param("database", "chdb:///srv/x", "chdb:///srv/x", id="the embedded database"),
        pytest.param("database", "clickhouses://db/x", "clickhouses://db/x", id="a server with TLS"),
    ],
)
def test_an_allowed_value_is_parsed(name, text, value):
    assert value == BY_NAME[name].parse(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("port", "-1", id="below the lowest number"),
        pytest.param("port", "65536", id="above the highest number"),
        pytest.param("port", "80.5", id="a fraction"),
        pytest.param("fsync", "sometimes", id="another word"),
        pytest.param("host", "http://127.0.0.1", id="a URL for a host"),
        pytest.param("host", "[::1]", id="a host in brackets"),
        pytest.param("host", " ", id="a blank host"),
        pytest.param("trusted_proxies", "10.0.0.1/8", id="a network with host bits"),
        pytest.param("trusted_proxies", "", id="an empty list"),
        pytest.param("base_url", "stats.example.org", id="an address without a scheme"),
        pytest.param("base_url", "https://stats.example.org/?a=1", id="an address with a query"),
        pytest.param("database", "chdb://relative/path", id="a relative path"),
        pytest.param("database", "clickhouse://db:0/x", id="port 0 of a server"),
        pytest.param("data_dir", "", id="an empty path"),
        pytest.param("timezone", "Mars/Olympus", id="an unknown time zone"),
    ],
)
def test_any_other_value_is_a_value_error(name, text):
    with pytest.raises(ValueError, match=r"."):
        BY_NAME[name].parse(text)
