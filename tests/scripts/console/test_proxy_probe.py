"""The fault of a proxy, by what arrives."""

import pytest

from ingest.request.client_ip import Hop
from scripts.console.proxy_probe import CLAIMED, Fault, Probe

OWN, OUTER, PROXY = "198.51.100.7", "10.0.0.2", "10.0.0.1"


def seen(*hops: tuple[str, str], address: str, own: str = OWN) -> Probe:
    return Probe(own, address, tuple(Hop(text, role) for text, role in hops), {}, "")


@pytest.mark.parametrize(
    ("probe", "fault"),
    [
        pytest.param(seen((OWN, "client"), (PROXY, "trusted"), address=OWN), None, id="a proxy that sets the address"),
        pytest.param(seen((CLAIMED, "ignored"), (OWN, "client"), (PROXY, "trusted"), address=OWN), None,
                     id="one that adds it"),
        pytest.param(seen((CLAIMED, "ignored"), (OWN, "client"), (OUTER, "trusted"), (PROXY, "trusted"), address=OWN),
                     None, id="two"),
        pytest.param(seen(("9.9.9.9", "client"), (PROXY, "trusted"), address="9.9.9.9", own="10.9.9.9"), None,
                     id="one of another network"),
        pytest.param(seen((CLAIMED, "ignored"), (OWN, "client"), address=OWN), None, id="no proxy"),
        pytest.param(seen((CLAIMED, "ignored"), ("9.9.9.9", "client"), address="9.9.9.9", own="10.9.9.9"), None,
                     id="no proxy, from another network"),
        pytest.param(seen((CLAIMED, "client"), (OUTER, "trusted"), (PROXY, "trusted"), address=CLAIMED, own=OUTER),
                     None, id="from a machine that is trusted itself"),
        pytest.param(seen((PROXY, "client"), address=PROXY), Fault.HIDES, id="a proxy that says nothing"),
        pytest.param(seen((CLAIMED, "client"), (PROXY, "trusted"), address=CLAIMED), Fault.CLAIMS,
                     id="one that lets visitors speak"),
        pytest.param(seen((CLAIMED, "client"), (OUTER, "trusted"), (PROXY, "trusted"), address=CLAIMED),
                     Fault.CLAIMS, id="the outer one of two that does"),
        pytest.param(seen((CLAIMED, "ignored"), (OWN, "ignored"), ("203.0.113.1", "client"), address="203.0.113.1"),
                     Fault.NOT_TRUSTED, id="one that is not trusted"),
        pytest.param(seen((CLAIMED, "ignored"), ("172.17.0.1", "client"), address="172.17.0.1"), Fault.REPLACED,
                     id="ports of a container"),
        pytest.param(seen(("172.17.0.1", "client"), (PROXY, "trusted"), address="172.17.0.1"), Fault.REPLACED,
                     id="a proxy behind ports of a container"),
        pytest.param(seen(("10.9.9.9", "client"), (PROXY, "trusted"), address="10.9.9.9", own="10.9.9.9"), None,
                     id="within one network"),
    ],
)  # fmt: skip
def test_the_fault_of_a_proxy_is_found(probe, fault):
    assert probe.fault() is fault
