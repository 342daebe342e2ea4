import pytest

from schema.privacy import opt_out


@pytest.mark.parametrize("page", [opt_out.OPT_OUT, opt_out.DEVICE, opt_out.CHECK])
def test_pages_lie_below_the_path_of_the_collector(page):
    assert page.startswith("/api/event/")


def test_the_cookie_lasts_no_longer_than_thirteen_months():
    assert 12 * 30 < opt_out.MAX_AGE_S / 86_400 <= 13 * 30.5


def test_the_value_of_the_cookie_is_the_same_for_everybody():
    assert len(opt_out.VALUE) == 1
