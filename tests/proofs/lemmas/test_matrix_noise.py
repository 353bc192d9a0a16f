"""L1 for matrices says what it should: finite laws of real matrices, real polar factors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.geometry import MATRIX
from proofs.lemmas.matrix_moment import F, S
from proofs.lemmas.matrix_noise import (
    ALPHA,
    GAMMA,
    L1_MATRIX,
    L1_MATRIX_POINTWISE,
    THROUGH,
    TRACE,
    G,
    M,
    O,
)
from signcheck import kernel as k
from signcheck import registry
from signcheck.kernel.terms import Nuc
from tests.proofs.matrix_model import MatrixModel

STATEMENT = L1_MATRIX.statement
BUDGET = 40


def output(matrix: np.ndarray, rng: np.random.Generator, spread: float) -> np.ndarray:
    """A matrix with the singular vectors of another and singular values in [1/2, 1/2 + spread]."""
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    sizes = 0.5 + spread * rng.random(values.size)
    return (left * np.where(values > 1e-12, sizes, 0.0)) @ right


def member(seed: int, shape: tuple[int, int], spread: float) -> MatrixModel:
    """Fair and skewed laws; the rows are in the basis in which E N N^T is diagonal."""
    rng = np.random.default_rng(seed)
    atoms = int(rng.integers(2, 5))
    if rng.random() < 0.5:
        # A mean that the noise just masks, with probability 1/2, in every direction.
        center, atoms = rng.normal(size=shape), 2
        drawn, weights = [-1e-6 * center, (2 + 1e-6) * center], np.array([0.5, 0.5])
    else:
        drawn = [rng.normal(size=shape) for _ in range(atoms)]
        weights = rng.dirichlet(np.ones(atoms))
    mean = sum(p * g for p, g in zip(weights, drawn, strict=True))
    second = sum(p * (g - mean) @ (g - mean).T for p, g in zip(weights, drawn, strict=True))
    sizes, basis = np.linalg.eigh(second)
    drawn, mean = [basis.T @ g for g in drawn], basis.T @ mean
    roots = np.sqrt(np.maximum(sizes, 0.0))
    values = {M: mean, S: lambda n: float(roots[n])}
    out = [output(g, rng, spread) for g in drawn]
    values |= {
        GAMMA: max(float(MATRIX.dual(o)) for o in out),
        ALPHA: min(float(np.vdot(g, o) / MATRIX.norm(g)) for g, o in zip(drawn, out, strict=True)),
    }
    return MatrixModel(shape, list(weights), values, {G: drawn, O: out}, {F: [0] * atoms})


SHAPES = st.sampled_from([(1, 1), (1, 3), (2, 2), (3, 2), (3, 3)])


@given(st.integers(0, 10**6), SHAPES, st.sampled_from([0.0, 0.5]))
def test_l1_holds_wherever_its_hypotheses_do(seed, shape, spread) -> None:
    model = member(seed, shape, spread)
    for name, hypothesis in STATEMENT.hypotheses.items():
        assert model.holds(hypothesis), name
    assert model.holds(STATEMENT.conclusion)


COST = ALPHA * Nuc(M) - THROUGH
FALSE = {
    "2 % less": k.Le(COST, sp.Rational(49, 50) * GAMMA * TRACE),
    "alpha in place of gamma squared": k.Le(COST, ALPHA * GAMMA * TRACE),
    "no bias": k.Le(ALPHA * Nuc(M), GAMMA * TRACE),
    "the converse": k.Le(GAMMA * TRACE, COST),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_variant_is_refuted_in_the_same_budget(name: str) -> None:
    found = [member(seed, (2, 2), 0.0) for seed in range(BUDGET)]
    assert any(not model.holds(FALSE[name]) for model in found)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("mean", {M: np.ones((2, 2))}),
        ("second moment", {S: lambda _: 0.0}),
        ("S >= 0", {S: lambda _: -9.0}),
        ("|O|_op <= gamma", {GAMMA: 1e-3}),
        ("alignment", {ALPHA: 99.0}),
    ],
)
def test_each_hypothesis_sees_what_it_is_named_after(name: str, change: dict[Any, Any]) -> None:
    seen = 0
    for seed in range(BUDGET):
        model = member(seed, (2, 2), 0.0)
        changed = replace(model, values={**model.values, **change})
        broken = {n for n, h in STATEMENT.hypotheses.items() if not changed.holds(h)}
        seen += name in broken and not changed.holds(STATEMENT.conclusion)
    assert seen


@given(st.integers(0, 10**6), SHAPES)
def test_the_pointwise_form_holds(seed, shape) -> None:
    model = member(seed, shape, 0.5)
    assert all(model.holds(h) for h in L1_MATRIX_POINTWISE.statement.hypotheses.values())
    assert model.holds(L1_MATRIX_POINTWISE.statement.conclusion)


def test_the_second_moment_is_an_order_of_matrices_and_not_of_rows() -> None:
    """A noise whose rows are correlated meets the bound row by row, but not as a quadratic form."""
    both = np.array([[1.0], [1.0]])
    values = {M: np.zeros((2, 1)), S: lambda _: 1.0, ALPHA: 1.0, GAMMA: 1.0}
    model = MatrixModel((2, 1), [0.5, 0.5], values, {G: [both, -both]}, {F: [0, 0]})
    assert not model.holds(STATEMENT.hypotheses["second moment"])
    wider = replace(model, values={**values, S: lambda _: 2**0.5})
    assert wider.holds(STATEMENT.hypotheses["second moment"])


LEMMAS = ["L0-matrix", "L0-matrix-gap", "L1-matrix", "L1-matrix-pointwise"]


@pytest.mark.parametrize("theorem_id", LEMMAS)
def test_a_matrix_lemma_holds_on_its_members_and_is_tight_on_one(theorem_id) -> None:
    theory = registry.load(theorem_id)
    ratios = []
    for item in theory.runs:
        left, right = item.sides(theory.statement)
        assert left <= right * (1 + 1e-12)
        ratios.append(left / right)
    assert max(ratios) > 1 - 1e-5
    assert min(ratios) < 0.9
