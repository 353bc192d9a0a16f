"""T8-quiet: its level is the one that the chain certifies, and runs on the chain respect it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.chain import chain
from hardinstances.errors import ProofError
from hardinstances.levels_chain import CHAIN
from proofs.assumptions import T
from proofs.lower import chain_runs
from proofs.lower.chain import T8
from proofs.lower.chain_quiet import RESPECTING, STATEMENT, STATIONARITY, T8_QUIET
from signcheck import kernel as k
from signcheck.kernel.terms import DIM
from signcheck.theory import check


def test_the_bound_is_the_level_of_the_instance() -> None:
    numbers = {"L": 3.0, "Delta": 0.25, "K": 12}
    instance = chain(**numbers)
    assert instance.level is CHAIN
    assert instance.theorem == T8_QUIET.id
    assert T8_QUIET.bound.value(**numbers) == pytest.approx(instance.level_value)
    assert T8_QUIET.theorem.axioms == frozenset()


def test_it_is_the_level_of_t8_with_no_chance_to_lose() -> None:
    """T8 loses 1 - rho, and covers (K - ln(1/rho))/2 of the K steps at p = 1."""
    numbers = {"L": 1.0, "Delta": 1.0, "K": 30}
    assert T8.bound.value(**numbers, rho=0.25) == pytest.approx(
        0.75 * T8_QUIET.bound.value(**numbers)
    )


@given(
    st.integers(2, 9),
    st.lists(st.floats(-8, 8), min_size=8, max_size=8),
    st.sampled_from(["sign", "gradient", "random"]),
)
def test_any_step_along_what_was_seen_keeps_the_level(links: int, steps, kind: str) -> None:
    """Zero-respecting by construction: a coordinate moves only once its gradient was not 0."""
    instance = chain(L=1.0, Delta=1.0, K=links)
    x, seen = np.zeros(links), np.zeros(links, dtype=bool)
    rng = np.random.default_rng(0)
    for t in range(links):
        g = instance.grad(x)
        assert np.abs(g).sum() >= instance.level_value
        assert not x[t:].any()
        seen |= g != 0
        size = steps[t % 8] * instance.width
        move = {
            "sign": np.sign(g),
            "gradient": g / np.abs(g).max(),
            "random": rng.normal(size=links),
        }
        x = x - size * np.where(seen, move[kind], 0.0)


def test_the_level_ends_with_the_chain() -> None:
    """After K steps of the right size all links are far out and the gradient is small."""
    instance = chain(L=1.0, Delta=1.0, K=6)
    x = np.zeros(6)
    for _ in range(6):
        x = x - 40 * instance.width * np.sign(instance.grad(x)) * (x == 0)
    assert np.abs(instance.grad(x)).sum() < instance.level_value


def test_the_runs_end_at_the_last_step_that_is_covered() -> None:
    for name, eta in chain_runs.QUIET.items():
        reached = chain_runs.quiet_reached(
            chain_runs.stepper(name, eta), chain_runs.QUIET_LINKS - 1
        )
        assert reached >= T8_QUIET.bound.value(L=1.0, Delta=1.0, K=chain_runs.QUIET_LINKS)


@pytest.mark.parametrize("name", ["zero-respecting", "T < d", "T >= 0", "first link"])
def test_every_hypothesis_is_needed(name: str) -> None:
    with pytest.raises(ProofError):
        check("T8-quiet", STATEMENT.without(name), T8_QUIET.prove)


def test_one_more_step_is_not_covered() -> None:
    hypotheses = {**STATEMENT.hypotheses, "T < d": k.Lt(T, DIM + 1)}
    with pytest.raises(ProofError):
        T8_QUIET.prove(type(STATEMENT)(hypotheses, STATEMENT.conclusion, STATEMENT.prepare))


def test_samples_break_what_they_say() -> None:
    found = {sample.breaks for sample in T8_QUIET.samples()}
    assert found == {"", "T < d", "zero-respecting"}
    assert all(STATIONARITY in sample.values for sample in T8_QUIET.samples())
    assert RESPECTING in STATEMENT.hypotheses.values()
