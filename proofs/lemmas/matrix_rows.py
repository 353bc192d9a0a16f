"""The order of Loewner row by row: E N N^T <= Diag(size)**2 bounds the second moment of every row.

The quadratic form at a weight that is 1 in one row and 0 elsewhere. Source: elementary; used for
L1 and for the batch in place of the operator monotone square root.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO, I, left, right, unfold
from proofs.lemmas.matrix import J, across, in_row, summed_across
from signcheck import kernel as k
from signcheck.kernel.terms import ROWS, Big, Ex, Ind
from signcheck.proof import Premise, Proof

ONE = sp.Integer(1)
ROW, AT = k.Sym("l", "int"), k.Sym("n", "int")
WEIGHT, SIZE = k.Sym("c", "fam:real"), k.Sym("s", "fam:real")
MEMBER, NOISE = k.Sym("a", "fam:random"), k.Sym("N", "fam:random")
F = k.Sym("F", "sigma")


def loewner(noise: sp.Expr, size: sp.Expr, given: sp.Expr) -> k.Formula:
    """E[N N^T | given] <= Diag(size)**2, for N(l, j) and size(l) of the free row l and column j."""
    mixed = across(Big(WEIGHT(ROW) * noise, ROW, ZERO, ROWS) ** 2)
    bound = Big(WEIGHT(ROW) ** 2 * size**2, ROW, ZERO, ROWS)
    return k.ForAll(WEIGHT, (), k.Le(Ex(mixed, given), bound))


def one_at(row: sp.Expr) -> sp.Expr:
    """1 if row == i, else 0."""
    return Ind(row - I) * Ind(I - row)


# ---------------------------------------------------------------- one row out of a sum


def _claim(n: sp.Expr) -> k.Eq:
    total = Big(one_at(ROW) * MEMBER(ROW), ROW, ZERO, n)
    return k.Eq(total, Ind(n - 1 - I) * MEMBER(I))


def _grown(p: Proof, known: k.Theorem) -> k.Theorem:
    """One more member: the new row n lies above, at or below i."""
    step = p.range_step(_claim(AT + 1).lhs)
    before, here, after = Ind(AT - 1 - I), Ind(AT - I), Ind(I - AT)
    first, last = MEMBER(I), MEMBER(AT)

    def goal(q: Proof, sizes: Mapping[sp.Expr, sp.Expr], *more: Premise) -> k.Theorem:
        values = [(m, q.function_value(v)) for v, m in sizes.items()]
        return q.linear(_claim(AT + 1), step, known, *values, *more)

    def later(q: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Lt):
            q = q.having(q.linear(k.Le(ZERO, AT - 1 - I), q.integer_gap(case)))
            return goal(q, {here: -first, before: first, after: here * last})
        q = q.having(q.linear(k.Lt(ZERO, 1 + I - AT), case, slack=[ONE]))
        same = unfold(last, q.antisymmetry(case, q.facts[-3]), p=q)
        return goal(q, {before: first, after: here * last}, (here, same))

    def either(q: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return q.split(k.Le(AT, I), k.Lt(I, AT), later)
        q = q.having(q.linear(k.Lt(ZERO, 1 + I - AT), case, slack=[ONE]))
        return goal(q, {here: after * last - first, before: first})

    return p.split(k.Le(I, AT), k.Lt(AT, I), either)


@cache
def picked() -> k.Theorem:
    """For all i < rows: sum over l < rows of 1{l == i} a(l) == a(i)."""
    p = in_row(Proof())
    low, high = p.facts
    q = p.having(p.linear(k.Lt(ZERO, 1 + I), low, slack=[ONE]))
    empty = q.range_empty(one_at(ROW) * MEMBER(ROW), ROW, ZERO, "sum")
    base = q.linear(_claim(ZERO), empty, (MEMBER(I), q.function_value(Ind(-1 - I))))
    known, later = p.assume(_claim(AT)), p.assume(k.Le(ZERO, AT))
    step = _grown(p.having(later), known)
    whole = p.induction(base, step, AT, ZERO, None, label="one row is picked")
    last = p.integer_gap(high)
    rows = p.linear(k.Le(ZERO, ROWS), last, low, slack=[ONE])
    q = p.having(p.linear(k.Le(ZERO, ROWS - 1 - I), last), rows)
    here = q.instantiate(whole, ROWS)
    one = q.function_value(Ind(ROWS - 1 - I))
    return q.linear(k.Eq(left(here), MEMBER(I)), here, (MEMBER(I), one))


# ---------------------------------------------------------------- the form at one row


@cache
def row_of_form() -> k.Theorem:
    """E N N^T <= Diag(s)**2, i < rows |- E[sum over j of N(i, j)**2 | F] <= s(i)**2."""
    p = in_row(Proof())
    form = p.assume(loewner(NOISE(ROW, J), SIZE(ROW), F))
    here = p.instantiate(form, ((ROW,), one_at(ROW)))
    row = p.specialise(picked(), {MEMBER: ((ROW,), NOISE(ROW, J))})
    square = p.linear(
        k.Eq(NOISE(I, J) ** 2, left(row) ** 2), (-left(row) - NOISE(I, J), row), label="one row"
    )
    taken = p.expect_mono(summed_across(p, square), F)
    bound = _size_of_row(p, right(here))
    goal = k.Le(Ex(across(NOISE(I, J) ** 2), F), SIZE(I) ** 2)
    return p.linear(goal, taken, here, bound)


def _size_of_row(p: Proof, total: sp.Expr) -> k.Theorem:
    """sum over l of 1{l == i}**2 s(l)**2 == s(i)**2."""
    weight = one_at(ROW) * SIZE(ROW) ** 2
    row = p.specialise(picked(), {MEMBER: ((ROW,), weight)})
    one = p.function_value(Ind(ZERO))
    square = one_at(I) * SIZE(I) ** 2
    value = p.linear(k.Eq(square, SIZE(I) ** 2), (SIZE(I) ** 2 * (Ind(ZERO) + 1), one))
    return p.linear(k.Eq(total, SIZE(I) ** 2), row, value)
