"""The weight of a gated chain triples with every link that a call shows; its mean is (1 + 2 p)**t.

Only the two values 1 and 3 of its factor are used; no call is counted.

Source: theory sheet, section 5; Arjevani et al. 2023 (the oracle).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Ex, Past
from signcheck.proof import Proof

ONE, THREE = sp.Integer(1), sp.Integer(3)
CHANCE = k.Sym("p")
SHOWN, WEIGHT = k.Sym("z", "fam:random"), k.Sym("w", "fam:random")
t = k.Sym("t", "int")
NOW = (k.Le(ZERO, t),)
GATES: dict[str, k.Formula] = {
    "p > 0": k.Lt(ZERO, CHANCE),
    "gate law": k.ForAll(t, NOW, k.Law(SHOWN(t), Past(t), (ONE, ZERO), (CHANCE, 1 - CHANCE))),
    "gate known": k.ForAll(t, NOW, k.Measurable(SHOWN(t), Past(t + 1))),
}
START = k.Eq(WEIGHT(ZERO), ONE)
GROWTH = k.ForAll(t, NOW, k.Eq(WEIGHT(t + 1), WEIGHT(t) * (1 + 2 * SHOWN(t))))


class Walk:
    """The hypotheses on the gates and the weight as theorems, by name."""

    def __init__(self) -> None:
        self.p = Proof()
        self.held = {name: self.p.given(formula) for name, formula in GATES.items()}
        self.start, self.growth = self.p.given(START), self.p.given(GROWTH)


# ---------------------------------------------------------------- the weight


@cache
def at_least_one() -> k.Theorem:
    """For all t >= 0: 1 <= w(t)."""
    walk = Walk()
    p = walk.p
    base = p.linear(k.Le(ONE, WEIGHT(ZERO)), walk.start)
    known, later = p.assume(k.Le(ONE, WEIGHT(t))), p.assume(NOW[0])
    q = p.having(later)
    low = shown(q, walk)[1]
    r = q.having(low, q.linear(k.Le(ZERO, WEIGHT(t)), known, slack=[ONE]))
    step = r.linear(
        k.Le(ONE, WEIGHT(t + 1)),
        r.instantiate(walk.growth, t),
        known,
        slack=[WEIGHT(t) * SHOWN(t)],
        label="the weight grows",
    )
    return p.induction(base, step, t, ZERO, None, label="1 <= w(t)")


def shown(q: Proof, walk: Walk) -> tuple[k.Theorem, k.Theorem]:
    """z(t) (z(t) - 1) == 0 and 0 <= z(t)."""
    law = q.instantiate(walk.held["gate law"], t)
    two = q.law_support(law, SHOWN(t) * (SHOWN(t) - 1))
    low = q.linear(k.Le(ZERO, SHOWN(t)), two, slack=[SHOWN(t) ** 2])
    return two, low


@cache
def mean_weight() -> k.Theorem:
    """For all t >= 0: E w(t) == (1 + 2 p)**t."""
    walk = Walk()
    p = walk.p
    seen = k.Measurable(WEIGHT(t), Past(t))
    first = p.known_equal(p.known(ONE, Past(ZERO)), p.linear(k.Eq(WEIGHT(ZERO), ONE), walk.start))
    later = p.assume(NOW[0])
    q = p.having(later)
    held = q.assume(seen)
    parts = [q.known_later(held, Past(t + 1)), q.instantiate(walk.held["gate known"], t)]
    product = q.having(*parts).known(WEIGHT(t) * (1 + 2 * SHOWN(t)), Past(t + 1))
    adapted = p.induction(
        first, q.known_equal(product, q.instantiate(walk.growth, t)), t, ZERO, None
    )

    def claim(n: sp.Expr) -> k.Relation:
        return k.Eq(Ex(WEIGHT(n), TRIVIAL), (1 + 2 * CHANCE) ** n)

    base = p.linear(
        claim(ZERO), p.expect_mono(walk.start, TRIVIAL), p.expect_linear(Ex(ONE, TRIVIAL))
    )
    q = q.having(q.instantiate(adapted, t))
    law = q.instantiate(walk.held["gate law"], t)
    grown = WEIGHT(t) * (1 + 2 * SHOWN(t))
    chance = q.expect_finite(law, Ex(grown, Past(t)))
    one_call = q.chain(
        q.expect_mono(q.instantiate(walk.growth, t), Past(t)),
        chance,
        q.identity(chance.concl.rhs, (1 + 2 * CHANCE) * WEIGHT(t)),  # type: ignore[attr-defined]
    )
    taken = q.expect_mono(one_call, TRIVIAL)
    whole = q.tower(Ex(Ex(WEIGHT(t + 1), Past(t)), TRIVIAL))
    opened = q.expect_linear(Ex((1 + 2 * CHANCE) * WEIGHT(t), TRIVIAL))
    known = q.assume(claim(t))
    step = q.linear(
        claim(t + 1), whole, taken, opened, (1 + 2 * CHANCE, known), label="one more call"
    )
    return p.induction(base, step, t, ZERO, None, label="E w(t)")
