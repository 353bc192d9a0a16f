"""T8-A2: the gated oracle is unbiased, with noise in one coordinate a call and a bounded variance.

Source: theory sheet, section 5; Arjevani et al. 2023.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from hardinstances.chain_bounds import SLOPE as STEEPEST_SLOPE
from hardinstances.exact import rational
from proofs.lemmas.basics import ZERO, I, claimed
from proofs.lemmas.chain_bounds import SLOPE_NUMBERS, brought, given, slope_at_most
from proofs.lemmas.chain_certified import (
    certified,
)
from proofs.lemmas.chain_function import (
    BE,
    CURVES,
    LAM,
    LINKS,
    SCALES,
    N,
    gate,
)
from proofs.lemmas.chain_progress import ORACLE, POINT, SEEN
from proofs.lemmas.chain_progress import SLOPE as HERE
from proofs.lemmas.chain_weight import CHANCE, GATES, NOW, ONE, SHOWN, t
from proofs.lower import chain_runs
from proofs.lower.chain import SCALING, UNIT, scales
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Co, Ex, Past, Prod
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

NOISE = rational(STEEPEST_SLOPE) * UNIT / DIM
"""Bound on the derivative; sigma_i is this times sqrt((1 - p)/p)."""

ERROR = Ex((Co(SEEN(t), I) - HERE) ** 2, Past(t))
NOISE_STATEMENT = Statement(
    hypotheses={
        **SCALING,
        **CURVES,
        **LINKS,
        **SLOPE_NUMBERS,
        "p > 0": GATES["p > 0"],
        "p <= 1": k.Le(CHANCE, ONE),
        "gate law": GATES["gate law"],
        "oracle": ORACLE["oracle"],
        "point known": k.ForAll(t, NOW, k.Measurable(POINT(t), Past(t))),
        "t >= 0": NOW[0],
        "i >= 0": k.Le(ZERO, I),
        "i < d": k.Lt(I, DIM),
    },
    conclusion=k.Le(ERROR, NOISE**2 * (1 - CHANCE) / CHANCE),
    prepare=scales,
)


def prove_noise(statement: Statement) -> k.Theorem:
    """The error is the derivative times the gate times z/p - 1, whose second moment is (1-p)/p."""
    certified(statement.hypotheses)
    p, (law, oracle, known) = statement.proof("gate law", "oracle", "point known")
    closed, term = gate(I, POINT(t)), SHOWN(t) / CHANCE - 1
    error = Co(SEEN(t), I) - HERE
    square = p.linear(
        k.Eq(error**2, HERE**2 * closed**2 * term**2),
        (error + HERE * closed * term, p.instantiate(oracle, t, I)),
    )
    q = p.having(p.instantiate(known, t))
    mean = q.expect_linear(Ex(HERE**2 * closed**2 * term**2, Past(t)))
    chance = [q.expect_finite(p.instantiate(law, t), Ex(SHOWN(t) ** n, Past(t))) for n in (1, 2)]
    weight = HERE**2 * closed**2
    exact = q.linear(
        k.Eq(ERROR, HERE**2 * closed**2 * (1 - CHANCE) / CHANCE),
        q.expect_mono(square, Past(t)),
        mean,
        (weight / CHANCE, chance[0]),
        (weight / CHANCE**2, chance[1]),
        label="second moment",
    )
    low, high = gate_between(p)
    room = q.linear(k.Le(ZERO, 1 - CHANCE), p.fact(NOISE_STATEMENT.hypotheses["p <= 1"], "p <= 1"))
    share = (1 - CHANCE) / CHANCE
    r = q.having(room, low)
    flat = r.linear(k.Le(closed**2, ONE), (1 + closed, high), label="gate")
    slope = p.instantiate(brought(p, slope_at_most()), I, POINT(t))
    scale = _scale(r)
    return r.linear(
        claimed(statement),
        exact,
        (HERE**2 * share, flat),
        (share, slope),
        (share, scale),
        slack=[share * UNIT**2 / DIM**2],
        label="A2",
    )


def _scale(p: Proof) -> k.Theorem:
    """(lam/be)**2 == (UNIT/d)**2."""
    first, second = (p.fact(SCALING[name], name) for name in ("lam", "be"))
    ratio = p.linear(
        k.Eq(LAM / BE, UNIT / DIM), (1 / BE, first), (UNIT / (DIM * BE), second), label="scales"
    )
    return p.linear(
        k.Eq((LAM / BE) ** 2, (UNIT / DIM) ** 2), (LAM / BE + UNIT / DIM, ratio), label="squares"
    )


def gate_between(p: Proof) -> tuple[k.Theorem, k.Theorem]:
    """0 <= gate(i) and gate(i) <= 1 at x(t), a product of indicators."""
    index = gate(I, POINT(t)).args[1]
    member = gate(I, POINT(t)).args[0]

    def part(n: sp.Expr) -> sp.Expr:
        return Prod(member, index, I, n)

    base = p.linear(k.Le(part(I), ONE), p.range_empty(member, index, I, "product"))
    known, later = p.assume(k.Le(part(N), ONE)), p.assume(k.Le(I, N))
    q = p.having(later)
    last = member.xreplace({index: N})
    step = q.linear(
        k.Le(part(N + 1), ONE),
        q.range_step(part(N + 1)),
        (last, known),
        q.between(last),
        label="one more indicator",
    )
    every = p.induction(base, step, N, I, None)
    here = p.linear(k.Le(I, DIM), p.fact(NOISE_STATEMENT.hypotheses["i < d"], "i < d"))
    whole = p.having(here).instantiate(every, DIM)
    return p.sign_fact(k.Le(ZERO, gate(I, POINT(t)))), whole


T8_A2 = Theory(
    id="T8-A2",
    title="the gated oracle's variance: E[(g_i - f'_i)^2 | past] <= sigma_i^2",
    kind="lemma",
    statement=NOISE_STATEMENT,
    prove=prove_noise,
    samples=lambda: chain_runs.noise_samples(ERROR, CHANCE),
    notes={"slack": chain_runs.NOT_BEST},
)


@cache
def unbiased() -> k.Theorem:
    """E[g(t)_i | past] == (grad f(x(t)))_i: the oracle of T8 is unbiased."""
    p, held = given(SCALES, {name: NOISE_STATEMENT.hypotheses[name] for name in _FOR_MEAN})
    closed, term = gate(I, POINT(t)), SHOWN(t) / CHANCE - 1
    value = p.instantiate(held["oracle"], t, I)
    q = p.having(p.instantiate(held["point known"], t))
    mean = q.expect_linear(Ex(HERE * (1 + closed * term), Past(t)))
    chance = q.expect_finite(p.instantiate(held["gate law"], t), Ex(SHOWN(t), Past(t)))
    return q.linear(
        k.Eq(Ex(Co(SEEN(t), I), Past(t)), HERE),
        q.expect_mono(value, Past(t)),
        mean,
        (HERE * closed / CHANCE, chance),
    )


_FOR_MEAN = (*("p > 0", "gate law", "oracle", "point known", "t >= 0", "i >= 0", "i < d"),)
