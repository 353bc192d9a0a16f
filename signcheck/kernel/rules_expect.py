"""Rules for conditional expectations, finite laws and independence.

All random variables are square integrable, and every expectation that a sequent speaks of exists;
relations between random terms hold almost surely. An expectation is taken only of what holds almost
surely: a premise that rests on a random split (one case of ``cases``) is refused.
"""

from __future__ import annotations

import sympy as sp

from signcheck.kernel.algebra import coefficients, difference
from signcheck.kernel.formulas import Eq, ForAll, Independent, Law, Le, Lt
from signcheck.kernel.judge import Judge, random_splits
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.substitution import fresh, subst
from signcheck.kernel.terms import BINDERS, TRIVIAL, Big, Ex, Past, Prod, Sym, Term, free, is_random
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent


def _surely(j: Judge, *theorems: Theorem) -> None:
    for thm in (*theorems, *j.used):
        for split in random_splits(thm):
            raise refuse(f"{split} holds in one case only; an expectation covers all cases.")


@rule
def expect_mono(j: Judge, thm: Theorem, given: Term) -> Draft:
    """From X <= Y (or ==): E[X | F] <= E[Y | F]."""
    c = sequent(thm).concl
    if not isinstance(c, (Le, Lt, Eq)):
        raise refuse(f"{c} is not a relation.")
    _surely(j, thm)
    kind = Eq if isinstance(c, Eq) else Le
    return Draft(kind(Ex(c.lhs, given), Ex(c.rhs, given)))


@rule
def expect_linear(j: Judge, term: Term) -> Draft:
    """E[sum of c_k X_k | F] = sum of c_k E[X_k | F] with c_k known given F; sums move out."""
    if not isinstance(term, Ex):
        raise refuse(f"{term} is not an expectation.")
    body, given = term.args
    j.defined(body)
    try:
        parts, den = coefficients(body, lambda g: not j.measurable(g, given))
    except ValueError as error:
        raise refuse(f"{error} of {body}.") from None
    total = sp.Integer(0)
    for monomial, coefficient in parts.items():
        total += coefficient * _moved(j, monomial, given) if monomial else coefficient
    _surely(j)
    return Draft(Eq(term, total / den))


def _moved(j: Judge, monomial: tuple[tuple[Term, int], ...], given: Term) -> Term:
    """E of one monomial; the expectation of a finite sum is the sum of expectations."""
    (first, power), rest = monomial[0], monomial[1:]
    if isinstance(first, Big) and power == 1 and not rest:
        inner, index, lo, hi = first.args
        if index not in free(given) and not any(map(is_random, (lo, hi))):
            return Big(Ex(inner, given), index, lo, hi)
    return Ex(sp.Mul(*(g**k for g, k in monomial)), given)


@rule
def tower(j: Judge, term: Term) -> Draft:
    """E[E[X | F] | G] = E[X | G] for G trivial, or G = past s and F = past t with s <= t."""
    if not (isinstance(term, Ex) and isinstance(term.args[0], Ex)):
        raise refuse(f"{term} is not an expectation of an expectation.")
    (body, inner), outer = term.args[0].args, term.args[1]
    nested = isinstance(inner, Past) and isinstance(outer, Past)
    if outer not in (TRIVIAL, inner) and not (nested and j.nonneg(inner.args[0] - outer.args[0])):
        raise refuse(f"{outer} is not shown to know less than {inner}.")
    return Draft(Eq(term, Ex(body, outer)))


@rule
def expect_equal(j: Judge, lhs: Term, rhs: Term) -> Draft:
    """E[X | F] == E[Y | F] where X and Y are identical as rational functions."""
    if not (isinstance(lhs, Ex) and isinstance(rhs, Ex) and lhs.args[1] == rhs.args[1]):
        raise refuse(f"{lhs} and {rhs} are not expectations given the same sigma-algebra.")
    for side in (lhs, rhs):
        j.defined(side.args[0])
    if difference(lhs.args[0], rhs.args[0]) != 0:
        raise refuse(f"{lhs.args[0]} and {rhs.args[0]} are not identical.")
    _surely(j)
    return Draft(Eq(lhs, rhs))


@rule
def law(j: Judge, hypothesis: Law) -> Draft:
    """{Law} |- Law, for probabilities that are proved non-negative and to sum to one.

    The values and probabilities must be known given the same sigma-algebra.
    """
    j.makes_sense(hypothesis)
    for p in hypothesis.probabilities:
        if not j.nonneg(p):
            raise refuse(f"the probability {p} is not shown to be non-negative.", p)
    if difference(sp.Add(*hypothesis.probabilities), sp.Integer(1)) != 0:
        raise refuse("the probabilities do not sum to one.", sp.Add(*hypothesis.probabilities) - 1)
    for x in (*hypothesis.values, *hypothesis.probabilities):
        if not j.measurable(x, hypothesis.given):
            raise refuse(f"{x} is not known given {hypothesis.given}.")
    detail = {"equal": ((sp.Add(*hypothesis.probabilities), sp.Integer(1)),)}
    return Draft(hypothesis, hyps=frozenset({hypothesis}), detail=detail)


