"""Rules for finite sums and products over integer ranges lo <= i < hi."""

from __future__ import annotations

import sympy as sp

from signcheck.kernel.algebra import coefficients
from signcheck.kernel.formulas import Eq, ForAll, Le, Lt
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.substitution import subst
from signcheck.kernel.terms import BINDERS, Big, Prod, Sym, Term, free, is_int
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent


@rule
def sum_mono(_j: Judge, thm: Theorem) -> Draft:
    """From for all i with lo <= i, i < hi: a <= b (or ==): the same between the sums."""
    c = sequent(thm).concl
    if not isinstance(c, ForAll) or c.var.sort != "int" or not isinstance(c.body, (Le, Lt, Eq)):
        raise refuse(f"{c} is not a relation for all integers of a range.")
    lows = [g.lhs for g in c.guards if isinstance(g, Le) and g.rhs == c.var]
    highs = [g.rhs for g in c.guards if isinstance(g, Lt) and g.lhs == c.var]
    if len(c.guards) > 2 or len(lows) != len([g for g in c.guards if isinstance(g, Le)]):
        raise refuse(f"the guards of {c} are not a range.")
    if len(lows) != 1 or len(highs) != 1 or c.var in free(lows[0]) | free(highs[0]):
        raise refuse(f"the guards of {c} do not give one lower and one upper end.")
    if any(h.random() for h in sequent(thm).splits):
        raise refuse("a sum bound must hold in every case, not under a split.")
    kind = Eq if isinstance(c.body, Eq) else Le
    lhs, rhs = (Big(x, c.var, lows[0], highs[0]) for x in c.body.terms())
    return Draft(kind(lhs, rhs))


@rule
def sum_linear(j: Judge, term: Term) -> Draft:
    """A sum of a linear combination is that combination of sums; coefficients without the index.

    A summand without the index counts hi - lo times, which needs lo <= hi.
    """
    if not isinstance(term, Big):
        raise refuse(f"{term} is not a sum.")
    body, index, lo, hi = term.args
    j.defined(term)
    try:
        parts, den = coefficients(body, lambda g: index in free(g))
    except ValueError as error:
        raise refuse(f"{error} of {body}.") from None
    total = sp.Integer(0)
    for monomial, coefficient in parts.items():
        if monomial:
            total += coefficient * Big(sp.Mul(*(g**k for g, k in monomial)), index, lo, hi)
        else:
            if not j.nonneg(hi - lo):
                raise refuse(f"the range {lo} <= {index} < {hi} may be reversed.", hi - lo)
            total += coefficient * (hi - lo)
    return Draft(Eq(term, total / den))


@rule
def range_step(j: Judge, term: Term) -> Draft:
    """A sum (product) to hi = n + 1 is the one to n plus (times) its last member, if lo <= n."""
    if not isinstance(term, BINDERS):
        raise refuse(f"{term} is not a sum or product.")
    j.defined(term)
    body, index, lo, hi = term.args
    n = hi - 1
    if not (is_int(n) and is_int(lo) and j.nonneg(n - lo)):
        raise refuse(f"{lo} <= {n} is not shown.", n - lo)
    shorter, last = term.func(body, index, lo, n), subst(body, {index: n})
    return Draft(Eq(term, shorter + last if isinstance(term, Big) else shorter * last))


@rule
def range_empty(j: Judge, body: Term, index: Sym, lo: Term, kind: str) -> Draft:
    """The empty sum is 0, the empty product is 1."""
    if kind not in ("sum", "product"):
        raise refuse(f"{kind!r} is neither a sum nor a product.")
    binder, value = (Big, 0) if kind == "sum" else (Prod, 1)
    j.defined(binder(body, index, lo, lo))
    return Draft(Eq(binder(body, index, lo, lo), sp.Integer(value)))
