"""T5m through V: L1 for the fresh call, L1-pointwise for the past; and the smaller of U and V.

Source: theory sheet, section 1.
"""

from __future__ import annotations

import sympy as sp

from proofs import experiments_matrix
from proofs.assumptions import ETA, F, L, T
from proofs.lemmas import moments
from proofs.lemmas.basics import ZERO, claimed, left, right
from proofs.lemmas.matrix_noise import ALPHA, GAMMA
from proofs.lemmas.moments import BETA, EXTRA, FADING
from proofs.samples.matrix import muon_momentum_samples, polar_momentum_samples
from proofs.upper.momentum import extra_sum, smaller
from proofs.upper.momentum_parts import START, TAIL, m, now
from proofs.upper.muon import AVERAGE, TOTAL, exact_outputs, in_words, matrix_step
from proofs.upper.muon_momentum import BOTH, T5M_U, THROUGH_ERROR, claiming, prepared
from proofs.upper.muon_momentum_parts import (
    DRIFT,
    ERROR,
    ERROR_RULES,
    LEVEL,
    MOMENTUM,
    drift_bound,
    gradient,
    gradient_moves,
    later,
    noise_norm,
)
from proofs.upper.muon_momentum_prices import first_price, later_price, shifted
from proofs.upper.muon_oracle import MATRIX_ORACLE, NOISE, always
from proofs.upper.oracle import HERE, NOW, THERE, t, telescope, x
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Big, Ex, Nuc, Pol, Val
from signcheck.proof import Premise, Proof
from signcheck.theory import Sample, Statement, Theory

# ---------------------------------------------------------------- statements

ONE = sp.Integer(1)
SHARE = GAMMA / ALPHA
THROUGH_FRESH = LEVEL * (
    SHARE * (1 - BETA) + BOTH * BETA * sp.sqrt(TAIL) + (SHARE * BETA + BOTH * BETA / (1 - BETA)) / T
)
STATEMENT_V = claiming(THROUGH_FRESH)
STATEMENT = claiming(sp.Min(THROUGH_ERROR, THROUGH_FRESH))
EXACT_STATEMENT = Statement(
    hypotheses={
        **MATRIX_ORACLE,
        **MOMENTUM,
        "update": always(k.Eq(THERE, HERE - ETA * Pol(m(t)))),
    },
    conclusion=k.Le(AVERAGE, claimed(STATEMENT).rhs.xreplace({ALPHA: ONE, GAMMA: ONE})),
)

AHEAD = BOTH * BETA * LEVEL
EXTRA_VALUES = {moments.FIRST: SHARE * BETA * LEVEL, moments.SCALE: AHEAD * sp.sqrt(START)}
EXTRA_RULES = tuple(rule.subst(EXTRA_VALUES) for rule in FADING)
"""What the noise term of V exceeds its limit by at step t."""

SLACK = (
    "not tight: L1-pointwise pays the noise of past steps with the constant alpha + gamma, and no "
    "member is known that attains the drift of the average beside it"
)
WEIGHT = ALPHA + GAMMA
STEADY = GAMMA * (1 - BETA) * LEVEL + WEIGHT * (DRIFT + BETA * LEVEL * sp.sqrt(TAIL))
BEND = L * ETA**2 * GAMMA**2 / 2

# ---------------------------------------------------------------- steps


def value_at(s: sp.Expr) -> sp.Expr:
    """E f(x_s)."""
    return Ex(Val(F, x(s)), TRIVIAL)


def claim(s: sp.Expr) -> k.Le:
    """E f(x_{s+1}) <= E f(x_s) - alpha eta (E|grad|_* - extra_s) + eta STEADY + BEND."""
    measure = Ex(Nuc(gradient(s)), TRIVIAL) - EXTRA(s)
    return k.Le(value_at(s + 1), value_at(s) - ALPHA * ETA * measure + ETA * STEADY + BEND)


def unconditional(p: Proof, price: k.Theorem) -> list[k.Theorem]:
    """E of both sides of a price, with the tower rule; its sum of spreads opened."""
    taken = p.expect_mono(price, TRIVIAL)
    opened = p.expect_linear(left(taken))
    inner = next(e for e in right(opened).atoms(Ex) if isinstance(e.args[0], Ex))
    total = next(iter(right(price).atoms(Big)))
    return [taken, opened, p.tower(inner), p.expect_linear(right(taken)), p.sum_linear(total)]


def first_step(p: Proof, steps: k.Theorem, extra: k.Theorem) -> k.Theorem:
    """The claim at step 0, where the direction is the batch mean."""
    *price, share = unconditional(p, first_price(p))
    taken = p.expect_mono(p.instantiate(steps, ZERO), TRIVIAL)
    spare = [ETA * WEIGHT * DRIFT, ETA * WEIGHT * BETA * LEVEL * sp.sqrt(TAIL)]
    pieces: list[Premise] = [taken, p.expect_linear(right(taken)), (ALPHA * ETA, extra)]
    pieces += [(ETA, thm) for thm in price]
    pieces.append((ETA * GAMMA, share))
    return p.linear(claim(ZERO), *pieces, slack=spare, label="first step")


