"""L0 for matrices: smoothness from the spectral to the nuclear norm, along a step.

The proof of L0 with trace duality in place of Hoelder. Source: theory sheet, section 0.
"""

from __future__ import annotations

import sympy as sp

from proofs import members_matrix
from proofs.assumptions import F, L, X, Y
from proofs.lemmas.basics import U, V, abs_below, claimed
from proofs.lemmas.matrix import S, dual_pairing, norm_of_multiple
from proofs.samples import quadratic_samples
from signcheck import kernel as k
from signcheck.kernel.terms import Grad, Inner, Nuc, Op, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

ZERO, ONE = sp.Integer(0), sp.Integer(1)
_P, _Q = k.Sym("p", "vector"), k.Sym("q", "vector")

A1 = k.ForAll(_P, (), k.ForAll(_Q, (), k.Le(Nuc(Grad(F, _P) - Grad(F, _Q)), L * Op(_P - _Q))))
"""|grad f(p) - grad f(q)|_* <= L |p - q|_op."""

# ---------------------------------------------------------------- statement

REMAINDER = Val(F, Y) - Val(F, X) - Inner(Grad(F, X), Y - X)

STATEMENT = Statement(
    hypotheses={"A1": A1},
    conclusion=k.Le(sp.Abs(REMAINDER), L / 2 * Op(Y - X) ** 2),
)

# ---------------------------------------------------------------- proof


def slope_bound(p: Proof, a1: k.Theorem, sign: int) -> k.Theorem:
    """For all s in [0, 1]: sign <grad f(x + s(y-x)), y-x> <= sign <grad f(x), y-x> + s L r**2."""
    here, v, r = X + S * (Y - X), Y - X, Op(Y - X)
    within = (k.Le(ZERO, S), k.Le(S, ONE))
    low, high = map(k.assume, within)
    q = p.having(low, high)
    turn = Grad(F, here) - Grad(F, X)
    smooth = q.instantiate(q.instantiate(a1, here), X, label="A1 on the segment")
    pairing = k.specialise(dual_pairing(sign), {U: turn, V: v}, label="trace duality")
    scaled = k.cut(k.specialise(norm_of_multiple(), {U: v}), low)
    old, new = Inner(Grad(F, X), v), Inner(Grad(F, here), v)
    linear = [q.inner_linear(w) for w in (old, new, Inner(turn, v))]
    bound = sign * old + S * L * r**2
    goal = k.Le(new, bound) if sign > 0 else k.Le(-bound, new)
    each = q.linear(goal, pairing, (r, smooth), (L * r, scaled), *linear, label="slope")
    return q.generalise(each, S, *within)


def prove(statement: Statement) -> k.Theorem:
    """Integrate the slope along the segment from x to y, from above and from below."""
    p, (a1,) = statement.proof("A1")
    up = p.segment(slope_bound(p, a1, 1), F, X, Y, label="integral from above")
    down = p.segment(slope_bound(p, a1, -1), F, X, Y, label="integral from below")
    size = claimed(statement).rhs
    upper = p.linear(k.Le(REMAINDER, size), up, label="upper half")
    lower = p.linear(k.Le(-REMAINDER, size), down, label="lower half")
    return abs_below(upper, lower)


L0_MATRIX = Theory(
    id="L0-matrix",
    title="|f(Y) - f(X) - <grad f(X), Y - X>| <= (L/2) |Y - X|_op^2",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    runs=members_matrix.descent(L, sp.Abs(REMAINDER), Op(Y - X)),
    samples=lambda: quadratic_samples(sp.Abs(REMAINDER), Op(Y - X)),
)
