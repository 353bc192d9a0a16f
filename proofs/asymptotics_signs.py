"""What SignSGD needs with noise: T2-rate, with its remainder.

SignSGD "reaches eps" where the level that is proved against it is at most eps. From the cycle walk
of T2 (every horizon), at every eps,
eps**4 N >= 32 ln 2 (1-theta)**2 (1-rho)**2 (1-2 delta) L S**2 (Delta - C eps**2),
where theta is the share of S that the offsets tau take: eps -> 0, then theta, rho, delta -> 0 give
32 ln 2.

Source: theory sheet, section 3.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from hardinstances.levels import MASKED_SLOPE, SIGNSGD_FOREVER
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, TAU, B, L, T, lifted, regime
from proofs.asymptotics import REMAINDER, two_parts
from proofs.asymptotics_lattice import KAPPA_THEORY, A, reaching, with_slope
from proofs.lemmas.basics import ZERO, Y, claimed, right
from proofs.lemmas.blocks import gap_of_ramp, ramp_slope
from proofs.lemmas.masking import ROOT, root_of_two
from proofs.samples.rates_signs import cycle_rate_samples
from proofs.upper.signsgd_corollaries import EPS
from signcheck import kernel as k
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

ONE = sp.Integer(1)
F, E = k.Sym("f"), k.Sym("e")
TOTAL, THETA = k.Sym("S"), k.Sym("theta")
COUNT = k.Sym("n", "int")

# ---------------------------------------------------------------- SignSGD with noise

OF_NOISE = {"S": TOTAL, "n": COUNT}
HIDDEN = lifted(MASKED_SLOPE, **OF_NOISE)
SPARE = lifted(SIGNSGD_FOREVER.regime[-1].expr, **OF_NOISE)
SWING = (1 - 2 * DELTA_SHARE) * L * ETA / 2
WASTE = (
    EPS**2
    / L
    * (
        sp.Rational(1, 2) / (1 - 2 * DELTA_SHARE)
        + 1 / (2 * DELTA_SHARE)
        + (1 / (DELTA_SHARE * (1 - RHO)) + 4 / (1 - 2 * DELTA_SHARE)) / (RHO * (1 - RHO))
    )
)
"""C eps**2, what the remainder takes from Delta."""


def cycle_ranges(p: Proof) -> list[k.Theorem]:
    """What the ranges of the parameters give, before the gap is read."""

    def named(name: str) -> k.Theorem:
        return p.fact(CYCLE.hypotheses[name], name)

    above = root_of_two()[0]
    above = k.cut(above, *(f for f in p.facts if f.concl in above.hyps))
    return [
        p.linear(k.Lt(ZERO, ROOT - 1), above),
        p.linear(k.Lt(ZERO, 1 - 2 * DELTA_SHARE), (2, named("delta < 1/2"))),
        p.linear(k.Lt(ZERO, 1 - RHO), named("rho < 1")),
        p.linear(k.Le(ZERO, T - 1), named("T >= 1")),
        p.linear(k.Lt(ZERO, 1 - THETA), named("theta < 1")),
    ]


CYCLE = Statement(
    prepare=cycle_ranges,
    hypotheses={
        **regime(
            SIGNSGD_FOREVER,
            *("L > 0", "eta > 0", "T >= 1", "B >= 1", "delta > 0", "delta < 1/2"),
            *("rho > 0", "rho < 1"),
            **OF_NOISE,
        ),
        "S > 0": k.Lt(ZERO, TOTAL),
        "theta < 1": k.Lt(THETA, ONE),
        "small offsets": k.Le(COUNT * TAU, THETA * TOTAL * sp.sqrt(ROOT - 1)),
        **regime(SIGNSGD_FOREVER, "gap", **OF_NOISE),
        "SignSGD reaches eps": k.Le(lifted(SIGNSGD_FOREVER.expr, **OF_NOISE), EPS),
    },
    conclusion=k.Le(
        32
        * sp.log(2)
        * ((1 - THETA) * (1 - RHO)) ** 2
        * (1 - 2 * DELTA_SHARE)
        * L
        * TOTAL**2
        * (DELTA - WASTE),
        EPS**4 * T * B,
    ),
)


@cache
def three_parts() -> k.Theorem:
    """0 <= a, f, y, a + f + y <= e |- 64 a f y**2 <= e**4."""
    p = Proof()
    for x in (A, F, Y):
        p.given(k.Le(ZERO, x))
    whole = p.given(k.Le(A + F + Y, E))
    p = p.having(p.linear(k.Le(ZERO, E), whole, slack=[A, F, Y]))
    pair, lemma = A + F, two_parts()[2]
    moved = p.specialise(lemma, {A: pair, F: Y})
    first = k.cut(moved, *(p.sign_fact(k.Le(ZERO, x)) for x in (pair,)), *_held(p, moved))
    goal = k.Le(64 * A * F * Y**2, E**4)
    return p.linear(goal, first, slack=[16 * Y**2 * (A - F) ** 2], label="three parts")


def _held(p: Proof, thm: k.Theorem) -> list[k.Theorem]:
    return [f for f in p.facts if f.concl in thm.hyps]


def prove_cycle(statement: Statement) -> k.Theorem:
    """The calls that these hypotheses ask for, and the claim is no more than that."""
    proved = _calls(tuple(statement.hypotheses.items()))
    p = statement.proof()[0]
    return p.linear(claimed(statement), proved, label="calls of SignSGD")


@cache
def _calls(hypotheses: tuple[tuple[str, k.Formula], ...]) -> k.Theorem:
    """Slope, swing and hidden slope are at most eps together; multiply them.

    Kept, since a variant of the claim asks for the same proof again.
    """
    statement = Statement(dict(hypotheses), CYCLE.conclusion, cycle_ranges)
    p = statement.proof()[0]
    p = p.having(*cycle_ranges(p))
    slope, budget = ramp_slope(p, SPARE)
    hidden = (1 - RHO) * HIDDEN
    offsets = p.fact(CYCLE.hypotheses["small offsets"], "small offsets")
    floor = (1 - THETA) * TOTAL * sp.sqrt(ROOT - 1)
    large = p.linear(k.Le(floor, HIDDEN), offsets, label="offsets")
    p = p.having(p.linear(k.Le(ZERO, HIDDEN), large, slack=[floor]))
    q, reach = reaching(Proof(*p.facts), A + SWING + hidden)
    spent = q.assume(k.Eq(gap_of_ramp(A), SPARE))
    out = _cycle_steps(q, statement, reach, spent, large)
    known = p.fact(CYCLE.hypotheses["SignSGD reaches eps"], "reaches")
    same = p.linear(k.Le(right(slope) + SWING + hidden, EPS), known)
    return with_slope(p, out, slope, budget, same)


def _remainder(q: Proof, rest: dict[str, k.Theorem], mixed: k.Theorem) -> k.Theorem:
    """Delta - C eps**2 is at most what swing, turning and bend leave of the gap."""
    share = 1 - 2 * DELTA_SHARE
    bend, turn = A**2 / (2 * DELTA_SHARE * L), HIDDEN * (HIDDEN / (DELTA_SHARE * L) + 2 * ETA)
    parts = [
        q.linear(
            k.Le(bend, EPS**2 / (2 * DELTA_SHARE * L)), (1 / (2 * DELTA_SHARE * L), rest["slope"])
        ),
        q.linear(
            k.Le(SWING * ETA / 4, EPS**2 / (2 * L * share)), (1 / (2 * L * share), rest["swing"])
        ),
        q.linear(k.Le(HIDDEN**2, EPS**2 / (1 - RHO) ** 2), (1 / (1 - RHO) ** 2, rest["hidden"])),
        q.linear(
            k.Le(ETA * HIDDEN, 2 * EPS**2 / (L * share * (1 - RHO))),
            (1 / (L * share * (1 - RHO)), mixed),
        ),
    ]
    level = EPS**2 / (RHO * L) / (1 - RHO) * (1 / (DELTA_SHARE * (1 - RHO)) + 4 / share)
    turning = q.linear(
        k.Le(turn / RHO, level), (1 / (RHO * DELTA_SHARE * L), parts[2]), (2 / RHO, parts[3])
    )
    return q.linear(
        k.Le(DELTA - WASTE, SPARE - bend), parts[0], parts[1], turning, label="remainder"
    )


def _cycle_steps(
    q: Proof, statement: Statement, reach: k.Theorem, spent: k.Theorem, large: k.Theorem
) -> k.Theorem:
    share, hidden = 1 - 2 * DELTA_SHARE, (1 - RHO) * HIDDEN
    moved = q.specialise(three_parts(), {F: SWING, Y: hidden, E: EPS})
    signs = [q.sign_fact(k.Le(ZERO, x)) for x in (A, SWING, hidden)]
    product = k.cut(moved, *(s for s in (*signs, reach) if s.concl in moved.hyps))
    rest = {
        "slope": q.linear(
            k.Le(A**2, EPS**2), (EPS + A, reach), slack=[(EPS + A) * (SWING + hidden)]
        ),
        "swing": q.linear(
            k.Le(SWING**2, EPS**2), (EPS + SWING, reach), slack=[(EPS + SWING) * (A + hidden)]
        ),
        "hidden": q.linear(
            k.Le(hidden**2, EPS**2), (EPS + hidden, reach), slack=[(EPS + hidden) * (A + SWING)]
        ),
    }
    mixed = q.linear(
        k.Le(2 * SWING * hidden, 2 * EPS**2),
        rest["swing"],
        rest["hidden"],
        slack=[(SWING - hidden) ** 2],
    )
    bend = A**2 / (2 * DELTA_SHARE * L)
    left = _remainder(q, rest, mixed)
    steps = q.linear(
        k.Le(32 * L * share * hidden**2 * (SPARE - bend), EPS**4 * (T - 1)),
        (T - 1, product),
        (32 * L * share * hidden**2, spent),
        label="steps of SignSGD",
    )
    to = {E: 32 * L * share * hidden**2, W: DELTA - WASTE, H: SPARE - bend, G: EPS**4 * (T - 1)}
    kept = q.specialise(scaled(), to)
    kept = k.cut(kept, q.sign_fact(k.Le(ZERO, to[E])), left, steps)
    return _in_calls(q, statement, kept, large)


@cache
def scaled() -> k.Theorem:
    """0 <= e, w <= h, e h <= g |- e w <= g."""
    p = Proof()
    p.given(k.Le(ZERO, E))
    low, high = p.given(k.Le(W, H)), p.given(k.Le(E * H, G))
    return p.linear(k.Le(E * W, G), (E, low), high)


W, H, Q, P, G = (k.Sym(name) for name in ("W", "h", "q", "p", "g"))


@cache
def calls_lemma() -> k.Theorem:
    """0 < W, 0 <= q p <= h, g <= B p**2, weight h**2 W <= eps**4 (T-1) |- the number of calls."""
    lemma = Proof()
    for fact in (k.Lt(ZERO, W), k.Le(ZERO, Q), k.Le(ZERO, P), k.Le(ONE, B), k.Le(ZERO, G)):
        lemma.given(fact)
    large, kappa = lemma.given(k.Le(Q * P, H)), lemma.given(k.Le(G, B * P**2))
    steps = lemma.given(k.Le(E * H**2 * W, F * (T - 1)))
    lemma.given(k.Le(ZERO, E))
    lemma.given(k.Le(ZERO, F))
    lemma = lemma.having(lemma.linear(k.Le(ZERO, H), large, slack=[Q * P]))
    squares = lemma.linear(k.Le((Q * P) ** 2, H**2), (H, large), (Q * P, large))
    first = lemma.linear(k.Le(E * Q**2 * P**2 * W, F * (T - 1)), (E * W, squares), steps)
    second = lemma.linear(k.Le(E * Q**2 * G * W, B * E * Q**2 * P**2 * W), (E * Q**2 * W, kappa))
    return lemma.linear(
        k.Le(E * Q**2 * G * W, F * T * B), second, (B, first), slack=[F * B], label="calls"
    )


def _in_calls(q: Proof, statement: Statement, kept: k.Theorem, large: k.Theorem) -> k.Theorem:
    """hidden**2 B >= (1-theta)**2 (1-rho)**2 S**2 ln 2."""
    goal, rest = claimed(statement), DELTA - WASTE
    share, root = 1 - 2 * DELTA_SHARE, sp.sqrt(ROOT - 1)
    scale, pay = 32 * L * share * (1 - RHO) ** 2, (1 - THETA) * TOTAL
    kappa = KAPPA_THEORY.theorem
    kappa = k.cut(kappa, *_held(q, kappa))
    square = q.linear(k.Le(sp.log(2), B * root**2), kappa)
    to = {W: rest, H: HIDDEN, Q: pay, P: root, G: sp.log(2), E: scale, F: EPS**4}

    def case(r: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            weight = sp.log(2) * scale * pay**2
            return r.linear(goal, (weight, side), slack=[EPS**4 * (T - 1) * B, EPS**4 * B])
        moved = r.specialise(calls_lemma(), to)
        hyps = sorted(moved.hyps, key=str)
        own = [h for h in hyps if h.lhs in (0, 1)]  # type: ignore[attr-defined]
        signs = [r.sign_fact(h) for h in own if isinstance(h, k.Le)]
        steps = r.linear(k.Le(scale * HIDDEN**2 * rest, EPS**4 * (T - 1)), kept)
        have = {f.concl: f for f in (*signs, steps, square, large, side) if f.concl in moved.hyps}
        return r.linear(goal, k.cut(moved, *have.values()), label="calls of SignSGD")

    return q.split(k.Le(rest, ZERO), k.Lt(ZERO, rest), case)


CYCLE_RATE = Theory(
    id="T2-rate",
    title="SignSGD: eps^4 N >= 32 ln 2 (1-theta)^2 (1-rho)^2 (1-2 delta) L S^2 (Delta - O(eps^2))",
    kind="lemma",
    statement=CYCLE,
    prove=prove_cycle,
    samples=lambda: cycle_rate_samples(EPS, TOTAL, COUNT, THETA),
    notes={
        "slack": f"32 ln 2 stands against T1's 32, and rho, theta and delta are free; {REMAINDER}",
    },
)
