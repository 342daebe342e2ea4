import pytest

from dashboard.outbound.addresses import is_public


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("93.184.215.14", True, id="an IPv4 address"),
        pytest.param("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True, id="an IPv6 address"),
        pytest.param("64:ff9b::5db8:d70e", True, id="a public address behind a translator"),
        pytest.param("127.0.0.1", False, id="this machine"),
        pytest.param("127.8.8.8", False, id="this machine by another address"),
        pytest.param("::1", False, id="this machine in IPv6"),
        pytest.param("0.0.0.0", False, id="no address"),
        pytest.param("::", False, id="no address in IPv6"),
        pytest.param("10.1.2.3", False, id="a private network"),
        pytest.param("172.16.0.1", False, id="another private network"),
        pytest.param("192.168.1.1", False, id="a home"),
        pytest.param("100.64.0.1", False, id="the network of a provider"),
        pytest.param("169.254.169.254", False, id="the metadata of a cloud"),
        pytest.param("fd00::1", False, id="a private network in IPv6"),
        pytest.param("fe80::1%eth0", False, id="a link"),
        pytest.param("::ffff:10.0.0.1", False, id="a private network, mapped"),
        pytest.param("::10.0.0.1", False, id="a private network, in the old compatible form"),
        pytest.param("64:ff9b::a00:1", False, id="a private network behind a translator"),
        pytest.param("2002:a00:1::", False, id="a private network in 6to4"),
        pytest.param("224.0.0.1", False, id="a group"),
        pytest.param("ff02::1", False, id="a group in IPv6"),
        pytest.param("255.255.255.255", False, id="everybody"),
        pytest.param("example.org", False, id="not an address"),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address, expected):
    assert expected == is_public(address)
