"""Error pages: what went wrong, and what to do about it."""

from starlette.responses import HTMLResponse

from dashboard.pages import template

# Status -> heading, and one sentence on what to do.
_TEXTS = {
    400: ("Bad request", "Go back, reload the page and try again."),
    403: ("Form rejected", "The form is out of date or came from another site. Reload the page and try again."),
    404: ("Page not found", "Check the address, or choose a site from the list of sites."),
    405: ("Action not allowed", "Go back to the list of sites and start from there."),
    413: ("Text too long", "Go back, shorten your text and try again."),
    500: ("Internal error", "Reload the page. If that does not help, check the server's log."),
    503: (
        "Statistics are unavailable",
        "ClickHouse does not answer. Reload in a minute, or check the server's log. Sillage still records visits.",
    ),
}
_OTHER = ("Something went wrong", "Go back, reload the page and try again.")


def without_control(reason: str) -> HTMLResponse:
    """Return the page for a control file that can't be written or read. reason: a sentence."""
    advice = f"{reason} Try again later, or contact the administrator of this server."
    return template.page("error", session=None, status=503, heading="Settings are unavailable", advice=advice)


def page(status: int) -> HTMLResponse:
    """Return the page for an HTTP status."""
    heading, advice = _TEXTS.get(status, _OTHER)
    return template.page("error", session=None, status=status, heading=heading, advice=advice)
