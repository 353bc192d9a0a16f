"""A zero-respecting method sees the links of a gated chain one after the other, and slowly.

Each call t shows the next link with probability p. The weight w(t), which a shown link multiplies
by three, bounds the progress: x_i is 0 at every call with w < 3**(i+1), by induction on the calls.

Source: theory sheet, section 5; Arjevani et al. 2023 (the oracle).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.assumptions import F
from proofs.lemmas.basics import ZERO, I
from proofs.lemmas.chain_function import (
    Chain,
    gate,
    gate_open,
    range_of,
    zero_chain,
)
from proofs.lemmas.chain_weight import (
    CHANCE,
    NOW,
    ONE,
    SHOWN,
    THREE,
    WEIGHT,
    Walk,
    at_least_one,
    shown,
    t,
)
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Big, Co, Grad, Ind
from signcheck.proof import Proof

POINT, SEEN = k.Sym("x", "fam:rvector"), k.Sym("g", "fam:rvector")
R, J, N = (k.Sym(name, "int") for name in ("r", "j", "n"))
SLOPE = Co(Grad(F, POINT(t)), I)


def seen_before(n: sp.Expr, i: sp.Expr = I) -> sp.Expr:
    """Sum of |g_i| over the calls before n: 0 iff none of them showed coordinate i."""
    return Big(sp.Abs(Co(SEEN(R), i)), R, ZERO, n)


ORACLE: dict[str, k.Formula] = {
    "oracle": k.ForAll(
        t,
        NOW,
        k.ForAll(
            I,
            range_of(ZERO, DIM),
            k.Eq(Co(SEEN(t), I), SLOPE * (1 + gate(I, POINT(t)) * (SHOWN(t) / CHANCE - 1))),
        ),
    ),
    "zero-respecting": k.ForAll(
        t,
        NOW,
        k.ForAll(
            I, range_of(ZERO, DIM), k.Eq(Co(POINT(t), I) * (1 - sp.sign(seen_before(t))), ZERO)
        ),
    ),
}
"""The second one says: x(t)_i is 0 unless some earlier call showed coordinate i."""


def reached(i: sp.Expr, n: sp.Expr) -> sp.Expr:
    """1 if w(n) >= 3**(i+1), else 0."""
    return Ind(WEIGHT(n) - THREE ** (i + 1))


# ---------------------------------------------------------------- what is hidden


@cache
def powers_grow() -> k.Theorem:
    """For all n >= i: 3**(i+1) <= 3**(n+1)."""
    p = Proof()
    base = p.linear(k.Le(THREE ** (I + 1), THREE ** (I + 1)))
    known = p.assume(k.Le(THREE ** (I + 1), THREE ** (N + 1)))
    step = p.linear(k.Le(THREE ** (I + 1), THREE ** (N + 2)), known, slack=[2 * THREE ** (N + 1)])
    return p.induction(base, step, N, I, None)


def _shown_is_reached(n: sp.Expr) -> k.Formula:
    """Coordinates that were shown before call n have 3**(i+1) <= w(n)."""
    return k.ForAll(I, range_of(ZERO, DIM), k.Eq(seen_before(n) * (1 - reached(I, n)), ZERO))


class _Call:
    """Call t of a run in which everything shown before was reached."""

    def __init__(self) -> None:
        self.chain, self.walk = Chain(), Walk()
        self.p = self.chain.p.having(*self.walk.p.facts)
        self.held = {name: self.p.given(formula) for name, formula in ORACLE.items()}
        self.now = self.p.given(NOW[0])
        self.before = self.p.assume(_shown_is_reached(t))

    def hidden(self, q: Proof, small: k.Theorem, j: sp.Expr) -> k.Theorem:
        """From w(t) < 3**(j+1), 0 <= j < d: x(t)_j == 0."""
        q = q.having(small)
        nothing = q.function_value(reached(j, t))
        total = seen_before(t, j)
        none = q.linear(
            k.Le(total, ZERO), q.instantiate(self.before, j), (total, nothing), label="not shown"
        )
        sign = q.having(none).function_value(sp.sign(total))
        rule = q.instantiate(self.held["zero-respecting"], t, j)
        place = Co(POINT(t), j)
        return q.linear(k.Eq(place, ZERO), rule, (place, sign), label="not moved")

    def not_seen(self, q: Proof, small: k.Theorem) -> k.Theorem:
        """From w(t+1) < 3**(i+1): g(t)_i == 0 and x(t)_i == 0, shown so far or not."""
        two, low = shown(q, self.walk)
        grown = q.instantiate(self.walk.growth, t)
        least = q.instantiate(at_least_one(), t)
        q = q.having(low, q.linear(k.Le(ZERO, WEIGHT(t)), least, slack=[ONE]))
        earlier = q.linear(
            k.Lt(WEIGHT(t), THREE ** (I + 1)), small, grown, slack=[WEIGHT(t) * SHOWN(t)]
        )

        def case(r: Proof, side: k.Theorem) -> k.Theorem:
            if isinstance(side.concl, k.Le):
                return self._closed(r, side, two, earlier)
            return self._passed(r, side, two, small, earlier)

        half = sp.Rational(1, 2)
        return q.split(k.Le(SHOWN(t), half), k.Lt(half, SHOWN(t)), case)

    def _closed(self, r: Proof, side: k.Theorem, two: k.Theorem, earlier: k.Theorem) -> k.Theorem:
        """z(t) == 0: everything from i on is 0, so the gate hides it."""
        miss = r.having(r.linear(k.Lt(ZERO, 1 - SHOWN(t)), side, slack=[sp.Rational(1, 2)]))
        zero = miss.linear(k.Eq(SHOWN(t), ZERO), (1 / (1 - SHOWN(t)), two), label="closed")
        inside = [r.assume(f) for f in range_of(I, DIM, J)]
        q = r.having(*inside)
        q = q.having(q.linear(k.Le(ZERO, J), inside[0], _fact(r, k.Le(ZERO, I))))
        further = q.instantiate(powers_grow(), J)
        small = q.linear(k.Lt(WEIGHT(t), THREE ** (J + 1)), earlier, further)
        every = r.generalise(self.hidden(q, small, J), J, *range_of(I, DIM, J))
        gate_is_one = r.instantiate(gate_open(), I, POINT(t), facts=[*r.facts, every])
        weight = SLOPE * (SHOWN(t) / CHANCE - 1)
        return r.linear(
            k.Eq(Co(SEEN(t), I), ZERO),
            r.instantiate(self.held["oracle"], t, I),
            (weight, gate_is_one),
            (SLOPE / CHANCE, zero),
            label="the gate is closed",
        )

    def _passed(
        self, r: Proof, side: k.Theorem, two: k.Theorem, small: k.Theorem, earlier: k.Theorem
    ) -> k.Theorem:
        """z(t) == 1: x_(i-1) and x_i are 0, so the gradient does not show i."""
        hit = r.having(r.linear(k.Lt(ZERO, SHOWN(t)), side, slack=[sp.Rational(1, 2)]))
        one = hit.linear(k.Eq(SHOWN(t), ONE), (1 / SHOWN(t), two), label="open")
        goal = k.Eq(Co(SEEN(t), I), ZERO)
        grown = r.instantiate(self.walk.growth, t)
        third = r.linear(
            k.Lt(WEIGHT(t), THREE**I),
            (sp.Rational(1, 3), small),
            grown,
            (2 * WEIGHT(t), one),
            label="a third",
        )

        def place(q: Proof, case: k.Theorem) -> k.Theorem:
            if isinstance(case.concl, k.Le):
                now = q.antisymmetry(case, _fact(q, k.Le(ZERO, I)))
                first = q.rewrite(third, now)
                least = q.instantiate(at_least_one(), t)
                false = q.certificate(k.Lt(ZERO, ZERO), [(1, first), (1, least)])
                return q.absurd(false, goal)
            later = q.integer_gap(case)
            s = q.having(later, q.linear(k.Le(ZERO, I - 1), later))
            s = s.having(s.linear(k.Lt(I - 1, DIM), _fact(q, k.Lt(I, DIM)), slack=[ONE]))
            zeros = [self.hidden(s, third, I - 1), self.hidden(s, earlier, I)]
            flat = s.instantiate(zero_chain(), I, POINT(t), facts=[*s.facts, *zeros])
            factor = 1 + gate(I, POINT(t)) * (SHOWN(t) / CHANCE - 1)
            rule = s.instantiate(self.held["oracle"], t, I)
            return s.linear(goal, rule, (factor, flat), label="not in reach")

        return r.split(k.Le(I, ZERO), k.Lt(ZERO, I), place)


def _fact(p: Proof, formula: k.Formula) -> k.Theorem:
    return p.fact(formula, str(formula))


@cache
def progress() -> k.Theorem:
    """For all t >= 0, i < d: x(t)_i is 0 unless 3**(i+1) <= w(t)."""
    call = _Call()
    p, q = call.p, call.p.having(*(call.p.assume(f) for f in range_of(ZERO, DIM)))
    empty = q.range_empty(sp.Abs(Co(SEEN(R), I)), R, ZERO, "sum")
    nothing = q.linear(
        k.Eq(seen_before(ZERO) * (1 - reached(I, ZERO)), ZERO), (1 - reached(I, ZERO), empty)
    )
    base = p.generalise(nothing, I, *range_of(ZERO, DIM))
    goal = k.Eq(seen_before(t + 1) * (1 - reached(I, t + 1)), ZERO)

    def case(r: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            here = r.linear(k.Le(ZERO, WEIGHT(t + 1) - THREE ** (I + 1)), side)
            there = r.having(here).function_value(reached(I, t + 1))
            return r.linear(goal, (-seen_before(t + 1), there))
        none = call.not_seen(r, side)
        size = r.having(r.linear(k.Le(ZERO, Co(SEEN(t), I)), none)).function_value(
            sp.Abs(Co(SEEN(t), I))
        )
        before = r.linear(
            k.Lt(WEIGHT(t), THREE ** (I + 1)), side, *_not_smaller(r, call.walk), label="before"
        )
        off = r.having(before).function_value(reached(I, t))
        old = r.instantiate(call.before, I)
        total = r.range_step(seen_before(t + 1))
        weight = 1 - reached(I, t + 1)
        sums = r.linear(
            k.Eq(seen_before(t + 1), ZERO), total, size, none, old, (seen_before(t), off)
        )
        return r.linear(goal, (weight, sums), label="hidden so far")

    limit = THREE ** (I + 1)
    step = q.split(k.Le(limit, WEIGHT(t + 1)), k.Lt(WEIGHT(t + 1), limit), case)
    every = p.induction(
        base, p.generalise(step, I, *range_of(ZERO, DIM)), t, ZERO, None, label="progress"
    )
    return _points(call, every)


def _not_smaller(r: Proof, walk: Walk) -> list[k.Theorem]:
    """w(t) <= w(t+1)."""
    _, low = shown(r, walk)
    least = r.instantiate(at_least_one(), t)
    q = r.having(low, r.linear(k.Le(ZERO, WEIGHT(t)), least, slack=[ONE]))
    grown = q.instantiate(walk.growth, t)
    return [q.linear(k.Le(WEIGHT(t), WEIGHT(t + 1)), grown, slack=[WEIGHT(t) * SHOWN(t)])]


def _points(call: _Call, every: k.Theorem) -> k.Theorem:
    """From what was shown to where the points are."""
    q = call.p.having(*(call.p.assume(f) for f in range_of(ZERO, DIM)))
    goal = k.Eq(Co(POINT(t), I) * (1 - reached(I, t)), ZERO)
    limit = THREE ** (I + 1)
    now = q.instantiate(every, t)

    def case(r: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            here = r.linear(k.Le(ZERO, WEIGHT(t) - limit), side)
            there = r.having(here).function_value(reached(I, t))
            return r.linear(goal, (-Co(POINT(t), I), there))
        zero = call.hidden(r, side, I)
        return r.linear(goal, (1 - reached(I, t), zero))

    both = q.split(k.Le(limit, WEIGHT(t)), k.Lt(WEIGHT(t), limit), case)
    both = k.cut(both, now)
    inner = q.generalise(both, I, *range_of(ZERO, DIM))
    return q.generalise(inner, t, *NOW)
