"""P13 to P15: accounts, the yearly review, and the country of the data."""

from datetime import date

from schema.privacy import reviews
from schema.privacy.audits import Finding
from schema.privacy.profile import DAYS_A_MONTH
from schema.sites.sites import Site
from scripts.audit.subject import Subject, green, listed, red, yellow
from scripts.config import residence

DAY_S = 86_400
_DELETED_WITHIN_S = 2 * DAY_S  # after their time, while the server runs


def unused_accounts_are_deleted(subject: Subject) -> Finding:
    """P13: accounts that nobody uses are deleted. The last account always stays."""
    months = subject.settings.account_months
    if not months:
        return yellow(
            "P13",
            "Accounts that nobody uses are kept for ever. Set account_months, or check the list of `sillage privacy "
            "people`.",
        )
    before = subject.now - months * DAYS_A_MONTH * DAY_S - _DELETED_WITHIN_S
    if unused := sum(used_at < before for used_at in sorted(subject.accounts)[:-1]):
        return red(
            "P13",
            "Accounts without a sign-in for %(months)d months that were not deleted: %(count)d. A running server "
            "deletes them.",
            months=months,
            count=unused,
        )
    return green("P13", "Accounts without a sign-in for %(months)d months are deleted.", months=months)


def is_reviewed(subject: Subject) -> Finding:
    """P14: the last yearly review of every site was at most a year ago."""
    due = [
        site.domain
        for site in subject.sites
        if reviews.is_due(site, added=_added(subject, site), today=subject.today(site))
    ]
    if due:
        return yellow(
            "P14",
            "The yearly review is due for %(sites)s. Afterwards, run `sillage privacy set --reviewed`.",
            sites=listed(due),
        )
    return green("P14", "No yearly review is due.")


def country_is_declared(subject: Subject) -> Finding:
    """P15: the countries of data and backups are declared, and in the European Economic Area."""
    settings = subject.settings
    countries = [country for country in (settings.data_country, settings.backup_country) if country]
    if not settings.data_country:
        return yellow("P15", "The country of the data is not declared. Set data_country and data_host.")
    if outside := sorted({country for country in countries if not residence.is_in_eea(country)}):
        return red(
            "P15", "Data or backups are outside the European Economic Area: %(countries)s.", countries=listed(outside)
        )
    return green(
        "P15",
        "Data and backups are in the European Economic Area: %(countries)s.",
        countries=listed(sorted(set(countries))),
    )


def _added(subject: Subject, site: Site) -> date:
    return site.day_of(subject.added.get(site.id, 0))
