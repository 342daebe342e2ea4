"""`sillage serve`: the server in the foreground."""

import asyncio
import errno
import logging
import resource
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import click
import uvicorn

from dashboard.pages.snippets import script_tag
from schema.sites import sites, users
from schema.stores.control import Control, ControlUnavailableError
from scripts.config import loading
from scripts.config.loading import Config, ConfigError
from scripts.console.errors import Refusal
from scripts.server import local_socket, secrecy
from scripts.server.demo import fill
from scripts.server.http_limits import connections
from scripts.server.local_socket import as_operator
from scripts.server.wire import Sillage

STOP_WITHIN_S = 5
# chDB takes these and then sits there for minutes (checked with 26.9): what crashed is to end, and be started again.
_TAKEN_BY_CHDB = (
    signal.SIGILL,
    signal.SIGTRAP,
    signal.SIGABRT,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGSEGV,
    signal.SIGTSTP,
)


class _Server(uvicorn.Server):
    """Uvicorn that says when it is ready and takes a stop signal as the normal end, exit code 0."""

    def __init__(self, settings: uvicorn.Config, *, greeting: str, operator: socket.socket) -> None:
        """operator: a bound socket, for requests of whoever runs the server."""
        super().__init__(settings)
        self._greeting = greeting
        self._operator = operator

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            loop = asyncio.get_running_loop()
            self.servers.append(await loop.create_unix_server(self._operator_connection, sock=self._operator))
            click.echo(self._greeting)
            sys.stdout.flush()

    def _operator_connection(self) -> asyncio.Protocol:
        connection = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        connection.app = as_operator(self.config.loaded_app)  # type: ignore[attr-defined]
        return connection

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


@click.command()
@loading.option("data_dir")
@loading.option("host")
@loading.option("port")
@loading.option("base_url")
@loading.option("timezone")
@click.option("--site", "domain", metavar="DOMAIN", help="Accept events of this site; it is added where it is missing.")
@click.option("--demo", is_flag=True, help="Add a site with 90 days of made-up traffic, to look around in.")
@click.pass_obj
def serve(options: Mapping[str, str] | None, domain: str | None, *, demo: bool) -> None:
    """Collect events and show the dashboard, until stopped.

    Listens on http://127.0.0.1:8000 if not told otherwise and keeps everything in ./data. The first start prints a
    link that signs in once; there is no default password.

    Example: sillage serve --site example.org
    """
    secrecy.hide_memory()
    settings = loading.load(options)
    loading.make_data_dir(settings)
    _open_files_freely()
    _log_to_stderr(settings)
    with _listener(settings) as listener:
        settings = _with_port(settings, listener.getsockname()[1])
        parts = _parts(settings)
        try:
            secrecy.tighten(settings.data_dir)
            # Only now is the data directory ours: a new sign-in link ends the one that another server has shown.
            troubles = _add_sites(parts.control, settings, domain)
            if demo:
                fill(parts.control, parts.database, timezone=settings.timezone)
            greeting = _greeting(parts.control, settings, shown=domain, troubles=troubles)
            with local_socket.listening(settings.data_dir) as operator:
                server = _Server(_uvicorn_settings(parts, settings), greeting=greeting, operator=operator)
                server.run(sockets=[listener])
        finally:
            parts.close()


def _open_files_freely() -> None:
    """Let this process open as many files as it is allowed to, not the few that programs with select() can bear."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _log_to_stderr(settings: Config) -> None:
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    for name in ("clickhouse_connect", "urllib3", "python_multipart"):
        logging.getLogger(name).setLevel(logging.ERROR)  # what they warn of they raise as well, and we say it once


def _parts(settings: Config) -> Sillage:
    """Put the server together. Raises Refusal where a file of the data directory can't be used."""
    try:
        parts = Sillage(settings)
    except (OSError, sqlite3.Error) as error:
        why = str(error).removesuffix(".")
        raise Refusal(f"the data directory {settings.data_dir} can't be used: {why}") from error
    for number in _TAKEN_BY_CHDB:
        signal.signal(number, signal.SIG_DFL)
    return parts


def _listener(settings: Config) -> socket.socket:
    """Return a socket on the address and port of the settings. Raises ConfigError where they can't be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(f"port {settings.port} is in use: choose another with --port") from None
        raise ConfigError(
            f"can't listen on {settings.host} port {settings.port} ({error.strerror}): "
            "choose others with --host and --port"
        ) from None
    return listener


def _with_port(settings: Config, port: int) -> Config:
    """Fill in the port the system chose for port 0."""
    if settings.port:
        return settings
    base_url = settings.base_url
    return replace(settings, port=port, base_url=base_url[:-1] + str(port) if base_url.endswith(":0") else base_url)


def _add_sites(control: Control, settings: Config, domain: str | None) -> list[str]:
    """Add a site where it is missing; return a sentence where that can't be stored: the others are still counted."""
    try:
        if domain is not None and sites.by_domain(control, domain, now=time.time()) is None:
            sites.add(control, domain, timezone=settings.timezone, now=time.time())
    except ControlUnavailableError as error:
        return [f"The site {domain} could not be added. {error} Add it later with: sillage sites add {domain}"]
    return []


def _greeting(control: Control, settings: Config, *, shown: str | None, troubles: Sequence[str]) -> str:
    """Return what the terminal shows once events are accepted.

    shown: the site whose snippet it is about. troubles: sentences about what could not be done.
    """
    lines = [f"Sillage is running at {settings.base_url}", *_paragraphs(troubles)]
    if not users.list_all(control):
        lines += _way_in(control, settings)
    known = sites.list_all(control, now=time.time())
    site = (sites.by_domain(control, shown, now=time.time()) if shown else None) or next(iter(known), None)
    if site:
        lines += ["", f"Paste this into the pages of {site.domain}, inside <head>:"]
        lines += [f"  {script_tag(site.domain, settings.base_url)}"]
        lines += [f"Its days begin at midnight in {site.timezone}; for a new site, --timezone chooses."]
    else:
        lines += ["", "Add a site on the dashboard, or with: sillage sites add example.org"]
    return "\n".join([*lines, "", f"Everything is kept in {settings.data_dir}. Stop with Ctrl-C."])


def _way_in(control: Control, settings: Config) -> list[str]:
    """Return lines with a link that signs in, or why there is none."""
    try:
        link = f"{settings.base_url}/sign-in/{users.make_link(control, None, now=time.time())}"
    except ControlUnavailableError as error:
        return _paragraphs([f"No sign-in link could be made. {error} Once that is mended, restart to get one."])
    return ["", "Make your account with this link; it works once, within a day:", f"  {link}"]


def _paragraphs(sentences: Sequence[str]) -> list[str]:
    return [line for sentence in sentences for line in ("", sentence)]


def _uvicorn_settings(parts: Sillage, settings: Config) -> uvicorn.Config:
    return uvicorn.Config(
        parts.app,
        loop="uvloop",
        http=connections(
            arrives_within_s=settings.request_timeout_s,
            max_connections=_max_connections(settings),
            arriving_max_bytes=settings.arriving_max_mb * 1_048_576,
        ),
        ws="none",
        lifespan="on",
        # Access logs hold addresses; forwarded addresses are read by ingest.request.client_ip and by no one else.
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        backlog=4096,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        log_level=settings.log_level,
    )


def _max_connections(settings: Config) -> int:
    """Return how many connections there may be; they leave half of the files to ClickHouse and the spool."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return settings.connections_max if files == resource.RLIM_INFINITY else min(settings.connections_max, files // 2)
