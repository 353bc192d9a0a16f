"""Rates as theorems about the non-asymptotic bounds, each with its remainder.

Every statement is an inequality between eps**4 N (oracle calls) or eps**2 T (steps) and its leading
term times 1 - O(eps**2), the O written out, for every eps: the limits of the theory sheet follow by
eps -> 0 and then delta -> 0. SGD "reaches eps" where its proved level is at most eps.

Source: theory sheet, sections 1 and 4.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from hardinstances.levels_sgd import (
    SGD_NOISE_FLOOR,
    SGD_RAMPS,
    STATIONARY_FLOOR,
    STATIONARY_SLOPES,
)
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T, lifted, regime
from proofs.lemmas.basics import ZERO, claimed
from proofs.lower.sgd_instance import COORDINATES, LOW, POWER_ROOT, TOP
from proofs.lower.sgd_quiet import RAMPS_STATEMENT
from proofs.samples.rates import calls_samples, floor_rate_samples, ramps_rate_samples
from proofs.upper.signsgd import NOISE
from proofs.upper.signsgd_corollaries import CALLS_STATEMENT, EPS, T1C_CALLS
from signcheck import kernel as k
from signcheck.kernel.terms import DIM
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

ONE = sp.Integer(1)
A, F, E = (k.Sym(name) for name in ("a", "f", "e"))

# ---------------------------------------------------------------- SignSGD

CALLS = Statement(
    hypotheses=CALLS_STATEMENT.hypotheses,
    conclusion=k.Le(
        EPS**4 * T * B,
        32 * L * DELTA * NOISE**2 + EPS**2 * (8 * L * DELTA + 4 * NOISE**2) + EPS**4,
    ),
)


def prove_calls(statement: Statement) -> k.Theorem:
    """T1c's number of calls, multiplied out."""
    p = statement.proof()[0]
    calls = k.cut(T1C_CALLS.theorem, *(f for f in p.facts if f.concl in T1C_CALLS.theorem.hyps))
    return p.linear(claimed(statement), (EPS**4, calls), label="T1c times eps**4")


# ---------------------------------------------------------------- SGD with noise

STEP = ETA * (1 - DELTA_SHARE) * L
ROOM = lifted(SGD_NOISE_FLOOR.regime[-1].expr, **COORDINATES.symbols)
LOST = EPS**2 / L * (sp.pi / (4 * DELTA_SHARE * (1 - DELTA_SHARE)) + 1 / (2 * DELTA_SHARE))
"""What the remainder takes from Delta."""
LEADING = 16 / sp.pi * COORDINATES.slopes * (1 - DELTA_SHARE) * L * POWER_ROOT**2
"""Times Delta, the leading term of eps**4 T B for SGD, up to 1 - delta."""
HYPOTHESES = {
    **COORDINATES.parameters,
    **regime(SGD_NOISE_FLOOR, "low > 0", "low <= top", "top <= 1", **COORDINATES.symbols),
    "eta <= 2/L": k.Le(ETA * L, 2),
    "gap": k.Le(ZERO, ROOM),
    "SGD reaches eps": k.Le(lifted(SGD_NOISE_FLOOR.expr, **COORDINATES.symbols), EPS),
}


def curvatures(p: Proof) -> list[k.Theorem]:
    """2 delta <= 2 - eta l_top, and 0 < 2 - eta l for both shares."""
    low, order, top, slow = (
        p.fact(HYPOTHESES[n], n) for n in ("low > 0", "low <= top", "top <= 1", "eta <= 2/L")
    )
    q = p.having(p.linear(k.Lt(ZERO, TOP), low, order))
    share = 1 - DELTA_SHARE
    twice = q.linear(k.Le(2 * TOP, 2), top)  # 2 (1 - delta) would be multiplied out
    far = q.linear(k.Le(2 * DELTA_SHARE, 2 - STEP * TOP), (share * TOP, slow), (share, twice))
    above = q.linear(k.Lt(ZERO, 2 - STEP * TOP), far, slack=[2 * DELTA_SHARE])
    return [far, above, q.linear(k.Lt(ZERO, 2 - STEP * LOW), above, (STEP, order))]


