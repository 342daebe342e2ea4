import os

import pytest

from ingest.gates.referrer_spam import ReferrerSpam, read
from schema.measures import rates
from scripts.server.watched_file import LOOK_EVERY_S, OperatorFile

NOW = 1_790_000_000.0
SPAM, OTHER = "https://spam.example/", "https://other.example/"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spam.txt"


def write(path, text, *, at_s=1):
    """Write a list with a new modification time, whatever the resolution of the file system's clock."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    os.utime(path, (at_s, at_s))


def followed(path) -> OperatorFile[ReferrerSpam]:
    return OperatorFile(path, read, called="referrer spam list")


def looked(file: OperatorFile[ReferrerSpam], now: float) -> ReferrerSpam:
    """Return the list of a look that must find a new one."""
    spam = file.look(now)
    assert spam is not None
    return spam


def test_a_list_is_read_when_it_is_new_and_when_it_changes(path):
    file = followed(path)
    write(path, "spam.example\n")
    first = looked(file, NOW)
    unchanged = file.look(NOW + LOOK_EVERY_S)
    write(path, "spam.exampl\n", at_s=2)
    second = looked(file, NOW + 2 * LOOK_EVERY_S)

    assert first.covers(SPAM)
    assert unchanged is None
    assert second.covers("https://spam.exampl/")
    assert not second.covers(SPAM)


def test_a_list_that_replaces_another_of_the_same_size_and_time_is_noticed(path):
    file = followed(path)
    write(path, "spam.example\n")
    file.look(NOW)
    write(path.with_name("new"), "more.example\n")
    path.with_name("new").rename(path)

    assert looked(file, NOW + LOOK_EVERY_S).covers("https://more.example/")


@pytest.mark.parametrize(
    ("after_s", "is_read"),
    [
        pytest.param(0.5, False, id="half a second later"),
        pytest.param(LOOK_EVERY_S, True, id="some seconds later"),
        pytest.param(-3600, True, id="when the clock was put back"),
    ],
)
def test_a_file_is_checked_every_few_seconds(path, after_s, is_read):
    file = followed(path)
    write(path, "spam.example\n")
    file.look(NOW)
    write(path, "other.example\n", at_s=2)

    assert (file.look(NOW + after_s) is not None) == is_read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("<!doctype html>", "line 1 is '<!doctype html>'", id="a web page"),
        pytest.param("", "the list has no domains", id="nothing"),
        pytest.param(b"\xff\xfe", "can't decode", id="no text"),
        pytest.param(None, "No such file or directory", id="no file"),
    ],
)
def test_an_unusable_list_is_logged_once_and_the_next_usable_one_is_read(path, caplog, text, why):
    file = followed(path)
    if text is not None:
        write(path, text)
    looks = [file.look(NOW + number * LOOK_EVERY_S) for number in range(3)]
    messages = [record.getMessage() for record in caplog.records]
    write(path, "\ufeffspam.example\r\n", at_s=2)

    assert looks == [None, None, None]
    [message] = messages
    assert str(path) in message
    assert why in message
    assert looked(file, NOW + 3 * LOOK_EVERY_S).covers(SPAM)


def test_a_list_that_goes_away_and_comes_back_is_read_again(path):
    file = followed(path)
    write(path, "spam.example\n")
    file.look(NOW)
    path.unlink()
    gone = file.look(NOW + LOOK_EVERY_S)
    write(path, "other.example\n")

    assert gone is None
    assert looked(file, NOW + 2 * LOOK_EVERY_S).covers(OTHER)


def test_without_a_file_a_look_returns_nothing():
    assert followed(None).look(NOW) is None


def test_an_unusable_file_of_rates_is_logged_with_its_line(path, caplog):
    file = OperatorFile(path, rates.read, called="exchange rate table")
    write(path, "base,EUR\nUSD,1.25\n")
    first = file.look(NOW)
    write(path, "base,EUR\nUSD,dear\n", at_s=2)
    second = file.look(NOW + LOOK_EVERY_S)

    assert first == rates.read("base,EUR\nUSD,1.25")
    assert second is None
    [message] = [record.getMessage() for record in caplog.records]
    assert message == (
        f"The exchange rate table {path} can't be used: line 2 is 'USD,dear': enter a currency and a number above 0, "
        "like USD,1.0850. The previous version stays in effect."
    )
