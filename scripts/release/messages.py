"""Update the catalogs of translations with the texts in the code: `python -m scripts.release.messages`.

New texts get an empty translation to fill in, and texts that are gone leave the catalog.
"""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from dashboard import language

ROOT = Path(__file__).parents[2]
# `later` marks texts of tables, which `gettext` translates where they are shown.
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("_", "gettext", "later", "Sentence", "_joined", "invalid")),
    "ngettext": (1, 2),
    **dict.fromkeys(("green", "yellow", "red"), (2,)),  # findings of an audit
    # Errors whose messages pages show.
    **dict.fromkeys(
        (
            "AccessKeyError",
            "AlertError",
            "AnnotationError",
            "CustomPropError",
            "EmbedHostError",
            "ErasureError",
            "ExclusionError",
            "FunnelError",
            "GoalError",
            "InvitationError",
            "MailError",
            "OpenIdError",
            "OutboundError",
            "PasskeyError",
            "PasswordError",
            "PathRuleError",
            "PrivacyError",
        )
    ),
    **dict.fromkeys(
        (
            "QueryError",
            "ReferrerError",
            "SecondFactorError",
            "SegmentError",
            "SharedLinkError",
            "SignInError",
            "SignInRefusedError",
            "SiteError",
            "SubscriptionError",
            "TooMuchError",
            "UserError",
        )
    ),
}
_DROPPED_HEADERS = frozenset(
    {
        *("Project-Id-Version", "Report-Msgid-Bugs-To", "Last-Translator", "Language-Team", "Generated-By"),
        *("POT-Creation-Date", "PO-Revision-Date"),
    }
)
_ENGLISH_ONLY = (  # only the API and commands use their texts
    *("dashboard/api/**.py", "dashboard/stats/parse/v1.py", "dashboard/stats/parse/v2.py"),
    *("dashboard/stats/parse/filters_v1.py", "schema/exclusions/address_list.py"),
)
_METHODS = [
    *((path, "ignore") for path in _ENGLISH_ONLY),
    ("dashboard/**.py", "python"),
    ("schema/**.py", "python"),
    *((f"ingest/{path}.py", "python") for path in ("gates/explain", "storage/spool")),
    ("scripts/audit/**.py", "python"),
    ("scripts/commands/privacy.py", "python"),
    *(
        (f"scripts/server/{name}.py", "python")
        for name in ("checks", "problems", "rules_in_force", "server_state", "watched_file")
    ),
    ("dashboard/templates/**.html", "jinja2"),
]
_OPTIONS = {"dashboard/templates/**.html": {"trimmed": "true", "silent": "false"}}


def extracted() -> Catalog:
    """Return the texts of the dashboard, without translations."""
    catalog = Catalog()
    texts = extract_from_dir(ROOT, _METHODS, _OPTIONS, keywords=KEYWORDS, directory_filter=_is_read)
    for _file, _line, message, _comments, context in texts:
        catalog.add(message, context=context)
    return catalog


def update(code: str) -> None:
    """Write the catalog of a language anew, with the translations that it has."""
    path = language.DIRECTORY / f"{code}.po"
    catalog = read_po(path.open("rb"), locale=code) if path.exists() else Catalog(locale=code)
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = f"# {language.NAMES[code]}: translations of the dashboard's texts."
    catalog.fuzzy = False
    written = io.BytesIO()
    write_po(written, catalog, no_location=True, sort_output=True, width=118)
    # Without dates and names, the file changes only with its texts.
    path.write_text("".join(line for line in written.getvalue().decode().splitlines(keepends=True) if _is_kept(line)))


def _is_kept(line: str) -> bool:
    return not line.startswith('"') or line.partition(":")[0].strip('"') not in _DROPPED_HEADERS


def _is_read(directory: str) -> bool:
    return Path(directory).name not in {".venv", "tests", "node_modules", "__pycache__"} and not Path(
        directory
    ).name.startswith(".")


if __name__ == "__main__":
    for one in language.NAMES:
        if one != language.DEFAULT:
            update(one)
