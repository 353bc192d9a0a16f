"""What lattice methods need without noise, with the remainder, and kappa_B**2 >= ln 2.

A method "reaches eps" where the level that is proved against it is at most eps. Without noise every
lattice method needs eps**2 (T-1) >= 2 (1-delta) L Delta - eps**2/delta.

Source: theory sheet, section 3 (T2c; kappa in the introduction).
"""

from __future__ import annotations

import sympy as sp

from hardinstances.levels import LATTICE_TIGHT
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T, lifted
from proofs.asymptotics import REMAINDER
from proofs.lemmas.basics import ZERO, claimed, log_below, right
from proofs.lemmas.blocks import gap_of_ramp, ramp_slope
from proofs.lemmas.masking import ROOT, root_of_two
from proofs.lower.lattice import TIGHT_STATEMENT
from proofs.samples.rates_signs import kappa_samples, lattice_rate_samples
from proofs.upper.signsgd_corollaries import EPS
from signcheck import kernel as k
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

ONE = sp.Integer(1)
A = k.Sym("a")

# ---------------------------------------------------------------- kappa

KAPPA = Statement(
    hypotheses={"B >= 1": k.Le(ONE, B)},
    conclusion=k.Le(sp.log(2), B * (ROOT - 1)),
)


def prove_kappa(statement: Statement) -> k.Theorem:
    """ln 2 = B ln(2**(1/B)) <= B (2**(1/B) - 1)."""
    p = statement.proof()[0]
    above = root_of_two()[0]
    above = k.cut(above, *(f for f in p.facts if f.concl in above.hyps))
    p = p.having(above, p.linear(k.Lt(ZERO, ROOT), above, slack=[ONE]))
    power = p.monotone(p.root_power(sp.Integer(2), B), "log")
    law = p.exp_law(power.concl.lhs)  # type: ignore[attr-defined]
    p = p.having(p.linear(k.Le(ZERO, ROOT - 1), above))
    small = p.instantiate(log_below(), ROOT - 1)
    return p.linear(claimed(statement), power, law, (B, small), label="kappa")


# ---------------------------------------------------------------- lattice methods without noise

LATTICE = Statement(
    hypotheses={
        **TIGHT_STATEMENT.hypotheses,
        "the method reaches eps": k.Le(lifted(LATTICE_TIGHT.expr), EPS),
    },
    conclusion=k.Le(2 * (1 - DELTA_SHARE) * L * DELTA - EPS**2 / DELTA_SHARE, EPS**2 * (T - 1)),
)


def reaching(p: Proof, level: sp.Expr) -> tuple[Proof, k.Theorem]:
    """The derivation with 0 <= a and 0 <= eps, and the level at a, which is at most eps."""
    p.given(k.Le(ZERO, A))
    reach = p.assume(k.Le(level, EPS))
    return p.having(p.linear(k.Le(ZERO, EPS), reach, slack=[level])), reach


def with_slope(p: Proof, thm: k.Theorem, *proved: k.Theorem) -> k.Theorem:
    """Put the slope that spends the gap in for a."""
    moved = p.specialise(thm, {A: right(proved[0])})
    return k.cut(moved, *(f for f in (*proved, *p.facts) if f.concl in moved.hyps))


def prove_lattice(statement: Statement) -> k.Theorem:
    """Slope times swing is at most eps**2/4, and the slope spends what the swing leaves."""
    p = statement.proof()[0]
    share, spare = 1 - DELTA_SHARE, lifted(LATTICE_TIGHT.regime[-1].expr)
    below = p.fact(TIGHT_STATEMENT.hypotheses["delta < 1"], "delta < 1")
    steps = p.fact(TIGHT_STATEMENT.hypotheses["T >= 1"], "T >= 1")
    p = p.having(p.linear(k.Lt(ZERO, share), below), p.linear(k.Le(ZERO, T - 1), steps))
    slope, budget = ramp_slope(p, spare)
    swing = share * L * ETA / 2
    q, reach = reaching(Proof(*p.facts), A + swing)
    spent = q.assume(k.Eq(gap_of_ramp(A), spare))
    both = q.linear(k.Le(4 * A * swing, EPS**2), (EPS + A + swing, reach), slack=[(A - swing) ** 2])
    first = q.linear(k.Le(A**2, EPS**2), (EPS + A, reach), slack=[(EPS + A) * swing])
    second = q.linear(k.Le(swing**2, EPS**2), (EPS + swing, reach), slack=[(EPS + swing) * A])
    out = q.linear(
        claimed(statement),
        (T - 1, both),
        (2 * L * share, spent),
        (share / DELTA_SHARE, first),
        second,
        label="steps of a lattice method",
    )
    known = p.fact(LATTICE.hypotheses["the method reaches eps"], "reaches")
    same = p.linear(k.Le(right(slope) + swing, EPS), known)
    return with_slope(p, out, slope, budget, same)


KAPPA_THEORY = Theory(
    id="T2-kappa",
    title="kappa_B^2 = B (2^(1/B) - 1) >= ln 2",
    kind="lemma",
    statement=KAPPA,
    prove=prove_kappa,
    samples=kappa_samples,
)
LATTICE_RATE = Theory(
    id="T2c-rate",
    title="lattice methods without noise: eps^2 (T-1) >= 2 (1-delta) L Delta - eps^2/delta",
    kind="lemma",
    statement=LATTICE,
    prove=prove_lattice,
    samples=lambda: lattice_rate_samples(EPS),
    notes={"slack": REMAINDER},
)
