"""What a leaf's equation needs beside its certificate: multiples of root^2 - base, all zero."""

from __future__ import annotations

from typing import Any

import sympy as sp

from signcheck.export.coq_names import Names
from signcheck.export.coq_syntax import is_root, number, polynomial, real
from signcheck.kernel.algebra import Fractions
from signcheck.kernel.terms import Term

__all__ = ["cofactors", "product_of"]


def cofactors(total: Term, names: Names) -> list[str]:
    """Write a term that vanishes by its roots as a sum of cofactor * (root^2 - base).

    A fourth root is the square root of a square root, so that it meets the square root of the same
    number.
    """
    roots = [g for g in Fractions.over(total).order if is_root(g) and int(g.exp.q) == 4]
    halves = [sp.sqrt(g.base) for g in roots]
    ring_field = Fractions.over(total, *halves)
    num, den = ring_field.convert(total)
    texts = [real(g, names) for g in ring_field.order]
    squares = [p for p, g in enumerate(ring_field.order) if is_root(g) and int(g.exp.q) == 2]
    fourths = [ring_field.order.index(g) for g in roots]
    found: list[str] = []
    for place in [*fourths, *squares]:
        gen = ring_field.order[place]
        inner = sp.sqrt(gen.base) if place in fourths else gen.base
        n, d = ring_field.convert(inner)
        rest, top = _lowered(num, place, n, d)
        if top == 0:
            continue
        quotient = (num * d**top - rest).exquo(d * ring_field.elements[gen] ** 2 - n)
        den *= d**top
        above, below = (quotient * d).cancel(den)
        cofactor = f"({polynomial(above, texts)} * / {product_of(below, texts)})"
        found.append(f"{cofactor} * ({texts[place]} ^ 2 - {real(inner, names)})")
        num = rest
    return found


def _lowered(num: Any, place: int, n: Any, d: Any) -> tuple[Any, int]:
    """d^top times a numerator with r^2 = n/d put in for the variable r at that place; top."""
    if not num:
        return num, 0
    top = max(monomial[place] for monomial in num.monoms()) // 2
    out = num.ring.zero
    for monomial, coefficient in num.terms():
        k, r = divmod(monomial[place], 2)
        rest = (*monomial[:place], r, *monomial[place + 1 :])
        out += num.ring.term_new(rest, coefficient) * n**k * d ** (top - k)
    return out, top


def product_of(poly: Any, generators: list[str]) -> str:
    """A polynomial as the product of its factors: each is seen to be nonzero by itself."""
    unit, factors = poly.factor_list()
    parts = [number(int(unit.numerator), int(unit.denominator))]
    parts += [polynomial(f, generators) for f, k in factors for _ in range(k)]
    return f"({' * '.join(parts)})"
