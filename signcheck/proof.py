"""Writing proofs: shorthand over the kernel's rules. Nothing here is trusted.

A ``Proof`` keeps the facts (positivity, ranges) that side conditions may use, finds the constant
multipliers of a linear certificate, and leaves the checking to the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from hardinstances.errors import ProofError
from signcheck import kernel as k
from signcheck.countermodel import countermodel
from signcheck.kernel.algebra import Fractions
from signcheck.kernel.judge import Judge

Premise = k.Theorem | tuple[Any, k.Theorem]


class Proof:
    """A derivation in progress: facts at hand and the rules bound to them."""

    def __init__(self, *facts: k.Theorem) -> None:
        self.facts = list(facts)

    def having(self, *more: k.Theorem) -> Proof:
        """The same derivation with more facts."""
        return Proof(*self.facts, *more)

    def given(self, formula: k.Formula) -> k.Theorem:
        """Assume a hypothesis and keep it as a fact."""
        thm = k.assume(formula, facts=self.facts)
        self.facts.append(thm)
        return thm

    def fact(self, formula: k.Formula, name: str) -> k.Theorem:
        """The fact that states ``formula``.

        Raises
        ------
        ProofError
            If the statement does not have it; ``name`` says which hypothesis is missing.
        """
        for thm in self.facts:
            if thm.concl == formula:
                return thm
        raise ProofError(
            f"the proof needs {name}, which is not among the facts: {formula}.",
            step=f"hypothesis {name}",
            residual=str(formula),
        )

    def __getattr__(self, name: str) -> Callable[..., k.Theorem]:
        """Every rule of the kernel, with the facts passed along."""
        function = k.all_rules().get(name)
        if function is None:
            raise AttributeError(f"the kernel has no rule {name!r}")
        rule = function

        def apply(*args: Any, **kw: Any) -> k.Theorem:
            kw.setdefault("facts", self.facts)
            return rule(*args, **kw)

        return apply

    def linear(
        self, goal: k.Relation, *premises: Premise, slack: Sequence[Any] = (), label: str = ""
    ) -> k.Theorem:
        """Prove ``goal`` as a combination of premises with constant multipliers found here.

        A premise may be ``(factor, theorem)``: then the constant times the factor multiplies it.
        ``slack`` lists terms that are non-negative by form and may be added.

        Raises
        ------
        ProofError
            With the residual and, where one is found, numbers that satisfy the premises and break
            the goal.
        """
        pairs = [p if isinstance(p, tuple) else (sp.Integer(1), p) for p in premises]
        pairs = [p for p in pairs if isinstance(p[1].concl, k.Eq) or self._nonneg(p[0])]
        slack = [s for s in slack if self._nonneg(s)]
        combos = [_difference(m, t) for m, t in pairs] + [sp.sympify(s) for s in slack]
        target = goal.rhs - goal.lhs
        free = [isinstance(t.concl, k.Eq) for _, t in pairs] + [False] * len(slack)
        weights = _solve(target, combos, free)
        if weights is None:
            weights = [Fraction(1)] * len(combos)
        rational = [sp.Rational(w.numerator, w.denominator) for w in weights]
        n = len(pairs)
        used = [(w * m, t) for w, (m, t) in zip(rational[:n], pairs, strict=True) if w]
        extra = [w * s for w, s in zip(rational[n:], combos[n:], strict=True) if w]
        try:
            return k.certificate(goal, used, extra, facts=self.facts, label=label)
        except ProofError as error:
            found = countermodel(goal, [t.concl for _, t in pairs], [f.concl for f in self.facts])
            raise ProofError(
                str(error), step=error.step, residual=error.residual, counterexample=found
            ) from None

    def _nonneg(self, term: Any) -> bool:
        """Whether the kernel would accept the term as non-negative: only such are candidates."""
        return Judge(self.facts).nonneg(sp.sympify(term))

    def chain(self, *links: k.Theorem, label: str = "") -> k.Theorem:
        """Transitivity: a <= b, b <= c, ... gives a <= the last right side."""
        kinds = {type(t.concl) for t in links}
        kind = k.Eq if kinds == {k.Eq} else k.Le
        first, last = links[0].concl, links[-1].concl
        assert isinstance(first, k.Relation)
        assert isinstance(last, k.Relation)
        pairs = [(1, t) for t in links]
        return k.certificate(kind(first.lhs, last.rhs), pairs, facts=self.facts, label=label)

    def split(
        self, low: k.Relation, high: k.Relation, prove: Callable[[Proof, k.Theorem], k.Theorem]
    ) -> k.Theorem:
        """Prove the same conclusion under ``low`` (a <= b) and under ``high`` (b < a)."""
        branches = []
        for case in (low, high):
            thm = k.suppose(case, facts=self.facts)
            branches.append(prove(self.having(thm), thm))
        return k.cases(branches[0], branches[1], low, high)


def _difference(factor: Any, thm: k.Theorem) -> Any:
    concl = thm.concl
    if not isinstance(concl, k.Relation):
        raise ProofError(f"{concl} is not a relation: it cannot enter a linear certificate.")
    return sp.sympify(factor) * (concl.rhs - concl.lhs)


def _solve(target: Any, combos: list[Any], free: list[bool]) -> list[Fraction] | None:
    """Constants w with target = sum of w * combo, w >= 0 unless free; None if there are none."""
    field = Fractions.over(target, *combos)
    parts = [field.convert(t) for t in (target, *combos)]
    common = field.one
    for _, d in parts:
        common = common.lcm(d)
    rows: dict[Any, list[Fraction]] = {}
    for column, (n, d) in enumerate(parts):
        scaled = field.reduce_to(n * common.exquo(d))
        if scaled is None:
            return None
        for monomial, c in scaled.terms():
            row = rows.setdefault(monomial, [Fraction(0)] * len(parts))
            row[column] = Fraction(int(c.numerator), int(c.denominator))
    return _nonnegative_solution(list(rows.values()), free)


def _nonnegative_solution(rows: list[list[Fraction]], free: list[bool]) -> list[Fraction] | None:
    solution = _eliminate([r[:] for r in rows], len(free))
    if solution is None or all(f or w >= 0 for f, w in zip(free, solution, strict=True)):
        return solution
    from signcheck.linear_program import feasible

    return feasible(rows, free)


def _eliminate(rows: list[list[Fraction]], n: int) -> list[Fraction] | None:
    """Solve column 0 = sum of w_k column k exactly; free unknowns are 0."""
    pivots: list[tuple[int, list[Fraction]]] = []
    for row in rows:
        work = row[1:] + row[:1]
        for p, pivot in pivots:
            if work[p]:
                factor = work[p]
                work = [a - factor * b for a, b in zip(work, pivot, strict=True)]
        p = next((i for i in range(n) if work[i]), None)  # type: ignore[assignment]
        if p is None:
            if work[n]:
                return None
            continue
        work = [a / work[p] for a in work]
        pivots = [(q, [a - r[p] * b for a, b in zip(r, work, strict=True)]) for q, r in pivots]
        pivots.append((p, work))
    out = [Fraction(0)] * n
    for p, pivot in pivots:
        out[p] = pivot[n]
    return out
