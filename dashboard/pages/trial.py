"""Test a visit: would it be counted, and which rule decides?"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, template
from dashboard.pages.forms import Form
from dashboard.pages.reasons import wording
from dashboard.pages.settings import site_of
from dashboard.services import services
from schema.exclusions.matchers import ExclusionError
from schema.exclusions.rules import Exclusion
from schema.exclusions.what_if import Trial, TrialResult
from schema.people.users import Session
from schema.sites.sites import Site


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    sentence: str
    notes: list[str]
    steps: list[tuple[str, str]]  # rule, "Yes" if it matches


class HitForm(Form, frozen=True):
    """A visit to test."""

    address: str
    user_agent: str
    page_host: str
    path: str
    referrer: str
    headers: str  # one a line


def show(request: Request, session: Session) -> Response:
    """Show the form."""
    return _page(request, session, site_of(request), forms.empty(HitForm))


def run(request: Request, session: Session) -> Response:
    """Show what would happen to a visit."""
    site = site_of(request)
    form = forms.posted(request, HitForm)
    try:
        result = services(request).rules.simulate(_trial(site, form))
    except ExclusionError as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    return _page(request, session, site, form, outcome=_outcome(result))


def _trial(site: Site, form: HitForm) -> Trial:
    lines = [line.partition(":") for line in form.headers.splitlines() if ":" in line]
    return Trial(
        site.id,
        address=form.address.strip(),
        user_agent=form.user_agent.strip(),
        page_host=form.page_host.strip() or site.host,
        path=form.path.strip() or "/",
        referrer=form.referrer.strip(),
        headers={name.strip(): value.strip() for name, _, value in lines},
    )


def _outcome(result: TrialResult) -> TrialOutcome:
    notes = []
    if result.would_be_by:
        notes.append(_("The rule %(name)s, in dry run, would exclude it.", name=_named(result.would_be_by)))
    if result.country:
        notes.append(_("The country of the address is %(country)s.", country=figures.country(result.country)))
    steps = [(_named(step.exclusion), _("Yes") if step.matches else _("No")) for step in result.steps]
    return TrialOutcome(_sentence(result), notes, steps)


def _sentence(result: TrialResult) -> str:
    if result.excluded_by:
        return _("Not counted: the rule %(name)s excludes it.", name=_named(result.excluded_by))
    if result.reason:
        reason = wording(result.reason).title
        return _("Not counted, but not because of a rule: %(reason)s.", reason=reason[:1].lower() + reason[1:])
    if result.kept_by:
        return _("Counted: the rule %(name)s keeps it.", name=_named(result.kept_by))
    return _("Counted: no rule matches.")


def _named(exclusion: Exclusion) -> str:
    note = exclusion.rule.note
    described = language.of(exclusion.sentence)
    return _("“%(note)s” (%(rule)s)", note=note, rule=described) if note else _("“%(rule)s”", rule=described)


def _page(
    request: Request,
    session: Session,
    site: Site,
    entry: HitForm,
    *,
    outcome: TrialOutcome | None = None,
    problem: str = "",
) -> Response:
    return template.page(
        "trial",
        session=session,
        site=site,
        entry=entry,
        outcome=outcome,
        problem=problem,
        own_user_agent=request.headers.get("user-agent", ""),
    )
