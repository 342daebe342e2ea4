"""User agents of people, collected by others: none of them is a bot, and their devices are read as their screens say.

tests/ingest/user_agents.py has the sources.
"""

import pytest

from ingest.enrich import user_agent
from ingest.gates import bots
from tests.ingest.user_agents import collection, table

VISITORS = collection("visitors.tsv.gz")


def test_no_visitor_is_a_bot():
    assert 10_000 == sum(int(count) for count, _, _ in VISITORS)
    assert [] == [text for _, _, text in VISITORS if bots.reason(text)]


@pytest.mark.parametrize(
    ("texts", "least"),
    [
        pytest.param([row[-1] for row in collection("browsers.txt.gz")], 800, id="browsers"),
        pytest.param([row[-1] for row in collection("apps.txt.gz")], 900, id="phones and apps"),
        pytest.param([row[-1] for row in table("labelled_user_agents.tsv")], 200, id="labelled by hand"),
    ],
)
def test_no_person_is_a_bot(texts, least):
    assert len(texts) >= least
    assert [] == [text for text in texts if bots.reason(text)]


def test_every_visitor_has_a_browser_and_a_system():
    devices = {text: user_agent.read(text) for _, _, text in VISITORS}

    assert [] == [text for text, device in devices.items() if not device.browser or not device.os]


def test_the_device_is_the_one_that_the_screen_shows():
    assert [] == [text for _, device, text in VISITORS if user_agent.read(text).device.lower() != device]
