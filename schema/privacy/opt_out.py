"""The opt-out cookie, for browsers of staff and of visitors who opted out.

Its value is the same for everyone, so it identifies nobody. Scripts can't read it, and other visitors never get it.
"""

COOKIE = "sillage_opt_out"
VALUE = "1"
MAX_AGE_S = 396 * 86_400  # 13 months
# Where its pages are: below the collector's path, so that a proxy that passes on the one passes on the others.
PAGES = "/api/event"
OPT_OUT = f"{PAGES}/opt-out"
DEVICE = f"{PAGES}/device"
CHECK = f"{PAGES}/check"
