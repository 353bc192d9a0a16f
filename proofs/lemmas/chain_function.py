"""The chain function as the kernel sees it: its gradient, its curves, what it hides and the gate.

``Psi``, its derivative and ``Phi`` are functions of one real number s, written as functions of the
point ``s e`` for a fixed vector e. The gradient of f(x) = lam F_K(x/be), K = d, is spelled out
coordinate by coordinate; coordinates run from 0 to d - 1. ``hardinstances.chain_function`` is what
the simulator runs, and tests compare the two.

Source: theory sheet, section 5; Carmon, Duchi, Hinder, Sidford 2020.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.assumptions import F, X
from proofs.lemmas.basics import ZERO, I
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Co, Grad, Ind, Prod, Val
from signcheck.proof import Proof

ONE, HALF = sp.Integer(1), sp.Rational(1, 2)
LAM, BE = k.Sym("lam"), k.Sym("be")
"""Scale of the values and width of the coordinates."""

LINE = k.Sym("e", "vector")
PSI, SLOPE, PHI = (k.Sym(name, "function") for name in ("Psi", "dPsi", "Phi"))
OWN, PASSED = k.Sym("own", "fam:function"), k.Sym("passed", "fam:function")
S, J, M, N = k.Sym("s"), *(k.Sym(name, "int") for name in ("j", "m", "n"))
GRADIENT = Grad(F, X)


def on_line(function: k.Sym, s: sp.Expr) -> sp.Expr:
    """Value of a function of one number at s."""
    return Val(function, s * LINE)


def bell(s: sp.Expr) -> sp.Expr:
    """Phi'(s) = sqrt(e) exp(-s**2/2)."""
    return sp.exp((1 - s**2) / 2)


def bump(s: sp.Expr) -> sp.Expr:
    """Psi(s) where s > 1/2."""
    return sp.exp(1 - 1 / (4 * (s - HALF) ** 2))


def scaled(i: sp.Expr) -> sp.Expr:
    """y_i = x_i/be."""
    return Co(X, i) / BE


def range_of(low: sp.Expr, high: sp.Expr, i: k.Sym = I) -> tuple[k.Formula, k.Formula]:
    """low <= i < high."""
    return (k.Le(low, i), k.Lt(i, high))


def _always(body: k.Formula, *guards: k.Formula) -> k.Formula:
    """For all x, for all i with the guards."""
    return k.ForAll(X, (), k.ForAll(I, guards, body) if guards else body)


SCALES: dict[str, k.Formula] = {"lam > 0": k.Lt(ZERO, LAM), "be > 0": k.Lt(ZERO, BE)}
CURVES: dict[str, k.Formula] = {
    "Psi is 0 up to 1/2": k.ForAll(S, (k.Le(S, HALF),), k.Eq(on_line(PSI, S), ZERO)),
    "Psi from 1/2 on": k.ForAll(S, (k.Lt(HALF, S),), k.Eq(on_line(PSI, S), bump(S))),
    "Psi' is 0 up to 1/2": k.ForAll(S, (k.Le(S, HALF),), k.Eq(on_line(SLOPE, S), ZERO)),
    "Psi' from 1/2 on": k.ForAll(
        S, (k.Lt(HALF, S),), k.Eq(on_line(SLOPE, S), bump(S) / (2 * (S - HALF) ** 3))
    ),
    "Phi >= 0": k.ForAll(S, (), k.Le(ZERO, on_line(PHI, S))),
}
_BEFORE, _AFTER = scaled(I - 1), scaled(I + 1)
LINKS: dict[str, k.Formula] = {
    "gradient": _always(
        k.Eq(Co(GRADIENT, I), -(LAM / BE) * (Val(OWN(I), X) + Val(PASSED(I), X))),
        *range_of(ZERO, DIM),
    ),
    "first link": _always(k.Eq(Val(OWN(ZERO), X), bell(scaled(ZERO)))),
    "next links": _always(
        k.Eq(
            Val(OWN(I), X),
            (on_line(PSI, -_BEFORE) + on_line(PSI, _BEFORE)) * bell(scaled(I)),
        ),
        *range_of(ONE, DIM),
    ),
    "passed on": _always(
        k.Eq(
            Val(PASSED(I), X),
            on_line(SLOPE, -scaled(I)) * on_line(PHI, -_AFTER)
            + on_line(SLOPE, scaled(I)) * on_line(PHI, _AFTER),
        ),
        *range_of(ZERO, DIM - 1),
    ),
    "nothing after the last": _always(k.Eq(Val(PASSED(I), X), ZERO), *range_of(DIM - 1, DIM)),
}
CHAIN = {**SCALES, **CURVES, **LINKS}
"""The hypotheses that say what f is."""


class Chain:
    """The chain's hypotheses as theorems, by name."""

    def __init__(self) -> None:
        self.p = Proof()
        self.held = {name: self.p.given(formula) for name, formula in CHAIN.items()}


# ---------------------------------------------------------------- curves


def _by_half(p: Proof, s: sp.Expr, goal: k.Relation, name: str) -> k.Theorem:
    """A relation on Psi or Psi' at s, from its two definitions; the value is non-negative."""
    function = PSI if name == "Psi" else SLOPE
    low, high = CURVES[f"{name} is 0 up to 1/2"], CURVES[f"{name} from 1/2 on"]

    def side(q: Proof, case: k.Theorem) -> k.Theorem:
        small = isinstance(case.concl, k.Le)
        value = q.instantiate(q.fact(low if small else high, name), s)
        assert isinstance(value.concl, k.Eq)
        return q.linear(goal, value, slack=[] if small else [value.concl.rhs])

    assert goal == k.Le(ZERO, on_line(function, s))
    return p.split(k.Le(s, HALF), k.Lt(HALF, s), side)


