import pytest

from ingest.request import body
from ingest.request.body import Fields, MalformedError

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("content", "content_type", "fields"),
    [
        pytest.param(b'{"n":"pageview","u":"/"}', "application/json", Fields(n="pageview", u="/"), id="JSON"),
        pytest.param(b'{"n":"pageview"}', "text/plain", Fields(n="pageview"), id="JSON sent as text"),
        pytest.param(b'{"n":"pageview"}', "", Fields(n="pageview"), id="JSON without a content type"),
        pytest.param(b'{"n":"a","else":1}', "", Fields(n="a"), id="an unknown key is ignored"),
        pytest.param(b'{"hashMode":1,"$":"x"}', "", Fields(hash_mode=1, dollar="x"), id="names that Python lacks"),
        pytest.param(b"n=pageview&u=%2Fa", FORM, Fields(n="pageview", u="/a"), id="a form"),
        pytest.param(b"n=a&n=b", FORM, Fields(n="b"), id="the last of equal names"),
        pytest.param(b"n=", FORM, Fields(n=""), id="an empty value"),
        pytest.param(
            b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\nSignup\r\n--x--\r\n',
            MULTIPART,
            Fields(n="Signup"),
            id="a multipart form",
        ),
        pytest.param(b'{"n":"a"}', "text/form-like", Fields(n="a"), id="a content type that only sounds like a form"),
    ],
)
def test_a_body_becomes_its_fields(content, content_type, fields):
    assert fields == body.read(content, content_type)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(b"", "application/json", id="nothing"),
        pytest.param(b"{", "application/json", id="JSON that breaks off"),
        pytest.param(b"[]", "application/json", id="a list"),
        pytest.param(b'{"n":"\xff"}', "application/json", id="bytes that are not UTF-8"),
        pytest.param(b"[" * 100_000, "application/json", id="JSON without end"),
        pytest.param(b"n=" + b"x" * body.MAX_FORM_BYTES, FORM, id="a form that is too long"),
        pytest.param(b"&".join([b"n=1"] * (body.MAX_FORM_FIELDS + 1)), FORM, id="a form with too many fields"),
        pytest.param(b"--y--", f"multipart/form-data; boundary={'x' * 1000}", id="a content type that is too long"),
        pytest.param(b"--x", "multipart/form-data", id="a multipart form without a boundary"),
    ],
)
def test_a_body_that_can_not_be_a_hit_is_rejected_with_a_reason(content, content_type):
    with pytest.raises(MalformedError) as refusal:
        body.read(content, content_type)

    assert ["request"] == list(refusal.value.errors)
