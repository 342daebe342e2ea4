from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.enrich import user_agent
from ingest.enrich.user_agent import MAX_USER_AGENT_CHARACTERS, MAX_VERSION_CHARACTERS, UNKNOWN, Device

ROWS = [
    line.split("\t")
    for line in Path(__file__).parent.with_name("browsers.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("device", "text"), [pytest.param(Device(*row[1:6]), row[6], id=row[0]) for row in ROWS])
def test_a_user_agent_names_browser_system_and_kind_of_device(device, text):
    assert device == user_agent.read(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Mozilla/5.0", id="what every browser says"),
        pytest.param("Ann Example/1.0 CFNetwork/1.0", id="a name of one's own as the browser"),
        pytest.param("\x00\x01", id="control characters"),
    ],
)
def test_what_is_not_in_the_list_has_no_browser_of_its_own_name(text):
    assert user_agent.read(text).browser == ""


def test_nothing_is_known_of_no_user_agent():
    assert user_agent.read("") == UNKNOWN


def test_what_follows_after_the_limit_changes_nothing():
    text = ROWS[0][6].ljust(MAX_USER_AGENT_CHARACTERS)

    assert user_agent.read(f"{text} Edg/140.0.0.0") == user_agent.read(ROWS[0][6])


def test_warming_up_changes_no_answer():
    user_agent.warm()

    assert user_agent.read("") == UNKNOWN


@given(st.text(st.characters(exclude_categories=()), max_size=600))
@example("\ud800 Firefox/\ud800")
@example("Mozilla/5.0 (X11; Linux x86_64) Chrome/" + "9" * 10_000 + ".0")
@example("Chrome/" + "9" * 300 + ".0.0.0")
@example("a" * 10_000)
def test_any_text_is_a_device_within_limits(text):
    device = user_agent.read(text)

    assert device.device in ("Desktop", "Mobile", "Tablet", "")
    assert max(len(device.browser_version), len(device.os_version)) <= MAX_VERSION_CHARACTERS
    assert device.browser or not device.browser_version
    assert device.os or not device.os_version
