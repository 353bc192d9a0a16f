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
from signcheck.kernel.terms import COLUMNS, ROWS, Big, En, Inner, Nuc, Op, Pol, sort_of

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
