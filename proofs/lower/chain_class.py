"""T8-A0, T8-A1: the scaled chain has gap Delta and smoothness L; its oracle is T8-A2.

Source: theory sheet, section 5.
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import DELTA, F, L, X, Y
from proofs.lemmas.basics import ZERO, I, abs_below, claimed, left
from proofs.lemmas.chain_bounds import NUMBERS, at, brought
from proofs.lemmas.chain_certified import (
    OWN_ROW,
    PASSED_ROW,
    TOP_PHI,
    TOP_PSI,
    certified,
)
from proofs.lemmas.chain_function import (
    BE,
    CURVES,
    HALF,
    LAM,
    LINKS,
    OWN,
    PASSED,
    PHI,
    PSI,
    S,
    on_line,
    range_of,
    scaled,
)
from proofs.lemmas.chain_rows import DERIVATIVES, ROW_NUMBERS, rows
from proofs.lemmas.chain_weight import ONE
from proofs.lower import chain_runs
from proofs.lower.chain import SCALING, UNIT, scales
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, N1, Big, Co, Grad, Inner, Noo, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

# ---------------------------------------------------------------- A0: the gap

LINK = on_line(PSI, -scaled(I - 1)) * on_line(PHI, -scaled(I)) - on_line(
    PSI, scaled(I - 1)
) * on_line(PHI, scaled(I))
SUM = Big(LINK, I, ONE, DIM)
AT_START = on_line(PHI, Co(Y, ZERO) / BE)
"""Phi(0) = -F_K(0): f(x) = lam (F_K(x/be) - F_K(0))."""

GAP_STATEMENT = Statement(
    hypotheses={
        **SCALING,
        **{name: CURVES[name] for name in CURVES if "Psi'" not in name},
        **NUMBERS,
        "value": k.ForAll(
            X, (), k.Eq(Val(F, X), LAM * (SUM - on_line(PHI, scaled(ZERO)) + AT_START))
        ),
        "start": k.ForAll(I, range_of(ZERO, DIM), k.Eq(Co(Y, I), ZERO)),
    },
    conclusion=k.Le(Val(F, Y) - Val(F, X), DELTA),
    prepare=scales,
)


def prove_gap(statement: Statement) -> k.Theorem:
    """Every link is at least -sup Psi sup Phi; at the start all are 0."""
    certified(statement.hypotheses)
    p, (value, start) = statement.proof("value", "start")
    held = {name: p.fact(formula, name) for name, formula in GAP_STATEMENT.hypotheses.items()}
    q = p.having(*map(p.assume, range_of(ONE, DIM)))
    before, here = scaled(I - 1), scaled(I)
    names = {s: (s * before, s * here) for s in (1, -1)}
    signs = [at(q, held, "Psi", psi) for psi, _ in names.values()]
    signs += [q.instantiate(held["Phi >= 0"], phi) for _, phi in names.values()]
    low = q.having(*signs).linear(
        k.Le(-TOP_PSI * TOP_PHI, LINK),
        (on_line(PHI, here), at(q, held, "Psi <= 2.7183", before)),
        (TOP_PSI, at(q, held, "Phi <= 4.1328", here)),
        slack=[on_line(PSI, -before) * on_line(PHI, -here)],
        label="one link",
    )
    sums = p.sum_mono(p.generalise(low, I, *range_of(ONE, DIM)))
    long = p.fact(SCALING["d >= 1"], "d >= 1")
    many = p.having(p.linear(k.Le(ZERO, DIM - 1), long)).sum_linear(left(sums))
    top = at(p, held, "Phi <= 4.1328", scaled(ZERO))
    goal = claimed(statement)
    return p.linear(
        goal,
        p.instantiate(value, X),
        _value_at_start(p, held, value, start),
        (LAM, sums),
        (LAM, many),
        (LAM, top),
        (LAM, p.instantiate(held["Phi >= 0"], Co(Y, ZERO) / BE)),
        (sp.Integer(1), p.fact(SCALING["lam"], "lam")),
        (DIM, p.fact(SCALING["lam"], "lam")),
        (LAM, long),
        slack=[LAM, LAM * DIM],
        label="gap",
    )


def _value_at_start(
    p: Proof, held: dict[str, k.Theorem], value: k.Theorem, start: k.Theorem
) -> k.Theorem:
    """f(x_0) == 0: no bump is met at 0."""
    q = p.having(*map(p.assume, range_of(ONE, DIM)))
    ends = [
        q.linear(k.Le(ZERO, I - 1), q.facts[-2]),
        q.linear(k.Lt(I - 1, DIM), q.facts[-1], slack=[ONE]),
    ]
    zero = q.having(*ends).instantiate(start, I - 1)
    there = LINK.xreplace({X: Y})
    place = Co(Y, I - 1) / BE
    bumps = []
    for s in (1, -1):
        small = q.linear(k.Le(s * place, HALF), (s / BE, zero), slack=[HALF])
        none = q.having(small).instantiate(held["Psi is 0 up to 1/2"], s * place)
        bumps.append((-s * on_line(PHI, s * Co(Y, I) / BE), none))
    nothing = q.linear(k.Eq(there, ZERO), *bumps, label="no bump at the start")
    none = p.sum_mono(p.generalise(nothing, I, *range_of(ONE, DIM)))
    long = p.fact(SCALING["d >= 1"], "d >= 1")
    empty = p.having(p.linear(k.Le(ZERO, DIM - 1), long)).sum_linear(Big(ZERO, I, ONE, DIM))
    here = p.instantiate(value, Y)
    goal = k.Eq(Val(F, Y), ZERO)
    return p.linear(goal, here, (LAM, none), (LAM, empty), label="value at the start")


T8_A0 = Theory(
    id="T8-A0",
    title="the chain's gap: f(x_0) - f(x) <= Delta",
    kind="lemma",
    statement=GAP_STATEMENT,
    prove=prove_gap,
    samples=lambda: chain_runs.gap_samples(Val(F, Y), Val(F, X)),
)

# ---------------------------------------------------------------- A1: smoothness

SMOOTH_STATEMENT = Statement(
    hypotheses={
        **SCALING,
        **CURVES,
        "gradient": LINKS["gradient"],
        **DERIVATIVES,
        **ROW_NUMBERS,
    },
    conclusion=k.Le(N1(Grad(F, Y) - Grad(F, X)), L * Noo(Y - X)),
    prepare=scales,
)


def prove_smooth(statement: Statement) -> k.Theorem:
    """Along the segment each coordinate changes by at most its row; the rows add up."""
    certified(statement.hypotheses)
    p = statement.proof()[0]
    size = Noo(Y - X)
    q = p.having(*map(p.assume, range_of(ZERO, DIM)))
    moves = _moves(q, size)
    gradient = p.fact(LINKS["gradient"], "gradient")
    slopes = [q.instantiate(gradient, point, I) for point in (X, Y)]
    change = Co(Grad(F, Y) - Grad(F, X), I)
    opened = q.coordinate(change)
    top = (LAM / BE) * (OWN_ROW + PASSED_ROW) * size / BE
    up, down = (
        q.linear(
            k.Le(s * change, top),
            opened,
            *slopes,
            *((LAM / BE, move) for move in moves),
            label="one coordinate",
        )
        for s in (1, -1)
    )
    each = _absolute(q, change, top, up, down)
    sums = p.sum_mono(p.generalise(each, I, *range_of(ZERO, DIM)))
    norm = p.by_coordinates(N1(Grad(F, Y) - Grad(F, X)))
    long = p.having(p.linear(k.Le(ZERO, DIM), p.fact(SCALING["d >= 1"], "d >= 1"), slack=[ONE]))
    many = long.sum_linear(sums.concl.rhs)  # type: ignore[attr-defined]
    return _in_the_class(p, statement, size, norm, sums, many)


def _moves(q: Proof, size: sp.Expr) -> list[k.Theorem]:
    """+-(own_i(y) - own_i(x)) and the same of passed_i, by the integral along the segment."""
    step, inside = X + S * (Y - X), (k.Le(ZERO, S), k.Le(S, ONE))
    found = []
    for part, top, pair in ((OWN, OWN_ROW, rows()[:2]), (PASSED, PASSED_ROW, rows()[2:])):
        slope = Inner(Grad(part(I), step), Y - X)
        for sign, row in zip((1, -1), pair, strict=True):
            here = q.instantiate(brought(q, row), step, Y - X, I)
            bound = top * size / BE
            goal = k.Le(slope, bound) if sign > 0 else k.Le(-bound, slope)
            along = q.generalise(q.linear(goal, here), S, *inside)
            found.append(q.segment(along, part(I), X, Y))
    return found


def _absolute(q: Proof, term: sp.Expr, top: sp.Expr, up: k.Theorem, down: k.Theorem) -> k.Theorem:
    """|term| <= top from both sides, where top has a value by the facts."""
    mark, size = k.Sym("mark", "random"), k.Sym("size", "random")
    pair = [q.assume(k.Le(s * mark, size)) for s in (1, -1)]
    whole = q.specialise(abs_below(*pair), {mark: term, size: top})
    return k.cut(whole, up, down)


def _in_the_class(
    p: Proof, statement: Statement, size: sp.Expr, norm: k.Theorem, *parts: k.Theorem
) -> k.Theorem:
    """The constant (8.5 + 137.3) d lam/be**2 is at most L."""
    lam, be = (p.fact(SCALING[name], name) for name in ("lam", "be"))
    gap = DELTA / (lam.concl.rhs * DIM)  # type: ignore[attr-defined]
    spent = p.linear(k.Eq(gap * DIM * LAM, DELTA), (gap * DIM, lam))
    width = p.linear(k.Eq(gap * UNIT * BE, DELTA), (gap * UNIT, be))
    square = p.linear(
        k.Eq(gap**2 * UNIT**2 * BE**2, DELTA**2), (gap * UNIT * BE + DELTA, width), label="width"
    )
    rows_ = OWN_ROW + PASSED_ROW
    constant = p.linear(
        k.Le(rows_ * DIM * LAM / BE**2, L),
        (rows_ / (gap * BE**2), spent),
        (1 / (DELTA * BE**2), square),
        slack=[DELTA / BE**2],
        label="curvature",
    )
    return p.linear(claimed(statement), norm, *parts, (size, constant), label="A1")


T8_A1 = Theory(
    id="T8-A1",
    title="the chain's smoothness: |grad f(y) - grad f(x)|_1 <= L |y - x|_oo",
    kind="lemma",
    statement=SMOOTH_STATEMENT,
    prove=prove_smooth,
    samples=lambda: chain_runs.smooth_samples(claimed(SMOOTH_STATEMENT).lhs, Noo(Y - X)),
    notes={"slack": "146 is not the best constant: T8-A1-sharp proves 112"},
)
