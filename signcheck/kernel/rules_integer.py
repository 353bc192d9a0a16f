"""Every number lies between two consecutive integers: the only rule that provides an integer."""

from __future__ import annotations

from signcheck.kernel.formulas import Le, Lt
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.terms import Sym, Term, exact, free, is_random, may_bind, sort_of
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent


@rule
def floor(j: Judge, thm: Theorem, n: Sym, x: Term) -> Draft:
    """From n <= x, x < n + 1 |- phi, with the integer n free nowhere else: phi, for a number x."""
    s, x = sequent(thm), exact(x)
    if not may_bind(n, "int") or n in free(x):
        raise refuse(f"{n} is not an integer that {x} leaves free.")
    if sort_of(x) != "real" or is_random(x):
        raise refuse(f"{x} is not a number: its integer part would depend on chance.")
    j.defined(x)
    rest = s.hyps - {Le(n, x), Lt(x, n + 1)}
    for formula in (*rest, *s.splits, s.concl):
        if n in formula.free():
            raise refuse(f"{n} is free in {formula}: it has to hold for every such integer.")
    return Draft(s.concl, hyps=rest)
