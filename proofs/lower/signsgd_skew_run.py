"""The run of SignSGD on the skewed instance: what is assumed, and one step of it.

Source: theory sheet, section 3 (T2-skew).
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import DELTA_SHARE, ETA, RHO, SIGMA, TAU, B, L, T, at_least_one, positive
from proofs.lemmas.basics import (
    ZERO,
    I,
    Z,
    above,
    by_sign,
    left,
    right,
    sign_bounded,
)
from proofs.lemmas.masking import CALL as DRAWS
from proofs.lemmas.masking import IN_BATCH
from proofs.lemmas.masking import F as GIVEN
from proofs.lemmas.masking import J as DRAW
from proofs.lemmas.masking import U as MEAN
from proofs.lemmas.skew_noise import CHANCE, NOISE, chance_at_least_half, positive_miss, uphill
from proofs.lower.signsgd_parts import FAMILY, N, S
from proofs.lower.signsgd_skew_class import CURVE, DEPTH, ONE, cut
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Big, Ex, Past
from signcheck.proof import Proof
from signcheck.theory import Statement

t, M = k.Sym("t", "int"), k.Sym("m", "int")
NOW = (k.Le(ZERO, t),)
SWING, RAMP, NOISY = (k.Sym(name, "fam:random") for name in ("x0", "x1", "x"))
CALLS = k.Sym("Y", "fam:random")
SLOPE = k.Sym("b", "fam:real")

TOTAL, HIDDEN = k.Sym("b"), S / sp.sqrt(2 * B - 1) - N * TAU
"""b, the sum of the slopes that the noise hides, and what it is."""
WIDTH = 2 * CHANCE * TOTAL
"""W, the sum of all slopes: up to n tau it is c_B |sigma|_1/sqrt(B)."""
STEEP = (2 * CHANCE - 1) * TOTAL
"""a, the slope without noise."""
BEND = k.Sym("c")
"""The curvature of psi."""


def inner(s: sp.Expr) -> sp.Expr:
    """s = a x_1 + sum of b_i x_i at a step."""
    return STEEP * RAMP(s) + Big(SLOPE(I) * NOISY(s, I), I, ZERO, N)


def psi(s: sp.Expr) -> sp.Expr:
    """psi'(s)."""
    return cut(1 + BEND * (s + DEPTH))


PLACE = k.Sym("s", "fam:random")
PULL = k.Sym("h", "fam:random")
"""psi'(s) along the run."""
FLAT = PULL(t)
BATCH = Big(CALLS(t, I, DRAW), DRAW, ZERO, B) / B
STATIONARITY = Ex(
    sp.Abs(CURVE * SWING(M))
    + sp.Abs(STEEP * PULL(M))
    + Big(sp.Abs(SLOPE(I) * PULL(M)), I, ZERO, N),
    TRIVIAL,
)
"""E|grad f(x_m)|_1."""

# ---------------------------------------------------------------- statement


def _always(body: k.Formula) -> k.Formula:
    return k.ForAll(t, NOW, body)


def _each(body: k.Formula) -> k.Formula:
    return k.ForAll(I, FAMILY, body)


NUMBERS: dict[str, k.Formula] = {
    **positive(L, ETA, TAU, DELTA_SHARE, RHO),
    **at_least_one(T, B),
    "delta < 1": k.Lt(DELTA_SHARE, ONE),
    "n >= 1": k.Le(ONE, N),
    "slopes >= 0": _each(k.Le(ZERO, SLOPE(I))),
    "b > 0": k.Lt(ZERO, TOTAL),
    "slopes": _each(k.Eq(SLOPE(I), SIGMA(I) / sp.sqrt(2 * B - 1) - TAU)),
    "b": k.Eq(TOTAL, HIDDEN),
}
SHAPE: dict[str, k.Formula] = {
    "D": k.Eq(DEPTH, ETA * WIDTH * sp.sqrt(T / RHO)),
    "c": k.Eq(BEND, DELTA_SHARE * L / WIDTH**2),
}
RUN: dict[str, k.Formula] = {
    "start x0": k.Eq(SWING(ZERO), ETA / 2),
    "start x1": k.Eq(RAMP(ZERO), ZERO),
    "start x": _each(k.Eq(NOISY(ZERO, I), ZERO)),
    "inner point": _always(k.Eq(PLACE(t), inner(t))),
    "slope of psi": _always(k.Eq(PULL(t), psi(PLACE(t)))),
    "x0 moves": _always(k.Eq(SWING(t + 1), SWING(t) - ETA * sp.sign(CURVE * SWING(t)))),
    "x1 moves": _always(k.Eq(RAMP(t + 1), RAMP(t) - ETA * sp.sign(STEEP * FLAT))),
    "x moves": _always(_each(k.Eq(NOISY(t + 1, I), NOISY(t, I) - ETA * sp.sign(BATCH)))),
    "law of a call": _always(
        _each(k.ForAll(DRAW, IN_BATCH, NOISE.law(CALLS(t, I, DRAW), Past(t), SLOPE(I) * FLAT)))
    ),
    "calls independent": _always(_each(k.Independent(CALLS(t, I, DRAW), DRAW, B, Past(t)))),
    "inner point known": _always(k.Measurable(PLACE(t), Past(t))),
}


