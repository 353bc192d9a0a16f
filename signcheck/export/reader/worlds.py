"""Values of terms in worlds: fields of prime order in which every atom has a random value.

A world has one of the primes P = 2 N + 1 with N prime, too, and 2, 3, .. 31 squares modulo P. Sums,
products and whole powers are evaluated modulo P, so two rational functions that differ agree in a
world with a probability of at most degree/P < 2**-100. The squares modulo P stand for the positive
numbers: their group has the prime order N, so a square has powers with exponents modulo N, and
every law of powers and roots of positive numbers holds. Terms are first compared in formal worlds,
where a root, |x|, sign(x) and an indicator are atoms: what agrees there holds whatever they are.
What does not is compared where the sign of x is 1 if x is a square and -1 if not, a fair coin. With
j roots and signs a wrong equation fails for one of 2**j outcomes at least; it survives the WORLDS *
2**j worlds in which it is tried with a probability below exp(-WORLDS) < 10**-6 (for j > 4, which
few equations have, it is tried in 224 worlds, and the bound is (1 - 2**-j)**224). The root of what
is no square here is an atom; then an equation that fails says nothing. A sum over a range is a
weighted sum over a few indices, a linear form like any other; expectations, norms and members of
families are atoms, the same for equal parts. The seed is that of the file: a verdict can be
reproduced.
"""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha512
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signcheck.export.reader.terms import Terms

PRIMES = (
    170141183460469231731053107578037177319,
    170141183460469231731063084267062668199,
    170141183460469231731075762860621142719,
    170141183460469231731480538950755600519,
    170141183460469231731430793873758790279,
    170141183460469231731195942877375229879,
    170141183460469231731047237473065342839,
    170141183460469231731574863252540085799,
    170141183460469231731423419826622727759,
    170141183460469231731266814649301371799,
    170141183460469231731533721259609553039,
    170141183460469231730885312635979628959,
)
PLAIN, WORLDS, MOST_COINS, MOST = 2, 14, 4, 100
NODES = 4
Ranges = frozenset[tuple[int, int]]
Value = Any  # a residue, or {atom: residue} for a vector


class NoValueError(Exception):
    """A division by zero in this world."""


