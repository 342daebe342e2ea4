"""Try a visit: which rule would keep it out, if any?"""

from collections import defaultdict
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from dashboard.pages import template
from dashboard.pages.reasons import wording
from dashboard.pages.settings import site_of
from schema.exclusions.condition import ExclusionError
from schema.exclusions.rules import Exclusion
from schema.exclusions.what_if import Finding, Trial
from schema.sites.sites import Site
from schema.sites.users import Session


@dataclass(frozen=True, slots=True)
class Outcome:
    sentence: str
    notes: list[str]
    steps: list[tuple[str, str]]  # rule, whether it is true


def show(request: Request, session: Session) -> Response:
    """Show the form."""
    return _page(request, session, site_of(request), {})


def ask(request: Request, session: Session) -> Response:
    """Show what would become of a visit."""
    site = site_of(request)
    form: dict[str, str] = request.state.form
    try:
        found = request.app.state.rules.simulate(_trial(site, form))
    except ExclusionError as error:
        return _page(request, session, site, form, problem=str(error), status=422)
    return _page(request, session, site, form, outcome=_outcome(found))


def _trial(site: Site, form: dict[str, str]) -> Trial:
    lines = [line.partition(":") for line in form.get("headers", "").splitlines() if ":" in line]
    return Trial(
        site.id,
        address=form.get("address", "").strip(),
        user_agent=form.get("user_agent", "").strip(),
        page_host=form.get("page_host", "").strip() or site.domain,
        path=form.get("path", "").strip() or "/",
        headers={name.strip(): value.strip() for name, _, value in lines},
    )


def _outcome(found: Finding) -> Outcome:
    notes = []
    if found.would_be_by:
        notes.append(f"The rule {_named(found.would_be_by)} would keep it out, but is only being tried.")
    if found.country:
        notes.append(f"The country of the address is {found.country}.")
    return Outcome(
        _sentence(found), notes, [(_named(step.exclusion), "Yes" if step.is_true else "No") for step in found.steps]
    )


def _sentence(found: Finding) -> str:
    if found.excluded_by:
        return f"Not counted: the rule {_named(found.excluded_by)} keeps it out."
    if found.reason:
        return f"Not counted, though no rule says so: {wording(found.reason).title.lower()}."
    if found.kept_by:
        return f"Counted: the rule {_named(found.kept_by)} says so."
    return "Counted: no rule is true of it."


def _named(found: Exclusion) -> str:
    return f"“{found.rule.note}” ({found.described})" if found.rule.note else f"“{found.described}”"


def _page(
    request: Request,
    session: Session,
    site: Site,
    entry: dict[str, str],
    *,
    outcome: Outcome | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    return template.page(
        "trial",
        session=session,
        status=status,
        site=site,
        entry=defaultdict(str, entry),
        outcome=outcome,
        problem=problem,
        own_user_agent=request.headers.get("user-agent", ""),
    )
