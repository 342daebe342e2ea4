"""Goals, shares, revenue and scroll depth, with expected values worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest

from dashboard.stats.answer.run import run
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import prop
from dashboard.stats.model.filters import Condition, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.query import Order, Query
from dashboard.stats.model.result import MetricWarning, Money
from schema.measures import goals
from schema.measures.rates import Rates
from schema.privacy.profile import DEFAULT
from tests.factories import PARIS, a_visit, an_event, store, views

MARCH_10 = Period("custom", date(2026, 3, 10), date(2026, 3, 10), PARIS)
VISITORS, EVENTS, PAGEVIEWS = Metric.VISITORS, Metric.EVENTS, Metric.PAGEVIEWS
SIGNUP = goals.new(1, event_name="Signup")
PRICES = goals.new(1, page_path="/prices")
READ = goals.new(1, page_path="/prices", scroll_threshold=50)
BUY = goals.new(1, event_name="Buy", currency="EUR")
GIVE = goals.new(1, event_name="Give", currency="USD")
RATES = Rates("EUR", {"USD": Decimal("1.25"), "JPY": Decimal(160)})


def ask(database, *metrics, groups=(), rates=RATES, **options):
    return run(database, Query(1, MARCH_10, metrics, groups, **options), rates=rates, privacy=DEFAULT)


def lines(result):
    return [(*row.groups, *row.metrics) for row in result.rows]


@pytest.fixture
def sales(database):
    """Provide four visitors: 1 and 2 from x sign up (1 twice), 3 from x and 4 from y only look; 2 and 4 read prices."""
    first, second = a_visit(visitor_id=1, source="x"), a_visit(visitor_id=2, source="x", entry_page="/prices")
    store(
        database,
        [
            an_event(first),
            an_event(first, name="Signup", position=2, props={"plan": "pro"}),
            an_event(first, name="Signup", position=3, props={"plan": "free"}),
            an_event(second, path="/prices"),
            an_event(second, name="engagement", path="/prices", scroll_depth=40, engagement_ms=2000, position=2),
            an_event(second, name="engagement", path="/prices", scroll_depth=60, engagement_ms=3400, position=3),
            an_event(second, name="Signup", position=4, props={"plan": "pro"}),
            *views("/", visitor_id=3, source="x"),
            *views("/prices", visitor_id=4, source="y"),
        ],
    )
    return database


def test_every_goal_has_its_own_row(sales):
    result = ask(
        sales, VISITORS, EVENTS, Metric.CONVERSION_RATE, groups=(dimensions.GOAL,), goals=(SIGNUP, PRICES, READ)
    )

    assert [
        ("Signup", 2, 3, 50.0),
        ("Visit /prices", 2, 2, 50.0),
        ("Scroll 50% on /prices", 1, None, 25.0),
    ] == lines(result)


def test_trap_the_events_of_a_scroll_goal_are_null(sales):
    assert [(1, None)] == lines(ask(sales, VISITORS, EVENTS, filters=(Reaches((READ,)),)))
    assert [(2, None)] == lines(ask(sales, VISITORS, EVENTS, filters=(Reaches((READ, SIGNUP)),)))
    assert [(2, 3)] == lines(ask(sales, VISITORS, EVENTS, filters=(Reaches((SIGNUP,)),)))


def test_a_conversion_rate_is_of_all_visitors_and_a_group_rate_of_the_group(sales):
    result = ask(
        sales,
        VISITORS,
        Metric.CONVERSION_RATE,
        Metric.GROUP_CONVERSION_RATE,
        groups=(dimensions.SOURCE,),
        filters=(Reaches((SIGNUP,)),),
    )

    assert [("x", 2, 50.0, 66.67)] == lines(result)  # 2 of 4, 2 of 3


def test_property_filters_narrow_conversions_but_not_their_total(sales):
    pro_from_x = (
        Reaches((SIGNUP,)),
        Condition(prop("plan"), Op.IS, ("free",)),
        Condition(dimensions.SOURCE, Op.IS, ("x",)),
    )

    assert [(1, 33.33)] == lines(ask(sales, VISITORS, Metric.CONVERSION_RATE, filters=pro_from_x))


def test_the_group_rate_of_a_property_is_of_the_visitors_with_that_value(database):
    """Four visitors have the plan pro, two of them sign up; six are free, one of them signs up."""
    for plan, signups in (("pro", (True, True, False, False)), ("free", (True, *[False] * 5))):
        for signs_up in signups:
            visit = a_visit(source=plan)
            more = [an_event(visit, name="Signup", position=2, props={"plan": plan})] if signs_up else []
            store(database, [an_event(visit, props={"plan": plan}), *more])
    metrics = (VISITORS, Metric.CONVERSION_RATE, Metric.GROUP_CONVERSION_RATE)
    signed_up = (Reaches((SIGNUP,)),)

    by_plan = ask(database, *metrics, groups=(prop("plan"),), filters=signed_up)
    only_pro = ask(
        database, *metrics, groups=(prop("plan"),), filters=(*signed_up, Condition(prop("plan"), Op.IS, ("pro",)))
    )
    by_both = ask(database, *metrics, groups=(dimensions.GOAL, prop("plan")), goals=(SIGNUP,))

    assert [("pro", 2, 20.0, 50.0), ("free", 1, 10.0, 16.67)] == lines(by_plan)
    assert [("pro", 2, 20.0, 50.0)] == lines(only_pro)
    assert [("Signup", "pro", 2, 20.0, 50.0), ("Signup", "free", 1, 10.0, 16.67)] == lines(by_both)


def test_the_group_rate_of_a_goal_is_of_all(sales):
    result = ask(sales, Metric.GROUP_CONVERSION_RATE, groups=(dimensions.GOAL,), goals=(SIGNUP, PRICES))

    assert [("Signup", 50.0), ("Visit /prices", 50.0)] == lines(result)


def test_all_visitors_with_a_property_that_only_the_goal_has_reach_it(sales):
    result = ask(
        sales,
        Metric.CONVERSION_RATE,
        Metric.GROUP_CONVERSION_RATE,
        groups=(prop("plan"),),
        filters=(Reaches((SIGNUP,)),),
    )

    assert [("pro", 50.0, 100.0), ("free", 25.0, 100.0)] == lines(result)


def test_group_rates_work_in_any_order_of_dimensions(sales):
    result = ask(
        sales,
        VISITORS,
        Metric.GROUP_CONVERSION_RATE,
        groups=(prop("plan"), dimensions.SOURCE, Interval.DAY),
        filters=(Reaches((SIGNUP,)),),
    )

    assert [("pro", "x", "2026-03-10", 2, 100.0), ("free", "x", "2026-03-10", 1, 100.0)] == lines(result)


def test_a_percentage_is_of_visitors_with_the_same_filters(sales):
    only_x = (Condition(dimensions.SOURCE, Op.IS, ("x",)),)

    assert [("x", 75.0), ("y", 25.0)] == lines(ask(sales, Metric.PERCENTAGE, groups=(dimensions.SOURCE,)))
    assert [("x", 100.0)] == lines(ask(sales, Metric.PERCENTAGE, groups=(dimensions.SOURCE,), filters=only_x))


def test_without_visitors_the_percentage_is_null_and_the_conversion_rate_zero(database):
    assert [(None, 0)] == lines(ask(database, Metric.PERCENTAGE, Metric.CONVERSION_RATE, filters=(Reaches((SIGNUP,)),)))


def test_the_depth_of_a_visit_is_its_maximum(sales):
    result = ask(sales, Metric.SCROLL_DEPTH, Metric.TIME_ON_PAGE, PAGEVIEWS, groups=(dimensions.PAGE,))

    assert [("/prices", 60, 5, 2), ("/", None, None, 2)] == lines(result)  # (2000 + 3400) ms


def test_the_depth_of_those_who_read_so_far_is_asked_of_rows_and_not_of_the_answer(sales):
    """The column and the metric have one name."""
    result = ask(sales, VISITORS, Metric.SCROLL_DEPTH, groups=(dimensions.PAGE,), filters=(Reaches((READ,)),))

    assert [("/prices", 1, 60)] == lines(result)


def test_depths_are_averaged_over_visits(database):
    for depths in ((10, 30), (80,), (255,)):
        visit = a_visit()
        store(
            database,
            [
                an_event(visit),
                *(an_event(visit, name="engagement", scroll_depth=depth, engagement_ms=999) for depth in depths),
            ],
        )
    on_root = (Condition(dimensions.PAGE, Op.IS, ("/",)),)

    # (30 + 80) / 2, and 4 * 999 ms over three visits
    assert [(55, 1)] == lines(ask(database, Metric.SCROLL_DEPTH, Metric.TIME_ON_PAGE, filters=on_root))


def test_trap_bounces_with_a_page_filter_are_of_visits_that_began_there(database):
    store(database, [*views("/a", "/b"), *views("/b"), *views("/b"), *views("/b", "/a", every_s=10)])
    on_b = (Condition(dimensions.PAGE, Op.IS, ("/b",)),)

    # Four visits saw /b; three began there, two of which bounced.
    assert [(4, 67, 18)] == lines(ask(database, Metric.VISITS, Metric.BOUNCE_RATE, Metric.VISIT_DURATION, filters=on_b))


def test_trap_by_page_the_filter_on_pages_is_one_on_entry_pages_for_visits(database):
    store(database, [*views("/a", "/b"), *views("/b"), *views("/b", "/a", every_s=10)])
    on_b = (Condition(dimensions.PAGE, Op.IS, ("/b",)),)

    assert [("/b", 3, 50, 5)] == lines(
        ask(database, VISITORS, Metric.BOUNCE_RATE, Metric.VISIT_DURATION, groups=(dimensions.PAGE,), filters=on_b)
    )


def paid(amount, currency, *, name="Buy", **visit):
    return an_event(a_visit(**visit), name=name, revenue_amount=Decimal(amount), revenue_currency=currency, position=1)


@pytest.fixture
def payments(database):
    """Provide 10 EUR and 5 USD for Buy, 2 USD for Give, and one Buy without revenue."""
    store(
        database,
        [
            paid("10", "EUR", source="x"),
            paid("5.000", "USD", source="y"),
            paid("2.5", "USD", name="Give", source="y"),
            an_event(name="Buy", source="x"),
        ],
    )
    return database


REVENUE = (Metric.TOTAL_REVENUE, Metric.AVERAGE_REVENUE)


def money(amount, currency="EUR"):
    return Money(Decimal(amount), currency)


def test_revenue_is_reported_in_the_currency_of_the_goal(payments):
    result = ask(payments, *REVENUE, filters=(Reaches((BUY,)),))

    assert [(money(14), money(7))] == lines(result)  # 10 + 5 / 1.25, over the two that paid
    assert {} == result.warnings


@pytest.mark.parametrize(
    ("amounts", "average"),
    [
        pytest.param(("67.06", "67.073"), "67.066", id="half of a thousandth is cut"),
        pytest.param(("1", "1", "0"), "0.666", id="two thirds are cut"),
        pytest.param(("-1", "-1", "0"), "-0.666", id="towards zero"),
        pytest.param(("10", "5.5"), "7.75", id="an exact average stays"),
    ],
)
def test_an_average_is_cut_to_three_decimals(database, amounts, average):
    store(database, [paid(amount, "EUR") for amount in amounts])
    total = sum(map(Decimal, amounts))

    assert [(money(total), money(average))] == lines(ask(database, *REVENUE, filters=(Reaches((BUY,)),)))


def test_amounts_without_a_rate_are_left_out(payments):
    result = ask(payments, *REVENUE, filters=(Reaches((BUY,)),), rates=Rates("EUR", {}))

    assert [(money(10), money(10))] == lines(result)


def test_revenue_by_goal_is_in_the_currency_of_each(payments):
    result = ask(payments, Metric.TOTAL_REVENUE, VISITORS, groups=(dimensions.GOAL,), goals=(BUY, GIVE, SIGNUP))

    assert [("Buy", money(14), 3), ("Give", money("2.5", "USD"), 1)] == lines(result)


def test_revenue_of_a_goal_without_a_currency_is_null_beside_others(payments):
    store(payments, [an_event(name="Signup")])
    result = ask(payments, VISITORS, Metric.TOTAL_REVENUE, groups=(dimensions.GOAL,), goals=(SIGNUP, GIVE))

    assert [("Give", 1, money("2.5", "USD")), ("Signup", 1, None)] == lines(result)


def test_no_revenue_is_an_amount_of_zero(payments):
    result = ask(payments, Metric.TOTAL_REVENUE, filters=(Reaches((BUY,)), Condition(dimensions.SOURCE, Op.IS, ("z",))))

    assert [(money(0),)] == lines(result)


@pytest.mark.parametrize(
    ("filters", "warning"),
    [
        pytest.param((), MetricWarning.NO_REVENUE_GOALS, id="no goal"),
        pytest.param((Reaches((SIGNUP,)),), MetricWarning.NO_REVENUE_GOALS, id="a goal without a currency"),
        pytest.param((Reaches((BUY, GIVE)),), MetricWarning.SEVERAL_CURRENCIES, id="two currencies"),
    ],
)
def test_trap_revenue_without_one_currency_is_null_with_a_warning(payments, filters, warning):
    result = ask(payments, *REVENUE, filters=filters)

    assert [(None, None)] == lines(result)
    assert dict.fromkeys(REVENUE, warning) == result.warnings


def test_rows_can_be_ordered_by_revenue(payments):
    by_revenue = (Order(Metric.TOTAL_REVENUE, is_descending=False),)
    result = ask(
        payments, Metric.TOTAL_REVENUE, groups=(dimensions.SOURCE,), filters=(Reaches((BUY,)),), order=by_revenue
    )

    assert [("y", money(4)), ("x", money(10))] == lines(result)


@pytest.mark.parametrize("dimension", [dimensions.ENTRY_PAGE, dimensions.EXIT_PAGE])
def test_revenue_can_be_grouped_by_visit_only_dimensions(database, dimension):
    store(database, [paid("3", "EUR", entry_page="/offer"), paid("4", "EUR", entry_page="/")])
    result = ask(database, Metric.TOTAL_REVENUE, VISITORS, groups=(dimension,), filters=(Reaches((BUY,)),))

    assert [("/", money(4), 1), ("/offer", money(3), 1)] == lines(result)


def test_rows_beyond_the_limit_are_counted(sales):
    query = Query(1, MARCH_10, (VISITORS,), (dimensions.SOURCE,), limit=1, counts_rows=True)

    assert run(sales, query, privacy=DEFAULT).total_rows == 2


def test_trap_a_page_past_the_end_counts_zero_rows(sales):
    query = Query(1, MARCH_10, (VISITORS,), (dimensions.SOURCE,), offset=7, counts_rows=True)

    assert run(sales, query, privacy=DEFAULT).total_rows == 0


def test_page_views_of_whole_visits_can_be_grouped_by_entry_page(database):
    store(database, [*views("/a", "/b", "/c"), *views("/a")])
    query = Query(1, MARCH_10, (PAGEVIEWS, EVENTS), (dimensions.ENTRY_PAGE,), counts_whole_visits=True)

    assert [("/a", 4, 4)] == lines(run(database, query, privacy=DEFAULT))
