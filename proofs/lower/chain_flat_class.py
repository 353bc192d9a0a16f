"""T8-flat-A1: the rotated chain has smoothness L, |grad f(x') - grad f(x)|_1 <= L |x' - x|_oo.

At most sqrt(D) is lost from l1 to l2 and again from l2 to l_oo; in between stands the Hessian of
the chain, a form of norm 145.8 lam/be**2. Its gap is that of the chain (T8-A0).

Source: theory sheet, section 5.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.assumptions import F, L, X, Y
from proofs.lemmas.basics import ZERO, I, claimed, left, right
from proofs.lemmas.chain_bounds import brought
from proofs.lemmas.chain_certified import certified
from proofs.lemmas.chain_form import BOTH, SHARE, E, form_below, part
from proofs.lemmas.chain_function import BE, CURVES, LAM, OWN, PASSED, SCALES, S
from proofs.lemmas.chain_moments import bessel, second_moment
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
    image,
    over_rows,
)
from proofs.lemmas.chain_rows import DERIVATIVES, ROW_NUMBERS, V
from proofs.lemmas.roots import abs_squared
from proofs.lower import chain_runs
from proofs.lower.chain_flat import SCALING, scales
from signcheck import kernel as k
from signcheck.kernel.substitution import subst
from signcheck.kernel.terms import DIM, Big, Co, Grad, Inner, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

MOVE, LENGTH = k.Sym("w", "fam:real"), k.Sym("M")
"""x'(r) - x(r), and a bound on its size."""

FORM = k.Sym("G", "function")


def change(i: sp.Expr) -> sp.Expr:
    """Change of the chain's derivative i from x to y, the two inner points."""
    return Co(Grad(F, Y), i) - Co(Grad(F, X), i)


CHANGE = {H: ((I,), change(I))}
WEIGHTS = {E: ((I,), -change(I))}
TOTAL = Big(change(I) ** 2, I, ZERO, DIM)
LEFT = over_rows(sp.Abs(subst(image(DIM), CHANGE)))

# ---------------------------------------------------------------- statement

_Z = k.Sym("z", "vector")


def _parts() -> sp.Expr:
    """Sum over i of the weights times the two parts' derivatives along v."""
    return sum(subst(part(f, DIM), WEIGHTS) for f in (OWN, PASSED))


def _at(term: sp.Expr, point: sp.Expr) -> sp.Expr:
    """The derivative's point x replaced, the weights kept."""
    marks = {Grad(f(I), X): Grad(f(I), point) for f in (OWN, PASSED)}
    return term.xreplace(marks)


STATEMENT = Statement(
    hypotheses={
        **SCALING,
        **CURVES,
        **DERIVATIVES,
        **ROW_NUMBERS,
        **{name: ROTATION[name] for name in ("flat entries", "orthogonal columns")},
        "form": k.ForAll(
            _Z, (), k.Eq(Val(FORM, _Z), Big(change(I) * Co(Grad(F, _Z), I), I, ZERO, DIM))
        ),
        "derivative of the form": k.ForAll(
            _Z,
            (),
            k.ForAll(V, (), k.Eq(Inner(Grad(FORM, _Z), V), (LAM / BE) * _at(_parts(), _Z))),
        ),
        "inner move": k.ForAll(
            LAST, IN_COLUMNS, k.Eq(Co(Y - X, LAST), over_rows(U(R, LAST) * MOVE(R)))
        ),
        "M > 0": k.Lt(ZERO, LENGTH),
        "outer move": k.ForAll(R, IN_ROWS, k.Le(sp.Abs(MOVE(R)), LENGTH)),
    },
    conclusion=k.Le(LEFT, L * LENGTH),
    prepare=scales,
)
"""G is the chain's gradient weighted with its own change: the form whose slope is e^T H v."""

# ---------------------------------------------------------------- proof

NORM = BOTH * LAM / BE**2
"""Bound on the norm of the Hessian."""


@cache
def form_at() -> k.Theorem:
    """The bilinear bound with the change as weights, at a balance that makes both parts equal."""
    p = Proof()
    p.given(k.Lt(ZERO, LAM))
    p.given(k.Lt(ZERO, BE))
    found = p.specialise(form_below(), {**WEIGHTS, SHARE: 1 / NORM})
    return k.cut(found, p.sign_fact(k.Lt(ZERO, 1 / NORM)))


def _given(*names: str) -> Proof:
    """A proof from the signs of the scales and some of the statement's hypotheses."""
    p = Proof()
    for formula in (*SCALES.values(), *(STATEMENT.hypotheses[name] for name in names)):
        p.given(formula)
    return p


