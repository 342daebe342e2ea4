"""A real server in a process of its own, as a person starts it, for tests that kill it or look from outside.

    with Server(tmp_path / "data", sites=["example.org"]) as server:
        httpx2.post(f"{server.url}/api/event", json=...)
        server.kill()
        server.start()

It gets an environment of its own, a working directory without settings, and places beside the data directory for
temporary files, salts and the log. The port is the system's choice at every start, so `url` changes.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO, Self

from tests.clickhouse import mode

STOP_WITHIN_S = 60
TAKEN_UP_WITHIN_S = 30
_LAST_LINE = "Press Ctrl-C to stop."


def becomes_true(claim: Callable[[], bool]) -> bool:
    """True once it is; a server takes up within seconds what was changed."""
    end = monotonic() + TAKEN_UP_WITHIN_S
    while monotonic() < end:
        if claim():
            return True
    return False


class StartError(Exception):
    """The server ended before it said that it runs; the message is what it wrote."""


class Server:
    """`sillage serve` on one data directory, started by `with` or `start`, and gone after `with` or `stop`."""

    def __init__(
        self,
        data_dir: Path,
        *,
        sites: Sequence[str] = ("example.org",),
        settings: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
        within: Sequence[str] = (),
    ) -> None:
        """sites: accepted from the first start on. settings: such as `{"log_level": "debug"}`.

        within: a program that starts the server, such as `["setpriv", "--no-new-privs"]`.
        """
        self.data_dir = data_dir
        self.log = self._beside("log")  # all that every process wrote
        self.salt_dir = self._directory("salts")
        self.temporary = self._directory("temporary")
        self.working_dir = self._directory("working")
        self.greeting = ""
        self._sites = list(sites)
        self._settings = dict(settings or {})
        self._arguments = list(arguments)
        self._within = list(within)
        self._process: subprocess.Popen[str] | None = None

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None, "the server was not started"
        return self._process

    @property
    def url(self) -> str:
        """Return the address of the running server, without a slash at the end."""
        return self._greeted(r"running at (\S+)")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def sign_in_link(self) -> str:
        """Return the link that makes the first user; it is there as long as there is none."""
        return self._greeted(r"(http\S+/sign-in/\S+)")

    @property
    def environment(self) -> dict[str, str]:
        """Return what the process knows of the machine, for commands that are to run beside it, too."""
        own = {"database": mode.url_of(self.data_dir)} if mode.is_server() else {}
        own |= {"data_dir": str(self.data_dir), "salt_dir": str(self.salt_dir), "timezone": "Europe/Paris"}
        settings = {f"SILLAGE_{name.upper()}": value for name, value in (own | self._settings).items()}
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(self.temporary)} | settings

    def start(self) -> Self:
        """Start it and return once it accepts events. Raises StartError."""
        for domain in self._sites[1:]:
            self.command("sites", "add", domain)
        first = ["--site", self._sites[0]] if self._sites else []
        self._sites = []
        serve = [sys.executable, "-m", "scripts", "serve", "--port", "0"]
        command = [*self._within, *serve, *first, *self._arguments]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command, env=self.environment, cwd=self.working_dir, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        self.greeting = self._read_greeting(self._process.stdout)
        return self

    def command(self, *words: str) -> str:
        """Run another `sillage` command on the same data directory and return what it prints."""
        return subprocess.run(
            [sys.executable, "-m", "scripts", *words],
            env=self.environment,
            cwd=self.working_dir,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def started(self, *words: str) -> subprocess.Popen[str]:
        """Start another `sillage` command on the same data directory, and return at once."""
        command = [sys.executable, "-m", "scripts", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, env=self.environment, cwd=self.working_dir, stdout=pipe, stderr=pipe, text=True
        )

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it without a word and wait until it is gone."""
        self.process.send_signal(number)
        self._reap()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, as a service manager does, and return its exit code."""
        self.process.send_signal(number)
        return self._reap()

    def restart(self) -> Self:
        """Stop it where it runs, and start it again."""
        if self.is_running:
            self.stop()
        return self.start()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.is_running:
            self.stop()

    def _read_greeting(self, stdout: IO[str]) -> str:
        lines = []
        for line in stdout:
            lines.append(line)
            self._write_log(line)
            if line.rstrip().endswith(_LAST_LINE):
                return "".join(lines)
        code = self._reap()
        raise StartError(f"exit code {code}\n{self.log.read_text()}")

    def _reap(self) -> int:
        """Wait until it is gone, whatever that takes, and return its exit code."""
        try:
            return self.process.wait(STOP_WITHIN_S)
        finally:
            self.process.kill()
            rest, _ = self.process.communicate()
            self._write_log(rest)

    def _write_log(self, text: str) -> None:
        with self.log.open("a") as log:
            log.write(text)

    def _greeted(self, pattern: str) -> str:
        match = re.search(pattern, self.greeting)
        assert match is not None, f"{pattern!r} is not in the greeting:\n{self.greeting}"
        return match[1]

    def _directory(self, purpose: str) -> Path:
        place = self._beside(purpose)
        place.mkdir(exist_ok=True, parents=True)
        return place

    def _beside(self, purpose: str) -> Path:
        return self.data_dir.with_name(f"{self.data_dir.name}-{purpose}")
