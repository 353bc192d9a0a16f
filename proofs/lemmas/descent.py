"""L0 (descent) and L0-gap: what l_oo-smoothness says along a step and about the gap.

Source: theory sheet, section 0; arXiv:2605.06615 for the setting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from proofs import members
from proofs.assumptions import A1, F, L, X, Y
from proofs.lemmas.basics import U, V, abs_below, claimed, dual_pairing, norm_of_multiple
from proofs.samples import quadratic_samples
from signcheck import kernel as k
from signcheck.kernel.terms import Grad, Inner, Noo, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

ZERO, ONE = sp.Integer(0), sp.Integer(1)
S = k.Sym("s")

# ---------------------------------------------------------------- statement

REMAINDER = Val(F, Y) - Val(F, X) - Inner(Grad(F, X), Y - X)

STATEMENT = Statement(
    hypotheses={"A1": A1},
    conclusion=k.Le(sp.Abs(REMAINDER), L / 2 * Noo(Y - X) ** 2),
)

# ---------------------------------------------------------------- proof


@dataclass(frozen=True)
class Geometry:
    """A norm of steps, and what the descent along a segment needs to know of it.

    Attributes
    ----------
    norm
        The norm of a step; A1 and ``pairing`` have its dual.
    pairing
        ``sign <u, v> <= |u|_dual |v|`` for a sign, a theorem.
    multiple
        ``|s u| == s |u|`` for s >= 0, a theorem.
    duality
        What the pairing is called.
    """

    norm: Callable[[sp.Expr], sp.Expr]
    pairing: Callable[[int], k.Theorem]
    multiple: Callable[[], k.Theorem]
    duality: str


def _slope_bound(p: Proof, a1: k.Theorem, sign: int, geometry: Geometry) -> k.Theorem:
    """For all s in [0, 1]: sign <grad f(x + s(y-x)), y-x> <= sign <grad f(x), y-x> + s L r**2."""
    here, v, r = X + S * (Y - X), Y - X, geometry.norm(Y - X)
    within = (k.Le(ZERO, S), k.Le(S, ONE))
    low, high = map(k.assume, within)
    q = p.having(low, high)
    turn = Grad(F, here) - Grad(F, X)
    smooth = q.instantiate(q.instantiate(a1, here), X, label="A1 on the segment")
    pairing = k.specialise(geometry.pairing(sign), {U: turn, V: v}, label=geometry.duality)
    scaled = k.cut(k.specialise(geometry.multiple(), {U: v}), low)
    old, new = Inner(Grad(F, X), v), Inner(Grad(F, here), v)
    linear = [q.inner_linear(w) for w in (old, new, Inner(turn, v))]
    bound = sign * old + S * L * r**2
    goal = k.Le(new, bound) if sign > 0 else k.Le(-bound, new)
    each = q.linear(goal, pairing, (r, smooth), (L * r, scaled), *linear, label="slope")
    return q.generalise(each, S, *within)


def prove_in(statement: Statement, geometry: Geometry) -> k.Theorem:
    """Integrate the slope along the segment from x to y, from above and from below."""
    p, (a1,) = statement.proof("A1")
    up = p.segment(_slope_bound(p, a1, 1, geometry), F, X, Y, label="integral from above")
    down = p.segment(_slope_bound(p, a1, -1, geometry), F, X, Y, label="integral from below")
    size = claimed(statement).rhs
    upper = p.linear(k.Le(REMAINDER, size), up, label="upper half")
    lower = p.linear(k.Le(-REMAINDER, size), down, label="lower half")
    return abs_below(upper, lower)


def prove(statement: Statement) -> k.Theorem:
    """The step measured in l_oo, the gradient in l1."""
    return prove_in(statement, Geometry(Noo, dual_pairing, norm_of_multiple, "Hoelder"))


L0 = Theory(
    id="L0",
    title="|f(y) - f(x) - <grad f(x), y - x>| <= (L/2) |y - x|_oo^2",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    runs=members.descent(L, sp.Abs(REMAINDER), Noo(Y - X)),
    samples=lambda: quadratic_samples(sp.Abs(REMAINDER), Noo(Y - X)),
)
