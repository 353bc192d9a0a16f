"""Rows of the table, tidied up where they are made: sums, products and powers of numbers.

Nothing rests on this form: that two terms are equal is decided by their values in worlds. It only
makes terms that are built in different ways the same row more often.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any


class Rows:
    """A table of rows ``(operator, part, ...)``, parts are places of rows."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self._places: dict[tuple[Any, ...], int] = {}
        self.zero, self.one = self.num(0), self.num(1)

    def make(self, op: str, *parts: Any) -> int:
        """The place of a row, tidied up."""
        if op in ("Add", "Mul"):
            return self._sum(parts) if op == "Add" else self._product(parts)
        if op == "Pow":
            return self._power(*parts)
        if op in ("Abs", "sign"):
            return self._apart(op, parts[0])
        if op in ("Max", "Min"):
            parts = tuple(sorted({p for part in parts for p in self.parts(part, op)}))
            return parts[0] if len(parts) == 1 else self._place((op, *parts))
        return self._place((op, *parts))

    def _apart(self, op: str, x: int) -> int:
        """|c x| and sign(c x) for a number c: one of x and -x stands for both."""
        first, *rest = self.parts(x, "Mul")
        c = self.number(first)
        x = x if c is None else self._product(rest)
        sign, c = (-1 if c is not None and c < 0 else 1), abs(c) if c is not None else Fraction(1)
        if x == self.one or c == 0:
            return self.num(c if op == "Abs" else sign * (c > 0))
        mirror = self._product((self.num(-1), x))
        sign, x = (-sign, mirror) if mirror < x and self.rows[x][0] == "Add" else (sign, x)
        return self._product((self.num(c if op == "Abs" else sign), self._place((op, x))))

    def _power(self, base: int, exponent: int) -> int:
        b, n = self.number(base), self.number(exponent)
        whole = n is not None and n.denominator == 1
        if n in (0, 1):
            return base if n else self.one
        if b and whole and n is not None:
            return self.num(b ** int(n))
        op, *parts = self.rows[base]
        if whole and op == "Mul":
            return self._product(self._power(p, exponent) for p in parts)
        if whole and op == "Pow":
            return self._power(parts[0], self._product((parts[1], exponent)))
        return self._place(("Pow", base, exponent))

    def _place(self, row: tuple[Any, ...]) -> int:
        if row not in self._places:
            self._places[row] = len(self.rows)
            self.rows.append(row)
        return self._places[row]

    def num(self, value: int | Fraction) -> int:
        """The place of a rational number."""
        return self._place(("num", Fraction(value)))

    def number(self, node: int) -> Fraction | None:
        """The number that a term is, if it is one."""
        op, first = self.rows[node][:2]
        return first if op == "num" else None

    def parts(self, node: int, op: str) -> tuple[int, ...]:
        """Summands or factors; the term itself if it is no sum or product."""
        return self.rows[node][1:] if self.rows[node][0] == op else (node,)

    def _sum(self, parts: Iterable[int]) -> int:
        found: dict[int, Fraction] = {}
        for part in (p for place in parts for p in self.parts(place, "Add")):
            factors = self.parts(part, "Mul")
            c = self.number(factors[0])
            rest = self._joined("Mul", factors[c is not None :], self.one)
            found[rest] = found.get(rest, Fraction(0)) + (1 if c is None else c)
        rows = [self._product((self.num(c), rest)) for rest, c in sorted(found.items()) if c]
        return self._joined("Add", rows, self.zero)

    def _product(self, parts: Iterable[int]) -> int:
        powers: dict[int, Fraction] = {}
        number, flat = Fraction(1), [p for place in parts for p in self.parts(place, "Mul")]
        for factor in flat:
            op, *inside = self.rows[factor]
            n = self.number(inside[1]) if op == "Pow" else None
            base, n = (factor, Fraction(1)) if n is None else (inside[0], n)
            if op == "num":
                number *= inside[0]
            else:
                powers[base] = powers.get(base, Fraction(0)) + n
        made = [self._power(base, self.num(n)) for base, n in powers.items() if n]
        if any(self.rows[p][0] in ("num", "Mul") for p in made):
            return self._product((self.num(number), *made))
        if number == 0:
            return self.zero
        if number != 1 and len(made) == 1 and self.rows[made[0]][0] == "Add":
            return self._sum(self._product((self.num(number), p)) for p in self.rows[made[0]][1:])
        head = [self.num(number)] if number != 1 else []
        return self._joined("Mul", head + sorted(made), self.one)

    def _joined(self, op: str, parts: Iterable[int], empty: int) -> int:
        row = tuple(parts)
        return self._place((op, *row)) if len(row) > 1 else row[0] if row else empty

    def minus(self, a: int, b: int) -> int:
        """a - b."""
        return self.make("Add", a, self.make("Mul", self.num(-1), b))
