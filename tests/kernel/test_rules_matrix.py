"""Points read as matrices: each rule against real matrices, and against abuse."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError, ProofError
from hardinstances.geometry import MATRIX, polar_map
from signcheck import kernel as k
from signcheck.kernel import samplers
from signcheck.kernel.terms import COLUMNS, DIM, ROWS, Big, En, Inner, Nuc, Op, Pol, Sgn, sort_of

ZERO = sp.Integer(0)
a = k.Sym("a")
u, v = k.Sym("u", "rvector"), k.Sym("v", "rvector")
x, family = k.Sym("x", "vector"), k.Sym("g", "fam:rvector")
i, j = k.Sym("i", "int"), k.Sym("j", "int")
REFUSED = (ProofError, InputError)
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 4))


def matrices(shape: tuple[int, int], seed: int, number: int) -> list[np.ndarray]:
    """Random matrices, every third one rank deficient, every fourth one zero."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        matrix = rng.normal(size=shape)
        if rng.random() < 1 / 3:
            matrix[0] = 0.0
        found.append(matrix if rng.random() < 3 / 4 else np.zeros(shape))
    return found


def number(term: sp.Expr, values: dict[sp.Expr, np.ndarray], at: dict[sp.Expr, int]) -> float:
    """A term at concrete matrices and indices."""
    if isinstance(term, Big):
        body, index, lo, hi = term.args
        shape = next(iter(values.values())).shape
        top = {ROWS: shape[0], COLUMNS: shape[1]}[hi]
        return sum(number(body, values, {**at, index: n}) for n in range(int(lo), top))
    if isinstance(term, En):
        return float(matrix(term.args[0], values)[at[term.args[1]], at[term.args[2]]])
    if isinstance(term, Inner):
        return float(np.vdot(*(matrix(t, values) for t in term.args)))
    if isinstance(term, (Nuc, Op)):
        norm = MATRIX.norm if isinstance(term, Nuc) else MATRIX.dual
        return float(norm(matrix(term.args[0], values)))
    if not term.args:
        return float(term)
    return float(term.func(*(number(t, values, at) for t in term.args)))


def matrix(term: sp.Expr, values: dict[sp.Expr, np.ndarray]) -> np.ndarray:
    if term in values:
        return values[term]
    if isinstance(term, Pol):
        return np.asarray(polar_map(matrix(term.args[0], values)))
    if isinstance(term, sp.Add):
        return sum(matrix(t, values) for t in term.args)
    scale, inside = term.as_coeff_Mul()
    return float(scale) * matrix(inside, values)


@given(SHAPES, st.integers(0, 10**6))
def test_every_rule_holds_for_matrices(shape, seed) -> None:
    values = dict(zip((u, v), matrices(shape, seed, 2), strict=True))
    body = k.row_below_norm(u).concl.body
    facts = [
        k.by_entries(u, v).concl,
        k.by_entries(u - 2 * v, Pol(u)).concl,
        k.spectral_scale(sp.Rational(-3, 2), u).concl,
        k.trace_duality(u, v).concl,
        k.trace_duality(u, Pol(v)).concl,
        k.polar_pairing(u).concl,
        k.polar_size(u - v).concl,
        *(body for _ in range(shape[0])),
    ]
    for place, fact in enumerate(facts):
        at = {i: place % shape[0]}
        left, right = (number(t, values, at) for t in fact.terms())
        room = 1e-9 * (1 + abs(right))
        assert left <= right + room
        assert isinstance(fact, k.Le) or left >= right - room


@given(SHAPES, st.integers(0, 10**6))
def test_entries_of_a_combination(shape, seed) -> None:
    values = dict(zip((u, v), matrices(shape, seed, 2), strict=True))
    fact = k.coordinate(En(u - 3 * v + Pol(u), i, j)).concl
    left, right = (number(t, values, {i: 0, j: shape[1] - 1}) for t in fact.terms())
    assert left == pytest.approx(right, abs=1e-9)


def test_what_rests_on_trace_duality_says_so() -> None:
    for thm in (k.trace_duality(u, v), k.polar_pairing(u), k.polar_size(u)):
        assert thm.axioms == {"trace duality"}
    for thm in (k.by_entries(u, v), k.row_below_norm(u), k.spectral_scale(a, u)):
        assert not thm.axioms