def prepared(p: Proof) -> list[k.Theorem]:
    """What the ranges of the parameters give, before the level is read."""
    first = COORDINATES.ranges(p)
    return [*first, *curvatures(p.having(*first))]


FLOOR_STATEMENT = Statement(
    prepare=prepared,
    hypotheses=HYPOTHESES,
    conclusion=k.Le(LEADING * (DELTA - LOST), EPS**4 * T * B),
)


@cache
def two_parts() -> tuple[k.Theorem, k.Theorem, k.Theorem]:
    """0 <= a, 0 <= f, a + f <= e |- a**2 <= e**2, f**2 <= e**2, 16 a**2 f**2 <= e**4."""
    p = Proof()
    p.given(k.Le(ZERO, A))
    p.given(k.Le(ZERO, F))
    whole = p.given(k.Le(A + F, E))
    p = p.having(p.linear(k.Le(ZERO, E), whole, slack=[A, F]))
    first, second = (
        p.linear(k.Le(x**2, E**2), (E + x, whole), slack=[(E + x) * (A + F - x)]) for x in (A, F)
    )
    square = p.linear(k.Le(4 * A * F, E**2), (E + A + F, whole), slack=[(A - F) ** 2])
    both = p.linear(k.Le(16 * A**2 * F**2, E**4), (E**2 + 4 * A * F, square))
    return first, second, both


def parts_of(p: Proof, a: sp.Expr, f: sp.Expr, reach: k.Theorem) -> list[k.Theorem]:
    """``two_parts`` for the two terms of a level that is at most eps."""
    out = []
    for lemma in two_parts():
        moved = p.specialise(lemma, {A: a, F: f, E: EPS})
        signs = [p.sign_fact(k.Le(ZERO, x)) for x in (a, f)]
        out.append(k.cut(moved, *(s for s in (*signs, reach) if s.concl in moved.hyps)))
    return out


def prove_floor(statement: Statement) -> k.Theorem:
    """The slopes and the floor are at most eps together: multiply them."""
    p = statement.proof()[0]
    a, f = (lifted(x, **COORDINATES.symbols) for x in (STATIONARY_SLOPES, STATIONARY_FLOOR))
    first, second, both = parts_of(p, a, f, p.fact(HYPOTHESES["SGD reaches eps"], "reaches"))
    square = p.linear(k.Eq(a**2 * COORDINATES.rate, ROOM))
    small = p.linear(k.Le(ROOM, EPS**2 * COORDINATES.rate), (COORDINATES.rate, first), square)
    floor = POWER_ROOT**2 * STEP / (sp.pi * B)
    calm, far = 2 - STEP * LOW, 2 - STEP * TOP
    slack = [16 * floor * STEP * LOW / calm]
    low = p.linear(k.Le(16 * floor, 16 * f**2), slack=slack, label="2 - eta l <= 2")
    product = p.linear(
        k.Le(16 * ROOM * floor, EPS**4 * COORDINATES.rate),
        (COORDINATES.rate, both),
        (-16 * f**2, square),
        (ROOM, low),
        label="slopes times floor",
    )
    widest = f**2 * sp.pi / (4 * L * DELTA_SHARE * (1 - DELTA_SHARE))
    edge = next(t for t in p.facts if t.concl == k.Le(2 * DELTA_SHARE, far))
    spent = p.linear(
        k.Le(DELTA - ROOM, widest),
        (widest / far, edge),
        slack=[widest * DELTA_SHARE * STEP * LOW / far],
        label="gap of the quadratics",
    )
    scale = sp.pi / (4 * DELTA_SHARE * (1 - DELTA_SHARE) * L)
    rest = ROOM - EPS**2 / (2 * DELTA_SHARE * L)
    left = p.linear(k.Le(DELTA - LOST, rest), spent, (scale, second), label="remainder")
    return enough_calls(p, statement, product, small, left)


