"""T1a, T1b, T1c: T1 with the best stepsize, the best batch, and the cost of a given accuracy.

(a) eta = sqrt(2 Delta/(L T)).  (b) N = T B calls and the batch at which both terms of (a) agree.
(c) T >= 8 L Delta/eps**2 and B >= 4 |sigma|_1**2/eps**2 give avg_T <= eps, and the least such
integers cost at most (8 L Delta/eps**2 + 1)(4 |sigma|_1**2/eps**2 + 1) calls.

Source: theory sheet, section 1.
"""

from __future__ import annotations

import sympy as sp

from hardinstances.level import Condition
from proofs import experiments
from proofs.assumptions import DELTA, ETA, B, L, T
from proofs.lemmas.basics import ZERO, claimed
from proofs.lemmas.roots import below, below_root
from proofs.samples import (
    best_batch_samples,
    best_stepsize_samples,
    budget_samples,
    rounding_samples,
)
from proofs.upper.signsgd import AVERAGE, NOISE, STATEMENT, T1, TOTAL
from signcheck import kernel as k
from signcheck.bound import upper
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

EPS, N = k.Sym("eps"), k.Sym("N", "int")
BEST = sp.sqrt(2 * DELTA / (L * T))
"""The stepsize at which both noiseless terms of T1 agree."""

# ---------------------------------------------------------------- statements

STEPS, CALLS = 8 * L * DELTA / EPS**2, 4 * NOISE**2 / EPS**2


def _with_best_stepsize() -> dict[str, k.Formula]:
    moved = {name: h.subst({ETA: BEST}) for name, h in STATEMENT.hypotheses.items()}
    del moved["eta > 0"]
    return {"Delta > 0": k.Lt(ZERO, DELTA), **moved}


A_STATEMENT = Statement(
    hypotheses=_with_best_stepsize(),
    conclusion=k.Le(AVERAGE, sp.sqrt(2 * L * DELTA / T) + NOISE / sp.sqrt(B)),
)

B_STATEMENT = Statement(
    hypotheses={
        **A_STATEMENT.hypotheses,
        "|sigma|_1 > 0": k.Lt(ZERO, NOISE),
        "N = T B": k.Eq(N, T * B),
        "best batch": k.Eq(2 * L * DELTA * B**2, NOISE**2 * N),
    },
    conclusion=k.Le(AVERAGE, sp.root(32 * L * DELTA * NOISE**2 / N, 4)),
)

C_STATEMENT = Statement(
    hypotheses={
        **A_STATEMENT.hypotheses,
        "eps > 0": k.Lt(ZERO, EPS),
        "enough steps": k.Le(STEPS, T),
        "enough calls a step": k.Le(CALLS, B),
    },
    conclusion=k.Le(AVERAGE, EPS),
)

CALLS_STATEMENT = Statement(
    hypotheses={
        "eps > 0": k.Lt(ZERO, EPS),
        "T >= 1": STATEMENT.hypotheses["T >= 1"],
        "T rounded up": k.Le(T, STEPS + 1),
        "B rounded up": k.Le(B, CALLS + 1),
    },
    conclusion=k.Le(T * B, (STEPS + 1) * (CALLS + 1)),
)


# ---------------------------------------------------------------- proofs


def best_stepsize(p: Proof) -> k.Theorem:
    """avg_T <= sqrt(2 L Delta/T) + |sigma|_1/sqrt(B)."""
    general = p.specialise(T1.theorem, {ETA: BEST}, label="T1 at the best stepsize")
    bound = k.cut(general, p.sign_fact(k.Lt(ZERO, BEST)))
    top = 2 * L * DELTA / T
    equal = p.linear(k.Le((L * BEST) ** 2, top))
    root = below_root(p, L * BEST, top, equal)
    return p.linear(claimed(A_STATEMENT), bound, root, label="both terms agree")


def _facts(statement: Statement) -> Proof:
    """The statement's hypotheses, in an order in which each has a value when it is assumed."""
    return statement.proof()[0]


def prove_a(statement: Statement) -> k.Theorem:
    """Put the stepsize in and compare the roots."""
    p = _facts(statement)
    return p.linear(claimed(statement), best_stepsize(p), label="T1a")


