"""The features in the name of a tracker script, such as script.hash.outbound-links.js."""

import re

TAG = frozenset({"tag", "auto", "developer", "top"})
SITE = frozenset(
    {"site", "init", "auto", "developer", "clicks"}
    | {"tagged-events", "outbound-links", "file-downloads", "form-submissions"}
)
MODULE = SITE - {"site"} | {"module"}
EXTENSIONS = frozenset(
    {"hash", "outbound-links", "exclusions", "compat", "local", "manual", "frames", "file-downloads", "pageview-props"}
    | {"tagged-events", "revenue", "pageleave"}
)
# Features that the name of a script of kind `tag` turns on or off.
OPTIONS = (EXTENSIONS | TAG | {"clicks"}) - {"tag", "local", "manual", "frames", "revenue", "pageleave"}

_CLICKS = frozenset({"outbound-links", "file-downloads", "tagged-events"})
_WITHOUT = {"manual": "auto", "local": "developer", "frames": "top"}
_NAME = re.compile(r"(?:plausible|script|analytics)((?:\.[a-z-]+)*)\.js")


def features(name: str) -> frozenset[str] | None:
    """Return the features of a script, None if there is no script of that name.

    The order of extensions does not matter. Every script has `revenue` and `pageleave`.
    """
    match = _NAME.fullmatch("plausible.js" if name == "p.js" else name)
    extensions = frozenset(match[1].split(".")[1:]) if match else None
    if extensions is None or not extensions <= EXTENSIONS:
        return None
    added = extensions - {"revenue", "pageleave"} - _WITHOUT.keys()
    removed = {_WITHOUT[extension] for extension in extensions & _WITHOUT.keys()}
    return TAG - removed | added | ({"clicks"} if added & _CLICKS else set())
