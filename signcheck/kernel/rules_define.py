"""Definitions by recursion: the sequence exists, so its defining equations are no burden."""

from __future__ import annotations

import sympy as sp

from signcheck.kernel.formulas import Eq, ForAll, Formula, Le, Measurable
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.substitution import fresh, replace
from signcheck.kernel.terms import Ap, Past, Sym, Term, free, is_int, is_random
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent


@rule
def recursion(_j: Judge, thm: Theorem, head: Sym, start: Formula, step: Formula) -> Draft:
    """Drop D(0, ..) == a and D(t+1, ..) == r(D(t, ..), t, ..) from the hypotheses.

    ``start`` is ``[for all i: ] D(0, i) == a`` and ``step`` is ``for all t >= 0: [for all i: ]
    D(t+1, i) == r`` with the same guards. The family D must occur nowhere else, in ``a`` not at
    all and in ``r`` only as D(t, i): then a sequence with these equations exists whatever the rest
    is, and what follows does not depend on which it is.
    """
    s = sequent(thm)
    if not head.sort.startswith("fam:") or head.sort == "fam:int":
        raise refuse(f"{head} is not a family of reals.")
    if not isinstance(step, ForAll) or step.var.sort != "int":
        raise refuse(f"{step} is not a recursion over the integers.")
    t = step.var
    if step.guards != (Le(sp.Integer(0), t),):
        raise refuse(f"{step} does not run over all {t} >= 0.")
    first, first_index = _equation(start)
    then, then_index = _equation(step.body)
    if first_index != then_index:
        raise refuse(f"{start} and {step} have different guards.")
    indices = tuple(var for var, _ in first_index)
    if first.lhs != Ap(head, sp.Integer(0), *indices) or head in free(first.rhs):
        raise refuse(f"{first} does not give {head} at 0.")
    here, there = Ap(head, t, *indices), Ap(head, t + 1, *indices)
    # An unknown stands in for D(t, ..): a 0 could hide another member behind a factor.
    unknown = fresh(Sym("unknown", head.sort.removeprefix("fam:")), free(then.rhs))
    if t in indices or then.lhs != there or head in free(replace(then.rhs, here, unknown)):
        raise refuse(f"{then} does not give {there} from {here} alone.")
    if not is_random(first.lhs) and (is_random(first.rhs) or is_random(then.rhs)):
        raise refuse(f"{head} is not random, but {start} or {step} would make it so.")
    if any(head in g.free() for _, guards in first_index for g in guards):
        raise refuse(f"{head} occurs in a guard.")
    rest = s.hyps - {start, step}
    if any(head in f.free() for f in (*rest, *s.splits, s.concl)):
        raise refuse(f"{head} occurs outside of its definition.")
    return Draft(s.concl, hyps=rest)


def _equation(formula: Formula) -> tuple[Eq, tuple[tuple[Sym, tuple[Formula, ...]], ...]]:
    """The equation below the for-alls over indices, with these for-alls."""
    indices: list[tuple[Sym, tuple[Formula, ...]]] = []
    while isinstance(formula, ForAll):
        if not is_int(formula.var):
            raise refuse(f"{formula} runs over something else than integers.")
        indices.append((formula.var, formula.guards))
        formula = formula.body
    if not isinstance(formula, Eq):
        raise refuse(f"{formula} is not an equation.")
    return formula, tuple(indices)


@rule
def known_later(j: Judge, thm: Theorem, later: Term) -> Draft:
    """What is known given past s is known given past t, for s <= t."""
    m = sequent(thm).concl
    if not (isinstance(m, Measurable) and isinstance(m.given, Past) and isinstance(later, Past)):
        raise refuse(f"{m} does not say what is known given a past.")
    if not (is_int(later.args[0]) and j.nonneg(later.args[0] - m.given.args[0])):
        raise refuse(f"{m.given} is not shown to come before {later}.")
    return Draft(Measurable(m.term, later))