def prove_b(statement: Statement) -> k.Theorem:
    """At the best batch both terms of (a) are equal, and their sum to the fourth is the claim."""
    p = _facts(statement)
    calls = p.fact(B_STATEMENT.hypotheses["N = T B"], "N = T B")
    batch = p.fact(B_STATEMENT.hypotheses["best batch"], "best batch")
    many = p.linear(k.Lt(ZERO, N), calls, slack=[T * B])
    p = p.having(many)
    noise, descent = NOISE / sp.sqrt(B), sp.sqrt(2 * L * DELTA / T)
    agree = p.linear(
        k.Le(descent**2, noise**2), (1 / (T * B**2), batch), (NOISE**2 / (T * B**2), calls)
    )
    same = below(p, descent, noise, agree)
    fourth = 32 * L * DELTA * NOISE**2 / N
    value = p.linear(
        k.Le((2 * noise) ** 4, fourth), (16 * NOISE**2 / (B**2 * N), batch), label="fourth power"
    )
    half = below_root(p, (2 * noise) ** 2, fourth, value)
    whole = below_root(p, 2 * noise, sp.sqrt(fourth), half)
    return p.linear(claimed(statement), best_stepsize(p), same, whole, label="T1b")


def prove_c(statement: Statement) -> k.Theorem:
    """Each of the two terms of (a) is at most eps/2."""
    p = _facts(statement)
    steps, batch = (
        p.fact(C_STATEMENT.hypotheses[name], name)
        for name in ("enough steps", "enough calls a step")
    )
    noise, descent = NOISE / sp.sqrt(B), sp.sqrt(2 * L * DELTA / T)
    few = p.linear(k.Le(descent**2, (EPS / 2) ** 2), (EPS**2 / (4 * T), steps), label="descent")
    quiet = p.linear(k.Le(noise**2, (EPS / 2) ** 2), (EPS**2 / (4 * B), batch), label="noise")
    halves = [below(p, descent, EPS / 2, few), below(p, noise, EPS / 2, quiet)]
    return p.linear(claimed(statement), best_stepsize(p), *halves, label="T1c")


def prove_calls(statement: Statement) -> k.Theorem:
    """(X - T) Y + T (Y - B) is non-negative."""
    p, (steps, batch) = statement.proof("T rounded up", "B rounded up")
    return p.linear(claimed(statement), (CALLS + 1, steps), (T, batch), label="product")


METHOD = "SignSGD with eta = sqrt(2 Delta/(L T))"

_WORK, _PRICE = 2 * sp.Symbol("L") * sp.Symbol("Delta"), sp.Symbol("|sigma|_1") ** 2
ROOM = (
    Condition(
        "best batch >= 1",
        _PRICE * sp.Symbol("N") - _WORK,
        strict=False,
        sentence="The best batch is below 1: raise N or sigma, or use T1a with B = 1.",
    ),
    Condition(
        "best number of steps >= 1",
        _WORK * sp.Symbol("N") - _PRICE,
        strict=False,
        sentence="The best batch is above N: raise N or lower sigma.",
    ),
)
"""What B >= 1 and T >= 1 say of the best batch |sigma|_1 sqrt(N/(2 L Delta)) at N = T B calls."""

T1A = Theory(
    id="T1a",
    title="T1 at the best stepsize: avg <= sqrt(2 L Delta/T) + |sigma|_1/sqrt(B)",
    kind="upper",
    statement=A_STATEMENT,
    prove=prove_a,
    samples=lambda: best_stepsize_samples(TOTAL, NOISE),
    bound=upper("T1a", METHOD, A_STATEMENT),
    runs=experiments.BEST_STEPSIZE,
)
T1B = Theory(
    id="T1b",
    title="T1 at the best stepsize and batch: avg <= (32 L Delta |sigma|_1^2/N)^(1/4)",
    kind="upper",
    statement=B_STATEMENT,
    prove=prove_b,
    samples=lambda: best_batch_samples(TOTAL, NOISE, N),
    bound=upper("T1b", METHOD, B_STATEMENT, also=ROOM),
    runs=experiments.BEST_BATCH,
)
T1C = Theory(
    id="T1c",
    title="T >= 8 L Delta/eps^2 and B >= 4 |sigma|_1^2/eps^2 give avg <= eps",
    kind="upper",
    statement=C_STATEMENT,
    prove=prove_c,
    samples=lambda: budget_samples(TOTAL, NOISE, EPS),
    notes={
        "slack": "steps and batch are rounded up: no member is known that needs all of eps",
    },
)
T1C_CALLS = Theory(
    id="T1c-calls",
    title="the least such T and B cost T B <= (8 L Delta/eps^2 + 1)(4 |sigma|_1^2/eps^2 + 1) calls",
    kind="lemma",
    statement=CALLS_STATEMENT,
    prove=prove_calls,
    samples=lambda: rounding_samples(NOISE, EPS),
    bound=upper("T1c-calls", METHOD, CALLS_STATEMENT),
)
