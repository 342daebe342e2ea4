"""Pages for what went wrong: what it is, and what to do about it."""

from starlette.responses import HTMLResponse

from dashboard.pages import template

# Status -> heading, and one sentence on what to do.
_WORDS = {
    400: ("That request makes no sense", "Go back, reload the page and try again."),
    403: (
        "That form can't be used",
        "It is out of date or came from elsewhere: go back, reload the page and try again.",
    ),
    404: ("Nothing here", "Check the address, or pick a site from the list of sites."),
    405: ("That can't be done here", "Go back to the list of sites and start from there."),
    413: ("That is too much text", "Go back, shorten what you entered and try again."),
    500: ("Internal error", "Reload the page; if it stays, the server's log says what happened."),
    503: (
        "The numbers can't be read right now",
        "ClickHouse does not answer: reload in a minute, or look at the server's log. Visits are still being taken in.",
    ),
}


def without_control(reason: str) -> HTMLResponse:
    """Return the page for a control file that can't be written or read. reason: a sentence."""
    advice = f"{reason} Try again later; whoever runs this server can mend it."
    return template.page("error", session=None, status=503, heading="That can't be stored right now", advice=advice)


def page(status: int) -> HTMLResponse:
    """Return the page for an HTTP status."""
    heading, advice = _WORDS.get(status, ("That did not work", "Go back, reload the page and try again."))
    return template.page("error", session=None, status=status, heading=heading, advice=advice)
