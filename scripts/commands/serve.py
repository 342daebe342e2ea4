"""`sillage serve`: run the server in the foreground."""

import asyncio
import errno
import resource
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import click
import uvicorn

from dashboard.pages.snippets import script_tag
from ingest.collector import is_hit
from schema.people import users
from schema.sites import sites
from schema.stores.control import Control, ControlUnavailableError
from scripts.config import loading
from scripts.config.loading import Config, ConfigError
from scripts.console.errors import Refusal
from scripts.server import http_server, lifecycle, local_socket, log, mail_answers, secrecy, server_state, wire
from scripts.server.audit_answers import AuditAnswers
from scripts.server.demo import fill
from scripts.server.http_limits import connections
from scripts.server.http_server import HttpServer, raise_file_limit
from scripts.server.local_socket import AUDIT, BACKUP, Answer, as_operator
from scripts.server.moving import moving
from scripts.server.parts import Parts
from scripts.server.worker import WorkerSettings, take
from scripts.server.workers import Workers, listening

# chDB's handlers for these hang for minutes (checked with 26.9). A crashed process must end, to be restarted.
_SIGNALS_OF_CHDB = (
    signal.SIGILL,
    signal.SIGTRAP,
    signal.SIGABRT,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGSEGV,
    signal.SIGTSTP,
)


class _Server(HttpServer):
    """A server that prints a greeting when it is ready."""

    def __init__(
        self,
        settings: uvicorn.Config,
        *,
        greeting: str,
        operator: socket.socket,
        address: Mapping[str, object],
        answers: Mapping[str, Answer],
        workers: Workers,
    ) -> None:
        """operator: a bound socket for requests from the command line. address, answers: its answers there."""
        super().__init__(settings)
        self._greeting = greeting
        self._operator = operator
        self._address = address
        self._answers = answers
        self._workers = workers

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            loop = asyncio.get_running_loop()
            self.servers.append(await loop.create_unix_server(self._operator_connection, sock=self._operator))
            self._workers.run(self.config.loaded_app, take=lambda *passed: take(self.protocol(), *passed))
            click.echo(self._greeting)
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._workers.stop()
        await super().shutdown(sockets)

    def _operator_connection(self) -> asyncio.Protocol:
        connection = self.protocol()
        connection.is_for_others = lambda _scope: False
        connection.use(as_operator(self.config.loaded_app, address=self._address, answers=self._answers))
        return cast("asyncio.Protocol", connection)


@click.command()
@loading.option("data_dir")
@loading.option("host")
@loading.option("port")
@loading.option("base_url")
@loading.option("timezone")
@loading.option("workers")
@click.option("--site", "domain", metavar="DOMAIN", help="Accept events from this site. Add it if it is missing.")
@click.option("--demo", is_flag=True, help="Add a demo site with 90 days of sample traffic.")
@click.pass_obj
def serve(options: Mapping[str, str] | None, domain: str | None, *, demo: bool) -> None:
    """Run the collector and the dashboard.

    By default, listens on http://127.0.0.1:8000 and stores all data in ./data. The first start prints a one-time
    sign-in link. There is no default password.

    Example: sillage serve --site example.org
    """
    secrecy.hide_memory()
    settings = loading.load(options)
    loading.make_data_dir(settings)
    raise_file_limit()
    log.to_stderr(level=settings.log_level, log_format=settings.log_format)
    with _listening(settings) as (own, of_workers):
        settings = _with_port(settings, (own + of_workers)[0].getsockname()[1])
        workers = Workers(of_workers, settings=_worker_settings(settings))
        parts = _parts(settings, workers)
        workers.spawn()
        try:
            secrecy.tighten(settings.data_dir)
            # Only now is the data directory locked: a new sign-in link revokes one that another server has printed.
            stores = parts.stores
            problems = _add_sites(stores.control, settings, domain)
            if demo:
                fill(stores.control, stores.database, timezone=settings.timezone)
            greeting = _greeting(stores.control, settings, shown=domain, problems=problems)
            with local_socket.listening(settings.data_dir) as operator:
                server = _Server(
                    _uvicorn_settings(parts, settings, workers),
                    greeting=greeting,
                    operator=operator,
                    address={"base_url": settings.base_url, "host": settings.host, "port": settings.port},
                    answers=_answers(parts, settings),
                    workers=workers,
                )
                server.run(sockets=own)
        finally:
            workers.end()
            lifecycle.close(parts)


def _answers(parts: Parts, settings: Config) -> Mapping[str, Answer]:
    audit = AuditAnswers(settings, parts.stores.control, parts.stores.database, clock=parts.clock)
    state = server_state.answer(lambda: server_state.of(parts, settings))
    return {
        AUDIT: audit.answer,
        BACKUP: parts.writers.snapshots.answer,
        server_state.PATH: state,
        mail_answers.PATH: mail_answers.of_server(parts.post.services),
    }


