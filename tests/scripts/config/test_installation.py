"""What the papers say about a server."""

from pathlib import Path

from dashboard.papers.facts import Installation
from scripts.config.installation import installation
from scripts.config.loading import load


def declared(directory: Path, **settings: str) -> Installation:
    return installation(load(settings, environment={}, directory=directory), has_memory_file=True)


def test_the_place_of_the_data_is_declared(tmp_path: Path) -> None:
    server = declared(tmp_path, data_country="FR", data_host="OVHcloud, Roubaix", base_url="https://stats.example")

    assert ("https://stats.example", "FR", "FR", "OVHcloud, Roubaix", True) == (
        server.base_url,
        server.data_country,
        server.backup_country,
        server.data_host,
        server.is_in_eea,
    )


def test_a_place_that_is_not_declared_is_not_taken_for_one_inside(tmp_path: Path) -> None:
    assert ("", False) == (declared(tmp_path).data_country, declared(tmp_path).is_in_eea)


def test_one_place_outside_is_enough(tmp_path: Path) -> None:
    assert not declared(tmp_path, data_country="FR", backup_country="US", outside_eea="allow").is_in_eea


def test_no_password_becomes_part_of_the_hash(tmp_path: Path) -> None:
    server = declared(tmp_path, database="clickhouse://user:secret@db:8123/x")

    assert server.settings["database"] == "clickhouse://db:8123/x"


def test_settings_that_change_nothing_for_visitors_do_not_change_the_hash(tmp_path: Path) -> None:
    settings = declared(tmp_path, port="1").settings

    assert {"port", "memory_mb"}.isdisjoint(settings)
    assert "trusted_proxies" in settings
