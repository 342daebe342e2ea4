"""The cookie of a browser that is not to be counted: of staff who left it out, and of visitors who opted out.

It has one value for everybody, so it tells nobody apart. No script can read it; ordinary visitors never get it.
"""

COOKIE = "sillage_opt_out"
VALUE = "1"
MAX_AGE_S = 396 * 86_400  # 13 months
# Where its pages are: below the collector's path, so that a proxy that passes on the one passes on the others.
PAGES = "/api/event"
OPT_OUT = f"{PAGES}/opt-out"
DEVICE = f"{PAGES}/device"
CHECK = f"{PAGES}/check"
