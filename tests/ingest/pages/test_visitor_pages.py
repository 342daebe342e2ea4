import re
from base64 import b64encode
from hashlib import sha256

import pytest
from jinja2 import UndefinedError

from ingest.pages import visitor_pages
from ingest.pages.visitor_pages import HEADERS, LANGUAGES

TEMPLATES = sorted(
    path.name.split(".")[0] for path in (visitor_pages._DIRECTORY).glob("*.fr.html") if not path.name.startswith("_")
)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        pytest.param("fr-FR,fr;q=0.9,en;q=0.8", "fr", id="French first"),
        pytest.param("en-GB,fr;q=0.9", "en", id="English first"),
        pytest.param("fr;q=0.2,en;q=0.7", "en", id="weights count, not the order"),
        pytest.param("de,fr;q=0.5", "fr", id="the best that there is"),
        pytest.param("FR", "fr", id="in capitals"),
        pytest.param("de", "en", id="neither"),
        pytest.param("", "en", id="nothing"),
        pytest.param("fr;q=0", "en", id="French is not accepted"),
        pytest.param("fr;q=much", "en", id="a weight that is not a number"),
    ],
)
def test_the_page_comes_in_the_language_the_browser_prefers(accepted, language):
    assert language == visitor_pages.language_of(accepted)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_page_exists_in_every_language(name):
    files = {path.name for path in visitor_pages._DIRECTORY.iterdir()}

    assert {f"{name}.{language}.html" for language in LANGUAGES} <= files


def test_the_headers_allow_the_one_style_sheet_and_no_script():
    digest = b64encode(sha256(visitor_pages._STYLE.encode()).digest()).decode()
    policy = dict(directive.strip().partition(" ")[::2] for directive in HEADERS["content-security-policy"].split(";"))

    assert ("'none'", f"'sha256-{digest}'") == (policy["default-src"], policy["style-src"])
    assert "script-src" not in policy


def test_a_value_that_is_missing_is_an_error():
    source = next(
        path
        for path in visitor_pages._DIRECTORY.glob("*.en.html")
        if not path.name.startswith("_") and re.search(r"\{\{", path.read_text())
    )

    with pytest.raises(UndefinedError):
        visitor_pages.page(source.name.split(".")[0], language="en")
