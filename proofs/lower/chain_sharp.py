"""T8-A1-sharp: the chain is smoother than its rows say: 112/146 of the constant of T8-A1.

For |eps_i| <= 1 the form eps^T H v is at most sum_ij |H_ij| |v|_oo, and that sum telescopes link by
link with the potential of ``chain_potential``; eps are the signs of the gradient's change.

Source: theory sheet, T8 (where such a certificate was open).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from hardinstances.chain_bounds import SMOOTHNESS
from hardinstances.exact import rational
from proofs.assumptions import F, L, X, Y
from proofs.lemmas.basics import (
    ZERO,
    I,
    W,
    Z,
    above,
    abs_is_sign,
    abs_of_product,
    claimed,
    left,
    right,
    sign_bounded,
)
from proofs.lemmas.chain_bounds import at, given
from proofs.lemmas.chain_certified import BELL_BEND, BEND, certified, chosen
from proofs.lemmas.chain_form import E as EPS
from proofs.lemmas.chain_form import along, part
from proofs.lemmas.chain_function import (
    BE,
    CURVES,
    LAM,
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
    range_of,
    scaled,
)
from proofs.lemmas.chain_potential import (
    LINK,
    LINK_CLAIM,
    POTENTIAL_CLAIM,
    certificates,
    entries,
    potential,
)
from proofs.lemmas.chain_rows import DERIVATIVES, V
from proofs.lower import chain_runs
from proofs.lower.chain import SCALING, scales
from signcheck import kernel as k
from signcheck.kernel.substitution import subst
from signcheck.kernel.terms import DIM, N1, Big, Co, Grad, Inner, Noo, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

SIZE = Noo(V)
ROWS = rational(SMOOTHNESS)
CLAIMS: dict[str, k.Formula] = {
    "certified: links <= 112": LINK_CLAIM,
    "certified: potential <= 25": POTENTIAL_CLAIM,
    **chosen("own row <= 8.5"),
}
SMALL = k.ForAll(I, range_of(ZERO, DIM), k.Le(sp.Abs(EPS(I)), ONE))


@cache
def triple() -> k.Theorem:
    """0 <= f, |e| <= 1, |v| <= n |- f w e v <= f |w| n."""
    f, n = k.Sym("f", "random"), k.Sym("n", "random")
    e, v = k.Sym("e", "random"), k.Sym("v", "random")
    p = Proof()
    p.given(k.Le(ZERO, f))
    small, size = p.given(k.Le(sp.Abs(e), ONE)), p.given(k.Le(sp.Abs(v), n))
    inner = k.specialise(abs_of_product(), {Z: e, W: v})
    outer = k.specialise(abs_of_product(), {Z: W, W: e * v})
    q = p.having(p.linear(k.Le(ZERO, n), size, slack=[sp.Abs(v)]))
    product = q.linear(k.Le(sp.Abs(e * v), n), inner, (sp.Abs(v), small), size)
    return q.linear(
        k.Le(f * W * e * v, f * sp.Abs(W) * n),
        (f, above(W * e * v)),
        (f, outer),
        (f * sp.Abs(W), product),
    )


def _triple(p: Proof, factor: sp.Expr, weight: sp.Expr, i: sp.Expr, j: sp.Expr) -> k.Theorem:
    """factor weight eps_i v_j <= factor |weight| |v|_oo."""
    names = ("f", "e", "v", "n")
    f, e, v, n = (k.Sym(name, "random") for name in names)
    found = p.specialise(triple(), {f: factor, W: weight, e: EPS(i), v: Co(V, j), n: SIZE})
    small = p.instantiate(p.fact(SMALL, "|eps| <= 1"), i)
    size = p.instantiate(p.coordinate_below_norm(V), j)
    return k.cut(found, p.sign_fact(k.Le(ZERO, factor)), small, size)


_NAMES = ("derivative of the next links", "derivative of what is passed on")


def one_link(p: Proof, held: dict[str, k.Theorem], n: sp.Expr) -> k.Theorem:
    """What link n adds to the form, for facts 0 <= n - 1, n < d and what follows from them."""
    a, b = scaled(n - 1), scaled(n)
    signs = [at(p, held, name, s * a) for name in ("Psi", "Psi'") for s in (1, -1)]
    phis = [p.instantiate(held["Phi >= 0"], s * b) for s in (1, -1)]
    q = p.having(*signs, *phis)
    total = on_line(PSI, -a) + on_line(PSI, a)
    rises = {s: on_line(SLOPE, s * a) for s in (1, -1)}
    pairs = [(on_line(PHI, s * b), s * on_line(BEND, s * a)) for s in (1, -1)]
    crossed = {
        i: [_triple(q, rises[s] * bell(b), s * ONE, i, j) for s in (1, -1)]
        for i, j in ((n, n - 1), (n - 1, n))
    }
    halves = [
        q.linear(
            k.Le(EPS(i) * along(f(i)), sp.Add(*(right(each) for each in parts)) / BE),
            (EPS(i), q.instantiate(held[name], X, V, i)),
            *((1 / BE, each) for each in parts),
            label=f"half a link, {f.name}",
        )
        for i, f, name, parts in (
            (n, OWN, _NAMES[0], [_triple(q, total, on_line(BELL_BEND, b), n, n), *crossed[n]]),
            (
                n - 1,
                PASSED,
                _NAMES[1],
                [*(_triple(q, *pair, n - 1, n - 1) for pair in pairs), *crossed[n - 1]],
            ),
        )
    ]
    change = EPS(n) * along(OWN(n)) + EPS(n - 1) * along(PASSED(n - 1))
    four = q.linear(k.Le(change, entries(a, b) * SIZE / BE), *halves, label="four entries")
    link = q.instantiate(held["certified: links <= 112"], a, b)
    goal = k.Le(change, (LINK + potential(a) - potential(b)) * SIZE / BE)
    return q.linear(goal, four, (SIZE / BE, link), label="one link")


@cache
def form_below() -> k.Theorem:
    """|eps| <= 1 |- for all x, v: sum_i eps_i (own_i' + passed_i') <= 112 d |v|_oo/be."""
    p, held = given(SCALES, CURVES, DERIVATIVES, CLAIMS)
    p.given(SMALL)
    long = p.given(k.Le(ONE, DIM))

    def claim(n: sp.Expr) -> k.Relation:
        height = potential(scaled(ZERO)) - potential(scaled(n))
        return k.Le(part(OWN, n + 1) + part(PASSED, n), (LINK * n + 4 + height) * SIZE / BE)

    one = p.having(p.linear(k.Lt(ZERO, DIM), long, slack=[ONE]), p.linear(k.Le(ZERO, ZERO)))
    empties = [p.range_empty(part(f, ZERO).args[0], I, ZERO, "sum") for f in (OWN, PASSED)]
    start, bend = scaled(ZERO), on_line(BELL_BEND, scaled(ZERO))
    row = one.instantiate(held["certified: own row <= 8.5"], start)
    flat = one.linear(k.Le(sp.Abs(bend), sp.Integer(4)), row, slack=[ONE, bell(start)])
    base = one.linear(
        claim(ZERO),
        one.range_step(part(OWN, ONE)),
        *empties,
        (EPS(ZERO), one.instantiate(held["derivative of the first link"], X, V)),
        (1 / BE, _triple(one, ONE, bend, ZERO, ZERO)),
        (SIZE / BE, flat),
        label="first link",
    )
    old, low, inside = (p.assume(f) for f in (claim(N), k.Le(ZERO, N), k.Lt(N + 1, DIM)))
    q = p.having(low, inside)
    q = q.having(q.linear(k.Le(ONE, N + 1), low), q.linear(k.Lt(N, DIM - 1), inside))
    q = q.having(
        q.linear(k.Le(ZERO, N + 1), low, slack=[ONE]), q.linear(k.Lt(N, DIM), inside, slack=[ONE])
    )
    grown = [q.range_step(part(OWN, N + 2)), q.range_step(part(PASSED, N + 1))]
    step = q.linear(claim(N + 1), old, *grown, one_link(q, held, N + 1), label="next link")
    every = p.induction(base, step, N, ZERO, DIM)
    return _whole(p, held, long, every)


def _whole(p: Proof, held: dict[str, k.Theorem], long: k.Theorem, every: k.Theorem) -> k.Theorem:
    """The last link passes nothing on, and the potential at the first one is at most 25."""
    ends = [p.linear(k.Le(ZERO, DIM - 1), long), p.linear(k.Lt(DIM - 1, DIM), slack=[ONE])]
    r = p.having(*ends)
    r = r.having(r.linear(k.Le(DIM - 1, DIM - 1)))
    last = r.instantiate(held["nothing changes after the last"], X, V, DIM - 1)
    top = r.instantiate(held["certified: potential <= 25"], scaled(ZERO))
    low = r.sign_fact(k.Le(ZERO, potential(scaled(DIM - 1))))
    total = r.linear(
        k.Le(part(OWN, DIM) + part(PASSED, DIM), LINK * DIM * SIZE / BE),
        r.instantiate(every, DIM - 1),
        r.range_step(part(PASSED, DIM)),
        (EPS(DIM - 1), last),
        (SIZE / BE, top),
        (SIZE / BE, low),
        slack=[SIZE / BE],
        label="all entries",
    )
    return p.generalise(p.generalise(total, V), X)


# ---------------------------------------------------------------- statement

FORM = k.Sym("G", "function")
_Z = k.Sym("z", "vector")
CHANGE = Co(Grad(F, X) - Grad(F, Y), I)
WEIGHTS = {EPS: ((I,), sp.sign(CHANGE))}


def _slope_of_form() -> sp.Expr:
    """Derivative of the form at z along v: the gradient's parts with the weights."""
    parts = sum(subst(part(f, DIM), WEIGHTS) for f in (OWN, PASSED))
    return (LAM / BE) * parts.xreplace({Grad(f(I), X): Grad(f(I), _Z) for f in (OWN, PASSED)})


