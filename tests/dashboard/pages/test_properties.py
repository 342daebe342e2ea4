import pytest

from schema.measures import custom_props

PATH = "/example.org/settings/properties"


def test_a_property_is_listed_once(desk, site):
    for _ in range(2):
        desk.post(PATH, property="plan")

    assert ["plan"] == list(custom_props.allowed(desk.control, site.id))


def test_only_the_chosen_property_is_removed(desk, site):
    for key in ("plan", "<author>"):
        desk.post(PATH, property=key)
    desk.post(f"{PATH}/remove", property="plan", sure="yes")

    assert ["<author>"] == list(custom_props.allowed(desk.control, site.id))
    assert "<author>" in desk.page(PATH).text


def test_a_property_that_is_too_long_is_rejected_and_stays_in_the_form(desk, site):
    key = "k" * (custom_props.MAX_KEY_CHARACTERS + 1)
    answer = desk.post(PATH, property=key)

    assert 422 == answer.status_code
    assert key in answer.text


def test_a_property_gets_a_display_name(desk, site):
    desk.post(PATH, property="author_name", label="Author")
    form = desk.page(f"{PATH}/name?property=author_name")
    answer = desk.post(f"{PATH}/name", property="author_name", label=" Writer ")

    assert form.attributes("input", name="label", value="Author")
    assert f"{PATH}#row-1" == answer.headers["location"]
    assert [custom_props.CustomProp("author_name", "Writer")] == custom_props.list_all(desk.control, site.id)


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        pytest.param(["plan"], "Reports no longer show it.", id="one of two"),
        pytest.param([], "Without it, reports show all properties.", id="the last one"),
    ],
)
def test_the_question_says_what_reports_show_without_a_property(desk, site, others, sentence):
    for key in ["author", *others]:
        custom_props.add(desk.control, site.id, key)

    assert sentence in desk.page(f"{PATH}/remove?property=author").text


def test_a_property_that_is_not_listed_is_neither_renamed_nor_removed(desk, site):
    assert 404 == desk.get(f"{PATH}/name?property=author").status_code
    assert 404 == desk.post(f"{PATH}/name", property="author", label="x").status_code
    assert 404 == desk.get(f"{PATH}/remove?property=author").status_code
