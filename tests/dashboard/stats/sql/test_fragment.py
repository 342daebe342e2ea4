import pytest

from dashboard.stats.sql.fragment import Fragment, fill, join, lines, text, texts, value


def test_fragments_are_joined_with_the_values_of_all():
    joined = join(" and ", [Fragment("a = {a:UInt8}", {"a": 1}), Fragment("b"), Fragment("c = {c:UInt8}", {"c": 3})])

    assert Fragment("a = {a:UInt8} and b and c = {c:UInt8}", {"a": 1, "c": 3}) == joined


def test_one_name_may_be_used_twice_for_one_value():
    assert join(" ", [Fragment("x", {"a": 1}), Fragment("y", {"a": 1})]).params == {"a": 1}


def test_one_name_for_two_values_is_refused():
    with pytest.raises(ValueError, match="two values for the parameter 'a'"):
        join(" ", [Fragment("x", {"a": 1}), Fragment("y", {"a": 2})])


def test_a_template_is_filled_in_order():
    filled = fill(
        "{} between {} and {}", Fragment("x"), Fragment("{a:UInt8}", {"a": 1}), Fragment("{b:UInt8}", {"b": 2})
    )

    assert Fragment("x between {a:UInt8} and {b:UInt8}", {"a": 1, "b": 2}) == filled


@pytest.mark.parametrize("parts", [pytest.param(1, id="too few"), pytest.param(3, id="too many")])
def test_a_template_needs_one_fragment_per_placeholder(parts):
    with pytest.raises(ValueError, match=f"{parts} fragments for 2 places"):
        fill("{} = {}", *[Fragment("x")] * parts)


def test_empty_fragments_have_no_line():
    assert Fragment("a\nb") == lines(Fragment("a"), Fragment(""), Fragment("b"))


def test_only_equal_values_share_a_name():
    assert text("a") == text("a")
    assert text("a").sql != text("b").sql
    assert value("UInt8", 1).sql != value("UInt16", 1).sql


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("it's", id="a quote"),
        pytest.param('"', id="a double quote"),
        pytest.param("' or 1 = 1 --", id="an injection"),
        pytest.param("\\'", id="a backslash before a quote"),
        pytest.param("\\", id="a backslash at the end"),
        pytest.param("a\0b", id="a NUL"),
        pytest.param("a\nb\tc", id="line end and tab"),
        pytest.param("\\N", id="how ClickHouse writes null"),
        pytest.param("{site_id:UInt32}", id="something like a parameter"),
        pytest.param("%(name)s %s", id="something like a format"),
        pytest.param("é 😀", id="more than ASCII"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_value_arrives_as_it_is(database, value):
    fragment = fill("select {}, {}", text(value), texts([value, value]))

    assert [(value, [value, value])] == database.query(fragment.sql, fragment.params)
