"""Side conditions by structural recursion: sign, definedness, measurability. Nothing is guessed.

Each question is answered from the form of the term and from the facts offered (Theorems whose
conclusion is a relation, or a relation for all indices). A fact counts as used, and brings its
hypotheses along, only when an answer rests on it. "No" means "not shown".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sympy as sp

from hardinstances.errors import ProofError
from signcheck.kernel.formulas import Eq, ForAll, Formula, Independent, Le, Lt, Measurable
from signcheck.kernel.measurable import measurable
from signcheck.kernel.substitution import fits
from signcheck.kernel.terms import (
    N1,
    Ap,
    Big,
    Ex,
    Ind,
    Noo,
    Nuc,
    Op,
    Prod,
    Sym,
    Term,
)
from signcheck.kernel.theorem import Theorem, sequent


def random_splits(thm: Theorem) -> frozenset[Formula]:
    """The cases that a Theorem rests on and that only some outcomes satisfy."""
    return frozenset(s for s in sequent(thm).splits if s.random())


class Judge:
    """Answers side conditions from ``facts`` and remembers in ``used`` what it needed."""

    def __init__(self, facts: Iterable[Theorem] = (), outer: Judge | None = None) -> None:
        # A fact without a Theorem is a guard of the formula that is being read.
        self.facts: list[tuple[Formula, Theorem | None]] = [(sequent(f).concl, f) for f in facts]
        self.used: list[Theorem] = [] if outer is None else outer.used
        if outer is not None:
            self.facts += outer.facts

    def use(self, fact: Theorem | None) -> bool:
        """Count a fact as needed."""
        if fact is not None:
            self.used.append(fact)
        return True

    def without(self, *bound: Sym) -> Judge:
        """A judge for the scope of bound symbols: what is known of their namesakes is left out."""
        inner = Judge((), self)
        inner.facts = [(c, f) for c, f in self.facts if not c.free() & set(bound)]
        return inner

    def surely(self) -> Judge:
        """A judge for the inside of an expectation: facts of one random case are left out."""
        inner = Judge((), self)
        inner.facts = [(c, f) for c, f in self.facts if f is None or not random_splits(f)]
        return inner

    def _from_facts(self, term: Term, strict: bool) -> bool:
        for concl, fact in self.facts:
            formula = concl
            if isinstance(formula, ForAll) and isinstance(term, Ap):
                formula = self._matched(formula, term) or formula
            if not isinstance(formula, (Le, Lt)):
                continue
            low, high = formula.lhs, formula.rhs
            known = high == term and low.is_Rational and low >= 0
            positive = known and (isinstance(formula, Lt) or low > 0)
            if not known and high - low == term:
                known, positive = True, isinstance(formula, Lt)
            if positive or (known and not strict):
                return self.use(fact)
        return False

    def _matched(self, formula: ForAll, term: Ap) -> Formula | None:
        """The instance of a for-all whose right side is ``term``, if its guards are at hand."""
        body = formula.body
        if not (isinstance(body, (Le, Lt)) and isinstance(body.rhs, Ap)):
            return None
        if body.rhs.args[0] != term.args[0] or formula.var not in body.rhs.args[1:]:
            return None
        value = term.args[body.rhs.args.index(formula.var)]
        if not fits(formula.var, value):
            return None
        mapping = {formula.var: value}
        guards = [g.subst(mapping) for g in formula.guards]
        mark = len(self.used)
        for guard in guards:
            if not self.holds(guard):
                del self.used[mark:]
                return None
        return body.subst(mapping)

    def holds(self, formula: Formula) -> bool:
        """Whether a formula is a fact at hand or true by the sign of a difference."""
        for concl, fact in self.facts:
            if concl == formula:
                return self.use(fact)
        if isinstance(formula, Le):
            return self.nonneg(formula.rhs - formula.lhs)
        if isinstance(formula, Lt):
            return self.pos(formula.rhs - formula.lhs)
        if isinstance(formula, Measurable):
            return self.measurable(formula.term, formula.given)
        return isinstance(formula, Eq) and formula.lhs == formula.rhs

    def nonneg(self, term: Term) -> bool:
        """0 <= term, by recursion on form."""
        if term.is_Rational:
            return bool(term >= 0)
        if self._from_facts(term, strict=False):
            return True
        if isinstance(term, (sp.Abs, sp.exp, Ind, N1, Noo, Nuc, Op)):
            return True
        if isinstance(term, sp.Mul):
            return self._even_negatives(term, self.nonneg)
        if isinstance(term, (sp.Add, sp.Min)):
            return all(self.nonneg(a) for a in term.args)
        if isinstance(term, sp.Max):
            return any(self.nonneg(a) for a in term.args)
        if isinstance(term, sp.log):
            return self.nonneg(term.args[0] - 1)
        if isinstance(term, sp.Pow):
            even = isinstance(term.exp, sp.Integer) and term.exp % 2 == 0
            return (even and term.exp > 0) or (even and self.nonzero(term.base)) or self._root(term)
        if isinstance(term, (Big, Prod)):
            return self._below_binder(term).nonneg(term.args[0])
        return isinstance(term, Ex) and self.surely().nonneg(term.args[0])

    def _even_negatives(self, term: sp.Mul, test: Callable[[Term], bool]) -> bool:
        """A product whose factors pass the test, an even number of them with a minus sign."""
        negatives, strict = 0, test == self.pos
        for factor in term.args:
            if test(factor):
                continue
            if isinstance(factor, (sp.Add, sp.Number)):
                minus = test(-factor)
            else:
                minus = self._from_facts(-factor, strict)
            if not minus:
                return False
            negatives += 1
        return negatives % 2 == 0

    def _root(self, term: sp.Pow) -> bool:
        base, exponent = term.base, term.exp
        if self.pos(base):
            return True
        return bool(exponent.is_Rational and exponent > 0 and self.nonneg(base))

    def pos(self, term: Term) -> bool:
        """0 < term, by recursion on form."""
        if term.is_Rational:
            return bool(term > 0)
        if self._from_facts(term, strict=True) or isinstance(term, sp.exp):
            return True
        if isinstance(term, sp.Add):
            return all(self.nonneg(a) for a in term.args) and any(self.pos(a) for a in term.args)
        if isinstance(term, sp.Mul):
            return self._even_negatives(term, self.pos)
        if isinstance(term, sp.Min):
            return all(self.pos(a) for a in term.args)
        if isinstance(term, sp.Max):
            return any(self.pos(a) for a in term.args)
        if isinstance(term, sp.Abs):
            return self.nonzero(term.args[0])
        if isinstance(term, sp.log):
            return self.pos(term.args[0] - 1)
        if isinstance(term, sp.Pow):
            even = isinstance(term.exp, sp.Integer) and term.exp % 2 == 0
            return self.pos(term.base) or bool(even and self.nonzero(term.base))
        return isinstance(term, Prod) and self._below_binder(term).pos(term.args[0])

    def nonzero(self, term: Term) -> bool:
        """term is not 0: positive, negative, or a product or power of such."""
        if term.is_Rational:
            return bool(term != 0)
        if isinstance(term, sp.Mul):
            return all(self.nonzero(a) for a in term.args)
        if isinstance(term, sp.Pow) and isinstance(term.exp, sp.Integer):
            return self.nonzero(term.base)
        return self.pos(term) or self.pos(-term)

    def _below_binder(self, term: Term) -> Judge:
        """A judge for the body: the facts plus what is known of the bound index."""
        _, index, lo, hi = term.args
        return self.ranging(index, lo, hi)

    def ranging(self, index: Sym, lo: Term, hi: Term) -> Judge:
        """A judge for all lo <= index < hi at once."""
        return _Ranged(self.without(index), index, lo, hi)

    def defined(self, term: Term) -> None:
        """Every subterm has a value: no division by zero, no root or logarithm out of range.

        Raises
        ------
        ProofError
            Names the subterm whose side condition is not shown.
        """
        if isinstance(term, sp.Pow):
            self._defined_power(term)
        elif isinstance(term, sp.log) and not self.pos(term.args[0]):
            raise ProofError(f"log of {term.args[0]}, which is not shown to be positive.")
        if isinstance(term, (Big, Prod)):
            self._below_binder(term).defined(term.args[0])
            for bound in term.args[2:]:
                self.defined(bound)
            return
        inside = self.surely() if isinstance(term, Ex) else self
        for arg in term.args:
            inside.defined(arg)

    def makes_sense(self, formula: Formula) -> None:
        """Every term of a formula has a value wherever its guards hold.

        Raises
        ------
        ProofError
            As ``defined``.
        """
        if isinstance(formula, ForAll):
            inner = self.without(formula.var)
            for guard in formula.guards:
                inner.makes_sense(guard)
                inner.facts.append((guard, None))
            inner.makes_sense(formula.body)
        elif isinstance(formula, Independent):
            self.ranging(formula.index, sp.Integer(0), formula.count).defined(formula.member)
            self.defined(formula.count)
            self.defined(formula.given)
        else:
            for term in formula.terms():
                self.defined(term)

    def _defined_power(self, term: sp.Pow) -> None:
        base, exponent = term.base, term.exp
        if isinstance(exponent, sp.Integer):
            if exponent < 0 and not self.nonzero(base):
                raise ProofError(
                    f"division by {base}, which is not shown to be different from zero: "
                    "offer a fact that says so.",
                    residual=str(base),
                )
            return
        if not (self.pos(base) or (exponent.is_Rational and exponent > 0 and self.nonneg(base))):
            raise ProofError(
                f"the power {term} needs a base that is shown to be positive "
                "(non-negative for a positive fixed exponent).",
                residual=str(base),
            )

    def measurable(self, term: Term, given: Term) -> bool:
        """Whether the term is known given the sigma-algebra ``given``."""
        return measurable(self, term, given)


class _Ranged(Judge):
    """A judge inside a binder: the index runs over lo <= index < hi."""

    def __init__(self, outer: Judge, index: Sym, lo: Term, hi: Term) -> None:
        super().__init__((), outer)
        self.range = {Le(lo, index), Lt(index, hi)}
        self.index, self.lo = index, lo
        for concl, fact in outer.facts:
            if isinstance(concl, ForAll) and fits(concl.var, index):
                here = {concl.var: index}
                if {g.subst(here) for g in concl.guards} <= self.range:
                    self.facts.append((concl.body.subst(here), fact))

    def holds(self, formula: Formula) -> bool:
        return formula in self.range or super().holds(formula)

    def nonneg(self, term: Term) -> bool:
        return (term == self.index and self.lo == 0) or super().nonneg(term)
