"""Two words in one on the command line: plan=pro."""

from typing import Any

import click


class Pair(click.ParamType[tuple[str, str]]):
    """NAME=VALUE, as a tuple of the two."""

    name = "pair"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        before, mark, after = str(value).partition("=")
        if not before or not mark:
            self.fail(f"{value!r} is not two words with = between them, as in plan=pro", param, ctx)
        return before, after
