import pytest

from schema.sites import script_settings
from schema.sites.script_settings import DEFAULT, ScriptSettings, ScriptSettingsError


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        pytest.param({}, DEFAULT, id="nothing"),
        pytest.param({"outbound_links": True}, ScriptSettings(outbound_links=True), id="a setting"),
        pytest.param({"file_downloads": "true"}, ScriptSettings(file_downloads=True), id="as a form has it"),
        pytest.param({"tagged_events": "0", "id": "pa-x"}, DEFAULT, id="what was read beside them"),
        pytest.param({"installation_type": "gtm"}, ScriptSettings(installation_type="gtm"), id="how it got there"),
    ],
)
def test_settings_are_changed_and_kept(changes, settings) -> None:
    assert script_settings.changed(DEFAULT, changes) == settings
    assert script_settings.read(script_settings.written(settings)) == settings


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param(
            {"outbound": True}, "'outbound' is not a setting of the script, which are installation_type", id="none"
        ),
        pytest.param({"outbound_links": "maybe"}, "outbound_links must be true or false", id="neither yes nor no"),
        pytest.param({"outbound_links": 2}, "outbound_links must be true or false", id="a number"),
        pytest.param({"outbound_links": None}, "outbound_links must be true or false", id="nothing"),
        pytest.param({"outbound_links": [True]}, "outbound_links must be true or false", id="a list"),
        pytest.param({"installation_type": "fax"}, "installation_type must be one of manual, wordpress", id="no way"),
        pytest.param({"installation_type": []}, "installation_type must be one of", id="no text"),
    ],
)
def test_what_a_script_can_not_do_is_one_sentence(changes, sentence) -> None:
    with pytest.raises(ScriptSettingsError, match=sentence):
        script_settings.changed(DEFAULT, changes)


def test_what_is_as_it_is_by_default_is_not_stored() -> None:
    assert script_settings.written(DEFAULT) == "{}"
