import pytest

from ingest.outcome import Reason
from ingest.request import signals
from ingest.request.signals import ANONYMOUS, NO_SIGNALS, Signals


def read(*, is_trusted: bool = True, **headers: str) -> Signals:
    named = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in headers.items()}
    return signals.read(named, is_trusted=is_trusted)


@pytest.mark.parametrize("is_trusted", [True, False])
@pytest.mark.parametrize(
    ("headers", "is_ahead"),
    [
        pytest.param({"sec_purpose": "prefetch"}, True, id="fetched ahead"),
        pytest.param({"sec_purpose": "prefetch;prerender"}, True, id="shown ahead"),
        pytest.param(
            {"sec_purpose": "prefetch;anonymous-client-ip"}, True, id="through a proxy of the browser's maker"
        ),
        pytest.param({"purpose": "prefetch"}, True, id="by the older header"),
        pytest.param({"purpose": "Prerender"}, True, id="in upper case"),
        pytest.param({"x_moz": "prefetch"}, True, id="by old Firefox"),
        pytest.param({"sec_purpose": "", "x_moz": "prefetch"}, True, id="an empty header beside it"),
        pytest.param({"purpose": "preview"}, False, id="another purpose"),
        pytest.param({"x_moz": "microsummary"}, False, id="another word of old Firefox"),
        pytest.param({"sec_purpose": ""}, False, id="an empty header"),
        pytest.param({"sec_fetch_mode": "prefetch"}, False, id="another header"),
        pytest.param({}, False, id="no header"),
    ],
)
def test_a_page_fetched_before_anyone_asked_is_not_counted(headers, is_ahead, is_trusted):
    assert read(is_trusted=is_trusted, **headers) == (Signals(Reason.PREFETCH) if is_ahead else NO_SIGNALS)


@pytest.mark.parametrize(
    ("kind", "claimed"),
    [
        pytest.param("dc_ip", Signals(Reason.DATACENTER), id="a datacenter"),
        pytest.param("threat_ip", Signals(Reason.THREAT), id="a threat"),
        pytest.param(" Threat_IP ", Signals(Reason.THREAT), id="with spaces, in upper case"),
        pytest.param("anonymous_vpn_ip", Signals(country=ANONYMOUS), id="behind a VPN"),
        pytest.param("residential_ip", NO_SIGNALS, id="any other"),
        pytest.param("\xff", NO_SIGNALS, id="no text"),
        pytest.param("", NO_SIGNALS, id="nothing"),
    ],
)
def test_the_kind_of_an_address_is_what_a_trusted_sender_says(kind, claimed):
    assert read(x_plausible_ip_type=kind) == claimed
    assert read(x_plausible_ip_type=kind, is_trusted=False) == NO_SIGNALS


@pytest.mark.parametrize("is_trusted", [True, False])
@pytest.mark.parametrize(
    ("cookie", "has_opted_out"),
    [
        pytest.param("sillage_opt_out=1", True, id="the cookie"),
        pytest.param("a=b; sillage_opt_out=1; c=d", True, id="among others"),
        pytest.param("a=b;sillage_opt_out=1", True, id="without a space"),
        pytest.param("sillage_opt_out=0", False, id="another value"),
        pytest.param("sillage_opt_out=", False, id="no value, as nginx passes on without one"),
        pytest.param("sillage_opt_out=11", False, id="a longer value"),
        pytest.param("not_sillage_opt_out=1", False, id="another name"),
        pytest.param("a=sillage_opt_out=1", False, id="within another"),
        pytest.param("\xff", False, id="no text"),
        pytest.param("", False, id="an empty header"),
    ],
)
def test_who_shows_the_cookie_has_opted_out(cookie, has_opted_out, is_trusted):
    assert read(is_trusted=is_trusted, cookie=cookie) == (Signals(Reason.OPTED_OUT) if has_opted_out else NO_SIGNALS)


@pytest.mark.parametrize(
    ("is_trusted", "header_names", "found"),
    [
        pytest.param(True, [b"x-office"], {"x-office": "yes"}, id="of a trusted proxy"),
        pytest.param(True, [b"x-office", b"x-vpn"], {"x-office": "yes"}, id="one that is not there"),
        pytest.param(True, [], {}, id="that no rule looks at"),
        pytest.param(False, [b"x-office"], {}, id="of a stranger"),
    ],
)
def test_headers_are_seen_that_rules_look_at_and_a_trusted_proxy_sends(is_trusted, header_names, found):
    headers = {b"x-office": b" yes ", b"x-other": b"1"}

    assert signals.read(headers, is_trusted=is_trusted, header_names=header_names).headers == found


@pytest.mark.parametrize("is_trusted", [True, False])
@pytest.mark.parametrize(
    ("headers", "has_gpc", "has_dnt"),
    [
        pytest.param({"sec_gpc": "1"}, True, False, id="Global Privacy Control"),
        pytest.param({"dnt": "1"}, False, True, id="Do Not Track"),
        pytest.param({"sec_gpc": "1", "dnt": "1"}, True, True, id="both"),
        pytest.param({"sec_gpc": " 1 "}, True, False, id="with spaces, as a proxy may leave them"),
        pytest.param({"sec_gpc": "0"}, False, False, id="switched off"),
        pytest.param({"dnt": "0"}, False, False, id="a visitor who agrees"),
        pytest.param({"sec_gpc": "?1"}, False, False, id="a value that the standard does not have"),
        pytest.param({"sec_gpc": "", "dnt": ""}, False, False, id="empty headers"),
        pytest.param({"gpc": "1"}, False, False, id="another header"),
        pytest.param({}, False, False, id="no header"),
    ],
)
def test_a_browser_asks_not_to_be_measured(headers, has_gpc, has_dnt, is_trusted):
    assert read(is_trusted=is_trusted, **headers) == NO_SIGNALS._replace(has_gpc=has_gpc, has_dnt=has_dnt)


def test_a_privacy_signal_does_not_hide_other_signals():
    assert read(sec_gpc="1", cookie="sillage_opt_out=1") == Signals(Reason.OPTED_OUT, has_gpc=True)
