from importlib import metadata


def test_the_version_is_that_of_the_installed_package(sillage):
    assert f"Sillage {metadata.version('sillage')}\n" == sillage("version").stdout
