"""T6 (Muon): the lower bounds for SignSGD hold for Muon, with r singular values for d coordinates.

F(X) = f(diag X) with noise on the diagonal: the polar factor of a diagonal matrix, 0 on zero
singular values, is the diagonal of the signs, so exact Muon on F is SignSGD on f. T6 carries T2
over, T6-cycle its form for every horizon, T6b the floor of T2b, T6c the number of steps of T2c.
Conjugation X -> U X V^T by fixed orthogonal matrices preserves the class and the method: dense
problems have the same certificate. Exact polar factor only. Source: theory sheet, section 4.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from hardinstances.levels import LATTICE_TIGHT, LATTICE_WELLS, SIGNSGD_FOREVER, SIGNSGD_TIGHT
from hardinstances.profiles import OSCILLATOR, RAMP
from proofs import experiments_matrix
from proofs.assumptions import DELTA, ETA, SIGMA, B, L, T, lifted, regime
from proofs.lemmas.basics import ZERO, I, right
from proofs.lemmas.blocks import conclude, gap_of_ramp, ramp_slope
from proofs.lower.cycle import T2_CYCLE
from proofs.lower.dynamics import SIGNSGD, SIGNSGD_SURE, t
from proofs.lower.lattice import (
    BETWEEN,
    LONG_RAMP,
    SHARE,
    A,
    quiet_block,
    shared_wells,
    steps_witness,
)  # fmt: skip
from proofs.lower.muon_paths import wells_path
from proofs.lower.signsgd import STATEMENT as T2_STATEMENT
from proofs.lower.signsgd import T2, N, S
from proofs.lower.signsgd_paths import oscillator_path, ramp_path
from proofs.samples import lower_samples
from proofs.upper.muon import EXACT_STATEMENT
from proofs.upper.muon_oracle import NOISE
from signcheck import kernel as k
from signcheck.bound import Bound, lower
from signcheck.kernel.terms import Big, Pol
from signcheck.proof import Proof
from signcheck.sigma import check_masked, kept_norm, no_noise
from signcheck.theory import Statement, Theory

RANK = k.Sym("r", "int")
_X, _U, _G = (k.Sym(name, "fam:rvector") for name in "xug")
NOW = (k.Le(ZERO, t),)

MUON = k.Dynamics(
    name="Muon(eta, B), exact polar factor",
    position=_X,
    slope=_U,
    rules=(k.ForAll(t, NOW, k.Eq(_X(t + 1), _X(t) - ETA * Pol(_G(t)))),),
    batch=B,
)
"""X(t+1) = X(t) - eta polar(G(t)) with the mean G of B oracle calls."""

# ---------------------------------------------------------------- statements


def on_matrices(claim: k.Formula) -> k.Attained:
    """The claim about SignSGD as one about Muon."""
    assert isinstance(claim, k.Attained)
    return replace(claim, dynamics=MUON, matrices=True)


STATEMENT, CYCLE_STATEMENT = (
    statement.claiming(on_matrices(statement.conclusion))
    for statement in (T2_STATEMENT, T2_CYCLE.statement)
)

STEPS_STATEMENT = Statement(
    hypotheses=regime(LATTICE_TIGHT, "L > 0", "eta > 0", "T >= 1", "delta > 0", "delta < 1", "gap"),
    conclusion=k.Attained(
        L,
        DELTA,
        (k.Sym("sigma_1"), k.Sym("sigma_2")),
        MUON,
        T,
        lifted(LATTICE_TIGHT.expr),
        sure=True,
        matrices=True,
    ),
)

FLOOR_STATEMENT = Statement(
    hypotheses={**regime(LATTICE_WELLS, "L > 0", "Delta > 0", "eta > 0"), "r >= 1": k.Le(1, RANK)},
    conclusion=k.Attained(
        L,
        DELTA,
        (Big(SIGMA(I), I, ZERO, RANK),),
        MUON,
        T,
        lifted(LATTICE_WELLS.expr),
        sure=True,
        matrices=True,
    ),
)

_UPPER = EXACT_STATEMENT.conclusion
assert isinstance(_UPPER, k.Le)
CAPS = {"T5-exact": _UPPER.rhs, "L0-matrix-gap": sp.sqrt(2 * L * DELTA)}
"""No member keeps Muon, or the start, above these."""

# ---------------------------------------------------------------- proofs


def on_coordinates(statement: Statement) -> k.Attained:
    """The claim as one about SignSGD on the singular values."""
    claim = statement.conclusion
    assert isinstance(claim, k.Attained)
    return replace(claim, dynamics=SIGNSGD, matrices=False)


def prove(statement: Statement) -> k.Theorem:
    """T2 on the diagonal."""
    coordinates = replace(statement, conclusion=on_coordinates(statement))
    return k.embed(T2.prove(coordinates), MUON, label="T6")


def prove_cycle(statement: Statement) -> k.Theorem:
    """T2-cycle on the diagonal."""
    coordinates = replace(statement, conclusion=on_coordinates(statement))
    return k.embed(T2_CYCLE.prove(coordinates), MUON, label="T6-cycle")


def prove_steps(statement: Statement) -> k.Theorem:
    """An oscillator and one long ramp, on the diagonal."""
    p = statement.proof()[0]
    claim = on_coordinates(statement)
    spare = lifted(LATTICE_TIGHT.regime[-1].expr)
    slope, budget = ramp_slope(p, spare)
    inner = steps_for_slope(p.facts, claim, spare)
    return k.embed(conclude(p, inner, {A: right(slope)}, slope, budget), MUON, label="T6c")


def steps_for_slope(facts: list[k.Theorem], claim: k.Attained, spare: sp.Expr) -> k.Theorem:
    """The level of T2c under SignSGD, for any slope a >= 0 with gap_of_ramp(a) == spare."""
    p = Proof(*facts)
    p.given(k.Le(ZERO, A))
    budget = p.given(k.Eq(gap_of_ramp(A), spare))
    swing = (SHARE * L, ETA / 2)
    blocks = [
        quiet_block(p, OSCILLATOR, swing, claim.noise[0], oscillator_path),
        quiet_block(p, RAMP, LONG_RAMP, claim.noise[1], ramp_path),
    ]
    return steps_witness(p, claim, blocks, budget, SIGNSGD_SURE, "steps")


def prove_floor(statement: Statement) -> k.Theorem:
    """Wells on the whole diagonal."""
    claim = on_coordinates(statement)
    p = statement.proof()[0]
    floor = shared_wells(p, claim, RANK, wells_path, SIGNSGD_SURE, "floor")
    return k.embed(floor, MUON, label="T6b")


MASKED = (kept_norm, {"tau": 0}, check_masked)
"""What the bounds of T6 read of the noise."""

T6 = Theory(
    id="T6",
    title="Muon: min_t E|grad f|_* >= a + (1-2 delta) L eta/2 + (1-rho) kappa_B S/sqrt(B)",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: lower_samples(CAPS, NOISE, S, N),
    notes={
        "slack": "between this level and the best one lie delta, rho and Hoeffding's tail: "
        "T1 from above refutes what lies beyond, and a nudge inside is unproved",
    },
    bound=Bound(
        "T6",
        "lower",
        lambda: (
            lower(STATEMENT, SIGNSGD_TIGHT, "finite horizon", *MASKED),
            lower(CYCLE_STATEMENT, SIGNSGD_FOREVER, "every horizon", *MASKED),
            # T6c is what T6 becomes where no noise is left.
            lower(STEPS_STATEMENT, LATTICE_TIGHT, "finite horizon, no noise", no_noise),
        ),
    ),
    runs=experiments_matrix.TIGHT,
)
T6_CYCLE = Theory(
    id="T6-cycle",
    title="Muon: the level of T6 with a gap for the noise that does not grow with T",
    kind="lower",
    statement=CYCLE_STATEMENT,
    prove=prove_cycle,
    samples=lambda: lower_samples(CAPS, NOISE, S, N),
    notes=T2_CYCLE.notes,
    bound=Bound(
        "T6-cycle",
        "lower",
        lambda: (lower(CYCLE_STATEMENT, SIGNSGD_FOREVER, "every horizon", *MASKED),),
    ),
    runs=experiments_matrix.FOREVER,
)
T6B = Theory(
    id="T6b",
    title="Muon: |grad f|_* >= min(L eta/2, sqrt(2 L Delta)) at every step",
    kind="lower",
    statement=FLOOR_STATEMENT,
    prove=prove_floor,
    samples=lambda: lower_samples(CAPS, NOISE),
    bound=Bound("T6b", "lower", lambda: (lower(FLOOR_STATEMENT, LATTICE_WELLS),)),
    runs=experiments_matrix.FLOOR,
)
T6C = Theory(
    id="T6c",
    title="Muon: |grad f|_* >= a + (1-delta) L eta/2 for all t < T",
    kind="lower",
    statement=STEPS_STATEMENT,
    prove=prove_steps,
    samples=lambda: lower_samples(CAPS, NOISE),
    notes={"slack": BETWEEN},
    bound=Bound("T6c", "lower", lambda: (lower(STEPS_STATEMENT, LATTICE_TIGHT),)),
    runs=experiments_matrix.STEPS,
)
