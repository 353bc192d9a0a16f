"""The l_oo-to-l1 norm: exact where promised, enclosed beyond, not certified for a black box."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hardinstances.errors import InputError
from signcheck.pep import smoothness as module
from signcheck.pep.smoothness import KRIVINE, smoothness_of_matrix, smoothness_of_quadratic
from signcheck.pep.smoothness_torch import certified_bound_of_function, sampled_lower_bound

entries = st.floats(-10, 10, allow_nan=False, width=32)
matrices = hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=entries)


def by_hand(matrix: np.ndarray) -> Fraction:
    """Every sign vector in exact rationals."""
    rows = [[Fraction(x) for x in row] for row in matrix.tolist()]
    return max(
        sum(abs(sum(x * s for x, s in zip(row, signs, strict=True))) for row in rows)
        for signs in itertools.product((1, -1), repeat=matrix.shape[1])
    )


@given(matrices)
def test_enumeration_is_exact(matrix: np.ndarray) -> None:
    found = smoothness_of_matrix(matrix)
    assert found.exact
    assert found.lower == by_hand(matrix)


@given(matrices)
def test_the_relaxation_encloses_the_norm_within_krivine(matrix: np.ndarray) -> None:
    exact = by_hand(matrix)
    found = smoothness_of_matrix(matrix, enumerate_up_to=0)
    assert found.lower <= exact <= found.upper
    assert found.upper <= exact * Fraction(KRIVINE) * (1 + Fraction(1, 10**4))


@given(matrices, st.integers(0, 10**6))
def test_no_pair_of_points_breaks_the_constant(matrix: np.ndarray, seed: int) -> None:
    square = matrix[: min(matrix.shape), : min(matrix.shape)]
    constant = smoothness_of_quadratic(square).value
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, len(square)))
    change = (square + square.T) / 2 @ (x - y)
    assert np.abs(change).sum() <= constant * np.abs(x - y).max() * (1 + 1e-12)


@pytest.mark.parametrize("shape", [(24, 24), (30, 13), (13, 40)])
def test_up_to_24_signs_are_exact(shape: tuple[int, int]) -> None:
    matrix = np.random.default_rng(5).standard_normal(shape)
    found = smoothness_of_matrix(matrix)
    assert found.exact
    assert found.method == "enumeration"
    signs = np.array(found.signs)
    assert np.abs(matrix @ signs).sum() == pytest.approx(found.value, rel=1e-12)
    relaxed = smoothness_of_matrix(matrix, enumerate_up_to=0)
    assert relaxed.lower <= found.lower <= relaxed.upper


@pytest.mark.parametrize(
    ("matrix", "value"),
    [
        (np.eye(7), 7),
        (np.ones((5, 5)), 25),
        (np.zeros((3, 4)), 0),
        (np.diag([1.0, -2.0, 3.0]), 6),
        (np.array([[1.0, 1.0], [1.0, -1.0]]), 2),
    ],
)
def test_known_norms(matrix: np.ndarray, value: int) -> None:
    assert smoothness_of_matrix(matrix).lower == smoothness_of_matrix(matrix).upper == value


def test_the_relaxation_of_a_diagonal_matrix_is_tight() -> None:
    found = smoothness_of_matrix(np.diag(np.arange(1.0, 41.0)))
    assert found.method == "semidefinite relaxation"
    assert found.lower == 820 <= found.upper <= 820 * (1 + Fraction(1, 10**6))
    assert found.ratio_limit == math.pi / 2


def test_a_small_scale_and_many_ties_do_no_harm() -> None:
    third = np.full((6, 6), 1 / 3) * 2.0**-300
    assert smoothness_of_matrix(third).lower == by_hand(third)
    # 2^15 optimal sign vectors that the integer grid cannot tell apart: an enclosure remains.
    tied = np.diag([1.0 + 2.0**-52, *[1 / 3] * 15])
    tied[0, 1] = 2.0**-60
    found = smoothness_of_matrix(tied)
    assert found.lower <= found.upper <= found.lower * (1 + Fraction(1, 10**12))


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((0, 3)),
        np.zeros(3),
        np.array([[math.nan]]),
        np.array([[1.0, math.inf]]),
        "abc",
        np.zeros((1, 501)),
    ],
)
def test_bad_input_never_yields_a_number(matrix: object) -> None:
    with pytest.raises(InputError):
        smoothness_of_matrix(matrix)  # type: ignore[arg-type]


def test_more_bad_input() -> None:
    with pytest.raises(InputError, match="square"):
        smoothness_of_quadratic(np.ones((2, 3)))
    with pytest.raises(InputError, match="restarts"):
        smoothness_of_matrix(np.eye(2), restarts=0)
    with pytest.raises(InputError, match="enumerate_up_to"):
        smoothness_of_matrix(np.eye(2), enumerate_up_to=30)


def test_a_symmetrised_quadratic() -> None:
    skew = np.array([[1.0, 4.0], [-4.0, 1.0]])
    assert smoothness_of_quadratic(skew).value == 2.0
    assert smoothness_of_matrix(skew).value == 8.0


def test_a_certified_bound_of_a_function_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be had from samples"):
        certified_bound_of_function(torch.sin)


def test_a_sampled_bound_is_labelled_and_below_the_truth() -> None:
    matrix = torch.tensor([[2.0, -1.0, 0.5], [-1.0, 1.0, 0.0], [0.5, 0.0, 3.0]]).double()
    center = torch.zeros(3, dtype=torch.float64)
    found = sampled_lower_bound(lambda x: x @ matrix @ x / 2, center)
    truth = smoothness_of_quadratic(matrix.numpy()).value
    assert found.label == "sampled lower bound"
    assert 0.99 * truth <= found.value <= truth * (1 + 1e-9)
    again = sampled_lower_bound(lambda x: x @ matrix @ x / 2, center)
    assert again == found
    assert sampled_lower_bound(lambda x: x.sum(), center).value == 0
    logistic = sampled_lower_bound(lambda x: torch.log1p(x.exp()).sum(), center, samples=200)
    assert 0.7 <= logistic.value <= 0.75 + 1e-9


def test_a_function_that_cannot_be_sampled_is_refused() -> None:
    center = torch.zeros(2, dtype=torch.float64)
    with pytest.raises(InputError, match="one number"):
        sampled_lower_bound(lambda x: x, center)
    with pytest.raises(InputError, match="nan"):
        sampled_lower_bound(lambda x: (x * math.nan).sum(), center)
    with pytest.raises(InputError, match="samples"):
        sampled_lower_bound(torch.sum, center, samples=0)
    with pytest.raises(InputError, match="center"):
        sampled_lower_bound(torch.sum, torch.zeros(2, dtype=torch.int64))


def test_the_list_of_candidates_is_what_makes_it_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.random.default_rng(3).standard_normal((5, 5)) / 3
    monkeypatch.setattr(module, "BITS", 4)
    assert smoothness_of_matrix(matrix).lower == by_hand(matrix)
    monkeypatch.setattr(module, "CANDIDATES", 0)
    rough = smoothness_of_matrix(matrix)
    assert rough.lower <= by_hand(matrix) <= rough.upper
    assert not rough.exact
