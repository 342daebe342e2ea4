import pytest

from ingest.request import headers


def test_headers_are_written_a_line_each():
    assert b"a: 1\r\nb: 2\r\n" == headers.written([(b"a", b"1"), (b"b", b"2")])


def test_a_whole_answer_states_the_length_of_its_body():
    assert b"a: 1\r\ncontent-length: 2\r\n\r\nok" == headers.whole([(b"a", b"1")], b"ok")


@pytest.mark.parametrize(
    ("lines", "by_name"),
    [
        pytest.param([(b"host", b"a"), (b"accept", b"b")], {b"host": b"a", b"accept": b"b"}, id="each once"),
        pytest.param(
            [(b"x-forwarded-for", b"1"), (b"x-forwarded-for", b"2")],
            {b"x-forwarded-for": b"1,2"},
            id="the lines of several proxies are one chain",
        ),
        pytest.param([(b"accept", b"a"), (b"accept", b"b")], {b"accept": b"b"}, id="the last of any other"),
    ],
)
def test_headers_are_found_by_name(lines, by_name):
    assert by_name == headers.by_name(lines)


@pytest.mark.parametrize(
    ("lines", "version", "is_one"),
    [
        pytest.param([(b"host", b"a")], "1.1", True, id="one host"),
        pytest.param([(b"host", b"a"), (b"host", b"b")], "1.1", False, id="two hosts"),
        pytest.param([(b"accept", b"a")], "1.1", False, id="no host"),
        pytest.param([(b"accept", b"a")], "1.0", True, id="no host in HTTP/1.0"),
        pytest.param([(b"host", b"a"), (b"host", b"a")], "1.0", False, id="two equal hosts in HTTP/1.0"),
    ],
)
def test_a_request_names_exactly_one_host(lines, version, is_one):
    scope = {"headers": lines, "http_version": version}

    assert is_one == headers.names_one_host(scope, headers.by_name(lines))
