import pytest

from dashboard import language
from dashboard.pages.report import labels
from dashboard.stats.model import dimensions


@pytest.mark.parametrize(
    ("dimension", "value", "label"),
    [
        pytest.param(dimensions.SOURCE, "Google", "Google", id="a source"),
        pytest.param(dimensions.SOURCE, "", "Direct / None", id="no source"),
        pytest.param(dimensions.COUNTRY, "FR", "France", id="a country"),
        pytest.param(dimensions.COUNTRY, "XX", "XX", id="an unknown country"),
        pytest.param(dimensions.COUNTRY, "", "(not set)", id="no country"),
        pytest.param(dimensions.NAMED_REGION, "Limburg\tBE", "Limburg, Belgium", id="a region"),
        pytest.param(dimensions.NAMED_CITY, "Lyon\tRhône\tFR", "Lyon, Rhône", id="a city"),
        pytest.param(dimensions.NAMED_CITY, "Paris\tParis\tFR", "Paris, France", id="a city named like its region"),
        pytest.param(dimensions.NAMED_CITY, "Monaco\t\tMC", "Monaco, Monaco", id="a city without a region"),
    ],
)
def test_a_value_has_a_label_for_people(dimension, value, label):
    assert label == labels.label_of(dimension, value)


def test_labels_are_in_the_language_of_the_page():
    language.use("fr")
    shown = [
        labels.label_of(dimensions.COUNTRY, "DE"),
        labels.label_of(dimensions.SOURCE, ""),
        labels.label_of(dimensions.DEVICE, "Desktop"),
        labels.label_of(dimensions.PAGE, "Desktop"),
    ]
    language.use("en")

    assert ["Allemagne", "Accès direct", "Ordinateur", "Desktop"] == shown
