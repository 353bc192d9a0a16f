"""L0 for matrices: smoothness from the spectral to the nuclear norm, along a step.

The proof of L0 with trace duality in place of Hoelder. Source: theory sheet, section 0.
"""

from __future__ import annotations

import sympy as sp

from proofs import members_matrix
from proofs.assumptions import F, L, X, Y
from proofs.lemmas.descent import REMAINDER, Geometry, prove_in
from proofs.lemmas.matrix import dual_pairing, norm_of_multiple
from proofs.samples import quadratic_samples
from signcheck import kernel as k
from signcheck.kernel.terms import Grad, Nuc, Op
from signcheck.theory import Statement, Theory

_P, _Q = k.Sym("p", "vector"), k.Sym("q", "vector")

A1 = k.ForAll(_P, (), k.ForAll(_Q, (), k.Le(Nuc(Grad(F, _P) - Grad(F, _Q)), L * Op(_P - _Q))))
"""|grad f(p) - grad f(q)|_* <= L |p - q|_op."""

# ---------------------------------------------------------------- statement

STATEMENT = Statement(
    hypotheses={"A1": A1},
    conclusion=k.Le(sp.Abs(REMAINDER), L / 2 * Op(Y - X) ** 2),
)

# ---------------------------------------------------------------- proof


def prove(statement: Statement) -> k.Theorem:
    """The step measured in the spectral norm, the gradient in the nuclear one."""
    return prove_in(statement, Geometry(Op, dual_pairing, norm_of_multiple, "trace duality"))


L0_MATRIX = Theory(
    id="L0-matrix",
    title="|f(Y) - f(X) - <grad f(X), Y - X>| <= (L/2) |Y - X|_op^2",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    runs=members_matrix.descent(L, sp.Abs(REMAINDER), Op(Y - X)),
    samples=lambda: quadratic_samples(sp.Abs(REMAINDER), Op(Y - X)),
)
