"""Every module has a test file under its own name, and every test file in the rooms belongs to a module."""

import ast
from pathlib import Path

import pytest

from tests import mirror
from tests.architecture import PACKAGES, ROOT

TREE = {
    "schema/__init__.py": "",
    "schema/days/local_day.py": "",
    "schema/days/__init__.py": "",
    "tests/schema/days/test_local_day.py": "def test_a_day(): ...",
    "scripts/__main__.py": "",
    "tests/scripts/test_main.py": "async def test_a_command(): ...",
    "tests/scripts/test_setup.py": "def test_of_no_module(): ...",
    "tests/faults/test_kill.py": "def test_beside_the_rooms(): ...",
}


def a_tree(root: Path, **changes: str | None) -> Path:
    """Write a small tree with a test file for each module. changes: path -> source; None removes the file."""
    for path, source in (TREE | changes).items():
        if source is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(source)
    return root


def test_every_module_has_tests_under_its_name():
    assert [] == mirror.untested(ROOT)


def test_every_test_file_belongs_to_a_module():
    assert [] == mirror.unmirrored(ROOT)


def test_the_exceptions_exist():
    assert [] == [file for file in mirror.ACROSS_MODULES if not (ROOT / file).exists()]


@pytest.mark.parametrize(
    ("changes", "modules"),
    [
        pytest.param({}, [], id="a tree that mirrors"),
        pytest.param({"tests/schema/days/test_local_day.py": None}, ["schema/days/local_day.py"], id="no test file"),
        pytest.param({"tests/schema/days/test_local_day.py": "DAY = 1"}, ["schema/days/local_day.py"], id="no test"),
        pytest.param({"ingest/hit.py": ""}, ["ingest/hit.py"], id="a new module"),
        pytest.param({"ingest/hit.py": "", "tests/ingest/test_hit.py": "def test_a(): ..."}, [], id="both new"),
        pytest.param(
            {"ingest/hit.py": "", "tests/schema/test_hit.py": "def test_a(): ..."}, ["ingest/hit.py"], id="another room"
        ),
    ],
)
def test_a_module_without_tests_is_detected(tmp_path, changes, modules):
    assert [Path(module) for module in modules] == mirror.untested(a_tree(tmp_path, **changes))


@pytest.mark.parametrize(
    ("changes", "files"),
    [
        pytest.param({}, [], id="a tree that mirrors"),
        pytest.param(
            {"schema/days/local_day.py": None}, ["tests/schema/days/test_local_day.py"], id="a removed module"
        ),
        pytest.param({"tests/ingest/test_hits.py": ""}, ["tests/ingest/test_hits.py"], id="another name"),
        pytest.param({"tests/schema/test_local_day.py": ""}, ["tests/schema/test_local_day.py"], id="another room"),
        pytest.param({"tests/ingest/conftest.py": "", "tests/ingest/traffic.py": ""}, [], id="helpers of tests"),
    ],
)
def test_a_test_file_without_a_module_is_detected(tmp_path, changes, files):
    assert [Path(file) for file in files] == mirror.unmirrored(a_tree(tmp_path, **changes))


@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("ingest/gates/dns.py", "tests/ingest/gates/test_dns.py"),
        ("scripts/__main__.py", "tests/scripts/test_main.py"),
        ("scripts/commands/import_.py", "tests/scripts/commands/test_import.py"),
    ],
)
def test_the_tests_of_a_module_are_at_the_same_path_below_tests(module, file):
    assert Path(file) == mirror.tests_of(Path(module))


def test_a_package_has_no_code_of_its_own():
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("__init__.py")]

    assert [] == [
        file for file in files if [node for node in ast.parse(file.read_text()).body if not is_docstring(node)]
    ]


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
