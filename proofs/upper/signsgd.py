"""T1 (SignSGD): avg_T <= Delta/(eta T) + L eta/2 + |sigma|_1/sqrt(B).

Source: theory sheet, section 1; rates up to constants in arXiv:2605.06615.
"""

from __future__ import annotations

import sympy as sp

from proofs import experiments
from proofs.assumptions import DELTA, ETA, SIGMA, B, L, T
from proofs.lemmas.basics import DIM, ZERO, I, claimed, left
from proofs.lemmas.batch import F as GIVEN
from proofs.lemmas.sign_noise import L1, A, S
from proofs.lemmas.sign_noise import Y as DRAW
from proofs.lemmas.signs import COORDINATES
from proofs.samples import upper_samples
from proofs.upper.oracle import (
    GRADIENT,
    ORACLE,
    PAST,
    SLOPE,
    VALUE,
    batch_moments,
    g,
    t,
    telescope,
    update_rule,
    whole_expectation,
)
from proofs.upper.sign_steps import priced_step, sign_step
from signcheck import kernel as k
from signcheck.bound import upper
from signcheck.kernel.terms import N1, TRIVIAL, Big, Co, Ex, Sgn
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

# ---------------------------------------------------------------- statement

NOISE = Big(SIGMA(I), I, ZERO, DIM)
TOTAL = Big(Ex(N1(GRADIENT), TRIVIAL), t, ZERO, T)
AVERAGE = TOTAL / T

STATEMENT = Statement(
    hypotheses={
        **ORACLE,
        "sigma >= 0": k.ForAll(I, COORDINATES, k.Le(ZERO, SIGMA(I))),
        **update_rule(-ETA * Sgn(g(t))),
    },
    conclusion=k.Le(
        AVERAGE,
        DELTA / (ETA * T) + sp.Rational(1, 2) * L * ETA + NOISE / sp.sqrt(B),
    ),
)

RIGHT = STATEMENT.conclusion.rhs  # type: ignore[attr-defined]
"""The bound as a term."""

# ---------------------------------------------------------------- proof


def price_of_noise(p: Proof) -> k.Theorem:
    """For all i: |grad_i| - grad_i E[sign(m_i) | past] <= sigma_i/sqrt(B)."""
    q = p.having(*map(k.assume, COORDINATES))
    mean, spread = batch_moments(q)
    s = SIGMA(I) / sp.sqrt(B)
    lemma = q.specialise(L1.theorem, {A: SLOPE, DRAW: Co(g(t), I), S: s, GIVEN: PAST}, label="L1")
    variance = q.linear(k.Le(left(spread), s**2), spread)
    lemma = k.cut(lemma, q.sign_fact(k.Le(0, s)), mean, variance)
    return q.generalise(lemma, I, *COORDINATES)


def expected_step(p: Proof) -> k.Theorem:
    """E f(x') <= E f(x) - eta E|grad f(x)|_1 + eta |sigma|_1/sqrt(B) + L eta**2/2."""
    update = p.instantiate(p.fact(STATEMENT.hypotheses["update"], "update"), t)
    priced = price_of_noise(p)
    conditional = priced_step(p, sign_step(p, g, update), t, priced)
    prices = p.sum_linear(Big(SIGMA(I) / sp.sqrt(B), I, ZERO, DIM))
    cost = ETA * NOISE / sp.sqrt(B) + L * ETA**2 / 2
    bound = VALUE - ETA * Ex(N1(GRADIENT), TRIVIAL) + cost
    return whole_expectation(p, conditional, bound, (ETA, prices))


def prove(statement: Statement) -> k.Theorem:
    """Descent, price of noise, tower, telescope, gap."""
    p = statement.proof()[0]
    step = expected_step(p.having(k.assume(k.Le(ZERO, t))))
    cost = ETA * NOISE / sp.sqrt(B) + L * ETA**2 / 2
    whole = telescope(p, step, Ex(N1(GRADIENT), TRIVIAL), ETA, cost)
    return p.linear(claimed(statement), (1 / (ETA * T), whole), label="divide by eta T")


T1 = Theory(
    id="T1",
    title="SignSGD: avg E|grad f|_1 <= Delta/(eta T) + L eta/2 + |sigma|_1/sqrt(B)",
    kind="upper",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: upper_samples(TOTAL, NOISE),
    bound=upper("T1", "SignSGD with constant stepsize and batch", STATEMENT),
    runs=experiments.UPPER,
)
