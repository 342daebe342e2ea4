"""Frames around the payloads in a file, so that damage affects only the frame where it occurs.

A frame has the length and CRC-32 of its payload (unsigned 32 bits, little endian), then the payload, never empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from zlib import crc32

_HEADER = Struct("<II")
MAX_SOUGHT_BYTES = 4_194_304  # longest payload recognized after a damaged length


@dataclass(frozen=True, slots=True)
class Damaged:
    """Bytes of at least one damaged frame, without a whole one."""

    content: bytes


def frame(payload: bytes) -> bytes:
    """Return a payload in its frame."""
    return _HEADER.pack(len(payload), crc32(payload)) + payload


def unframed(content: bytes) -> Iterator[bytes | Damaged]:
    """Yield the payload of each whole frame, and the damaged pieces between them, in order.

    Ignores an incomplete last frame (left by a crash during a write) and zeros at the end (left by a power cut):
    neither was ever acknowledged.
    """
    view = memoryview(content)
    start = 0
    while start < len(view):
        end = _end(view, start)
        if end is None:
            end = _next_start(view, start)
            if piece := _recovered(view[start:end], is_last=end == len(view)):
                yield piece
        else:
            yield bytes(view[start + _HEADER.size : end])
        start = end


def _end(view: memoryview, start: int, max_bytes: int | None = None) -> int | None:
    """Return the end of the whole frame that begins at a position, or None."""
    body = start + _HEADER.size
    if body > len(view):
        return None
    size, checksum = _HEADER.unpack_from(view, start)
    is_possible = 0 < size <= len(view) - body and (max_bytes is None or size <= max_bytes)
    return body + size if is_possible and crc32(view[body : body + size]) == checksum else None


def _next_start(view: memoryview, damaged: int) -> int:
    """Return where the first whole frame behind a damaged one begins, or the end of the file.

    The damaged length counts if a frame or the end of the file follows it. Frames that fill the bytes up to there
    without a gap count more: then the length itself is damaged. A frame that a sender wrote into a payload does not
    fill them, for bytes that the sender does not know follow it.
    """
    by_length = _by_length(view, damaged)
    end = by_length or len(view)
    whole = [start for start in range(damaged + 1, end) if _end(view, start, MAX_SOUGHT_BYTES) is not None]
    first = next((start for start in whole if _is_filled(view, start, end)), None)
    return first or by_length or min(whole, default=end)


def _by_length(view: memoryview, damaged: int) -> int | None:
    """Return where the next frame begins by the length of a damaged one, None if that length is impossible."""
    if damaged + _HEADER.size > len(view):
        return None
    size, _ = _HEADER.unpack_from(view, damaged)
    end = damaged + _HEADER.size + int(size)
    return end if size and (end == len(view) or _end(view, end) is not None) else None


def _is_filled(view: memoryview, start: int, end: int) -> bool:
    """Return whether whole frames fill the bytes from start to end."""
    position: int | None = start
    while position is not None and position < end:
        position = _end(view, position)
    return position == end


def _recovered(piece: memoryview, *, is_last: bool) -> bytes | Damaged | None:
    """Return the payload if only its length is damaged, else the damaged piece, or None if there is no damage."""
    if len(piece) > _HEADER.size:
        size, checksum = _HEADER.unpack_from(piece)
        payload = piece[_HEADER.size :]
        if crc32(payload) == checksum:
            return bytes(payload)
    else:
        size = len(piece)
    is_unfinished = _HEADER.size + size > len(piece)
    if is_last and (is_unfinished or not any(piece)):
        return None
    return Damaged(bytes(piece))
