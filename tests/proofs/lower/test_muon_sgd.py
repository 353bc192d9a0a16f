"""T7: its level is that of T3 with one noisy coordinate, and SGD on matrices stays above it."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import hardinstances
from hardinstances.errors import InputError
from hardinstances.geometry import MATRIX
from hardinstances.rng import Stream
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T
from proofs.lower.muon import RANK
from proofs.lower.muon_sgd import MATRIX_SGD, SIGMA, STATEMENT, T7
from proofs.lower.sgd import T3
from signcheck import kernel as k

NUMBERS = {"L": 1.0, "Delta": 1.0, "eta": 0.1, "T": 200, "B": 2, "delta": 0.3}


def level(sigma: float, rank: int, **numbers: float) -> float:
    """The level that the theorem states, in floating point."""
    claim = STATEMENT.conclusion
    assert isinstance(claim, k.Attained)
    symbols = {"L": L, "Delta": DELTA, "eta": ETA, "T": T, "B": B, "delta": DELTA_SHARE}
    values = {symbols[name]: sp.Float(x) for name, x in numbers.items()}
    return float(claim.level.xreplace({**values, SIGMA: sp.Float(sigma), RANK: sp.Integer(rank)}))


@given(st.floats(0.05, 1.0), st.integers(2, 30), st.floats(0.1, 0.9))
def test_the_level_is_that_of_one_noisy_coordinate(sigma: float, rank: int, delta: float) -> None:
    numbers = {**NUMBERS, "delta": delta}
    assert T3.bound is not None
    spread = [sigma, *[0.0] * (rank - 1)]
    found = T3.bound.value(**numbers, sigma=spread, k=1)
    assert level(sigma, rank, **numbers) == pytest.approx(found, rel=1e-9)


def test_the_bound_is_the_level_and_bad_numbers_give_none() -> None:
    assert T7.bound is not None
    found = T7.bound.value(**NUMBERS, sigma=[0.5, 0.1, 0.0, 0.0])
    assert found == pytest.approx(level(0.5, 4, **NUMBERS), rel=1e-9)
    for wrong, why in (
        ({"sigma": [0.0, 0.0]}, "one that is not zero"),
        ({"sigma": [1.0]}, "two singular values"),
        ({"sigma": [0.5, 0.0], "Delta": 1e-9}, "exceeded"),
        ({"sigma": [0.5, 0.0], "eta": 3.0}, "stepsize"),
    ):
        with pytest.raises(InputError, match=why):
            T7.bound.value(**{**NUMBERS, **wrong})


def test_the_claim_is_about_matrices_and_plain_steps() -> None:
    claim = T7.theorem.concl
    assert isinstance(claim, k.Attained)
    assert claim.matrices
    assert claim.dynamics == MATRIX_SGD
    assert "polar" not in str(claim.dynamics)


@pytest.mark.parametrize("shape", [{}, {"rotation": 4}])
def test_sgd_on_matrices_stays_above_the_level(shape: dict[str, int]) -> None:
    copies, sigma = 400, [0.5, 0.0, 0.0, 0.0]
    instance = hardinstances.make("sgd-noise-floor-matrix", **NUMBERS, sigma=sigma, k=1, **shape)
    wanted = level(0.5, 4, **NUMBERS)
    assert instance.level_value == pytest.approx(wanted, rel=1e-6)
    x, rng = np.tile(instance.x0, (copies, 1, 1)), Stream(2)
    for _ in range(60):
        norms = MATRIX.norm(instance.grad(x))
        assert norms.mean() >= wanted - 4 * norms.std() / copies**0.5
        x = x - NUMBERS["eta"] * instance.oracle(x, NUMBERS["B"], rng)


def test_more_singular_values_make_sgd_slower_in_proportion() -> None:
    """At the level eps the number of steps grows like r - 1."""
    few, many = (level(1e-6, rank, **{**NUMBERS, "T": 10**7}) for rank in (2, 101))
    assert many / few == pytest.approx(10, rel=0.02)
