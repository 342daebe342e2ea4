"""What calls take: one struct for each input. A request is converted to it, and the OpenAPI document describes it.

Forms and URLs hold texts only, so a number, a flag or a list may also be sent as the text that stands for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec
from msgspec import inspect
from starlette.exceptions import HTTPException

from dashboard.api.body import Fields

MAX_LISTED = 1000
# In "Expected `str`, got `int` - at `$.name[0]`" and "Object missing required field `name`".
_NAME = re.compile(r"(?:at `\$\.|field `)(\w+)")
_PLAIN: Mapping[type[inspect.Type], type] = {inspect.BoolType: bool, inspect.IntType: int}
_REFUSAL = "refusal"  # in Meta.extra: the end of the sentence that refuses a value
_REFUSALS: Mapping[type[inspect.Type], str] = {
    inspect.StrType: "must be a text",
    inspect.IntType: "must be a whole number",
    inspect.BoolType: "must be true or false",
    inspect.DictType: 'must be an object of texts, such as {"plan": "pro"}',
    inspect.ListType: 'must be a list, such as ["Signup"]',
}


def about(description: str, *, refusal: str = "", **schema: Any) -> msgspec.Meta:
    """Return the description of a field. schema: limits that other modules enforce, in words of JSON schema.

    refusal: what the field must be, for the sentence that refuses a value of another type; by default of its type.
    """
    return msgspec.Meta(description=description, extra_json_schema=schema, extra={_REFUSAL: refusal})


SiteId = Annotated[str, about("Domain of the site", examples=["example.org"])]


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """What a call takes. Unknown fields are ignored, because clients of Plausible send some."""

    further: ClassVar[Mapping[str, Any]] = {}  # schemas of fields that the call itself reads


class OfSite(Input, frozen=True, kw_only=True):
    """What every call on a site takes."""

    site_id: SiteId = ""


class Part(Input, frozen=True, kw_only=True):
    """The part of a list to return."""

    limit: Annotated[int, about("Length of the part", minimum=1, maximum=MAX_LISTED)] = 100
    after: Annotated[str, about("Cursor from `meta`: return what follows it")] = ""
    before: Annotated[str, about("Cursor from `meta`: return what precedes it")] = ""


class PartOfSite(Part, frozen=True, kw_only=True):
    """The part of a site's list to return."""

    site_id: SiteId = ""


Kind = TypeVar("Kind", bound=Input)


def read(fields: Fields, kind: type[Kind]) -> Kind:
    """Return the input that the fields of a request describe. Raises HTTPException (400).

    A required text that is missing is empty: the call refuses it with a sentence of its own.
    """
    types = _types(kind)
    sent: Fields = {name: "" for name, field in types.items() if field.is_required_text}
    sent |= {
        name: _decoded(fields[name], field.type)
        for name, field in types.items()
        if name in fields and not _is_blank(fields[name], field.type)
    }
    try:
        return msgspec.convert(sent, kind)
    except msgspec.ValidationError as error:
        name = _NAME.findall(str(error))[0]
        raise HTTPException(400, f"{name} {types[name].refusal}") from None


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of an input, with what it must be."""

    type: inspect.Type
    refusal: str
    is_required_text: bool


@cache
def _types(kind: type[Input]) -> Mapping[str, _Field]:
    return {
        field.name: _field(inspect.type_info(field.type), is_required=field.required)
        for field in msgspec.structs.fields(kind)
    }


def _field(described: inspect.Type, *, is_required: bool) -> _Field:
    if isinstance(described, inspect.UnionType):  # with null, as the default
        described = described.types[0]
    refusal = ""
    if isinstance(described, inspect.Metadata):
        refusal, described = (described.extra or {}).get(_REFUSAL, ""), described.type
    is_text = isinstance(described, inspect.StrType)
    return _Field(described, refusal or _refusal(described), is_required and is_text)


def _refusal(described: inspect.Type) -> str:
    match described:
        case inspect.EnumType(cls=choices):
            return f"must be one of {', '.join(str(choice.value) for choice in choices)}"
        case inspect.LiteralType(values=values):
            return f"must be one of {', '.join(map(str, values))}"
    return _REFUSALS.get(type(described), "is not what this call takes")


def _is_blank(value: Any, value_type: inspect.Type) -> bool:
    """Return whether a value means nothing: null, and an empty field of a form unless it is for a text."""
    if value is None:
        return not isinstance(value_type, inspect.BoolType)
    may_be_empty = isinstance(value_type, inspect.IntType | inspect.EnumType | inspect.DictType)
    return may_be_empty and value in ("", [""])


def _decoded(value: Any, value_type: inspect.Type) -> Any:
    """Return the number, flag or list that a text stands for, or else the value."""
    if not isinstance(value, str):
        return value
    try:
        if plain := _PLAIN.get(type(value_type)):
            return msgspec.convert(value, plain, strict=False)
        is_nested = isinstance(value_type, inspect.ListType | inspect.DictType)
        return msgspec.json.decode(value) if is_nested else value
    except (msgspec.MsgspecError, RecursionError):
        return value
