"""Countries of the European Economic Area."""

import pytest

from scripts.config import residence


@pytest.mark.parametrize("code", ["FR", "DE", "NO", "RE", "IE"])
def test_the_economic_area_includes(code: str) -> None:
    assert residence.is_country(code)
    assert residence.is_in_eea(code)


@pytest.mark.parametrize("code", ["GB", "CH", "US", "TR", "UA"])
def test_the_economic_area_does_not_include(code: str) -> None:
    assert residence.is_country(code)
    assert not residence.is_in_eea(code)


@pytest.mark.parametrize("text", ["", "fr", "FRA", "ZZ", "EU", "F1", "150", "France"])
def test_other_texts_are_not_countries(text: str) -> None:
    assert not residence.is_country(text)