@cache
def norm_of_change() -> k.Theorem:
    """sum_i change_i**2 <= NORM**2 sum_i (y_i - x_i)**2."""
    p = _given("form", _DERIVATIVE)
    step, move = X + S * (Y - X), Y - X
    bound = form_at()
    bound = k.cut(bound, *(f for f in p.facts if f.concl in bound.hyps))
    here = p.instantiate(bound, step, move)
    slope = p.instantiate(p.fact(STATEMENT.hypotheses[_DERIVATIVE], _DERIVATIVE), step, move)
    most = p.linear(
        k.Le(left(slope), (LAM / BE) * right(here)), slope, (LAM / BE, here), label="form"
    )
    gain = p.segment(p.generalise(most, S, k.Le(ZERO, S), k.Le(S, ONE)), FORM, X, Y)
    form = p.fact(STATEMENT.hypotheses["form"], "form")
    ends = [p.instantiate(form, point) for point in (X, Y)]
    opened = [p.sum_linear(right(end)) for end in ends]
    squares = p.sum_linear(next(iter(right(here).atoms(Big))))
    moved = Big(Co(move, I) ** 2, I, ZERO, DIM)
    goal = k.Le(TOTAL, NORM**2 * moved)
    parts = [(NORM, squares), (ONE, p.sum_linear(TOTAL))]
    return p.linear(goal, gain, *ends, *opened, *parts, label="norm of the Hessian")


_DERIVATIVE = "derivative of the form"


@cache
def lengths() -> k.Theorem:
    """sum_i (y_i - x_i)**2 <= D M**2."""
    p = _given("d >= 1", "D >= 1", "inner move", "M > 0", "outer move")
    p = p.having(p.linear(k.Le(ZERO, ROWS), p.fact(SCALING["D >= 1"], "D >= 1"), slack=[ONE]))
    inner = p.specialise(bessel(), {H: ((I,), Co(Y - X, I))})
    inner = k.cut(inner, *(f for f in p.facts if f.concl in inner.hyps))
    q = p.having(*map(p.assume, IN_ROWS))
    size = q.instantiate(p.fact(STATEMENT.hypotheses["outer move"], "outer move"), R)
    square = k.specialise(abs_squared(), {k.Sym("z", "random"): MOVE(R)})
    each = q.linear(
        k.Le(MOVE(R) ** 2, LENGTH**2), square, (sp.Abs(MOVE(R)) + LENGTH, size), label="length"
    )
    sums = p.sum_mono(p.generalise(each, R, *IN_ROWS))
    many = p.sum_linear(right(sums))
    goal = k.Le(left(inner), ROWS * LENGTH**2)
    return p.linear(goal, inner, sums, many, label="Bessel")


def prove(statement: Statement) -> k.Theorem:
    """l1 to l2 by 2 q |v| <= v**2 + q**2, the form in l2, l2 to l_oo."""
    certified(statement.hypotheses)
    p = statement.proof()[0]
    balance = NORM * LENGTH
    row = subst(image(DIM), CHANGE)
    square = k.specialise(abs_squared(), {k.Sym("z", "random"): row})
    each = p.linear(
        k.Le(sp.Abs(row), row**2 / (2 * balance) + balance / 2),
        (1 / balance, square),
        slack=[(sp.Abs(row) - balance) ** 2 / balance],
        label="l1 to l2",
    )
    sums = p.sum_mono(p.generalise(each, R, *IN_ROWS))
    opened = p.sum_linear(right(sums))
    second = p.specialise(second_moment(), CHANGE)
    ends = [
        p.linear(k.Le(ZERO, DIM), p.fact(SCALING["d >= 1"], "d >= 1"), slack=[ONE]),
        p.linear(k.Lt(DIM, DIM + 1), slack=[ONE]),
    ]
    moment = p.having(*ends).instantiate(second, DIM)
    total = p.linear(
        k.Le(TOTAL, NORM**2 * ROWS * LENGTH**2),
        brought(p, norm_of_change()),
        (NORM**2, brought(p, lengths())),
        label="change in l2",
    )
    most = p.linear(
        k.Le(LEFT, NORM * ROWS * LENGTH),
        sums,
        opened,
        (1 / balance, moment),
        (1 / balance, total),
        label="change in l1",
    )
    return p.linear(claimed(statement), most, (LENGTH, _constant(p)), label="A1")


def _constant(p: Proof) -> k.Theorem:
    """145.8 D lam/be**2 <= L."""
    lam, be = (p.fact(SCALING[name], name) for name in ("lam", "be"))
    width = right(be)
    first = p.linear(k.Eq(LAM / BE**2, right(lam) / BE**2), (1 / BE**2, lam))
    inverse = p.certificate(
        k.Eq(1 / BE**2, 1 / width**2), [(-(BE + width) / (BE**2 * width**2), be)], label="width"
    )
    goal = k.Le(BOTH * ROWS * LAM / BE**2, L)
    weights = [(BOTH * ROWS, first), (BOTH * ROWS * right(lam), inverse)]
    rest = L - BOTH * ROWS * right(lam) / width**2
    return p.certificate(goal, weights, [rest], label="curvature")


T8_FLAT_A1 = Theory(
    id="T8-flat-A1",
    title="the flat chain's smoothness: |grad f(x') - grad f(x)|_1 <= L |x' - x|_oo",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: chain_runs.flat_smooth_samples(LEFT, LENGTH, ROWS),
    notes={"slack": chain_runs.NOT_BEST},
)
