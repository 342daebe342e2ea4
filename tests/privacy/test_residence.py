"""P15: where data lives is declared, and storage outside the European Economic Area is refused unless allowed."""

from pathlib import Path

import pytest

from scripts.config.loading import Config, ConfigError, load


def loaded(directory: Path, **settings: str) -> Config:
    return load(settings, environment={}, directory=directory)


def test_backups_are_declared_in_the_country_of_the_data(tmp_path: Path) -> None:
    config = loaded(tmp_path, data_country="fr", data_host="OVHcloud, Roubaix")

    assert ("FR", "FR", "OVHcloud, Roubaix") == (config.data_country, config.backup_country, config.data_host)


def test_a_residence_that_is_not_declared_stays_open(tmp_path: Path) -> None:
    assert (None, None) == (loaded(tmp_path).data_country, loaded(tmp_path).backup_country)


@pytest.mark.parametrize("name", ["data_country", "backup_country"])
def test_storage_outside_the_economic_area_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is US, outside the European Economic Area"):
        loaded(tmp_path, **({"data_country": "FR"} | {name: "US"}))


def test_storage_outside_the_economic_area_can_be_allowed(tmp_path: Path) -> None:
    config = loaded(tmp_path, data_country="FR", backup_country="CH", outside_eea="allow")

    assert ("FR", "CH") == (config.data_country, config.backup_country)


def test_a_place_that_is_not_a_country_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="It must be an ISO 3166-1 code such as FR"):
        loaded(tmp_path, data_country="France")
