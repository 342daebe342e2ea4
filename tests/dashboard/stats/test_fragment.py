import pytest

from dashboard.stats.fragment import Fragment, join


def test_fragments_are_joined_with_the_values_of_all():
    joined = join(" and ", [Fragment("a = {a:UInt8}", {"a": 1}), Fragment("b"), Fragment("c = {c:UInt8}", {"c": 3})])

    assert Fragment("a = {a:UInt8} and b and c = {c:UInt8}", {"a": 1, "c": 3}) == joined


def test_one_name_may_be_used_twice_for_one_value():
    assert join(" ", [Fragment("x", {"a": 1}), Fragment("y", {"a": 1})]).params == {"a": 1}


def test_one_name_for_two_values_is_refused():
    with pytest.raises(ValueError, match="two values for the parameter 'a'"):
        join(" ", [Fragment("x", {"a": 1}), Fragment("y", {"a": 2})])


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
    fragment = Fragment("select {value:String}", {"value": value})

    assert [(value,)] == database.query(fragment.sql, fragment.params)
