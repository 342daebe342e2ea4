import time

import pytest

from schema.sites import sites
from scripts.config import loading
from scripts.console.control_file import opened
from scripts.console.errors import Refusal


def test_a_control_file_is_made_and_opened_again(data_dir):
    settings = loading.load({"data_dir": str(data_dir)})
    with opened(settings) as control:
        sites.add(control, "example.org", timezone="UTC", now=time.time())
    with opened(settings) as control:
        domains = [site.domain for site in sites.list_all(control, now=time.time())]

    assert ["example.org"] == domains
    assert (data_dir / "control.sqlite3").exists()


def test_a_file_that_cannot_be_opened_is_a_refusal_that_names_it(data_dir):
    (data_dir / "control.sqlite3").mkdir(parents=True)

    with pytest.raises(Refusal, match=r"control\.sqlite3"), opened(loading.load({"data_dir": str(data_dir)})):
        pass
