import itertools
from collections.abc import Mapping

import pytest

from schema.privacy.audits import State
from schema.privacy.profile import Privacy
from schema.sites.sites import Site
from scripts.audit import requests
from scripts.audit.subject import Reply
from tests.scripts.audit.subjects import a_process, a_subject, with_body, with_cookie, with_header, without_header

PROOFS = (
    requests.mark_no_device,
    requests.serve_the_built_script,
    requests.honor_signals,
    requests.honor_the_opt_out,
    requests.offer_the_opt_out,
    requests.offer_to_forget,
)
OPT_OUT = "/api/event/opt-out"


def counting(fetch):
    """Return a server that gives each browser a cookie of its own."""
    numbers = itertools.count()

    def changed(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        return with_cookie(fetch, "=1;", f"={next(numbers)};")(method, path, headers, body)

    return changed


BROKEN = [
    pytest.param(0, lambda fetch: with_header(fetch, "/js/script.js", "etag", "x"), id="an ETag of the script"),
    pytest.param(0, lambda fetch: with_header(fetch, "/api/pixel.gif", "last-modified", "x"), id="a date of the pixel"),
    pytest.param(0, lambda fetch: with_header(fetch, "/api/event", "set-cookie", "id=7"), id="a cookie of an event"),
    pytest.param(0, lambda fetch: with_header(fetch, OPT_OUT, "set-cookie", "id=7"), id="a cookie without a choice"),
    pytest.param(1, lambda fetch: with_body(fetch, "/js/script.js", b"=>", b"=> "), id="another script"),
    pytest.param(2, lambda fetch: without_header(fetch, "sec-gpc"), id="a signal that is not read"),
    pytest.param(3, lambda fetch: without_header(fetch, "cookie"), id="an opt-out that is not read"),
    pytest.param(4, lambda fetch: with_body(fetch, OPT_OUT, b'lang="fr"', b'lang="de"'), id="no French page"),
    pytest.param(4, lambda fetch: with_cookie(fetch, "; HttpOnly", ""), id="a cookie that scripts can read"),
    pytest.param(4, counting, id="a cookie of its own for each browser"),
    pytest.param(5, lambda fetch: with_body(fetch, OPT_OUT, b'value="forget"', b""), id="no way to forget"),
]


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.__name__)
def test_a_healthy_server_passes(tmp_path, fetch, proof):
    assert State.GREEN is proof(a_subject(tmp_path, fetch=fetch, process=a_process())).state


@pytest.mark.parametrize(("number", "broken"), BROKEN)
def test_a_broken_server_does_not(tmp_path, fetch, number, broken):
    assert State.RED is PROOFS[number](a_subject(tmp_path, fetch=broken(fetch), process=a_process())).state


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.__name__)
def test_without_a_server_nothing_is_checked(tmp_path, proof):
    finding = proof(a_subject(tmp_path))

    assert State.YELLOW is finding.state
    assert "No server runs" in str(finding.sentence)


def test_a_signal_that_a_site_does_not_honor_is_not_expected_to_be(tmp_path, fetch):
    dnt = Site(1, "example.org", "Europe/Paris", 761, privacy=Privacy(honors_dnt=True))

    assert State.GREEN is requests.honor_signals(a_subject(tmp_path, fetch=fetch)).state
    assert State.RED is requests.honor_signals(a_subject(tmp_path, fetch=fetch, sites=[dnt])).state