def enough_calls(
    p: Proof, statement: Statement, product: k.Theorem, small: k.Theorem, left: k.Theorem
) -> k.Theorem:
    """From 16 room floor <= eps**4 rate and room <= eps**2 rate: the number of calls."""
    goal = claimed(statement)
    bend = EPS**2 / (2 * DELTA_SHARE * L)
    rest, used = ROOM - bend, EPS**4 * B * (T - 1)
    scale = COORDINATES.slopes * B / ETA
    calls = p.linear(
        k.Le(LEADING * ROOM, used + EPS**2 * scale * bend), (scale, product), label="calls"
    )
    steps = p.linear(k.Le(EPS**2 * scale * rest, used), (EPS**2 * scale, small), label="steps")

    def case(q: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            return q.linear(goal, (LEADING, left), (LEADING, side), slack=[used, EPS**4 * B])
        q = q.having(q.linear(k.Lt(ZERO, ROOM), side, slack=[bend]))
        both = q.linear(k.Le(LEADING * ROOM * rest, used * ROOM), (rest, calls), (bend, steps))
        enough = q.linear(k.Le(LEADING * rest, used), (1 / ROOM, both), label="divide by the room")
        return q.linear(goal, (LEADING, left), enough, slack=[EPS**4 * B])

    return p.split(k.Le(rest, ZERO), k.Lt(ZERO, rest), case)


# ---------------------------------------------------------------- SGD without noise

RAMPS_REACH = k.Le(lifted(SGD_RAMPS.expr, d=DIM), EPS)
RAMPS_RATE = Statement(
    hypotheses={
        **RAMPS_STATEMENT.hypotheses,
        "eta <= 2/L": k.Le(ETA * L, 2),
        "eps > 0": k.Lt(ZERO, EPS),
        "SGD reaches eps": RAMPS_REACH,
    },
    conclusion=k.Le(DIM / 2 * (L * DELTA - EPS**2 / 2), EPS**2 * (T - 1)),
)


def quiet_ranges(p: Proof) -> list[k.Theorem]:
    """0 <= T - 1."""
    steps = p.fact(RAMPS_STATEMENT.hypotheses["T >= 1"], "T >= 1")
    return [p.linear(k.Le(ZERO, T - 1), steps)]


def prove_ramps(statement: Statement) -> k.Theorem:
    """Delta = A**2 rate <= eps**2 rate, and eta L <= 2."""
    p = statement.proof()[0]
    slow = p.fact(RAMPS_RATE.hypotheses["eta <= 2/L"], "eta <= 2/L")
    reach = p.fact(RAMPS_RATE.hypotheses["SGD reaches eps"], "reaches")
    a, rate = lifted(SGD_RAMPS.expr, d=DIM), ETA * (T - 1) / DIM + 1 / (2 * L)
    square = p.linear(k.Le(a**2, EPS**2), (EPS + a, reach), label="square")
    small = p.linear(k.Le(DELTA, EPS**2 * rate), (rate, square), label="Delta")
    return p.linear(
        claimed(statement),
        (L * DIM / 2, small),
        (EPS**2 * (T - 1) / 2, slow),
        label="steps without noise",
    )


RAMPS_RATE = Statement(RAMPS_RATE.hypotheses, RAMPS_RATE.conclusion, quiet_ranges)

REMAINDER = (
    "what stays behind eps^2 is a remainder that holds at every eps and is not the best one; where "
    "it is larger than the leading term, the claim says nothing"
)
T1_RATE = Theory(
    id="T1-rate",
    title="SignSGD: eps^4 N <= 32 L Delta |sigma|_1^2 + O(eps^2) suffices",
    kind="lemma",
    statement=CALLS,
    prove=prove_calls,
    samples=lambda: calls_samples(NOISE, EPS),
)
T3_RATE = Theory(
    id="T3-rate",
    title="SGD: eps^4 N >= (16/pi) (d-k) (1-delta) L |sigma_K|_2^2 (Delta - O(eps^2)) is needed",
    kind="lemma",
    statement=FLOOR_STATEMENT,
    prove=prove_floor,
    samples=lambda: floor_rate_samples(EPS),
    notes={"slack": REMAINDER},
)
T3_RAMPS_RATE = Theory(
    id="T3-ramps-rate",
    title="SGD without noise: eps^2 (T-1) >= (d/2) (L Delta - eps^2/2)",
    kind="lemma",
    statement=RAMPS_RATE,
    prove=prove_ramps,
    samples=lambda: ramps_rate_samples(EPS),
    notes={"slack": REMAINDER},
)
