"""T3 without noise (d ramps share all of L), and for eta >= 2/L (SGD never improves).

Source: theory sheet, section 4.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from hardinstances.levels_sgd import SGD_RAMPS, SGD_UNSTABLE
from hardinstances.profiles import QUADRATIC, RAMP
from proofs import experiments
from proofs.assumptions import DELTA, ETA, SIGMA, L, T, lifted, regime
from proofs.lemmas import bricks
from proofs.lemmas.basics import ZERO, I
from proofs.lemmas.blocks import bring, conclude
from proofs.lemmas.roots import below
from proofs.lower.dynamics import SGD, SGD_SURE
from proofs.lower.sgd_paths import ramp_path, unstable_path
from proofs.samples import quiet_level_samples, unstable_samples
from signcheck import kernel as k
from signcheck.bound import Bound, lower
from signcheck.kernel.terms import DIM, Big
from signcheck.proof import Proof
from signcheck.sigma import size
from signcheck.theory import Statement, Theory

A = k.Sym("A")

# ---------------------------------------------------------------- ramps


def ramps_statement(count: sp.Expr) -> Statement:
    """The level of ``count`` ramps."""
    noise = (Big(SIGMA(I), I, ZERO, count),)
    level = lifted(SGD_RAMPS.expr, d=count)
    return Statement(
        hypotheses={
            **regime(SGD_RAMPS, "L > 0", "Delta > 0", "eta > 0", "T >= 1"),
            f"{count} >= 1": k.Le(1, count),
        },
        conclusion=k.Attained(L, DELTA, noise, SGD, T, level, sure=False),
    )


RAMPS_STATEMENT = ramps_statement(DIM)


def prove_ramps(statement: Statement) -> k.Theorem:
    """One ramp in each coordinate of the space."""
    return prove_ramps_of(statement, DIM)


def prove_ramps_of(statement: Statement, count: sp.Expr) -> k.Theorem:
    """Equal ramps of total slope A, which spend the gap: A**2 (eta (T-1)/count + 1/(2 L))."""
    p = statement.proof()[0]
    claim = statement.conclusion
    assert isinstance(claim, k.Attained)
    steps = p.fact(RAMPS_STATEMENT.hypotheses["T >= 1"], "T >= 1")
    p = p.having(p.linear(k.Le(ZERO, T - 1), steps))
    rate = ETA * (T - 1) / count + 1 / (2 * L)
    slope = sp.sqrt(DELTA / rate)
    q = Proof(*p.facts)
    q.given(k.Le(ZERO, A))
    spent = q.given(k.Le(A**2 * rate, DELTA))
    rest = q.given(k.Le(claim.level - slope, ZERO))
    parameters = (A / count, L / count, ETA * A / count * (T - 1))
    block = k.Block(
        RAMP,
        parameters,
        SIGMA(I),
        bring(q, bricks.lipschitz("ramp"), "ramp", parameters),
        bring(q, bricks.gap("ramp"), "ramp", parameters),
        ramp_path(q, parameters),
        index=I,
        count=count,
    )
    gap = parameters[0] * parameters[2] + parameters[0] ** 2 / (2 * parameters[1])
    curve, total, level = (q.sum_linear(block.total(x)) for x in (L / count, gap, A / count))
    totals = [
        q.linear(k.Le(block.total(L / count), L), curve, label="curvature budget"),
        q.linear(k.Le(block.total(gap), DELTA), total, spent, label="gap budget"),
        q.linear(k.Le(A + claim.level - slope, block.total(A / count)), level, rest, label="level"),
    ]
    open_claim = replace(claim, level=A + claim.level - slope)
    inner = q.witness(open_claim, [block], totals, SGD_SURE, label="T3 without noise")
    proved = [
        p.sign_fact(k.Le(ZERO, slope)),
        p.linear(k.Le(slope**2 * rate, DELTA), label="slopes spend the gap"),
        p.linear(k.Le(claim.level - slope, ZERO), label="level"),
    ]
    return conclude(p, inner, {A: slope}, *proved)


# ---------------------------------------------------------------- eta >= 2/L

UNSTABLE_STATEMENT = Statement(
    hypotheses=regime(SGD_UNSTABLE, "L > 0", "Delta > 0", "eta > 0", "eta >= 2/L"),
    conclusion=k.Attained(
        L, DELTA, (k.Sym("sigma_1"),), SGD, T, lifted(SGD_UNSTABLE.expr), sure=False
    ),
)


def prove_unstable(statement: Statement) -> k.Theorem:
    """One quadratic of curvature L, started where it spends the gap."""
    p = statement.proof()[0]
    claim = statement.conclusion
    assert isinstance(claim, k.Attained)
    steep = p.fact(UNSTABLE_STATEMENT.hypotheses["eta >= 2/L"], "eta >= 2/L")
    parameters = (L, sp.sqrt(2 * DELTA / L))
    block = k.Block(
        QUADRATIC,
        parameters,
        claim.noise[0],
        bring(p, bricks.lipschitz("quadratic"), "quadratic", parameters),
        bring(p, bricks.gap("quadratic"), "quadratic", parameters),
        unstable_path(p, parameters, steep),
    )
    size, root = L * parameters[1], sp.sqrt(2 * L * DELTA)
    reach = below(p, root, size, p.linear(k.Le(root**2, size**2)))
    totals = [
        p.linear(k.Le(L, claim.smoothness), label="curvature budget"),
        p.linear(k.Le(block.gap.concl.constant, claim.gap), label="gap budget"),  # type: ignore[attr-defined]
        p.linear(k.Le(claim.level, size), reach, label="level"),
    ]
    return p.witness(claim, [block], totals, SGD_SURE, label="T3 for eta >= 2/L")


T3_RAMPS = Theory(
    id="T3-ramps",
    title="SGD with constant eta: min_t |grad f|_1 >= sqrt(Delta/(eta (T-1)/d + 1/(2 L)))",
    kind="lower",
    statement=RAMPS_STATEMENT,
    prove=prove_ramps,
    samples=quiet_level_samples,
    bound=Bound("T3-ramps", "lower", lambda: (lower(RAMPS_STATEMENT, SGD_RAMPS, "", size),)),
    runs=experiments.SGD_QUIET,
)
T3_UNSTABLE = Theory(
    id="T3-unstable",
    title="SGD with eta >= 2/L: min_t |grad f|_1 >= sqrt(2 L Delta), it never improves",
    kind="lower",
    statement=UNSTABLE_STATEMENT,
    prove=prove_unstable,
    samples=unstable_samples,
    bound=Bound("T3-unstable", "lower", lambda: (lower(UNSTABLE_STATEMENT, SGD_UNSTABLE),)),
    runs=experiments.SGD_UNSTABLE,
)
