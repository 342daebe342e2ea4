"""What becomes of links and addresses in a hit is in tests/privacy/test_clean_urls.py."""

from ingest.enrich import properties
from schema.privacy.redaction import Kind


def test_no_properties_are_returned_as_they_are():
    props: dict[str, str] = {}

    assert properties.cleaned(props, keeps_queries=False)[0] is props


def test_names_and_values_are_cleaned_and_their_kinds_returned():
    props = {"plan": "pro", "who": "anna@example.org", "call 0612345678": "1"}

    assert properties.cleaned(props, keeps_queries=False) == (
        {"plan": "pro", "who": ":email", "call :phone": "1"},
        (Kind.EMAIL, Kind.PHONE),
    )


def test_a_query_stays_if_the_site_keeps_it():
    link = {"url": "https://other.example/?q=1"}

    assert properties.cleaned(link, keeps_queries=True) == (link, ())
    assert properties.cleaned(link, keeps_queries=False) == ({"url": "https://other.example/"}, ())
