import random
import string

import pytest

from schema.privacy.token_shape import MIN_CHARACTERS, is_token

BASE_62, BASE_36 = string.ascii_letters + string.digits, string.ascii_lowercase + string.digits


@pytest.mark.parametrize(
    ("alphabet", "length", "most_missed"),
    [
        pytest.param("0123456789abcdef", 16, 0.03, id="hexadecimal, 16"),
        pytest.param("0123456789ABCDEF", 32, 0.001, id="hexadecimal, 32"),
        pytest.param(BASE_62, 16, 0.05, id="letters and digits, 16"),
        pytest.param(BASE_62, 22, 0.01, id="letters and digits, 22"),
        pytest.param(BASE_62, 32, 0.005, id="letters and digits, 32"),
        pytest.param(BASE_36, 20, 0.05, id="small letters and digits, 20"),
        pytest.param(BASE_36, 32, 0.01, id="small letters and digits, 32"),
        pytest.param("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 26, 0.01, id="a ULID"),
        pytest.param(string.ascii_letters, 32, 0.01, id="letters, 32"),
    ],
)
def test_few_random_texts_are_missed(alphabet, length, most_missed):
    choices = random.Random(22).choices  # the same tokens in each run
    tokens = ["".join(choices(alphabet, k=length)) for _ in range(2000)]

    assert sum(not is_token(token) for token in tokens) <= most_missed * len(tokens)


@pytest.mark.parametrize(
    ("text", "is_random"),
    [
        pytest.param("V1StGXR8_Z5jdHi6B-myT", True, id="with separators"),
        pytest.param("Guide-de-l-iPhone-15-Pro-Max-2024", False, id="a slug"),
        pytest.param("MX-500-Gt4-r2-2024-X1b2", False, id="a part number"),
        pytest.param("12345678901234567890", True, id="twenty digits"),
        pytest.param("20240115103000123456", False, id="an instant of twenty digits"),
        pytest.param("1234567890123456789", False, id="nineteen digits, as networks number posts"),
        pytest.param("20240115143022abc", False, id="an instant that could be hexadecimal"),
        pytest.param("donaudampfschifffahrtsgesellschaft", False, id="a compound"),
        pytest.param("LaGrandeMaisonDeCampagne", False, id="joined words"),
        pytest.param("xxxxxxxxxxxxxxxxxxxxxxxx", False, id="one letter"),
        pytest.param("8f3a9c2e1b7d4f6"[: MIN_CHARACTERS - 1], False, id="too short"),
        pytest.param("", False, id="nothing"),
        pytest.param("--------------------", False, id="only separators"),
    ],
)
def test_words_are_no_tokens(text, is_random):
    assert is_random == is_token(text)
