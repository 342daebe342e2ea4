from decimal import Decimal

from dashboard.stats.model.result import Money, Row


def test_numbers_have_zero_for_unknown_values_and_money():
    assert (5, 0, 0, 1.5) == Row((), (5, None, Money(Decimal(9), "EUR"), 1.5)).numbers


def test_rows_are_equal_whenever_their_interval_begins():
    assert Row(("2026-10-25 02:00:00",), (1,), 1000) == Row(("2026-10-25 02:00:00",), (1,), 4600)
