"""T7 (SGD on matrices): noise in few singular values costs SGD a factor that Muon does not pay.

The embedding of T6 for the instances of T3: noisy quadratics, started at their stationary size, on
k singular values and noiseless ramps on the r - k others. Against T5 (32 L Delta |Sigma|_*^2/eps^4
calls) the (16/pi)(r - k) L Delta |Sigma_K|_F^2/eps^4 of SGD is larger from r = 8 on for k = 1.
``T7-ramps`` and ``T7-unstable`` are the cases without noise and with eta >= 2/L. Conjugation
X -> U X V^T by fixed orthogonal matrices preserves the class and the method.
Scope: constant steps and batch; step schedules are not covered. Source: theory sheet, section 4.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from hardinstances.levels_sgd import SGD_RAMPS, SGD_UNSTABLE
from proofs import experiments_matrix
from proofs.assumptions import DELTA, ETA, B, L
from proofs.lemmas.basics import ZERO
from proofs.lower.dynamics import SGD, t
from proofs.lower.muon import RANK
from proofs.lower.sgd import OPEN, floor_bound, floor_samples, floor_statement, prove_floor
from proofs.lower.sgd_instance import NoiseFloor
from proofs.lower.sgd_quiet import (
    UNSTABLE_STATEMENT,
    prove_ramps_of,
    prove_unstable,
    ramps_statement,
)
from proofs.samples import quiet_level_samples, unstable_samples
from proofs.samples.matrix import on_singular_values
from signcheck import kernel as k
from signcheck.bound import Bound, lower
from signcheck.sigma import size
from signcheck.theory import Statement, Theory

_X, _U, _G = (k.Sym(name, "fam:rvector") for name in "xug")

MATRIX_SGD = k.Dynamics(
    name="SGD(eta, B) on matrices",
    position=_X,
    slope=_U,
    rules=(k.ForAll(t, (k.Le(ZERO, t),), k.Eq(_X(t + 1), _X(t) - ETA * _G(t))),),
    batch=B,
)
"""X(t+1) = X(t) - eta G(t) with the mean G of B oracle calls."""

SINGULAR_VALUES = NoiseFloor(RANK)
"""The problem of T3 with one singular value for each of its coordinates."""

# ---------------------------------------------------------------- statements


def on_matrices(statement: Statement) -> Statement:
    """The claim about coordinates as one about the singular values."""
    claim = statement.conclusion
    assert isinstance(claim, k.Attained)
    return statement.claiming(replace(claim, dynamics=MATRIX_SGD, matrices=True))


def on_coordinates(statement: Statement) -> Statement:
    """The claim about matrices as one about coordinates."""
    claim = statement.conclusion
    assert isinstance(claim, k.Attained)
    return statement.claiming(replace(claim, dynamics=SGD, matrices=False))


STATEMENT = on_matrices(floor_statement(SINGULAR_VALUES))
RAMPS_STATEMENT = on_matrices(ramps_statement(RANK))
STEEP_STATEMENT = on_matrices(UNSTABLE_STATEMENT)

# ---------------------------------------------------------------- proofs


def prove(statement: Statement) -> k.Theorem:
    """T3 on the diagonal."""
    inner = prove_floor(on_coordinates(statement), SINGULAR_VALUES)
    return k.embed(inner, MATRIX_SGD, label="T7")


def prove_ramps(statement: Statement) -> k.Theorem:
    """Ramps on the whole diagonal."""
    inner = prove_ramps_of(on_coordinates(statement), RANK)
    return k.embed(inner, MATRIX_SGD, label="T7 without noise")


def prove_steep(statement: Statement) -> k.Theorem:
    """One quadratic in the corner."""
    inner = prove_unstable(on_coordinates(statement))
    return k.embed(inner, MATRIX_SGD, label="T7 for eta >= 2/L")


CAPS = {"L0-matrix-gap": sp.sqrt(2 * L * DELTA)}
"""No member keeps the start above this."""

T7 = Theory(
    id="T7",
    title="SGD on matrices: min_t E|grad f|_* >= A + |sigma_K|_2 sqrt(2 l/(pi B (2 - eta l low)))",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: on_singular_values(floor_samples(), RANK, CAPS),
    notes={"slack": OPEN},
    bound=floor_bound("T7", STATEMENT, RAMPS_STATEMENT, RANK),
    runs=experiments_matrix.SGD_FLOOR,
)
T7_RAMPS = Theory(
    id="T7-ramps",
    title="SGD on matrices: min_t |grad f|_* >= sqrt(Delta/(eta (T-1)/r + 1/(2 L)))",
    kind="lower",
    statement=RAMPS_STATEMENT,
    prove=prove_ramps,
    samples=lambda: on_singular_values(quiet_level_samples(), RANK, CAPS),
    notes={
        "slack": "T3u, which refutes the same nudge of T3-ramps, is about vectors; for SGD on "
        "matrices nothing is proved from above but the gap",
    },
    bound=Bound(
        "T7-ramps",
        "lower",
        lambda: (lower(RAMPS_STATEMENT, SGD_RAMPS, "", size, names={RANK: sp.Symbol("d")}),),
    ),
    runs=experiments_matrix.SGD_QUIET,
)
T7_UNSTABLE = Theory(
    id="T7-unstable",
    title="SGD on matrices with eta >= 2/L: min_t |grad f|_* >= sqrt(2 L Delta), no step improves",
    kind="lower",
    statement=STEEP_STATEMENT,
    prove=prove_steep,
    samples=lambda: on_singular_values(unstable_samples(), RANK, CAPS),
    bound=Bound("T7-unstable", "lower", lambda: (lower(STEEP_STATEMENT, SGD_UNSTABLE),)),
    runs=experiments_matrix.SGD_UNSTABLE,
)
