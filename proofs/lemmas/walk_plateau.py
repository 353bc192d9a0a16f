"""A plateau on the cycle: high but for a turning zone around h, and so high at 0 for ever.

``r(0, k) = min(a, c (h - k))`` for 0 <= k <= h. A class has h cells, of which those in the zone, of
width 2 a/c, cost at most a each: the class sums at 0 are at least a (h - a/c - 1). The count is a
telescoping sum of a potential that grows by a across every cell of the zone.
Source: theory sheet, section 3 (proof of T2, every horizon).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO, above, minus_above, right
from proofs.lemmas.walk import (
    CELL,
    HALF,
    HYPOTHESES,
    IN_CLASS,
    C,
    G,
    J,
    R,
    by_potential,
    class_sum,
    stays_high,
)
from proofs.lemmas.walk import A as MEMBER
from signcheck import kernel as k
from signcheck.proof import Proof

ONE = sp.Integer(1)
HIGH, FALL = k.Sym("a"), k.Sym("c")
Z, W = k.Sym("z"), k.Sym("w")
ZONE = k.Sym("m")
"""Half width a/c of the turning zone, in cells."""
OUTWARD = (k.Le(ZERO, CELL), k.Le(CELL, HALF))
PLATEAU: dict[str, k.Formula] = {
    "a >= 0": k.Le(ZERO, HIGH),
    "c > 0": k.Lt(ZERO, FALL),
    "m >= 0": k.Le(ZERO, ZONE),
    "zone": k.Eq(FALL * ZONE, HIGH),
    "h >= 1": HYPOTHESES["h >= 1"],
    "plateau": k.ForAll(CELL, OUTWARD, k.Eq(R(ZERO, CELL), sp.Min(HIGH, FALL * (HALF - CELL)))),
}


def _start(*names: str) -> tuple[Proof, list[k.Theorem]]:
    p = Proof()
    return p, [p.given({**HYPOTHESES, **PLATEAU}[name]) for name in names]


@cache
def minimum_below(place: int) -> k.Theorem:
    """w <= z |- min(a, w) <= min(a, z) (0), w <= a, w <= z |- w <= min(a, z) (1)."""
    p = Proof()
    low = p.given(k.Le(W, Z))
    under = [p.min_bound(sp.Min(HIGH, W), arg) for arg in (HIGH, W)]
    if place:
        under = [p.given(k.Le(W, HIGH))]
    goal = k.Le(W if place else sp.Min(HIGH, W), sp.Min(HIGH, Z))

    def case(q: Proof, _: k.Theorem) -> k.Theorem:
        return q.linear(goal, q.function_value(sp.Min(HIGH, Z)), low, *under)

    return p.split(k.Le(HIGH, Z), k.Lt(Z, HIGH), case)


@cache
def falling_start() -> k.Theorem:
    """For all 0 <= k < h - 1: r(0, k + 2) <= r(0, k)."""
    p, (_, plateau) = _start("c > 0", "plateau")
    first = HYPOTHESES["start"]
    assert isinstance(first, k.ForAll)
    q = p.having(*(p.assume(g) for g in first.guards))
    low, high = q.facts[-2:]
    q = q.having(
        q.linear(k.Le(ZERO, CELL + 2), low, slack=[ONE]),
        q.linear(k.Le(CELL + 2, HALF), q.integer_gap(high)),
        q.linear(k.Le(CELL, HALF), high, slack=[ONE]),
    )
    near, far = (q.instantiate(plateau, place) for place in (CELL, CELL + 2))
    drop = {Z: FALL * (HALF - CELL), W: FALL * (HALF - CELL - 2)}
    below = k.specialise(minimum_below(0), drop)
    below = k.cut(below, q.linear(k.Le(drop[W], drop[Z]), slack=[FALL]))
    return q.generalise(q.linear(first.body, near, far, below), CELL, *first.guards)  # type: ignore[arg-type]


# ---------------------------------------------------------------- the potential


def climb(z: sp.Expr) -> sp.Expr:
    """Potential at z cells from the start of the zone: slope 1/2 over a zone and one step more."""
    return (sp.Abs(z) - sp.Abs(z - 2 * ZONE - 2)) / 4


@cache
def climb_is_small() -> tuple[k.Theorem, k.Theorem]:
    """climb(z) <= (m + 1)/2 and -(m + 1)/2 <= climb(z)."""
    p, _ = _start("m >= 0")
    out = []
    width = 2 * ZONE + 2
    for sign in (1, -1):
        near, far = (Z, Z - width) if sign > 0 else (Z - width, Z)
        goal = k.Le(sp.Abs(near), sp.Abs(far) + width)

        def case(q: Proof, _: k.Theorem, near: sp.Expr = near, far: sp.Expr = far) -> k.Theorem:
            goal = k.Le(sp.Abs(near), sp.Abs(far) + width)
            value = q.function_value(sp.Abs(near))
            sizes = [above(far), minus_above(far)]
            return q.linear(goal, value, *sizes, slack=[width])

        size = p.split(k.Le(ZERO, near), k.Lt(near, ZERO), case)
        assert size.concl == goal
        bound = k.Le(sign * climb(Z), (ZONE + 1) / 2)
        out.append(p.linear(bound, (sp.Rational(1, 4), size)))
    return out[0], p.linear(k.Le(-(ZONE + 1) / 2, climb(Z)), out[1])


@cache
def climbing(where: str) -> k.Theorem:
    """climb(z) <= climb(z + 2) after the zone, climb(z + 2) == climb(z) + 1 inside."""
    p, _ = _start("m >= 0")
    width, grown = 2 * ZONE, climb(Z + 2)
    rise = k.Le(climb(Z), grown)
    if where == "after":
        q = p.having(p.given(k.Le(width, Z)))
        q = q.having(*(q.linear(k.Le(ZERO, x), q.facts[-1], slack=[ZONE, ONE]) for x in (Z, Z + 2)))
        values = [q.function_value(sp.Abs(x)) for x in (Z, Z + 2, Z - width)]
        return q.linear(rise, *values, above(Z - width - 2))
    low, high = p.given(k.Le(ZERO, Z)), p.given(k.Le(Z, width))
    q = p.having(
        p.linear(k.Le(ZERO, Z + 2), low, slack=[ONE]),
        p.linear(k.Le(Z - width - 2, ZERO), high, slack=[ONE]),
    )
    terms = (Z, Z + 2, Z - width, Z - width - 2)
    values = [q.function_value(sp.Abs(x)) for x in terms]
    return q.linear(k.Eq(grown, climb(Z) + 1), *values)


@cache
def cell_cost() -> k.Theorem:
    """d cells behind h, z = m + d: a - a (climb(z + 2) - climb(z)) <= min(a, c d).

    Outside of the zone the minimum is a and the potential does not fall; inside it grows by a.
    The potential is odd about h: the same holds d cells before h, with z = m - d.
    """
    p, (_, _, high, zone) = _start("c > 0", "m >= 0", "a >= 0", "zone")
    p.given(k.Le(ZERO, W))
    z, value = ZONE + W, sp.Min(HIGH, FALL * W)
    goal = k.Le(HIGH - HIGH * (climb(z + 2) - climb(z)), value)

    def least(bound: sp.Expr, *facts: k.Theorem) -> k.Theorem:
        return k.cut(k.specialise(minimum_below(1), {W: bound, Z: FALL * W}), *facts)

    def grows(name: str, *facts: k.Theorem) -> k.Theorem:
        thm = k.specialise(climbing(name), {Z: z})
        return k.cut(thm, *(f for f in facts if f.concl in thm.hyps))

    def case(q: Proof, where: k.Theorem) -> k.Theorem:
        if isinstance(where.concl, k.Le):
            flat = grows("after", q.linear(k.Le(2 * ZONE, z), where), *p.facts)
            far = q.linear(k.Le(HIGH, FALL * W), zone, (FALL, where))
            return q.linear(
                goal,
                (HIGH, flat),
                least(HIGH, q.linear(k.Le(HIGH, HIGH)), far),
                label="outside of the zone",
            )
        inside = (q.sign_fact(k.Le(ZERO, z)), q.linear(k.Le(z, 2 * ZONE), where))
        zero = least(ZERO, high, q.sign_fact(k.Le(ZERO, FALL * W)))
        return q.linear(goal, (HIGH, grows("inside", *inside, *p.facts)), zero, label="in the zone")

    return p.split(k.Le(ZONE, W), k.Lt(W, ZONE), case)


# ---------------------------------------------------------------- the sums, and every time


@cache
def start_sum(parity: int) -> k.Theorem:
    """a (h - m - 1) <= the sum of r(0, .) over a class."""
    names = ("even", "cycle", "h >= 1", "a >= 0", "c > 0", "m >= 0", "zone", "plateau")
    p, (even, cycle, *_, plateau) = _start(*names)
    place = 2 * J + parity
    potential = HIGH * climb(place - HALF + ZONE)
    member = R(ZERO, place)
    goal = k.Le(HIGH - (potential.xreplace({J: J + 1}) - potential), member)
    q = p.having(*map(p.assume, IN_CLASS))
    low, high = q.facts[-2:]
    natural = q.linear(k.Le(ZERO, place), low, slack=[ONE])
    last = q.linear(k.Le(place, 2 * HALF), q.integer_gap(high), slack=[ONE])

    def cost(away: k.Theorem) -> k.Theorem:
        thm = k.specialise(cell_cost(), {W: right(away)})
        return k.cut(thm, *(f for f in (away, *p.facts) if f.concl in thm.hyps))

    def case(r: Proof, where: k.Theorem) -> k.Theorem:
        if isinstance(where.concl, k.Le):
            value = r.having(natural).instantiate(plateau, place)
            return r.linear(goal, value, cost(r.linear(k.Le(ZERO, HALF - place), where)))
        back = 2 * HALF - place
        inside = [r.linear(k.Le(ZERO, back), last), r.linear(k.Le(back, HALF), where)]
        around = [r.instantiate(cycle, -back), r.instantiate(even, back)]
        value = r.having(*inside).instantiate(plateau, back)
        behind = r.linear(k.Le(ZERO, place - HALF), where)
        return r.linear(goal, *around, value, cost(behind))

    each = q.split(k.Le(place, HALF), k.Lt(HALF, place), case)
    total = p.specialise(by_potential(), {C: HIGH, G: ((J,), potential), MEMBER: ((J,), member)})
    total = k.cut(total, p.generalise(each, J, *IN_CLASS), p.facts[2])
    ends = []
    for thm, place in zip(climb_is_small(), (HALF, ZERO), strict=True):
        z = 2 * place + parity - HALF + ZONE
        end = k.specialise(thm, {Z: z})
        ends.append((HIGH, k.cut(end, *(f for f in p.facts if f.concl in end.hyps))))
    goal = k.Le(HIGH * (HALF - ZONE - 1), class_sum(ZERO, parity))
    return p.linear(goal, total, *ends, label="class sum of a plateau")


@cache
def plateau_stays() -> k.Theorem:
    """For all t >= 0: a (h - m - 1) <= h r(t, 0)."""
    level = HIGH * (HALF - ZONE - 1)
    thm = k.specialise(stays_high(), {C: level})
    return k.cut(thm, falling_start(), *(start_sum(parity) for parity in (0, 1)))
