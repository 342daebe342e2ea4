import pytest

from ingest.enrich import acquisition
from ingest.enrich.url import Tags
from schema.records.visit import ATTRIBUTE_COLUMNS


@pytest.mark.parametrize(
    ("referrer", "tags", "source", "channel"),
    [
        pytest.param("", Tags(), "", "Direct", id="neither referrer nor tags"),
        pytest.param("https://www.google.com/", Tags(), "Google", "Organic Search", id="a search engine"),
        pytest.param(
            "https://www.google.com/", Tags(click_id_param="gclid"), "Google", "Paid Search", id="a click on an ad"
        ),
        pytest.param(
            "", Tags(utm_source="newsletter", utm_medium="email"), "newsletter", "Email", id="a tagged link in a mail"
        ),
        pytest.param("https://partner.example/list", Tags(), "partner.example", "Referral", id="another website"),
        pytest.param("https://example.org/page", Tags(), "", "Direct", id="a page of the site itself"),
    ],
)
def test_source_and_channel_follow_from_referrer_and_tags(referrer, tags, source, channel):
    attributes = acquisition.read(referrer, tags, hostname="example.org")

    assert (source, channel) == (attributes["source"], attributes["channel"])


def test_a_source_known_by_name_takes_precedence_over_the_tag_and_the_referrer():
    attributes = acquisition.read(
        "https://www.bing.com/", Tags(utm_source="newsletter"), hostname="example.org", named="Google"
    )

    assert "Google" == attributes["source"]


def test_tags_are_stored_as_they_are():
    tags = Tags(utm_source="s", utm_medium="m", utm_campaign="c", utm_content="d", utm_term="t")

    attributes = acquisition.read("", tags, hostname="example.org")

    names = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
    assert ("s", "m", "c", "d", "t") == tuple(attributes[name] for name in names)


def test_every_attribute_is_a_column_of_visits():
    assert acquisition.read("", Tags(), hostname="example.org").keys() <= set(ATTRIBUTE_COLUMNS)
