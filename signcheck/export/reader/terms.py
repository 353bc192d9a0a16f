"""The table of terms and formulas: rows ``(operator, part, ...)``, parts are places of rows.

Sums, products and powers of numbers are tidied up where a row is made; that two terms are equal
is decided by their values in worlds, that two formulas are equal part by part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from signcheck.export.reader.worlds import COINS, MOST, PLAIN, NoValueError, World

BINDERS = ("Big", "Prod")
# Where a row has its bound symbol, and the parts over which the symbol ranges (ForAll: all).
BOUND = {"Big": (1, 0), "Prod": (1, 0), "ForAll": (0, None), "Independent": (1, 0)}
RELATIONS = ("Le", "Lt", "Eq")
VECTORS = ("Grad", "Sgn", "Pol")
COINED = ("Abs", "sign", "Ind", "Sgn")


class Refused(Exception):  # noqa: N818 - what a rule says of a step
    """A step does not follow; the message says why."""


class Terms:
    """All terms and formulas of a file."""

    def __init__(self, seed: Any = 0) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self._places: dict[tuple[Any, ...], int] = {}
        self._free: dict[int, frozenset[int]] = {}
        self._worlds: dict[Any, World] = {}
        self._seed = seed
        self.profiles: dict[int, Any] = {}
        self.zero, self.one = self.num(0), self.num(1)
        self.trivial = self.make("sym", "trivial", "sigma")

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

    def sym(self, name: str, sort: str) -> int:
        """The place of a symbol."""
        return self.make("sym", name, sort)

    def sort(self, node: int) -> str:
        """The sort of a symbol; nothing for other terms."""
        return str(self.rows[node][2]) if self.rows[node][0] == "sym" else ""

    def is_vector(self, node: int) -> bool:
        """Whether a term is a point."""
        op, *parts = self.rows[node]
        if op in ("Add", "Mul"):
            return any(map(self.is_vector, parts))
        sort = self.sort(parts[0]).removeprefix("fam:") if op == "Ap" else self.sort(node)
        return sort in ("vector", "rvector") or op in VECTORS

    def is_int(self, node: int) -> bool:
        """Whether a term is an integer by its form."""
        op, *parts = self.rows[node]
        if op == "num":
            return bool(parts[0].denominator == 1)
        if op == "Pow":
            n = self.number(parts[1])
            return self.is_int(parts[0]) and n is not None and n.denominator == 1 and n >= 0
        if op in ("Add", "Mul"):
            return all(map(self.is_int, parts))
        return self.sort(node) == "int" or (op == "Ap" and self.sort(parts[0]) == "fam:int")

    def is_random(self, node: int) -> bool:
        """Whether chance can change a term or formula."""
        op, *parts = self.rows[node]
        if op == "sym":
            return self.sort(node).removeprefix("fam:") in ("random", "rvector")
        if op == "Ex":
            return bool(parts[1] != self.trivial)
        return any(self.is_random(p) for p in parts if isinstance(p, int))

    def has(self, node: int, ops: tuple[str, ...]) -> bool:
        """Whether one of the operators stands in a term or formula."""
        op, *parts = self.rows[node]
        return op in ops or any(self.has(p, ops) for p in parts if isinstance(p, int))

    def tosses(self, node: int) -> bool:
        """Whether the value of a term depends on signs: a root, |x|, sign(x) or an indicator."""
        op, *parts = self.rows[node]
        e = self.number(parts[1]) if op == "Pow" else None
        root = op == "Pow" and (e is None or e.denominator > 1)
        inside = (self.tosses(p) for p in parts if isinstance(p, int))
        return root or op in COINED or any(inside)

    def height(self, node: int) -> int:
        """How deep binders are nested in a term."""
        op, *parts = self.rows[node]
        return (op in BINDERS) + max(
            (self.height(p) for p in parts if isinstance(p, int)), default=0
        )

    def free(self, node: int) -> frozenset[int]:
        """Free symbols of a term or formula."""
        if node not in self._free:
            op, *parts = self.rows[node]
            if op == "sym":
                self._free[node] = frozenset((node,))
            else:
                symbol, scope = BOUND.get(op, (-1, None))
                found = frozenset[int]()
                for place, part in enumerate(parts):
                    if isinstance(part, int) and place != symbol:
                        inside = op in BOUND and scope in (place, None)
                        found |= self.free(part) - ({parts[symbol]} if inside else set())
                self._free[node] = found
        return self._free[node]

    def private(self, dynamics: int) -> frozenset[int]:
        """Families that belong to the run of a method."""
        return frozenset(s for s in self.free(dynamics) if self.sort(s).startswith("fam:"))

    def put(self, node: int, values: Mapping[int, Any]) -> int:
        """Replace free symbols, a family by another or by ``(indices, body)``, without capture."""
        if not self.free(node) & values.keys():
            return node
        op, *parts = self.rows[node]
        if op == "sym":
            return int(values[node])
        coming = self.coming(values)
        if op == "Dynamics" and self.private(node) & (coming | values.keys()):
            raise Refused("a replacement mentions a family that is private to a method")
        if op in BOUND:
            symbol, _ = BOUND[op]
            if parts[symbol] in coming | values.keys():
                op, *parts = self.opened(node, self.fresh(parts[symbol]))
        if op == "Ap" and isinstance(values.get(parts[0]), tuple):
            indices, body = values[parts[0]]
            members = (self.put(p, values) for p in parts[1:])
            return self.put(body, dict(zip(indices, members, strict=True)))
        return self.make(op, *(self.put(p, values) if isinstance(p, int) else p for p in parts))

    def coming(self, values: Mapping[int, Any]) -> frozenset[int]:
        """Free symbols of replacements."""
        pairs = (v if isinstance(v, tuple) else ((), v) for v in values.values())
        return frozenset[int]().union(*(self.free(body) - set(ix) for ix, body in pairs))

    def fresh(self, symbol: int) -> int:
        """A symbol that occurs nowhere: those of a file have a name and a sort, no more."""
        return self._place((*self.rows[symbol][:3], f"{len(self.rows)}"))

    def opened(self, node: int, symbol: int) -> tuple[Any, ...]:
        """A row that binds, with another bound symbol."""
        op, *parts = self.rows[node]
        place, scope = BOUND[op]
        inside = {parts[place]: symbol}
        return (op, *(
            symbol if k == place else self.put(p, inside) if scope in (k, None) else p
            for k, p in enumerate(parts)
        ))  # fmt: skip

    def swap(self, node: int, old: int, new: int, *, stop: tuple[str, ...] = ()) -> int:
        """Replace a subterm, not below a binder that binds one of its symbols."""
        if node == old:
            return new
        op, *parts = self.rows[node]
        if op in stop and self.free(old) & self.free(node):
            raise Refused("what is to be replaced stands below a binder or an expectation")
        keep: set[int | None] = set()
        if op in BOUND:
            place, scope = BOUND[op]
            caught = parts[place] in self.free(old) | self.free(new)
            keep = {place, scope} if caught else {place}
            if caught and scope is None:
                return node
        return self.make(op, *(
            self.swap(p, old, new, stop=stop) if isinstance(p, int) and k not in keep else p
            for k, p in enumerate(parts)
        ))  # fmt: skip

    def same(self, a: int, b: int, *ordered: tuple[int, int]) -> bool:
        """Whether two terms are equal: in enough worlds, and in none that can tell otherwise."""
        if a == b:
            return True
        need = COINS if self.tosses(a) or self.tosses(b) else PLAIN
        for k in range(MOST):
            key = (k, frozenset(ordered))
            world = self._worlds.setdefault(key, World(self, self._seed, k, key[1]))
            world.rough = False
            try:
                equal = world.value(a) == world.value(b)
            except NoValueError:
                continue
            if not equal and not world.rough:
                return False
            need -= equal
            if not need:
                return True
        return False

    def equal(self, a: Any, b: Any) -> bool:
        """Whether two terms are the same, or two formulas part by part, up to bound names."""
        if a == b or not (isinstance(a, int) and isinstance(b, int)):
            return bool(a == b)
        one, other = self.rows[a], self.rows[b]
        if one[0] not in FORMULAS:
            return other[0] not in FORMULAS and self.same(a, b)
        if one[0] != other[0] or len(one) != len(other):
            return False
        if one[0] in BOUND:
            symbol = one[1 + BOUND[one[0]][0]]
            if self.sort(symbol) != self.sort(other[1 + BOUND[one[0]][0]]):
                return False
            new = self.fresh(symbol)
            one, other = self.opened(a, new), self.opened(b, new)
        return all(map(self.equal, one[1:], other[1:]))


FORMULAS = (*RELATIONS, "ForAll", "Measurable", "Law", "Independent", "Lipschitz", "GapAtMost",
            "Attained", "Dynamics")  # fmt: skip
