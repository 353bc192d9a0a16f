"""Axioms: steps that are not checked. Each has a statement, a reference and a sampler.

The samplers are in ``samplers``: they decide nothing, and a proof does not rest on them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import sympy as sp

from signcheck.kernel import samplers
from signcheck.kernel.formulas import Eq, ForAll, Formula, Le, Measurable
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.terms import TRIVIAL, Ex, Ind, Past, Sym, Term, is_int, is_random
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent


@dataclass(frozen=True)
class Axiom:
    """A step that the kernel takes on trust."""

    name: str
    statement: str
    reference: str
    sampler: Callable[[Random], tuple[float, float]]


HOEFFDING = Axiom(
    name="Hoeffding",
    statement=(
        "If S(0) = 0 and S(t+1) = S(t) + xi(t) with xi(t)**2 = 1, E[xi(t) | past t] = 0 and S(t) "
        "known given past t, then P(S(n) >= m) <= exp(-m**2/(2 n)) for all n >= 1 and m >= 0."
    ),
    reference="Hoeffding, J. Amer. Statist. Assoc. 58 (1963); Azuma, Tohoku Math. J. 19 (1967)",
    sampler=samplers.hoeffding,
)

TRACE_DUALITY = Axiom(
    name="trace duality",
    statement=(
        "For real matrices of one shape <A, B> <= |A|_* |B|_op, and the polar factor P of A, that "
        "is U sign(S) V^T for any singular value decomposition A = U S V^T, sign(0) = 0, has "
        "<A, P> = |A|_* and |P|_op <= 1."
    ),
    reference="von Neumann, Tomsk Univ. Rev. 1 (1937); Horn and Johnson, Matrix Analysis, 7.4",
    sampler=samplers.trace_duality,
)

AXIOMS: dict[str, Axiom] = {a.name: a for a in (HOEFFDING, TRACE_DUALITY)}


@rule
def hoeffding(
    j: Judge,
    start: Theorem,
    step: Theorem,
    square: Theorem,
    fair: Theorem,
    adapted: Theorem,
    walk: Sym,
    increment: Sym,
    n: Term,
    m: Term,
) -> Draft:
    """P(S(n) >= m) <= exp(-m**2/(2 n)) for a fair +-1 walk; see the axiom Hoeffding."""
    t = Sym("t", "int")

    def always(body: Formula) -> Formula:
        return ForAll(t, (Le(sp.Integer(0), t),), body)

    wanted = [
        (start, Eq(walk(0), sp.Integer(0))),
        (step, always(Eq(walk(t + 1), walk(t) + increment(t)))),
        (square, always(Eq(increment(t) ** 2, sp.Integer(1)))),
        (fair, always(Eq(Ex(increment(t), Past(t)), sp.Integer(0)))),
        (adapted, always(Measurable(walk(t), Past(t)))),
    ]
    for thm, formula in wanted:
        if sequent(thm).concl != formula or sequent(thm).splits:
            raise refuse(f"{formula} is needed, but {sequent(thm).concl} was proved.", formula)
    j.defined(m)
    if not (is_int(n) and j.nonneg(n - 1) and j.nonneg(m)) or is_random(m):
        raise refuse(f"the tail bound needs an integer {n} >= 1 and a number {m} >= 0.")
    tail = Ex(Ind(walk(n) - m), TRIVIAL)
    return Draft(Le(tail, sp.exp(-(m**2) / (2 * n))), axioms=frozenset({HOEFFDING.name}))
