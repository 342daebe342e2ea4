import pytest

from ingest import claims
from ingest.claims import ANONYMOUS, NO_CLAIMS, Claims
from ingest.outcome import Reason


def read(*, is_trusted: bool = True, **headers: str) -> Claims:
    named = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in headers.items()}
    return claims.read(named, is_trusted=is_trusted)


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
    assert read(is_trusted=is_trusted, **headers) == (Claims(Reason.PREFETCH) if is_ahead else NO_CLAIMS)


@pytest.mark.parametrize(
    ("kind", "claimed"),
    [
        pytest.param("dc_ip", Claims(Reason.DATACENTER), id="a datacenter"),
        pytest.param("threat_ip", Claims(Reason.THREAT), id="a threat"),
        pytest.param(" Threat_IP ", Claims(Reason.THREAT), id="with spaces, in upper case"),
        pytest.param("anonymous_vpn_ip", Claims(country=ANONYMOUS), id="behind a VPN"),
        pytest.param("residential_ip", NO_CLAIMS, id="any other"),
        pytest.param("\xff", NO_CLAIMS, id="no text"),
        pytest.param("", NO_CLAIMS, id="nothing"),
    ],
)
def test_the_kind_of_an_address_is_what_a_trusted_sender_says(kind, claimed):
    assert read(x_plausible_ip_type=kind) == claimed
    assert read(x_plausible_ip_type=kind, is_trusted=False) == NO_CLAIMS