def test_the_rows_are_those_of_the_matrix() -> None:
    every = k.row_below_norm(u)
    assert every.concl.guards == (k.Le(ZERO, i), k.Lt(i, ROWS))
    with pytest.raises(ProofError, match="is not shown"):
        k.instantiate(every, j)


def test_points_that_mention_an_index_are_refused() -> None:
    with pytest.raises(ProofError, match="mentions the index"):
        k.by_entries(u, family(i))
    with pytest.raises(ProofError, match="mentions the index"):
        k.by_entries(family(j), u)
    with pytest.raises(ProofError, match="mentions the index"):
        k.row_below_norm(family(i))


def test_terms_without_a_value_or_sort_are_refused() -> None:
    with pytest.raises(REFUSED):
        k.spectral_scale(1 / a, u)
    with pytest.raises(REFUSED):
        k.spectral_scale(u, v)
    with pytest.raises(REFUSED):
        k.trace_duality(u / a, v)
    with pytest.raises(REFUSED):
        k.trace_duality(a, v)
    with pytest.raises(REFUSED):
        k.polar_pairing(u / a)
    with pytest.raises(REFUSED):
        k.polar_size(a)
    with pytest.raises(REFUSED):
        k.by_entries(u, a)


def test_shape_and_sorts() -> None:
    assert sort_of(Nuc(x)) == sort_of(Op(x)) == sort_of(En(x, i, j)) == "real"
    assert sort_of(Pol(x)) == "vector"
    for wrong in (Nuc(a), En(x, a, j), En(x, i), Pol(Nuc(x))):
        with pytest.raises(InputError):
            sort_of(wrong)
    for name in (ROWS, COLUMNS):
        with pytest.raises(REFUSED):
            k.specialise(k.row_below_norm(u), {name: sp.Integer(1)})
    assert k.sign_fact(k.Le(0, Nuc(x) + Op(x))).concl == k.Le(0, Nuc(x) + Op(x))
    with pytest.raises(ProofError):
        k.sign_fact(k.Le(0, En(x, i, j)))


def test_the_polar_factor_of_what_is_known_is_known() -> None:
    given_f = k.Sym("F", "sigma")
    held = k.assume(k.Measurable(u, given_f))
    assert k.known(En(Pol(u), i, j) * Nuc(u) + Op(u), given_f, facts=[held])
    with pytest.raises(ProofError, match="is not shown to be known"):
        k.known(Nuc(u - v), given_f, facts=[held])


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_the_sampler_draws_matrices_with_the_singular_values_that_it_states(seed, n) -> None:
    random = Random(seed)
    values = [sp.Rational(random.randint(0, 8), 8) for _ in range(n)]
    drawn = np.array(samplers._matrix(random, values), dtype=float)
    found = np.linalg.svd(drawn, compute_uv=False)
    np.testing.assert_allclose(found, sorted(map(float, values), reverse=True), atol=1e-12)


# ---------------------------------------------------------------- from coordinates to matrices

t, T, B = k.Sym("t", "int"), k.Sym("T", "int"), k.Sym("B", "int")
eta, level = k.Sym("eta"), k.Sym("c")
X, U, GRAD = (k.Sym(name, "fam:rvector") for name in "xug")
RX, RU, RG = (k.Sym(name, "fam:random") for name in "xug")
NOW = (k.Le(ZERO, t),)
STEPS = {
    "polar": (X(t) - eta * Pol(GRAD(t)), RX(t) - eta * sp.sign(RG(t))),
    "plain": (X(t) - eta * GRAD(t), RX(t) - eta * RG(t)),
}


def method(step: sp.Expr, position: k.Sym = X, slope: k.Sym = U, batch: sp.Expr = B) -> k.Dynamics:
    rules = (k.ForAll(t, NOW, k.Eq(position(t + 1), step)),)
    return k.Dynamics("M", position, slope, rules, batch)


def attained(step: sp.Expr, value: sp.Expr = level) -> k.Theorem:
    """Assumed: what ``embed`` does with a claim does not depend on how it was proved."""
    flat = k.Dynamics("m", RX, RU, (k.ForAll(t, NOW, k.Eq(RX(t + 1), step)),), B)
    return k.assume(k.Attained(k.Sym("L"), k.Sym("D"), (k.Sym("s"),), flat, T, value, sure=False))


