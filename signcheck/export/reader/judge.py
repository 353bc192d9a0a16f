"""Side conditions: signs, values, what is known given a past. From form and facts, nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from signcheck.export.reader.terms import Refused, Terms

NORMS = ("N1", "Noo", "Nuc", "Op")
POINTWISE = (*NORMS, "Val", "Grad", "Sgn", "Pol", "Co", "En", "Ind", "Prof")
FIXED = ("trivial", "d", "rows", "columns")
NO_VALUE = ("function", "sigma", "profile", "fam:real", "fam:random", "fam:int", "fam:vector",
            "fam:rvector")  # fmt: skip
SIMPLE = ("Add", "Mul", "Pow", "Abs", "sign", "Max", "Min", "exp", "log", "erf", "const")


class Fact(NamedTuple):
    """A formula that holds; ``sure`` if at every outcome, not only in one case."""

    formula: int
    sure: bool


class Judge:
    """Answers from facts. "No" means "not shown"."""

    def __init__(self, terms: Terms, facts: Iterable[Fact]) -> None:
        self.t, self.facts = terms, list(facts)

    def need(self, fine: bool, why: str) -> None:
        """Refuse a step."""
        if not fine:
            raise Refused(why)

    def without(self, *bound: int) -> Judge:
        """Facts on namesakes of bound symbols are left out."""
        kept = (f for f in self.facts if not self.t.free(f.formula) & set(bound))
        return Judge(self.t, kept)

    def surely(self) -> Judge:
        """Inside an expectation."""
        return Judge(self.t, (f for f in self.facts if f.sure))

    def ranging(self, index: int, lo: int, hi: int) -> Judge:
        """For all lo <= index < hi."""
        inner = self.without(index)
        inner.facts += [Fact(self.t.make("Le", lo, index), sure=True)]
        inner.facts += [Fact(self.t.make("Lt", index, hi), sure=True)]
        ends = {fact.formula for fact in inner.facts[-2:]}
        for fact in inner.facts[:-2]:
            op, *parts = self.t.rows[fact.formula]
            if op == "ForAll" and fits(self.t, parts[0], index):
                here = {parts[0]: index}
                if {self.t.put(g, here) for g in parts[2:]} <= ends:
                    inner.facts.append(Fact(self.t.put(parts[1], here), fact.sure))
        return inner

    def nonneg(self, x: int) -> bool:
        """0 <= x."""
        return self.sign(x, strict=False)

    def pos(self, x: int) -> bool:
        """0 < x."""
        return self.sign(x, strict=True)

    def sign(self, x: int, *, strict: bool) -> bool:
        """0 <= x, or 0 < x, by recursion on form."""
        op, *parts = self.t.rows[x]
        if op == "num":
            return bool(parts[0] > 0 or (parts[0] == 0 and not strict))
        if self._known(x, strict) or (op == "const" and parts[0] in ("pi", "e")):
            return True
        if op in ("Abs", "exp", "Ind", *NORMS) and not strict:
            return True
        if op in ("exp", "Abs"):
            return op == "exp" or self.nonzero(parts[0])
        if op == "Add":
            return all(map(self.nonneg, parts)) and (not strict or any(map(self.pos, parts)))
        if op == "Mul":
            return self._even(parts, strict=strict)
        if op in ("Min", "Max"):
            inside = (self.sign(p, strict=strict) for p in parts)
            return all(inside) if op == "Min" else any(inside)
        if op == "log":
            return self.sign(self.t.minus(parts[0], self.t.one), strict=strict)
        if op == "Pow":
            return self._power(*parts, strict=strict)
        if op in ("Big", "Prod") and (op == "Prod" or not strict):
            return self.ranging(*parts[1:]).sign(parts[0], strict=strict)
        return op == "Ex" and not strict and self.surely().nonneg(parts[0])

    def _power(self, base: int, exponent: int, *, strict: bool) -> bool:
        n = self.t.number(exponent)
        if n is not None and n.denominator == 1 and n % 2 == 0:
            return (n > 0 and not strict) or self.nonzero(base)
        return self.pos(base) or (not strict and n is not None and n > 0 and self.nonneg(base))

    def _even(self, factors: Iterable[int], *, strict: bool) -> bool:
        """An even number of factors fail the test and pass it with a minus sign."""
        negative = [f for f in factors if not self.sign(f, strict=strict)]
        return len(negative) % 2 == 0 and all(self._minus(f, strict) for f in negative)

    def _minus(self, x: int, strict: bool) -> bool:
        mirror = self.t.minus(self.t.zero, x)
        if self.t.rows[x][0] in ("Add", "num"):
            return self.sign(mirror, strict=strict)
        return self._known(mirror, strict)

    def _known(self, x: int, strict: bool) -> bool:
        for fact in self.facts:
            op, *parts = self.t.rows[self._at(fact.formula, x)]
            if op not in ("Le", "Lt"):
                continue
            low = self.t.number(parts[0])
            level = parts[1] == x and low is not None and low >= 0
            if (level and bool(low)) or (
                (op == "Lt" or not strict)
                and (level or self.t.same(self.t.minus(parts[1], parts[0]), x))
            ):
                return True
        return False

    def _at(self, formula: int, x: int) -> int:
        """The instance of a for-all that speaks of a member x, if its guards hold."""
        op, *parts = self.t.rows[formula]
        if op != "ForAll" or self.t.rows[x][0] != "Ap":
            return formula
        body = self.t.rows[parts[1]]
        pattern = body[1] if body[0] == "Measurable" else body[-1]
        one, other = self.t.rows[pattern], self.t.rows[x]
        if one[:2] != other[:2] or len(one) != len(other) or parts[0] not in one[2:]:
            return formula
        value = other[one.index(parts[0], 2)]
        values = {parts[0]: value}
        guards = (self.t.put(g, values) for g in parts[2:])
        if not fits(self.t, parts[0], value) or not all(map(self.holds, guards)):
            return formula
        return self.t.put(parts[1], values)

    def nonzero(self, x: int) -> bool:
        """x is not 0."""
        op, *parts = self.t.rows[x]
        if op == "Mul":
            return all(map(self.nonzero, parts))
        if op == "Pow" and self.t.is_int(parts[1]) and self.t.number(parts[1]) is not None:
            return self.nonzero(parts[0])
        return self.pos(x) or self.pos(self.t.minus(self.t.zero, x))

    def holds(self, formula: int) -> bool:
        """A formula is a fact, or true by the sign of a difference."""
        op, *parts = self.t.rows[formula]
        if any(self.t.equal(fact.formula, formula) for fact in self.facts):
            return True
        if op in ("Le", "Lt"):
            return self.sign(self.t.minus(parts[1], parts[0]), strict=op == "Lt")
        if op == "Measurable":
            return self.measurable(*parts)
        return op == "Eq" and self.t.same(*parts)

    def defined(self, *nodes: int) -> None:
        """Every term in terms or formulas has a value where the guards hold."""
        for node in nodes:
            op, *parts = self.t.rows[node]
            inner = self
            if op == "Pow":
                self._defined_power(*parts)
            elif op == "log":
                self.need(self.pos(parts[0]), "a logarithm of what is not shown to be positive")
            elif op == "ForAll":
                inner = self.without(parts[0])
                for guard in parts[2:]:
                    inner.defined(guard)
                    inner.facts.append(Fact(guard, sure=True))
                parts = [parts[1]]
            elif op in ("Big", "Prod"):
                self.ranging(*parts[1:]).defined(parts[0])
                parts = parts[2:]
            elif op == "Independent":
                self.ranging(parts[1], self.t.zero, parts[2]).defined(parts[0])
                parts = parts[2:]
            elif op == "Ex":
                inner = self.surely()
            inner.defined(*(p for p in parts if isinstance(p, int)))

    def _defined_power(self, base: int, exponent: int) -> None:
        n = self.t.number(exponent)
        if n is not None and n.denominator == 1:
            self.need(n >= 0 or self.nonzero(base), "a division by what may be zero")
        else:
            fine = self.pos(base) or (n is not None and n > 0 and self.nonneg(base))
            self.need(fine, "a root of what may be negative")

    def measurable(self, term: int, given: int) -> bool:
        """Whether a term is known given a sigma-algebra."""
        op, *parts = self.t.rows[term]
        if not self.t.is_random(term) or (op == "Ex" and parts[1] == given):
            return True
        wanted = self.t.make("Measurable", term, given)
        if any(self.t.equal(self._at(fact.formula, term), wanted) for fact in self.facts):
            return True
        if op in ("Big", "Prod"):
            fixed = not any(map(self.t.is_random, parts[2:]))
            return fixed and self.ranging(*parts[1:]).measurable(parts[0], given)
        inside = (self.measurable(p, given) for p in parts if isinstance(p, int))
        return op in POINTWISE + SIMPLE and all(inside)


def fits(t: Terms, symbol: int, value: int | tuple[tuple[int, ...], int]) -> bool:
    """Whether a term may stand for a symbol: its sort, and no chance where none is allowed."""
    sort = t.sort(symbol).removeprefix("fam:")
    indices, body = value if isinstance(value, tuple) else ((), value)
    if isinstance(value, tuple) and any(t.sort(i) != "int" for i in indices):
        return False
    if t.rows[symbol][1] in FIXED or sort == "profile":
        return False
    if t.sort(symbol).startswith("fam:") and not isinstance(value, tuple):
        twin = {"random": "real", "rvector": "vector"}.get(sort, sort)
        return t.sort(body) in (f"fam:{sort}", f"fam:{twin}")
    if sort in ("function", "sigma"):
        return t.sort(body) == sort or (sort == "sigma" and t.rows[body][0] == "Past")
    chance = sort in ("random", "rvector") or not t.is_random(body)
    fine = t.is_int(body) if sort == "int" else t.is_vector(body) == (sort in ("vector", "rvector"))
    return chance and fine and t.rows[body][0] != "Past" and t.sort(body) not in NO_VALUE
