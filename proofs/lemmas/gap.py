"""L0-gap: the gap is at least |grad f(x)|_1**2/(2 L).

Source: theory sheet, section 0.
"""

from __future__ import annotations

from proofs import members
from proofs.assumptions import A1, FSTAR, INFIMUM, F, L, X, Y
from proofs.lemmas.basics import U, above, claimed
from proofs.lemmas.descent import L0
from proofs.lemmas.signs import ETA, inner_with_sign, length_of_sign_step
from proofs.samples import gap_samples
from signcheck import kernel as k
from signcheck.kernel.terms import N1, Grad, Inner, Noo, Sgn, Val
from signcheck.theory import Statement, Theory

NORM = N1(Grad(F, X))

# ---------------------------------------------------------------- statement

STATEMENT = Statement(
    hypotheses={"A1": A1, "L > 0": k.Lt(0, L), "infimum": INFIMUM},
    conclusion=k.Le(NORM**2 / (2 * L), Val(F, X) - FSTAR),
)

# ---------------------------------------------------------------- proof


def prove(statement: Statement) -> k.Theorem:
    """L0 at y = x - (|g|_1/L) sgn g; the infimum lies below f(y)."""
    p, (infimum,) = statement.proof("infimum")
    step = -(NORM / L) * Sgn(Grad(F, X))
    there = X + step
    descent = p.specialise(L0.theorem, {Y: there})
    drop = above(Val(F, there) - Val(F, X) - Inner(Grad(F, X), step), *p.facts)
    short = p.specialise(length_of_sign_step(), {ETA: NORM / L, U: Grad(F, X)})
    short = k.cut(short, p.sign_fact(k.Le(0, NORM / L)))
    square = p.linear(
        k.Le(Noo(step) ** 2, (NORM / L) ** 2), (Noo(step) + NORM / L, short), label="length"
    )
    pairing = p.inner_linear(Inner(Grad(F, X), step))
    aligned = k.specialise(inner_with_sign(), {U: Grad(F, X)})
    return p.linear(
        claimed(statement),
        p.instantiate(infimum, there),
        drop,
        descent,
        (L, square),
        pairing,
        (NORM / L, aligned),
        label="L0-gap",
    )


L0_GAP = Theory(
    id="L0-gap",
    title="f(x) - inf f >= |grad f(x)|_1^2/(2L)",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    runs=members.gap(L, NORM, Val(F, X), FSTAR),
    samples=lambda: gap_samples(NORM, Val(F, X), FSTAR),
)
