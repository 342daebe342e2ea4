import pytest

from schema.privacy.signed_links import DAY_S, LinkError, Links, Purpose, site_of_link
from schema.sites import sites

NOW = 1_780_000_000


@pytest.fixture
def links():
    return Links(b"k" * 32)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_link_leads_to_its_site_until_it_ends(links, purpose):
    token = links.make(purpose, 7, until=NOW + DAY_S)

    assert 7 == links.site_of(purpose, token, now=NOW + DAY_S - 1)


def test_an_expired_link_differs_from_an_invalid_one(links):
    token = links.make(Purpose.DEVICE, 7, until=NOW)

    with pytest.raises(LinkError) as error:
        links.site_of(Purpose.DEVICE, token, now=NOW)
    assert error.value.is_over


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda token: "", id="nothing"),
        pytest.param(lambda token: token[:-3], id="cut short"),
        pytest.param(lambda token: Links(b"x" * 32).make(Purpose.DEVICE, 7, until=NOW + DAY_S), id="another key"),
        pytest.param(lambda token: Links(b"k" * 32).make(Purpose.CHECK, 7, until=NOW + DAY_S), id="another purpose"),
    ],
)
def test_a_link_that_was_not_made_here_is_rejected(links, change):
    token = change(links.make(Purpose.DEVICE, 7, until=NOW + DAY_S))

    with pytest.raises(LinkError) as error:
        links.site_of(Purpose.DEVICE, token, now=NOW)
    assert not error.value.is_over


def test_a_link_to_a_site_that_was_removed_is_over(links, control):
    site = sites.add(control, "example.org", timezone="UTC", now=NOW)
    token = links.make(Purpose.CHECK, site.id, until=NOW + DAY_S)

    assert site == site_of_link(control, links, Purpose.CHECK, token, now=NOW)
    sites.remove(control, "example.org", now=NOW)
    with pytest.raises(LinkError) as error:
        site_of_link(control, links, Purpose.CHECK, token, now=NOW)
    assert error.value.is_over


def test_a_link_in_a_mail_names_its_subscription_for_ever():
    links = Links(b"k" * 32)

    assert 7 == links.subscription_of(links.of_subscription(7))


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(Links(b"x" * 32).of_subscription(7), id="another key"),
        pytest.param(Links(b"k" * 32).of_subscription(7)[:-1], id="cut short"),
        pytest.param(Links(b"k" * 32).make(Purpose.DEVICE, 7, until=NOW + DAY_S), id="another purpose"),
        pytest.param("", id="empty"),
    ],
)
def test_a_link_in_a_mail_cannot_be_made_up(token):
    with pytest.raises(LinkError):
        Links(b"k" * 32).subscription_of(token)
