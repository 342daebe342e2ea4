import pytest

from dashboard.pages import reasons
from ingest.outcome import REDACTED, UNKNOWN_SITE, UNREPORTED, Dropped, Reason

NEVER_SHOWN = {Reason.UNKNOWN_SITE, Reason.WOULD_EXCLUDE, *REDACTED.values()}


def test_a_hit_for_an_unknown_site_belongs_to_no_site():
    assert Dropped(Reason.UNKNOWN_SITE, site_id=0, rule=0) == UNKNOWN_SITE


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in NEVER_SHOWN])
def test_every_reason_of_a_site_has_words_on_the_dashboard(reason):
    assert reason.value in reasons.WORDINGS


@pytest.mark.parametrize(
    ("reason", "is_untold"),
    [
        pytest.param(Reason.EXCLUDED, True, id="an exclusion"),
        pytest.param(Reason.OPTED_OUT, True, id="an opt-out"),
        pytest.param(Reason.GPC, True, id="a privacy signal"),
        pytest.param(Reason.DNT, True, id="another one"),
        pytest.param(Reason.SIGNAL_EVENT, True, id="an event with either"),
        pytest.param(Reason.UNDECLARED_EVENT, True, id="an event that a site refuses"),
        pytest.param(Reason.BOT_SEARCH, False, id="a bot"),
    ],
)
def test_the_answer_does_not_reveal_who_is_internal(reason, is_untold):
    assert is_untold == (reason in UNREPORTED)
