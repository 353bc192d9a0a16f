"""The run of a method on matrices: A0 to A2, the batch mean of B calls, its mean and second moment.

A2 bounds E N N^T in the order of Loewner by Sigma Sigma^T. Entries are read in the basis of rows in
which this is diagonal (the left singular vectors of Sigma), where sigma(i) are the singular values.
Source: theory sheet, section 0.
"""

from __future__ import annotations

from proofs.assumptions import (
    DELTA,
    ETA,
    FSTAR,
    INFIMUM,
    SIGMA,
    B,
    F,
    L,
    T,
    at_least_one,
    positive,
)
from proofs.lemmas import batch
from proofs.lemmas.basics import ZERO, I, left, right
from proofs.lemmas.batch import F as GIVEN
from proofs.lemmas.batch import V, batch_mean
from proofs.lemmas.matrix import (
    IN_COLUMNS,
    IN_ROWS,
    J,
    at_entry,
    down,
    entrywise,
    in_row,
    summed_across,
)
from proofs.lemmas.matrix_batch import CALL, MEAN, row_of_batch
from proofs.lemmas.matrix_descent import A1
from proofs.lemmas.matrix_rows import NOISE as MEMBER
from proofs.lemmas.matrix_rows import ROW, SIZE, loewner, row_of_form
from proofs.upper import oracle
from proofs.upper.oracle import CALLS, GRADIENT, NOW, PAST, g, t, x
from signcheck import kernel as k
from signcheck.kernel.terms import Big, En, Ex, Val
from signcheck.proof import Proof

K = batch.J
ONE_CALL = oracle.G(t, K)
ENTRY, SLOPE, MEAN_ENTRY = (En(u, I, J) for u in (ONE_CALL, GRADIENT, g(t)))
NOISE_OF_CALL = En(ONE_CALL, ROW, J) - En(GRADIENT, ROW, J)
NOISE = down(SIGMA(I))
"""|Sigma|_*."""


def always(body: k.Formula) -> k.Formula:
    """For all t >= 0."""
    return k.ForAll(t, NOW, body)


MATRIX_ORACLE: dict[str, k.Formula] = {
    **positive(L, ETA),
    **at_least_one(T, B),
    "A0": k.Le(Val(F, x(0)) - FSTAR, DELTA),
    "infimum": INFIMUM,
    "A1": A1,
    "A2 mean": always(entrywise(k.ForAll(K, CALLS, k.Eq(Ex(ENTRY, PAST), SLOPE)))),
    "A2 second moment": always(k.ForAll(K, CALLS, loewner(NOISE_OF_CALL, SIGMA(ROW), PAST))),
    "A2 independent": always(entrywise(k.Independent(ENTRY, K, B, PAST))),
    "batch": always(entrywise(k.Eq(MEAN_ENTRY, Big(ENTRY, K, ZERO, B) / B))),
    "x known": always(k.Measurable(x(t), PAST)),
    "sigma >= 0": k.ForAll(I, IN_ROWS, k.Le(ZERO, SIGMA(I))),
}
"""A0 to A2 for matrices, the batch mean g(t) of the calls G(t, k), x(t) known before step t."""


def held(p: Proof, name: str) -> k.Theorem:
    """The assumed hypothesis of that name."""
    return p.fact(MATRIX_ORACLE[name], name)


def _cut(lemma: k.Theorem, *parts: k.Theorem) -> k.Theorem:
    return k.cut(lemma, *(h for h in parts if h.concl in lemma.hyps))


def gradient_known(p: Proof) -> k.Theorem:
    """grad f(x_t) is known before step t, for the free t >= 0."""
    q = p.having(p.instantiate(held(p, "x known"), t))
    return q.known(GRADIENT, PAST)


def mean_of_batch(p: Proof) -> k.Theorem:
    """For all entries: E[g_ij | past] == grad_ij, for the free t >= 0."""
    q = at_entry(p)
    to = {batch.A: SLOPE, GIVEN: PAST, batch.CALL: ((K,), ENTRY), V: SIGMA(I) ** 2}
    known = q.having(gradient_known(p)).known(SLOPE, PAST)
    parts = [q.instantiate(held(p, name), t, I, J) for name in ("A2 mean", "A2 independent")]
    average = _cut(q.specialise(batch_mean(), to), known, *parts)
    same = q.expect_mono(q.instantiate(held(p, "batch"), t, I, J), PAST)
    column = in_row(p).generalise(q.chain(same, average), J, *IN_COLUMNS)
    return p.generalise(column, I, *IN_ROWS)


def rows_of_batch(p: Proof) -> k.Theorem:
    """For all rows: E[sum over j of (g_ij - grad_ij)**2 | past] <= sigma_i**2/B, for the free t."""
    q = in_row(p)
    row = {MEMBER: ((ROW, J), NOISE_OF_CALL), SIZE: SIGMA, GIVEN: PAST}
    r = q.having(*map(k.assume, CALLS))
    form = r.instantiate(held(p, "A2 second moment"), t, K)
    second = r.generalise(k.cut(k.specialise(row_of_form(), row), form), K, *CALLS)
    parts = [q.instantiate(held(p, name), t, I) for name in ("A2 mean", "A2 independent")]
    known = at_entry(p).having(gradient_known(p)).known(SLOPE, PAST)
    known = q.generalise(known, J, *IN_COLUMNS)
    calls = {CALL: ((K, J), ENTRY), MEAN: ((J,), SLOPE), V: SIGMA(I) ** 2, GIVEN: PAST}
    spread = _cut(q.specialise(row_of_batch(), calls), second, known, *parts)
    inner = left(spread).args[0].args[0]
    column = at_entry(p)
    centred = column.linear(
        k.Eq(MEAN_ENTRY - SLOPE, inner.base), column.instantiate(held(p, "batch"), t, I, J)
    )
    squared = column.linear(
        k.Eq((MEAN_ENTRY - SLOPE) ** 2, inner), (MEAN_ENTRY - SLOPE + right(centred), centred)
    )
    taken = q.expect_mono(summed_across(q, squared), PAST)
    moment = k.Le(left(taken), SIGMA(I) ** 2 / B)
    return p.generalise(q.linear(moment, taken, spread), I, *IN_ROWS)
