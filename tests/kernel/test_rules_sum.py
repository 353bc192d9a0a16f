"""Sums and products over integer ranges, written out for small ranges and compared."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel.terms import Big, Prod

ZERO, ONE = sp.Integer(0), sp.Integer(1)
x, y = k.Sym("x"), k.Sym("y")
i, n, m = (k.Sym(name, "int") for name in "inm")
w, v = k.Sym("w", "fam:real"), k.Sym("v", "fam:real")
X = k.Sym("X", "random")
RANGE = (k.Le(ZERO, i), k.Lt(i, n))


def written(term: sp.Expr) -> sp.Expr:
    """A term with its sums and products over numbers written out."""
    if isinstance(term, (Big, Prod)):
        body, index, lo, hi = term.args
        members = [written(body.xreplace({index: sp.Integer(q)})) for q in range(int(lo), int(hi))]
        return sp.Add(*members) if isinstance(term, Big) else sp.Mul(*members)
    return term.func(*map(written, term.args)) if term.args else term


@given(st.integers(-2, 3), st.integers(0, 4), st.integers(-3, 3), st.integers(0, 2))
def test_linear_sums_are_right_when_written_out(lo, length, a, power) -> None:
    body = a * i**power * w(i) + x * v(i) + 3 * i + y + 2
    total = Big(body, i, sp.Integer(lo), sp.Integer(lo + length))
    thm = k.sum_linear(total)
    assert sp.expand(written(thm.concl.lhs) - written(thm.concl.rhs)) == 0


@given(st.integers(-2, 3), st.integers(1, 4))
def test_a_step_of_a_range_is_right_when_written_out(lo, length) -> None:
    for binder in (Big, Prod):
        term = binder(w(i) + i, i, sp.Integer(lo), sp.Integer(lo + length))
        thm = k.range_step(term)
        assert sp.expand(written(thm.concl.lhs) - written(thm.concl.rhs)) == 0


@given(st.integers(-3, 3))
def test_empty_ranges(lo) -> None:
    for binder, kind in ((Big, "sum"), (Prod, "product")):
        thm = k.range_empty(w(i), i, sp.Integer(lo), kind)
        assert written(thm.concl.lhs) == thm.concl.rhs
        with pytest.raises(ProofError, match="is not shown"):
            k.range_step(binder(w(i), i, sp.Integer(lo), sp.Integer(lo)))


def test_sums_of_inequalities() -> None:
    every = k.assume(k.ForAll(i, RANGE, k.Lt(w(i), v(i))))
    # A sum of strict inequalities is not strict: the range may be empty.
    assert k.sum_mono(every).concl == k.Le(Big(w(i), i, ZERO, n), Big(v(i), i, ZERO, n))
    equal = k.assume(k.ForAll(i, RANGE, k.Eq(w(i), v(i))))
    assert isinstance(k.sum_mono(equal).concl, k.Eq)
    assert k.sum_mono(every).hyps == {every.concl}


@pytest.mark.parametrize(
    "formula",
    [
        k.Le(w(0), v(0)),
        k.ForAll(x, (k.Le(ZERO, x), k.Lt(x, n)), k.Le(x, y)),
        k.ForAll(i, (k.Lt(i, n),), k.Le(w(i), v(i))),
        k.ForAll(i, (k.Le(ZERO, i), k.Le(i, n)), k.Le(w(i), v(i))),
        k.ForAll(i, (*RANGE, k.Le(ONE, w(i))), k.Le(w(i), v(i))),
        k.ForAll(i, (k.Le(ZERO, i), k.Lt(2 * i, n)), k.Le(w(i), v(i))),
        k.ForAll(i, RANGE, k.Measurable(w(i), k.Sym("F", "sigma"))),
    ],
)
def test_what_is_no_inequality_over_a_range(formula: k.Formula) -> None:
    with pytest.raises(ProofError):
        k.sum_mono(k.assume(formula))


def test_a_range_of_reals_is_none() -> None:
    formula = k.ForAll(i, (k.Le(x, i), k.Lt(i, n)), k.Le(w(i), v(i)))
    with pytest.raises(InputError):
        k.sum_mono(k.assume(formula))


def test_a_sum_in_one_case() -> None:
    case = k.suppose(k.Le(ZERO, X))
    bound = k.certificate(k.Le(ZERO, X + w(i) ** 2), [(1, case)], [w(i) ** 2])
    with pytest.raises(ProofError, match="in every case"):
        k.sum_mono(k.generalise(bound, i, *RANGE))


def test_linearity_needs_a_sum_and_a_linear_body() -> None:
    with pytest.raises(ProofError, match="is not a sum"):
        k.sum_linear(x)
    with pytest.raises(ProofError, match="is not a sum"):
        k.sum_linear(Prod(w(i), i, ZERO, n))
    with pytest.raises(ProofError, match="denominator"):
        k.sum_linear(Big(1 / (1 + w(i) ** 2), i, ZERO, n), facts=[_positive()])
    with pytest.raises(ProofError, match="not a sum or product"):
        k.range_step(x)


def _positive() -> k.Theorem:
    return k.generalise(k.certificate(k.Lt(ZERO, 1 + w(i) ** 2), [], [ONE, w(i) ** 2]), i)


def test_a_product_of_equal_factors() -> None:
    every = k.assume(k.ForAll(i, RANGE, k.Eq(w(i), x)))
    facts = [k.assume(k.Lt(ZERO, n)), k.assume(k.Lt(ZERO, x))]
    thm = k.constant_product(every, facts=facts)
    assert thm.concl == k.Eq(Prod(w(i), i, ZERO, n), x**n)
    for few in (facts[:1], facts[1:]):
        with pytest.raises(ProofError, match="must be positive"):
            k.constant_product(every, facts=few)
    for wrong in (
        k.ForAll(i, RANGE, k.Eq(w(i), v(i))),
        k.ForAll(i, (k.Le(ONE, i), k.Lt(i, n)), k.Eq(w(i), x)),
        k.ForAll(i, (k.Le(ZERO, i), k.Le(i, n)), k.Eq(w(i), x)),
        k.ForAll(i, RANGE, k.Le(w(i), x)),
        k.ForAll(i, (k.Le(ZERO, i),), k.Eq(w(i), x)),
    ):
        with pytest.raises(ProofError):
            k.constant_product(k.assume(wrong), facts=facts)
