"""Skewed masking noise: the mean of B calls is negative with probability (1 - 1/(2B))**B or more.

That is at least 1/2, so on average the sign of the mean moves a sign method uphill. The law is
``hardinstances.noise.SKEWED``. Source: theory sheet, section 3 (T2-skew).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from hardinstances.noise import MEAN, SKEWED
from hardinstances.noise import TAU as OUTCOME_OFFSET
from proofs.assumptions import TAU, B, lifted
from proofs.lemmas.basics import ZERO, Z, above, claimed, right, sign_bounded
from proofs.lemmas.masking import CALL, IN_BATCH, MEAN_OF_BATCH, F, J, N, Q, U, bernoulli, counts
from proofs.samples.skew import skew_noise_samples
from signcheck import kernel as k
from signcheck.kernel.terms import Big, Ex, Prod
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

ONE, HALF = sp.Integer(1), sp.Rational(1, 2)
NOISE = k.Noise(
    mean=U,
    values=tuple(lifted(v, **{MEAN.name: U, OUTCOME_OFFSET.name: TAU}) for v in SKEWED.outcomes),
    probabilities=tuple(lifted(v) for v in SKEWED.probabilities),
    batch=B,
)
LARGE = NOISE.values[0]
MISS = NOISE.probabilities[1]
CHANCE = MISS**B
"""Probability that all B calls miss the large outcome."""
MISSED = (LARGE - CALL(J)) / (LARGE + TAU)
"""1 if the call is small, 0 if it is large."""

HYPOTHESES: dict[str, k.Formula] = {
    "B >= 1": k.Le(ONE, B),
    "tau > 0": k.Lt(ZERO, TAU),
    "u >= 0": k.Le(ZERO, U),
    "u known": k.Measurable(U, F),
    "law": k.ForAll(J, IN_BATCH, NOISE.law(CALL(J), F, U)),
    "independent": k.Independent(CALL(J), J, B, F),
}


def positive_miss(p: Proof) -> k.Theorem:
    """0 < 1 - 1/(2B), from 1 <= B."""
    return p.linear(
        k.Lt(ZERO, MISS), (1 / (2 * B), p.fact(HYPOTHESES["B >= 1"], "B >= 1")), slack=[1 / (2 * B)]
    )


@cache
def chance_at_least_half() -> k.Theorem:
    """B >= 1 |- 1/2 <= (1 - 1/(2B))**B."""
    p = Proof()
    p.given(HYPOTHESES["B >= 1"])
    positive = positive_miss(p)
    line = k.cut(p.specialise(bernoulli(), {Q: MISS - 1}), positive)
    return p.having(positive).linear(k.Le(HALF, CHANCE), p.instantiate(line, B))


def _start() -> tuple[Proof, dict[str, k.Theorem]]:
    p = Proof()
    held: dict[str, k.Theorem] = {}
    for name, formula in HYPOTHESES.items():
        held[name] = p.given(formula)
        if name == "B >= 1":
            p = p.having(positive_miss(p))
    return p, held


def _sign(p: Proof, held: dict[str, k.Theorem]) -> k.Theorem:
    """sign(mean of the batch) <= 1 - 2 prod of missed."""
    outcome = LARGE + TAU

    def flat_at(q: Proof) -> k.Theorem:
        call = CALL(N)
        support = q.law_support(q.instantiate(held["law"], N), (call - LARGE) * (call + TAU))
        missed = MISSED.xreplace({CALL(J): call})
        return q.linear(k.Eq(missed**2, missed), (1 / outcome**2, support), label="hit or missed")

    flat, _, many = counts(p, MISSED, flat_at)
    big, total, mean = Prod(MISSED, J, ZERO, B), Big(MISSED, J, ZERO, B), MEAN_OF_BATCH
    goal = k.Le(sp.sign(mean), 1 - 2 * big)

    def case(r: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            size = r.specialise(sign_bounded(), {Z: mean})
            return r.linear(goal, above(sp.sign(mean), *r.facts), size, (2, side))
        one = r.linear(k.Eq(big, ONE), (1 / big, flat))
        down = r.linear(
            k.Lt(ZERO, -mean),
            (outcome / B, p.sum_linear(total)),
            (outcome / B, many),
            (outcome, one),
            slack=[TAU],
            label="all missed turn the mean away",
        )
        value = r.having(down).function_value(sp.sign(mean))
        return r.linear(goal, value, (2, one))

    return p.split(k.Le(big, ZERO), k.Lt(ZERO, big), case)


@cache
def uphill() -> k.Theorem:
    """E[sign(mean of the batch) | F] <= 1 - 2 (1 - 1/(2B))**B."""
    p, held = _start()
    q = p.having(*map(k.assume, IN_BATCH))
    one = q.expect_finite(q.instantiate(held["law"], J), Ex(MISSED, F))
    miss = q.linear(k.Eq(Ex(MISSED, F), MISS), one, label="chance of a miss")
    every = p.constant_product(p.generalise(miss, J, *IN_BATCH))
    chance = p.chain(p.expect_product(held["independent"], MISSED, B), every)
    taken = p.expect_mono(_sign(p, held), F)
    goal = k.Le(Ex(sp.sign(MEAN_OF_BATCH), F), 1 - 2 * CHANCE)
    return p.linear(goal, taken, p.expect_linear(right(taken)), (2, chance), label="uphill")


# ---------------------------------------------------------------- A2

DRAW, SIZE, V = k.Sym("y", "random"), k.Sym("sigma"), k.Sym("v")
ROOT = sp.sqrt(2 * B - 1)
LAW = NOISE.law(DRAW, F, U)
ERROR = Ex((DRAW - V) ** 2, F)
"""At most sigma**2 + (u - v)**2 for all numbers v iff E y = u and Var y <= sigma**2."""


def _positive_root(p: Proof) -> k.Theorem:
    """0 < 2 B - 1."""
    return p.linear(k.Lt(ZERO, 2 * B - 1), (2, p.fact(HYPOTHESES["B >= 1"], "B >= 1")), slack=[ONE])


NOISE_STATEMENT = Statement(
    hypotheses={
        "B >= 1": HYPOTHESES["B >= 1"],
        "tau > 0": HYPOTHESES["tau > 0"],
        "u >= 0": HYPOTHESES["u >= 0"],
        "u known": HYPOTHESES["u known"],
        "law of a call": LAW,
        "masked": k.Le(U, SIZE / ROOT - TAU),
    },
    conclusion=k.Le(ERROR, SIZE**2 + (U - V) ** 2),
    prepare=lambda p: [positive_miss(p), _positive_root(p)],
)


def prove_noise(statement: Statement) -> k.Theorem:
    """(u + tau)**2 (2 B - 1) is the variance."""
    p = statement.proof()[0]
    spread = p.expect_finite(p.fact(LAW, "law"), ERROR)
    masked = p.fact(NOISE_STATEMENT.hypotheses["masked"], "masked")
    top = SIZE / ROOT
    q = p.having(p.linear(k.Le(ZERO, top), masked, slack=[U, TAU]))
    weight = (2 * B - 1) * (top + U + TAU)
    goal = claimed(statement)
    return q.linear(goal, spread, (weight, masked), label="variance of the skewed noise")


T2_SKEW_A2 = Theory(
    id="T2-skew-A2",
    title="the skewed noise: E(y - v)^2 <= sigma^2 + (u - v)^2 for all v, where u + tau <= "
    "sigma/sqrt(2B-1)",
    kind="lemma",
    statement=NOISE_STATEMENT,
    prove=prove_noise,
    samples=lambda: skew_noise_samples(U, SIZE, V, ERROR),
)
