"""Masking noise: the sign of the mean of B calls is a fair coin, whichever side it hides.

A derivative of the other sign has the mirrored law, every outcome times -1: ``s`` is the side.
The law is ``hardinstances.noise.MASKING``, the one that is sampled.
Source: theory sheet, section 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import sympy as sp

from hardinstances.noise import MASKING, MEAN, TAU
from proofs.assumptions import TAU as OFFSET
from proofs.assumptions import B, lifted
from proofs.lemmas.basics import ZERO, right
from signcheck import kernel as k
from signcheck.kernel.terms import Big, Ex, Prod
from signcheck.proof import Premise, Proof

ONE = sp.Integer(1)
U, F = k.Sym("u", "random"), k.Sym("F", "sigma")
SIDE = k.Sym("s", "random")
CALL, J, N = k.Sym("Y", "fam:random"), k.Sym("k", "int"), k.Sym("n", "int")
Q = k.Sym("q")

NOISE = k.Noise(
    mean=U,
    values=tuple(lifted(v, **{MEAN.name: U, TAU.name: OFFSET}) for v in MASKING.outcomes),
    probabilities=tuple(lifted(v) for v in MASKING.probabilities),
    batch=B,
)
LARGE, SMALL = NOISE.values
HIT, MISS = NOISE.probabilities
ROOT = sp.Integer(2) ** (1 / B)
IN_BATCH = (k.Le(ZERO, J), k.Lt(J, B))
MEAN_OF_BATCH = Big(CALL(J), J, ZERO, B) / B
MISSED = (LARGE - SIDE * CALL(J)) / (LARGE + OFFSET)
"""1 if the call is small, 0 if it is large."""
MIRRORED = replace(NOISE, values=tuple(SIDE * v for v in NOISE.values))

HYPOTHESES: dict[str, k.Formula] = {
    "B >= 1": k.Le(ONE, B),
    "tau > 0": k.Lt(ZERO, OFFSET),
    "u >= 0": k.Le(ZERO, U),
    "u known": k.Measurable(U, F),
    "side": k.Eq(SIDE**2, ONE),
    "side known": k.Measurable(SIDE, F),
    "law": k.ForAll(J, IN_BATCH, MIRRORED.law(CALL(J), F, U)),
    "independent": k.Independent(CALL(J), J, B, F),
}


@cache
def bernoulli() -> k.Theorem:
    """0 < 1 + q |- for all n >= 0: 1 + n q <= (1 + q)**n."""
    p = Proof()
    p.given(k.Lt(ZERO, 1 + Q))

    def claim(n: sp.Expr) -> k.Le:
        return k.Le(1 + n * Q, (1 + Q) ** n)

    base = p.linear(claim(ZERO))
    known, later = p.assume(claim(N)), p.assume(k.Le(ZERO, N))
    q = p.having(later)
    step = q.linear(claim(N + 1), (1 + Q, known), slack=[N * Q**2], label="Bernoulli")
    return p.induction(base, step, N, ZERO, None)


@cache
def power_below_one() -> k.Theorem:
    """0 < q, q <= 1 |- for all n >= 0: q**n <= 1."""
    p = Proof()
    p.given(k.Lt(ZERO, Q))
    small = p.given(k.Le(Q, ONE))
    base = p.linear(k.Le(Q**ZERO, ONE))
    known = p.assume(k.Le(Q**N, ONE))
    step = p.linear(k.Le(Q ** (N + 1), ONE), (Q, known), small)
    return p.induction(base, step, N, ZERO, None)


@cache
def root_of_two() -> tuple[k.Theorem, k.Theorem]:
    """B >= 1 |- 1 < 2**(1/B) and B (2**(1/B) - 1) <= 1."""
    p = Proof()
    p.given(HYPOTHESES["B >= 1"])
    power = p.root_power(sp.Integer(2), B)
    goal = k.Lt(ONE, ROOT)

    def case(r: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Lt):
            return r.linear(goal, side)
        low = r.specialise(power_below_one(), {Q: ROOT})
        low = k.cut(low, r.sign_fact(k.Lt(ZERO, ROOT)), side)
        false = r.linear(k.Le(sp.Integer(2), ONE), power, r.instantiate(low, B))
        return r.absurd(false, goal)

    above = p.split(k.Le(ROOT, ONE), goal, case)
    line = k.cut(p.specialise(bernoulli(), {Q: ROOT - 1}), p.sign_fact(k.Lt(ZERO, ROOT)))
    narrow = p.linear(k.Le(B * (ROOT - 1), ONE), p.instantiate(line, B), power)
    return above, narrow


def _start() -> tuple[Proof, dict[str, k.Theorem]]:
    p = Proof()
    held = {name: p.given(h) for name, h in list(HYPOTHESES.items())[:6]}
    above, narrow = root_of_two()
    p = p.having(above, narrow)
    hit = p.linear(k.Lt(ZERO, HIT), (1 / ROOT, above), label="hit probability")
    p = p.having(hit)
    for name in ("law", "independent"):
        held[name] = p.given(HYPOTHESES[name])
    held["above"], held["narrow"] = above, narrow
    return p, held


def _flat(p: Proof, law: k.Theorem, side: k.Theorem, call: sp.Expr) -> k.Theorem:
    """missed**2 == missed for one call with the law."""
    support = p.law_support(law, (call - SIDE * LARGE) * (call - SIDE * SMALL))
    missed = MISSED.xreplace({CALL(J): call})
    scale = 1 / (LARGE + OFFSET) ** 2
    sides = [(scale * factor, side) for factor in (call**2, LARGE * OFFSET)]
    flat = k.Eq(missed**2, missed)
    return p.linear(flat, (scale, support), *sides, label="hit or missed")


def within(p: Proof, flat: k.Theorem, term: sp.Expr) -> list[k.Theorem]:
    """From z**2 == z: 0 <= z and z <= 1."""
    low = p.linear(k.Le(ZERO, term), flat, slack=[term**2])
    high = p.linear(k.Le(term, ONE), flat, slack=[(1 - term) ** 2])
    return [low, high]


def _product(n: sp.Expr) -> sp.Expr:
    return Prod(MISSED, J, ZERO, n)


def _sum(n: sp.Expr) -> sp.Expr:
    return Big(MISSED, J, ZERO, n)


def counts(
    p: Proof, missed: sp.Expr, flat_at: Callable[[Proof], k.Theorem]
) -> tuple[k.Theorem, k.Theorem, k.Theorem]:
    """All missed: P = prod; number missed: S. At B: P**2 == P, S <= B - 1 + P, B P <= S.

    ``missed`` is 1 or 0 for the call k; ``flat_at`` proves missed**2 == missed for the call n.
    """

    def product(n: sp.Expr) -> sp.Expr:
        return Prod(missed, J, ZERO, n)

    def number(n: sp.Expr) -> sp.Expr:
        return Big(missed, J, ZERO, n)

    low, inside = p.assume(k.Le(ZERO, N)), p.assume(k.Lt(N + 1, B + 1))
    q = p.having(low)
    q = q.having(q.linear(k.Lt(N, B), inside))
    flat = flat_at(q)
    j = right(flat)
    grown = [q.range_step(product(N + 1)), q.range_step(number(N + 1))]
    empty = [p.range_empty(missed, J, ZERO, kind) for kind in ("product", "sum")]
    big = product(N)

    def square(n: sp.Expr) -> k.Relation:
        return k.Eq(product(n) ** 2, product(n))

    base = p.linear(square(ZERO), (product(ZERO), empty[0]))
    known = q.assume(square(N))
    step = q.linear(
        square(N + 1),
        (product(N + 1) + big * j - 1, grown[0]),
        (j**2, known),
        (big, flat),
    )
    flats = p.induction(base, step, N, ZERO, B + 1, label="all missed is 0 or 1")
    early = q.linear(k.Lt(N, B + 1), inside, slack=[ONE])
    here = q.instantiate(flats, N, facts=[*q.facts, early])
    one_call = within(q, flat, j)
    r = q.having(*one_call, *within(q, here, big))

    def claims(n: sp.Expr) -> list[k.Relation]:
        whole, count = product(n), number(n)
        return [k.Le(count, n - 1 + whole), k.Le(n * whole, count)]

    ends = []
    for which, slack in ((0, [(1 - big) * (1 - j)]), (1, [N * big * (1 - j)])):
        base = p.linear(claims(ZERO)[which], *empty)
        known = r.assume(claims(N)[which])
        scale = ONE if which == 0 else N + 1
        step = r.linear(
            claims(N + 1)[which],
            known,
            (scale, grown[0]),
            grown[1],
            (1 - big, one_call[0]),
            slack=slack,
            label="count",
        )
        ends.append(p.induction(base, step, N, ZERO, B + 1, label="number of misses"))
    whole = [p.instantiate(thm, B) for thm in (flats, *ends)]
    return whole[0], whole[1], whole[2]


@cache
def _counts() -> tuple[k.Theorem, k.Theorem, k.Theorem]:
    """The counts of the masking noise."""
    p, held = _start()

    def flat_at(q: Proof) -> k.Theorem:
        return _flat(q, q.instantiate(held["law"], N), held["side"], CALL(N))

    return counts(p, MISSED, flat_at)


@cache
def sign_of_batch() -> k.Theorem:
    """sign(mean of the batch) == s (1 - 2 prod of missed)."""
    p, held = _start()
    flat, few, many = _counts()
    big, total, m, outcome = _product(B), _sum(B), MEAN_OF_BATCH, LARGE + OFFSET
    opened = p.sum_linear(total)
    mean = p.linear(
        k.Eq(SIDE * m, LARGE - outcome * total / B), (outcome / B, opened), label="mean"
    )
    goal = k.Eq(sp.sign(m), SIDE * (1 - 2 * big))
    low, _ = within(p, flat, big)

    def case(r: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            zero = r.antisymmetry(side, low)
            room = r.linear(
                k.Lt(ZERO, LARGE - (B - 1) * OFFSET),
                (OFFSET / (ROOT - 1), held["narrow"]),
                slack=[OFFSET, U * ROOT / (ROOT - 1)],
                label="one hit outweighs B - 1 misses",
            )
            up = r.linear(
                k.Lt(ZERO, SIDE * m),
                *(mean, (outcome / B, few), (outcome / B, zero), (1 / B, room)),
                label="a hit turns the mean to its side",
            )
            return _turned(r, held["side"], up, goal, (-2 * SIDE, zero))
        one = r.linear(k.Eq(big, ONE), (1 / big, flat))
        down = r.linear(
            k.Lt(ZERO, -SIDE * m),
            *(mean, (outcome / B, many), (outcome, one)),
            slack=[OFFSET],
            label="all missed turn the mean away",
        )
        return _turned(r, held["side"], down, goal, (-2 * SIDE, one))

    return p.split(k.Le(big, ZERO), k.Lt(ZERO, big), case)


def _turned(
    p: Proof, square: k.Theorem, where: k.Theorem, goal: k.Relation, product: Premise
) -> k.Theorem:
    """The sign of the mean m from 0 < s m or 0 < -s m: for s = 1 and for s = -1."""
    m = MEAN_OF_BATCH
    up = right(where) == SIDE * m

    def side(r: Proof, case: k.Theorem) -> k.Theorem:
        s = ONE if isinstance(case.concl, k.Lt) else -ONE
        fixed = r.linear(k.Eq(SIDE, s), (1 / (SIDE + s), square))
        c = s if up else -s
        here = r.linear(k.Lt(ZERO, c * m), where, (c * s * m, fixed))
        return r.linear(goal, r.having(here).function_value(sp.sign(m)), fixed, product)

    return p.split(k.Le(SIDE, ZERO), k.Lt(ZERO, SIDE), side)


@cache
def fair_coin() -> tuple[k.Theorem, k.Theorem]:
    """E[sign(mean of the batch) | F] == 0 and sign**2 == 1."""
    p, held = _start()
    value, (flat, _, _) = sign_of_batch(), _counts()
    big = _product(B)
    sign = sp.sign(MEAN_OF_BATCH)
    square = p.linear(
        k.Eq(sign**2, ONE),
        *((sign + SIDE * (1 - 2 * big), value), ((1 - 2 * big) ** 2, held["side"]), (4, flat)),
        label="sign squared",
    )
    guards = [k.assume(g) for g in IN_BATCH]
    q = p.having(*guards)
    one = q.expect_finite(q.instantiate(held["law"], J), Ex(MISSED, F))
    same = (U / (LARGE + OFFSET), held["side"])
    miss = q.linear(k.Eq(Ex(MISSED, F), MISS), one, same, label="chance of a miss")
    every = p.constant_product(p.generalise(miss, J, *IN_BATCH))
    factors = p.expect_product(held["independent"], MISSED, B)
    half = p.root_power(sp.Integer(2), B, -1)
    chance = p.chain(factors, every, half)
    taken = p.expect_mono(value, F)
    opened = p.expect_linear(Ex(right(value), F))
    mean = p.linear(k.Eq(Ex(sign, F), ZERO), taken, opened, (2 * SIDE, chance), label="fair coin")
    return mean, square
