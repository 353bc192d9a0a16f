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
    moved = k.specialise(thm, to)
    own = [h.subst(to) for h in bricks.HYPOTHESES[name]]
    return k.cut(moved, *(p.sign_fact(h) for h in own if h in moved.hyps))


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
        false = r.certificate(k.Lt(ZERO, ZERO), [(Q + root, side), (1, r.facts[1])], label="squares")
        return r.absurd(false, goal)

    return p.split(goal, k.Lt(root, Q), case)


def ramp_slope(p: Proof, spare: sp.Expr) -> tuple[k.Theorem, k.Theorem]:
    """0 <= a and a**2/(2 delta L) + a eta (T-1) == spare for the slope a of the long ramp.

    Needs facts: L, eta, delta > 0, T >= 1, spare >= 0.
    """
    drop = DELTA_SHARE * L * ETA * (T - 1)
    room = 2 * DELTA_SHARE * L * spare
    root = sp.sqrt(drop**2 + room)
    a = root - drop

    def positive(q: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return q.linear(k.Le(ZERO, a), (DELTA_SHARE * L * ETA, case), slack=[root])
        drop_positive = q.sign_fact(k.Lt(ZERO, drop))
        above = k.specialise(root_above(), {Q: drop, R: room})
        above = k.cut(above, drop_positive, q.sign_fact(k.Le(ZERO, room)))
        return q.linear(k.Le(ZERO, a), above)

    slope = p.split(k.Le(T - 1, ZERO), k.Lt(ZERO, T - 1), positive)
    total = a**2 / (2 * DELTA_SHARE * L) + a * ETA * (T - 1)
    return slope, p.identity(total, spare, label="root of the gap equation")
