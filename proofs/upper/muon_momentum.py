"""T5m (Muon with momentum beta in (0, 1)): T1m with nuclear norms and inexact polar factors.

The step is any O with |O|_op <= gamma and <m, O> >= alpha |m|_*, m the running average of the batch
means. The noise term is the smaller of U, through L1-pointwise for the whole error, and V, through
L1 for the fresh call and L1-pointwise for the past. At beta = 0 the method is T5's.
Source: theory sheet, section 1 (T5, "the momentum form follows T1m with nuclear norms").
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import DELTA, ETA, F, L, T, positive
from proofs.lemmas.basics import ZERO, claimed, left, right
from proofs.lemmas.matrix_noise import ALPHA, GAMMA, L1_MATRIX_POINTWISE, G, M, O
from proofs.lemmas.moments import BETA
from proofs.samples.matrix import muon_momentum_samples
from proofs.upper.momentum import series_below
from proofs.upper.momentum_parts import START, TAIL, m, now
from proofs.upper.muon import AVERAGE, TOTAL, matrix_step, out
from proofs.upper.muon import STATEMENT as T5_STATEMENT
from proofs.upper.muon_momentum_parts import (
    DRIFT,
    ERROR,
    ERROR_RULES,
    LEVEL,
    MOMENTUM,
    drift_bound,
    noise_norm,
    noise_size,
    split_error,
)
from proofs.upper.muon_oracle import MATRIX_ORACLE, NOISE, always
from proofs.upper.oracle import GRADIENT, HERE, THERE, VALUE, t, telescope
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Big, Ex, Inner, Nuc, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

# ---------------------------------------------------------------- statement

BOTH = 1 + GAMMA / ALPHA
"""What L1-pointwise pays, relative to alpha."""
NOISELESS = DELTA / (ALPHA * ETA * T) + L * ETA * GAMMA**2 / (2 * ALPHA) + BOTH * DRIFT
THROUGH_ERROR = BOTH * LEVEL * (sp.sqrt(START) / ((1 - BETA) * T) + sp.sqrt(TAIL))
HYPOTHESES = {
    **MATRIX_ORACLE,
    **positive(ALPHA, GAMMA),
    **MOMENTUM,
    **{name: T5_STATEMENT.hypotheses[name] for name in ("update", "|O|_op <= gamma")},
    "alignment": always(k.Le(ALPHA * Nuc(m(t)), Inner(m(t), out(t)))),
}


def claiming(noise: sp.Expr) -> Statement:
    """The bound with one form of the noise term."""
    return Statement(hypotheses=HYPOTHESES, conclusion=k.Le(AVERAGE, NOISELESS + noise))


STATEMENT_U = claiming(THROUGH_ERROR)

# ---------------------------------------------------------------- through the whole error


def expected_error(p: Proof) -> k.Theorem:
    """E|m_t - grad|_* <= beta L eta gamma/(1 - beta) + s (beta**t sqrt(START) + sqrt(TAIL))."""
    q = now(p)
    taken = q.expect_mono(split_error(q), TRIVIAL)
    lag = q.expect_mono(q.instantiate(drift_bound(p), t), TRIVIAL)
    return q.linear(
        k.Le(left(taken), DRIFT + noise_size(t)),
        taken,
        q.expect_linear(right(taken)),
        lag,
        q.expect_linear(right(lag)),
        q.instantiate(noise_norm(p), t),
        label="expected error",
    )


def step_through_error(p: Proof) -> tuple[k.Theorem, sp.Expr, sp.Expr]:
    """E f(x') <= E f(x) - alpha eta measure + cost; the measure and the cost."""
    q = now(p)
    aligned, small = (
        q.instantiate(q.fact(HYPOTHESES[n], n), t) for n in ("alignment", "|O|_op <= gamma")
    )
    pointwise = q.specialise(L1_MATRIX_POINTWISE.theorem, {M: GRADIENT, G: m(t), O: out(t)})
    positive_alpha = q.sign_fact(k.Le(ZERO, ALPHA))
    pointwise = k.cut(pointwise, aligned, small, positive_alpha)
    error = Nuc(m(t) - GRADIENT)
    bound = Val(F, HERE) - ALPHA * ETA * Nuc(GRADIENT) + ETA * (ALPHA + GAMMA) * error
    through = q.linear(
        k.Le(Val(F, THERE), bound + L * ETA**2 * GAMMA**2 / 2),
        matrix_step(q),
        (ETA, pointwise),
        label="through the error",
    )
    taken = q.expect_mono(through, TRIVIAL)
    measure = Ex(Nuc(GRADIENT), TRIVIAL) - BOTH * LEVEL * BETA**t * sp.sqrt(START)
    cost = ETA * (ALPHA + GAMMA) * (DRIFT + LEVEL * sp.sqrt(TAIL)) + L * ETA**2 * GAMMA**2 / 2
    step = q.linear(
        k.Le(Ex(Val(F, THERE), TRIVIAL), VALUE - ALPHA * ETA * measure + cost),
        taken,
        q.expect_linear(right(taken)),
        (ETA * (ALPHA + GAMMA), expected_error(p)),
        label="expected step",
    )
    return step, measure, cost


def prepared(statement: Statement) -> Proof:
    """The hypotheses as facts, with 1 - beta > 0."""
    p = statement.proof()[0]
    return p.having(p.linear(k.Lt(ZERO, 1 - BETA), p.fact(MOMENTUM["beta < 1"], "beta < 1")))


def prove_u(statement: Statement) -> k.Theorem:
    """Descent, the error in two parts, telescope, geometric sum."""
    p = prepared(statement)
    step, measure, cost = step_through_error(p)
    whole = telescope(p, step, measure, ALPHA * ETA, cost)
    split = p.sum_linear(next(e for e in left(whole).atoms(Big) if e.args[1] == t))
    weight = BOTH * LEVEL * sp.sqrt(START) / T
    pieces = [(1 / (ALPHA * ETA * T), whole), (1 / T, split), (weight, series_below(p, T))]
    thm = p.linear(claimed(statement), *pieces, label="T5m through U")
    return k.recursion(thm, ERROR, *ERROR_RULES)


T5M_U = Theory(
    id="T5m-U",
    title="Muon with momentum, through the error: T1m-U with nuclear norms",
    kind="upper",
    statement=STATEMENT_U,
    prove=prove_u,
    samples=lambda: muon_momentum_samples(TOTAL, NOISE, BETA, ALPHA, GAMMA),
)
