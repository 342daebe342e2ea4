"""The files beside the code are consistent: versions, licences, containers."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

from scripts.config.settings import SETTINGS

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DIRECT = [Requirement(text) for text in PROJECT["dependencies"]]
DEVELOPMENT = [Requirement(text) for text in PROJECT["optional-dependencies"]["dev"]]
LOCK_LINES = (ROOT / "requirements.lock").read_text().splitlines()
PINS = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LOCK_LINES[1:])}
VARIABLES = {setting.variable for setting in SETTINGS}
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
NOT_LOCKED = {"sillage", "pip", "setuptools", "wheel"}


def test_the_lock_file_holds_exact_versions_in_order_and_nothing_else():
    assert LOCK_LINES[0].startswith("# ")
    assert [line for line in LOCK_LINES[1:] if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
    assert LOCK_LINES[1:] == sorted(LOCK_LINES[1:], key=lambda line: line.lower().split("==")[0])


def test_the_installed_versions_are_those_of_the_lock_file():
    installed = {canonicalize_name(package.name): package.version for package in metadata.distributions()}

    assert {name: version for name, version in installed.items() if PINS.get(name) != version} == {
        name: version for name, version in installed.items() if name in NOT_LOCKED
    }


@pytest.mark.parametrize(
    "requirement", [pytest.param(requirement, id=requirement.name) for requirement in DIRECT + DEVELOPMENT]
)
def test_the_locked_version_of_a_direct_dependency_is_in_its_range(requirement):
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_nothing_under_gpl_is_needed_to_run():
    assert [name for name in needed_packages(DIRECT) if is_installed(name) and is_gpl(name)] == []


def test_only_what_the_engine_works_without_is_not_installed():
    assert {name for name in needed_packages(DIRECT) if not is_installed(name)} <= {"numpy", "pandas"}


def test_a_dependency_under_gpl_is_noticed():
    assert is_gpl("djlint")


@pytest.mark.parametrize("name", ["clickhouse-connect", "chdb-core", "pyarrow", "anyio", "ua-parser-rs"])
def test_the_dependencies_of_dependencies_are_checked_too(name):
    assert name in needed_packages(DIRECT)


def test_the_licence_file_is_the_licence_the_project_names():
    text = (ROOT / "LICENSE").read_text()

    assert PROJECT["license"] == "Apache-2.0"
    assert re.search(r"\A\s+Apache License\s+Version 2.0, January 2004", text)
    assert "Grant of Patent License" in text


def test_the_licences_page_lists_exactly_the_direct_dependencies():
    page = (ROOT / ".github" / "docs" / "LICENCES.md").read_text()
    listed = re.findall(r"^\| ([a-z0-9-]+) \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)

    assert listed == [*sorted(package.name for package in DIRECT), *sorted(package.name for package in DEVELOPMENT)]


def test_the_compose_file_is_valid():
    assert compose_check(ROOT / "docker-compose.yml").returncode == 0


def test_a_compose_file_with_a_misspelt_key_is_noticed(tmp_path):
    file = tmp_path / "docker-compose.yml"
    file.write_text((ROOT / "docker-compose.yml").read_text().replace("read_only:", "readonly:"))

    assert compose_check(file).returncode == 1


def test_the_compose_file_listens_on_loopback_only():
    assert [port for port in COMPOSE["services"]["sillage"]["ports"] if not port.startswith("127.0.0.1:")] == []


def test_the_compose_file_trusts_its_own_network():
    proxies = COMPOSE["services"]["sillage"]["environment"]["SILLAGE_TRUSTED_PROXIES"].split(",")

    assert COMPOSE["networks"]["proxied"]["ipam"]["config"][0]["subnet"] in proxies


def test_the_salts_of_the_container_are_in_memory():
    service = COMPOSE["services"]["sillage"]
    in_memory = [mount.partition(":")[0] for mount in service["tmpfs"]]

    assert service["environment"]["SILLAGE_SALT_DIR"] in in_memory


@pytest.mark.parametrize("file", ["docker-compose.yml", "Dockerfile"])
def test_the_container_sets_settings_that_exist(file):
    variables = set(re.findall(r"^\s*(?:ENV )?(SILLAGE_[A-Z_]+)\s*[:=]", (ROOT / file).read_text(), re.MULTILINE))

    assert variables
    assert variables - VARIABLES == set()


def test_the_image_copies_what_is_not_ignored():
    copied = {
        name
        for line in re.findall(r"^COPY (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        for name in line.split()[:-1]
    }
    kept = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}

    assert copied == kept
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_image_does_not_run_as_root():
    assert re.search(r"^USER (?!root\b|0\b)\w+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def needed_packages(requirements: Iterable[Requirement]) -> set[str]:
    """Return the names of all packages that the requirements need, directly or indirectly."""
    seen: set[tuple[str, str]] = set()
    todo = [(requirement, "") for requirement in requirements]
    while todo:
        requirement, extra = todo.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        fresh = {(name, chosen) for chosen in ("", *requirement.extras)} - seen
        seen |= fresh
        todo += [(below, chosen) for _, chosen in fresh for below in requirements_of(name)]
    return {name for name, _ in seen}


def requirements_of(name: str) -> Iterator[Requirement]:
    return (Requirement(text) for text in metadata.requires(name) or []) if is_installed(name) else iter(())


def is_installed(name: str) -> bool:
    """False for what scripts/setup.sh removes again."""
    return next(iter(metadata.distributions(name=name)), None) is not None


def is_gpl(name: str) -> bool:
    about = metadata.metadata(name)
    texts = [text for field in ("License-Expression", "License", "Classifier") for text in about.get_all(field) or []]
    return any(re.search(r"\b(A?GPL|Affero)|(?<!Lesser )General Public License", text) for text in texts)


def compose_check(file: Path) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, check=False)
