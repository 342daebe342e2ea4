"""Papers in French and English: each says what is configured, and reads texts of people as text."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dashboard.papers import paper
from dashboard.papers.facts import Facts, Installation
from schema.privacy.profile import EXEMPT, Privacy
from schema.sites.sites import Site

STANDARD = Site(1, "example.org", "Europe/Paris", 761)
STRICT = replace(STANDARD, privacy=Privacy(profile=EXEMPT, retention_months=13))
INSTALLATION = Installation(
    base_url="https://stats.example",
    version="0.3.0",
    data_country="FR",
    data_host="OVHcloud, Roubaix",
    backup_country="FR",
    is_in_eea=True,
)
EVERY = [paper.PUBLIC, *paper.PAPERS]
FORBIDDEN = re.compile(r"certifi|approuvé par|approved by|entièrement anonyme|fully anonymous|100 %", re.IGNORECASE)


def facts(site: Site = STRICT, **installation: Any) -> Facts:
    return Facts(site=site, installation=replace(INSTALLATION, **installation), people=2, today=date(2026, 11, 30))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("site", [STANDARD, STRICT], ids=["standard", "exempt"])
@pytest.mark.parametrize("name", EVERY)
def test_a_paper_has_its_date_and_hash_and_promises_no_approval(name: str, site: Site, language: str) -> None:
    text = paper.markdown(name, facts(site), language=language)

    assert facts(site).hash in text
    assert {"fr": "30 novembre 2026", "en": "30 November 2026"}[language] in text
    assert FORBIDDEN.findall(text) == []
    assert "{" not in text
    assert "\n\n\n\n" not in text


@pytest.mark.parametrize("name", paper.PAPERS)
def test_a_paper_asks_for_a_check_by_counsel(name: str) -> None:
    assert "conseil" in paper.markdown(name, facts(), language="fr")
    assert "counsel" in paper.markdown(name, facts(), language="en")


@pytest.mark.parametrize(
    ("name", "changed", "sentence"),
    [
        pytest.param("public", Privacy(retention_months=6), "supprimées automatiquement après 6 mois", id="retention"),
        pytest.param("public", Privacy(counts_months=60), "les totaux quotidiens après 60 mois", id="counts"),
        pytest.param("record", Privacy(counts_months=60), "60 mois", id="longest retention"),
        pytest.param(
            "self-assessment",
            Privacy(profile=EXEMPT, retention_months=13, counts_months=20),
            "Durée réglée : 20 mois",
            id="counts of an exempt site",
        ),
        pytest.param("public", Privacy(honors_dnt=True), "Do Not Track", id="DNT"),
        pytest.param("public", Privacy(contact="dpo@example.org"), "Écrivez à dpo@example.org", id="contact"),
        pytest.param("record", Privacy(controller="QWERIO, Paris"), "QWERIO, Paris", id="controller"),
        pytest.param("record", Privacy(reviewed_on="2026-05-01"), "Dernière revue annuelle : 1 mai 2026", id="review"),
        pytest.param("public", Privacy(keeps_link_queries=True), "paramètres des liens sortants", id="link queries"),
        pytest.param("public", STRICT.privacy, "arrondis à la dizaine", id="profile"),
        pytest.param(
            "self-assessment",
            Privacy(profile=EXEMPT, retention_months=13, shows_acquisition=True),
            "L’éditeur a choisi d’activer les sources",
            id="acquisition",
        ),
        pytest.param(
            "self-assessment",
            Privacy(profile=EXEMPT, retention_months=13, declared_events=("Brochure", "Devis")),
            "Brochure, Devis",
            id="declared events",
        ),
    ],
)
def test_changing_a_setting_changes_the_text(name: str, changed: Privacy, sentence: str) -> None:
    def lines_joined(privacy: Privacy) -> str:
        return " ".join(paper.markdown(name, facts(replace(STANDARD, privacy=privacy)), language="fr").split())

    assert sentence in lines_joined(changed)
    assert sentence not in lines_joined(Privacy())


@pytest.mark.parametrize(
    ("installation", "sentence"),
    [
        pytest.param({}, "Données : France. Sauvegardes : France.", id="declared"),
        pytest.param({"data_country": "", "backup_country": ""}, "**À compléter.**", id="not declared"),
        pytest.param(
            {"backup_country": "US", "is_in_eea": False},
            "**À vérifier.** Données : France. Sauvegardes : États-Unis",
            id="outside",
        ),
    ],
)
def test_the_place_of_the_data_is_stated(installation: dict[str, Any], sentence: str) -> None:
    assert sentence in paper.markdown("self-assessment", facts(**installation), language="fr")


def test_standard_is_not_said_to_meet_the_criteria() -> None:
    assert paper.markdown("self-assessment", facts(STANDARD), language="fr").count("**Non rempli.**") == 5
    assert paper.markdown("self-assessment", facts(STRICT), language="fr").count("**Non rempli.**") == 0
    assert "exemption" not in paper.markdown("notice", facts(STANDARD), language="fr").split("## Texte")[1]


def test_texts_of_people_are_not_read_as_markdown() -> None:
    hostile = Privacy(
        controller="**A** <script>alert(1)</script> | [x](javascript:1)\n# B", contact="a_b_c@example.org"
    )

    html = paper.html("record", facts(replace(STANDARD, privacy=hostile)), language="en")

    assert "**A** &lt;script&gt;alert(1)&lt;/script&gt; | [x](javascript:1) # B" in html
    assert "a_b_c@example.org" in html


def test_a_paper_becomes_html_with_tables_and_links() -> None:
    assert "<td>Controller</td>" in paper.html("record", facts(), language="en")
    assert '<a href="https://example.org/api/event/opt-out">' in paper.html("public", facts(), language="fr")
