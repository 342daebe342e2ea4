"""The numbers of a server in Prometheus's text format: no address, path, domain or account is among them."""

import resource
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scripts.server.parts import Parts

_PREFIX = "sillage_"
_PAGE_BYTES = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    kind: str  # counter | gauge
    help: str
    values: Mapping[str, float]  # label text, such as `reason="bot"`, -> value; "": without a label


def of(parts: Parts) -> list[Metric]:
    """Return the numbers of a running server. Raises OSError."""
    stores, counting, writers = parts.stores, parts.counting, parts.writers
    spool = stores.spool
    segments = spool.sealed()
    return [
        _one("accepted_events_total", "counter", "Events accepted since the start.", spool.accepted),
        Metric("dropped_hits_total", "counter", "Hits dropped since the start, by reason.",
               {f'reason="{reason}"': count for reason, count in sorted(counting.tally.totals().items())}),
        Metric("refused_hits_total", "counter", "Hits answered with 503 since the start, by reason.",
               {f'reason="{cause}"': count for cause, count in sorted(counting.refusals.totals().items())}),
        _one("accepting", "gauge", "1 while hits are accepted.", not spool.refusal),
        _one("live_visits", "gauge", "Visits that may still grow.", len(counting.visits)),
        _one("spool_bytes", "gauge", "Size of the events that wait for ClickHouse.", spool.size_bytes),
        _one("spool_segments", "gauge", "Files of events that wait for ClickHouse.", len(segments)),
        _one("spool_set_aside", "gauge", "Files of events that were set aside.", len(spool.set_aside())),
        _one("stored_timestamp_seconds", "gauge", "When ClickHouse last had all events.", writers.flusher.empty_at),
        _one("counted_timestamp_seconds", "gauge", "When days were last counted and closed.",
             writers.rollup_job.done_at),
        _one("workers", "gauge", "Processes that read hits; 0 if the server reads them.", len(parts.workers or ())),
        _one("worker_restarts_total", "counter", "Workers that ended and were started again.",
             parts.workers.restarts if parts.workers else 0),
        _one("start_timestamp_seconds", "gauge", "When the server started.", parts.started_at),
        _one("resident_bytes", "gauge", "Resident memory of the process.", resident_bytes()),
        _one("disk_free_bytes", "gauge", "Free space on the disk of the data directory.",
             shutil.disk_usage(stores.directory.path).free),
        Metric("build_info", "gauge", "1, with the version.", {f'version="{_quoted(version("sillage"))}"': 1}),
    ]  # fmt: skip


def text(metrics: Iterable[Metric]) -> str:
    """Return metrics as Prometheus reads them."""
    return "".join(line + "\n" for metric in metrics for line in _lines(metric))


def resident_bytes() -> int:
    """Return the resident memory of this process; 0 where the system does not report it."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return 0


def _lines(metric: Metric) -> Iterator[str]:
    name = _PREFIX + metric.name
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} {metric.kind}"
    for label, value in metric.values.items():
        yield f"{name}{{{label}}} {value:.15g}" if label else f"{name} {value:.15g}"


def _one(name: str, kind: str, help_: str, value: float) -> Metric:
    return Metric(name, kind, help_, {"": float(value)})


def _quoted(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
