"""First moments from second ones, and sums of sequences that fade geometrically.

Source: elementary; used for the momentum bounds T1m and T5m.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas.basics import (
    ZERO,
    Z,
    above,
    abs_below,
    abs_of_product,
    left,
    right,
    sign_bounded,
)
from proofs.lemmas.roots import abs_squared
from signcheck import kernel as k
from signcheck.kernel.terms import Big, Ex
from signcheck.proof import Premise, Proof

W = k.Sym("w", "random")
S, C, BETA = k.Sym("s"), k.Sym("c"), k.Sym("beta")
FIRST, SCALE = k.Sym("first"), k.Sym("scale")
F = k.Sym("F", "sigma")
t, n, T = (k.Sym(name, "int") for name in "tnT")
EXTRA = k.Sym("extra", "fam:real")
FADING = (
    k.Eq(EXTRA(0), FIRST),
    k.ForAll(t, (k.Le(ZERO, t),), k.Eq(EXTRA(t + 1), SCALE * BETA**t)),
)
"""A sequence that starts with ``first`` and goes on with scale beta**t."""


@cache
def first_moment() -> k.Theorem:
    """0 <= s, E[z**2 | F] <= s**2 |- E[|z| | F] <= s."""
    p = Proof()
    p.given(k.Le(ZERO, S))
    square = p.given(k.Le(Ex(Z**2, F), S**2))
    q = p.having(k.assume(k.Lt(ZERO, C)))
    w, size = S + C, sp.Abs(Z)
    young = q.linear(
        k.Le(size, w / 2 + Z**2 / (2 * w)), (1 / w, abs_squared()), slack=[(size - w) ** 2 / w]
    )
    taken = q.expect_mono(young, F)
    weighed = q.linear(
        k.Le(Ex(size, F), S + C / 2),
        taken,
        q.expect_linear(right(taken)),
        (1 / w, square),
        slack=[S * C / w],
        label="first moment",
    )
    return q.vanishing(q.generalise(weighed, C, k.Lt(ZERO, C)))


@cache
def geometric() -> k.Theorem:
    """0 < beta < 1 |- for all n >= 0: sum over t < n of beta**t <= 1/(1 - beta)."""
    p = Proof()
    p.given(k.Lt(ZERO, BETA))
    p = p.having(p.linear(k.Lt(ZERO, 1 - BETA), p.given(k.Lt(BETA, 1))))

    def total(m: sp.Expr) -> sp.Expr:
        return Big(BETA**t, t, ZERO, m)

    def claim(m: sp.Expr) -> k.Eq:
        return k.Eq((1 - BETA) * total(m), 1 - BETA**m)

    base = p.linear(claim(ZERO), (1 - BETA, p.range_empty(BETA**t, t, ZERO, "sum")))
    known, later = p.assume(claim(n)), p.assume(k.Le(ZERO, n))
    q = p.having(later)
    step = q.linear(claim(n + 1), known, (1 - BETA, q.range_step(total(n + 1))))
    whole = p.induction(base, step, n, ZERO, None)
    here = q.instantiate(whole, n)
    below = q.linear(
        k.Le(total(n), 1 / (1 - BETA)), (1 / (1 - BETA), here), slack=[BETA**n / (1 - BETA)]
    )
    return q.generalise(below, n, k.Le(ZERO, n))


@cache
def fading_sum() -> k.Theorem:
    """0 < beta < 1, 0 <= scale, 1 <= T |- sum of extra(t) over t < T <= first + scale/(1-beta)."""
    p = Proof()
    for h in (k.Lt(ZERO, BETA), k.Lt(BETA, 1), k.Le(ZERO, SCALE), k.Le(1, T)):
        p.given(h)
    p = p.having(
        p.linear(k.Lt(ZERO, 1 - BETA), p.facts[1]), p.linear(k.Le(ZERO, T - 1), p.facts[3])
    )
    start, later = map(p.assume, FADING)

    def whole(m: sp.Expr) -> sp.Expr:
        return Big(EXTRA(t), t, ZERO, m)

    def powers(m: sp.Expr) -> sp.Expr:
        return Big(BETA**t, t, ZERO, m)

    def claim(m: sp.Expr) -> k.Eq:
        return k.Eq(whole(m + 1), FIRST + SCALE * powers(m))

    empty = [p.range_empty(e, t, ZERO, "sum") for e in (EXTRA(t), BETA**t)]
    one = p.range_step(whole(sp.Integer(1)))
    base = p.linear(claim(ZERO), one, start, empty[0], (SCALE, empty[1]))
    known, after = p.assume(claim(n)), p.assume(k.Le(ZERO, n))
    q = p.having(after)
    q = q.having(q.linear(k.Le(ZERO, n + 1), after, slack=[1]))
    grown: list[Premise] = [q.range_step(whole(n + 2)), (SCALE, q.range_step(powers(n + 1)))]
    step = q.linear(claim(n + 1), known, *grown, q.instantiate(later, n))
    every = p.induction(base, step, n, ZERO, None, label="extra terms")
    series = geometric()
    series = p.instantiate(k.cut(series, *(f for f in p.facts if f.concl in series.hyps)), T - 1)
    goal = k.Le(whole(T), FIRST + SCALE / (1 - BETA))
    return p.linear(goal, p.instantiate(every, T - 1), (SCALE, series), label="sum of the extra")


def sign_mean_within_one(p: Proof, term: sp.Expr, past: sp.Expr) -> k.Theorem:
    """|E[sign(term) | past]| <= 1."""
    s = sp.sign(term)
    size = k.specialise(sign_bounded(), {Z: term})
    sides = []
    for c in (1, -1):
        taken = p.expect_mono(p.linear(k.Le(c * s, sp.Integer(1)), above(c * s), size), past)
        opened = [p.expect_linear(e) for e in (left(taken), right(taken))]
        sides.append(p.linear(k.Le(c * Ex(s, past), sp.Integer(1)), taken, *opened))
    return abs_below(*sides)


@cache
def damped() -> k.Theorem:
    """|w| <= 1 |- z w <= |z|."""
    p = Proof()
    within = p.assume(k.Le(sp.Abs(W), sp.Integer(1)))
    product = k.specialise(abs_of_product(), {})
    return p.linear(k.Le(Z * W, sp.Abs(Z)), above(Z * W), product, (sp.Abs(Z), within))
