"""X1: no constant stepsize makes the noiseless part of T1 smaller than sqrt(2 L Delta/T)."""

from __future__ import annotations

import sympy as sp

from signcheck import kernel as k
from signcheck.bound import upper
from signcheck.theory import Sample, Statement, Theory

L, DELTA, ETA, T = k.Sym("L"), k.Sym("Delta"), k.Sym("eta"), k.Sym("T", "int")
BEST = sp.sqrt(2 * L * DELTA / T)

STATEMENT = Statement(
    hypotheses={
        "L > 0": k.Lt(0, L),
        "Delta > 0": k.Lt(0, DELTA),
        "eta > 0": k.Lt(0, ETA),
        "T >= 1": k.Le(1, T),
    },
    conclusion=k.Le(BEST, DELTA / (ETA * T) + L * ETA / 2),
)


def prove(statement: Statement) -> k.Theorem:
    """The difference is a square."""
    p, _ = statement.proof()
    square = (BEST - L * ETA) ** 2 / (2 * L * ETA)
    goal = statement.conclusion
    assert isinstance(goal, k.Relation)
    return p.certificate(goal, [], [square], label="a square")


def samples() -> tuple[Sample, ...]:
    """The best stepsize, where both sides agree, and one that is far from it."""
    one = sp.Integer(1)
    best = {L: one, DELTA: one, ETA: one, T: sp.Integer(2)}
    return (
        Sample("eta = sqrt(2 Delta/(L T))", best),
        Sample("eta = 100", {**best, ETA: 100 * one}),
    )


X1 = Theory(
    id="X1",
    title="sqrt(2 L Delta/T) <= Delta/(eta T) + L eta/2",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    source="a package outside of signcheck",
    bound=upper("X1", "any method with a constant stepsize", STATEMENT),
    samples=samples,
)