def later_step(p: Proof, steps: k.Theorem, extra: k.Theorem) -> k.Theorem:
    """The claim at step t + 1."""
    q = later(p)
    s = t + 1
    *price, share = unconditional(q, later_price(q, p))
    past, step = shifted(q), q.instantiate(steps, s)
    there = right(step) + ETA * (right(past) - left(past))
    surely = q.linear(k.Le(left(step), there), step, (ETA, past))
    taken = q.expect_mono(surely, TRIVIAL)
    lag = q.expect_mono(q.instantiate(drift_bound(p), t), TRIVIAL)
    moves = q.expect_mono(gradient_moves(q), TRIVIAL)
    scale = ETA * WEIGHT * BETA
    pieces: list[Premise] = [taken, q.expect_linear(right(taken))]
    pieces += [(ETA, thm) for thm in price]
    pieces += [(ETA * GAMMA, share), (ALPHA * ETA, q.instantiate(extra, t))]
    ends = [q.expect_linear(right(thm)) for thm in (lag, moves)]
    pieces += [(scale, thm) for thm in (lag, moves, *ends, q.instantiate(noise_norm(p), t))]
    return q.linear(claim(s), *pieces, label="later step")


def prove_v(statement: Statement) -> k.Theorem:
    """Price the first step and the later ones, telescope, sum what is extra."""
    p = prepared(statement)
    rules = [p.assume(f) for f in EXTRA_RULES]
    steps = p.generalise(matrix_step(now(p)), t, *NOW)
    base, step = first_step(p, steps, rules[0]), later_step(p, steps, rules[1])
    every = p.induction(base, step, t, ZERO, None, label="every step")
    here = now(p).instantiate(every, t)
    measure = Ex(Nuc(gradient(t)), TRIVIAL) - EXTRA(t)
    whole = telescope(p, here, measure, ALPHA * ETA, ETA * STEADY + BEND)
    total = next(e for e in left(whole).atoms(Big) if e.args[1] == t)
    pieces = [
        (1 / (ALPHA * ETA * T), whole),
        (1 / T, p.sum_linear(total)),
        (1 / T, extra_sum(p, SHARE * BETA * LEVEL, AHEAD)),
    ]
    thm = p.linear(claimed(statement), *pieces, label="T5m through V")
    thm = k.recursion(thm, ERROR, *ERROR_RULES)
    return k.recursion(thm, EXTRA, *EXTRA_RULES)


def prove(statement: Statement) -> k.Theorem:
    """The smaller of the two."""
    p = prepared(statement)
    bounds = [T5M_U.theorem, T5M_V.theorem]
    return smaller(statement, p, bounds, [THROUGH_ERROR, THROUGH_FRESH])


def prove_exact(statement: Statement) -> k.Theorem:
    """The polar factor has alpha = gamma = 1: T5m for the family O(t) = polar m(t)."""
    p = statement.proof()[0]
    bound = exact_outputs(p, T5M.theorem, m, "T5m for the polar factor")
    return p.linear(claimed(statement), bound, label="exact polar factor")


def _samples() -> list[Sample]:
    return muon_momentum_samples(TOTAL, NOISE, BETA, ALPHA, GAMMA)


T5M_V = Theory(
    id="T5m-V",
    title="Muon with momentum, fresh call: T1m-V with nuclear norms",
    kind="upper",
    statement=STATEMENT_V,
    prove=prove_v,
    samples=_samples,
)
T5M = Theory(
    id="T5m",
    title="Muon with momentum: avg E|grad f|_* <= Delta/(alpha eta T) + L eta gamma^2/(2 alpha) "
    "+ (1 + gamma/alpha) L eta gamma beta/(1-beta) + min(U, V)",
    kind="upper",
    statement=STATEMENT,
    prove=prove,
    samples=_samples,
    notes={"slack": SLACK},
    bound=in_words("T5m", "Muon with momentum beta in (0, 1), any polar step", STATEMENT),
    runs=experiments_matrix.MOMENTUM,
)
T5M_EXACT = Theory(
    id="T5m-exact",
    title="Muon with momentum, exact polar factor: avg E|grad f|_* <= Delta/(eta T) + L eta/2 "
    "+ 2 L eta beta/(1-beta) + min(U, V)",
    kind="upper",
    statement=EXACT_STATEMENT,
    prove=prove_exact,
    samples=lambda: polar_momentum_samples(TOTAL, NOISE, BETA),
    notes={"slack": SLACK},
    bound=in_words("T5m-exact", "Muon with momentum, exact polar factor", EXACT_STATEMENT),
    runs=experiments_matrix.EXACT_MOMENTUM,
)
