"""An option value of the form KEY=VALUE."""

from typing import Any

import click


class Pair(click.ParamType[tuple[str, str]]):
    """KEY=VALUE, as a tuple of the two."""

    name = "pair"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        key, mark, content = str(value).partition("=")
        if not key or not mark:
            self.fail(f"{value!r} is not of the form KEY=VALUE, such as plan=pro.", param, ctx)
        return key, content
