"""Snippets to paste."""

import pytest

from dashboard.pages import snippets

BASE_URLS = ["http://127.0.0.1:8000", "https://localhost"]


def test_the_script_tag_names_the_site_and_this_server():
    assert snippets.script_tag("qwerio.net", "https://stats.example.org") == (
        '<script defer data-domain="qwerio.net" src="https://stats.example.org/js/script.js"></script>'
    )


def test_values_in_a_tag_are_escaped():
    assert '"><' not in snippets.script_tag('"><b>', 'https://"><b>').removesuffix("></script>")


def test_a_pinned_tag_has_the_hash_of_the_script():
    assert snippets.pinned_script_tag("qwerio.net", "https://stats.example.org", integrity="sha384-AbC") == (
        '<script defer data-domain="qwerio.net" src="https://stats.example.org/js/script.js" '
        'integrity="sha384-AbC" crossorigin="anonymous"></script>'
    )


def test_wordpress_adds_the_site_to_the_tag():
    lines = snippets.wordpress("qwerio.net", "https://stats.example.org")

    assert "'https://stats.example.org/js/script.js', array(), null" in lines
    assert """' data-domain="qwerio.net"' . $own . ' src='""" in lines


def test_wordpress_marks_the_pages_of_staff():
    lines = snippets.wordpress("qwerio.net", "https://stats.example.org")

    assert "$own = current_user_can( 'edit_posts' ) ? ' data-internal' : '';" in lines


@pytest.mark.parametrize("base_url", BASE_URLS)
@pytest.mark.parametrize("path", ["= /js/script.js", "= /api/event", "^~ /api/event/"])
def test_nginx_forwards_the_paths_without_logging(base_url, path):
    location = snippets.nginx("example.org", base_url).split(f"location {path} {{")[1].split("}")[0]
    lines = {line.strip() for line in location.splitlines()}

    assert {
        "access_log off;",
        "error_log /dev/null;",
        f"proxy_pass {base_url};",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        'proxy_set_header Cookie "sillage_opt_out=$cookie_sillage_opt_out";',
        "proxy_set_header X-Forwarded-Host $host;",
    } <= lines


@pytest.mark.parametrize(
    ("base_url", "line"),
    [
        pytest.param("http://127.0.0.1:8000", "proxy_set_header Host $host;", id="the host of the site is kept"),
        pytest.param(
            "https://stats.example.org", "proxy_set_header Host stats.example.org;", id="a TLS server by name"
        ),
    ],
)
def test_nginx_sends_the_right_host(base_url, line):
    assert snippets.nginx("example.org", base_url).count(line) == 3


def test_caddy_logs_neither_path():
    assert snippets.caddy("example.org", "http://127.0.0.1:8000") == (
        "@sillage path /js/script.js /api/event /api/event/*\n"
        "log_skip @sillage\n"
        "handle @sillage {\n"
        "    reverse_proxy http://127.0.0.1:8000 {\n"
        '        header_up Cookie "sillage_opt_out={http.request.cookie.sillage_opt_out}"\n'
        "    }\n"
        "}\n"
    )


def test_caddy_sends_a_tls_server_its_own_name():
    assert "        header_up Host {upstream_hostport}\n" in snippets.caddy("example.org", "https://stats.example.org")
