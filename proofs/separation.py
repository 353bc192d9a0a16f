"""T4: how much more SGD's worst case costs than SignSGD's.

``T4`` compares, at every eps, the calls that T1c allows SignSGD with those that T3 asks of SGD: the
ratio is at least R(sigma) at its best k up to 1 - delta and a remainder O(eps**2) that is written
out, so it tends to at least R as eps -> 0 and delta -> 0. Worst case against worst case, constant
stepsize and batch, fixed sigma; where R exceeds 1 is in ``separation_shapes``.

Source: theory sheet, section 4.
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import DELTA, DELTA_SHARE, B, L, T, lifted
from proofs.asymptotics import (
    FLOOR_STATEMENT,
    LOST,
    RAMPS_RATE,
    REMAINDER,
    T3_RAMPS_RATE,
    T3_RATE,
    prepared,
    quiet_ranges,
)
from proofs.lemmas.basics import ZERO, claimed
from proofs.lower.sgd_instance import POWER_ROOT
from proofs.samples.separation import quiet_ratio_samples, ratio_samples
from proofs.separation_shapes import factor
from proofs.upper.signsgd import NOISE
from proofs.upper.signsgd_corollaries import EPS
from signcheck import kernel as k
from signcheck.kernel.terms import DIM
from signcheck.proof import Proof
from signcheck.separation import QUIET_FACTOR
from signcheck.theory import Statement, Theory

ONE = sp.Integer(1)
STEPS, BATCH = k.Sym("T1", "int"), k.Sym("B1", "int")
"""Steps and batch of SignSGD; T and B are those of SGD."""

# ---------------------------------------------------------------- the ratio

MORE = (EPS**2 * (8 * L * DELTA + 4 * NOISE**2) + EPS**4) / (32 * L * DELTA * NOISE**2)
"""What rounding adds to SignSGD's calls."""
STATEMENT = Statement(
    prepare=prepared,
    hypotheses={
        **FLOOR_STATEMENT.hypotheses,
        "eps > 0": k.Lt(ZERO, EPS),
        "Delta > 0": k.Lt(ZERO, DELTA),
        "|sigma|_1 > 0": k.Lt(ZERO, NOISE),
        "T1 >= 1": k.Le(ONE, STEPS),
        "B1 >= 1": k.Le(ONE, BATCH),
        "T1 rounded up": k.Le(STEPS, 8 * L * DELTA / EPS**2 + 1),
        "B1 rounded up": k.Le(BATCH, 4 * NOISE**2 / EPS**2 + 1),
    },
    conclusion=k.Le(
        factor(POWER_ROOT, NOISE) * (1 - DELTA_SHARE) * (1 - LOST / DELTA) * STEPS * BATCH,
        T * B * (1 + MORE),
    ),
)


def prove(statement: Statement) -> k.Theorem:
    """SignSGD's calls from T1c, SGD's from T3-rate, and R is the ratio of the leading terms."""
    p = statement.proof()[0]
    goal = claimed(statement)
    few, small = (p.fact(STATEMENT.hypotheses[f"{n} rounded up"], n) for n in ("T1", "B1"))
    sgd = k.cut(T3_RATE.theorem, *(f for f in p.facts if f.concl in T3_RATE.theorem.hyps))
    most = 8 * L * DELTA / EPS**2 + 1
    calls = p.linear(
        k.Le(STEPS * BATCH, 32 * L * DELTA * NOISE**2 / EPS**4 * (1 + MORE)),
        (BATCH, few),
        (most, small),
        label="calls of SignSGD",
    )
    scale = factor(POWER_ROOT, NOISE) * (1 - DELTA_SHARE)
    kept = DELTA - LOST

    def case(q: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            weight = scale * STEPS * BATCH / DELTA
            return q.linear(goal, (weight, side), slack=[T * B * (1 + MORE)])
        most = (scale * kept / DELTA, calls)
        return q.linear(goal, most, ((1 + MORE) / EPS**4, sgd), label="ratio")

    return p.split(k.Le(kept, ZERO), k.Lt(ZERO, kept), case)


# ---------------------------------------------------------------- without noise

QUIET_MORE = EPS**2 / (2 * L * DELTA)
QUIET_STATEMENT = Statement(
    prepare=quiet_ranges,
    hypotheses={
        **RAMPS_RATE.hypotheses,
        "T1 >= 1": k.Le(ONE, STEPS),
        "T1 rounded up": k.Le(STEPS, 2 * L * DELTA / EPS**2 + 1),
    },
    conclusion=k.Le(
        lifted(QUIET_FACTOR, d=DIM) * (1 - QUIET_MORE) * STEPS, (T - 1) * (1 + QUIET_MORE)
    ),
)


def prove_quiet(statement: Statement) -> k.Theorem:
    """SignSGD needs at most 2 L Delta/eps**2 + 1 steps, SGD at least d/2 (L Delta/eps**2 - 1/2)."""
    p = statement.proof()[0]
    goal = claimed(statement)
    p = p.having(*quiet_ranges(p))
    few = p.fact(QUIET_STATEMENT.hypotheses["T1 rounded up"], "T1 rounded up")
    thm = T3_RAMPS_RATE.theorem
    sgd = k.cut(thm, *(f for f in p.facts if f.concl in thm.hyps))
    rest = 1 - QUIET_MORE

    def case(q: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            weight = DIM / 4 * STEPS
            return q.linear(goal, (weight, side), slack=[(T - 1) * (1 + QUIET_MORE)])
        return q.linear(goal, (DIM / 4 * rest, few), ((1 + QUIET_MORE) / EPS**2, sgd))

    return p.split(k.Le(rest, ZERO), k.Lt(ZERO, rest), case)


T4 = Theory(
    id="T4",
    title="N of SGD >= R(sigma) (1-delta) (1 - O(eps^2)) N of SignSGD, at every eps",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: ratio_samples(EPS, NOISE, STEPS, BATCH),
    notes={"slack": REMAINDER},
)
T4_QUIET = Theory(
    id="T4-quiet",
    title="without noise: T of SGD >= d/4 (1 - O(eps^2)) T of SignSGD",
    kind="lemma",
    statement=QUIET_STATEMENT,
    prove=prove_quiet,
    samples=lambda: quiet_ratio_samples(EPS, STEPS),
    notes={"slack": REMAINDER},
)
