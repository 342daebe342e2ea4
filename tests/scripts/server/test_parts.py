"""The parts of a server stay what they were when it was built."""

from dataclasses import FrozenInstanceError

import pytest

from scripts.server.parts import Parts


@pytest.mark.parametrize(
    ("owner", "name"),
    [("", "app"), ("", "stores"), ("stores", "control"), ("counting", "pipeline"), ("writers", "flusher")],
)
def test_no_part_can_be_replaced(parts: Parts, owner: str, name: str) -> None:
    record = getattr(parts, owner) if owner else parts
    with pytest.raises(FrozenInstanceError):
        setattr(record, name, getattr(record, name))
