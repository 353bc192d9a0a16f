"""Flat rotations: the columns of U are uncorrelated with what the columns before them make of h.

U has D rows, columns of entries +-1/sqrt(D), and no four columns of it or fewer are correlated:
sum_r U(r, a) U(r, b) U(r, c) U(r, k) = 0 for a, b, c < k (``chain_code`` says why). Every sum is
grown column by column. Source: theory sheet, T8-flat.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO, right
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Big
from signcheck.proof import Premise, Proof

ONE = sp.Integer(1)
U, H = k.Sym("U", "fam:real"), k.Sym("h", "fam:real")
ROWS = k.Sym("D", "int")
R, COLUMN, A, B, C, LAST, N = (k.Sym(s, "int") for s in ("r", "i", "a", "b", "c", "k", "n"))


def within(i: k.Sym, high: sp.Expr) -> tuple[k.Formula, k.Formula]:
    """0 <= i < high."""
    return (k.Le(ZERO, i), k.Lt(i, high))


IN_ROWS, IN_COLUMNS = within(R, ROWS), within(LAST, DIM)


def over_rows(term: sp.Expr) -> sp.Expr:
    """Sum over the rows."""
    return Big(term, R, ZERO, ROWS)


def image(n: sp.Expr) -> sp.Expr:
    """Row r of U h with the first n columns only."""
    return Big(U(R, COLUMN) * H(COLUMN), COLUMN, ZERO, n)


def square_of(n: sp.Expr) -> sp.Expr:
    """Sum of h_i**2 over the first n columns."""
    return Big(H(COLUMN) ** 2, COLUMN, ZERO, n)


def _before(body: k.Formula, *indices: k.Sym) -> k.Formula:
    """For all k < K and all indices < k."""
    for index in reversed(indices):
        body = k.ForAll(index, within(index, LAST), body)
    return k.ForAll(LAST, IN_COLUMNS, body)


ROTATION: dict[str, k.Formula] = {
    "D >= 1": k.Le(ONE, ROWS),
    "flat entries": k.ForAll(
        R, IN_ROWS, k.ForAll(LAST, IN_COLUMNS, k.Eq(U(R, LAST) ** 2, 1 / ROWS))
    ),
    "orthogonal columns": _before(k.Eq(over_rows(U(R, A) * U(R, LAST)), ZERO), A),
    "4-wise independent rows": _before(
        k.Eq(over_rows(U(R, A) * U(R, B) * U(R, C) * U(R, LAST)), ZERO), A, B, C
    ),
}


class Columns:
    """The rotation's hypotheses, and a column k among 0 <= k < K."""

    def __init__(self) -> None:
        self.p = Proof()
        self.held = {name: self.p.given(formula) for name, formula in ROTATION.items()}

    def four(self, q: Proof, *columns: sp.Expr) -> k.Theorem:
        """sum_r U_a U_b U_c U_k == 0 for the last column k above the others."""
        return q.instantiate(self.held["4-wise independent rows"], columns[-1], *columns[:-1])

    def two(self, q: Proof, a: sp.Expr, last: sp.Expr) -> k.Theorem:
        """sum_r U_a U_k == 0."""
        return q.instantiate(self.held["orthogonal columns"], last, a)


def summed(p: Proof, n: sp.Expr, term: Callable[[sp.Expr], sp.Expr]) -> k.Theorem:
    """sum_r term(V_(n+1)) as sums over V_n and U(r, n), for 0 <= n among the facts."""
    q = p.having(*map(p.assume, IN_ROWS))
    old, new = image(n), image(n + 1)
    raised = term(old + U(R, n) * H(n))
    # A polynomial vanishes where its arguments agree: the quotient is the multiplier.
    mark = sp.Symbol("mark")
    factor = sp.cancel((term(mark) - raised) / (mark - old - U(R, n) * H(n))).xreplace({mark: new})
    grown = (factor, q.range_step(new))
    each = q.linear(k.Eq(term(new), sp.expand(raised)), grown, label="one more column")
    sums = p.sum_mono(p.generalise(each, R, *IN_ROWS))
    return p.chain(sums, p.sum_linear(right(sums)))


def flattened(p: Proof, flat: k.Theorem, weight: sp.Expr, n: sp.Expr) -> k.Theorem:
    """sum_r weight U(r, n)**2 == sum_r weight/D, for 0 <= n < K among the facts."""
    q = p.having(*map(p.assume, IN_ROWS))
    entry = (weight, q.instantiate(flat, R, n))
    each = q.linear(k.Eq(weight * U(R, n) ** 2, weight / ROWS), entry)
    sums = p.sum_mono(p.generalise(each, R, *IN_ROWS))
    return p.chain(sums, p.sum_linear(right(sums)))