def ranges(p: Proof) -> list[k.Theorem]:
    """What follows from the ranges of the parameters alone: no term is without a value."""
    calls, share = (p.fact(NUMBERS[name], name) for name in ("B >= 1", "delta < 1"))
    found = [
        p.linear(k.Lt(ZERO, 2 * B - 1), (2, calls), slack=[ONE]),
        p.linear(k.Lt(ZERO, 1 - DELTA_SHARE), share),
        positive_miss(p),
    ]
    half = k.cut(chance_at_least_half(), calls)
    q = p.having(*found)
    return [*found, q.linear(k.Le(ZERO, 2 * CHANCE - 1), (2, half))]


STATEMENT = Statement(
    hypotheses={**NUMBERS, **SHAPE, **RUN, "m >= 0": k.Le(ZERO, M), "m <= T": k.Le(M, T)},
    conclusion=k.Le(CURVE * ETA / 2 + (1 - RHO) * 2 * CHANCE * HIDDEN, STATIONARITY),
    prepare=ranges,
)

# ---------------------------------------------------------------- what the method does


def held(p: Proof, name: str) -> k.Theorem:
    """The assumed hypothesis of that name."""
    return p.fact(STATEMENT.hypotheses[name], name)


def oscillator(p: Proof) -> k.Theorem:
    """For all t >= 0: x_0(t)**2 == eta**2/4."""
    square = ETA**2 / 4

    def claim(s: sp.Expr) -> k.Eq:
        return k.Eq(SWING(s) ** 2, square)

    base = p.linear(claim(ZERO), (SWING(0) + ETA / 2, held(p, "start x0")))
    known = p.assume(claim(t))
    q = p.having(p.assume(NOW[0]))
    update = q.instantiate(held(p, "x0 moves"), t)
    slope, x = CURVE * SWING(t), SWING(t)

    def flip(r: Proof) -> k.Theorem:
        case = r.facts[-1].concl
        if case not in (k.Lt(ZERO, x), k.Lt(x, ZERO)):
            zero = r.antisymmetry(*[f for f in r.facts if x in f.concl.terms()][-2:])
            false = r.certificate(k.Lt(ZERO, ZERO), [(-1, known), (x, zero)], [square])
            return r.absurd(false, claim(t + 1))
        side = 1 if case == k.Lt(ZERO, x) else -1
        sign = r.function_value(sp.sign(slope))
        moved = r.linear(k.Eq(SWING(t + 1), x - side * ETA), update, (ETA, sign))
        place = r.linear(k.Eq(x, side * ETA / 2), (1 / (x + side * ETA / 2), known))
        both = (SWING(t + 1) + x - side * ETA, moved)
        return r.linear(claim(t + 1), both, known, (ETA, place), label="the oscillator flips")

    return p.induction(base, by_sign(q, x, flip), t, ZERO, None, label="x_0(t)**2 stays")


STEP = PLACE(t + 1) - PLACE(t)
SIGN_QUIET, SIGN = sp.sign(STEEP * FLAT), sp.sign(BATCH)
SIGNS = Big(SLOPE(I) * SIGN, I, ZERO, N)


def step(p: Proof) -> k.Theorem:
    """s(t+1) - s(t) == -eta (a sign_1 + sum of b_i sign_i), for the free t >= 0."""
    q = p.having(*map(p.assume, FAMILY))
    moved = q.instantiate(held(p, "x moves"), t, I)
    each = q.linear(k.Eq(SLOPE(I) * left(moved), SLOPE(I) * right(moved)), (SLOPE(I), moved))
    sums = p.sum_mono(p.generalise(each, I, *FAMILY))
    later = p.having(p.linear(k.Le(ZERO, t + 1), p.fact(NOW[0], "t >= 0"), slack=[ONE]))
    return p.linear(
        k.Eq(STEP, -ETA * (STEEP * SIGN_QUIET + SIGNS)),
        p.instantiate(held(p, "inner point"), t),
        later.instantiate(held(p, "inner point"), t + 1),
        (STEEP, p.instantiate(held(p, "x1 moves"), t)),
        sums,
        p.sum_linear(right(sums)),
        label="one step of s",
    )


