"""A second look at every equation of exact algebra in a proof, without sympy's polynomials.

Sympy is asked for the tree of a term only. The polynomials are FLINT's ``fmpq_mpoly``; everything
that is not a sum, a product or a power is a variable, and a root r is a variable with r**q = base.
Each step is rebuilt from what it states and from its premises, so nothing that the first check
computed is read again. What is looked at: ``certificate``, ``identity`` and every step that records
pairs of equal terms (laws, supports of laws, pieces of profiles that meet).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import sympy as sp

from hardinstances.errors import ProofError
from signcheck.kernel.formulas import Relation
from signcheck.kernel.terms import Term
from signcheck.kernel.theorem import Sequent, Theorem, sequent

ONE, MINUS = sp.Integer(1), sp.Integer(-1)
Product = tuple[Term, ...]


class Step(NamedTuple):
    """One step that was looked at again, and how it was confirmed."""

    theorem: Theorem
    how: str

    def __str__(self) -> str:
        content = sequent(self.theorem)
        return f"{content.label or content.rule}: {content.concl} [{self.how}]"


def steps(thm: Theorem) -> Iterator[Theorem]:
    """All steps of a proof, each once, premises before what rests on them."""
    seen: set[int] = set()
    stack = [(thm, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((premise, False) for premise in sequent(node).premises)


def recheck(thm: Theorem) -> list[Step]:
    """Confirm every equation of exact algebra that the proof of ``thm`` rests on.

    Raises
    ------
    ProofError
        Names the first step whose equation FLINT does not confirm, with what is left of it.
    """
    return [step for node in steps(thm) for step in recheck_step(node)]


def recheck_step(thm: Theorem) -> list[Step]:
    """``recheck`` of the last step of a proof alone."""
    content = sequent(thm)
    return [Step(thm, _confirm(content, products)) for products in _claims(content)]


def _claims(content: Sequent) -> Iterator[list[Product]]:
    """Lists of products whose sums have to vanish."""
    detail = content.detail if isinstance(content.detail, dict) else {}
    for left, right in detail.get("equal", ()):
        yield [(left,), (MINUS, right)]
    if content.rule != "certificate":
        return
    goal, (multipliers, slack) = content.concl, detail["terms"]
    assert isinstance(goal, Relation)
    products: list[Product] = [(goal.rhs,), (MINUS, goal.lhs)]
    for multiplier, premise in zip(multipliers, content.premises, strict=False):
        known = sequent(premise).concl
        assert isinstance(known, Relation)
        products += [(MINUS, multiplier, known.rhs), (multiplier, known.lhs)]
    yield products + [(MINUS, term) for term in slack]


def _confirm(content: Sequent, products: list[Product]) -> str:
    field = _Field(factor for product in products for factor in product)
    total = field.zero
    for product in products:
        value = field.one
        for factor in product:
            value = field.times(value, field.ratio(factor))
        total = field.plus(total, value)
    rest = field.without_roots(total[0])
    if not rest.is_zero():
        name = content.label or content.rule
        raise ProofError(
            f"step {name}: FLINT does not confirm {content.concl}; report this, since the kernel "
            "accepted it.",
            step=name,
            residual=str(rest),
        )
    roots = f", {len(field.roots)} of them roots" if field.roots else ""
    return f"FLINT: 0 as a polynomial in {len(field.places)} variables{roots}"


def _powers(term: sp.Pow) -> list[tuple[Term, int]]:
    """A power with a fractional or symbolic exponent as a product of natural powers of factors."""
    base, exponent = term.base, term.exp
    if exponent.is_Rational:
        return [(sp.Pow(base, sp.Rational(1, exponent.q)), int(exponent.p))]
    out: list[tuple[Term, int]] = []
    for part in sp.Add.make_args(sp.expand_mul(exponent)):
        factor, rest = part.as_coeff_Mul()
        whole = isinstance(factor, sp.Integer)
        out.append((sp.Pow(base, rest), int(factor)) if whole else (sp.Pow(base, part), 1))
    return out


class _Field:
    """Quotients of FLINT polynomials in the variables of some terms.

    A quotient is a pair (numerator, denominator), reduced by their common divisor.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        import flint

        self.places: dict[Term, int] = {}
        self.heights: dict[Term, int] = {}
        for term in terms:
            self._collect(term)
        names = [f"v{place}" for place in range(max(len(self.places), 1))]
        self.context = flint.fmpq_mpoly_ctx.get(names, flint.Ordering.lex)
        self.variables = self.context.gens()
        self.number = flint.fmpq
        unit = self.context.constant(1)
        self.zero, self.one = (unit * 0, unit), (unit, unit)
        # A root is taken out before the roots that its base contains.
        self.roots = sorted(self.heights, key=lambda root: -self.heights[root])

    def _collect(self, term: Term) -> int:
        """Give places to the variables below a term; returns how deep its roots are nested."""
        if term.is_Rational:
            return 0
        if isinstance(term, (sp.Add, sp.Mul)):
            return max(map(self._collect, term.args))
        if isinstance(term, sp.Pow) and isinstance(term.exp, sp.Integer):
            return self._collect(term.base)
        if isinstance(term, sp.Pow):
            return max(self._collect_factor(factor) for factor, _ in _powers(term))
        self.places.setdefault(term, len(self.places))
        return 0

    def _collect_factor(self, factor: Term) -> int:
        if not isinstance(factor, sp.Pow) or isinstance(factor.exp, sp.Integer):
            return self._collect(factor)
        self.places.setdefault(factor, len(self.places))
        if factor.exp.is_Rational:
            self.heights[factor] = 1 + self._collect(factor.base)
        return self.heights.get(factor, 0)

    def times(self, a: Any, b: Any) -> Any:
        """Product of two quotients."""
        return self._reduced(a[0] * b[0], a[1] * b[1])

    def plus(self, a: Any, b: Any) -> Any:
        """Sum of two quotients."""
        return self._reduced(a[0] * b[1] + b[0] * a[1], a[1] * b[1])

    def _reduced(self, numerator: Any, denominator: Any) -> Any:
        if numerator.is_zero():
            return self.zero
        common = numerator.gcd(denominator)
        return numerator / common, denominator / common

    def ratio(self, term: Term) -> Any:
        """A term as a quotient."""
        if term.is_Rational:
            value = self.number(int(term.p), int(term.q))
            return self.context.constant(value), self.one[0]
        if term in self.places:
            return self.variables[self.places[term]], self.one[0]
        if isinstance(term, (sp.Add, sp.Mul)):
            start, join = (
                (self.zero, self.plus) if isinstance(term, sp.Add) else (self.one, self.times)
            )
            for arg in term.args:
                start = join(start, self.ratio(arg))
            return start
        whole = isinstance(term.exp, sp.Integer)
        out = self.one
        for factor, power in [(term.base, int(term.exp))] if whole else _powers(term):
            n, d = self.ratio(factor)
            n, d = (n, d) if power >= 0 else (d, n)
            out = self.times(out, (n ** abs(power), d ** abs(power)))
        return out

    def without_roots(self, numerator: Any) -> Any:
        """The numerator with r**q replaced by its base, up to a factor that is not zero."""
        for root in self.roots:
            n, d = self.ratio(root.base)
            place, q = self.places[root], int(root.exp.q)
            terms = [(divmod(int(e[place]), q), e, c) for e, c in numerator.to_dict().items()]
            top = max((k for (k, _), _, _ in terms), default=0)
            numerator = self.zero[0]
            for (k, left), exponents, c in terms:
                kept = (*exponents[:place], left, *exponents[place + 1 :])
                numerator += self.context.from_dict({kept: c}) * n**k * d ** (top - k)
        return numerator