class World:
    """One assignment of values; ``ordered`` are ranges (lo, hi) with lo <= hi."""

    def __init__(self, terms: Terms, seed: Any, k: int, ordered: Ranges, *, formal: bool) -> None:
        self._terms, self._seed, self._ordered = terms, (seed, k), ordered
        self._formal = formal
        self.p = PRIMES[k % len(PRIMES)]
        self._found: dict[tuple[int, int], tuple[Value, bool]] = {}
        self._signs: dict[int, Value] = {}
        self.rough = False

    def draw(self, *key: Any) -> int:
        """A random whole number for a key."""
        return int.from_bytes(sha512(repr((self._seed, key)).encode()).digest(), "big")

    def value(self, node: int, m: int = 0) -> Value:
        """The value of a term modulo m, or P; sets ``rough`` if a root in it had to be an atom."""
        m = m or self.p
        if (node, m) not in self._found:
            before, self.rough = self.rough, False
            self._found[node, m] = self._compute(node, m), self.rough
            self.rough = before
        value, rough = self._found[node, m]
        self.rough = self.rough or rough
        return value

    def _compute(self, node: int, m: int) -> Value:
        op, *parts = self._terms.rows[node]
        special = getattr(self, f"_{op.lower()}", None)
        if special is not None:
            return special(m, *parts)
        image = (self._key(self.value(p)) if isinstance(p, int) else p for p in parts)
        atom = self.draw(op, *image)
        return {atom: 1} if self._terms.is_vector(node) else atom % m

    @staticmethod
    def _key(value: Value) -> Any:
        return tuple(sorted(value.items())) if isinstance(value, dict) else value

    def _num(self, m: int, number: Fraction) -> int:
        return number.numerator * pow(number.denominator, -1, m) % m

    def _add(self, m: int, *parts: int) -> Value:
        values = [self.value(part, m) for part in parts]
        if not isinstance(values[0], dict):
            return sum(values) % m
        total: dict[int, int] = {}
        for atom, c in (item for value in values for item in value.items()):
            total[atom] = (total.get(atom, 0) + c) % m
        return {atom: c for atom, c in total.items() if c}

    def _mul(self, m: int, *parts: int) -> Value:
        number, vector = 1, None
        for value in (self.value(part, m) for part in parts):
            if isinstance(value, dict):
                if vector is not None:
                    raise TypeError("two points have no product")
                vector = value
            else:
                number = number * value % m
        if vector is None:
            return number
        return {atom: c * number % m for atom, c in vector.items() if number}

    def _pow(self, m: int, base: int, exponent: int) -> int:
        b, e = self.value(base, m), self._terms.number(exponent)
        if b == 0:
            if e is None or e < 0:
                raise NoValueError
            return 0
        if e is not None and e.denominator == 1:
            return pow(b, e.numerator, m)
        order = (m - 1) // 2
        if self._formal:
            return self.draw("Pow", b, self.value(exponent)) % m
        if m != self.p or self._sign_of(b, m) < 0:
            self.rough = True
            return self.draw("Pow", b, self.value(exponent)) % m
        return pow(b, self.value(exponent, order), m)

    def _exp(self, m: int, exponent: int) -> int:
        """The power of a random square, so that no number is e; x log(y) gives y**x."""
        total, base = 1, pow(self.draw("base of exp"), 2, m)
        for part in self._terms.parts(exponent, "Add"):
            factors = self._terms.parts(part, "Mul")
            logs = [f for f in factors if self._terms.rows[f][0] == "log"]
            if len(logs) == 1:
                rest = self._terms.make("Mul", *(f for f in factors if f != logs[0]))
                total = total * self._pow(m, self._terms.rows[logs[0]][1], rest) % m
            else:
                total = total * pow(base, self.value(part, (m - 1) // 2), m) % m
        return total

    @staticmethod
    def _sign_of(x: int, m: int) -> int:
        power = pow(x, (m - 1) // 2, m)
        return -1 if power == m - 1 else power

    def _log(self, m: int, x: int) -> int:
        value = self.value(x, m)
        return 0 if value == 1 else self.draw("log", value) % m

    def _erf(self, m: int, x: int) -> int:
        """An odd function."""
        value = self.value(x, m)
        return int(value) * self.draw("erf", value * value % m) % m

    def _apart(self, op: str, value: int, m: int) -> tuple[int, int]:
        """The sign of x, and an atom for a function of x and of -x.

        In formal worlds the sign is 1 for one of x and -x, and -1 for the other one.
        """
        if not self._formal:
            return self._sign_of(value, m), 1
        return 1 if value <= m - value else -1, self.draw(op, min(value, m - value)) % m

    def _abs(self, m: int, x: int) -> int:
        value = int(self.value(x, m))
        sign, atom = self._apart("Abs", value, m)
        return atom if self._formal else value * sign % m

    def _sign(self, m: int, x: int) -> int:
        sign, atom = self._apart("sign", int(self.value(x, m)), m)
        return sign * atom % m

    def _ind(self, m: int, x: int) -> int:
        if self._formal:
            return self.draw("Ind", self.value(x)) % m
        return int(self._sign_of(self.value(x, m), m) >= 0)

    def _max(self, m: int, *parts: int) -> int:
        return self.draw("Max", sorted({self.value(p) for p in parts})) % m

    def _min(self, m: int, *parts: int) -> int:
        return self.draw("Min", sorted({self.value(p) for p in parts})) % m

    def _inner(self, m: int, u: int, v: int) -> int:
        pairs = [(*sorted((a, b)), c * e) for a, c in self.value(u).items()
                 for b, e in self.value(v).items()]  # fmt: skip
        return int(sum(self.draw("Inner", a, b) * c for a, b, c in pairs) % m)

    def _sgn(self, _: int, u: int) -> Value:
        atom = self.draw("Sgn", self._key(self.value(u)))
        self._signs[atom] = self.value(u)
        return {atom: 1}

    def _co(self, m: int, u: int, i: int) -> int:
        return self._place(self.value(u), "Co", self.value(i)) % m

    def _en(self, m: int, u: int, i: int, j: int) -> int:
        return self._place(self.value(u), "En", self.value(i), self.value(j)) % m

    def _place(self, vector: dict[int, int], op: str, *place: int) -> int:
        """A coordinate is linear; of a coordinatewise sign it is the sign."""
        total = 0
        for atom, c in vector.items():
            if op == "Co" and atom in self._signs:
                value = self._place(self._signs[atom], op, *place) % self.p
                sign, coin = self._apart("sign", value, self.p)
                total += c * sign * coin
            else:
                total += c * self.draw(op, atom, *place)
        return total

    def _big(self, m: int, body: int, index: int, lo: int, hi: int) -> int:
        ends = self.value(lo), self.value(hi)
        weights = [self.draw("weight", *ends, k) for k in range(NODES)]
        if (lo, hi) in self._ordered:
            weights[0] = self.value(hi, m) - self.value(lo, m) - sum(weights[1:])
        points = [self._terms.make("pt", f"index {k}") for k in range(NODES)]
        values = [self.value(self._terms.put(body, {index: point}), m) for point in points]
        return int(sum(w * x for w, x in zip(weights, values, strict=True)) % m)

    def _prod(self, m: int, body: int, index: int, lo: int, hi: int) -> int:
        point = self._terms.make("pt", f"factor {self._terms.height(body)}")
        factor = self.value(self._terms.put(body, {index: point}))
        return self.draw("Prod", factor, self.value(lo), self.value(hi)) % m
