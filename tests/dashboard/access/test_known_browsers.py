import pytest

from dashboard.access.known_browsers import LIFETIME_S, KnownBrowsers

NOW = 1_780_000_000.0
EMAIL = "ana@example.org"


def browsers(*, key: bytes = b"k" * 32, now: float = NOW) -> KnownBrowsers:
    return KnownBrowsers(key, lambda: now)


def test_a_known_browser_has_one_number():
    cookie = browsers().remember(EMAIL)
    number = browsers(now=NOW + LIFETIME_S - 1).number_of(cookie, email=EMAIL)

    assert number
    assert number == browsers().number_of(cookie, email=EMAIL)


def test_each_sign_in_has_a_number_of_its_own():
    first, second = (browsers().number_of(browsers().remember(EMAIL), email=EMAIL) for _ in range(2))

    assert first != second


@pytest.mark.parametrize(
    ("reader", "email", "change"),
    [
        pytest.param(browsers(), "bob@example.org", str, id="another account"),
        pytest.param(browsers(key=b"x" * 32), EMAIL, str, id="another server"),
        pytest.param(browsers(now=NOW + LIFETIME_S), EMAIL, str, id="a cookie that has ended"),
        pytest.param(browsers(), EMAIL, lambda cookie: cookie[:-2], id="a cookie cut short"),
        pytest.param(browsers(), EMAIL, lambda _: "", id="no cookie"),
        pytest.param(browsers(), "\ud800", str, id="an address that is not text"),
    ],
)
def test_any_other_cookie_is_rejected(reader, email, change):
    cookie = browsers().remember(EMAIL)

    assert b"" == reader.number_of(change(cookie), email=email)


def test_the_cookie_does_not_contain_the_address():
    assert "ana" not in browsers().remember(EMAIL)
