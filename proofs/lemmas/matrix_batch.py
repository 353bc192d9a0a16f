"""Mean and second moment of the mean of B independent calls, for one row of a matrix.

The sum over the columns of the variances is at most v/B if that of one call is at most v. The
theory sheet passes through the operator monotone square root here; a row at a time it is not
needed. Source: theory sheet, section 0 (L1, for the mean of B calls).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas import batch
from proofs.lemmas.basics import ZERO, left, right
from proofs.lemmas.batch import IN_BATCH, B, F, N, V
from proofs.lemmas.batch import J as CALL_INDEX
from proofs.lemmas.matrix import IN_COLUMNS, J, across, expected_across, summed_across
from signcheck import kernel as k
from signcheck.kernel.terms import Big, Ex
from signcheck.proof import Proof

CALL, MEAN = k.Sym("Y", "fam:random"), k.Sym("a", "fam:random")
ONE_CALL = CALL(CALL_INDEX, J)
AVERAGE = Big(ONE_CALL, CALL_INDEX, ZERO, B) / B


def _columns(body: k.Formula) -> k.Formula:
    return k.ForAll(J, IN_COLUMNS, body)


def _calls(body: k.Formula) -> k.Formula:
    return k.ForAll(CALL_INDEX, IN_BATCH, body)


HYPOTHESES: dict[str, k.Formula] = {
    "B >= 1": k.Le(1, B),
    "a known": _columns(k.Measurable(MEAN(J), F)),
    "mean": _columns(_calls(k.Eq(Ex(ONE_CALL, F), MEAN(J)))),
    "second moment": _calls(k.Le(Ex(across((ONE_CALL - MEAN(J)) ** 2), F), V)),
    "independent": _columns(k.Independent(ONE_CALL, CALL_INDEX, B, F)),
}


def _start() -> tuple[Proof, dict[str, k.Theorem]]:
    p = Proof()
    return p, {name: p.given(formula) for name, formula in HYPOTHESES.items()}


def _at_column(p: Proof) -> Proof:
    return p.having(*map(k.assume, IN_COLUMNS))


def _centred(upper: sp.Expr) -> sp.Expr:
    return Big(ONE_CALL - MEAN(J), CALL_INDEX, ZERO, upper)


def _fresh(p: Proof, held: dict[str, k.Theorem]) -> k.Theorem:
    """E[(sum over k < n of noise) (noise of call n) | F] == 0, for the free column."""
    to = {batch.CALL: ((CALL_INDEX,), ONE_CALL), batch.A: MEAN(J)}
    parts = [p.instantiate(held[name], J) for name in ("a known", "mean", "independent")]
    fresh = p.having(*parts).specialise(batch.fresh_call(), to)
    return k.cut(fresh, *(h for h in (*parts, *p.facts) if h.concl in fresh.hyps))


@cache
def _spread() -> k.Theorem:
    """For all 0 <= n < B + 1: E[sum over j of (sum over k < n of noise)**2 | F] <= n v."""
    p, held = _start()

    def claim(n: sp.Expr) -> k.Le:
        return k.Le(Ex(across(_centred(n) ** 2), F), n * V)

    empty = p.range_empty(ONE_CALL - MEAN(J), CALL_INDEX, ZERO, "sum")
    square = p.linear(k.Eq(_centred(ZERO) ** 2, ZERO), (_centred(ZERO), empty))
    nothing = summed_across(p, square)
    flat = p.linear(k.Eq(left(nothing), ZERO), nothing, p.sum_linear(right(nothing)))
    base = p.linear(claim(ZERO), p.expect_mono(flat, F), p.expect_linear(Ex(ZERO, F)))
    known, low = p.assume(claim(N)), p.assume(k.Le(ZERO, N))
    q = p.having(low)
    q = q.having(q.linear(k.Lt(N, B), k.assume(k.Lt(N + 1, B + 1))))
    step = _one_more(q, held, known, claim(N + 1))
    return p.induction(base, step, N, ZERO, B + 1, label="induction over the batch")


def _one_more(
    q: Proof, held: dict[str, k.Theorem], known: k.Theorem, goal: k.Relation
) -> k.Theorem:
    z, old = CALL(N, J) - MEAN(J), _centred(N)
    longer = q.range_step(_centred(N + 1))
    total = old + z
    grown = q.linear(
        k.Eq(_centred(N + 1) ** 2, old**2 + 2 * old * z + z**2),
        (_centred(N + 1) + total, longer),
        label="square",
    )
    sums = summed_across(q, grown)
    split = q.sum_linear(right(sums))
    whole = q.linear(
        k.Eq(left(sums), across(old**2) + 2 * across(old * z) + across(z**2)),
        sums,
        split,
        q.sum_linear(across(old * z)),
        q.sum_linear(across(old**2)),
        q.sum_linear(across(z**2)),
    )
    taken = q.expect_mono(whole, F)
    opened = q.expect_linear(right(taken))
    column = _at_column(q)
    cross = expected_across(q, _fresh(column, held))
    none = q.sum_linear(right(cross))
    fresh = q.instantiate(held["second moment"], N)
    pieces = [q.expect_linear(left(thm)) for thm in (known, cross, fresh)]
    parts = [taken, opened, known, cross, none, fresh, *pieces]
    return q.linear(goal, *parts, label="one more call")


@cache
def row_of_batch() -> k.Theorem:
    """E[sum over j of (mean_j - a_j)**2 | F] <= v/B."""
    p, _ = _start()
    whole = p.instantiate(_spread(), B)
    apart = p.sum_linear(_centred(B))
    same = p.linear(k.Eq(AVERAGE - MEAN(J), _centred(B) / B), (1 / B, apart))
    square = p.linear(
        k.Eq((AVERAGE - MEAN(J)) ** 2, _centred(B) ** 2 / B**2),
        (AVERAGE - MEAN(J) + _centred(B) / B, same),
    )
    sums = summed_across(p, square)
    scaled = p.linear(
        k.Eq(left(sums), across(_centred(B) ** 2) / B**2), sums, p.sum_linear(right(sums))
    )
    taken = p.expect_mono(scaled, F)
    return p.linear(
        k.Le(left(taken), V / B),
        taken,
        p.expect_linear(right(taken)),
        (1 / B**2, p.expect_linear(left(whole))),
        (1 / B**2, whole),
        label="second moment of a row of the batch mean",
    )
