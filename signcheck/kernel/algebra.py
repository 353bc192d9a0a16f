"""Exact algebra: a term as a quotient of two polynomials with rational coefficients.

Everything that is not a sum, a product or a power is one generator. Roots are generators r with
r**q = base; powers with symbolic exponents split into generators by the summands of the exponent.
The arithmetic is that of sympy's sparse polynomial rings over QQ; no sympy simplifier takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.polys.rings import ring

from signcheck.kernel.terms import Term


def split_power(term: sp.Pow) -> list[tuple[Term, int]]:
    """``base**exponent`` as a product of generators with integer exponents."""
    base, exponent = term.base, term.exp
    if exponent.is_Rational:
        return [(sp.Pow(base, sp.Rational(1, exponent.q)), int(exponent.p))]
    out: list[tuple[Term, int]] = []
    for part in sp.Add.make_args(sp.expand_mul(exponent)):
        factor, rest = part.as_coeff_Mul()
        if not factor.is_Integer:
            rest, factor = part, sp.Integer(1)
        if rest == 1:
            out.append((base, int(factor)))
        else:
            out.append((sp.Pow(base, rest), int(factor)))
    return out


def generators(term: Term, out: dict[Term, int], depth: int = 0) -> None:
    """Collect the generators below ``term`` with the depth at which they stand."""
    if isinstance(term, (sp.Add, sp.Mul)):
        for arg in term.args:
            generators(arg, out, depth)
    elif isinstance(term, sp.Pow) and isinstance(term.exp, sp.Integer):
        generators(term.base, out, depth)
    elif isinstance(term, sp.Pow):
        for base, _ in split_power(term):
            if isinstance(base, sp.Pow) and not isinstance(base.exp, sp.Integer):
                out[base] = max(out.get(base, 0), depth)
                if base.exp.is_Rational:
                    generators(base.base, out, depth + 1)
            else:
                generators(base, out, depth)
    elif not term.is_Rational:
        out[term] = max(out.get(term, 0), depth)


@dataclass(frozen=True)
class Fractions:
    """The field in which one identity is checked."""

    elements: dict[Term, Any]
    one: Any
    order: list[Term]

    @staticmethod
    def over(*terms: Term) -> Fractions:
        """The smallest field that holds all the terms."""
        depths: dict[Term, int] = {}
        for term in terms:
            generators(term, depths)
        order = sorted(depths, key=lambda g: (depths[g], sp.srepr(g)))
        domain, *gens = ring([f"g{k}" for k in range(max(len(order), 1))], sp.QQ)
        return Fractions(dict(zip(order, gens, strict=False)), domain.one, order)

    def convert(self, term: Term) -> tuple[Any, Any]:
        """``term`` as (numerator, denominator)."""
        if term.is_Rational:
            return self.one * sp.QQ(int(term.p), int(term.q)), self.one
        if term in self.elements:
            return self.elements[term], self.one
        if isinstance(term, sp.Add):
            num, den = self.one * 0, self.one
            for arg in term.args:
                n, d = self.convert(arg)
                num, den = (num + n, den) if d == den else (num * d + n * den, den * d)
            return num, den
        if isinstance(term, sp.Mul):
            num, den = self.one, self.one
            for arg in term.args:
                n, d = self.convert(arg)
                num, den = num * n, den * d
            return num, den
        num, den = self.one, self.one
        integer = isinstance(term.exp, sp.Integer)
        for base, k in [(term.base, int(term.exp))] if integer else split_power(term):
            n, d = self.convert(base)
            n, d = (n, d) if k >= 0 else (d, n)
            num, den = num * n ** abs(k), den * d ** abs(k)
        return num, den

    def reduce(self, numerator: Any) -> Any:
        """Replace r**q by its base for every root r, the deepest last; a zero stays a zero."""
        for place, gen in sorted(enumerate(self.order), key=lambda pair: pair[0]):
            if isinstance(gen, sp.Pow) and gen.exp.is_Rational and numerator:
                numerator = self._reduce_root(numerator, place, gen)
        return numerator

    def reduce_to(self, numerator: Any) -> Any | None:
        """Like ``reduce``, but equal to the input; None if that needs a denominator."""
        for place, gen in enumerate(self.order):
            if isinstance(gen, sp.Pow) and gen.exp.is_Rational and numerator:
                high = max(monomial[place] for monomial in numerator.monoms()) >= gen.exp.q
                if high and not self.convert(gen.base)[1].is_ground:
                    return None
        return self.reduce(numerator)

    def _reduce_root(self, numerator: Any, place: int, gen: sp.Pow) -> Any:
        q = int(gen.exp.q)
        n, d = self.convert(gen.base)
        top = max(monomial[place] for monomial in numerator.monoms()) // q
        out = self.one * 0
        for monomial, coefficient in numerator.terms():
            k, r = divmod(monomial[place], q)
            rest = (*monomial[:place], r, *monomial[place + 1 :])
            out += numerator.ring.term_new(rest, coefficient) * n**k * d ** (top - k)
        return out


def difference(lhs: Term, rhs: Term) -> Any:
    """Numerator of lhs - rhs after clearing denominators and reducing roots; 0 iff they agree."""
    field = Fractions.over(lhs, rhs)
    (ln, ld), (rn, rd) = field.convert(lhs), field.convert(rhs)
    return field.reduce(ln * rd - rn * ld)


def coefficients(term: Term, chosen: Any) -> tuple[dict[tuple[tuple[Term, int], ...], Term], Term]:
    """Split numerator(term) by monomials in the generators that ``chosen`` accepts.

    Returns the map from monomial (generators with exponents) to its coefficient, and the
    denominator, both as terms. The denominator must not contain a chosen generator.
    """
    field = Fractions.over(term)
    num, den = field.convert(term)
    picked = [k for k, g in enumerate(field.order) if chosen(g)]
    if any(m[k] for m in den.monoms() for k in picked):
        raise ValueError("a chosen generator stands in a denominator")
    out: dict[tuple[tuple[Term, int], ...], Term] = {}
    for monomial, c in num.terms():
        key = tuple((field.order[k], monomial[k]) for k in picked if monomial[k])
        rest = [g ** monomial[k] for k, g in enumerate(field.order) if k not in picked]
        piece = sp.Mul(sp.Rational(int(c.numerator), int(c.denominator)), *rest)
        out[key] = out.get(key, sp.Integer(0)) + piece
    back = [
        sp.Mul(
            sp.Rational(int(c.numerator), int(c.denominator)),
            *(g ** m[k] for k, g in enumerate(field.order)),
        )
        for m, c in den.terms()
    ]
    return out, sp.Add(*back)
