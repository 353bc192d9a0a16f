"""Terms and steps of the reader, written by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from signcheck.export.reader.check import Move, Step
from signcheck.export.reader.judge import Fact, Judge
from signcheck.export.reader.terms import Terms

NOTHING: frozenset[int] = frozenset()


class Table(Terms):
    """Terms written as sympy expressions."""

    def of(self, e: Any) -> int:
        """The row of a sympy expression; every symbol is real, t and n are integers."""
        e = sp.sympify(e, {"N": sp.Symbol("N"), "E": sp.Symbol("E")})
        if e.is_Symbol:
            return self.sym(e.name, "int" if e.name in ("t", "n") else "real")
        if e.is_Rational:
            return self.num(Fraction(int(e.p), int(e.q)))
        return self.make(type(e).__name__, *map(self.of, e.args))

    def relation(self, kind: str, a: Any, b: Any) -> int:
        return self.make(kind, self.of(a), self.of(b))


def move(t: Terms, claim: int, *facts: int) -> Move:
    judge = Judge(t, [Fact(f, sure=True) for f in facts])
    return Move(t, judge, claim, NOTHING, NOTHING, lambda formula: formula)


def step(claim: int, *hyps: int, splits: tuple[int, ...] = ()) -> Step:
    return Step(claim, frozenset(hyps), frozenset(splits), frozenset())