@rule
def expect_finite(j: Judge, thm: Theorem, term: Term) -> Draft:
    """E[g(Y) | F] = sum of p_k g(v_k) for Y with a finite law given F, the rest of g known."""
    s = sequent(thm).concl
    if not (isinstance(s, Law) and isinstance(term, Ex) and term.args[1] == s.given):
        raise refuse(f"{term} is not an expectation given what the law {s} is given.")
    body, total = term.args[0], sp.Integer(0)
    for value, p in zip(s.values, s.probabilities, strict=True):
        g = replace_variable(body, s.term, value)
        if not (j.measurable(g, s.given) and j.measurable(p, s.given)):
            raise refuse(f"{g} is not known given {s.given}: {body} depends on more than the law.")
        total += p * g
        j.defined(g)
    _surely(j, thm)
    return Draft(Eq(term, total))


def replace_variable(body: Term, variable: Term, value: Term) -> Term:
    """``body`` with the random variable replaced; it must not stand below a binder or E."""
    if body == variable:
        return value
    if isinstance(body, (*BINDERS, Ex)) and free(variable) & free(body):
        raise refuse(f"{variable} stands below a binder in {body}.")
    if not body.args:
        return body
    return body.func(*(replace_variable(a, variable, value) for a in body.args))


def _probe(body: Term, variable: Term) -> Term:
    """``body`` with an unknown number for the variable: what else in it is random stays visible."""
    return replace_variable(body, variable, fresh(Sym("probe"), free(body)))


@rule
def law_support(j: Judge, thm: Theorem, polynomial: Term) -> Draft:
    """A polynomial in Y that vanishes at every value of a finite law vanishes almost surely."""
    s = sequent(thm).concl
    if not isinstance(s, Law):
        raise refuse(f"{s} is not a law.")
    j.defined(polynomial)
    zeros = [replace_variable(polynomial, s.term, value) for value in s.values]
    for value, zero in zip(s.values, zeros, strict=True):
        j.defined(zero)
        if difference(zero, sp.Integer(0)) != 0:
            raise refuse(f"{polynomial} does not vanish at {value}.")
    detail = {"equal": tuple((zero, sp.Integer(0)) for zero in zeros)}
    return Draft(Eq(polynomial, sp.Integer(0)), detail=detail)


@rule
def expect_product(j: Judge, thm: Theorem, body: Term, upper: Term) -> Draft:
    """E[prod g(Y_i) | F] = prod E[g(Y_i) | F] over 0 <= i < upper <= count, Y_i independent.

    ``body`` is g(Y_i): apart from the member, everything in it is known given F.
    """
    s = sequent(thm).concl
    if not isinstance(s, Independent):
        raise refuse(f"{s} does not state independence.")
    if not (j.nonneg(s.count - upper) and j.nonneg(upper)):
        raise refuse(f"0 <= {upper} <= {s.count} is not shown.")
    inside = j.ranging(s.index, sp.Integer(0), upper)
    inside.defined(body)
    if not inside.measurable(_probe(body, s.member), s.given) or s.index in free(s.given):
        raise refuse(f"{body} depends on more than {s.member}.")
    lhs = Ex(Prod(body, s.index, sp.Integer(0), upper), s.given)
    _surely(j, thm)
    return Draft(Eq(lhs, Prod(Ex(body, s.given), s.index, sp.Integer(0), upper)))


@rule
def constant_product(j: Judge, thm: Theorem) -> Draft:
    """From for all i with 0 <= i, i < n: a == c, c free of i: prod of a over 0 <= i < n = c**n."""
    f = sequent(thm).concl
    if not (isinstance(f, ForAll) and isinstance(f.body, Eq) and len(f.guards) == 2):
        raise refuse(f"{f} is not an equation for all integers of a range.")
    low, high = f.guards
    if low != Le(sp.Integer(0), f.var) or not isinstance(high, Lt) or high.lhs != f.var:
        raise refuse(f"{f} does not range over 0 <= {f.var} < n.")
    if f.var in free(f.body.rhs) | free(high.rhs) or not (j.pos(high.rhs) and j.pos(f.body.rhs)):
        raise refuse(f"the factor and the length in {f} must be positive and free of {f.var}.")
    product = Prod(f.body.lhs, f.var, sp.Integer(0), high.rhs)
    return Draft(Eq(product, sp.Pow(f.body.rhs, high.rhs)))


@rule
def expect_pair(j: Judge, thm: Theorem, first: Term, second: Term, k: Term, m: Term) -> Draft:
    """E[g(Y_k) h(Y_m) | F] = E[g(Y_k) | F] E[h(Y_m) | F] for independent Y and 0 <= k < m < count.

    Apart from the member, everything in g and in h is known given F.
    """
    s = sequent(thm).concl
    if not isinstance(s, Independent):
        raise refuse(f"{s} does not state independence.")
    if not (j.holds(Le(sp.Integer(0), k)) and j.holds(Lt(k, m)) and j.holds(Lt(m, s.count))):
        raise refuse(f"0 <= {k} < {m} < {s.count} is not shown.")
    for part, place in ((first, k), (second, m)):
        j.defined(part)
        if not j.measurable(_probe(part, subst(s.member, {s.index: place})), s.given):
            raise refuse(f"{part} depends on more than member {place}.")
    _surely(j, thm)
    product = Ex(first, s.given) * Ex(second, s.given)
    return Draft(Eq(Ex(first * second, s.given), product))
