"""What a way is found to be by what has arrived."""

import pytest

from ingest.request.client_ip import Hop
from scripts.console.proxy_probe import CLAIMED, Trouble, Way

OWN, OUTER, PROXY = "198.51.100.7", "10.0.0.2", "10.0.0.1"


def way(*hops: tuple[str, str], address: str, own: str = OWN) -> Way:
    return Way(own, address, tuple(Hop(text, role) for text, role in hops), {}, "")


@pytest.mark.parametrize(
    ("found", "trouble"),
    [
        pytest.param(way((OWN, "client"), (PROXY, "trusted"), address=OWN), None, id="a proxy that sets the address"),
        pytest.param(way((CLAIMED, "ignored"), (OWN, "client"), (PROXY, "trusted"), address=OWN), None,
                     id="one that adds it"),
        pytest.param(way((CLAIMED, "ignored"), (OWN, "client"), (OUTER, "trusted"), (PROXY, "trusted"), address=OWN),
                     None, id="two"),
        pytest.param(way(("9.9.9.9", "client"), (PROXY, "trusted"), address="9.9.9.9", own="10.9.9.9"), None,
                     id="one of another network"),
        pytest.param(way((CLAIMED, "ignored"), (OWN, "client"), address=OWN), None, id="no proxy"),
        pytest.param(way((CLAIMED, "ignored"), ("9.9.9.9", "client"), address="9.9.9.9", own="10.9.9.9"), None,
                     id="no proxy, from another network"),
        pytest.param(way((CLAIMED, "client"), (OUTER, "trusted"), (PROXY, "trusted"), address=CLAIMED, own=OUTER), None,
                     id="from a machine that is trusted itself"),
        pytest.param(way((PROXY, "client"), address=PROXY), Trouble.HIDES, id="a proxy that says nothing"),
        pytest.param(way((CLAIMED, "client"), (PROXY, "trusted"), address=CLAIMED), Trouble.CLAIMS,
                     id="one that lets visitors speak"),
        pytest.param(way((CLAIMED, "client"), (OUTER, "trusted"), (PROXY, "trusted"), address=CLAIMED),
                     Trouble.CLAIMS, id="the outer one of two that does"),
        pytest.param(way((CLAIMED, "ignored"), (OWN, "ignored"), ("203.0.113.1", "client"), address="203.0.113.1"),
                     Trouble.NOT_TRUSTED, id="one that is not trusted"),
        pytest.param(way((CLAIMED, "ignored"), ("172.17.0.1", "client"), address="172.17.0.1"), Trouble.REPLACED,
                     id="ports of a container"),
        pytest.param(way(("172.17.0.1", "client"), (PROXY, "trusted"), address="172.17.0.1"), Trouble.REPLACED,
                     id="a proxy behind ports of a container"),
        pytest.param(way(("10.9.9.9", "client"), (PROXY, "trusted"), address="10.9.9.9", own="10.9.9.9"), None,
                     id="within one network"),
    ],
)  # fmt: skip
def test_the_trouble_with_a_way_is_found(found, trouble):
    assert found.trouble() is trouble
