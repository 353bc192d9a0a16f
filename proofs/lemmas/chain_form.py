"""The chain's Hessian as a bilinear form: sum_ij e_i H_ij v_j <= 145.8 (c |e|**2 + |v|**2/c)/2.

Link by link: what link n adds to e_n own_n' + e_(n-1) passed_(n-1)' holds four entries of H, and
Young's inequality gives each square the rows' constants. Source: theory sheet, T8-flat.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.assumptions import X
from proofs.lemmas.basics import ZERO, I, W, abs_below, by_sign, right
from proofs.lemmas.chain_bounds import at, brought, given, one_side
from proofs.lemmas.chain_certified import (
    BELL_BEND,
    BEND,
    OWN_ROW,
    PASSED_ROW,
)
from proofs.lemmas.chain_function import (
    BE,
    CURVES,
    ONE,
    OWN,
    PASSED,
    PHI,
    PSI,
    SCALES,
    SLOPE,
    N,
    S,
    bell,
    on_line,
    scaled,
)
from proofs.lemmas.chain_rows import DERIVATIVES, ROW_NUMBERS, V, small_difference
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Big, Co, Grad, Inner
from signcheck.proof import Proof

_NAMES = ("derivative of the next links", "derivative of what is passed on")
E, SHARE = k.Sym("eps", "fam:real"), k.Sym("c")
BOTH = OWN_ROW + PASSED_ROW


def along(function: sp.Expr) -> sp.Expr:
    """Derivative of a function at x along v."""
    return Inner(Grad(function, X), V)


@cache
def young() -> k.Theorem:
    """0 < c, 0 <= f |- f w e v <= f |w| (c e**2 + v**2/c)/2."""
    c, f, e, v = SHARE, k.Sym("f", "random"), k.Sym("e", "random"), k.Sym("v", "random")
    p = Proof()
    p.given(k.Lt(ZERO, c))
    p.given(k.Le(ZERO, f))
    goal = k.Le(f * W * e * v, f * sp.Abs(W) * (c * e**2 + v**2 / c) / 2)

    def case(q: Proof) -> k.Theorem:
        value = q.function_value(sp.Abs(W))
        size = right(value)
        sign = 1 if size == W else -1 if size == -W else 0
        weight = f * (c * e**2 + v**2 / c) / 2
        slack = [f * size * c * (e - sign * v / c) ** 2 / 2]
        if sign == 0:
            zero = q.antisymmetry(*q.facts[-2:])
            return q.linear(goal, (weight, value), (f * e * v, zero))
        return q.linear(goal, (weight, value), slack=slack, label="Young")

    return by_sign(p, W, case)


def _young(p: Proof, factor: sp.Expr, weight: sp.Expr, e: sp.Expr, v: sp.Expr) -> k.Theorem:
    """factor weight e v <= factor |weight| (c e**2 + v**2/c)/2."""
    symbols = (k.Sym("f", "random"), W, k.Sym("e", "random"), k.Sym("v", "random"))
    found = p.specialise(young(), dict(zip(symbols, (factor, weight, e, v), strict=True)))
    known = [f for f in p.facts if f.concl == k.Lt(ZERO, SHARE)]
    return k.cut(found, *known, p.sign_fact(k.Le(ZERO, factor)))


def _squares(i: sp.Expr) -> sp.Expr:
    """(c e_i**2 + v_i**2/c)/2."""
    return (SHARE * E(i) ** 2 + Co(V, i) ** 2 / SHARE) / 2


def _start() -> tuple[Proof, dict[str, k.Theorem]]:
    p, held = given(SCALES, CURVES, DERIVATIVES, ROW_NUMBERS)
    p.given(k.Lt(ZERO, SHARE))
    return p, held


def one_link(p: Proof, held: dict[str, k.Theorem], n: sp.Expr) -> k.Theorem:
    """e_n own_n' + e_(n-1) passed_(n-1)', for facts 1 <= n, n < d, 0 <= n - 1, n - 1 < d - 1."""
    a, b = scaled(n - 1), scaled(n)
    signs = [at(p, held, name, s * a) for name in ("Psi", "Psi'") for s in (1, -1)]
    phis = [p.instantiate(held["Phi >= 0"], s * b) for s in (1, -1)]
    q = p.having(*signs, *phis)
    total = on_line(PSI, -a) + on_line(PSI, a)
    move, bend = on_line(SLOPE, a) - on_line(SLOPE, -a), on_line(BELL_BEND, b)
    pairs = [(on_line(PHI, s * b), s * on_line(BEND, s * a)) for s in (1, -1)]
    mixed = bell(b) * sp.Abs(move)
    near = total * sp.Abs(bend) + mixed
    far = sp.Add(*(phi * sp.Abs(bent) for phi, bent in pairs)) + mixed
    here, there = _squares(n), _squares(n - 1)
    change = E(n) * along(OWN(n)) + E(n - 1) * along(PASSED(n - 1))
    crossed = {i: _young(q, bell(b), move, E(i), Co(V, j)) for i, j in ((n, n - 1), (n - 1, n))}
    halves = [
        q.linear(
            k.Le(E(i) * along(f(i)), sp.Add(*(right(part) for part in parts)) / BE),
            (E(i), q.instantiate(held[name], X, V, i)),
            *((1 / BE, part) for part in parts),
            label=f"half a link, {f.name}",
        )
        for i, f, name, parts in (
            (n, OWN, _NAMES[0], [_young(q, total, bend, E(n), Co(V, n)), crossed[n]]),
            (
                n - 1,
                PASSED,
                _NAMES[1],
                [*(_young(q, *pair, E(n - 1), Co(V, n - 1)) for pair in pairs), crossed[n - 1]],
            ),
        )
    ]
    opened = q.linear(k.Le(change, (near * here + far * there) / BE), *halves, label="four entries")
    small = (bell(b), q.instantiate(small_difference(), a))
    one = (sp.Abs(bend), q.instantiate(brought(q, one_side()), a))
    row = q.instantiate(held["certified: own row <= 8.5"], b)
    most = q.linear(k.Le(near, OWN_ROW), one, small, row, label="own entries")
    goal = k.Le(change, (OWN_ROW * here + PASSED_ROW * there) / BE)
    parts = [(here / BE, most), (there / BE, _handed(q, held, a, b, far, pairs))]
    return q.linear(goal, opened, *parts, label="one link")


def _handed(
    q: Proof,
    held: dict[str, k.Theorem],
    a: sp.Expr,
    b: sp.Expr,
    far: sp.Expr,
    pairs: list[tuple[sp.Expr, sp.Expr]],
) -> k.Theorem:
    """The entries that link n adds to row n - 1 are at most 137.3 together."""
    rises = on_line(SLOPE, a) + on_line(SLOPE, -a)
    tops = [
        (sp.Abs(bent), q.instantiate(held["certified: Phi <= 4.1328"], s * b))
        for s, (_, bent) in zip((1, -1), pairs, strict=True)
    ]
    return q.linear(
        k.Le(far, PASSED_ROW),
        *tops,
        (bell(b), q.instantiate(difference_below_sum(), a)),
        (rises, q.instantiate(held["certified: Phi' <= 1.6488"], b)),
        q.instantiate(held["certified: passed row <= 137.3"], a),
        label="entries passed on",
    )


@cache
def difference_below_sum() -> k.Theorem:
    """For all s: |Psi'(s) - Psi'(-s)| <= Psi'(s) + Psi'(-s), both being non-negative."""
    p, held = given(CURVES)
    signs = [at(p, held, "Psi'", s * S) for s in (1, -1)]
    move = on_line(SLOPE, S) - on_line(SLOPE, -S)
    total = on_line(SLOPE, S) + on_line(SLOPE, -S)
    up, down = (p.linear(k.Le(s * move, total), *signs) for s in (1, -1))
    return p.generalise(abs_below(up, down), S)


def part(parts: sp.Expr, n: sp.Expr) -> sp.Expr:
    """Sum over i < n of eps_i times the derivative of a part of coordinate i along v."""
    return Big(E(I) * along(parts(I)), I, ZERO, n)


def squares(n: sp.Expr) -> sp.Expr:
    """Sum over i < n of (c eps_i**2 + v_i**2/c)/2."""
    return Big(_squares(I), I, ZERO, n)


@cache
def form_below() -> k.Theorem:
    """0 < c |- for all x, v: sum_i eps_i (own_i' + passed_i') <= 145.8 squares/be, 1 <= d."""
    p, held = _start()
    long = p.given(k.Le(ONE, DIM))

    def claim(n: sp.Expr) -> k.Relation:
        most = (BOTH * squares(n) + OWN_ROW * _squares(n)) / BE
        return k.Le(part(OWN, n + 1) + part(PASSED, n), most)

    one = p.having(p.linear(k.Lt(ZERO, DIM), long, slack=[ONE]), p.linear(k.Le(ZERO, ZERO)))
    empties = [p.range_empty(part(f, ZERO).args[0], I, ZERO, "sum") for f in (OWN, PASSED)]
    none = p.range_empty(_squares(I), I, ZERO, "sum")
    base = one.linear(
        claim(ZERO),
        one.range_step(part(OWN, ONE)),
        *empties,
        (1 / BE, none),
        _first_link(one, held),
        label="first link of the form",
    )
    old, low, inside = (p.assume(f) for f in (claim(N), k.Le(ZERO, N), k.Lt(N + 1, DIM)))
    q = p.having(low, inside)
    q = q.having(q.linear(k.Le(ONE, N + 1), low), q.linear(k.Lt(N, DIM - 1), inside))
    q = q.having(q.linear(k.Le(ZERO, N + 1), low, slack=[ONE]))
    grown = [q.range_step(part(OWN, N + 2)), q.range_step(part(PASSED, N + 1))]
    more = (1 / BE, q.range_step(squares(N + 1)))
    step = q.linear(claim(N + 1), old, *grown, more, one_link(q, held, N + 1), label="next link")
    every = p.induction(base, step, N, ZERO, DIM)
    ends = [p.linear(k.Le(ZERO, DIM - 1), long), p.linear(k.Lt(DIM - 1, DIM), slack=[ONE])]
    r = p.having(*ends)
    r = r.having(r.linear(k.Le(DIM - 1, DIM - 1)))
    last = r.instantiate(held["nothing changes after the last"], X, V, DIM - 1)
    total = r.linear(
        k.Le(part(OWN, DIM) + part(PASSED, DIM), BOTH * squares(DIM) / BE),
        r.instantiate(every, DIM - 1),
        r.range_step(part(PASSED, DIM)),
        (E(DIM - 1), last),
        (1 / BE, r.range_step(squares(DIM))),
        slack=[_squares(DIM - 1) / BE],
        label="Hessian form",
    )
    return p.generalise(p.generalise(total, V), X)


def _first_link(p: Proof, held: dict[str, k.Theorem]) -> k.Theorem:
    """eps_0 own_0' <= 8.5 (c eps_0**2 + v_0**2/c)/(2 be)."""
    start = scaled(ZERO)
    bend = on_line(BELL_BEND, start)
    row = p.instantiate(held["certified: own row <= 8.5"], start)
    return p.linear(
        k.Le(E(ZERO) * along(OWN(ZERO)), OWN_ROW * _squares(ZERO) / BE),
        (E(ZERO), p.instantiate(held["derivative of the first link"], X, V)),
        (1 / BE, _young(p, ONE, bend, E(ZERO), Co(V, ZERO))),
        (_squares(ZERO) / BE, row),
        slack=[sp.Abs(bend) * _squares(ZERO) / BE, bell(start) * _squares(ZERO) / BE],
        label="first link",
    )
