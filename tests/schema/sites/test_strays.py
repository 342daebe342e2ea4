from schema.sites.strays import Strays


def test_at_first_nothing_has_arrived():
    assert (0, {}) == (Strays().script_loads, dict(Strays().hits))
