import pytest

from schema.measures import segments

PATH = "/example.org/settings/segments"


def test_filters_are_stored_as_json_and_shown_again(desk, site):
    desk.post(PATH, name="France", filters='[ ["is", "visit:country", ["FR"]] ]')
    (segment,) = segments.list_all(desk.control, site.id)

    assert [["is", "visit:country", ["FR"]]] == segment.filters
    assert '[["is","visit:country",["FR"]]]' in desk.page(PATH).text


@pytest.mark.parametrize(
    "filters",
    [
        pytest.param("", id="nothing"),
        pytest.param("{}", id="no list"),
        pytest.param("[" * 100_000, id="JSON without end"),
        pytest.param('[["is", "visit:country", ["France"]]]', id="filters that can not be queried"),
    ],
)
def test_anything_else_is_rejected_and_nothing_stored(desk, site, filters):
    assert desk.post(PATH, name="France", filters=filters).status_code in (413, 422)
    assert [] == segments.list_all(desk.control, site.id)
