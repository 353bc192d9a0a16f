"""Equality of terms by evaluation at enough exact points: no simplifier, no polynomial arithmetic.

A term is a place in a table of rows ``(operator, part, ...)``. As a function of its atoms
(everything that is not a sum, a product or a power) a difference of terms is N/D, where bounds of
N's degrees can be read off the form. They describe a set of exponents that contains with (a, b, ..)
all smaller ones, and a polynomial with exponents in such a set A is zero if it vanishes at the
points (x_a, y_b, ..), (a, b, ..) in A, whatever distinct numbers x_0, x_1, .. are (by induction on
the variables). So finitely many values prove that two terms are the same. A root r of order q is an
atom with r**q = base: a value is a combination of powers of roots, and all of it has to vanish.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import Any

MOST_POINTS = 50_000
SYMBOLS, OTHERS = -1, -2  # keys of the joint degrees in symbols and in all other atoms
Value = dict[tuple[tuple[int, int], ...], Fraction | int]  # coefficients of products of roots


class UndecidedError(Exception):
    """Too many points, or a quotient that the evaluation cannot form."""


class Terms:
    """A table of terms; equal rows have equal places, and atoms are alike if their rows are."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self._places: dict[tuple[Any, ...], int] = {}
        self._factors: dict[int, list[tuple[int, int]]] = {}

    def make(self, *row: Any) -> int:
        """The place of a row."""
        if row not in self._places:
            self._places[row] = len(self.rows)
            self.rows.append(row)
        return self._places[row]

    def number(self, value: int | Fraction) -> int:
        """The place of a rational number."""
        return self.make("num", Fraction(value))

    def minus(self, a: int, b: int) -> int:
        """a - b."""
        return self.make("Add", a, self.make("Mul", self.number(-1), b))

    def alike(self, a: int, b: int) -> bool:
        """Whether two atoms are the same variable."""
        return a == b

    def factors(self, power: int) -> list[tuple[int, int]]:
        """A power as whole powers: of its base, of a root of it, of its symbolic powers."""
        base, exponent = self.rows[power][1:]
        op, *parts = self.rows[exponent]
        if op == "Add":
            return [(self.make("Pow", base, part), 1) for part in parts]
        n, rest = Fraction(parts[0] if op == "num" else 1), [exponent] * (op != "num")
        if op == "Mul":
            rest = [part for part in parts if self.rows[part][0] != "num"]
            for number in (part for part in parts if part not in rest):
                n *= self.rows[number][1]
        if rest and n.denominator > 1:
            return [(power, 1)]
        unit = self.number(Fraction(1, n.denominator))
        inside = unit if not rest else rest[0] if len(rest) == 1 else self.make("Mul", *rest)
        whole = not rest and n.denominator == 1
        return [(base if whole else self.make("Pow", base, inside), n.numerator)]

    def walk(self, place: int, algebra: Any) -> Any:
        """The term's image in an algebra: its degrees, or its value at a point."""
        if place not in algebra.found:
            op, *parts = self.rows[place]
            if op == "Pow" and place not in self._factors:
                self._factors[place] = self.factors(place)
            if op == "Pow" and self._factors[place] != [(place, 1)]:
                images = [(n, f, self.walk(f, algebra)) for f, n in self._factors[place]]
                powers = ([x if n > 0 else algebra.inverse(f, x)] * abs(n) for n, f, x in images)
                image = algebra.product(sum(powers, [algebra.number(Fraction(1))]))
            elif op == "Pow" and self.rows[parts[1]][0] == "num":
                order = self.rows[parts[1]][1].denominator
                image = algebra.root(place, self.walk(parts[0], algebra), order)
            elif op in ("Add", "Mul"):
                images = [self.walk(part, algebra) for part in parts]
                image = algebra.sum(images) if op == "Add" else algebra.product(images)
            else:
                image = algebra.number(parts[0]) if op == "num" else algebra.atom(place)
            algebra.found[place] = image
        return algebra.found[place]

    def vanishes(self, place: int) -> bool:
        """Whether a term is zero at enough points, and so everywhere it has a value."""
        degrees = Degrees(self)
        top, _ = self.walk(place, degrees)
        for shift in range(20):
            try:
                for number, point in enumerate(degrees.points(top)):
                    if number > MOST_POINTS:
                        raise UndecidedError
                    if self.walk(place, Values(degrees, point, shift)):
                        return False
            except ZeroDivisionError:
                continue
            return True
        raise UndecidedError


