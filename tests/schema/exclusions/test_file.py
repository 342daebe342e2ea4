import pytest

from schema.exclusions import file
from schema.exclusions.condition import described
from schema.exclusions.matchers import ExclusionError
from schema.exclusions.rules import Rule, RuleAction, RuleMode
from schema.exclusions.size_check import TooMuchError

SITES = {"example.org": 7}
RULES = """\
# Of the whole company.
[[rule]]
note = "Office in Lyon, without the trainee room"
owner = "ops@example.org"
site = "example.org"
network = "192.0.2.0/24"
not = { network = "192.0.2.128/26" }

[[rule]]
action = "keep"
expires = 2027-01-31
path = ["/status", "/health/**"]
"""


def read(text: str) -> list[tuple[int, Rule]]:
    return file.read(text, sites=SITES)


def test_rules_are_read_with_the_lines_of_their_heads() -> None:
    (line, office), (other_line, kept) = read(RULES)

    assert (2, 9) == (line, other_line)
    assert (7, "ops@example.org", RuleAction.EXCLUDE) == (office.site_id, office.owner, office.action)
    assert "network 192.0.2.0/24 (256 addresses) and not network 192.0.2.128/26 (64 addresses)" == described(
        office.condition
    )
    assert (None, RuleAction.KEEP, RuleMode.ON) == (kept.site_id, kept.action, kept.mode)
    assert kept.expires_at is not None


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "rule = []\n"])
def test_a_file_without_rules_has_none(text: str) -> None:
    assert [] == read(text)


def test_reading_a_written_file_returns_the_same_rules() -> None:
    rules = [rule for _, rule in read(RULES)]
    domains = {None: None} | {number: domain for domain, number in SITES.items()}

    text = file.written([(domains[rule.site_id], rule) for rule in rules])

    assert rules == [rule for _, rule in read(text)]


def heavy(rule: Rule) -> None:
    if rule.note == "heavy":
        raise TooMuchError("it is too much")


def test_a_rule_that_excludes_many_hits_needs_confirmation_in_the_file() -> None:
    light, doubtful = "[[rule]]\npath = '/'\n", "\n[[rule]]\npath = '/'\nnote = 'heavy'\n"
    with pytest.raises(ExclusionError) as caught:
        file.read(light + doubtful, sites=SITES, weigh=heavy)

    assert str(caught.value) == "line 4: it is too much. If this is intended, add confirmed = true to the rule"
    assert len(file.read(f"{light}{doubtful}confirmed = true\n", sites=SITES, weigh=heavy)) == 2
    with pytest.raises(ExclusionError, match="line 4: it is"):
        file.read(f"{light}{doubtful}confirmed = false\n", sites=SITES, weigh=heavy)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("[[rule]\n", "it is not TOML", id="no TOML"),
        pytest.param("a = " + "[" * 20_000, "it is nested too deeply", id="too deep"),
        pytest.param("[[rules]]\n", "unknown key 'rules'", id="another table"),
        pytest.param("[rule]\npath = '/'\n", "each rule begins with a line", id="one table"),
        pytest.param("[[rule]]\nnetwrok = '192.0.2.0/24'\n", "line 2: 'netwrok' is not a condition", id="a slip"),
        pytest.param("[[rule]]\nnote = ''\nnetwork = 'office'\n", "line 3: 'office' is not a network", id="no network"),
        pytest.param("[[rule]]\npath = '/'\nsite = 'none.example'\n", "line 3: there is no site", id="no site"),
        pytest.param("[[rule]]\nnetwork = '0.0.0.0/0'\n", "line 2: 0.0.0.0/0 covers everybody", id="everybody"),
        pytest.param("[[rule]]\npath = '/'\nconfirmed = 'yes'\n", "line 3: confirmed must be true", id="no yes or no"),
        pytest.param("[[rule]]\nnote = 'x'\n", "line 1: ", id="nothing to look at"),
        pytest.param(
            f"[[rule]]\nhome = 'home-{'0' * 32}'\n",
            "line 2: a rule for a home needs its last day",
            id="a home for ever",
        ),
    ],
)
def test_an_error_names_its_line(text: str, sentence: str) -> None:
    with pytest.raises(ExclusionError) as caught:
        read(text)

    assert str(caught.value).startswith(sentence)
