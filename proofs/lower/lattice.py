"""T2b and T2c: what no method can beat whose iterates stay on a lattice of stepsize eta.

Source: theory sheet, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import sympy as sp

from hardinstances.levels import LATTICE_TIGHT, LATTICE_WELLS
from hardinstances.profiles import RAMP, WELLS
from proofs import experiments
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, SIGMA, L, T, lifted, regime
from proofs.lemmas import bricks
from proofs.lemmas.basics import DIM, ZERO, I, above, right
from proofs.lemmas.blocks import bring, conclude, gap_of_ramp, on_flat, opened, ramp_slope
from proofs.lower.dynamics import CELL, LATTICE, U, X, t
from proofs.samples import lower_samples
from proofs.upper.signsgd import NOISE
from proofs.upper.signsgd import RIGHT as UPPER
from signcheck import kernel as k
from signcheck.bound import Bound, lower
from signcheck.kernel.terms import Big
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

A, N = k.Sym("a"), k.Sym("n", "int")
HORIZON = (k.Le(ZERO, t), k.Lt(t, T))
FAMILY = (k.Le(ZERO, I), k.Lt(I, DIM))
SHARE = 1 - DELTA_SHARE
LONG_RAMP = (A, DELTA_SHARE * L, ETA * (T - 1))
"""Slope, curvature and depth of a ramp that outlasts T steps."""

Path: TypeAlias = Callable[[Proof, tuple[sp.Expr, ...]], k.Theorem]

# ---------------------------------------------------------------- statements

WELLS_STATEMENT = Statement(
    hypotheses={
        **regime(LATTICE_WELLS, "L > 0", "Delta > 0", "eta > 0"),
        "d >= 1": k.Le(1, DIM),
    },
    conclusion=k.Attained(
        L, DELTA, (Big(SIGMA(I), I, ZERO, DIM),), LATTICE, T, lifted(LATTICE_WELLS.expr), sure=True
    ),
)

TIGHT_STATEMENT = Statement(
    hypotheses=regime(LATTICE_TIGHT, "L > 0", "eta > 0", "T >= 1", "delta > 0", "delta < 1", "gap"),
    conclusion=k.Attained(
        L,
        DELTA,
        (k.Sym("sigma_1"), k.Sym("sigma_2")),
        LATTICE,
        T,
        lifted(LATTICE_TIGHT.expr),
        sure=True,
    ),
)

CAPS = {"T1": UPPER, "L0-gap": sp.sqrt(2 * L * DELTA)}
"""No member keeps SignSGD, or the start, above these (T1 and L0-gap)."""

BETWEEN = "between this level and what T1 proves from above lies the curvature share delta"

# ---------------------------------------------------------------- trajectories


def granted(p: Proof, profile: object, parameters: tuple[sp.Expr, ...]) -> dict[str, k.Theorem]:
    """The path hypotheses of a noiseless block, by a short name."""
    block = (profile, parameters, None, None, None, None, None)
    names = dict(zip(("on lattice", "cell 0", "down", "up"), LATTICE.rules, strict=True))
    for formula in k.path_hypotheses(block, LATTICE) - set(LATTICE.rules):
        if isinstance(formula, k.Eq):
            names["start"] = formula
        elif formula.body.lhs == U(t):  # type: ignore[attr-defined]
            names["slope"] = formula
    return {name: p.assume(formula) for name, formula in names.items()}


def stays_at(p: Proof, held: dict[str, k.Theorem]) -> k.Theorem:
    """x(t) == eta cell(t), for t >= 0."""
    here = p.instantiate(held["on lattice"], t)
    return p.linear(k.Eq(X(t), CELL(t) * ETA), here, held["start"])


def wells_path(p: Proof, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """For all t < T: c <= |u(t)| on the wells, whatever lattice path is taken."""
    c = parameters[0]
    q = p.having(*map(p.assume, HORIZON))
    held = granted(q, WELLS, parameters)
    place = stays_at(q, held)
    value = q.rewrite(q.instantiate(held["slope"], t), place)

    def on_side(r: Proof, case: k.Theorem) -> k.Theorem:
        side = 1 if isinstance(case.concl, k.Le) else -1
        lattice = bring(r, bricks.wells_on_lattice(side), "wells", parameters)
        level = r.instantiate(lattice, side * CELL(t))
        return r.linear(k.Le(c, sp.Abs(U(t))), bricks.absolute(value), level)

    both = q.split(k.Le(ZERO, CELL(t)), k.Lt(CELL(t), ZERO), on_side)
    return q.generalise(both, t, *HORIZON)


def ramp_path(p: Proof, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """For all t < T: a <= |u(t)| on a ramp of depth eta (T - 1)."""
    a = parameters[0]
    held = granted(p, RAMP, parameters)
    base = p.linear(k.Le(-ZERO, CELL(ZERO)), held["cell 0"])
    known, later = p.assume(k.Le(-N, CELL(N))), p.assume(k.Le(ZERO, N))
    q = p.having(later)
    step = q.linear(k.Le(-(N + 1), CELL(N + 1)), known, q.instantiate(held["down"], N))
    low = p.induction(base, step, N, ZERO, None, label="at most one cell a step")
    q = p.having(*map(p.assume, HORIZON))
    early = q.integer_gap(q.facts[-1])
    depth = right(q.identity(parameters[2], parameters[2]))
    inside = q.linear(
        k.Le(-depth, X(t)),
        stays_at(q, held),
        (ETA, q.instantiate(low, t)),
        (ETA, early),
        label="the ramp is long enough",
    )
    slope = q.chain(q.instantiate(held["slope"], t), on_flat(q, parameters, X(t), inside))
    size = q.linear(k.Le(a, sp.Abs(U(t))), slope, above(U(t)))
    return q.generalise(size, t, *HORIZON)


# ---------------------------------------------------------------- T2b


def shared_wells(
    p: Proof, claim: k.Attained, count: sp.Expr, path: Path, dynamics: k.Dynamics, label: str
) -> k.Theorem:
    """``count`` equal wells that share the amplitude a = min(L eta/2, sqrt(2 L Delta))."""
    a = lifted(LATTICE_WELLS.expr)
    low = [p.min_bound(a, arg) for arg in a.args]
    half, root = sorted(low, key=lambda b: right(b).has(sp.sqrt(DELTA)))
    square = p.linear(k.Le(a**2, 2 * L * DELTA), (a + right(root), root), label="amplitude")
    c, curve = a / count, L / count
    parameters, gap = (c, curve, ETA), c**2 / (2 * curve)
    q = p.having(p.linear(k.Le(c / curve, ETA / 2), (1 / L, half), label="fits"))
    block = k.Block(
        WELLS,
        parameters,
        SIGMA(I),
        bring(q, bricks.lipschitz("wells"), "wells", parameters),
        bring(q, bricks.gap("wells"), "wells", parameters),
        path(q, parameters),
        index=I,
        count=count,
    )
    sums = [q.sum_linear(block.total(term)) for term in (curve, gap, c)]
    totals = [
        q.linear(k.Le(block.total(curve), claim.smoothness), sums[0], label="curvature budget"),
        q.linear(k.Le(block.total(gap), claim.gap), sums[1], (1 / L, square), label="gap budget"),
        q.linear(k.Le(claim.level, block.total(c)), sums[2], label="level"),
    ]
    return q.witness(claim, [block], totals, dynamics, label=label)


def prove_wells(statement: Statement) -> k.Theorem:
    """Wells in all d coordinates."""
    claim = statement.conclusion
    assert isinstance(claim, k.Attained)
    return shared_wells(statement.proof()[0], claim, DIM, wells_path, LATTICE, "T2b")


# ---------------------------------------------------------------- T2c


def prove_tight(statement: Statement) -> k.Theorem:
    """One coordinate of wells, one long ramp whose slope spends the rest of the gap."""
    p = statement.proof()[0]
    claim = statement.conclusion
    assert isinstance(claim, k.Attained)
    spare = lifted(LATTICE_TIGHT.regime[-1].expr)
    slope, budget = ramp_slope(p, spare)
    inner = tight_for_slope(p.facts, claim, spare)
    values = {A: right(slope)}
    return conclude(p, inner, values, slope, budget)


def tight_for_slope(facts: list[k.Theorem], claim: k.Attained, spare: sp.Expr) -> k.Theorem:
    """T2c for any slope a >= 0 with gap_of_ramp(a) == spare."""
    p = Proof(*facts)
    p.given(k.Le(ZERO, A))
    budget = p.given(k.Eq(gap_of_ramp(A), spare))
    wells = (SHARE * L * ETA / 2, SHARE * L, ETA)
    q = p.having(p.linear(k.Le(wells[0] / wells[1], ETA / 2)))
    blocks = [
        quiet_block(q, WELLS, wells, claim.noise[0], wells_path),
        quiet_block(q, RAMP, LONG_RAMP, claim.noise[1], ramp_path),
    ]
    return steps_witness(q, claim, blocks, budget, LATTICE, "T2c")


def quiet_block(
    q: Proof, profile: Any, parameters: tuple[sp.Expr, ...], sigma: sp.Expr, path: Path
) -> k.Block:
    """One noiseless coordinate, whatever noise its sigma allows."""
    return k.Block(
        profile,
        parameters,
        sigma,
        bring(q, bricks.lipschitz(profile.name), profile.name, parameters),
        bring(q, bricks.gap(profile.name), profile.name, parameters),
        path(q, parameters),
    )


def steps_witness(
    q: Proof,
    claim: k.Attained,
    blocks: list[k.Block],
    budget: k.Theorem,
    dynamics: k.Dynamics,
    label: str,
) -> k.Theorem:
    """Totals of a coordinate that turns for ever at (1-delta) L eta/2 and one long ramp of slope a.

    ``budget`` says that the gap of the ramp is what the other leaves.
    """
    gaps = sp.Add(*(b.gap.concl.constant for b in blocks))  # type: ignore[attr-defined]
    curves = sp.Add(*(b.lipschitz.concl.constant for b in blocks))  # type: ignore[attr-defined]
    level = opened(claim.level, right(ramp_slope(q, right(budget))[0]), A)
    totals = [
        q.linear(k.Le(curves, claim.smoothness), label="curvature budget"),
        q.linear(k.Le(gaps, claim.gap), budget, label="gap budget"),
        q.linear(k.Le(level, SHARE * L * ETA / 2 + A), label="level"),
    ]
    return q.witness(replace(claim, level=level), blocks, totals, dynamics, label=label)


T2B = Theory(
    id="T2b",
    title="lattice methods: |grad f|_1 >= min(L eta/2, sqrt(2 L Delta)) at every step",
    kind="lower",
    statement=WELLS_STATEMENT,
    prove=prove_wells,
    samples=lambda: lower_samples(CAPS, NOISE),
    bound=Bound("T2b", "lower", lambda: (lower(WELLS_STATEMENT, LATTICE_WELLS),)),
    runs=experiments.WELLS,
)
T2C = Theory(
    id="T2c",
    title="lattice methods: |grad f|_1 >= a + (1-delta) L eta/2 for all t < T",
    kind="lower",
    statement=TIGHT_STATEMENT,
    prove=prove_tight,
    samples=lambda: lower_samples(CAPS, NOISE),
    notes={"slack": BETWEEN},
    bound=Bound("T2c", "lower", lambda: (lower(TIGHT_STATEMENT, LATTICE_TIGHT),)),
    runs=experiments.WELLS_AND_RAMP,
)
