import time

import pytest

from schema.sites import imports, sites
from schema.sites.imports import ImportRefusedError, ImportResult

RESULT = ImportResult("2026", 10, 2, ((3, "no time"), (5, "no name")))


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="UTC", now=time.time())


def test_a_new_import_begins_with_no_chunk(control, site):
    assert (0, None) == imports.begin(control, site, "2026", content="a")


def test_an_import_goes_on_after_the_chunks_that_are_written(control, site):
    imports.begin(control, site, "2026", content="a")
    imports.advance(control, site, "2026", chunks=3)

    assert (3, None) == imports.begin(control, site, "2026", content="a")


def test_a_first_chunk_that_may_be_written_is_marked(control, site):
    imports.begin(control, site, "2026", content="a")
    imports.begin_writing(control, site, "2026")
    assert (-1, None) == imports.begin(control, site, "2026", content="a")

    imports.advance(control, site, "2026", chunks=2)
    imports.begin_writing(control, site, "2026")
    assert (2, None) == imports.begin(control, site, "2026", content="a")


def test_a_finished_import_returns_its_result_again(control, site):
    imports.begin(control, site, "2026", content="a")
    imports.finish(control, site, RESULT, now=1_780_000_000)
    _, result = imports.begin(control, site, "2026", content="a")

    assert result == ImportResult("2026", 10, 2, RESULT.problems, is_repeated=True)


def test_another_file_under_the_same_id_is_rejected(control, site):
    imports.begin(control, site, "2026", content="a")

    with pytest.raises(ImportRefusedError, match="2026"):
        imports.begin(control, site, "2026", content="b")


def test_the_same_id_on_another_site_is_another_import(control, site):
    other = sites.add(control, "other.example", timezone="UTC", now=time.time())
    imports.begin(control, site, "2026", content="a")

    assert (0, None) == imports.begin(control, other, "2026", content="b")
