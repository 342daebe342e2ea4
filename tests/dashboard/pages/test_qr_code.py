"""QR codes for phones."""

from dashboard.pages import qr_code


def test_a_code_scales_and_contains_no_text():
    svg = str(qr_code.svg('otpauth://totp/"<b>'))

    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ')
    assert "<b>" not in svg
