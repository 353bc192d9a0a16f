"""What is known given a sigma-algebra: by the form of a term and by the facts at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from signcheck.kernel.formulas import ForAll, Formula, Measurable
from signcheck.kernel.substitution import fits, subst
from signcheck.kernel.terms import (
    N1,
    Ap,
    Big,
    Co,
    En,
    Ex,
    Grad,
    Ind,
    Noo,
    Nuc,
    Op,
    Pol,
    Prod,
    Prof,
    Sgn,
    Sym,
    Term,
    Val,
    is_random,
)

if TYPE_CHECKING:
    from signcheck.kernel.judge import Judge

_POINTWISE = (Val, Grad, N1, Noo, Nuc, Op, Sgn, Pol, Co, En, Ind, Prof)
_SIMPLE = (sp.Add, sp.Mul, sp.Pow, sp.Abs, sp.sign, sp.Max, sp.Min, sp.exp, sp.log)


def measurable(judge: Judge, term: Term, given: Term) -> bool:
    """Whether the term is shown to be known given the sigma-algebra ``given``."""
    if not is_random(term) or (isinstance(term, Ex) and term.args[1] == given):
        return True
    for concl, fact in judge.facts:
        formula: Formula | None = concl
        if isinstance(concl, ForAll) and isinstance(concl.body, Measurable):
            formula = _instance(judge, concl, concl.body, term)
        if formula == Measurable(term, given):
            return judge.use(fact)
    if isinstance(term, (Ap, Sym)):
        return False
    if isinstance(term, (Big, Prod)):
        body, index, lo, hi = term.args
        inner = judge.ranging(index, lo, hi)
        return inner.measurable(body, given) and not any(map(is_random, (lo, hi)))
    if isinstance(term, _POINTWISE + _SIMPLE):
        return all(judge.measurable(a, given) for a in term.args)
    return False


def _instance(judge: Judge, formula: ForAll, body: Measurable, term: Term) -> Formula | None:
    """The instance of a for-all that speaks of ``term``, if its guards are at hand."""
    pattern = body.term
    if not (isinstance(pattern, Ap) and isinstance(term, Ap)):
        return None
    if pattern.args[0] != term.args[0] or formula.var not in pattern.args[1:]:
        return None
    value = term.args[pattern.args.index(formula.var)]
    mapping = {formula.var: value}
    if not fits(formula.var, value) or subst(pattern, mapping) != term:
        return None
    if not all(judge.holds(g.subst(mapping)) for g in formula.guards):
        return None
    return body.subst(mapping)
