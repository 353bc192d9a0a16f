"""Rules for points of R^d: coordinates, inner products, norms, and the integral along a segment."""

from __future__ import annotations

import sympy as sp

from signcheck.kernel.algebra import coefficients
from signcheck.kernel.formulas import Eq, ForAll, Le, Lt
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.terms import (
    DIM,
    N1,
    Ap,
    Big,
    Co,
    En,
    Grad,
    Inner,
    Noo,
    Pol,
    Sgn,
    Sym,
    Term,
    Val,
    free,
    sort_of,
)
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent

_I = Sym("i", "int")


def _linear(vector: Term) -> list[tuple[Term, Term]]:
    """A vector term as a list of (coefficient, vector without coefficient)."""
    if vector.is_zero:
        return []
    parts, den = coefficients(vector, _is_vector)
    return [(c / den, _single(m)) for m, c in parts.items()]


def _is_vector(term: Term) -> bool:
    return isinstance(term, (Sym, Ap, Grad, Sgn, Pol)) and sort_of(term) == "vector"


def _single(monomial: tuple[tuple[Term, int], ...]) -> Term:
    if len(monomial) != 1 or monomial[0][1] != 1:
        raise refuse("this is not a linear combination of vectors.")
    return monomial[0][0]


@rule
def coordinate(j: Judge, term: Term) -> Draft:
    """Coordinate i, or entry (i, j), of a linear combination; coordinates of a sign are signs."""
    if not isinstance(term, (Co, En)):
        raise refuse(f"{term} is not a coordinate.")
    vector, *place = term.args
    j.defined(vector)
    total = sp.Integer(0)
    for c, v in _linear(vector):
        sign = isinstance(term, Co) and isinstance(v, Sgn)
        total += c * (sp.sign(Co(v.args[0], *place)) if sign else term.func(v, *place))
    return Draft(Eq(term, total))


@rule
def inner_linear(j: Judge, term: Term) -> Draft:
    """<u, v> expanded by linearity in both places."""
    if not isinstance(term, Inner):
        raise refuse(f"{term} is not an inner product.")
    u, v = term.args
    j.defined(u)
    j.defined(v)
    pairs = [(a * b, Inner(x, y)) for a, x in _linear(u) for b, y in _linear(v)]
    return Draft(Eq(term, sp.Add(*(c * p for c, p in pairs))))


@rule
def by_coordinates(j: Judge, term: Term) -> Draft:
    """<u, v> = sum u_i v_i and |u|_1 = sum |u_i|, over 0 <= i < d."""
    j.defined(term)
    if isinstance(term, Inner):
        u, v = term.args
        summand = Co(u, _I) * Co(v, _I)
    elif isinstance(term, N1):
        (u,) = term.args
        summand = sp.Abs(Co(u, _I))
    else:
        raise refuse(f"{term} is neither an inner product nor an l1 norm.")
    if _I in free(term):
        raise refuse(f"{term} mentions the index {_I}: rename it first.")
    return Draft(Eq(term, Big(summand, _I, sp.Integer(0), DIM)))


@rule
def coordinate_below_norm(j: Judge, u: Term) -> Draft:
    """For all i < d: |u_i| <= |u|_oo."""
    j.defined(u)
    if _I in free(u):
        raise refuse(f"{u} mentions the index {_I}: rename it first.")
    guards = (Le(sp.Integer(0), _I), Lt(_I, DIM))
    return Draft(ForAll(_I, guards, Le(sp.Abs(Co(u, _I)), Noo(u))))


@rule
def norm_from_coordinates(j: Judge, thm: Theorem) -> Draft:
    """From for all i < d: |u_i| <= c with 0 <= c: |u|_oo <= c."""
    f = sequent(thm).concl
    if not (isinstance(f, ForAll) and isinstance(f.body, Le) and isinstance(f.body.lhs, sp.Abs)):
        raise refuse(f"{f} does not bound all coordinates.")
    (co,) = f.body.lhs.args
    i, bound = f.var, f.body.rhs
    if not isinstance(co, Co) or co.args[1] != i or i in free(co.args[0]) | free(bound):
        raise refuse(f"{f} does not bound the coordinates of one vector by one number.")
    if not set(f.guards) <= {Le(sp.Integer(0), i), Lt(i, DIM)}:
        raise refuse(f"{f} does not cover all coordinates.")
    if not j.nonneg(bound):
        raise refuse(f"the bound {bound} is not shown to be non-negative.", bound)
    return Draft(Le(Noo(co.args[0]), bound))


@rule
def segment(j: Judge, thm: Theorem, f: Sym, x: Term, y: Term) -> Draft:
    """From a bound on <grad f(x + s(y - x)), y - x> for all s in [0, 1], polynomial in s:

    f(y) - f(x) is bounded by its integral, on the same side.
    """
    a = sequent(thm).concl
    if not isinstance(a, ForAll) or a.var.sort != "real" or not isinstance(a.body, Le):
        raise refuse(f"{a} is not a bound for all real s.")
    s = a.var
    if not set(a.guards) <= {Le(sp.Integer(0), s), Le(s, sp.Integer(1))}:
        raise refuse(f"{a} does not cover all of [0, 1].")
    slope = Inner(Grad(f, x + s * (y - x)), y - x)
    upper = a.body.lhs == slope
    bound = a.body.rhs if upper else a.body.lhs
    if not upper and a.body.rhs != slope:
        raise refuse(f"{a.body} does not bound the slope {slope} along the segment.")
    if s in free(x) | free(y):
        raise refuse(f"{s} occurs in an end of the segment.")
    for term in (bound, x, y):
        j.defined(term)
    try:
        parts, den = coefficients(bound, lambda g: s in free(g))
    except ValueError as error:
        raise refuse(f"{bound} is not a polynomial in {s}: {error}.") from None
    integral = sp.Integer(0)
    for monomial, c in parts.items():
        if monomial and (len(monomial) > 1 or monomial[0][0] != s):
            raise refuse(f"{bound} is not a polynomial in {s}.")
        integral += c / ((monomial[0][1] if monomial else 0) + 1)
    gain = Val(f, y) - Val(f, x)
    return Draft(Le(gain, integral / den) if upper else Le(integral / den, gain))
