"""P4: no answer about an exempt site isolates fewer than ten visitors, however many questions are asked."""

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.privacy.small_counts import MUTATIONS, Attacker, a_site_with_drops

# A failing attack names its seed. Smaller seeds are not simpler.
PATIENT: Any = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.generate],
}


@pytest.fixture(scope="module")
def site(tmp_path_factory, engine):
    return a_site_with_drops(tmp_path_factory.mktemp("exempt"), engine, Random(4))


@pytest.mark.parametrize("protection", MUTATIONS)
def test_the_attack_succeeds_without_one_of_the_protections(site, monkeypatch, protection):
    mutation = MUTATIONS[protection]
    monkeypatch.setattr(mutation.owner, mutation.name, mutation.value)

    assert any(Attacker(site, Random(seed)).learns() for seed in range(6))


@settings(max_examples=5, **PATIENT)
@given(seed=st.integers(0, 2**32))
def test_an_attacker_learns_nothing_about_fewer_than_ten_visitors(site, seed):
    Attacker(site, Random(seed)).attack()


@settings(max_examples=2, **PATIENT)
@given(seed=st.integers(0, 2**32))
def test_nor_on_any_other_site(tmp_path_factory, engine, seed):
    pick = Random(seed)

    Attacker(a_site_with_drops(tmp_path_factory.mktemp("exempt"), engine, pick), pick).attack()
