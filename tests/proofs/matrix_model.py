"""A numerical model of statements about matrices: finitely many outcomes, terms read in float64.

Every formula is read from its own tree, so a test of a statement tests what is stated and not what
was meant. A for-all over weights is tried at unit vectors and at random ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import sympy as sp

from hardinstances.geometry import MATRIX, polar_map
from signcheck import kernel as k
from signcheck.kernel.terms import (
    COLUMNS,
    ROWS,
    TRIVIAL,
    Ap,
    Big,
    En,
    Ex,
    Inner,
    Nuc,
    Op,
    Pol,
)

ROOM = 1e-9
NORMS = {Nuc: MATRIX.norm, Op: MATRIX.dual}


@dataclass(frozen=True)
class MatrixModel:
    """Outcomes with probabilities; a symbol has a number, an array, a function of indices, or one
    array for each outcome (``chance``). ``known[F]`` labels the outcomes that F tells apart.
    """

    shape: tuple[int, int]
    probabilities: Sequence[float]
    values: Mapping[k.Sym, Any]
    chance: Mapping[k.Sym, Sequence[Any]] = field(default_factory=dict)
    known: Mapping[k.Sym, Sequence[int]] = field(default_factory=dict)

    def having(self, symbol: k.Sym, value: Any) -> MatrixModel:
        """The model with one more value."""
        return replace(self, values={**self.values, symbol: value})

    def term(self, term: Any, outcome: int) -> Any:
        """Value of a term at an outcome: a float or an array."""
        if term in self.chance:
            return self.chance[term][outcome]
        if term in self.values:
            return self.values[term]
        sizes = {ROWS: self.shape[0], COLUMNS: self.shape[1]}
        if term in sizes:
            return sizes[term]
        if isinstance(term, Ex):
            return self._mean(term, outcome)
        if isinstance(term, Big):
            body, index, lo, hi = term.args
            ends = (int(self.term(t, outcome)) for t in (lo, hi))
            return sum(self.having(index, n).term(body, outcome) for n in range(*ends))
        parts = [self.term(a, outcome) for a in term.args]
        if isinstance(term, Ap):
            return parts[0](*map(int, parts[1:]))
        if isinstance(term, En):
            return parts[0][int(parts[1]), int(parts[2])]
        if isinstance(term, Inner):
            return float(np.vdot(*parts))
        if isinstance(term, Pol):
            return np.asarray(polar_map(parts[0]))
        if type(term) in NORMS:
            return float(NORMS[type(term)](parts[0]))
        if isinstance(term, (sp.Add, sp.Mul)):
            total = parts[0]
            for part in parts[1:]:
                total = total + part if isinstance(term, sp.Add) else total * part
            return total
        return parts[0] ** parts[1] if isinstance(term, sp.Pow) else float(term)

    def _mean(self, term: Any, outcome: int) -> float:
        body, given = term.args
        labels = [0] * len(self.probabilities) if given == TRIVIAL else self.known[given]
        same = [n for n, label in enumerate(labels) if label == labels[outcome]]
        weight = sum(self.probabilities[n] for n in same)
        return sum(self.probabilities[n] * self.term(body, n) for n in same) / weight

    def gaps(self, formula: k.Formula) -> Iterator[float]:
        """How much each instance of a relation has to spare; negative where it fails."""
        if isinstance(formula, k.ForAll):
            for value in self._choices(formula):
                yield from self.having(formula.var, value).gaps(formula.body)
        elif isinstance(formula, k.Measurable):
            values = [self.term(formula.term, n) for n in range(len(self.probabilities))]
            labels = self.known[formula.given]
            for n, value in enumerate(values):
                yield -float(np.abs(value - values[labels.index(labels[n])]).max())
        else:
            for n in range(len(self.probabilities)):
                left, right = (self.term(t, n) for t in formula.terms())  # type: ignore[attr-defined]
                yield -abs(right - left) if isinstance(formula, k.Eq) else right - left

    def _choices(self, formula: k.ForAll) -> Iterator[Any]:
        if formula.var.sort == "int":
            high = next(g.rhs for g in formula.guards if isinstance(g, k.Lt))
            yield from range(int(self.term(high, 0)))
        else:
            rng = np.random.default_rng(0)
            for weights in (*np.eye(self.shape[0]), *rng.normal(size=(5, self.shape[0]))):
                yield _lookup(weights)

    def holds(self, formula: k.Formula) -> bool:
        """Whether a formula holds at every outcome, up to rounding."""
        return min(self.gaps(formula)) >= -ROOM


def _lookup(values: Any) -> Callable[[int], float]:
    return lambda n: float(values[n])
