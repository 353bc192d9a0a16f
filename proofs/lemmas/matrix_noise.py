"""L1 for matrices: how much noise can cost when it passes through a polar factor.

``S(i)**2`` bounds the second moment of the noise in the order of Loewner, in the basis of rows in
which that bound is diagonal: E N N^T <= Diag(S)**2, so tr S is the sum of the S(i). The proof works
row by row and needs neither S^(1/2) nor its inverse; what rests on more than arithmetic is trace
duality, for |E G|_* <= E|G|_*. Source: theory sheet, section 0 (L1 with constant 1, L1-pointwise).
"""

from __future__ import annotations

from functools import cache

from proofs import members_matrix
from proofs.lemmas.basics import ZERO, I, U, V, claimed, left, right
from proofs.lemmas.matrix import (
    IN_ROWS,
    J,
    across,
    at_entry,
    below_polar,
    down,
    dual_pairing,
    entrywise,
    expected_across,
    expected_down,
    in_row,
    pairing_of_difference,
    summed_down,
)
from proofs.lemmas.matrix_moment import F, S, row_price
from proofs.lemmas.matrix_rows import NOISE as MEMBER
from proofs.lemmas.matrix_rows import ROW, SIZE, loewner, row_of_form
from proofs.samples.matrix import noise_samples, pointwise_samples
from signcheck import kernel as k
from signcheck.kernel.terms import En, Ex, Inner, Nuc, Op, Pol
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory, check

M, G, O = (k.Sym(name, "rvector") for name in "MGO")
W = k.Sym("w", "rvector")
ALPHA, GAMMA = k.Sym("alpha"), k.Sym("gamma")
NOISE = En(G, I, J) - En(M, I, J)
TRACE = down(S(I))
THROUGH = Ex(Inner(M, O), F)

# ---------------------------------------------------------------- statements

STATEMENT = Statement(
    hypotheses={
        "alpha >= 0": k.Le(ZERO, ALPHA),
        "gamma > 0": k.Lt(ZERO, GAMMA),
        "S >= 0": k.ForAll(I, IN_ROWS, k.Le(ZERO, S(I))),
        "M known": k.Measurable(M, F),
        "mean": entrywise(k.Eq(Ex(En(G, I, J), F), En(M, I, J))),
        "second moment": loewner(En(G, ROW, J) - En(M, ROW, J), S(ROW), F),
        "|O|_op <= gamma": k.Le(Op(O), GAMMA),
        "alignment": k.Le(ALPHA * Nuc(G), Inner(G, O)),
    },
    conclusion=k.Le(ALPHA * Nuc(M) - THROUGH, GAMMA * TRACE),
)

ROW_BY_ROW = k.ForAll(I, IN_ROWS, k.Le(Ex(across(NOISE**2), F), S(I) ** 2))
"""What the proof uses of the second moment, and all that is left of it for a batch."""

ROWS_STATEMENT = Statement(
    hypotheses={
        name: ROW_BY_ROW if name == "second moment" else formula
        for name, formula in STATEMENT.hypotheses.items()
    },
    conclusion=STATEMENT.conclusion,
)

POINTWISE_STATEMENT = Statement(
    hypotheses={
        name: STATEMENT.hypotheses[name] for name in ("alpha >= 0", "|O|_op <= gamma", "alignment")
    },
    conclusion=k.Le(ALPHA * Nuc(M) - Inner(M, O), (ALPHA + GAMMA) * Nuc(G - M)),
)

# ---------------------------------------------------------------- proofs


def jensen(p: Proof, mean: k.Theorem) -> k.Theorem:
    """|M|_* <= E|G|_*: both sides against the polar factor of M, which is known."""
    polar = Pol(M)
    q = at_entry(p)
    product = En(G, I, J) * En(polar, I, J)
    entry = q.linear(
        k.Eq(Ex(product, F), En(M, I, J) * En(polar, I, J)),
        q.expect_linear(Ex(product, F)),
        (En(polar, I, J), q.instantiate(mean, I, J)),
    )
    sums = expected_down(p, expected_across(in_row(p), entry))
    opened = p.expect_mono(p.by_entries(G, polar), F)
    aligned = [p.by_entries(M, polar), p.polar_pairing(M)]
    below = p.expect_mono(k.specialise(below_polar(), {U: G, V: M}), F)
    return p.linear(
        k.Le(Nuc(M), Ex(Nuc(G), F)), opened, sums, *aligned, below, label="Jensen, |.|_*"
    )


