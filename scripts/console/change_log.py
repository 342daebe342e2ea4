"""Changes of settings by commands, in the audit log."""

import time

from schema.exclusions import audit
from schema.sentence import Sentence
from schema.sites.sites import Site
from schema.stores.control import Control


def record(control: Control, site: Site, change: str, **values: str) -> None:
    """Log a change that a command has just made. change: a sentence with the names of values."""
    sentence = Sentence(change, values)
    audit.record(control, site_id=site.id, who=audit.COMMAND_LINE, change=sentence, now=time.time())