@pytest.mark.parametrize("name", STEPS)
def test_a_method_that_acts_on_the_diagonal_keeps_the_level(name: str) -> None:
    matrix_step, step = STEPS[name]
    thm = attained(step)
    found = k.embed(thm, method(matrix_step))
    assert found.concl.matrices
    assert found.concl.terms() == thm.concl.terms()
    assert found.concl.dynamics == method(matrix_step)
    assert found.hyps == thm.hyps
    assert "|grad f(x_t)|_*" in str(found.concl)
    assert found.concl != thm.concl


def test_a_method_that_does_something_else_on_the_diagonal_is_refused() -> None:
    sign, plain = (attained(STEPS[name][1]) for name in ("polar", "plain"))
    other, m = k.Sym("y", "fam:rvector"), k.Sym("m", "fam:rvector")
    for thm, wrong in (
        (sign, STEPS["plain"][0]),
        (plain, STEPS["polar"][0]),
        (sign, X(t) - 2 * eta * Pol(GRAD(t))),
        (sign, X(t) + eta * Pol(GRAD(t))),
        (sign, X(t) - eta * Pol(GRAD(t + 1))),
        (sign, other(t) - eta * Pol(GRAD(t))),
    ):
        with pytest.raises(ProofError, match="on diagonal matrices"):
            k.embed(thm, method(wrong))
    with pytest.raises(ProofError, match="not the batch mean"):
        k.embed(sign, method(X(t) - eta * Pol(m(t))))
    with pytest.raises(ProofError, match="not the batch mean"):
        k.embed(sign, method(X(t) - eta * Pol(X(t) + GRAD(t))))
    with pytest.raises(ProofError, match="neither linear"):
        k.embed(sign, method(X(t) - eta * Sgn(GRAD(t))))
    with pytest.raises(ProofError, match="on diagonal matrices"):
        k.embed(sign, method(STEPS["polar"][0], batch=B + 1))
    with pytest.raises(ProofError, match="on diagonal matrices"):
        k.embed(sign, method(STEPS["polar"][0], slope=other))


def test_a_scalar_family_may_not_pose_as_a_diagonal() -> None:
    """x(t) as a number times a matrix is no diagonal entry of anything."""
    thm = attained(RX(t) - eta * RX(t) * RG(t))
    with pytest.raises(ProofError, match="not one of random matrices"):
        k.embed(thm, method(X(t) - eta * RX(t) * GRAD(t)))
    norm = attained(RX(t) - eta * RG(t))
    with pytest.raises(ProofError, match="on diagonal matrices"):
        k.embed(norm, method(X(t) - eta * Nuc(GRAD(t)) * GRAD(t)))


def test_only_a_claim_about_coordinates_that_names_no_dimension_is_embedded() -> None:
    matrix_step, step = STEPS["polar"]
    once = k.embed(attained(step), method(matrix_step))
    with pytest.raises(ProofError, match="not about coordinates"):
        k.embed(once, method(matrix_step))
    with pytest.raises(ProofError, match="not about coordinates"):
        k.embed(k.assume(k.Le(0, level)), method(matrix_step))
    for constant in (DIM, ROWS, COLUMNS):
        with pytest.raises(ProofError, match="symbol of your own"):
            k.embed(attained(step, level * constant), method(matrix_step))


@given(SHAPES, st.integers(0, 10**6))
def test_what_the_embedding_rests_on(shape, seed) -> None:
    """Norms and polar factors of diagonal matrices, and the diagonal of any."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=min(shape)) * (rng.random(min(shape)) < 0.7)
    square = np.zeros(shape)
    np.fill_diagonal(square, values)
    assert MATRIX.norm(square) == pytest.approx(np.abs(values).sum(), abs=1e-12)
    np.testing.assert_allclose(np.diagonal(polar_map(square)), np.sign(values), atol=1e-12)
    assert np.abs(polar_map(square)).sum() == pytest.approx(np.abs(np.sign(values)).sum())
    anything = rng.normal(size=shape)
    assert np.abs(np.diagonal(anything)).max() <= MATRIX.dual(anything) + 1e-12
