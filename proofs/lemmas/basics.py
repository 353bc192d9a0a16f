"""Small facts that several proofs use: absolute values, dual norms, a logarithm.

Each is proved once for free symbols and specialised where it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sympy as sp

from signcheck import kernel as k
from signcheck.kernel.terms import DIM, N1, Co, Inner, Noo
from signcheck.proof import Premise, Proof
from signcheck.theory import Statement

ZERO = sp.Integer(0)
Z, W = k.Sym("z", "random"), k.Sym("w", "random")
U, V = k.Sym("u", "rvector"), k.Sym("v", "rvector")
I, T = k.Sym("i", "int"), k.Sym("t", "int")
Y, S = k.Sym("y"), k.Sym("s")


def by_sign(p: Proof, z: sp.Expr, prove: Callable[[Proof], k.Theorem]) -> k.Theorem:
    """Prove the same thing for z < 0, z = 0 and z > 0."""

    def nonpositive(q: Proof, _: k.Theorem) -> k.Theorem:
        return q.split(k.Le(ZERO, z), k.Lt(z, ZERO), lambda r, _: prove(r))

    def either(q: Proof, case: k.Theorem) -> k.Theorem:
        return prove(q) if isinstance(case.concl, k.Lt) else nonpositive(q, case)

    return p.split(k.Le(z, ZERO), k.Lt(ZERO, z), either)


def claimed(statement: Statement) -> k.Relation:
    """The conclusion of a statement that compares two terms."""
    assert isinstance(statement.conclusion, k.Relation)
    return statement.conclusion


def right(thm: k.Theorem) -> sp.Expr:
    """Right side of a proved relation."""
    assert isinstance(thm.concl, k.Relation)
    return thm.concl.rhs


def left(thm: k.Theorem) -> sp.Expr:
    """Left side of a proved relation."""
    assert isinstance(thm.concl, k.Relation)
    return thm.concl.lhs


@cache
def abs_above() -> k.Theorem:
    """z <= |z|."""
    return by_sign(
        Proof(),
        Z,
        lambda p: p.linear(
            k.Le(Z, sp.Abs(Z)), p.function_value(sp.Abs(Z)), *((2, f) for f in p.facts)
        ),
    )


def above(term: sp.Expr, *facts: k.Theorem) -> k.Theorem:
    """term <= |term|; the facts say why the term has a value."""
    return k.specialise(abs_above(), {Z: term}, facts=facts)


@cache
def abs_above_minus() -> k.Theorem:
    """-z <= |z|."""
    return k.specialise(abs_above(), {Z: -Z})


def minus_above(term: sp.Expr, *facts: k.Theorem) -> k.Theorem:
    """-term <= |term|; the facts say why the term has a value."""
    return k.specialise(abs_above_minus(), {Z: term}, facts=facts)


def below_abs(term: sp.Expr, size: sp.Expr) -> k.Theorem:
    """term <= size, where size is |term| in whichever form sympy gave it."""
    found = (above(term), minus_above(-term))
    return next((thm for thm in found if right(thm) == size), found[0])


@cache
def _abs_from_both() -> k.Theorem:
    """z <= w, -z <= w |- |z| <= w."""
    p = Proof()
    up, down = p.assume(k.Le(Z, W)), p.assume(k.Le(-Z, W))
    goal = k.Le(sp.Abs(Z), W)
    return by_sign(p, Z, lambda q: q.linear(goal, q.function_value(sp.Abs(Z)), up, down))


def abs_below(upper: k.Theorem, lower: k.Theorem, *facts: k.Theorem) -> k.Theorem:
    """From a <= b and -a <= b: |a| <= b; the facts say why the terms have values."""
    both = k.specialise(_abs_from_both(), {Z: left(upper), W: right(upper)}, facts=facts)
    return k.cut(both, upper, lower)


@cache
def abs_is_sign() -> k.Theorem:
    """z sign(z) == |z|."""
    goal = k.Eq(Z * sp.sign(Z), sp.Abs(Z))

    def case(p: Proof) -> k.Theorem:
        pair: list[Premise] = [(Z, p.function_value(sp.sign(Z))), p.function_value(sp.Abs(Z))]
        if len(p.facts) == 2 and all(isinstance(f.concl, k.Le) for f in p.facts):
            pair.append(p.antisymmetry(*p.facts))
        return p.linear(goal, *pair)

    return by_sign(Proof(), Z, case)


@cache
def sign_bounded() -> k.Theorem:
    """|sign(z)| <= 1."""
    s = sp.sign(Z)

    def side(c: int) -> k.Theorem:
        goal = k.Le(c * s, sp.Integer(1))
        return by_sign(
            Proof(), Z, lambda p: p.linear(goal, (c, p.function_value(s)), slack=[sp.Integer(1)])
        )

    return abs_below(side(1), side(-1))


@cache
def sign_squared() -> k.Theorem:
    """sign(z)**2 <= 1."""
    s = sp.sign(Z)

    def case(p: Proof) -> k.Theorem:
        value = p.function_value(s)
        return p.linear(k.Le(s**2, sp.Integer(1)), (s + right(value), value), slack=[sp.Integer(1)])

    return by_sign(Proof(), Z, case)


@cache
def abs_of_multiple() -> k.Theorem:
    """0 <= s |- |s z| == s |z|, for a number s."""
    p = Proof()
    p.given(k.Le(ZERO, S))
    goal = k.Eq(sp.Abs(S * Z), S * sp.Abs(Z))

    def case(q: Proof) -> k.Theorem:
        return q.linear(goal, q.function_value(sp.Abs(S * Z)), (S, q.function_value(sp.Abs(Z))))

    return by_sign(p, Z, case)


@cache
def abs_of_product() -> k.Theorem:
    """|z w| == |z| |w|."""
    goal = k.Eq(sp.Abs(Z * W), sp.Abs(Z) * sp.Abs(W))

    def case(p: Proof) -> k.Theorem:
        z, w = p.function_value(sp.Abs(Z)), p.function_value(sp.Abs(W))
        return p.linear(goal, p.function_value(sp.Abs(Z * W)), (sp.Abs(W), z), (right(z), w))

    return by_sign(Proof(), Z, lambda p: by_sign(p, W, case))


@cache
def _norm_below_multiple(sign: int) -> k.Theorem:
    """0 <= s |- |sign s u|_oo <= s |u|_oo, for a number s and sign 1 or -1."""
    p = Proof()
    p.given(k.Le(ZERO, S))
    i_range = (k.Le(ZERO, I), k.Lt(I, DIM))
    bound = p.instantiate(p.coordinate_below_norm(U), I, facts=[*map(k.assume, i_range), *p.facts])
    scaled = p.linear(k.Le(S * sp.Abs(Co(U, I)), S * Noo(U)), (S, bound))
    scale = k.specialise(abs_of_multiple(), {Z: Co(U, I)})
    here = Co(sign * S * U, I)
    each = p.chain(unfold(sp.Abs(here), p.coordinate(here), scale), scaled)
    return p.norm_from_coordinates(p.generalise(each, I, *i_range))


@cache
def norm_of_multiple(sign: int = 1) -> k.Theorem:
    """0 <= s |- |sign s u|_oo == s |u|_oo, for a number s and sign 1 or -1."""
    p = Proof()
    p.given(k.Le(ZERO, S))
    whole = Noo(sign * S * U)

    def back(q: Proof, case: k.Theorem) -> k.Theorem:
        goal = k.Le(S * Noo(U), whole)
        if isinstance(case.concl, k.Le):
            return q.linear(goal, (Noo(U), case), slack=[whole])
        again = q.specialise(_norm_below_multiple(sign), {S: 1 / S, U: sign * S * U})
        again = k.cut(again, q.sign_fact(k.Le(ZERO, 1 / S)))
        return q.linear(goal, (S, again))

    least = p.split(k.Le(S, ZERO), k.Lt(ZERO, S), back)
    return p.antisymmetry(_norm_below_multiple(sign), least)


def unfold(term: sp.Expr, *equations: k.Theorem, p: Proof | None = None) -> k.Theorem:
    """term == term with the equations applied, left to right, on the right side only."""
    q, mark = p or Proof(), k.Sym("mark", "random")
    held = k.rewrite(q.assume(k.Eq(mark, term)), *equations)
    return k.cut(q.specialise(held, {mark: term}), q.identity(term, term))


@cache
def dual_pairing(sign: int) -> k.Theorem:
    """sign <u, v> <= |u|_1 |v|_oo, for sign 1 or -1."""
    p = Proof()
    i_range = (k.Le(ZERO, I), k.Lt(I, DIM))
    size = p.instantiate(p.coordinate_below_norm(V), I, facts=[*map(k.assume, i_range)])
    a, b = Co(U, I), Co(V, I)
    product = k.specialise(abs_of_product(), {Z: a, W: b})
    bounded: list[Premise] = [above(sign * a * b), product, (sp.Abs(a), size)]
    each = p.linear(k.Le(sign * a * b, sp.Abs(a) * Noo(V)), *bounded, label="Hoelder")
    sums = p.sum_mono(p.generalise(each, I, *i_range))
    return p.linear(
        k.Le(sign * Inner(U, V), N1(U) * Noo(V)),
        p.by_coordinates(Inner(U, V)),
        sums,
        p.sum_linear(left(sums)),
        p.sum_linear(right(sums)),
        (Noo(V), p.by_coordinates(N1(U))),
    )


@cache
def log_below() -> k.Theorem:
    """For all y >= 0: log(1 + y) <= y."""
    p = Proof()
    low = p.assume(k.Le(ZERO, Y))
    q = p.having(low)
    rising = q.generalise(q.sign_fact(k.Le(ZERO, Y / (1 + Y))), Y, low.concl)
    here = q.instantiate(p.increasing(rising, Y - sp.log(1 + Y)), Y)
    return q.generalise(q.linear(k.Le(sp.log(1 + Y), Y), here), Y, low.concl)
