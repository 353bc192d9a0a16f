"""T8-flat: gradient descent and its kin need about L Delta/eps**2 steps, |grad f|_1 staying large.

f(x) = lam F_K(U^T x/be) for a flat rotation U with D rows. A linear-span method shows one link a
step, since U^T undoes U; while the last one is hidden, |grad f|_1 = |U grad F|_1 is at least
sqrt(D/3) lam/be. Sign methods leave the span and are not covered.

Source: theory sheet, section 5.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from hardinstances.chain_bounds import GAP, SMOOTHNESS
from hardinstances.exact import rational
from hardinstances.levels_chain import FLAT_CHAIN
from proofs.assumptions import DELTA, F, L, T, lifted, positive
from proofs.lemmas.basics import ZERO, I, claimed, left, right
from proofs.lemmas.chain_bounds import brought
from proofs.lemmas.chain_function import BE, CHAIN, LAM, SCALES
from proofs.lemmas.chain_gradient import large_gradient
from proofs.lemmas.chain_hidden import NOW, S, last_link, no_slope, one_link_a_step, t
from proofs.lemmas.chain_moments import back, flat_norm
from proofs.lemmas.chain_rotation import (
    IN_COLUMNS,
    IN_ROWS,
    LAST,
    ONE,
    ROTATION,
    ROWS,
    H,
    R,
    U,
    over_rows,
)
from proofs.lemmas.roots import below
from proofs.lower import chain_runs
from proofs.lower.chain import variant
from signcheck import kernel as k
from signcheck.bound import Bound
from signcheck.kernel.terms import DIM, Big, Co, Grad
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

POINT, SEEN, SHARE = (k.Sym(name, "fam:real") for name in ("x", "g", "c"))
INNER = k.Sym("y", "fam:vector")
LEVEL = lifted(FLAT_CHAIN.expr, K=DIM)
STATIONARITY = over_rows(sp.Abs(SEEN(T, R)))

# ---------------------------------------------------------------- statement


def slope(s: sp.Expr, i: sp.Expr = I) -> sp.Expr:
    """Derivative i of the chain at the inner point of step s."""
    return Co(Grad(F, INNER(s)), i)


def _always(index: k.Sym, guards: tuple[k.Formula, ...], body: k.Formula) -> k.Formula:
    return k.ForAll(t, NOW, k.ForAll(index, guards, body))


SCALING: dict[str, k.Formula] = {
    **positive(L, DELTA),
    "d >= 1": k.Le(ONE, DIM),
    "D >= 1": ROTATION["D >= 1"],
    "lam": k.Eq(LAM, DELTA / (rational(GAP) * DIM)),
    "be": k.Eq(BE, sp.sqrt(rational(SMOOTHNESS) * ROWS * DELTA / (rational(GAP) * L * DIM))),
}
"""K = d links in D >= K dimensions; the scales spend the gap and the smoothness of the class."""

RUN: dict[str, k.Formula] = {
    "inner point": _always(
        LAST, IN_COLUMNS, k.Eq(Co(INNER(t), LAST), over_rows(U(R, LAST) * POINT(t, R)))
    ),
    "gradient seen": _always(R, IN_ROWS, k.Eq(SEEN(t, R), Big(U(R, I) * slope(t), I, ZERO, DIM))),
    "linear span": _always(
        R, IN_ROWS, k.Eq(POINT(t, R), Big(SHARE(t, S) * SEEN(S, R), S, ZERO, t))
    ),
}
"""x(t) is any combination of the gradients g(0), ..., g(t-1); x(0) = 0."""


def scales(p: Proof) -> list[k.Theorem]:
    """0 < d, 0 < D, 0 < lam and 0 < be, as the statement offers what they need."""
    found: list[k.Theorem] = []
    for name, symbol in (("d >= 1", DIM), ("D >= 1", ROWS)):
        low = p.fact(SCALING[name], name)
        found.append(p.linear(k.Lt(ZERO, symbol), low, slack=[ONE]))
    for name, symbol in (("lam", LAM), ("be", BE)):
        q = p.having(*found)
        formula = SCALING[name]
        equation = next((f for f in q.facts if f.concl == formula), None)
        if equation is not None:
            found.append(q.linear(k.Lt(ZERO, symbol), equation, slack=[right(equation)]))
    return found


STATEMENT = Statement(
    hypotheses={
        **SCALING,
        **{name: formula for name, formula in CHAIN.items() if name not in SCALES},
        **{name: formula for name, formula in ROTATION.items() if name not in SCALING},
        **RUN,
        "T >= 0": k.Le(ZERO, T),
        "T < d": k.Lt(T, DIM),
    },
    conclusion=k.Le(LEVEL, STATIONARITY),
    prepare=scales,
)

# ---------------------------------------------------------------- proof


def seen_back(p: Proof) -> k.Theorem:
    """sum_r U(r, k) g(s, r) == derivative k at step s, for 0 <= s, 0 <= k < K among the facts."""
    q = p.having(*map(p.assume, IN_ROWS))
    seen = q.instantiate(p.fact(RUN["gradient seen"], "gradient seen"), S, R)
    each = q.linear(k.Eq(U(R, LAST) * SEEN(S, R), U(R, LAST) * right(seen)), (U(R, LAST), seen))
    sums = p.sum_mono(p.generalise(each, R, *IN_ROWS))
    whole = p.specialise(back(), {H: ((I,), slope(S))})
    return p.chain(sums, p.instantiate(whole, LAST))


def now_hidden(p: Proof, before: k.Theorem) -> k.Theorem:
    """For all t <= k < K: y(t)_k == 0, from what was hidden before t."""
    inside = (k.Le(t, LAST), k.Lt(LAST, DIM))
    low, high = map(p.assume, inside)
    q = p.having(low, high, p.linear(k.Le(ZERO, LAST), low, p.fact(NOW[0], "t >= 0")))

    def part(n: sp.Expr) -> sp.Expr:
        return over_rows(U(R, LAST) * Big(SHARE(t, S) * SEEN(S, R), S, ZERO, n))

    base = q.linear(k.Eq(part(ZERO), ZERO), _nothing(q))
    old, first, inner = (
        q.assume(f) for f in (k.Eq(part(S), ZERO), k.Le(ZERO, S), k.Lt(S + 1, t + 1))
    )
    r = q.having(first, q.linear(k.Lt(S, t), inner))
    none = no_slope(r, INNER, before, low)
    step = r.linear(
        k.Eq(part(S + 1), ZERO),
        _one_more(r),
        old,
        (SHARE(t, S), seen_back(r)),
        (SHARE(t, S), none),
        label="linear span",
    )
    every = q.induction(base, step, S, ZERO, t + 1)
    ends = [q.linear(k.Lt(t, t + 1), slack=[ONE])]
    total = q.having(*ends).instantiate(every, t)
    place = q.instantiate(p.fact(RUN["inner point"], "inner point"), t, LAST)
    zero = q.linear(k.Eq(Co(INNER(t), LAST), ZERO), place, _spanned(q), total)
    return p.generalise(zero, LAST, *inside)


def _rows(p: Proof, each: k.Theorem) -> k.Theorem:
    """The sum over the rows of an equation at row r, its right side opened."""
    sums = p.sum_mono(p.generalise(each, R, *IN_ROWS))
    long = p.fact(SCALING["D >= 1"], "D >= 1")
    room = p.having(p.linear(k.Le(ZERO, ROWS), long, slack=[ONE]))
    return p.chain(sums, room.sum_linear(right(sums)))


def _nothing(q: Proof) -> k.Theorem:
    """The empty span."""
    r = q.having(*map(q.assume, IN_ROWS))
    none = r.range_empty(SHARE(t, S) * SEEN(S, R), S, ZERO, "sum")
    return _rows(q, r.linear(k.Eq(U(R, LAST) * left(none), ZERO), (U(R, LAST), none)))


def _one_more(q: Proof) -> k.Theorem:
    """One more gradient in the span."""
    r = q.having(*map(q.assume, IN_ROWS))
    body = SHARE(t, S) * SEEN(S, R)
    grown = r.range_step(Big(body, S, ZERO, S + 1))
    opened = sp.expand(U(R, LAST) * right(grown))
    return _rows(q, r.linear(k.Eq(U(R, LAST) * left(grown), opened), (U(R, LAST), grown)))


def _spanned(q: Proof) -> k.Theorem:
    """sum_r U(r, k) x(t, r) over the span."""
    r = q.having(*map(q.assume, IN_ROWS))
    span = r.instantiate(q.fact(RUN["linear span"], "linear span"), t, R)
    return _rows(
        q, r.linear(k.Eq(U(R, LAST) * left(span), U(R, LAST) * right(span)), (U(R, LAST), span))
    )


@cache
def progress() -> k.Theorem:
    """For all t >= 0, t <= k < K: y(t)_k == 0; one link a step."""
    p = Proof()
    for formula in (*CHAIN.values(), *ROTATION.values(), *RUN.values()):
        p.given(formula)
    return one_link_a_step(p, INNER, now_hidden)


def prove(statement: Statement) -> k.Theorem:
    """The last link is hidden at T < K; the fourth-moment method turns |grad F|_2 into l1."""
    p = statement.proof()[0]
    early = p.fact(STATEMENT.hypotheses["T < d"], "T < d")
    last = last_link(p, early, progress())
    steep = p.having(last).instantiate(brought(p, large_gradient(2)), INNER(T))
    total = right(steep)
    positive_total = p.linear(k.Lt(ZERO, total), steep, slack=[(LAM / BE) ** 2])
    q = p.having(positive_total)
    norm = q.specialise(flat_norm(), {H: ((I,), slope(T))})
    norm = k.cut(norm, *(f for f in q.facts if f.concl in norm.hyps))
    r = q.having(*map(q.assume, IN_ROWS))
    seen = r.instantiate(p.fact(RUN["gradient seen"], "gradient seen"), T, R)
    sizes = q.sum_mono(q.generalise(_same_size(r, seen), R, *IN_ROWS))
    reached = left(norm)
    square = q.certificate(
        k.Le(LEVEL**2, reached**2),
        [(ROWS / 3, steep), *_scale(q)],
        label="level",
    )
    level = below(q, LEVEL, reached, square)
    return q.linear(claimed(statement), level, norm, sizes, label="T8-flat")


def _same_size(p: Proof, equation: k.Theorem) -> k.Theorem:
    """|a| == |b| from a == b, in a scope where both have a value."""
    mark = k.Sym("mark", "random")
    size = sp.Abs(left(equation))
    held = k.rewrite(p.assume(k.Eq(mark, size)), equation)
    return k.cut(p.specialise(held, {mark: size}), p.identity(size, size))


def _scale(p: Proof) -> list[tuple[sp.Expr, k.Theorem]]:
    """(lam/be)**2 D/3 is the square of the level."""
    lam, be = (p.fact(SCALING[name], name) for name in ("lam", "be"))
    width = right(be)
    # lam**2/be**2 - (their values): one equation after the other.
    first = p.linear(
        k.Eq(LAM**2 / BE**2, right(lam) ** 2 / BE**2), ((LAM + right(lam)) / BE**2, lam)
    )
    inverse = p.certificate(
        k.Eq(1 / BE**2, 1 / width**2), [(-(BE + width) / (BE**2 * width**2), be)], label="width"
    )
    return [(-ROWS / 3, first), (-ROWS / 3 * right(lam) ** 2, inverse)]


T8_FLAT = Theory(
    id="T8-flat",
    title="linear-span methods: |grad f|_1 >= sqrt(L Delta/(3*11.24*146 K)) for K steps",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: chain_runs.flat_samples(STATIONARITY, ROWS),
    notes={"slack": f"{chain_runs.NOT_BEST}, nor is sqrt(d/3)"},
    bound=Bound("T8-flat", "lower", lambda: (variant(STATEMENT, FLAT_CHAIN),)),
    runs=chain_runs.flat_runs(STATIONARITY),
)
