"""P11: nothing goes out. Every feature is used where no network can be reached, and no process tries to reach one."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.journeys.browser import missing

_OPEN_LOOPBACK = 'ip link set lo up && exec "$@"'
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
_RESOLVER = re.compile(
    r'sin6?_port=htons\(53\)|sun_path="[^"]*(?:resolve|mdns)', re.IGNORECASE
)  # also one on this machine


def cut_off(command: Sequence[str], trace: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a network namespace without a route, and write whom its processes call to a file."""
    namespace = ["unshare", "--net", "sh", "-c", _OPEN_LOOPBACK, "sh"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        missing("This machine does not permit network namespaces (unshare --net), or has no iproute2.")
    if shutil.which("strace") is None:
        missing("strace is not installed (on Debian: apt-get install strace)")
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    tracing = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "0", "-e", calls, "-o", str(trace)]
    return subprocess.run([*namespace, *tracing, *command], capture_output=True, text=True, check=False)


def outside(trace: Path) -> Iterator[str]:
    """Yield the calls that leave this machine, or ask a resolver to."""
    for line in trace.read_text(errors="replace").splitlines():
        addresses = [ip_address(ipv4 or ipv6) for ipv4, ipv6 in _ADDRESS.findall(line)]
        if _RESOLVER.search(line) or any(not address.is_loopback for address in addresses):
            yield line


@pytest.mark.timeout(400)
def test_every_feature_works_without_a_network_and_none_looks_for_one(tmp_path: Path) -> None:
    answer = cut_off([sys.executable, "-m", "tests.privacy.cut_off", str(tmp_path)], tmp_path / "trace")

    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-4000:]
    assert [] == list(outside(tmp_path / "trace"))
    assert 'inet_addr("127.0.0.1")' in (tmp_path / "trace").read_text(errors="replace"), "what calls is seen"


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import socket; socket.socket().connect_ex(('203.0.113.1', 443))", id="a connection"),
        pytest.param(
            "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('203.0.113.1', 53))", id="a datagram"
        ),
        pytest.param("import socket; socket.getaddrinfo('updates.example', 443)", id="a resolver"),
    ],
)
def test_an_attempt_is_noticed(tmp_path: Path, program: str) -> None:
    cut_off([sys.executable, "-c", program], tmp_path / "trace")

    assert [] != list(outside(tmp_path / "trace"))
