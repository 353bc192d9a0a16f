"""The table of terms and formulas: rows ``(operator, part, ...)``, parts are places of rows.

Sums, products and powers of numbers are tidied up where a row is made; that two terms are equal
is decided by their values in worlds, that two formulas are equal part by part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signcheck.export.reader.rows import Rows
from signcheck.export.reader.worlds import (
    MOST,
    MOST_COINS,
    PLAIN,
    WORLDS,
    NoValueError,
    Ranges,
    World,
)

BINDERS = ("Big", "Prod")
# Where a row has its bound symbol, and the parts over which the symbol ranges (ForAll: all).
BOUND = {"Big": (1, 0), "Prod": (1, 0), "ForAll": (0, None), "Independent": (1, 0)}
RELATIONS = ("Le", "Lt", "Eq")
VECTORS = ("Grad", "Sgn", "Pol")
COINED = ("Abs", "sign", "Ind", "Sgn")
# Which parts of a row are points; all other parts of these rows, and of NUMERIC ones, are not.
POINTED = {
    **dict.fromkeys(("N1", "Noo", "Nuc", "Op", "Sgn", "Pol", "Co", "En"), (0,)),
    "Inner": (0, 1), "Grad": (1,),
}  # fmt: skip
NUMERIC = ("Abs", "sign", "exp", "log", "erf", "Ind", "Pow", "Max", "Min")


class Refused(Exception):  # noqa: N818 - what a rule says of a step
    """A step does not follow; the message says why."""


class Terms(Rows):
    """All terms and formulas of a file."""

    def __init__(self, seed: Any = 0) -> None:
        super().__init__()
        self._free: dict[int, frozenset[int]] = {}
        self._coins: dict[int, frozenset[int]] = {}
        self._worlds: dict[Any, World] = {}
        self._seed = seed
        self.profiles: dict[int, Any] = {}
        self.trivial = self.make("sym", "trivial", "sigma")

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

    def is_term(self, op: str, parts: list[Any]) -> bool:
        """Whether terms go together as the parts of a row: numbers, points, no formulas."""
        rows = [p for p in parts if isinstance(p, int)]
        if op in ("sym", "num", "const", "oo", "none") or op in (set(FORMULAS) - set(RELATIONS)):
            return True
        if any(self.rows[p][0] in (*FORMULAS, "oo") for p in rows):
            return False
        points = [self.is_vector(p) for p in rows]
        if op == "Mul":
            return sum(points) <= 1
        if op in ("Add", *RELATIONS):
            return len(set(points)) == 1 and (op in ("Add", "Eq") or not any(points))
        wanted = POINTED.get(op, () if op in NUMERIC else None)
        return wanted is None or all(is_point == (k in wanted) for k, is_point in enumerate(points))

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

    def tosses(self, node: int) -> frozenset[int]:
        """What in a term depends on signs: roots, |x|, sign(x), indicators."""
        if node not in self._coins:
            op, *parts = self.rows[node]
            e = self.number(parts[1]) if op == "Pow" else None
            root = op == "Pow" and (e is None or e.denominator > 1)
            # Every coordinate of a sign is a coin of its own.
            placed = op == "Co" and self.has(parts[0], ("Sgn",))
            own = frozenset((node,)) if root or placed or op in COINED else frozenset[int]()
            inside = (self.tosses(p) for p in parts if isinstance(p, int))
            self._coins[node] = own.union(*inside)
        return self._coins[node]

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
        """Whether two terms are equal: whatever roots and signs are, or else for what they are."""
        if a == b or self._agree(a, b, frozenset(ordered), PLAIN, formal=True):
            return True
        coins = len(self.tosses(a) | self.tosses(b))
        need = WORLDS << min(coins, MOST_COINS)
        return coins > 0 and self._agree(a, b, frozenset(ordered), need, formal=False)

    def _agree(self, a: int, b: int, ordered: Ranges, need: int, *, formal: bool) -> bool:
        """Whether the values are equal in enough worlds, and in none that can tell otherwise."""
        for k in range(MOST * need):
            key = (k, ordered, formal)
            if key not in self._worlds:
                self._worlds[key] = World(self, self._seed, k, ordered, formal=formal)
            world = self._worlds[key]
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
