from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.enrich import user_agent
from ingest.enrich.user_agent import MAX_USER_AGENT_CHARACTERS, MAX_VERSION_CHARACTERS, UNKNOWN, Device
from ingest.request.client_hints import ClientHints


def rows(name: str) -> list[list[str]]:
    lines = Path(__file__).parent.with_name(name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


ROWS = rows("browsers.tsv")
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
EDGE = CHROME + " Edg/142.0.0.0"
ON_A_PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.5 Safari/605.1.15"
)


@pytest.mark.parametrize(("device", "text"), [pytest.param(Device(*row[1:6]), row[6], id=row[0]) for row in ROWS])
def test_a_user_agent_names_browser_system_and_kind_of_device(device, text):
    assert device == user_agent.read(text)


def test_browsers_that_people_use_are_named_as_people_name_them():
    labelled = rows("labelled_user_agents.tsv")

    assert len(labelled) >= 200
    assert [] == [row for row in labelled if user_agent.read(row[5]) != Device(*row[:5])]


def brands(*names: str) -> bytes:
    return ", ".join(f'"{name}";v="142"' for name in ("Not_A Brand", "Chromium", *names)).encode()


@pytest.mark.parametrize(
    ("text", "header", "browser"),
    [
        pytest.param(CHROME, brands("Google Chrome"), ("Chrome", "142.0"), id="Chrome"),
        pytest.param(CHROME, brands("Brave"), ("Brave", "142"), id="Brave"),
        pytest.param(ON_A_PHONE, brands("Brave"), ("Brave", "142"), id="Brave on a phone"),
        pytest.param(
            CHROME, brands("Microsoft Edge"), ("Microsoft Edge", "142"), id="Edge that hides in its user agent"
        ),
        pytest.param(CHROME, brands("Opera"), ("Opera", "142"), id="Opera that hides"),
        pytest.param(CHROME, brands("Vivaldi"), ("Vivaldi", "142"), id="Vivaldi that hides"),
        pytest.param(ON_A_PHONE, brands("Android WebView"), ("Mobile App", ""), id="an app"),
        pytest.param(EDGE, brands("Microsoft Edge"), ("Microsoft Edge", "142.0"), id="Edge that shows, more exactly"),
        pytest.param(CHROME, brands(), ("Chrome", "142.0"), id="nobody but Chromium"),
        pytest.param(CHROME, brands("Ann Example"), ("Chrome", "142.0"), id="a name of one's own"),
        pytest.param(SAFARI, brands("Brave"), ("Safari", "18.5"), id="a header that does not fit"),
        pytest.param("", brands("Brave"), ("", ""), id="no user agent"),
    ],
)
def test_what_passes_for_chrome_is_named_by_its_brand(text, header, browser):
    device = user_agent.read(text, ClientHints(brands=header))

    assert browser == (device.browser, device.browser_version)


@pytest.mark.parametrize(
    ("text", "platform", "os"),
    [
        pytest.param("Mozilla/5.0 Chrome/142.0.0.0", b'"macOS"', "Mac", id="a user agent without a system"),
        pytest.param("Mozilla/5.0 Chrome/142.0.0.0", b'"Ann Example"', "", id="a name of one's own"),
        pytest.param(CHROME, b'"Linux"', "Windows", id="a user agent with another system"),
    ],
)
def test_the_platform_counts_where_the_user_agent_names_none(text, platform, os):
    assert os == user_agent.read(text, ClientHints(platform=platform)).os


@pytest.mark.parametrize(
    ("text", "mobile", "device"),
    [
        pytest.param("Mozilla/5.0 Chrome/142.0.0.0", b"?1", "Mobile", id="a user agent without a device"),
        pytest.param("Mozilla/5.0 Chrome/142.0.0.0", b"?0", "", id="no phone, and nothing else known"),
        pytest.param(CHROME, b"?1", "Desktop", id="a user agent with another device"),
    ],
)
def test_a_phone_that_only_says_so_in_a_hint_is_one(text, mobile, device):
    assert device == user_agent.read(text, ClientHints(mobile=mobile)).device


def test_safari_on_an_ipad_can_not_be_told_from_a_mac():
    assert Device("Safari", "18.5", "Mac", "10.15", "Desktop") == user_agent.read(SAFARI)


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


@given(
    st.sampled_from(["", CHROME, SAFARI]),
    st.builds(ClientHints, st.binary() | st.from_regex(rb'"[^"]*";v="[0-9]+"'), st.binary(), st.binary()),
)
def test_any_hint_gives_names_of_the_list_alone(text, hints):
    device = user_agent.read(text, hints)

    assert device.browser in {"", *(row[1] for row in ROWS), "Coc Coc", "Ecosia", "Opera GX"}
    assert device.os in {"", "Windows", "Mac", "iOS", "Android", "GNU/Linux", "Chrome OS"}
    assert len(device.browser_version) <= MAX_VERSION_CHARACTERS


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
