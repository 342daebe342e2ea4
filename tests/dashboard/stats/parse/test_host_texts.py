import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import Op
from dashboard.stats.parse.host_texts import stored

HOSTS = [dimensions.HOSTNAME, dimensions.ENTRY_HOSTNAME, dimensions.EXIT_HOSTNAME]
MULLER, ASCII = "müller.example", "xn--mller-kva.example"


@pytest.mark.parametrize("dimension", HOSTS, ids=lambda dimension: dimension.name)
@pytest.mark.parametrize("op", [Op.IS, Op.IS_NOT])
@pytest.mark.parametrize(
    ("text", "forms"),
    [
        pytest.param("example.org", ("example.org",), id="a host"),
        pytest.param("WWW.Example.ORG", ("example.org",), id="capitals and www"),
        pytest.param("www2.example.org", ("www2.example.org",), id="a subdomain that only starts alike"),
        pytest.param(MULLER, (MULLER, ASCII), id="accents: both forms may be stored"),
        pytest.param(ASCII, (MULLER, ASCII), id="the ASCII form"),
    ],
)
def test_an_exact_filter_names_a_host_in_every_stored_form(dimension, op, text, forms):
    assert forms == stored(dimension, op, (text,))


def test_forms_of_several_hosts_come_once_and_in_order():
    assert ("a.example", MULLER, ASCII) == stored(dimensions.HOSTNAME, Op.IS, ("a.example", MULLER, ASCII, "A.example"))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param("Example", "example", id="capitals"),
        pytest.param("www.exam", "www.exam", id="www stays: it may be within a name"),
        pytest.param("blog.", "blog.", id="a dot at the end"),
        pytest.param(ASCII, MULLER, id="the ASCII form"),
    ],
)
@pytest.mark.parametrize("op", [Op.CONTAINS, Op.CONTAINS_NOT])
def test_a_filter_on_a_part_has_one_form(op, text, part):
    assert (part,) == stored(dimensions.HOSTNAME, op, (text,))


@pytest.mark.parametrize("dimension", [dimensions.SOURCE, dimensions.REFERRER], ids=lambda dimension: dimension.name)
@pytest.mark.parametrize(
    ("text", "forms"),
    [
        pytest.param("Google", ("Google",), id="a name"),
        pytest.param(f"{ASCII}/A", (f"{MULLER}/A", f"{ASCII}/A"), id="the ASCII form, with a path"),
        pytest.param(f"{MULLER}/A", (f"{MULLER}/A",), id="accents, with a path"),
        pytest.param("example.org/xn--a", ("example.org/xn--a",), id="a path that only looks alike"),
    ],
)
def test_an_origin_keeps_its_capitals_and_path(dimension, text, forms):
    assert forms == stored(dimension, Op.IS, (text,))


@pytest.mark.parametrize(
    ("dimension", "op"),
    [
        pytest.param(dimensions.HOSTNAME, Op.MATCHES, id="a regular expression"),
        pytest.param(dimensions.SOURCE, Op.MATCHES_NOT, id="a regular expression of a source"),
        pytest.param(dimensions.PAGE, Op.IS, id="a page"),
        pytest.param(dimensions.BROWSER, Op.CONTAINS, id="a browser"),
    ],
)
def test_other_texts_stay_as_they_are(dimension, op):
    assert ("WWW.xn--mller-kva.example",) == stored(dimension, op, ("WWW.xn--mller-kva.example",))
