"""T2-skew-A0: the skewed instance, its derivative psi' and its gap Delta.

f(x) = (1-delta) L x_last**2/2 + psi(s) with s the sum of w_i x_i over the other coordinates. With
u = 1 + c (s + D) and c = delta L/W**2 the derivative psi'(s) is u cut to [0, 1], and psi(s) is
(psi' u - psi'**2/2)/c. Source: theory sheet, section 3 (T2-skew).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sympy as sp

from proofs.assumptions import DELTA, DELTA_SHARE, ETA, F, L, X, Y, positive
from proofs.lemmas.basics import (
    ZERO,
    I,
    Z,
    claimed,
    left,
    right,
)
from proofs.samples.skew import skew_gap_samples
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Big, Co, Val
from signcheck.proof import Premise, Proof
from signcheck.theory import Statement, Theory

ONE = sp.Integer(1)
WIDTH, DEPTH = k.Sym("W"), k.Sym("D")
WEIGHT = k.Sym("w", "fam:real")
LAST = DIM - 1
IN_SLOPES = (k.Le(ZERO, I), k.Lt(I, LAST))
BEND = DELTA_SHARE * L / WIDTH**2
CURVE = (1 - DELTA_SHARE) * L


def cut(u: sp.Expr) -> sp.Expr:
    """u cut to [0, 1]."""
    return sp.Max(0, sp.Min(1, u))


def place(x: sp.Expr) -> sp.Expr:
    """s = sum of w_i x_i."""
    return Big(WEIGHT(I) * Co(x, I), I, ZERO, LAST)


def raised(x: sp.Expr) -> sp.Expr:
    """u = 1 + c (s + D)."""
    return 1 + BEND * (place(x) + DEPTH)


NUMBERS: dict[str, k.Formula] = {
    **positive(L, DELTA_SHARE, WIDTH),
    "delta < 1": k.Lt(DELTA_SHARE, ONE),
    "d >= 1": k.Le(ONE, DIM),
}


def three_places(p: Proof, u: sp.Expr, then: Callable[[Proof], k.Theorem]) -> k.Theorem:
    """The same thing for u <= 0, u >= 1 and between."""

    def high(q: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return then(q)
        return q.split(k.Le(ONE, u), k.Lt(u, ONE), lambda r, _: then(r))

    return p.split(k.Le(u, ZERO), k.Lt(ZERO, u), high)


def cut_value(p: Proof, u: sp.Expr) -> list[k.Theorem]:
    """Value of min(1, u) and of cut(u), by the place of u among the facts."""
    inner = sp.Min(1, u)
    above_one = any(f.concl == k.Le(ONE, u) for f in p.facts)
    below = [f for f in p.facts if f.concl == k.Le(u, ZERO)]
    q = p if above_one or not below else p.having(p.linear(k.Le(u, ONE), below[0], slack=[ONE]))
    low = q.function_value(inner)
    kind = k.Le(inner, ZERO) if below else k.Le(ZERO, inner)
    sign = p.linear(kind, low, *(f for f in p.facts if u in f.concl.terms()), slack=[ONE])
    return [low, p.having(sign).function_value(cut(u))]


def inside(p: Proof) -> Proof:
    """With 0 <= i < d - 1 < d."""
    q = p.having(*map(p.assume, IN_SLOPES))
    return q.having(q.linear(k.Lt(I, DIM), q.facts[-1], slack=[ONE]))


# ---------------------------------------------------------------- A0


def height(x: sp.Expr) -> sp.Expr:
    """c psi(s) at a point."""
    u = raised(x)
    return cut(u) * u - cut(u) ** 2 / 2


GAP_STATEMENT = Statement(
    hypotheses={
        **{name: h for name, h in NUMBERS.items() if name != "d >= 1"},
        "D >= 0": k.Le(ZERO, DEPTH),
        "value": k.ForAll(X, (), k.Eq(Val(F, X), CURVE * Co(X, LAST) ** 2 / 2 + height(X) / BEND)),
        "start": k.Eq(Co(Y, LAST), ETA / 2),
        "start of the slopes": k.ForAll(I, IN_SLOPES, k.Eq(Co(Y, I), ZERO)),
        "gap": k.Le(CURVE * ETA**2 / 8 + DEPTH + WIDTH**2 / (2 * DELTA_SHARE * L), DELTA),
    },
    conclusion=k.Le(Val(F, Y) - Val(F, X), DELTA),
)


@cache
def height_above_zero() -> k.Theorem:
    """0 <= cut(z) z - cut(z)**2/2."""
    goal = k.Le(ZERO, cut(Z) * Z - cut(Z) ** 2 / 2)

    def at(p: Proof) -> k.Theorem:
        low, outer = cut_value(p, Z)
        value = next(c for c in (ZERO, ONE, Z) if _is(low, outer, c))
        flat = p.linear(k.Eq(cut(Z), value), outer, low) if right(outer) != value else outer
        there = cut(Z) + value
        pieces: list[Premise] = [(-Z + there / 2, flat), *p.facts]
        return p.linear(goal, *pieces, slack=[Z**2, sp.Rational(1, 2), ONE])

    return three_places(Proof(), Z, at)


def _is(low: k.Theorem, outer: k.Theorem, value: sp.Expr) -> bool:
    """Whether the value of cut is this one."""
    return bool(right(outer) == value or (right(outer) == left(low) and right(low) == value))


def prove_gap(statement: Statement) -> k.Theorem:
    """psi is at least 0, and D + 1/(2 c) at the start."""
    p = statement.proof()[0]
    p = p.having(p.linear(k.Lt(ZERO, 1 - DELTA_SHARE), p.fact(NUMBERS["delta < 1"], "delta < 1")))

    def given(name: str) -> k.Theorem:
        return p.fact(GAP_STATEMENT.hypotheses[name], name)

    q = inside(p)
    zero = q.instantiate(given("start of the slopes"), I)
    each = q.linear(k.Eq(WEIGHT(I) * left(zero), ZERO), (WEIGHT(I), zero))
    sums = p.sum_mono(p.generalise(each, I, *IN_SLOPES))
    none = p.linear(k.Eq(place(Y), ZERO), sums, p.sum_linear(right(sums)))
    top = p.linear(k.Le(ONE, raised(Y)), (BEND, none), slack=[BEND * DEPTH])
    r = p.having(top)
    low, outer = cut_value(r, raised(Y))
    one = r.linear(k.Eq(cut(raised(Y)), ONE), outer, low)
    u, flat = raised(Y), cut(raised(Y))
    begin = p.linear(
        k.Eq(height(Y) / BEND, DEPTH + 1 / (2 * BEND)),
        ((u - (flat + 1) / 2) / BEND, one),
        none,
        label="value at the start",
    )
    least = p.specialise(height_above_zero(), {Z: raised(X)})
    swing = given("start")
    square = p.linear(k.Eq(left(swing) ** 2, ETA**2 / 4), (left(swing) + ETA / 2, swing))
    values = [p.instantiate(given("value"), x) for x in (Y, X)]
    return p.linear(
        claimed(statement),
        *values,
        begin,
        (CURVE / 2, square),
        (1 / BEND, least),
        given("gap"),
        slack=[CURVE * Co(X, LAST) ** 2 / 2],
        label="T2-skew-A0",
    )


T2_SKEW_A0 = Theory(
    id="T2-skew-A0",
    title="the skewed instance: f(x_0) - f(x) <= Delta",
    kind="lemma",
    statement=GAP_STATEMENT,
    prove=prove_gap,
    samples=lambda: skew_gap_samples(Val(F, Y), Val(F, X), WIDTH, DEPTH),
)
