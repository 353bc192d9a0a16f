"""SignSGD on the wells: from the top of a well it steps to the next one and back, for ever.

Source: theory sheet, section 3 (T2b, for the one method that T6 carries over to matrices).
"""

from __future__ import annotations

import sympy as sp

from hardinstances.profiles import WELLS
from proofs.assumptions import ETA
from proofs.lemmas import bricks
from proofs.lemmas.basics import ZERO, above, by_sign
from proofs.lemmas.blocks import bring
from proofs.lower.signsgd_paths import Granted, t, within_horizon
from signcheck import kernel as k
from signcheck.proof import Proof


def slopes(p: Proof, parameters: tuple[sp.Expr, ...]) -> tuple[k.Theorem, k.Theorem]:
    """wells'(0) == c and wells'(-eta) == -c."""
    lipschitz = bring(p, bricks.lipschitz("wells"), "wells", parameters)
    top = p.piece_value(lipschitz, WELLS, parameters, 2, ZERO)
    here = p.linear(k.Eq(bricks.symbol("wells", ZERO, *parameters), parameters[0]), top)
    turn = p.antiperiod(lipschitz, WELLS, parameters, -ETA)
    back = bricks.symbol("wells", -ETA, *parameters)
    return here, p.linear(k.Eq(back, -parameters[0]), turn, here)


def wells_path(p: Proof, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """For all t < T: c <= |u(t)|, because x(t) is 0 or -eta."""
    held = Granted(p, WELLS, parameters, None)
    x, c = held.x, parameters[0]

    def claim(s: sp.Expr) -> k.Eq:
        return k.Eq(x(s) * (x(s) + ETA), ZERO)

    base = p.linear(claim(ZERO), (-x(0) - ETA, held.start))
    known, later = p.assume(claim(t)), p.assume(k.Le(ZERO, t))
    q = p.having(later)

    def turned(r: Proof) -> k.Theorem:
        found = _place(r, held, parameters, known)
        if found is None:
            return _nowhere(r, x(t), known, claim(t + 1))
        place, value, side = found
        turn = r.rewrite(r.instantiate(held.update, t), r.instantiate(held.mean, t), value)
        there = -(side + 1) * ETA / 2
        sign = r.function_value(sp.sign(c))
        moved = r.linear(k.Eq(x(t + 1), there), turn, place, (side * ETA, sign))
        factor = x(t + 1) if side > 0 else x(t + 1) + ETA
        return r.linear(claim(t + 1), (factor, moved), label="from well to well")

    step = by_sign(q, x(t), turned)
    always = p.induction(base, step, t, ZERO, None, label="x(t) stays 0 or -eta")
    here = q.instantiate(always, t)

    def level(r: Proof) -> k.Theorem:
        goal = k.Le(c, sp.Abs(held.u(t)))
        found = _place(r, held, parameters, here)
        if found is None:
            return _nowhere(r, x(t), here, goal)
        _, value, side = found
        return r.linear(goal, above(side * held.u(t)), value)

    return within_horizon(p, by_sign(q, x(t), level))


def _place(
    p: Proof, held: Granted, parameters: tuple[sp.Expr, ...], known: k.Theorem
) -> tuple[k.Theorem, k.Theorem, int] | None:
    """x(t), u(t) and the sign of u(t) in the case at hand; None where x(t) is positive."""
    x = held.x(t)
    top, bottom = slopes(p, parameters)
    slope = p.instantiate(held.slope, t)
    case = p.facts[-1].concl
    if case == k.Lt(ZERO, x):
        return None
    if case == k.Lt(x, ZERO):
        place = p.linear(k.Eq(x, -ETA), (1 / x, known))
        return place, p.chain(p.rewrite(slope, place), bottom), -1
    place = p.antisymmetry(*[f for f in p.facts if x in f.concl.terms()][-2:])
    return place, p.chain(p.rewrite(slope, place), top), 1


def _nowhere(p: Proof, x: sp.Expr, known: k.Theorem, goal: k.Formula) -> k.Theorem:
    """x > 0 contradicts x (x + eta) == 0."""
    false = p.certificate(k.Lt(ZERO, ZERO), [(1, known)], [x * (x + ETA)])
    return p.absurd(false, goal)
