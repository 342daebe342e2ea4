from base64 import b64encode
from hashlib import sha256

import pytest

from dashboard.access import framing


def test_nobody_may_frame_a_page_and_no_style_is_inline_by_default():
    policy = framing.content_policy()

    assert policy.endswith("frame-ancestors 'none'")
    assert "style-src 'self';" in policy


def test_a_policy_names_the_frames_and_the_one_style_of_its_page():
    policy = framing.content_policy(ancestors="example.org", style="body {}")

    assert policy.endswith("frame-ancestors example.org")
    assert f"style-src 'self' 'sha256-{b64encode(sha256(b'body {}').digest()).decode()}';" in policy


@pytest.mark.parametrize(
    ("text", "is_colour"),
    [
        pytest.param("#fff", True, id="hexadecimal"),
        pytest.param("transparent", True, id="transparent"),
        pytest.param("rgba(255, 255, 255, 0.5)", True, id="with numbers"),
        pytest.param("", False, id="nothing"),
        pytest.param("red } body { display: none", False, id="further rules"),
        pytest.param("url(https://evil.example/)", False, id="an address"),
        pytest.param("#fff</style><script>", False, id="markup"),
    ],
)
def test_only_a_colour_becomes_the_background(text, is_colour):
    assert is_colour == framing.is_colour(text)
    assert is_colour == bool(framing.background_style(text))
