"""T2-skew (SignSGD, B > 1): noise that moves SignSGD uphill pays for a steep noiseless slope.

f(x) = (1-delta) L x_0**2/2 + psi(s) with s = a x_1 + sum of b_i x_i: psi' is 1 down to -D and bends
to 0 from there. Skewed masking noise hides b_i; the sign of its batch mean moves s up by as much as
x_1 moves it down, a = (2 pi - 1) b with pi = (1 - 1/(2B))**B, so s is no lower than a driftless
walk and E max(0, -s)**2 <= t (eta W)**2, W = a + b. No tail bound and no axiom is needed. Against
T2 kappa_B becomes c_B = 2 sqrt(B/(2B-1)) pi. That f is in the class is T2-skew-A0, T2-skew-A1 and
T2-skew-A2, one on its values and one on its gradient: that psi' is the derivative of psi is tested,
not proved. Source: theory sheet, section 3 (there through Hoeffding's inequality).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.assumptions import ETA, RHO, T
from proofs.lemmas.basics import (
    ZERO,
    I,
    W,
    Z,
    above,
    claimed,
    left,
    right,
)
from proofs.lemmas.roots import abs_squared, below_size
from proofs.lemmas.skew_noise import CHANCE
from proofs.lower import skew_runs
from proofs.lower.signsgd_parts import FAMILY, N, S
from proofs.lower.signsgd_skew_run import (
    BEND,
    CURVE,
    DEPTH,
    NOW,
    ONE,
    PLACE,
    PULL,
    SLOPE,
    STATEMENT,
    STATIONARITY,
    STEEP,
    STEP,
    SWING,
    TOTAL,
    WIDTH,
    M,
    bounded,
    drift,
    held,
    oscillator,
    psi,
    step,
    t,
    total,
)
from proofs.samples.skew import skew_samples
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Ex, Past
from signcheck.proof import Premise, Proof
from signcheck.theory import Statement, Theory


def below_zero(s: sp.Expr) -> sp.Expr:
    """max(0, -s)."""
    return sp.Max(0, -s)


@cache
def negative_part() -> k.Theorem:
    """max(0, -w)**2 <= max(0, -z)**2 - 2 max(0, -z) (w - z) + (w - z)**2."""
    old, new, gap = below_zero(Z), below_zero(W), W - Z
    goal = k.Le(new**2, old**2 - 2 * old * gap + gap**2)

    def case(p: Proof, here: k.Theorem) -> k.Theorem:
        first = p.function_value(old)

        def place(q: Proof, there: k.Theorem) -> k.Theorem:
            second = q.function_value(new)
            value, before = right(second), right(first)
            pieces: list[Premise] = [(-new - value, second), (old + before - 2 * gap, first)]
            if isinstance(here.concl, k.Le) and isinstance(there.concl, k.Lt):
                pieces += [(2 * Z, there), (Z, here)]
            return q.linear(goal, *pieces, slack=[gap**2, W**2])

        return p.split(k.Le(ZERO, W), k.Lt(W, ZERO), place)

    return Proof().split(k.Le(ZERO, Z), k.Lt(Z, ZERO), case)


def spread(p: Proof) -> k.Theorem:
    """For all t >= 0: E max(0, -s(t))**2 <= t (eta W)**2."""
    reach = (ETA * WIDTH) ** 2

    def claim(m: sp.Expr) -> k.Le:
        return k.Le(Ex(below_zero(PLACE(m)) ** 2, TRIVIAL), m * reach)

    start = _at_zero(p)
    low = below_zero(PLACE(ZERO))
    none = p.having(p.linear(k.Le(ZERO, PLACE(ZERO)), start)).function_value(low)
    zero = p.expect_mono(p.linear(k.Eq(low**2, ZERO), (low, none)), TRIVIAL)
    base = p.linear(claim(ZERO), zero, p.expect_linear(right(zero)))
    q = p.having(p.assume(NOW[0]))
    moved, past = step(q), Past(t)
    seen = q.having(q.instantiate(held(p, "inner point known"), t))
    old = below_zero(PLACE(t))
    part = q.specialise(negative_part(), {Z: PLACE(t), W: PLACE(t + 1)})
    surely = q.linear(
        k.Le(left(part), old**2 - 2 * old * STEP + reach), part, bounded(q, moved), label="one step"
    )
    taken = q.expect_mono(surely, past)
    low = q.min_bound(old, ZERO)
    r = seen.having(low)
    conditional = r.linear(
        k.Le(left(taken), old**2 + reach),
        taken,
        r.expect_linear(right(taken)),
        (2 * old, drift(q, moved)),
        label="given the past",
    )
    whole = q.expect_mono(conditional, TRIVIAL)
    ends = [q.tower(left(whole)), q.expect_linear(right(whole))]
    later = q.linear(claim(t + 1), whole, *ends, q.assume(claim(t)), label="one more step")
    return p.induction(base, later, t, ZERO, None, label="s stays above a fair walk")


def _at_zero(p: Proof) -> k.Theorem:
    """s(0) == 0."""
    q = p.having(*map(p.assume, FAMILY))
    zero = q.instantiate(held(p, "start x"), I)
    each = q.linear(k.Eq(SLOPE(I) * left(zero), ZERO), (SLOPE(I), zero))
    sums = p.sum_mono(p.generalise(each, I, *FAMILY))
    r = p.having(p.linear(k.Le(ZERO, N), held(p, "n >= 1"), slack=[ONE]))
    return p.linear(
        k.Eq(PLACE(ZERO), ZERO),
        p.instantiate(held(p, "inner point"), ZERO),
        (STEEP, held(p, "start x1")),
        sums,
        r.sum_linear(right(sums)),
        label="start",
    )


# ---------------------------------------------------------------- the level


def flat_enough(p: Proof) -> k.Theorem:
    """1 - max(0, -s(m))**2/D**2 <= h(m) = psi'(s(m))."""
    place, low = PLACE(M), below_zero(PLACE(M))
    value = psi(place)
    goal = k.Le(1 - low**2 / DEPTH**2, value)
    inside = next(e for e in value.args if isinstance(e, sp.Min))

    def case(q: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            r = q.having(q.linear(k.Le(ZERO, BEND * (place + DEPTH)), (BEND, side)))
            one = r.function_value(inside)
            r = r.having(r.linear(k.Le(ZERO, inside), one, slack=[ONE]))
            return r.linear(goal, r.function_value(value), one, slack=[low**2 / DEPTH**2])
        far = q.linear(k.Le(DEPTH, low), q.min_bound(low, -place), side)
        square = ((low + DEPTH) / DEPTH**2, far)
        return q.having(q.min_bound(low, ZERO)).linear(goal, q.min_bound(value, ZERO), square)

    both = p.split(k.Le(ZERO, place + DEPTH), k.Lt(place + DEPTH, ZERO), case)
    pull = p.instantiate(held(p, "slope of psi"), M)
    return p.linear(k.Le(left(both), PULL(M)), both, pull)


def prove(statement: Statement) -> k.Theorem:
    """The oscillator flips for ever, and s is rarely below -D."""
    p = statement.proof()[0]
    shape = [(symbol, held(p, name)) for name, symbol in (("D", DEPTH), ("c", BEND))]
    p = p.having(*(p.linear(k.Lt(ZERO, x), thm, slack=[right(thm)]) for x, thm in shape))
    depth = shape[0][1]
    deep = p.linear(
        k.Eq(DEPTH**2, (ETA * WIDTH) ** 2 * T / RHO), (DEPTH + right(depth), depth), label="depth"
    )
    value, swing = PULL(M), CURVE * SWING(M)
    square = p.instantiate(oscillator(p), M)
    size = k.specialise(abs_squared(), {Z: swing})
    least, reach = CURVE * ETA / 2, sp.Abs(swing)
    squares = p.linear(k.Le(least**2, reach**2), size, (CURVE**2, square))
    steady = below_size(p, least, reach, squares)
    q = p.having(*map(p.assume, FAMILY))
    each = p.sum_mono(p.generalise(above(SLOPE(I) * value, *q.facts), I, *FAMILY))
    inside = STATIONARITY.args[0]
    surely = p.linear(
        k.Le(least + WIDTH * (1 - below_zero(PLACE(M)) ** 2 / DEPTH**2), inside),
        steady,
        above(STEEP * value, *p.facts),
        each,
        p.sum_linear(left(each)),
        (value, total(p)),
        (WIDTH, flat_enough(p)),
        label="surely",
    )
    taken = p.expect_mono(surely, TRIVIAL)
    return p.linear(
        claimed(statement),
        taken,
        p.expect_linear(left(taken)),
        (WIDTH / DEPTH**2, p.instantiate(spread(p), M)),
        (WIDTH * (ETA * WIDTH) ** 2 / DEPTH**2, held(p, "m <= T")),
        (WIDTH * RHO / DEPTH**2, deep),
        (2 * CHANCE * (1 - RHO), held(p, "b")),
        label="T2-skew",
    )


T2_SKEW = Theory(
    id="T2-skew",
    title="SignSGD, skewed slope: E|grad f(x_m)|_1 >= (1-delta) L eta/2 + (1-rho) c_B S/sqrt(B)",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: skew_samples(STATIONARITY, S, N, TOTAL),
    notes={
        "slack": "delta, rho and Chebyshev's inequality lie between this level and the best one",
    },
    runs=skew_runs.runs(STATIONARITY, S, N),
)
