import pytest

from schema.sites import sites

PATH = "/example.org/settings/referrers"


def ignored(desk, site):
    stored = sites.by_id(desk.control, site.id, now=desk.clock())
    assert stored is not None
    return stored.ignored_referrers


def test_a_referrer_is_listed_once_and_removed(desk, site):
    for text in ("https://www.PayPal.com/", "paypal.com", "*.bank.example/3ds"):
        desk.post(PATH, referrer=text)
    listed = ignored(desk, site)
    page = desk.page(PATH).text
    desk.post(f"{PATH}/remove", referrer="paypal.com", sure="yes")

    assert ("*.bank.example/3ds", "paypal.com") == listed
    assert "*.bank.example/3ds" in page
    assert ("*.bank.example/3ds",) == ignored(desk, site)


@pytest.mark.parametrize("text", ["", "*", "pay pal", "<b>.example"])
def test_what_names_no_referrer_is_rejected_and_stays_in_the_form(desk, site, text):
    answer = desk.post(PATH, referrer=text)

    assert 422 == answer.status_code
    assert "is not a referrer" in answer.text
    assert () == ignored(desk, site)


def test_a_referrer_that_is_not_listed_can_not_be_removed(desk, site):
    assert 404 == desk.post(f"{PATH}/remove", referrer="paypal.com").status_code
