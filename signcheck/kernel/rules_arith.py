"""Rules of exact arithmetic: identities, inequalities from certificates, and the real functions."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from hardinstances.errors import ProofError
from signcheck.kernel.algebra import difference
from signcheck.kernel.formulas import Eq, Le, Lt, Relation
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.terms import Ind, Term, exact, is_int, sort_of
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent


@rule
def identity(j: Judge, lhs: Term, rhs: Term) -> Draft:
    """lhs == rhs: both have values, and clearing denominators and roots leaves 0 == 0."""
    lhs, rhs = exact(lhs), exact(rhs)
    j.defined(lhs)
    j.defined(rhs)
    if lhs != rhs and difference(lhs, rhs) != 0:
        raise refuse(f"{lhs} and {rhs} are not identical.", lhs - rhs)
    return Draft(Eq(lhs, rhs), detail={"identity": str(lhs - rhs), "equal": ((lhs, rhs),)})


@rule
def sign_fact(j: Judge, relation: Relation) -> Draft:
    """0 <= a or 0 < a (or a <= b as b - a) from the form of the term and the facts."""
    for term in relation.terms():
        j.defined(term)
    if not isinstance(relation, (Le, Lt)) or not j.holds(relation):
        raise refuse(f"{relation} does not follow from the form of its terms.", relation)
    return Draft(relation)


@rule
def certificate(
    j: Judge,
    goal: Relation,
    combination: Sequence[tuple[Term, Theorem]],
    slack: Sequence[Term] = (),
) -> Draft:
    """goal (<=, < or ==): rhs - lhs = sum of multiplier * (right - left) + sum of slack terms.

    A multiplier of an inequality must be non-negative, one of an equation may be anything; each
    slack term must be non-negative by its form. A strict goal needs a positive slack term or a
    strict inequality with a positive multiplier; an equation needs equations and no slack.
    """
    left, right = goal.terms()
    total, strict = sp.Integer(0), False
    weights, rest = [exact(m) for m, _ in combination], list(map(exact, slack))
    for term in (left, right, *rest, *weights):
        j.defined(term)
    for term in (*rest, *weights):
        if sort_of(term) != "real":
            raise refuse(f"the multiplier or slack term {term} is not a number.", term)
    for m, (_, thm) in zip(weights, combination, strict=True):
        c = sequent(thm).concl
        if not isinstance(c, (Le, Lt, Eq)):
            raise refuse(f"{c} is not a relation.")
        if not isinstance(c, Eq) and not j.nonneg(m):
            raise refuse(f"the multiplier {m} is not shown to be non-negative.", m)
        if isinstance(goal, Eq) and not isinstance(c, Eq):
            raise refuse("an equation follows from equations only.")
        strict = strict or (isinstance(c, Lt) and j.pos(m))
        total += m * (c.rhs - c.lhs)
    for term in rest:
        if isinstance(goal, Eq) or not j.nonneg(term):
            raise refuse(f"the slack term {term} is not shown to be non-negative.", term)
        strict = strict or j.pos(term)
        total += term
    if difference(right - left, total) != 0:
        raise ProofError(
            f"the certificate of {goal} does not add up.", residual=str(right - left - total)
        )
    if isinstance(goal, Lt) and not strict:
        raise refuse(f"nothing in the certificate of {goal} is strict.")
    detail = {
        "multipliers": list(map(str, weights)),
        "slack": list(map(str, rest)),
        "terms": (tuple(weights), tuple(rest)),
    }
    return Draft(goal, detail=detail)


@rule
def function_value(j: Judge, term: Term) -> Draft:
    """Value of |x|, sign(x), max, min or an indicator where the sign of its argument is a fact."""
    j.defined(term)
    if isinstance(term, (sp.Abs, sp.sign)):
        (x,) = term.args
        zero_case = sp.Integer(0)
        if isinstance(term, sp.Abs):
            value = x if j.nonneg(x) else -x if j.nonneg(-x) else None
        else:
            value = sp.Integer(1) if j.pos(x) else sp.Integer(-1) if j.pos(-x) else None
            if value is None and j.nonneg(x) and j.nonneg(-x):
                value = zero_case
    elif isinstance(term, Ind):
        (x,) = term.args
        value = sp.Integer(1) if j.nonneg(x) else sp.Integer(0) if j.pos(-x) else None
    elif isinstance(term, (sp.Max, sp.Min)):
        up = 1 if isinstance(term, sp.Max) else -1
        value = next((a for a in term.args if all(j.nonneg(up * (a - b)) for b in term.args)), None)
    else:
        raise refuse(f"{term} is not a function that splits into cases.")
    if value is None:
        raise refuse(f"the facts do not settle the case of {term}.")
    return Draft(Eq(term, value))


@rule
def between(j: Judge, term: Term) -> Draft:
    """An indicator is 0 or 1: Ind(y) <= 1."""
    j.defined(term)
    if not isinstance(term, Ind):
        raise refuse(f"{term} is not an indicator.")
    return Draft(Le(term, sp.Integer(1)))


@rule
def min_bound(j: Judge, term: Term, member: Term) -> Draft:
    """min(a, b, ...) <= a, and a <= max(a, b, ...)."""
    if not isinstance(term, (sp.Min, sp.Max)) or member not in term.args:
        raise refuse(f"{member} is not a member of {term}.")
    j.defined(term)
    return Draft(Le(term, member) if isinstance(term, sp.Min) else Le(member, term))


@rule
def monotone(j: Judge, thm: Theorem, function: str) -> Draft:
    """From a <= b: exp a <= exp b; sqrt a <= sqrt b if 0 <= a; log a <= log b if 0 < a."""
    c = sequent(thm).concl
    if not isinstance(c, (Le, Lt, Eq)):
        raise refuse(f"{c} is not a relation.")
    if function not in ("exp", "sqrt", "log"):
        raise refuse(f"{function!r} is not exp, sqrt or log.")
    f = {"exp": sp.exp, "sqrt": sp.sqrt, "log": sp.log}[function]
    if function == "sqrt" and not j.nonneg(c.lhs):
        raise refuse(f"sqrt needs 0 <= {c.lhs}.", c.lhs)
    if function == "log" and not j.pos(c.lhs):
        raise refuse(f"log needs 0 < {c.lhs}.", c.lhs)
    return Draft(type(c)(f(c.lhs), f(c.rhs)))


@rule
def root_power(j: Judge, base: Term, n: Term, sign: int = 1) -> Draft:
    """(x**(sign/n))**n == x**sign for x > 0, a positive integer n and a sign 1 or -1."""
    base, n = exact(base), exact(n)
    j.defined(base)
    if sign not in (1, -1) or not (j.pos(base) and j.pos(n) and is_int(n)):
        raise refuse(f"the root needs 0 < {base} and a positive integer, got {n}.")
    return Draft(Eq(sp.Pow(sp.Pow(base, sign / n), n), base**sign))


@rule
def antisymmetry(_j: Judge, low: Theorem, high: Theorem) -> Draft:
    """From a <= b and b <= a: a == b."""
    a, b = sequent(low).concl, sequent(high).concl
    if not (isinstance(a, Le) and isinstance(b, Le) and (a.lhs, a.rhs) == (b.rhs, b.lhs)):
        raise refuse(f"{a} and {b} are not the two halves of an equation.")
    return Draft(Eq(a.lhs, a.rhs))
