import pytest

from ingest.request.client_hints import MAX_BRANDS_BYTES, MAX_PLATFORM_BYTES, NO_HINTS, ClientHints


@pytest.mark.parametrize(
    ("header", "brands"),
    [
        pytest.param(
            b'"Chromium";v="142", "Brave";v="142", "Not_A Brand";v="99"',
            [("Chromium", "142"), ("Brave", "142"), ("Not_A Brand", "99")],
            id="as Brave sends it",
        ),
        pytest.param(
            b'"Opera";v="125", " Not A;Brand";v="8", "Chromium";v="141"',
            [("Opera", "125"), (" Not A;Brand", "8"), ("Chromium", "141")],
            id="a made-up brand with a semicolon",
        ),
        pytest.param(rb'"Not\"A\\Brand";v="24"', [(r"Not\"A\\Brand", "24")], id="a quote inside a brand"),
        pytest.param(b'"Brave";v="1.2.3"', [("Brave", "1")], id="a full version"),
        pytest.param(b'"Brave" ; v="1"', [("Brave", "1")], id="spaces"),
        pytest.param(b"", [], id="nothing"),
        pytest.param(b'Brave;v="1"', [], id="a brand without quotes"),
        pytest.param(b'"Brave";v="latest"', [], id="a version that is none"),
        pytest.param(b'"Brave', [], id="half a brand"),
        pytest.param(b"\xff\x00", [], id="bytes that mean nothing"),
    ],
)
def test_brands_are_read_in_their_order(header, brands):
    assert brands == ClientHints(brands=header).brand_versions()


@pytest.mark.parametrize(
    ("hints", "is_mobile"),
    [
        pytest.param(ClientHints(mobile=b"?1"), True, id="yes"),
        pytest.param(ClientHints(mobile=b"?0"), False, id="no"),
        pytest.param(NO_HINTS, False, id="not said"),
    ],
)
def test_a_phone_says_that_it_is_one(hints, is_mobile):
    assert is_mobile == hints.is_mobile


@pytest.mark.parametrize(
    ("header", "name"),
    [
        pytest.param(b'"Chrome OS"', "Chrome OS", id="in quotes"),
        pytest.param(b'""', "", id="empty quotes"),
        pytest.param(b"", "", id="nothing"),
    ],
)
def test_the_platform_is_a_name_without_quotes(header, name):
    assert name == ClientHints(platform=header).platform_name


def test_what_is_remembered_is_never_longer_than_what_browsers_send():
    cut = ClientHints(b"b" * 60_000, b"?1" * 60_000, b"p" * 60_000).cut()

    assert [len(header) for header in cut] == [MAX_BRANDS_BYTES, 2, MAX_PLATFORM_BYTES]
    assert cut.is_mobile
