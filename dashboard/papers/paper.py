"""Write a paper as Markdown or HTML.

The templates are Markdown files, one directory per language. Texts of people, such as the name of the controller, are
escaped: they are never read as Markdown.
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from babel import Locale
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from dashboard.language import later, translations
from dashboard.papers.facts import Facts

PUBLIC = "public"
PAPERS: Mapping[str, str] = MappingProxyType(  # name -> title
    {
        "notice": later("Paragraph for the privacy policy"),
        "record": later("Record of processing activities"),
        "self-assessment": later("Self-assessment for the consent exemption"),
        "contract": later("Data processing agreement"),
    }
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def markdown(name: str, facts: Facts, *, language: str) -> str:
    """Return PUBLIC or one of PAPERS as Markdown. language: fr or en."""
    installation = facts.installation
    template = _environment.get_template(f"{language}/{name}.md")
    return template.render(
        site=facts.site,
        privacy=facts.privacy,
        kept_months=facts.privacy.months_of_counts,  # until nothing is left
        people=facts.people,
        opt_out_url=facts.opt_out_url,
        public_url=facts.public_url,
        base_url=installation.base_url,
        version=installation.version,
        data_country=_country(installation.data_country, language),
        backup_country=_country(installation.backup_country, language),
        data_host=installation.data_host,
        is_in_eea=installation.is_in_eea,
        salts_survive=installation.has_memory_file,
        hash=facts.hash,
        today=_day(facts.today, language),
        reviewed_on=day_of(facts.privacy.reviewed_on, language),
        exempt_since=day_of(facts.privacy.exempt_since, language),
    )


def html(name: str, facts: Facts, *, language: str) -> str:
    """Return PUBLIC or one of PAPERS as HTML without a frame."""
    return str(_markdown.render(markdown(name, facts, language=language)))


def document(name: str, facts: Facts, *, language: str) -> str:
    """Return one of PAPERS as an HTML file that prints well."""
    text = Markup(html(name, facts, language=language))  # noqa: S704 - from Markdown without HTML
    title = f"{translations(language).gettext(PAPERS[name])} · {facts.site.domain}"
    return _documents.get_template("document.html").render(text=text, title=title, language=language)


def day_of(text: str, language: str) -> str:
    """Return a day, YYYY-MM-DD or empty, as people write it."""
    return _day(date.fromisoformat(text), language) if text else ""


def _escaped(value: Any) -> Any:
    return _MARKDOWN.sub(r"\\\1", " ".join(value.split())) if isinstance(value, str) else value


def _country(code: str, language: str) -> str:
    return str(Locale(language).territories.get(code, code))


def _day(day: date, language: str) -> str:
    return format_date(day, "d MMMM y", locale=language)


_documents = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True)
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
_environment = Environment(  # noqa: S701 - Markdown, in which `finalize` escapes all values
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    finalize=_escaped,
)
