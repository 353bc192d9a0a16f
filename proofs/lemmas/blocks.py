"""Bringing a brick's facts to the parameters of an instance; the slope of the long ramp.

Source: theory sheet, sections 2 and 3.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.assumptions import DELTA_SHARE, ETA, L, T
from proofs.lemmas import bricks
from proofs.lemmas.basics import ZERO
from signcheck import kernel as k
from signcheck.proof import Proof

Q, R = k.Sym("q"), k.Sym("r")


def bring(p: Proof, thm: k.Theorem, name: str, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """A brick's theorem at given parameters, its hypotheses discharged by the facts of ``p``."""
    to = dict(zip(bricks.PARAMETERS[name], parameters, strict=True))
    moved = p.specialise(thm, to)
    own = [h.subst(to) for h in bricks.HYPOTHESES[name]]
    return k.cut(moved, *(p.sign_fact(h) for h in own if h in moved.hyps))


def on_flat(p: Proof, parameters: tuple[sp.Expr, ...], x: sp.Expr, inside: k.Theorem) -> k.Theorem:
    """From -D <= x: ramp'(x) == a, at every outcome."""
    flat = bring(p, bricks.ramp_flat(), "ramp", parameters)
    return p.having(inside).instantiate(flat, x)


@cache
def root_above() -> k.Theorem:
    """0 < q, 0 <= r |- q <= sqrt(q**2 + r)."""
    p = Proof()
    p.given(k.Lt(ZERO, Q))
    p.given(k.Le(ZERO, R))
    root = sp.sqrt(Q**2 + R)
    goal = k.Le(Q, root)

    def case(r: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            return r.linear(goal, side)
        false = r.certificate(
            k.Lt(ZERO, ZERO), [(Q + root, side), (1, r.facts[1])], label="squares"
        )
        return r.absurd(false, goal)

    return p.split(goal, k.Lt(root, Q), case)


SPARE = k.Sym("spare")


@cache
def _ramp_slope() -> tuple[k.Theorem, k.Theorem]:
    """The slope for a symbolic budget ``spare``."""
    p = Proof()
    for h in (*(k.Lt(ZERO, s) for s in (L, ETA, DELTA_SHARE)), k.Le(1, T), k.Le(ZERO, SPARE)):
        p.given(h)
    drop = DELTA_SHARE * L * ETA * (T - 1)
    room = 2 * DELTA_SHARE * L * SPARE
    root = sp.sqrt(drop**2 + room)
    a = root - drop

    def positive(q: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return q.linear(k.Le(ZERO, a), (DELTA_SHARE * L * ETA, case), slack=[root])
        above = k.specialise(root_above(), {Q: drop, R: room})
        above = k.cut(above, *(q.sign_fact(h) for h in (k.Lt(ZERO, drop), k.Le(ZERO, room))))
        return q.linear(k.Le(ZERO, a), above)

    slope = p.split(k.Le(T - 1, ZERO), k.Lt(ZERO, T - 1), positive)
    return slope, p.identity(gap_of_ramp(a), SPARE, label="root of the gap equation")


def gap_of_ramp(a: sp.Expr) -> sp.Expr:
    """Gap of the long ramp of slope a: a**2/(2 delta L) + a eta (T-1)."""
    return a**2 / (2 * DELTA_SHARE * L) + a * ETA * (T - 1)


def ramp_slope(p: Proof, spare: sp.Expr) -> tuple[k.Theorem, k.Theorem]:
    """0 <= a and gap_of_ramp(a) == spare for the slope a that spends a budget.

    Needs facts: L, eta, delta > 0, T >= 1, spare >= 0.
    """
    out = []
    for thm in _ramp_slope():
        moved = p.specialise(thm, {SPARE: spare})
        out.append(k.cut(moved, *(f for f in p.facts if f.concl in moved.hyps)))
    return out[0], out[1]


def conclude(
    p: Proof, thm: k.Theorem, values: dict[k.Sym, sp.Expr], *proved: k.Theorem
) -> k.Theorem:
    """Put the values of auxiliary symbols in and discharge what was assumed of them."""
    moved = p.specialise(thm, values)
    return k.cut(moved, *(f for f in (*proved, *p.facts) if f.concl in moved.hyps))


def opened(level: sp.Expr, value: sp.Expr, symbol: sp.Expr) -> sp.Expr:
    """The level with a symbol in place of its value, wherever the value's summands stand in it.

    ``level - value`` is collected by sympy; putting the value back gives the level again, which
    the kernel compares structurally.
    """
    return level - value + symbol