def total(p: Proof) -> k.Theorem:
    """sum of b_i == b."""
    sums = p.sum_mono(held(p, "slopes"))
    q = p.having(p.linear(k.Le(ZERO, N), held(p, "n >= 1"), slack=[ONE]))
    whole = q.linear(k.Eq(left(sums), HIDDEN), sums, q.sum_linear(right(sums)))
    return q.linear(k.Eq(left(sums), TOTAL), whole, held(p, "b"))


# ---------------------------------------------------------------- a step of s


def bounded(p: Proof, moved: k.Theorem) -> k.Theorem:
    """(s(t+1) - s(t))**2 <= (eta W)**2, from one step."""
    q = p.having(*map(p.assume, FAMILY))
    q = q.having(q.instantiate(held(p, "slopes >= 0"), I))
    reach = ETA * WIDTH
    size = k.specialise(sign_bounded(), {Z: STEEP * FLAT}, facts=p.facts)
    sides = []
    for c in (1, -1):
        own = q.specialise(sign_bounded(), {Z: BATCH})
        each = q.linear(
            k.Le(c * SLOPE(I) * SIGN, SLOPE(I)),
            (SLOPE(I), above(c * SIGN, *q.facts)),
            (SLOPE(I), own),
        )
        sums = p.sum_mono(p.generalise(each, I, *FAMILY))
        sides.append(
            p.linear(
                k.Le(-c * STEP, reach),
                (c, moved) if c > 0 else moved,
                (ETA, sums),
                (ETA, p.sum_linear(left(sums))),
                (ETA, total(p)),
                (ETA * STEEP, above(c * SIGN_QUIET, *p.facts)),
                (ETA * STEEP, size),
                label="s moves by eta W at most",
            )
        )
    low, high = sides
    r = p.having(p.linear(k.Le(ZERO, reach + STEP), low))
    return r.linear(k.Le(STEP**2, reach**2), (reach + STEP, high), label="square of a step")


def drift(p: Proof, moved: k.Theorem) -> k.Theorem:
    """s(t) <= E[s(t+1) | past t]."""
    past = Past(t)
    known = p.having(p.instantiate(held(p, "inner point known"), t))
    pull = p.instantiate(held(p, "slope of psi"), t)
    seen = known.known_equal(known.known(right(pull), past), pull)
    r = known.having(seen)
    q = r.having(*map(p.assume, FAMILY))
    q = q.having(q.instantiate(held(p, "slopes >= 0"), I))
    slope = SLOPE(I) * FLAT
    up = q.linear(k.Le(ZERO, FLAT), pull, q.min_bound(right(pull), ZERO))
    low = q.linear(k.Le(ZERO, slope), (SLOPE(I), up))
    to = {MEAN: slope, GIVEN: past, DRAWS: ((DRAW,), CALLS(t, I, DRAW))}
    coin = q.specialise(uphill(), to)
    laws = [q.instantiate(held(p, n), t, I) for n in ("law of a call", "calls independent")]
    parts = [low, q.known(slope, past), *laws, *q.facts]
    coin = k.cut(coin, *{h.concl: h for h in parts if h.concl in coin.hyps}.values())
    mean = q.expect_linear(Ex(SLOPE(I) * SIGN, past))
    each = q.linear(
        k.Le(left(mean), (1 - 2 * CHANCE) * SLOPE(I)), mean, (SLOPE(I), coin), label="uphill"
    )
    sums = p.sum_mono(p.generalise(each, I, *FAMILY))
    taken = r.expect_mono(moved, past)
    quiet = k.specialise(sign_bounded(), {Z: STEEP * FLAT}, facts=p.facts)
    return r.linear(
        k.Le(PLACE(t), Ex(PLACE(t + 1), past)),
        taken,
        r.expect_linear(left(taken)),
        r.expect_linear(right(taken)),
        (ETA, sums),
        (ETA, p.sum_linear(right(sums))),
        (ETA * (2 * CHANCE - 1), total(p)),
        (ETA * STEEP, above(SIGN_QUIET, *p.facts)),
        (ETA * STEEP, quiet),
        label="no drift down",
    )
