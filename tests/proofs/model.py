"""Finite probability spaces in which a statement is evaluated as it is written.

Every formula gets its truth value by enumeration of outcomes, in exact rationals: expectations are
sums, a sigma-algebra is a partition, ``for all`` runs through integers or given points. Nothing of
the kernel is used but the shape of terms and formulas, so that a hypothesis that says something
else than its name shows here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

import flint
import sympy as sp

from signcheck import kernel as k
from signcheck.intervals import enclose
from signcheck.kernel.terms import (
    N1,
    TRIVIAL,
    Ap,
    Big,
    Co,
    Ex,
    Grad,
    Ind,
    Inner,
    Noo,
    Past,
    Prof,
    Sgn,
    Val,
)
from tests.proofs.exact import Q, Ridges, Vec

Draws = list[Any]
"""One value for each outcome."""


def _product(*factors: Any) -> Any:
    scalars = [f for f in factors if not isinstance(f, Vec)]
    (*vectors,) = (f for f in factors if isinstance(f, Vec))
    scale = math.prod(scalars, start=Q(1))
    return scale * vectors[0] if vectors else scale


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator == 1:
        return base ** int(exponent)
    assert exponent == Q(1, 2), "only rational square roots have an exact value"
    root = Q(math.isqrt(base.numerator), math.isqrt(base.denominator))
    assert root * root == base, f"{base} is no square"
    return root


def _joined(term: Any) -> list[Any]:
    """Arguments; the square roots of a product under one root, which may then be rational."""
    args = list(term.args)
    roots = [a for a in args if isinstance(a, sp.Pow) and a.exp == sp.Rational(1, 2)]
    if not isinstance(term, sp.Mul) or len(roots) < 2:
        return args
    whole = sp.Mul(*(a.base for a in roots), evaluate=False)
    return [sp.Pow(whole, sp.Rational(1, 2), evaluate=False), *(a for a in args if a not in roots)]


POINTWISE: dict[type, Callable[..., Any]] = {
    sp.Add: lambda *parts: reduce(add, parts),
    sp.Mul: _product,
    sp.Pow: _power,
    sp.Abs: abs,
    sp.sign: lambda a: Q((a > 0) - (a < 0)),
    sp.Max: max,
    sp.Min: min,
    Ind: lambda a: Q(a >= 0),
    Inner: lambda u, v: u.dot(v),
    N1: lambda u: u.one,
    Noo: lambda u: u.most,
    Sgn: lambda u: u.signs,
    Co: lambda u, i: u[int(i)],
}


@dataclass
class Model:
    """Outcomes with probabilities, and what the symbols of a statement stand for.

    Parameters
    ----------
    probabilities
        One for each outcome.
    values
        Symbol -> number, point, or :class:`Chance` (one value for each outcome).
    families
        Symbol -> function of integers with such values.
    known
        Symbol of a sigma-algebra -> label of each outcome; ``past`` the same for each time.
    function
        What the only function symbol stands for.
    points
        The points that ``for all`` over points runs through.
    times
        The integers ``0 <= t < times`` that ``for all`` without an upper end runs through.
    profile
        Derivative of the only profile, from the point and the parameters.
    """

    probabilities: Sequence[Fraction]
    values: dict[Any, Any] = field(default_factory=dict)
    families: dict[Any, Callable[..., Any]] = field(default_factory=dict)
    known: Mapping[Any, Sequence[Hashable]] = field(default_factory=dict)
    past: Callable[[int], Sequence[Hashable]] | None = None
    function: Ridges | None = None
    points: Sequence[Vec] = ()
    times: int = 1
    profile: Callable[..., Fraction] | None = None
    _seen: dict[Any, Draws] = field(default_factory=dict, init=False, repr=False)

    # ------------------------------------------------------------ terms

    def at(self, term: Any, bound: Mapping[Any, Any] | None = None) -> Draws:
        """The value of a term at each outcome; what was computed before is looked up."""
        bound = bound or {}
        place = term, frozenset(bound.items())
        if place not in self._seen:
            self._seen[place] = self._compute(term, bound)
        return self._seen[place]

    def _compute(self, term: Any, bound: Mapping[Any, Any]) -> Draws:
        if isinstance(term, k.Sym):
            return self._spread(bound[term] if term in bound else self.values[term])
        if term.is_Rational:
            return self._spread(Q(int(term.p), int(term.q)))
        if isinstance(term, Ap):
            indices = [self._integer(a, bound) for a in term.args[1:]]
            return self._spread(self.families[term.args[0]](*indices))
        if isinstance(term, Big):
            body, index, low, high = term.args
            span = range(self._integer(low, bound), self._integer(high, bound))
            summands = [self.at(body, {**bound, index: Q(n)}) for n in span]
            return [sum(column, Q(0)) for column in zip(*summands, strict=True)] or self._spread(
                Q(0)
            )
        if isinstance(term, Ex):
            return self._mean(self.at(term.args[0], bound), self.labels(term.args[1], bound))
        if isinstance(term, (Val, Grad)):
            assert self.function is not None
            of = self.function.value if isinstance(term, Val) else self.function.gradient
            draws = self.at(term.args[1], bound)
            found = {x: of(x) for x in set(draws)}
            return [found[x] for x in draws]
        if isinstance(term, Prof):
            assert self.profile is not None
            columns = [self.at(a, bound) for a in term.args[1:]]
            return [self.profile(*row) for row in zip(*columns, strict=True)]
        columns = [self.at(a, bound) for a in _joined(term)]
        return [POINTWISE[type(term)](*row) for row in zip(*columns, strict=True)]

    def labels(self, sigma: Any, bound: Mapping[Any, Any]) -> Sequence[Hashable]:
        """What is known: outcomes with equal labels cannot be told apart."""
        if sigma == TRIVIAL:
            return [0] * len(self.probabilities)
        if isinstance(sigma, Past):
            assert self.past is not None
            return self.past(self._integer(sigma.args[0], bound))
        return self.known[sigma]

    def _spread(self, value: Any) -> Draws:
        return list(value.draws) if isinstance(value, Chance) else [value] * len(self.probabilities)

    def _integer(self, term: Any, bound: Mapping[Any, Any]) -> int:
        (value,) = set(self.at(term, bound))
        assert value.denominator == 1
        return int(value)

    def _mean(self, draws: Draws, labels: Sequence[Hashable]) -> Draws:
        mass: dict[Hashable, Fraction] = {}
        total: dict[Hashable, Any] = {}
        for p, draw, label in zip(self.probabilities, draws, labels, strict=True):
            mass[label] = mass.get(label, Q(0)) + p
            total[label] = total.get(label, Q(0)) + p * draw
        return [total[label] / mass[label] for label in labels]

    # ------------------------------------------------------------ formulas

    def holds(self, formula: k.Formula, bound: Mapping[Any, Any] | None = None) -> bool:
        """Truth of a formula, at every outcome."""
        bound = bound or {}
        if isinstance(formula, k.ForAll):
            return all(self.holds(formula.body, inner) for inner in self._instances(formula, bound))
        if isinstance(formula, k.Relation):
            sides = zip(self.at(formula.lhs, bound), self.at(formula.rhs, bound), strict=True)
            if isinstance(formula, k.Eq):
                return all(a == b for a, b in sides)
            return all(a < b or (a == b and isinstance(formula, k.Le)) for a, b in sides)
        if isinstance(formula, k.Measurable):
            pairs = zip(
                self.labels(formula.given, bound), self.at(formula.term, bound), strict=True
            )
            return len(found := set(pairs)) == len({label for label, _ in found})
        if isinstance(formula, k.Independent):
            return self._independent(formula, bound)
        assert isinstance(formula, k.Law)
        return self._has_law(formula, bound)

    def _instances(
        self, formula: k.ForAll, bound: Mapping[Any, Any]
    ) -> Iterator[Mapping[Any, Any]]:
        var = formula.var
        if var.sort == "int":
            ends = [g.rhs for g in formula.guards if isinstance(g, k.Lt) and g.lhs == var]
            stop = min([self._integer(end, bound) for end in ends] or [self.times])
            candidates: Sequence[Any] = [Q(n) for n in range(stop)]
        else:
            candidates = self.points
        found = [{**bound, var: value} for value in candidates]
        found = [b for b in found if all(self.holds(g, b) for g in formula.guards)]
        assert found, f"{formula} is empty in this model"
        yield from found

    def _independent(self, formula: k.Independent, bound: Mapping[Any, Any]) -> bool:
        count = self._integer(formula.count, bound)
        members = [self.at(formula.member, {**bound, formula.index: Q(n)}) for n in range(count)]
        labels = self.labels(formula.given, bound)
        for label in set(labels):
            here = [w for w, other in enumerate(labels) if other == label]
            mass = sum(self.probabilities[w] for w in here)
            marginals = [self._law(member, here) for member in members]
            joint = self._law([tuple(row) for row in zip(*members, strict=True)], here)
            for values in itertools.product(*marginals):
                product = math.prod(
                    (law[v] / mass for law, v in zip(marginals, values, strict=True)), start=Q(1)
                )
                if joint.get(values, Q(0)) / mass != product:
                    return False
        return True

    def _has_law(self, formula: k.Law, bound: Mapping[Any, Any]) -> bool:
        labels, draws = self.labels(formula.given, bound), self.at(formula.term, bound)
        values = [self.at(v, bound) for v in formula.values]
        weights = [self.at(p, bound) for p in formula.probabilities]
        for label in set(labels):
            here = [w for w, other in enumerate(labels) if other == label]
            mass = sum(self.probabilities[w] for w in here)
            found = {v: p / mass for v, p in self._law(draws, here).items()}
            stated: dict[Any, Fraction] = {}
            for value, weight in zip(values, weights, strict=True):
                stated[value[here[0]]] = stated.get(value[here[0]], Q(0)) + weight[here[0]]
            if found != {v: p for v, p in stated.items() if p}:
                return False
        return True

    def _law(self, draws: Draws, outcomes: Sequence[int]) -> dict[Any, Fraction]:
        law: dict[Any, Fraction] = {}
        for w in outcomes:
            law[draws[w]] = law.get(draws[w], Q(0)) + self.probabilities[w]
        return law

    # ------------------------------------------------------------ conclusions

    def demands(self, conclusion: k.Formula) -> list[flint.arb]:
        """Left minus right side at each outcome, its atoms evaluated here, its roots enclosed."""
        assert isinstance(conclusion, k.Le)
        term = conclusion.lhs - conclusion.rhs
        columns = {atom: self.at(atom) for atom in atoms(term)}
        rows = range(len(self.probabilities) if conclusion.random() else 1)
        return [enclose(term, {a: rational(c[w]) for a, c in columns.items()}) for w in rows]

    def refutes(self, conclusion: k.Formula) -> bool:
        """Whether the conclusion is certainly false at some outcome."""
        return any(d > 0 for d in self.demands(conclusion))


@dataclass(frozen=True)
class Chance:
    """A random value: one for each outcome."""

    draws: tuple[Any, ...]


def rational(number: Fraction) -> sp.Rational:
    """The same number for sympy."""
    return sp.Rational(number.numerator, number.denominator)


def atoms(term: Any) -> set[Any]:
    """The largest subterms that are not built by arithmetic."""
    if isinstance(term, (sp.Add, sp.Mul, sp.Pow, sp.Abs, sp.Max, sp.Min, sp.exp, sp.log)):
        return set().union(*map(atoms, term.args))
    return set() if term.is_Rational else {term}


def refuted(conclusion: k.Formula, values: Mapping[Any, Any]) -> bool:
    """Whether ``lhs <= rhs`` is certainly false at these values of its atoms."""
    assert isinstance(conclusion, k.Le)
    return bool(enclose(conclusion.lhs - conclusion.rhs, values) > 0)
