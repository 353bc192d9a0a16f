"""Rows of the chain's Hessian: along v, the two parts of a coordinate change by <= 145.8 |v|_oo.

The derivatives of the two parts are spelled out as the parts are. Source: theory sheet, T8.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.assumptions import X
from proofs.lemmas.basics import ZERO, I, W, Z, above, abs_below, abs_of_product
from proofs.lemmas.chain_bounds import NUMBERS, at, at_zero, brought, by_place, given, one_side
from proofs.lemmas.chain_certified import (
    BELL_BEND,
    BEND,
    OWN_ROW,
    PASSED_ROW,
    TOP_SLOPE,
    chosen,
)
from proofs.lemmas.chain_function import (
    BE,
    CURVES,
    ONE,
    OWN,
    PASSED,
    PHI,
    PSI,
    SCALES,
    SLOPE,
    S,
    bell,
    on_line,
    range_of,
    scaled,
)
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Co, Grad, Inner, Noo
from signcheck.proof import Premise, Proof

ROW_NUMBERS = {
    **NUMBERS,
    **chosen("Psi' <= 4.4572", "Phi' <= 1.6488", "own row <= 8.5", "passed row <= 137.3"),
}
V = k.Sym("v", "vector")
Y, BEFORE, AFTER = scaled(I), scaled(I - 1), scaled(I + 1)
SIZE = Noo(V)


def _always(function: sp.Expr, value: sp.Expr, *guards: k.Formula) -> k.Formula:
    """The derivative of ``function`` along v is ``value``, at all x, for all v."""
    body: k.Formula = k.Eq(Inner(Grad(function, X), V), value)
    return k.ForAll(X, (), k.ForAll(V, (), k.ForAll(I, guards, body) if guards else body))


def _difference(i: sp.Expr) -> sp.Expr:
    """Psi'(i) - Psi'(-i): the derivative of Psi(i) + Psi(-i)."""
    return on_line(SLOPE, i) - on_line(SLOPE, -i)


_BENT = on_line(BEND, Y) * on_line(PHI, AFTER) - on_line(BEND, -Y) * on_line(PHI, -AFTER)
DERIVATIVES: dict[str, k.Formula] = {
    "derivative of the first link": _always(
        OWN(ZERO), on_line(BELL_BEND, scaled(ZERO)) * Co(V, ZERO) / BE
    ),
    "derivative of the next links": _always(
        OWN(I),
        (
            (on_line(PSI, -BEFORE) + on_line(PSI, BEFORE)) * on_line(BELL_BEND, Y) * Co(V, I)
            + _difference(BEFORE) * bell(Y) * Co(V, I - 1)
        )
        / BE,
        *range_of(ONE, DIM),
    ),
    "derivative of what is passed on": _always(
        PASSED(I),
        (_BENT * Co(V, I) + _difference(Y) * bell(AFTER) * Co(V, I + 1)) / BE,
        *range_of(ZERO, DIM - 1),
    ),
    "nothing changes after the last": _always(PASSED(I), ZERO, *range_of(DIM - 1, DIM)),
}


@cache
def product_below() -> k.Theorem:
    """0 <= c, |z| <= n |- c w z <= c |w| n."""
    c, n = k.Sym("c", "random"), k.Sym("n", "random")
    p = Proof()
    p.given(k.Le(ZERO, c))
    size = p.given(k.Le(sp.Abs(Z), n))
    split = k.specialise(abs_of_product(), {Z: W, W: Z})
    return p.linear(
        k.Le(c * W * Z, c * sp.Abs(W) * n), (c, above(W * Z)), (c, split), (c * sp.Abs(W), size)
    )


def _term(p: Proof, factor: sp.Expr, weight: sp.Expr, i: sp.Expr) -> k.Theorem:
    """factor weight v_i <= factor |weight| |v|_oo, for factor >= 0 by its form."""
    c, n = k.Sym("c", "random"), k.Sym("n", "random")
    size = p.instantiate(p.coordinate_below_norm(V), i)
    found = p.specialise(product_below(), {c: factor, W: weight, Z: Co(V, i), n: SIZE})
    return k.cut(found, p.sign_fact(k.Le(ZERO, factor)), size)


@cache
def small_difference() -> k.Theorem:
    """For all s: |Psi'(s) - Psi'(-s)| <= 4.4572, since both lie between 0 and 4.4572."""
    p, held = given(CURVES, chosen("Psi' <= 4.4572"))
    sides = [at(p, held, name, s * S) for name in ("Psi'", "Psi' <= 4.4572") for s in (1, -1)]
    both = (_difference(S), -_difference(S))
    up, down = (p.linear(k.Le(term, TOP_SLOPE), *sides) for term in both)
    return p.generalise(abs_below(up, down), S)


def _last(p: Proof, formula: k.Formula) -> k.Theorem:
    return p.fact(formula, str(formula))


def own_row(p: Proof, held: dict[str, k.Theorem], sign: int) -> k.Theorem:
    """sign (derivative of own_i along v) <= 8.5 |v|_oo/be, for 0 <= i < d among the facts."""
    goal = k.Le(sign * Inner(Grad(OWN(I), X), V), OWN_ROW * SIZE / BE)
    row = p.instantiate(held["certified: own row <= 8.5"], Y)

    def prove(q: Proof, first: bool) -> k.Theorem:
        if first:
            return _first_row(q, held, sign, goal)
        q = q.having(q.integer_gap(q.facts[-1]))
        q = q.having(
            q.linear(k.Le(ZERO, I - 1), q.facts[-1]),
            q.linear(k.Lt(I - 1, DIM), _last(q, k.Lt(I, DIM)), slack=[ONE]),
        )
        psis = [at(q, held, "Psi", s * BEFORE) for s in (1, -1)]
        q = q.having(*psis)
        total = on_line(PSI, -BEFORE) + on_line(PSI, BEFORE)
        bend, move = on_line(BELL_BEND, Y), _difference(BEFORE)
        parts: list[Premise] = [
            (1 / BE, _term(q, total, sign * bend, I)),
            (1 / BE, _term(q, bell(Y), sign * move, I - 1)),
            (sp.Abs(bend) * SIZE / BE, q.instantiate(brought(q, one_side()), BEFORE)),
            (bell(Y) * SIZE / BE, q.instantiate(small_difference(), BEFORE)),
            (SIZE / BE, row),
        ]
        value = q.instantiate(held["derivative of the next links"], X, V, I)
        return q.linear(goal, (sign, value), *parts, label="own row")

    return by_place(p, k.Le(I, ZERO), k.Lt(ZERO, I), prove)


def _first_row(q: Proof, held: dict[str, k.Theorem], sign: int, goal: k.Relation) -> k.Theorem:
    now = q.antisymmetry(q.facts[-1], _last(q, k.Le(ZERO, I)))
    start = scaled(ZERO)
    bend = on_line(BELL_BEND, start)
    here = q.having(q.linear(k.Le(ZERO, ZERO)), q.rewrite(_last(q, k.Lt(I, DIM)), now))
    value = here.instantiate(held["derivative of the first link"], X, V)
    first = here.linear(
        k.Le(sign * Inner(Grad(OWN(ZERO), X), V), OWN_ROW * SIZE / BE),
        (sign, value),
        (1 / BE, _term(here, ONE, sign * bend, ZERO)),
        (SIZE / BE, here.instantiate(held["certified: own row <= 8.5"], start)),
        slack=[sp.Abs(bend) * SIZE / BE, bell(start) * SIZE / BE],
        label="first row",
    )
    return at_zero(q, first, goal, now)


def passed_row(p: Proof, held: dict[str, k.Theorem], sign: int) -> k.Theorem:
    """sign (derivative of passed_i along v) <= 137.3 |v|_oo/be, for 0 <= i < d among the facts."""
    goal = k.Le(sign * Inner(Grad(PASSED(I), X), V), PASSED_ROW * SIZE / BE)
    row = p.instantiate(held["certified: passed row <= 137.3"], Y)

    def prove(q: Proof, last: bool) -> k.Theorem:
        if last:
            nothing = q.instantiate(held["nothing changes after the last"], X, V, I)
            return q.linear(goal, (sign, nothing), slack=[SIZE / BE])
        after = q.facts[-1]
        q = q.having(
            q.linear(k.Lt(I + 1, DIM), after),
            q.linear(k.Le(ZERO, I + 1), _last(q, k.Le(ZERO, I)), slack=[ONE]),
        )
        phis = {s: q.instantiate(held["Phi >= 0"], s * AFTER) for s in (1, -1)}
        slopes = [at(q, held, "Psi'", s * Y) for s in (1, -1)]
        q = q.having(*phis.values(), *slopes)
        parts: list[Premise] = []
        for s in (1, -1):
            bend, phi = on_line(BEND, s * Y), on_line(PHI, s * AFTER)
            parts.append((1 / BE, _term(q, phi, s * sign * bend, I)))
            top = q.instantiate(held["certified: Phi <= 4.1328"], s * AFTER)
            parts.append((sp.Abs(bend) * SIZE / BE, top))
            slope = on_line(SLOPE, s * Y)
            parts.append((slope / BE, _term(q, bell(AFTER), s * sign * ONE, I + 1)))
            width = q.instantiate(held["certified: Phi' <= 1.6488"], AFTER)
            parts.append((slope * SIZE / BE, width))
        value = q.instantiate(held["derivative of what is passed on"], X, V, I)
        return q.linear(goal, (sign, value), *parts, (SIZE / BE, row), label="passed row")

    return by_place(p, k.Le(DIM - 1, I), k.Lt(I, DIM - 1), prove)


@cache
def rows() -> tuple[k.Theorem, ...]:
    """For all x, v, 0 <= i < d: +- own_i' <= 8.5 |v|_oo/be, +- passed_i' <= 137.3 |v|_oo/be."""
    p, held = given(SCALES, CURVES, DERIVATIVES, ROW_NUMBERS)
    q = p.having(*map(p.assume, range_of(ZERO, DIM)))
    found = []
    for prove in (own_row, passed_row):
        for sign in (1, -1):
            inner = p.generalise(prove(q, held, sign), I, *range_of(ZERO, DIM))
            found.append(p.generalise(p.generalise(inner, V), X))
    return tuple(found)
