import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.storage.frames import Damaged, frame, unframed

WORDS = [b"one", b"two", b"three", b"four"]
CONTENT = b"".join(map(frame, WORDS))
PAYLOADS = st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=8)


def whole(content: bytes) -> list[bytes]:
    return [piece for piece in unframed(content) if isinstance(piece, bytes)]


def damaged(content: bytes) -> list[bytes]:
    return [piece.content for piece in unframed(content) if isinstance(piece, Damaged)]


@given(payloads=PAYLOADS)
def test_what_was_framed_is_read_in_order(payloads):
    assert payloads == list(unframed(b"".join(map(frame, payloads))))


@given(payloads=PAYLOADS, position=st.integers(0, 500), flipped=st.integers(1, 255))
@example(payloads=[b"\0\0\0", b"\0" * 6, b"\0", b"\0\0"], position=0, flipped=39)
def test_a_damaged_byte_costs_at_most_the_frame_it_is_in_and_nothing_disappears(payloads, position, flipped):
    content = bytearray(b"".join(map(frame, payloads)))
    position %= len(content)
    content[position] ^= flipped
    ends = [sum(len(payload) + 8 for payload in payloads[: number + 1]) for number in range(len(payloads))]
    hit = next(number for number, end in enumerate(ends) if position < end)
    others = payloads[:hit] + payloads[hit + 1 :]

    assert whole(bytes(content)) in (others, payloads)
    if whole(bytes(content)) == others and hit < len(payloads) - 1:
        assert [] != damaged(bytes(content))


@given(payloads=PAYLOADS, cut=st.integers(0, 500))
def test_what_stands_before_a_torn_end_is_read_and_the_rest_is_no_damage(payloads, cut):
    content = b"".join(map(frame, payloads))[:cut]
    ends = [sum(len(payload) + 8 for payload in payloads[: number + 1]) for number in range(len(payloads))]

    assert payloads[: sum(end <= cut for end in ends)] == list(unframed(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            CONTENT.replace(b"two", b"tWo"),
            [b"one", Damaged(frame(b"two").replace(b"two", b"tWo")), b"three", b"four"],
            id="a payload",
        ),
        pytest.param(
            CONTENT.replace(frame(b"two")[4:8], b"\0\0\0\0"),
            [b"one", Damaged(frame(b"two")[:4] + b"\0\0\0\0two"), b"three", b"four"],
            id="a checksum",
        ),
        pytest.param(
            CONTENT.replace(frame(b"two"), b"\xff" + frame(b"two")[1:]), WORDS, id="a length: nothing is lost"
        ),
        pytest.param(
            CONTENT.replace(frame(b"two") + frame(b"three"), b"?" * 24),
            [b"one", Damaged(b"?" * 24), b"four"],
            id="two frames, as one piece",
        ),
        pytest.param(
            CONTENT.replace(frame(b"one"), b"\0" * 11), [Damaged(b"\0" * 11), *WORDS[1:]], id="zeros at the beginning"
        ),
        pytest.param(
            CONTENT.replace(b"four", b"fOur"),
            [*WORDS[:3], Damaged(frame(b"four").replace(b"four", b"fOur"))],
            id="the last payload",
        ),
        pytest.param(
            CONTENT.replace(frame(b"four"), b"\xff" + frame(b"four")[1:]), WORDS, id="the last length: nothing is lost"
        ),
    ],
)
def test_damage_costs_the_frame_it_hits(content, expected):
    assert expected == list(unframed(content))


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x05", id="part of a length"),
        pytest.param(b"\xff\xff\xff\xff\0\0\0\0rest", id="a length beyond the end"),
        pytest.param(b"\0" * 8, id="zeros for one frame"),
        pytest.param(b"\0" * 4096, id="a block of zeros, as a power cut leaves it"),
    ],
)
def test_an_end_that_a_crash_leaves_is_no_damage(tail):
    assert WORDS == list(unframed(CONTENT + tail))


@pytest.mark.parametrize("count", [2, 5])
def test_a_damaged_length_that_leads_to_another_frame_costs_nothing(count):
    """Frames of one size: the damaged length leads over some of them to the beginning of another, or to the end."""
    payloads = [b"%02d" % number for number in range(5)]
    content = b"".join(map(frame, payloads))
    leads_over = (10 * count - 8).to_bytes(4, "little")

    assert payloads == list(unframed(leads_over + content[4:]))


def test_a_frame_within_a_damaged_payload_is_not_taken_for_one():
    """A sender chooses what stands in a payload."""
    outer = frame(b"outer " + frame(b"forged") + b" end")
    content = frame(b"one") + outer.replace(b"outer", b"oUter") + frame(b"two")

    assert [b"one", b"two"] == whole(content)
