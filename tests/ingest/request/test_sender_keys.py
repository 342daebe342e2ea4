import pytest

from ingest.request.sender_keys import SenderKeys
from schema.sites.keys import Key, Scope, hash_of
from schema.sites.sites import FormerDomain, Site

SITE = Site(1, "example.org", "UTC", 761, former_domains=(FormerDomain("former.example", 2_000_000_000),))
EVERYWHERE, OF_SITE, OF_REMOVED, OTHERWISE = "sillage_everywhere", "sillage_site", "sillage_removed", "sillage_other"


def a_key(key: str, site_id: int | None, *scopes: Scope) -> Key:
    return Key(1, key, hash_of(key.encode()), scopes, site_id)


KEYS = SenderKeys(
    [
        a_key(EVERYWHERE, None, Scope.SEND_EVENTS),
        a_key(OF_SITE, 1, Scope.SEND_EVENTS),
        a_key(OF_REMOVED, 2, Scope.SEND_EVENTS),
        a_key(OTHERWISE, None),
    ],
    [SITE],
)


@pytest.mark.parametrize(
    ("authorization", "domains", "is_covered"),
    [
        pytest.param(f"Bearer {EVERYWHERE}", ["example.org", "any.example"], True, id="a key for every site"),
        pytest.param(f"bearer  {EVERYWHERE} ", ["example.org"], True, id="written otherwise"),
        pytest.param(f"Bearer {OF_SITE}", ["example.org"], True, id="a key of a site, for it"),
        pytest.param(f"Bearer {OF_SITE}", ["former.example"], True, id="a key of a site, under its former domain"),
        pytest.param(f"Bearer {OF_SITE}", ["other.example"], False, id="a key of a site, for another"),
        pytest.param(f"Bearer {OF_SITE}", ["example.org", "other.example"], False, id="for another beside it"),
        pytest.param(f"Bearer {OF_REMOVED}", ["removed.example"], False, id="a key of a site that is gone"),
        pytest.param(f"Bearer {OTHERWISE}", ["example.org"], False, id="a key for something else"),
        pytest.param("Bearer sillage_unknown", ["example.org"], False, id="an unknown key"),
        pytest.param(f"Bearer {EVERYWHERE}x", ["example.org"], False, id="a key and more"),
        pytest.param(f"Bearer {EVERYWHERE[:-1]}", ["example.org"], False, id="less than a key"),
        pytest.param("Bearer", ["example.org"], False, id="no key"),
        pytest.param(f"Basic {EVERYWHERE}", ["example.org"], False, id="another scheme"),
        pytest.param(EVERYWHERE, ["example.org"], False, id="no scheme"),
        pytest.param("", ["example.org"], False, id="nothing"),
        pytest.param("Bearer \xff", ["example.org"], False, id="no text"),
    ],
)
def test_a_key_covers_what_it_was_made_for(authorization, domains, is_covered):
    assert KEYS.cover(authorization.encode("latin-1"), domains) == is_covered
    assert not SenderKeys().cover(authorization.encode("latin-1"), domains)
