"""What forms send: one struct for each form. A form with missing fields is valid: they are empty.

A text field is a `str`. A checkbox is a `bool`: true if it was sent. A tuple of an enumeration is a group of
checkboxes, named after its members. A tuple of `str` called `step` is the fields `step1` to `step9`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect
from starlette.requests import Request

MAX_NUMBER = 9  # of the last field of a tuple


class Form(msgspec.Struct, frozen=True):
    """The fields of a form."""


Kind = TypeVar("Kind", bound=Form)


def posted(request: Request, kind: type[Kind]) -> Kind:
    """Return the form that a signed-in user has posted."""
    return read(request.state.form, kind)


def empty(kind: type[Kind]) -> Kind:
    """Return a form before anything is entered."""
    return read({}, kind)


def read(sent: Mapping[str, str], kind: type[Kind]) -> Kind:
    """Return the form with these fields."""
    values = {name: _value(sent, name, value_type) for name, value_type in _types(kind).items()}
    return msgspec.convert(values, kind)


@cache
def _types(kind: type[Form]) -> Mapping[str, inspect.Type]:
    return {field.encode_name: inspect.type_info(field.type) for field in msgspec.structs.fields(kind)}


def _value(sent: Mapping[str, str], name: str, value_type: inspect.Type) -> Any:
    match value_type:
        case inspect.BoolType():
            return name in sent
        case inspect.VarTupleType(item_type=inspect.EnumType(cls=choices)):
            return [choice for choice in choices if choice.value in sent]
        case inspect.VarTupleType():
            return [sent.get(f"{name}{number}", "") for number in range(1, MAX_NUMBER + 1)]
    return sent.get(name, "")
