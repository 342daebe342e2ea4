"""Pages for visitors and staff, in French and English: opt-out, device exclusion, and "Am I excluded?".

The site's own web server forwards their path to Sillage. They contain no script and load nothing.
"""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

LANGUAGES = ("fr", "en")

_DIRECTORY = Path(__file__).parent / "templates"
_STYLE = (_DIRECTORY / "page.css").read_text(encoding="utf-8")
_environment = Environment(
    loader=FileSystemLoader(_DIRECTORY),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["style"] = _STYLE

HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
    "vary": "accept-language, cookie",
}


def page(name: str, *, language: str, **values: Any) -> str:
    """Return a page in one of LANGUAGES."""
    return _environment.get_template(f"{name}.{language}.html").render(language=language, **values)


def language_of(accepted: str) -> str:
    """Return which of LANGUAGES an Accept-Language header prefers, or English if it lists neither."""
    best, best_weight = "en", 0.0
    for item in accepted.split(","):
        name, _, weight = item.partition(";")
        language = name.strip().lower().partition("-")[0]
        if language in LANGUAGES and (value := _weight(weight)) > best_weight:
            best, best_weight = language, value
    return best


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
