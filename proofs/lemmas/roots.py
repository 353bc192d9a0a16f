"""Comparing a number with a root through the squares.

Source: elementary.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO, Z, by_sign, right
from signcheck import kernel as k
from signcheck.proof import Proof

Q, R, RADICAND = (k.Sym(name, "random") for name in ("q", "r", "x"))


@cache
def abs_squared() -> k.Theorem:
    """|z|**2 == z**2."""

    def case(p: Proof) -> k.Theorem:
        value = p.function_value(sp.Abs(Z))
        return p.linear(k.Eq(sp.Abs(Z) ** 2, Z**2), (sp.Abs(Z) + right(value), value))

    return by_sign(Proof(), Z, case)


@cache
def below_by_squares() -> k.Theorem:
    """0 <= r, 0 < q, r**2 <= q**2 |- r <= q."""
    p = Proof()
    p.given(k.Le(ZERO, R))
    p.given(k.Lt(ZERO, Q))
    square = p.given(k.Le(R**2, Q**2))
    goal = k.Le(R, Q)

    def case(s: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            return s.linear(goal, side)
        false = s.certificate(k.Lt(ZERO, ZERO), [(Q + R, side), (1, square)], label="squares")
        return s.absurd(false, goal)

    return p.split(goal, k.Lt(Q, R), case)


def below_size(p: Proof, small: sp.Expr, size: sp.Expr, squares: k.Theorem) -> k.Theorem:
    """small <= size from their squares, for small > 0 and size >= 0 by the facts of ``p``."""
    goal = k.Le(small, size)

    def case(q: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            return q.linear(goal, side)
        false = q.certificate(k.Lt(ZERO, ZERO), [(small + size, side), (1, squares)])
        return q.absurd(false, goal)

    return p.split(goal, k.Lt(size, small), case)


def below(p: Proof, small: sp.Expr, large: sp.Expr, squares: k.Theorem) -> k.Theorem:
    """small <= large from small**2 <= large**2."""
    lemma = p.specialise(below_by_squares(), {R: small, Q: large})
    return k.cut(lemma, p.sign_fact(k.Le(ZERO, small)), p.sign_fact(k.Lt(ZERO, large)), squares)


@cache
def root_keeps_order() -> k.Theorem:
    """0 <= r, 0 <= x, r**2 <= x |- r <= sqrt(x)."""
    p = Proof()
    p.given(k.Le(ZERO, R))
    p.given(k.Le(ZERO, RADICAND))
    square = p.given(k.Le(R**2, RADICAND))
    root = sp.sqrt(RADICAND)
    goal = k.Le(R, root)

    def case(s: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            return s.linear(goal, side)
        positive = s.linear(k.Lt(ZERO, R), side, slack=[root])
        s = s.having(positive)
        false = s.certificate(k.Lt(ZERO, ZERO), [(R + root, side), (1, square)], label="squares")
        return s.absurd(false, goal)

    return p.split(goal, k.Lt(root, R), case)


def below_root(p: Proof, small: sp.Expr, radicand: sp.Expr, squares: k.Theorem) -> k.Theorem:
    """small <= sqrt(radicand) from small**2 <= radicand, for small >= 0."""
    lemma = p.specialise(root_keeps_order(), {R: small, RADICAND: radicand})
    signs = [p.sign_fact(k.Le(ZERO, term)) for term in (small, radicand)]
    return k.cut(lemma, *signs, squares)
