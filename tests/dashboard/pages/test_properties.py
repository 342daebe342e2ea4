from schema.measures import custom_props

PATH = "/example.org/settings/properties"


def test_a_property_is_listed_once(desk, site):
    for _ in range(2):
        desk.post(PATH, property="plan")

    assert ["plan"] == list(custom_props.allowed(desk.control, site.id))


def test_only_the_chosen_property_is_removed(desk, site):
    for key in ("plan", "<author>"):
        desk.post(PATH, property=key)
    desk.post(f"{PATH}/remove", property="plan")

    assert ["<author>"] == list(custom_props.allowed(desk.control, site.id))
    assert "<author>" in desk.page(PATH).text


def test_a_property_that_is_too_long_is_rejected_and_stays_in_the_form(desk, site):
    key = "k" * (custom_props.MAX_KEY_CHARACTERS + 1)
    answer = desk.post(PATH, property=key)

    assert 422 == answer.status_code
    assert key in answer.text
