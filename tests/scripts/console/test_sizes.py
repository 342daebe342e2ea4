import pytest

from scripts.console.sizes import readable


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (25_300, "25 kB"),
        (1_400_000, "1.4 MB"),
        (2.5e12, "2500.0 GB"),
    ],
)
def test_a_size_has_the_unit_that_suits_it(size, text):
    assert text == readable(size)
