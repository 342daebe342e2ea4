"""Render a page from a template and finished values. Everything is escaped; a missing name is an error."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.ext import InternationalizationExtension
from jinja2.runtime import Context
from starlette.responses import HTMLResponse

from dashboard import language
from dashboard.pages import assets
from schema.people.roles import Right
from schema.people.users import Session

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=[InternationalizationExtension],
)
_environment.policies["ext.i18n.trimmed"] = True
_environment.globals["asset"] = assets.url
_environment.globals["Right"] = Right
_environment.globals["language"] = language.current
# The functions look up the language at every call, so one environment serves all languages.
_environment.install_gettext_callables(  # type: ignore[attr-defined]
    language.gettext, language.plural, newstyle=True
)


@pass_context
def _may(context: Context, right: Right) -> bool:
    """Return whether the person who sees the page has a right; without a session, nobody has one."""
    session: Session | None = context["session"]
    return session is not None and session.may(right)


_environment.globals["may"] = _may


def page(name: str, *, session: Session | None, status: int | None = None, **values: Any) -> HTMLResponse:
    """Return templates/<name>.html with its values. session: None on pages that need no sign-in.

    status: by default 422 for a page with a problem of an entry or with doubts, else 200.
    """
    is_refusal = any(value for key, value in values.items() if key.endswith(("problem", "doubts")))
    text = rendered(name, session=session, **values)
    return HTMLResponse(text, status or (422 if is_refusal else 200), {"Vary": "Accept-Language"})


def rendered(name: str, **values: Any) -> str:
    """Return the text of templates/<name>.html with its values."""
    return _environment.get_template(f"{name}.html").render(**values)
