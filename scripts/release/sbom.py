"""Print a software bill of materials: every installed package that Sillage needs, as CycloneDX 1.6 in JSON.

python -m scripts.release.sbom > sbom.json

It comes from the metadata of the installed packages, so it needs no network and names what really runs. What
`scripts/setup.sh` removes again is not in it.
"""

import json
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = "sillage"
EXTRAS = ("s3",)  # of Sillage itself, as in the Docker image
# Their metadata names none. Their files do.
_UNDECLARED = {"crawler-user-agents": "MIT", "pyrage": "MIT"}
_LICENCE_CLASSIFIER = "License :: OSI Approved :: "


def bill() -> dict[str, Any]:
    """Return the document. The same packages give the same document."""
    needed = _needed()
    components = [_component(name) for name in sorted(needed) if name != ROOT]
    dependencies = [
        {"ref": _url(name), "dependsOn": sorted(_url(below) for below in needed[name])} for name in sorted(needed)
    ]
    content = json.dumps([components, dependencies])
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"component": _component(ROOT) | {"type": "application"}},
        "components": components,
        "dependencies": dependencies,
    }


def _needed() -> dict[str, set[str]]:
    """Return each installed package that Sillage needs -> those that it needs directly."""
    needed: dict[str, set[str]] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = [(ROOT, frozenset(EXTRAS))]
    while todo:
        package = todo.pop()
        if package not in seen:
            seen.add(package)
            below = list(_requirements(*package))
            needed.setdefault(package[0], set()).update(name for name, _extras in below)
            todo += below
    return needed


def _requirements(name: str, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for text in metadata.requires(name) or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            continue
        if _is_installed(requirement.name):
            yield canonicalize_name(requirement.name), frozenset(requirement.extras)


def _is_installed(name: str) -> bool:
    return next(iter(metadata.distributions(name=name)), None) is not None


def _component(name: str) -> dict[str, Any]:
    about = metadata.metadata(name)
    return {
        "type": "library",
        "bom-ref": _url(name),
        "name": name,
        "version": about["Version"],
        "description": _field(about, "Summary"),
        "licenses": _licences(about),
        "purl": _url(name),
    }


def _licences(about: Any) -> list[dict[str, Any]]:
    expression = _field(about, "License-Expression") or _UNDECLARED.get(canonicalize_name(about["Name"]))
    if expression:
        return [{"expression": expression}]
    named = [
        text.removeprefix(_LICENCE_CLASSIFIER) for text in about.get_all("Classifier") or [] if "License ::" in text
    ]
    text = _field(about, "License").strip()
    short = [text] if text and "\n" not in text else []
    return [{"license": {"name": licence}} for licence in named or short]


def _field(about: Any, name: str) -> str:
    return str(about[name] or "") if name in about else ""


def _url(name: str) -> str:
    return f"pkg:pypi/{name}@{metadata.version(name)}"


if __name__ == "__main__":
    json.dump(bill(), sys.stdout, indent=1)
    sys.stdout.write("\n")