class Degrees:
    """(degrees of the numerator, exponents of the denominators) of a term."""

    def __init__(self, terms: Terms) -> None:
        self.terms, self.atoms = terms, list[int]()
        self.found: dict[int, Any] = {}
        self._known: dict[int, int] = {}
        self._below: dict[int, Counter[int]] = {}

    def place(self, atom: int) -> int:
        """The number of an atom: of the first one that is like it."""
        if atom not in self._known:
            alike = (k for k, a in enumerate(self.atoms) if self.terms.alike(a, atom))
            self._known[atom] = next(alike, len(self.atoms))
            self.atoms += [atom] if self._known[atom] == len(self.atoms) else []
        return self._known[atom]

    def points(self, top: Counter[int], start: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
        """All exponents that the numerator can have, one for each atom."""
        if len(start) == len(self.atoms):
            yield start
            return
        group = self._group(self.atoms[len(start)])
        pairs = zip(start, self.atoms, strict=False)
        spent = sum(n for n, atom in pairs if self._group(atom) == group)
        for n in range(int(min(top[len(start)], top[group] - spent)) + 1):
            yield from self.points(top, (*start, n))

    def _group(self, atom: int) -> int:
        return SYMBOLS if self.terms.rows[atom][0] in ("sym", "Pow") else OTHERS

    def number(self, _: Fraction) -> Any:
        return Counter(), Counter()

    def atom(self, place: int) -> Any:
        return Counter({self.place(place): Fraction(1), self._group(place): Fraction(1)}), Counter()

    def root(self, place: int, base: Any, order: int) -> Any:
        self.place(place)
        return tuple(Counter({k: d / order for k, d in part.items()}) for part in base)

    def sum(self, images: list[Any]) -> Any:
        common = reduce(or_, (below for _, below in images))
        return reduce(or_, (self._cleared(top, common - below) for top, below in images)), common

    def product(self, images: list[Any]) -> Any:
        return tuple(sum(parts, Counter()) for parts in zip(*images, strict=True))

    def inverse(self, place: int, image: Any) -> Any:
        self._below[place] = image[0]
        return self._cleared(Counter(), image[1]), Counter({place: Fraction(1)})

    def _cleared(self, top: Counter[int], missing: Counter[int]) -> Counter[int]:
        for factor, n in missing.items():
            top = top + Counter({k: d * n for k, d in self._below[factor].items()})
        return top


class Values:
    """Values at one point."""

    def __init__(self, degrees: Degrees, point: tuple[int, ...], shift: int) -> None:
        self._place, self.found = degrees.place, dict[int, Any]()
        self._point = [3 + shift + (7 + 2 * shift) * k + n for k, n in enumerate(point)]
        self._roots: dict[int, tuple[int, Value]] = {}

    def number(self, value: Fraction) -> Value:
        return {(): value if value.denominator > 1 else int(value)} if value else {}

    def atom(self, place: int) -> Value:
        return {(): self._point[self._place(place)]}

    def root(self, place: int, base: Value, order: int) -> Value:
        self._roots[self._place(place)] = order, base
        return {((self._place(place), 1),): 1}

    def sum(self, images: list[Value]) -> Value:
        out: Value = {}
        for image in images:
            for roots, c in image.items():
                out[roots] = out.get(roots, 0) + c
        return {roots: c for roots, c in out.items() if c}

    def product(self, images: list[Value]) -> Value:
        return reduce(self._times, images)

    def _times(self, a: Value, b: Value) -> Value:
        pairs = [(r, s, c * d) for r, c in a.items() for s, d in b.items()]
        if all(not r or not s for r, s, _ in pairs):
            return {r or s: c for r, s, c in pairs}
        return self.sum([self._reduced(Counter(dict(r)) + Counter(dict(s)), c) for r, s, c in pairs])

    def _reduced(self, powers: Counter[int], c: Fraction | int) -> Value:
        """A product of powers of roots, r**q replaced by the base."""
        left = {r: n % self._roots[r][0] for r, n in powers.items()}
        out: Value = {tuple(sorted((r, n) for r, n in left.items() if n)): c}
        whole = [self._roots[r][1] for r, n in powers.items() for _ in range(n // self._roots[r][0])]
        return reduce(self._times, whole, out)

    def inverse(self, place: int, image: Value) -> Value:
        if len(image) > 1:
            # A square root goes with its sign: (a + b r)(a - b r) has no r.
            root = max(r for roots in image for r, _ in roots)
            if self._roots[root][0] != 2:
                raise UndecidedError
            other = {roots: -c if root in dict(roots) else c for roots, c in image.items()}
            return self.product([other, self.inverse(place, self.product([image, other]))])
        ((roots, c),) = image.items() or [((), 0)]
        out: Value = {(): Fraction(1) / c}
        for r, n in roots:
            q, base = self._roots[r]
            out = self.product([out, self._reduced(Counter({r: q - n}), 1), self.inverse(place, base)])
        return out
