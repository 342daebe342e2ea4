"""User agents as evidence: tables labelled by hand, and compressed collections from published packages.

The collections in corpora/ are committed, so that a new version of a bot list is tested against the same people.
Made in November 2026, from the folder of packages that this command packs:

    npm pack user-agents@2.1.198 @financial-times/useragent_parser@1.6.3
    pip download --no-deps --no-binary :all: fake-useragent==2.2.0
    python -m tests.ingest.user_agents FOLDER

- visitors.tsv.gz: the 10,000 visits of npm user-agents 2.1.198 (BSD-2-Clause): count, device class, user agent.
- browsers.txt.gz: fake-useragent 2.2.0 (Apache-2.0), collected from visits to websites in 2025.
- apps.txt.gz: phones, tablets and apps in the tests of uap-core (Apache-2.0), from @financial-times/useragent_parser
  1.6.3 (MIT). `_PROGRAM` leaves out the crawlers.
- crawlers.txt.gz: the examples of crawler-user-agents 1.67.0 (MIT).
"""

import gzip
import json
import re
import sys
import tarfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

FOLDER = Path(__file__).with_name("corpora")
_PHONE_OR_APP = re.compile(
    "AppleWebKit|Android|iPhone|iPad|iPod|Darwin|Dalvik|FBAN|Electron|Opera M|Gecko/20100101|Windows Phone|BlackBerry"
    "|Nokia|SAMSUNG|UCWEB"
)
_PROGRAM = re.compile(
    r"(?<!CU)bot\b|crawl|spider|https?:|google web preview|bingpreview|headless|phantom|lighthouse|ptst|pingdom"
    "|statuscake|catchpoint|datanyze|whatsapp/|http-java-client",
    re.IGNORECASE,
)


def table(name: str) -> list[list[str]]:
    """Return the rows of a table in this folder."""
    return _rows(Path(__file__).with_name(name).read_text("utf-8"))


def collection(name: str) -> list[list[str]]:
    """Return the rows of a compressed collection. The last column is the user agent."""
    return _rows(gzip.decompress((FOLDER / name).read_bytes()).decode())


def _rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def _make(packages: Path) -> None:
    visits = json.loads(_member(packages, "user-agents-2.1.198.tgz", "dist/user-agents.json"))
    counts = Counter((visit["deviceCategory"], visit["userAgent"]) for visit in visits)
    _write("visitors.tsv.gz", (f"{count}\t{device}\t{text}" for (device, text), count in counts.items()))
    browsers = _member(packages, "fake_useragent-2.2.0.tar.gz", "src/fake_useragent/data/browsers.jsonl").splitlines()
    _write("browsers.txt.gz", {json.loads(line)["useragent"] for line in browsers})
    tests = _member(packages, "financial-times-useragent_parser-1.6.3.tgz", "test/ua.test.js")
    literals = re.findall(r'uaParser\(("(?:[^"\\]|\\.)*")\)', tests)
    texts = {json.loads(literal.replace("\\'", "'")) for literal in literals}
    _write("apps.txt.gz", {text for text in texts if _PHONE_OR_APP.search(text) and not _PROGRAM.search(text)})
    _write("crawlers.txt.gz", {text for entry in CRAWLER_USER_AGENTS_DATA for text in entry.get("instances", ())})


def _member(packages: Path, package: str, name: str) -> str:
    with tarfile.open(packages / package) as archive:
        member = next(member for member in archive.getmembers() if member.name.partition("/")[2] == name)
        file = archive.extractfile(member)
        assert file is not None
        return file.read().decode()


def _write(name: str, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in sorted(lines))
    (FOLDER / name).write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    _make(Path(sys.argv[1]))
