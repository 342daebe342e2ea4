from enum import StrEnum

import msgspec
import pytest

from dashboard.pages import forms
from dashboard.pages.forms import Form


class Colour(StrEnum):
    RED = "colour:red"
    BLUE = "colour:blue"


class Order(Form, frozen=True):
    """Has a field of every kind."""

    name: str
    is_urgent: bool
    colours: tuple[Colour, ...]
    step: tuple[str, ...]
    dry_run: bool = msgspec.field(name="try")


EMPTY = Order("", False, (), ("",) * 9, False)


@pytest.mark.parametrize(
    ("sent", "changes"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"name": " Ana "}, {"name": " Ana "}, id="a text as it is"),
        pytest.param({"is_urgent": "yes"}, {"is_urgent": True}, id="a box that is checked"),
        pytest.param({"is_urgent": ""}, {"is_urgent": True}, id="a box without a value"),
        pytest.param({"try": "yes"}, {"dry_run": True}, id="a name that Python lacks"),
        pytest.param({"colour:blue": "yes"}, {"colours": (Colour.BLUE,)}, id="one box of a group"),
        pytest.param(
            {"step1": "a", "step3": "c"}, {"step": ("a", "", "c", *[""] * 6)}, id="numbered fields with a gap"
        ),
        pytest.param({"step": "a", "step0": "b", "step10": "c", "other": "d"}, {}, id="fields that the form lacks"),
    ],
)
def test_a_form_has_a_value_for_each_field(sent, changes):
    assert msgspec.structs.replace(EMPTY, **changes) == forms.read(sent, Order)


def test_an_empty_form_is_one_that_sends_nothing():
    assert EMPTY == forms.empty(Order)
