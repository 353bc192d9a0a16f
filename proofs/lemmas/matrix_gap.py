"""L0-gap for matrices: the gap is at least |grad f(X)|_*^2/(2 L).

Source: theory sheet, section 0 (L0-gap with the polar factor in place of the sign).
"""

from __future__ import annotations

import sympy as sp

from proofs import members_matrix
from proofs.assumptions import FSTAR, INFIMUM, F, L, X, Y
from proofs.lemmas.basics import U, above, claimed
from proofs.lemmas.matrix import S, norm_of_multiple
from proofs.lemmas.matrix_descent import A1, L0_MATRIX
from proofs.samples import gap_samples
from signcheck import kernel as k
from signcheck.kernel.terms import Grad, Inner, Nuc, Op, Pol, Val
from signcheck.theory import Statement, Theory

GRADIENT = Grad(F, X)
NORM = Nuc(GRADIENT)

# ---------------------------------------------------------------- statement

STATEMENT = Statement(
    hypotheses={"A1": A1, "L > 0": k.Lt(0, L), "infimum": INFIMUM},
    conclusion=k.Le(NORM**2 / (2 * L), Val(F, X) - FSTAR),
)

# ---------------------------------------------------------------- proof


def prove(statement: Statement) -> k.Theorem:
    """L0 at Y = X - (|G|_*/L) polar G; the infimum lies below f(Y)."""
    p, (infimum,) = statement.proof("infimum")
    polar, scale = Pol(GRADIENT), NORM / L
    step = -scale * polar
    there = X + step
    descent = p.specialise(L0_MATRIX.theorem, {Y: there})
    drop = above(Val(F, there) - Val(F, X) - Inner(GRADIENT, step), *p.facts)
    length = k.cut(
        p.specialise(norm_of_multiple(-1), {S: scale, U: polar}), p.sign_fact(k.Le(0, scale))
    )
    reach = p.linear(k.Le(Op(step), scale), length, (scale, p.polar_size(GRADIENT)))
    square = p.linear(k.Le(Op(step) ** 2, scale**2), (Op(step) + scale, reach), label="length")
    return p.linear(
        claimed(statement),
        p.instantiate(infimum, there),
        drop,
        descent,
        (L, square),
        p.inner_linear(Inner(GRADIENT, step)),
        (sp.sympify(scale), p.polar_pairing(GRADIENT)),
        label="L0-gap for matrices",
    )


L0_MATRIX_GAP = Theory(
    id="L0-matrix-gap",
    title="f(X) - inf f >= |grad f(X)|_*^2/(2L)",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    runs=members_matrix.gap(L, NORM, Val(F, X), FSTAR),
    samples=lambda: gap_samples(NORM, Val(F, X), FSTAR),
)