def _grow(
    c: Columns,
    hold: k.Formula,
    claim: Callable[[sp.Expr], k.Relation],
    prove: Callable[[Proof, k.Theorem], k.Theorem],
    term: Callable[[sp.Expr], sp.Expr],
    known: tuple[k.Formula, ...] = (),
) -> k.Theorem:
    """Induction on the number n <= high of columns; ``hold`` is n < high."""
    assert isinstance(hold, k.Lt)
    high = hold.rhs
    p = c.p.having(*map(c.p.assume, known))
    base = p.linear(claim(ZERO), *empty(p, term))
    old, low = p.assume(claim(N)), p.assume(k.Le(ZERO, N))
    inside = p.assume(k.Lt(N + 1, high + 1))
    q = p.having(low, p.linear(hold, inside))
    ends = [q.linear(k.Lt(N, DIM), q.facts[-1], f) for f in p.facts if f.concl == k.Lt(LAST, DIM)]
    step = prove(q.having(*ends), old)
    return p.induction(base, step, N, ZERO, high + 1)


def empty(p: Proof, term: Callable[[sp.Expr], sp.Expr]) -> list[k.Theorem]:
    """sum_r term(V_0) == 0: no column, no image."""
    q = p.having(*map(p.assume, IN_ROWS))
    body = image(ZERO).args[0]
    none = q.range_empty(body, COLUMN, ZERO, "sum")
    mark = sp.Symbol("mark")
    factor = sp.cancel(term(mark) / mark).xreplace({mark: image(ZERO)})
    each = q.linear(k.Eq(term(image(ZERO)), ZERO), (factor, none))
    sums = p.sum_mono(p.generalise(each, R, *IN_ROWS))
    long = p.fact(ROTATION["D >= 1"], "D >= 1")
    room = p.having(p.linear(k.Le(ZERO, ROWS), long, slack=[ONE]))
    return [p.chain(sums, room.sum_linear(right(sums)))]


BELOW = tuple(g for i in (A, B) for g in within(i, LAST))


@cache
def with_three() -> k.Theorem:
    """For all n <= k: sum_r V_n U_a U_b U_k == 0, for a, b < k < K."""
    c = Columns()

    def term(v: sp.Expr) -> sp.Expr:
        return v * U(R, A) * U(R, B) * U(R, LAST)

    def claim(n: sp.Expr) -> k.Relation:
        return k.Eq(over_rows(term(image(n))), ZERO)

    def prove(q: Proof, old: k.Theorem) -> k.Theorem:
        last = (H(N), c.four(q, N, A, B, LAST))
        return q.linear(claim(N + 1), summed(q, N, term), old, last, label="with three")

    return _grow(c, k.Lt(N, LAST), claim, prove, term, (*IN_COLUMNS, *BELOW))


@cache
def with_two() -> k.Theorem:
    """For all n <= k: sum_r V_n**2 U_a U_k == 0, for a < k < K."""
    c = Columns()

    def term(v: sp.Expr) -> sp.Expr:
        return v**2 * U(R, A) * U(R, LAST)

    def claim(n: sp.Expr) -> k.Relation:
        return k.Eq(over_rows(term(image(n))), ZERO)

    def prove(q: Proof, old: k.Theorem) -> k.Theorem:
        mixed = _at(q, with_three(), {B: N}, N)
        last = (H(N) ** 2, c.four(q, N, N, A, LAST))
        parts: list[Premise] = [old, (H(N), mixed), last]
        return q.linear(claim(N + 1), summed(q, N, term), *parts, label="with two")

    return _grow(c, k.Lt(N, LAST), claim, prove, term, (*IN_COLUMNS, *within(A, LAST)))


def _at(q: Proof, every: k.Theorem, columns: dict[k.Sym, sp.Expr], n: sp.Expr) -> k.Theorem:
    """A sum that vanishes for all n <= k, at other columns and an n < k."""
    moved = q.specialise(every, columns)
    moved = k.cut(moved, *(f for f in q.facts if f.concl in moved.hyps))
    last = columns.get(LAST, LAST)
    most = q.linear(k.Lt(n, last + 1), *_upper(q, n, last), slack=[ONE])
    return q.instantiate(moved, n, facts=[*q.facts, most])


def _upper(q: Proof, n: sp.Expr, last: sp.Expr) -> list[k.Theorem]:
    return [f for f in q.facts if f.concl == k.Lt(n, last)]


@cache
def with_one(power: int) -> k.Theorem:
    """For all n <= k: sum_r V_n**power U_k == 0, power 1 or 3, for k < K."""
    c = Columns()

    def term(v: sp.Expr) -> sp.Expr:
        return v**power * U(R, LAST)

    def claim(n: sp.Expr) -> k.Relation:
        return k.Eq(over_rows(term(image(n))), ZERO)

    def prove(q: Proof, old: k.Theorem) -> k.Theorem:
        parts: list[Premise] = [old]
        if power == 1:
            parts.append((H(N), c.two(q, N, LAST)))
        else:
            parts.append((H(N), _at(q, with_two(), {A: N}, N)))
            parts.append((H(N) ** 2, _at(q, with_three(), {A: N, B: N}, N)))
            parts.append((H(N) ** 3, c.four(q, N, N, N, LAST)))
        return q.linear(claim(N + 1), summed(q, N, term), *parts, label="with one")

    return _grow(c, k.Lt(N, LAST), claim, prove, term, IN_COLUMNS)
