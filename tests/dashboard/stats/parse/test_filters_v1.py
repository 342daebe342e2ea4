from datetime import date
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import AnyOf, Condition, Not, Op, Reaches
from dashboard.stats.parse.filters_v1 import parse
from dashboard.stats.parse.site_context import SiteContext
from schema.measures import goals

SIGNUP, BLOG = goals.new(1, event_name="Signup"), goals.new(1, page_path="/blog")
DOCS, BAR = goals.new(1, page_path="/docs/**"), goals.new(1, event_name="a|b")
CONTEXT = SiteContext(1, ZoneInfo("Europe/Paris"), lambda: (BLOG, SIGNUP, DOCS, BAR), dict, lambda: date(2026, 1, 1))


def on(dimension, op, *texts):
    return Condition(dimension, op, texts)


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param("visit:source==Google", (on(dimensions.SOURCE, Op.IS, "Google"),), id="is"),
        pytest.param("visit:source!=Google", (on(dimensions.SOURCE, Op.IS_NOT, "Google"),), id="is not"),
        pytest.param(" visit:source == a b ; ", (on(dimensions.SOURCE, Op.IS, "a b"),), id="with spaces"),
        pytest.param(
            "visit:country==FR;event:page==/a",
            (on(dimensions.COUNTRY, Op.IS, "FR"), on(dimensions.PAGE, Op.IS, "/a")),
            id="two filters",
        ),
        pytest.param(
            "event:hostname==WWW.Example.org.|müller.example",
            (on(dimensions.HOSTNAME, Op.IS, "example.org", "müller.example", "xn--mller-kva.example"),),
            id="hosts in other spellings",
        ),
        pytest.param(
            "event:hostname==*.xn--mller-kva.example",
            (on(dimensions.HOSTNAME, Op.MATCHES_WILDCARD, "*.müller.example"),),
            id="hosts by a pattern",
        ),
        pytest.param("event:hostname==(none)", (on(dimensions.HOSTNAME, Op.IS, "(none)"),), id="no host"),
        pytest.param(
            "visit:source==xn--mller-kva.example",
            (on(dimensions.SOURCE, Op.IS, "müller.example", "xn--mller-kva.example"),),
            id="a source in another spelling",
        ),
        pytest.param("event:page==/a|/b", (on(dimensions.PAGE, Op.IS, "/a", "/b"),), id="one of two"),
        pytest.param(r"event:page==/a\|b", (on(dimensions.PAGE, Op.IS, "/a|b"),), id="a bar that is one"),
        pytest.param("event:page!=/a|/b", (on(dimensions.PAGE, Op.IS_NOT, "/a", "/b"),), id="none of two"),
        pytest.param("event:page==/a**|/b", (on(dimensions.PAGE, Op.MATCHES_WILDCARD, "/a**|/b"),), id="a pattern"),
        pytest.param("event:page!=/a*", (on(dimensions.PAGE, Op.MATCHES_WILDCARD_NOT, "/a*"),), id="not a pattern"),
        pytest.param("event:props:plan==(none)", (on(dimensions.prop("plan"), Op.IS, "(none)"),), id="a property"),
        pytest.param("event:goal==Signup|Visit /blog", (Reaches((SIGNUP, BLOG)),), id="goals"),
        pytest.param("event:goal==Visit /docs/**", (Reaches((DOCS,)),), id="a star in a goal is one"),
        pytest.param(r"event:goal==a\|b|Signup", (Reaches((BAR, SIGNUP)),), id="a bar in a goal"),
        pytest.param(
            r"event:page==**post\|1|/other",
            (on(dimensions.PAGE, Op.MATCHES_WILDCARD, r"**post\|1|/other"),),
            id="a bar that is one, in a pattern",
        ),
        pytest.param(
            "event:page!=/a* | /b",
            (on(dimensions.PAGE, Op.MATCHES_WILDCARD_NOT, "/a*|/b"),),
            id="a pattern with spaces",
        ),
        pytest.param(
            "visit:source==*a|Direct / None",
            (on(dimensions.SOURCE, Op.MATCHES_WILDCARD, "*a|Direct / None"),),
            id="a pattern of sources",
        ),
        pytest.param(
            '[["matches_wildcard","event:page",["/a**"]]]',
            (on(dimensions.PAGE, Op.MATCHES_WILDCARD, "/a**"),),
            id="a pattern in JSON",
        ),
        pytest.param(
            '[["or",[["matches_wildcard_not","visit:source",["a*"]],["not",["matches_wildcard","visit:os",["i*"]]]]]]',
            (
                AnyOf(
                    (
                        on(dimensions.SOURCE, Op.MATCHES_WILDCARD_NOT, "a*"),
                        Not(on(dimensions.OS, Op.MATCHES_WILDCARD, "i*")),
                    )
                ),
            ),
            id="patterns inside others",
        ),
        pytest.param("event:goal!=Signup", (Reaches((SIGNUP,)),), id="a goal can't be negated"),
        pytest.param("visit:country==France", (), id="the name of a country is left out"),
        pytest.param("visit:source=Google", (), id="half of a comparison is left out"),
        pytest.param("visit:source==", (), id="what has no value is left out"),
        pytest.param('[["is","visit:os",["iOS"]]]', (on(dimensions.OS, Op.IS, "iOS"),), id="the language of version 2"),
    ],
)
def test_filters_are_parsed(text, filters):
    assert filters == parse(text, CONTEXT)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("event:goal==None", "no goal named 'None'", id="a goal there is not"),
        pytest.param("event:goal==Visit /nope**", r"no goal named 'Visit /nope", id="a goal with stars there is not"),
        pytest.param("event:goal==Sign*", r"no goal named 'Sign", id="goals by a pattern"),
        pytest.param("event:goal==Signup|*", r"no goal named '\*'", id="a goal and all others"),
        pytest.param("event:goal!=Sign*", r"no goal named 'Sign", id="not goals by a pattern"),
        pytest.param('[["matches_wildcard","event:goal",["S*"]]]', "with is and contains", id="the same in JSON"),
        pytest.param('[["matches_wildcard","event:page",[]]]', "list of values is empty", id="no pattern"),
        pytest.param('[["matches_wildcard","event:page",["a*"],{"case_sensitive":false}]]', "modifier", id="no slot"),
        pytest.param('[["has_done",["is","visit:os",["iOS"]]]]', "not a dimension of events", id="done a system"),
        pytest.param("visit:colour==red", "no property 'visit:colour'", id="a property there is not"),
        pytest.param("[", "not valid JSON", id="half of a list"),
        pytest.param('[["x"]]', "#/filters/0", id="what version 2 refuses"),
        pytest.param("event:page==" + "a" * 10_001, "10,000 characters", id="a long value"),
        pytest.param("event:page==/a;" * 1001, "1000 filters", id="too many"),
    ],
)
def test_invalid_filters_are_rejected(text, sentence):
    with pytest.raises(QueryError, match=sentence):
        parse(text, CONTEXT)
