"""The box under the chart: conversions, funnels, properties and journeys, each in a tab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.pages.report import conversions, funnel_box, journeys_box, left_out, properties_box
from dashboard.pages.report.boxes import Tab
from dashboard.pages.report.conversions import Conversions
from dashboard.pages.report.funnel_box import FunnelTab
from dashboard.pages.report.journeys_box import JourneysTab
from dashboard.pages.report.properties_box import PropertiesTab
from dashboard.pages.report.view import View
from dashboard.services import Services
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Result, Row
from dashboard.stats.reports.property_keys import property_keys
from schema.measures import custom_props, funnels
from schema.measures.funnels import Funnel
from schema.measures.goals import Goal

_TITLES = {
    "conversions": later("Conversions"),
    "funnels": later("Funnels"),
    "properties": later("Properties"),
    "journeys": later("Journeys"),
}


@dataclass(frozen=True, slots=True)
class GoalsBox:
    """The box with one open tab; the other tabs are None."""

    tabs: list[Tab]
    funnel_hint: bool  # offer to create a funnel
    conversions: Conversions | None = None
    funnel: FunnelTab | None = None
    properties: PropertiesTab | None = None
    journeys: JourneysTab | None = None
    refusal: str = ""  # why the open tab has no numbers


def questions(view: View, goals: Sequence[Goal]) -> dict[str, Query]:
    """Return the queries of the open tab by name, if they can be asked together with those of the page."""
    if left_out.GOALS in view.left_out:
        return {}
    match view.tab("goals"):
        case "conversions":
            return conversions.questions(view, goals)
        case "journeys":
            return {"journey_pages": journeys_box.question(view)}
    return {}


def goals_box(
    services: Services,
    view: View,
    goals: Sequence[Goal],
    answers: Mapping[str, tuple[Row, ...]],
    *,
    visitors: float,
    refusals: Mapping[str, str] = MappingProxyType({}),
) -> GoalsBox | None:
    """Return the box, or None if a shared link leaves it out.

    answers: those to `questions`. visitors: of the whole period. refusals: why questions have no answer, by name.
    """
    if left_out.GOALS in view.left_out:
        return None
    site_funnels = funnels.list_all(services.control, view.site.id)
    tabs, hint = _tabs(view, site_funnels), bool(goals) and not site_funnels
    match view.tab("goals"):
        case "funnels":
            return GoalsBox(tabs, hint, funnel=funnel_box.funnel_tab(services.database, view, site_funnels))
        case "properties":
            listed = custom_props.list_all(services.control, view.site.id)
            keys = property_keys(
                services.database,
                view.site.id,
                view.period,
                privacy=view.site.privacy,
                filters=view.nodes,
                allowed=[prop.key for prop in listed],
            )
            ask = partial(_ask, services, view)
            names = {prop.key: prop.label for prop in listed if prop.label}
            tab = properties_box.properties_tab(ask, view, keys, visitors=visitors, names=names)
            return GoalsBox(tabs, hint, properties=tab)
        case "journeys":
            pages = answers.get("journey_pages", ())
            return GoalsBox(tabs, hint, journeys=journeys_box.journeys_tab(services.database, view, goals, pages))
        case _ if refusal := refusals.get("goals") or refusals.get("event_names"):
            return GoalsBox(tabs, hint, refusal=refusal)
        case _:
            return GoalsBox(tabs, hint, conversions=conversions.conversions(view, goals, answers))


def for_guests(box: GoalsBox) -> GoalsBox:
    """Return a box without what only people who may change settings can use."""
    shown = replace(box.conversions, offers=[]) if box.conversions else None
    return replace(box, funnel_hint=False, conversions=shown)


def _ask(services: Services, view: View, query: Query) -> Result:
    return services.ask(query, view.site.privacy)


def _tabs(view: View, site_funnels: Sequence[Funnel]) -> list[Tab]:
    """Return the tabs. Funnels are one if there are any, or if the URL asks for them."""
    is_open = view.tab("goals")
    names = [name for name in view.tabs("goals") if name != "funnels" or site_funnels or is_open == "funnels"]
    return [Tab(_(_TITLES[name]), f"{view.url(drop=['all'], goals=name)}#goals", name == is_open) for name in names]
