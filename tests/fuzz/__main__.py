"""The long mode: `scripts/test --fuzz [REQUESTS [SEED]]`. It prints what was answered, and exits with 1 after a defect.

200,000 requests of our own to all routes, 200 allowed and 200 forbidden ones for each operation of the OpenAPI
document, and 2,000 connections with broken HTTP. A quarter of an hour of one core.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz import broken_http
from tests.fuzz.target import Findings, Target, lines
from tests.server import Server

REQUESTS, PER_OPERATION, BROKEN, SEED = 200_000, 200, 2_000, 2026


def main(number: int = REQUESTS, seed: int = SEED) -> int:
    share = number / REQUESTS
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sillage-fuzz-") as directory:
        target = Target(Path(directory), f"chdb://{directory}/clickhouse")
        findings = asyncio.run(target.fuzz(number, per_operation=max(1, round(PER_OPERATION * share)), seed=seed))
        target.close()
        _report("requests", findings)
        with Server(Path(directory) / "server", settings={"request_timeout_s": "1"}) as server:
            broken, statuses = broken_http.defects(server.port, max(30, round(BROKEN * share)), seed=seed)
            broken += [line for line in server.log.read_text().splitlines() if "Traceback" in line]
        print(f"broken HTTP: {dict(statuses)}, {len(broken)} defects", *broken[:100], sep="\n")
    print(f"seed {seed}, {time.monotonic() - begin:.0f} s")
    return 1 if findings.defects or broken else 0


def _report(what: str, findings: Findings) -> None:
    print(f"{what}:")
    print("\n".join(lines(findings)), flush=True)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