@cache
def not_negative(name: str) -> k.Theorem:
    """For all s: 0 <= Psi(s), or 0 <= Psi'(s)."""
    p = Chain().p
    function = PSI if name == "Psi" else SLOPE
    return p.generalise(_by_half(p, S, k.Le(ZERO, on_line(function, S)), name), S)


@cache
def large_bump() -> k.Theorem:
    """For all s >= 1: 1 <= Psi(s)."""
    p = Chain().p
    far = p.assume(k.Le(ONE, S))
    q = p.having(far)
    past = q.linear(k.Lt(HALF, S), far, slack=[HALF])
    q = q.having(past)
    grown = q.linear(
        k.Le(ZERO, 1 - 1 / (4 * (S - HALF) ** 2)), (S / (S - HALF) ** 2, far), label="at 1"
    )
    value = q.instantiate(q.fact(CURVES["Psi from 1/2 on"], "Psi"), S)
    least = q.linear(k.Le(ONE, on_line(PSI, S)), q.monotone(grown, "exp"), value)
    return p.generalise(least, S, k.Le(ONE, S))


# ---------------------------------------------------------------- what is hidden


@cache
def zero_chain() -> k.Theorem:
    """For all 1 <= i < d and x with x_(i-1) = x_i = 0: the gradient's coordinate i is 0."""
    chain = Chain()
    p, held = chain.p, chain.held
    guards = (*range_of(ONE, DIM), k.Eq(Co(X, I - 1), ZERO), k.Eq(Co(X, I), ZERO))
    low, high, before, here = map(k.assume, guards)
    q = p.having(low, high)
    q = q.having(q.linear(k.Le(ZERO, I), low, slack=[ONE]))

    def small(zero: k.Theorem, i: sp.Expr, side: int) -> k.Theorem:
        return q.linear(k.Le(side * scaled(i), HALF), (side / BE, zero), slack=[HALF])

    def value(name: str, zero: k.Theorem, i: sp.Expr, side: int) -> k.Theorem:
        inside = q.having(small(zero, i, side))
        return inside.instantiate(held[f"{name} is 0 up to 1/2"], side * scaled(i))

    own = q.linear(
        k.Eq(Val(OWN(I), X), ZERO),
        q.instantiate(held["next links"], X, I),
        *((bell(scaled(I)), value("Psi", before, I - 1, side)) for side in (1, -1)),
        label="no own slope",
    )

    def passed(r: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return r.instantiate(held["nothing after the last"], X, I)
        pairs = [(on_line(PHI, s * _AFTER), value("Psi'", here, I, s)) for s in (1, -1)]
        goal = k.Eq(Val(PASSED(I), X), ZERO)
        return r.linear(goal, r.instantiate(held["passed on"], X, I), *pairs, label="none passed")

    nothing = q.split(k.Le(DIM - 1, I), k.Lt(I, DIM - 1), passed)
    total = q.linear(
        k.Eq(Co(GRADIENT, I), ZERO),
        q.instantiate(held["gradient"], X, I),
        (LAM / BE, own),
        (LAM / BE, nothing),
        label="zero chain",
    )
    # The points last: then a point of a run may be put in, where it satisfies their conditions.
    return p.generalise(p.generalise(total, X, *guards[2:]), I, *guards[:2])


# ---------------------------------------------------------------- the gate


def gate(i: sp.Expr, x: sp.Expr = X) -> sp.Expr:
    """1 if |x_j| <= be/4 for all j >= i, that is if i is beyond what was reached; else 0."""
    return Prod(Ind(BE / 4 - sp.Abs(Co(x, J))), J, i, DIM)


@cache
def gate_open() -> k.Theorem:
    """For all 0 <= i < d and x with x_j = 0 for all i <= j < d: the gate of i is 1."""
    p = Proof()
    p.given(SCALES["be > 0"])
    high = p.assume(range_of(ZERO, DIM)[1])
    hidden = k.ForAll(J, range_of(I, DIM, J), k.Eq(Co(X, J), ZERO))
    zero = p.assume(hidden)

    def part(n: sp.Expr) -> sp.Expr:
        return Prod(Ind(BE / 4 - sp.Abs(Co(X, J))), J, I, n)

    base = p.range_empty(part(I).args[0], J, I, "product")
    known = p.assume(k.Eq(part(N), ONE))
    inside = [p.assume(k.Le(I, N)), p.assume(k.Lt(N + 1, DIM + 1))]
    q = p.having(inside[0], p.linear(k.Lt(N, DIM), inside[1]))
    here = q.instantiate(zero, N)
    size = sp.Abs(Co(X, N))
    flat = q.having(q.linear(k.Le(ZERO, Co(X, N)), here)).function_value(size)
    small = q.linear(k.Le(ZERO, BE / 4 - size), flat, here, slack=[BE / 4])
    open_here = q.having(small).function_value(Ind(BE / 4 - size))
    grown = q.range_step(part(N + 1))
    step = q.linear(k.Eq(part(N + 1), ONE), grown, (part(N), open_here), known, label="gate")
    every = p.induction(base, step, N, I, DIM + 1)
    ends = [
        p.linear(k.Le(I, DIM), high),
        p.linear(k.Lt(DIM, DIM + 1), slack=[ONE]),
    ]
    whole = p.instantiate(every, DIM, facts=[*p.facts, *ends])
    return p.generalise(p.generalise(whole, X, hidden), I, *range_of(ZERO, DIM))
