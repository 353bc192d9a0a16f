"""T7: its levels are those of T3 on the singular values, and SGD on matrices stays above them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hardinstances
from hardinstances.errors import InputError, ProofError
from hardinstances.geometry import MATRIX
from hardinstances.rng import Stream
from proofs.lower.dynamics import SGD
from proofs.lower.muon import RANK
from proofs.lower.muon_sgd import (
    MATRIX_SGD,
    STATEMENT,
    T7,
    T7_RAMPS,
    T7_UNSTABLE,
    on_coordinates,
)
from proofs.lower.sgd import T3
from proofs.lower.sgd_instance import N
from proofs.lower.sgd_quiet import T3_RAMPS, T3_UNSTABLE
from signcheck import kernel as k
from signcheck.kernel.terms import DIM
from signcheck.simulate import methods
from signcheck.simulate.law import exact_law

NUMBERS = {"L": 1.0, "Delta": 1.0, "eta": 0.1, "T": 200, "B": 2, "delta": 0.3}
SPECTRUM = [0.5, 0.3, 0.1, 0.0, 0.0, 0.0]
PAIRS = ((T7, T3), (T7_RAMPS, T3_RAMPS), (T7_UNSTABLE, T3_UNSTABLE))


@given(
    st.lists(st.floats(0.05, 1.0), min_size=1, max_size=5), st.integers(1, 20), st.floats(0.1, 0.9)
)
def test_the_level_is_that_of_t3_on_the_singular_values(
    noisy: list[float], quiet: int, delta: float
) -> None:
    numbers = {**NUMBERS, "Delta": 10.0, "delta": delta, "sigma": [*noisy, *[0.0] * quiet]}
    for chosen in ({}, {"k": len(noisy)}):
        assert T7.bound.evaluate(**numbers, **chosen) == T3.bound.evaluate(**numbers, **chosen)


def test_the_keys_are_those_of_t3_and_both_levels_are_there() -> None:
    assert dict(T7.bound.keys) == dict(T3.bound.keys)
    assert T7.bound.evaluate(**NUMBERS, sigma=SPECTRUM).parameters["k"] in (1, 2, 3)
    quiet = {**NUMBERS, "sigma": [0.0] * 6}
    expected = math.sqrt(1 / (0.1 * 199 / 6 + 1 / 2))
    assert T7.bound.evaluate(**quiet).variant == "no noise"
    assert T7.bound.value(**quiet) == pytest.approx(expected, rel=1e-12)
    plain = {name: quiet[name] for name in T7_RAMPS.bound.keys}
    assert T7_RAMPS.bound.value(**plain) == pytest.approx(expected, rel=1e-12)
    assert T7_UNSTABLE.bound.value(L=2.0, Delta=3.0, eta=1.0) == pytest.approx(math.sqrt(12))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"sigma": [1.0]}, "T7 need two"),
        ({"sigma": SPECTRUM, "Delta": 1e-9}, "exceeded"),
        ({"sigma": SPECTRUM, "eta": 30.0, "delta": 0.1, "k": 1}, "below 2"),
        ({"sigma": SPECTRUM, "k": 4}, "only 3 entries"),
        ({"sigma": SPECTRUM, "k": 0}, "at least 1"),
        ({"sigma": SPECTRUM, "delta": 1.5}, "delta"),
    ],
)
def test_bad_numbers_give_none(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=why):
        T7.bound.value(**{**NUMBERS, **wrong})


@pytest.mark.parametrize(("theory", "vector"), PAIRS, ids=lambda theory: theory.id)
def test_the_claim_is_that_of_t3_about_matrices_and_plain_steps(theory: Any, vector: Any) -> None:
    claim, old = theory.theorem.concl, vector.theorem.concl
    assert isinstance(claim, k.Attained)
    assert claim.matrices
    assert not old.matrices
    assert claim.dynamics == MATRIX_SGD
    assert "polar" not in str(claim.dynamics)
    # r counts singular values where d counted coordinates.
    assert claim.level == old.level.xreplace({DIM: RANK})
    assert not claim.free() & {DIM}


def test_any_number_of_noisy_values_is_covered() -> None:
    claim = STATEMENT.conclusion
    assert isinstance(claim, k.Attained)
    assert claim.level.has(N)
    assert [total.args[-1] for total in claim.noise] == [N, RANK - N]


def test_the_embedding_does_not_confuse_entries_with_singular_values() -> None:
    """T3 itself counts entries: the rule refuses to put it on the diagonal."""
    with pytest.raises(ProofError, match="symbol of your own"):
        k.embed(T3.theorem, MATRIX_SGD)
    assert on_coordinates(STATEMENT).conclusion.dynamics == SGD


def test_a_level_for_one_more_ramp_is_not_proved() -> None:
    claim = STATEMENT.conclusion
    assert isinstance(claim, k.Attained)
    larger = replace(claim, level=claim.level.xreplace({RANK: RANK + 1}))
    with pytest.raises(ProofError):
        T7.prove(STATEMENT.claiming(larger))


@pytest.mark.parametrize("shape", [{}, {"rotation": 4}, {"rotation": 4, "rows": 7, "columns": 9}])
@pytest.mark.parametrize("noisy", [1, 3])
def test_sgd_on_matrices_stays_above_the_level(shape: dict[str, int], noisy: int) -> None:
    """Runs on the matrices themselves, in float64, against the exact law and the level."""
    copies = 400
    instance = hardinstances.make(
        "sgd-noise-floor-matrix", **NUMBERS, sigma=SPECTRUM, k=noisy, **shape
    )
    wanted = T7.bound.value(**NUMBERS, sigma=SPECTRUM, k=noisy)
    assert instance.level_value == pytest.approx(wanted, rel=1e-6)
    law = exact_law(instance, methods.SGD(NUMBERS["eta"]), steps=60, batch=2)
    assert law.minimum >= wanted * (1 - 1e-9)
    x, rng = np.tile(instance.x0, (copies, 1, 1)), Stream(2)
    for t in range(60):
        norms = MATRIX.norm(instance.grad(x))
        assert abs(norms.mean() - law.mean[t]) <= 5 * norms.std() / copies**0.5 + 1e-12
        x = x - NUMBERS["eta"] * instance.oracle(x, NUMBERS["B"], rng)


def test_the_exact_law_of_signs_is_refused_for_matrices() -> None:
    """The sign of a dense matrix is not the sign of its singular values."""
    instance = hardinstances.make(
        "sgd-noise-floor-matrix", **NUMBERS, sigma=SPECTRUM, k=1, rotation=4
    )
    with pytest.raises(InputError, match="exact law of signsgd"):
        exact_law(instance, methods.SignSGD(0.1), steps=2)


def test_more_singular_values_make_sgd_slower_in_proportion() -> None:
    """At the level eps the number of steps grows like r - k."""
    numbers = {**NUMBERS, "T": 10**7, "k": 1}
    few, many = (T7.bound.value(**numbers, sigma=[1e-6, *[0.0] * (rank - 1)]) for rank in (2, 101))
    assert many / few == pytest.approx(10, rel=0.02)
