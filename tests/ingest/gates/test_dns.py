"""Addresses of the host names in rules."""

import pytest

from ingest.gates.dns import REFRESH_S, RETRY_S, HostNames, lookup

HOME = "home.example.org"


class Dns:
    """Answers from a table, and records the names looked up."""

    def __init__(self, **answers: list[str]) -> None:
        self.answers = {name.replace("_", "."): addresses for name, addresses in answers.items()}
        self.asked: list[str] = []

    def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        if name not in self.answers:
            raise OSError("no such name")
        return self.answers[name]


@pytest.mark.parametrize(
    ("addresses", "networks"),
    [
        pytest.param(["192.0.2.7"], ("192.0.2.7/32",), id="an address"),
        pytest.param(["2001:db8::7"], ("2001:db8::/64",), id="an ipv6 address means its /64"),
        pytest.param(["192.0.2.7", "2001:db8::7"], ("192.0.2.7/32", "2001:db8::/64"), id="both"),
        pytest.param(["::ffff:192.0.2.7"], ("192.0.2.7/32",), id="a mapped one"),
        pytest.param(["fe80::1%eth0"], ("fe80::/64",), id="one with a zone"),
        pytest.param(["192.0.2.7", "0.0.0.0", "::"], ("192.0.2.7/32",), id="the address of nobody"),
    ],
)
def test_the_addresses_of_a_name_are_networks(addresses, networks):
    names = HostNames(Dns(home_example_org=addresses))

    assert names.refresh([HOME], now=0)
    assert names.answers == {HOME: networks}


def test_names_are_looked_up_when_they_are_due():
    dns = Dns(home_example_org=["192.0.2.7"])
    names = HostNames(dns)

    assert names.refresh([HOME, "gone.example.org"], now=0)
    assert not names.refresh([HOME, "gone.example.org"], now=RETRY_S - 1)
    assert dns.asked == [HOME, "gone.example.org"]

    assert not names.refresh([HOME, "gone.example.org"], now=RETRY_S)
    assert dns.asked[2:] == ["gone.example.org"]

    dns.answers[HOME] = ["192.0.2.8"]
    assert not names.refresh([HOME], now=REFRESH_S - 1)
    assert names.refresh([HOME], now=REFRESH_S)
    assert names.answers == {HOME: ("192.0.2.8/32",)}


@pytest.mark.parametrize("answer", [None, [], ["0.0.0.0"]], ids=["no answer", "an empty one", "nobody"])
def test_the_last_good_answer_stays(answer):
    dns = Dns(home_example_org=["192.0.2.7"])
    names = HostNames(dns)
    names.refresh([HOME], now=0)
    if answer is None:
        del dns.answers[HOME]
    else:
        dns.answers[HOME] = answer

    assert not names.refresh([HOME], now=REFRESH_S)
    assert names.answers == {HOME: ("192.0.2.7/32",)}


def test_the_answer_for_an_unused_name_is_deleted():
    names = HostNames(Dns(home_example_org=["192.0.2.7"]))
    names.refresh([HOME], now=0)

    assert names.refresh([], now=1)
    assert names.answers == {}


def test_this_machine_has_a_name():
    assert {"127.0.0.1", "::1"} & set(lookup("localhost"))


def test_an_unknown_name_has_no_address():
    with pytest.raises(OSError):  # noqa: PT011 - the words are the system's
        lookup("gone.invalid")
