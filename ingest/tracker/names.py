"""What the name of a script asks for: the words in script.hash.outbound-links.js are features of it."""

import re

TAG = frozenset({"tag", "auto", "developer"})
SITE = frozenset(
    {"site", "init", "auto", "developer", "clicks"}
    | {"tagged-events", "outbound-links", "file-downloads", "form-submissions"}
)
MODULE = SITE - {"site"} | {"module"}
EXTENSIONS = frozenset(
    {"hash", "outbound-links", "exclusions", "compat", "local", "manual", "file-downloads", "pageview-props"}
    | {"tagged-events", "revenue", "pageleave"}
)
# Features that the name of a script for tags turns on or off.
OPTIONS = (EXTENSIONS | TAG | {"clicks"}) - {"tag", "local", "manual", "revenue", "pageleave"}

_CLICKS = frozenset({"outbound-links", "file-downloads", "tagged-events"})
_WITHOUT = {"manual": "auto", "local": "developer"}
_NAME = re.compile(r"(?:plausible|script|analytics)((?:\.[a-z-]+)*)\.js")


def features(name: str) -> frozenset[str] | None:
    """Return the features of the script of a name; None where there is no such script.

    The order of extensions does not matter. What `revenue` and `pageleave` ask for, every script does.
    """
    found = _NAME.fullmatch("plausible.js" if name == "p.js" else name)
    extensions = frozenset(found[1].split(".")[1:]) if found else None
    if extensions is None or not extensions <= EXTENSIONS:
        return None
    asked = extensions - {"revenue", "pageleave"} - _WITHOUT.keys()
    missing = {_WITHOUT[extension] for extension in extensions & _WITHOUT.keys()}
    return TAG - missing | asked | ({"clicks"} if asked & _CLICKS else set())
