import pytest

from dashboard.papers import paper
from tests.dashboard.desk import EMAIL

PAPERS = "/example.org/settings/privacy/papers"


@pytest.mark.parametrize("name", paper.PAPERS)
def test_a_paper_is_shown_in_the_language_of_the_url(desk, site, name):
    french, english = (desk.page(f"{PAPERS}/{name}?lang={code}").text for code in ("fr", "en"))

    assert "Empreinte de la configuration" in french
    assert "Configuration hash" in english


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_setting_saved_on_the_page_changes_the_papers_that_name_it(desk, site, language):
    named = {"notice": "dpo@ana.example", "record": "Ana SARL, Lyon", "contract": "Ana SARL, Lyon"}
    before = {name: desk.page(f"{PAPERS}/{name}?lang={language}").text for name in named}
    desk.post("/example.org/settings/privacy", contact="dpo@ana.example", controller="Ana SARL, Lyon")

    for name, word in named.items():
        assert word not in before[name]
        assert word in desk.page(f"{PAPERS}/{name}?lang={language}").text


def test_a_paper_is_a_markdown_file_too(desk, site):
    answer = desk.client.get(f"{PAPERS}/record.md?lang=fr")

    assert answer.headers["content-disposition"] == 'attachment; filename="record.fr.md"'
    assert answer.text.startswith("# Registre des activités de traitement")


@pytest.mark.parametrize("path", [f"{PAPERS}/public", f"{PAPERS}/other.md", "/privacy/unknown.example"])
def test_other_papers_do_not_exist(desk, site, path):
    assert desk.client.get(path).status_code == 404


@pytest.mark.parametrize("name", ["record", "record.md"])
def test_papers_are_for_people_with_an_account(stranger, site, name):
    assert 303 == stranger.client.get(f"{PAPERS}/{name}", follow_redirects=False).status_code


@pytest.mark.parametrize(
    ("query", "accepted", "title"),
    [
        ("", "fr", "Mesure d’audience de example.org"),
        ("", "en", "Audience measurement of example.org"),
        ("?lang=fr", "en", "Mesure d’audience de example.org"),
        ("?lang=xx", "en", "Audience measurement of example.org"),
    ],
)
def test_the_public_page_is_for_everybody_and_sets_nothing(stranger, site, query, accepted, title):
    answer = stranger.client.get(f"/privacy/example.org{query}", headers={"Accept-Language": accepted})

    assert 200 == answer.status_code
    assert f"<h1>{title}</h1>" in answer.text
    assert {"set-cookie", "etag", "last-modified"}.isdisjoint(answer.headers)
    assert EMAIL not in answer.text
