"""The bill of materials names what is installed and needed."""

from importlib import metadata

from scripts.release.sbom import bill

BILL = bill()
COMPONENTS = {component["name"]: component for component in BILL["components"]}
DEPENDENCIES = {entry["ref"]: entry["dependsOn"] for entry in BILL["dependencies"]}


def test_what_runs_is_in_it_and_what_only_tests_need_is_not():
    assert {"starlette", "chdb-core", "pyarrow", "pyrage", "minio"} <= COMPONENTS.keys()
    assert {"pytest", "djlint", "moto", "sillage"}.isdisjoint(COMPONENTS)


def test_versions_are_the_installed_ones():
    for name, component in COMPONENTS.items():
        assert metadata.version(name) == component["version"]
        assert f"pkg:pypi/{name}@{component['version']}" == component["purl"] == component["bom-ref"]


def test_every_package_has_a_licence():
    assert [] == [name for name, component in COMPONENTS.items() if not component["licenses"]]
    assert [{"expression": "Apache-2.0"}] == BILL["metadata"]["component"]["licenses"]


def test_every_dependency_is_a_component():
    refs = {component["bom-ref"] for component in COMPONENTS.values()}
    root = BILL["metadata"]["component"]["bom-ref"]

    assert DEPENDENCIES.keys() == refs | {root}
    assert all(refs.issuperset(below) for below in DEPENDENCIES.values())
    assert COMPONENTS["starlette"]["bom-ref"] in DEPENDENCIES[root]


def test_the_same_packages_give_the_same_document():
    assert bill() == BILL
