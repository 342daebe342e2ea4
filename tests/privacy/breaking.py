"""Break each guarantee on purpose, one mutation at a time, and report which the tests notice.

    python -m tests.privacy.breaking [GUARANTEE...]      what `scripts/test --mutations` runs

Works on a copy of the tree with a virtual environment of its own, in which the copy comes before the installed
packages: servers that a test starts are broken, too. The working tree is never changed.
"""

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copy2
from tempfile import TemporaryDirectory
from time import monotonic
from typing import NamedTuple
from xml.etree import ElementTree

from tests.privacy.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
WITHIN_S = 900  # for the tests of one mutation


class Outcome(NamedTuple):
    is_caught: bool
    remark: str  # why it is not caught; empty if it is


class EditError(Exception):
    """The text that a mutation replaces does not occur exactly once."""


def mutated(text: str, mutation: Mutation) -> str:
    """Return the broken text of a file. Raises EditError."""
    if (count := text.count(mutation.old)) != 1:
        raise EditError(f"{mutation.file} contains the text to replace {count} times: {mutation.old!r}")
    return text.replace(mutation.old, mutation.new)


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """Give a copy of the files that Git does not ignore, with an environment that imports from the copy."""
    with TemporaryDirectory(prefix="sillage-mutations-") as name:
        copy = Path(name).resolve() / "tree"
        for file in _files(root):
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            copy2(root / file, copy / file)
        _make_environment(copy)
        yield copy


def broken(copy: Path, mutation: Mutation) -> Outcome:
    """Break a copy, run the tests of the mutation, and mend it."""
    file = copy / mutation.file
    whole = file.read_text("utf-8")
    try:
        file.write_text(mutated(whole, mutation), "utf-8")
    except EditError as error:
        return Outcome(is_caught=False, remark=str(error))
    try:
        unnoticed = set(mutation.tests) - failed(copy, mutation.tests)
    finally:
        file.write_text(whole, "utf-8")
    return Outcome(not unnoticed, "does not fail: " + ", ".join(sorted(unnoticed)) if unnoticed else "")


def failed(copy: Path, tests: Sequence[str]) -> set[str]:
    """Return which tests fail in a copy. A test that cannot run, or is skipped, does not count as failed."""
    report = copy.with_name("report.xml")
    report.unlink(missing_ok=True)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"--junitxml={report}"]
    command = [str(copy / ".venv/bin/python"), "-m", "pytest", *options, *dict.fromkeys(tests)]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    # pytest is not told to stop at the first failure: each named test must notice.
    process = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=WITHIN_S
    )
    if not report.exists() or process.returncode not in (0, 1):
        return set()
    names = {_name(case) for case in ElementTree.parse(report).iter("testcase") if case.find("failure") is not None}
    return {test for test in tests if any(name == test or name.startswith(f"{test}[") for name in names)}


def run(mutations: Iterable[Mutation], *, root: Path = ROOT, say: Callable[[str], object] = print) -> int:
    """Report each mutation while it runs, and return the exit code: 1 if one is not caught."""
    uncaught = 0
    chosen = list(mutations)
    with copied(root) as copy:
        began = monotonic()
        whole = failed(copy, [test for mutation in chosen for test in mutation.tests])
        say(f"{'':4} {'no' if not whole else 'YES':7} {monotonic() - began:5.0f}  nothing is broken, nothing may fail")
        for test in sorted(whole):
            say(f"{'':19} fails without a mutation: {test}")
        for mutation in chosen:
            began = monotonic()
            outcome = broken(copy, mutation)
            uncaught += not outcome.is_caught
            caught = "caught" if outcome.is_caught else "MISSED"
            say(f"{mutation.guarantee:4} {caught:7} {monotonic() - began:5.0f}  {mutation.breaks}")
            if outcome.remark:
                say(f"{'':19} {outcome.remark}")
    say(f"{len(chosen) - uncaught} of {len(chosen)} mutations are caught.")
    return int(bool(uncaught or whole))


def _name(case: ElementTree.Element) -> str:
    """Return the name of a test as pytest takes it. Tests of these files are functions, never methods."""
    return f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"


def _files(root: Path) -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    paths = (Path(name) for name in answer.stdout.split("\0") if name)
    return [path for path in paths if (root / path).is_file()]


def _make_environment(copy: Path) -> None:
    """Make a virtual environment with the packages of this one, behind the modules of the copy."""
    venv.create(copy / ".venv", symlinks=True)
    (packages,) = (copy / ".venv").glob("lib/python*/site-packages")
    installed = sysconfig.get_path("purelib")
    packages.joinpath("copy.pth").write_text(f"{copy}\nimport site; site.addsitedir({installed!r})\n")


def _chosen(guarantees: Sequence[str]) -> list[Mutation]:
    return [mutation for mutation in MUTATIONS if not guarantees or mutation.guarantee in guarantees]


if __name__ == "__main__":
    sys.exit(run(_chosen(sys.argv[1:]), say=lambda line: print(line, flush=True)))
