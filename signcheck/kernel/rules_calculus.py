"""Rules for exp, erf and pi: derivatives, functional equations, and the folded normal law.

A real function of one variable is differentiated only where it is made of sums, products, fixed
powers, exp, log and erf; a square-integrable variable is called normal here if its moment
generating function is that of a normal law, which is what ``Noise`` with a deviation grants.
"""

from __future__ import annotations

import sympy as sp

from signcheck.kernel import samplers
from signcheck.kernel.algebra import difference
from signcheck.kernel.axioms import AXIOMS, Axiom
from signcheck.kernel.formulas import Eq, ForAll, Le, Lt
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.substitution import fresh
from signcheck.kernel.terms import TRIVIAL, Big, Ex, Prod, Sym, Term, exact, free, is_int, is_random
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent

_SMOOTH = (sp.Add, sp.Mul, sp.Pow, sp.exp, sp.log, sp.erf)


def slope(term: Term, z: Sym) -> Term:
    """Derivative of a term in z; ProofError if z stands below anything but smooth functions."""
    for part in sp.preorder_traversal(term):
        fixed = not isinstance(part, sp.Pow) or z not in free(part.exp)
        if part != z and z in free(part) and not (isinstance(part, _SMOOTH) and fixed):
            raise refuse(f"{part} is not differentiated here.", part)
    return sp.diff(term, z)


@rule
def increasing(j: Judge, thm: Theorem, function: Term) -> Draft:
    """From for all z with 0 <= z: 0 <= F'(z): for all z with 0 <= z: F(0) <= F(z).

    F and the derivative have values wherever 0 <= z, so F is differentiable there.
    """
    f, function = sequent(thm).concl, exact(function)
    if not (isinstance(f, ForAll) and isinstance(f.body, Le) and f.guards == (Le(0, f.var),)):
        raise refuse(f"{f} does not say that a derivative is not negative, for all 0 <= z.")
    z, inside, derivative = f.var, j.without(f.var), slope(function, f.var)
    inside.facts.append((f.guards[0], None))
    inside.makes_sense(Eq(function, derivative))
    if f.body.lhs != 0 or is_int(z) or is_random(function) or difference(derivative, f.body.rhs):
        raise refuse(f"{f.body.rhs} is not the derivative of {function}.", derivative - f.body.rhs)
    detail = {"equal": ((derivative, f.body.rhs),)}
    return Draft(
        ForAll(z, f.guards, Le(function.xreplace({z: sp.S.Zero}), function)), detail=detail
    )


@rule
def exp_law(j: Judge, term: Term) -> Draft:
    """exp of sums, products and whole powers of exp, and log(x**n) == n log(x) for x > 0."""
    j.defined(term)
    if isinstance(term, sp.exp) and isinstance(term.args[0], Big):
        body, *ends = term.args[0].args
        return Draft(Eq(term, Prod(sp.exp(body), *ends)))
    if isinstance(term, sp.Pow) and isinstance(term.base, sp.exp) and is_int(term.exp):
        return Draft(Eq(term, sp.exp(term.exp * term.base.args[0])))
    if isinstance(term, sp.Mul) and all(isinstance(a, sp.exp) for a in term.args):
        return Draft(Eq(term, sp.exp(sp.Add(*(a.args[0] for a in term.args)))))
    x = term.args[0] if isinstance(term, sp.log) else sp.S.One
    if isinstance(x, sp.Pow) and is_int(x.exp) and j.pos(x.base):
        return Draft(Eq(term, x.exp * sp.log(x.base)))
    raise refuse(f"{term} is no product or power of exp, no exp of a sum and no log of a power.")


@rule
def pi_bound(j: Judge, *, above: bool) -> Draft:
    """333/106 < pi, or pi < 355/113."""
    return Draft(Lt(sp.pi, sp.Rational(355, 113)) if above else Lt(sp.Rational(333, 106), sp.pi))


# ---------------------------------------------------------------- the normal law


def normal(term: Term, given: Term, mean: Term, variance: Term) -> ForAll:
    """The term is normal given F: E[exp(c X) | F] == exp(c mean + c**2 variance/2) for all c."""
    c = fresh(Sym("c"), free(term) | free(given) | free(mean) | free(variance))
    return ForAll(c, (), Eq(Ex(sp.exp(c * term), given), sp.exp(c * mean + c**2 * variance / 2)))


FOLDED_NORMAL = Axiom(
    name="folded normal",
    statement="If E exp(c X) = exp(c s z + c**2 s**2/2) for all c, s > 0, then X is normal and "
    "E|X| = s (z erf(z/sqrt(2)) + sqrt(2/pi) exp(-z**2/2)).",
    reference="Curtiss, Ann. Math. Statist. 13 (1942); Leone et al., Technometrics 3 (1961)",
    sampler=samplers.folded_normal,
)
AXIOMS[FOLDED_NORMAL.name] = FOLDED_NORMAL


@rule
def folded_normal(j: Judge, thm: Theorem, term: Term, z: Term, scale: Term) -> Draft:
    """E|X| of a normal X with mean scale z and variance scale**2; see the axiom folded normal."""
    wanted = normal(term, TRIVIAL, scale * z, scale**2)
    if sequent(thm).concl != wanted or sequent(thm).splits:
        raise refuse(f"{wanted} is needed, but {sequent(thm).concl} was proved.", wanted)
    if is_random(z) or is_random(scale) or not j.pos(scale):
        raise refuse(f"the scale {scale} is not shown to be a positive number.", scale)
    j.defined(z)
    size = scale * (z * sp.erf(z / sp.sqrt(2)) + sp.sqrt(2 / sp.pi) * sp.exp(-(z**2) / 2))
    return Draft(Eq(Ex(sp.Abs(term), TRIVIAL), size), axioms=frozenset({FOLDED_NORMAL.name}))
