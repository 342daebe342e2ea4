"""What the running server answers to `sillage mail preview`, on its own socket: the mail with a report."""

from collections.abc import Callable
from http import HTTPStatus

import msgspec

from dashboard import language
from dashboard.mail import compose
from dashboard.mail.letter import Letter
from dashboard.services import Services
from schema.mail.subscriptions import Kind
from schema.sites import sites
from schema.stores.database import ClickHouseError, DatabaseUnavailableError, QueryLimitError

PATH = "/mail/"


def of_server(services: Services) -> Callable[[str], tuple[HTTPStatus, bytes]]:
    """Return what answers KIND/LANGUAGE/DOMAIN with the mail, as JSON."""

    def answer(name: str) -> tuple[HTTPStatus, bytes]:
        kind, _, rest = name.partition("/")
        code, _, domain = rest.partition("/")
        site = sites.by_domain(services.control, domain, now=services.clock())
        if kind not in set(Kind) or code not in language.NAMES or site is None:
            return _failure(HTTPStatus.NOT_FOUND, "The running server does not know this site or report.")
        try:
            letter: Letter = compose.of_site(services, site, Kind(kind), code=code)
        except (ClickHouseError, DatabaseUnavailableError, QueryLimitError):
            return _failure(HTTPStatus.SERVICE_UNAVAILABLE, "ClickHouse does not answer. Try again later.")
        return HTTPStatus.OK, msgspec.json.encode({"subject": letter.subject, "text": letter.text, "html": letter.html})

    return answer


def _failure(status: HTTPStatus, message: str) -> tuple[HTTPStatus, bytes]:
    return status, msgspec.json.encode({"error": message})
