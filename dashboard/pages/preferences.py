"""The language and the theme of an account, chosen in the menu of every page."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.sessions import local_path
from dashboard.pages import forms
from dashboard.pages.forms import Form
from dashboard.services import services
from schema.people import users
from schema.people.users import Session

# Choice in the menu -> what the account stores. A form without a choice keeps what is stored.
_LANGUAGES = {code: code for code in language.NAMES} | {"browser": ""}
_THEMES = {"light": "light", "dark": "dark", "system": ""}
_ACTION = re.compile(r"/\d+/(mode|renew|remove)$")  # below a list; such an address cannot be opened again


class PreferencesForm(Form, frozen=True):
    """A choice in the menu."""

    language: str
    theme: str


def save(request: Request, session: Session) -> Response:
    """Store the choice and return to the page on which it was made."""
    form, user = forms.posted(request, PreferencesForm), session.user
    users.prefer(
        services(request).control,
        user,
        language=_LANGUAGES.get(form.language, user.language),
        theme=_THEMES.get(form.theme, user.theme),
    )
    return RedirectResponse(_page_of(request.headers.get("referer", "")), 303)


def _page_of(referer: str) -> str:
    """Return the local path and query of the page with the form.

    Not from a field of the form: the script of the report changes the address without a new page.
    """
    try:
        parts = urlsplit(referer)
    except ValueError:
        return "/"
    query = f"?{parts.query}" if parts.query else ""
    return local_path(_ACTION.sub("", parts.path) + query)