def _parts(settings: Config, workers: Workers) -> Parts:
    """Build the server. Raises Refusal if a file of the data directory can't be used."""
    try:
        parts = wire.build(settings, workers=workers if settings.workers else None)
        lifecycle.prepare(parts)
    except (OSError, sqlite3.Error) as error:
        reason = str(error).removesuffix(".")
        raise Refusal(f"The data directory {settings.data_dir} can't be used: {reason}.") from error
    for number in _SIGNALS_OF_CHDB:
        signal.signal(number, signal.SIG_DFL)
    return parts


@contextmanager
def _listening(settings: Config) -> Iterator[tuple[list[socket.socket], list[socket.socket]]]:
    """Yield the listening sockets of the server and of its workers: only one of both reads from the port.

    Raises ConfigError.
    """
    with _listener(settings) as listener:  # fails where the port is in use, which the sockets of workers do not
        if not settings.workers:
            yield [listener], []
            return
        port = listener.getsockname()[1]
    with listening(settings.host, port, count=settings.workers) as listeners:
        yield [], listeners


def _listener(settings: Config) -> socket.socket:
    """Return a socket bound to the configured host and port. Raises ConfigError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(f"Port {settings.port} is in use. Choose another with --port.") from None
        raise ConfigError(
            f"Can't listen on {settings.host} port {settings.port} ({error.strerror}). "
            "Choose others with --host and --port."
        ) from None
    return listener


def _with_port(settings: Config, port: int) -> Config:
    """Replace port 0 with the port that the system chose."""
    if settings.port:
        return settings
    base_url = settings.base_url
    return replace(settings, port=port, base_url=base_url[:-1] + str(port) if base_url.endswith(":0") else base_url)


def _add_sites(control: Control, settings: Config, domain: str | None) -> list[str]:
    """Add the site if it is missing. If it can't be stored, return a sentence and let the server start without it."""
    try:
        if domain is not None and sites.by_domain(control, domain, now=time.time()) is None:
            sites.add(control, domain, timezone=settings.timezone, now=time.time())
    except ControlUnavailableError as error:
        return [f"The site {domain} could not be added. {error} Add it later with: sillage sites add {domain}"]
    return []


def _greeting(control: Control, settings: Config, *, shown: str | None, problems: Sequence[str]) -> str:
    """Return the text to print once events are accepted.

    shown: the site whose snippet to print. problems: sentences about failed steps.
    """
    lines = [f"Sillage is running at {settings.base_url}", *_paragraphs(problems)]
    if not users.list_all(control):
        lines += _sign_in_link(control, settings)
    site = (sites.by_domain(control, shown, now=time.time()) if shown else None) or next(
        iter(sites.list_all(control, now=time.time())), None
    )
    if site:
        lines += ["", f"Paste this into the <head> of every page of {site.domain}:"]
        lines += [f"  {script_tag(site.domain, settings.base_url)}"]
        lines += [f"Its days follow the time zone {site.timezone}. For a new site, --timezone sets it."]
    else:
        lines += ["", "Add a site in the dashboard, or with: sillage sites add example.org"]
    return "\n".join([*lines, "", f"All data is stored in {settings.data_dir}. Press Ctrl-C to stop."])


def _sign_in_link(control: Control, settings: Config) -> list[str]:
    """Return lines with a sign-in link, or with the reason why there is none."""
    try:
        link = f"{settings.base_url}/sign-in/{users.make_link(control, None, now=time.time())}"
    except ControlUnavailableError as error:
        return _paragraphs([f"No sign-in link could be created. {error} Restart to get one once this is fixed."])
    return ["", "Create your account with this link. It works once, within 24 hours:", f"  {link}"]


def _paragraphs(sentences: Sequence[str]) -> list[str]:
    return [line for sentence in sentences for line in ("", sentence)]


def _uvicorn_settings(parts: Parts, settings: Config, workers: Workers) -> uvicorn.Config:
    http = connections(
        arrives_within_s=settings.request_timeout_s,
        max_connections=_max_connections(settings),
        arriving_max_bytes=settings.arriving_max_mb * 1_048_576,
    )
    if settings.workers:
        http = moving(http, is_for_others=is_hit, pass_on=workers.pass_on, answers_all=True)
    return http_server.settings(parts.app, http=http, log_level=settings.log_level, has_lifespan=True)


def _worker_settings(settings: Config) -> WorkerSettings:
    return WorkerSettings(
        listener=-1,
        hits=-1,
        doorway=-1,
        arrives_within_s=settings.request_timeout_s,
        max_connections=_max_connections(settings),
        arriving_max_bytes=settings.arriving_max_mb * 1_048_576,
        log_level=settings.log_level,
        log_format=settings.log_format,
    )


def _max_connections(settings: Config) -> int:
    """Return the maximum number of connections. Half of the file limit is left to ClickHouse and the spool."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return settings.connections_max if files == resource.RLIM_INFINITY else min(settings.connections_max, files // 2)