STATEMENT = Statement(
    hypotheses={
        **SCALING,
        **CURVES,
        **DERIVATIVES,
        **CLAIMS,
        "form": k.ForAll(
            _Z,
            (),
            k.Eq(Val(FORM, _Z), -Big(sp.sign(CHANGE) * Co(Grad(F, _Z), I), I, ZERO, DIM)),
        ),
        "derivative of the form": k.ForAll(
            _Z, (), k.ForAll(V, (), k.Eq(Inner(Grad(FORM, _Z), V), _slope_of_form()))
        ),
    },
    conclusion=k.Le(N1(Grad(F, X) - Grad(F, Y)), LINK / ROWS * L * Noo(Y - X)),
    prepare=scales,
)
"""-G is the gradient weighted with the signs of its own change from y to x."""

# ---------------------------------------------------------------- proof


def _form_at(p: Proof) -> k.Theorem:
    """The bound on the form with these signs."""
    moved = p.specialise(form_below(), WEIGHTS)
    known = [f for f in p.facts if f.concl in moved.hyps]
    small = p.generalise(k.specialise(sign_bounded(), {Z: CHANGE}), I, *range_of(ZERO, DIM))
    return k.cut(moved, *known, *([small] if small.concl in moved.hyps else []))


def prove(statement: Statement) -> k.Theorem:
    """The form's change along the segment is the l1 norm of the gradient's change."""
    certificates()
    certified(statement.hypotheses)
    p, (form, derivative) = statement.proof("form", "derivative of the form")
    step, move = X + S * (Y - X), Y - X
    here = p.instantiate(_form_at(p), step, move)
    slope = p.instantiate(derivative, step, move)
    most = p.linear(k.Le(left(slope), (LAM / BE) * right(here)), slope, (LAM / BE, here))
    gain = p.segment(p.generalise(most, S, k.Le(ZERO, S), k.Le(S, ONE)), FORM, X, Y)
    ends = [p.instantiate(form, point) for point in (X, Y)]
    q = p.having(*map(p.assume, range_of(ZERO, DIM)))
    weighted = sp.sign(CHANGE) * (Co(Grad(F, X), I) - Co(Grad(F, Y), I))
    size = k.specialise(abs_is_sign(), {Z: CHANGE})
    each = q.linear(
        k.Eq(sp.Abs(CHANGE), sp.expand(weighted)), size, (sp.sign(CHANGE), q.coordinate(CHANGE))
    )
    sums = p.sum_mono(p.generalise(each, I, *range_of(ZERO, DIM)))
    norm = p.by_coordinates(N1(Grad(F, X) - Grad(F, Y)))
    total = p.linear(
        k.Le(left(norm), (LAM / BE) * LINK * DIM * Noo(move) / BE),
        norm,
        sums,
        p.sum_linear(right(sums)),
        *ends,
        gain,
        label="signs of the change",
    )
    return p.linear(claimed(statement), total, (Noo(move), _constant(p)), label="A1, sharp")


def _constant(p: Proof) -> k.Theorem:
    """112 d lam/be**2 == 112/146 L."""
    lam, be = (p.fact(SCALING[name], name) for name in ("lam", "be"))
    spent = p.linear(k.Eq(DIM * LAM, DIM * right(lam)), (DIM, lam))
    width = right(be)
    square = p.linear(k.Eq(BE**2, width**2), (BE + width, be))
    goal = k.Eq(LINK * DIM * LAM / BE**2, LINK / ROWS * L)
    factor = L / BE**2
    return p.linear(goal, (1 / BE**2, spent), (factor, square), label="curvature")


T8_A1_SHARP = Theory(
    id="T8-A1-sharp",
    title="the chain is smoother: |grad f(x) - grad f(y)|_1 <= 112/146 L |y - x|_oo",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: chain_runs.smooth_samples(claimed(STATEMENT).lhs, Noo(Y - X)),
    notes={"slack": "112 is certified, the best constant is about 108.9"},
)
