import pytest

from schema.mail import subscriptions
from schema.mail.subscriptions import MOST, Kind, SubscriptionError
from schema.sites import sites

BOTH = tuple(Kind)


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="Europe/Paris", now=0)


def add(control, site, email="ben@example.org", *, kinds=BOTH):
    return subscriptions.add(control, site.id, email, kinds=kinds, language="fr", now=7)


def test_an_address_receives_the_chosen_reports(control, site):
    added = add(control, site, " Ben@Example.org ")

    assert added == subscriptions.list_all(control, site.id)
    assert [("ben@example.org", "weekly", "fr", 7), ("ben@example.org", "monthly", "fr", 7)] == [
        (one.email, one.kind, one.language, one.since) for one in added
    ]


@pytest.mark.parametrize(
    ("email", "kinds", "message"),
    [
        pytest.param("ben", BOTH, "'ben' is not an e-mail address", id="not an address"),
        pytest.param("b" * 1_000_000, BOTH, "is not an e-mail address", id="a megabyte"),
        pytest.param("ben@example.org", (), "Choose the weekly report", id="no report"),
        pytest.param("ana@example.org", (Kind.WEEKLY,), "ana@example.org already receives this report.", id="twice"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_sentence(control, site, email, kinds, message):
    add(control, site, "ana@example.org")

    with pytest.raises(SubscriptionError) as error:
        add(control, site, email, kinds=kinds)

    assert message in str(error.value)
    assert len(str(error.value)) < 400
    assert 2 == len(subscriptions.list_all(control, site.id))


def test_a_site_sends_a_limited_number_of_reports(control, site):
    for number in range(MOST // 2):
        add(control, site, f"{number}@example.org")

    with pytest.raises(SubscriptionError, match="at most 100 reports"):
        add(control, site, kinds=(Kind.WEEKLY,))


def test_a_removed_subscription_is_gone_and_its_number_is_never_used_again(control, site):
    weekly, monthly = add(control, site)
    subscriptions.remove(control, monthly)

    assert subscriptions.by_id(control, monthly.id) is None
    assert weekly == subscriptions.by_id(control, weekly.id)
    assert add(control, site, kinds=(Kind.MONTHLY,))[0].id > monthly.id


def test_a_removed_site_sends_no_reports(control, site):
    add(control, site)
    sites.remove(control, "example.org", now=9)

    assert [] == subscriptions.list_all(control)
