from xml.etree import ElementTree as ET

from dashboard.charts.badge import badge


def test_a_badge_is_a_picture_with_a_name_and_as_wide_as_its_texts():
    root = ET.fromstring(badge("visitors in 30 days", "1.2k"))
    wider = ET.fromstring(badge("visitors in 30 days", "123,456"))

    assert "visitors in 30 days: 1.2k" == root.attrib["aria-label"]
    assert int(wider.attrib["width"]) > int(root.attrib["width"])


def test_texts_are_escaped():
    root = ET.fromstring(badge("<visitors>", "<10"))

    assert ["<visitors>", "<10"] == [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
