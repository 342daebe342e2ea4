from dashboard.access.guesses import MOST, Guesses

CLIENT, OTHER = b"\xc6\x33\x64\x07", b"\xc6\x33\x64\x08"


def test_a_client_that_guesses_has_to_wait_and_others_do_not():
    guesses = Guesses()
    waits = [guesses.take(CLIENT, now=1000) for _ in range(MOST + 1)]

    assert [0] * MOST == waits[:-1]
    assert 15 == waits[-1]
    assert 0 == guesses.take(OTHER, now=1000)
    assert 0 == guesses.take(CLIENT, now=1016)


def test_links_that_exist_are_no_guesses():
    guesses = Guesses()
    for _ in range(MOST + 1):
        assert 0 == guesses.take(CLIENT, now=1000)
        guesses.give_back(CLIENT, now=1000)