def prove_by_rows(statement: Statement) -> k.Theorem:
    """Jensen, then the noise against the output, row by row."""
    p, (mean, moment, small, aligned) = statement.proof(
        "mean", "second moment", "|O|_op <= gamma", "alignment"
    )
    rows = summed_down(p, row_price(in_row(p), NOISE, moment, small))
    share = p.sum_linear(right(rows))
    pairing = p.expect_mono(k.specialise(pairing_of_difference(), {U: G, V: M, W: O}), F)
    inner = p.expect_linear(right(pairing))
    apart = p.expect_mono(p.inner_linear(Inner(G - M, O)), F)
    gain = p.expect_mono(aligned, F)
    opened = [p.expect_linear(e) for e in (right(apart), left(gain))]
    return p.linear(
        claimed(statement),
        (ALPHA, jensen(p, mean)),
        gain,
        pairing,
        inner,
        apart,
        *opened,
        rows,
        share,
        label="L1 for matrices",
    )


@cache
def by_rows() -> k.Theorem:
    """L1 for matrices from the second moment of every row alone."""
    return check("L1-matrix, row by row", ROWS_STATEMENT, prove_by_rows)


def prove(statement: Statement) -> k.Theorem:
    """The quadratic form at one row at a time, then row by row."""
    p, (form,) = statement.proof("second moment")
    noise = En(G, ROW, J) - En(M, ROW, J)
    row = p.specialise(row_of_form(), {MEMBER: ((ROW, J), noise), SIZE: S})
    rows = p.generalise(k.cut(row, form), I, *IN_ROWS)
    others = {name: h for name, h in statement.hypotheses.items() if name != "second moment"}
    within = Statement({**others, "second moment": ROW_BY_ROW}, statement.conclusion)
    return k.cut(prove_by_rows(within), rows)


def prove_pointwise(statement: Statement) -> k.Theorem:
    """<M, O> = <G, O> - <G - M, O>, and |M|_* <= |G|_* + |G - M|_*."""
    p, (small, aligned) = statement.proof("|O|_op <= gamma", "alignment")
    error = Nuc(G - M)
    pairing = k.specialise(dual_pairing(1), {U: G - M, V: O})
    turned = k.specialise(dual_pairing(-1), {U: G - M, V: Pol(M)})
    back = p.linear(
        k.Le(Nuc(M), Nuc(G) + error),
        p.polar_pairing(M),
        p.inner_linear(Inner(G - M, Pol(M))),
        k.specialise(below_polar(), {U: G, V: M}),
        turned,
        (error, p.polar_size(M)),
        label="triangle",
    )
    return p.linear(
        claimed(statement),
        aligned,
        p.inner_linear(Inner(G - M, O)),
        pairing,
        (error, small),
        (ALPHA, back),
        label="L1-pointwise for matrices",
    )


L1_MATRIX = Theory(
    id="L1-matrix",
    title="alpha |M|_* - E<M, O> <= gamma tr S  if |O|_op <= gamma, <G, O> >= alpha |G|_*, E G = M",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    runs=members_matrix.laws(ALPHA, GAMMA, Nuc(M), THROUGH, TRACE),
    samples=lambda: noise_samples(ALPHA, GAMMA, Nuc(M), THROUGH, TRACE),
)
L1_MATRIX_POINTWISE = Theory(
    id="L1-matrix-pointwise",
    title="<M, O> >= alpha |M|_* - (alpha + gamma) |G - M|_*",
    kind="lemma",
    statement=POINTWISE_STATEMENT,
    prove=prove_pointwise,
    runs=members_matrix.pairs(ALPHA, GAMMA, Nuc(M), Inner(M, O), Nuc(G - M)),
    samples=lambda: pointwise_samples(ALPHA, GAMMA, Nuc(M), Inner(M, O), Nuc(G - M)),
)
