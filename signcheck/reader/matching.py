"""Substitution, and equality of terms and formulas up to arithmetic, bound names and roots.

The reader needs this where a step puts something in: the kernel's algebra has tidied up what came
out, and only arithmetic tells that it is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from signcheck.reader.points import Terms

__all__ = ["BINDERS", "Matching"]

BINDERS = ("Big", "Prod")  # (body, index, lo, hi)
# Where a row or formula has its bound symbol, and which of its parts the symbol ranges over.
BOUND = {"Big": (2, (1,)), "Prod": (2, (1,)), "ForAll": (1, (2, 3)), "Independent": (2, (1,))}


class Matching(Terms):
    """A table of terms in which atoms are alike if their parts are equal by arithmetic."""

    def __init__(self) -> None:
        super().__init__()
        self._free: dict[Any, frozenset[int]] = {}
        self._same: dict[tuple[int, int], bool] = {}

    def make(self, *row: Any) -> int:
        """The place of a row; |number| is a number, and sums and products are flat and sorted."""
        op, *parts = row
        if op == "Abs" and self.rows[parts[0]][0] == "num":
            return self.number(abs(self.rows[parts[0]][1]))
        if op in ("Add", "Mul"):
            nested = ([p] if self.rows[p][0] != op else self.rows[p][1:] for p in parts)
            parts = sorted(p for group in nested for p in group)
        return super().make(op, *parts)

    def free(self, x: Any) -> frozenset[int]:
        """Free symbols of a term (a place), of a formula, or of several of them."""
        if not isinstance(x, (int, tuple, frozenset)):
            return frozenset()
        if x not in self._free:
            row = self.rows[x] if isinstance(x, int) else x
            if isinstance(x, int) and self.rows[x][0] == "sym":
                self._free[x] = frozenset((x,))
            elif isinstance(row, tuple) and row and row[0] in BOUND:
                symbol, scope = BOUND[row[0]]
                rest = (p for k, p in enumerate(row) if k not in (symbol, *scope))
                inside = self.free(tuple(row[k] for k in scope)) - {row[symbol]}
                self._free[x] = inside.union(*map(self.free, rest))
            else:
                self._free[x] = frozenset[int]().union(*map(self.free, row))
        return self._free[x]

    def fresh(self, symbol: int) -> int:
        """A symbol that occurs nowhere: rows from a file are shorter."""
        return self.make(*self.rows[symbol][:3], len(self.rows))

    def renamed(self, row: Any, new: int) -> Any:
        """A row or formula that binds, with another bound symbol."""
        symbol, scope = BOUND[row[0]]
        inside = {row[symbol]: new}
        return tuple(
            new if k == symbol else self.put(p, inside) if k in scope else p
            for k, p in enumerate(row)
        )

    def put(self, x: Any, values: dict[int, Any]) -> Any:
        """Replace free symbols; a family by another one or by ``(indices, body)``."""
        if not self.free(x) & set(values):
            return x
        row = self.rows[x] if isinstance(x, int) else x
        if row[0] == "sym":
            return values[x]
        if row[0] in BOUND:
            row = self.renamed(row, self.fresh(row[BOUND[row[0]][0]]))
        if row[0] == "Ap" and isinstance(values.get(row[1]), tuple):
            indices, body = values[row[1]]
            members = (self.put(part, values) for part in row[2:])
            return self.put(body, dict(zip(indices, members, strict=True)))
        parts = tuple(self.put(part, values) for part in row)
        return self.make(*parts) if isinstance(x, int) else parts

    def same(self, a: int, b: int) -> bool:
        """Whether two terms are equal by arithmetic, their atoms equal part by part."""
        if a != b and (a, b) not in self._same:
            self._same[a, b] = self.vanishes(self.minus(a, b))
        return a == b or self._same[a, b]

    def alike(self, a: int, b: int) -> bool:
        """Whether two atoms have the same operator and equal parts; |x| is |-x|."""
        one, other = self.rows[a], self.rows[b]
        if a == b or one[0] != other[0] or one[0] in ("sym", "num"):
            return a == b
        if one[0] == "Abs" and self.same(one[1], self.minus(self.number(0), other[1])):
            return True
        return self.equal(one, other)

    def equal(self, a: Any, b: Any) -> bool:
        """Whether two formulas, or the rows of two atoms, are equal part by part."""
        if a == b:
            return True
        if isinstance(a, int) and isinstance(b, int):
            return self.same(a, b)
        both = isinstance(a, tuple) and isinstance(b, tuple)
        if not both or len(a) != len(b) or a[:1] in (("sym",), ("num",)):
            return False
        if a[0] == b[0] and a[0] in BOUND:
            new = self.fresh(a[BOUND[a[0]][0]])
            a, b = self.renamed(a, new), self.renamed(b, new)
        return all(map(self.equal, a, b))

    def among(self, formula: Any, formulas: Iterable[Any]) -> bool:
        """Whether a formula is one of several; those with the same free symbols are tried first."""
        kind = [f for f in formulas if f[0] == formula[0]]
        near = sorted(kind, key=lambda f: (f != formula, self.free(f) != self.free(formula)))
        return any(self.equal(formula, f) for f in near)

    def factors(self, power: int) -> list[tuple[int, int]]:
        """Also apart: positive numbers below a root, roots of roots, primes of a number."""
        base, exponent = self.rows[power][1:]
        (op, *parts), e = self.rows[base], self.rows[exponent]
        if e[0] != "num" or e[1].denominator == 1:
            return super().factors(power)
        if op == "num" and parts[0] > 0 and [*_primes(parts[0])] != [(parts[0], 1)]:
            primes = _primes(parts[0])
            return [(self.make("Pow", self.number(p), self.number(n * e[1])), 1) for p, n in primes]
        inner = self.rows[parts[1]] if op == "Pow" else ("", Fraction(1))
        if inner[0] == "num" and inner[1].denominator > 1:
            return [(self.make("Pow", parts[0], self.number(inner[1] * e[1])), 1)]
        numbers = [p for p in parts if op == "Mul" and self._positive(p)]
        if not numbers:
            return super().factors(power)
        rest = [p for p in parts if p not in numbers]
        inside = [rest[0] if len(rest) == 1 else self.make("Mul", *rest)] if rest else []
        return [(self.make("Pow", p, exponent), 1) for p in (*numbers, *inside)]

    def _positive(self, place: int) -> bool:
        op, *parts = self.rows[place]
        return bool(op == "num" and parts[0] > 0) or (op == "Pow" and self._positive(parts[0]))


def _primes(value: Fraction) -> list[tuple[int, int]]:
    """Primes of a positive number with their exponents."""
    out = []
    for whole, sign in ((value.numerator, 1), (value.denominator, -1)):
        left, p = whole, 2
        while left > 1:
            n = 0
            while left % p == 0:
                left, n = left // p, n + 1
            out += [(p, sign * n)] if n else []
            p = p + 1 if p * p <= left else left
    return out
