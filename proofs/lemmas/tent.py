"""L0-tent: on a segment with both end slopes known, f cannot exceed a tent.

Source: theory sheet, section 0.
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import A1, F, L, X, Y
from proofs.lemmas.basics import (
    ZERO,
    U,
    V,
    below_abs,
    claimed,
    dual_pairing,
    left,
    norm_of_multiple,
    right,
    unfold,
)
from proofs.lemmas.descent import L0
from proofs.samples import tent_samples
from signcheck import kernel as k
from signcheck.kernel.terms import Grad, Inner, Noo, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

STEP = Y - X
C = k.Sym("c")
R = Noo(STEP)
START, END = Inner(Grad(F, X), STEP), Inner(Grad(F, Y), STEP)

# ---------------------------------------------------------------- statement

STATEMENT = Statement(
    hypotheses={"A1": A1, "L > 0": k.Lt(ZERO, L), "y is not x": k.Lt(ZERO, R)},
    conclusion=k.Le(
        Val(F, Y),
        Val(F, X) + (START + END) / 2 + L / 4 * R**2 - (START - END) ** 2 / (4 * L * R**2),
    ),
)

# ---------------------------------------------------------------- proof

TURN = sp.Rational(1, 2) + (END - START) / (2 * L * R**2)
"""Where the two lines of the tent meet."""


def slopes_differ_by(p: Proof, sign: int) -> k.Theorem:
    """sign (end slope - start slope) <= L r**2."""
    a1 = p.fact(A1, "A1")
    turn = Grad(F, Y) - Grad(F, X)
    pairing = k.specialise(dual_pairing(sign), {U: turn, V: STEP})
    linear = [p.inner_linear(w) for w in (Inner(turn, STEP), START, END)]
    return p.linear(
        k.Le(sign * (END - START), L * R**2),
        pairing,
        (R, p.instantiate(a1, Y, X)),
        *linear,
        label="slopes at the ends",
    )


def leg(base: k.Sym, back: int, a1: k.Theorem, positive: k.Theorem) -> k.Theorem:
    """L0 from one end to the point at the share C of the way: C >= 0 is assumed."""
    p = Proof(a1, positive)
    far = p.given(k.Le(ZERO, C))
    there = X + (C if back > 0 else 1 - C) * STEP
    descent = p.specialise(L0.theorem, {X: base, Y: there}, label="L0 to the turning point")
    remainder = Val(F, there) - Val(F, base) - Inner(Grad(F, base), there - base)
    same = p.identity(there - base, back * C * STEP)
    length = unfold(Noo(there - base), same) if left(same) != right(same) else None
    short = k.cut(p.specialise(norm_of_multiple(back), {k.Sym("s"): C, U: STEP}), far)
    reach = p.chain(length, short) if length else short
    square = p.linear(k.Le(left(reach) ** 2, C**2 * R**2), (left(reach) + C * R, reach))
    slope = START if base == X else END
    return p.linear(
        k.Le(back * (Val(F, there) - Val(F, base)), C * slope + L / 2 * C**2 * R**2),
        below_abs(back * remainder, left(descent)),
        descent,
        (L, square),
        (C, p.inner_linear(slope)),
        p.inner_linear(Inner(Grad(F, base), there - base)),
        label="leg of the tent",
    )


def prove(statement: Statement) -> k.Theorem:
    """L0 from x and from y to the point where the two lines meet."""
    p = statement.proof()[0]
    scale = 1 / (2 * L * R**2)
    low = p.linear(k.Le(ZERO, TURN), (scale, slopes_differ_by(p, -1)))
    high = p.linear(k.Le(ZERO, 1 - TURN), (scale, slopes_differ_by(p, 1)))
    a1, positive = p.fact(A1, "A1"), p.fact(STATEMENT.hypotheses["L > 0"], "L > 0")
    legs = []
    for base, back, share, far in ((X, 1, TURN, low), (Y, -1, 1 - TURN, high)):
        here = p.specialise(leg(base, back, a1, positive), {C: share})
        legs.append(k.cut(here, far))
    return p.linear(claimed(statement), *legs, label="L0-tent")


L0_TENT = Theory(
    id="L0-tent",
    title="f(y) <= f(x) + <(g_x+g_y)/2, y-x> + L r^2/4 - <g_x-g_y, y-x>^2/(4 L r^2)",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: tent_samples(Val(F, X), Val(F, Y), START, END, R),
)
