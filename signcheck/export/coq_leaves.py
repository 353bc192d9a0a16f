"""Leaves of a proof as Coq lemmas over R: certificates and identities with explicit cofactors.

A leaf knows nothing of vectors or chance: each opaque term (a sum, an expectation, a norm, a
symbolic power, a value of |.|) is a real variable. Its proof states ``right - left = C`` with
every multiplier, every slack term and, for each root, the cofactor of ``r**q - base``; ``field``
checks the equation, and ``0 <= C`` goes by recursion on form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import sympy as sp

from signcheck.export.coq_cofactors import cofactors, product_of
from signcheck.export.coq_names import Names
from signcheck.export.coq_syntax import (
    denominators,
    is_root,
    polynomial,
    real,
    relation,
    subterms,
)
from signcheck.kernel import Eq, Formula, Le, Lt, Relation, Theorem
from signcheck.kernel.algebra import Fractions, split_power
from signcheck.kernel.judge import Judge
from signcheck.kernel.terms import Term

__all__ = ["Given", "Knowing", "Leaf"]

ZERO = sp.Integer(0)


@dataclass(frozen=True)
class Given:
    """A hypothesis of a leaf and where the proof has it from.

    ``premise`` is the place among the step's premises; ``at`` opens its for-all at that value.
    Without a premise it was proved by ``source``, a step further up; or else it holds by the form
    of its term: a norm, a sum of such, and so on.
    """

    formula: Relation
    premise: int | None = None
    at: Term | None = None
    source: Theorem | None = None


@dataclass
class Leaf:
    """One lemma: variables in order, what it assumes, what it claims, and how it is proved."""

    claim: Relation
    given: list[Given]
    combination: list[tuple[Term, int]]
    slack: list[Term]
    strict: bool = False
    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        for term in self.terms():
            for part in subterms(term):
                if _opaque(part):
                    self.names(part)

    def terms(self) -> Iterator[Term]:
        """All terms that the lemma shows."""
        for formula in (self.claim, *(g.formula for g in self.given)):
            yield from formula.terms()
        yield from (m for m, _ in self.combination)
        yield from self.slack

    @property
    def variables(self) -> list[Term]:
        """The opaque terms, in the order of the lemma's arguments."""
        return list(self.names.given)

    def statement(self) -> str:
        """Everything between the lemma's name and its proof."""
        names = " ".join(self.names.given.values())
        head = f" ({names} : R)" if names else ""
        parts = [
            f"\n    (H{i} : {relation(g.formula, self.names)})" for i, g in enumerate(self.given)
        ]
        return f"{head}{''.join(parts)} :\n  {relation(self.claim, self.names)}."

    def proof(self) -> list[str]:
        """The lines between ``Proof.`` and ``Qed.``."""
        if any(_false(g.formula) for g in self.given):
            return ["exfalso; lra."]  # a case that the replacements have closed
        bases = denominators(self.terms())
        plain = all(self._knowing.nonzero(base) for base in bases)
        lines = [] if plain else list(self._cleared())
        lines += [self._divides(i, base) for i, base in enumerate(bases)]
        lines += [line for i, base in enumerate(bases) for line in self._numerator(i, base)]
        parts, cofactors = [], self._cofactors()
        for i, (multiplier, place) in enumerate(self.combination):
            parts.append(f"P{i}")
            lines.append(self._product(i, multiplier, place))
        for i, term in enumerate(self.slack):
            parts.append(f"S{i}")
            lines.append(self._slack(i, term))
        for i, piece in enumerate(cofactors):
            parts.append(f"Z{i}")
            lines.append(self._root(i, piece))
        return [*lines, *self._close(parts)]

    def _divides(self, i: int, base: Term) -> str:
        """The side goal of a division; where the form does not show it, as a quotient.

        Where nothing at hand shows it, the leaf has to hold whatever the inverse is: by ``ring``.
        """
        text, how = real(base, self.names), "nonzero"
        if not self._knowing.nonzero(base):
            over = Fractions.over(base)
            gens = [real(g, self.names) for g in over.order]
            above, below = over.convert(base)
            product = f"({product_of(above, gens)} * / {polynomial(below, gens)})"
            how = f"first [nonzero | replace {text} with {product} by (field; sides); nonzero]"
            return f"try assert (N{i} : {text} <> 0) by {how}."
        return f"assert (N{i} : {text} <> 0) by {how}."

    def _numerator(self, i: int, base: Term) -> Iterator[str]:
        """A divisor that divides itself: ``field`` asks for its numerator."""
        if not denominators((base,)):
            return
        over = Fractions.over(base)
        gens = [real(g, self.names) for g in over.order]
        num, den = over.convert(base)
        if den.is_ground:
            return
        for k, (factor, _) in enumerate(num.factor_list()[1]):
            rest = num.exquo(factor)
            above, other, below = (polynomial(x, gens) for x in (factor, rest, den))
            yield (
                f"try assert (D{i}_{k} : {above} <> 0) by (intro Zero; apply N{i}; "
                f"replace {real(base, self.names)} with ({above} * ({other} * / {below})) "
                "by (field; sides); rewrite Zero; ring)."
            )

    @property
    def _knowing(self) -> Judge:
        return Knowing([g.formula for g in self.given])

    def _cleared(self) -> Iterator[str]:
        """Facts 0 < a/b with a b > 0 as 0 < a: a divisor may need the numerator's sign."""
        for i, g in enumerate(self.given):
            if not (isinstance(g.formula, Lt) and denominators(g.formula.terms())):
                continue
            low, high = (real(t, self.names) for t in g.formula.terms())
            over = Fractions.over(g.formula.rhs - g.formula.lhs)
            gens = [real(x, self.names) for x in over.order]
            num, den = over.convert(g.formula.rhs - g.formula.lhs)
            if den.is_ground:
                continue
            above, below = polynomial(num, gens), polynomial(den, gens)
            lines = f"replace {above} with (({high} - {low}) * {below}) by (field; sides)"
            how = f"({lines}; apply Rmult_lt_0_compat; positive)"
            yield f"try assert (F{i} : 0 < {above}) by {how}."

    def _product(self, i: int, multiplier: Term, place: int) -> str:
        known = self.given[place].formula
        m, l, r = (real(t, self.names) for t in (multiplier, known.lhs, known.rhs))
        if isinstance(known, Eq):
            return f"pose proof (times_eq {m} _ _ H{place}) as P{i}."
        if self.strict and isinstance(known, Lt) and self._positive(multiplier):
            return f"assert (P{i} : 0 < {m} * ({r} - {l})) by (apply times_lt; [positive | lra])."
        return f"assert (P{i} : 0 <= {m} * ({r} - {l})) by (apply times_le; [nonneg | lra])."

    def _slack(self, i: int, term: Term) -> str:
        if self.strict and self._positive(term):
            return f"assert (S{i} : 0 < {real(term, self.names)}) by positive."
        text = real(term, self.names)
        grouped = "" if self._knowing.nonneg(term) else self._grouped(term)
        how = f"(replace {text} with ({grouped}) by ring; nonneg)" if grouped else ""
        return f"assert (S{i} : 0 <= {text}) by {how or 'first [nonneg | nra]'}."

    def _grouped(self, term: Term) -> str:
        """A product with those factors together that are known to be non-negative as a product."""
        factors = list(sp.Mul.make_args(term))
        known = (g.formula for g in self.given if isinstance(g.formula, (Le, Lt)))
        for product in (f.rhs for f in known if f.lhs == 0 and isinstance(f.rhs, sp.Mul)):
            if set(product.args) <= set(factors):
                rest = sp.Mul(*(f for f in factors if f not in product.args))
                return f"{real(product, self.names)} * {real(rest, self.names)}"
        return ""

    def _positive(self, term: Term) -> bool:
        return self._knowing.pos(term)

    def _root(self, i: int, piece: str) -> str:
        return f"assert (Z{i} : {piece} = 0) by (apply times_zero, sqrt_squared; nonneg)."

    def _close(self, parts: Sequence[str]) -> list[str]:
        total = " + ".join(self._piece(p) for p in parts) or "0"
        rule = {Le: "le_of", Lt: "lt_of", Eq: "eq_of"}[type(self.claim)]
        return [
            f"apply ({rule} _ _ ({total})); [| lra].",
            # What is left is an equation: why its divisors are not zero goes by the hypotheses.
            *([f"clear {' '.join(parts)}."] if parts else []),
            self._equation(),
        ]

    def _equation(self) -> str:
        """``same``; or, where a divisor divides itself, with its inverses as variables."""
        bases = denominators(self.terms())
        nested = (b for b in bases if any(b != a and b in subterms(a) for a in bases))
        open_ = (b for b in bases if not self._knowing.nonzero(b))
        inner = list(dict.fromkeys((*nested, *open_)))[::-1]
        if not inner:
            return "same."
        texts = enumerate(real(b, self.names) for b in inner)
        renamed = "; ".join(f"remember (/ {text}) as inv{i}" for i, text in texts)
        return f"first [same | {renamed}; same]."

    def _piece(self, part: str) -> str:
        kind, i = part[0], int(part[1:])
        if kind == "S":
            return real(self.slack[i], self.names)
        if kind == "Z":
            return self._cofactors()[i]
        multiplier, place = self.combination[i]
        known = self.given[place].formula
        m, l, r = (real(t, self.names) for t in (multiplier, known.lhs, known.rhs))
        return f"{m} * ({r} - {l})"

    def _cofactors(self) -> list[str]:
        """The products cofactor * (root^2 - base) that the certificate needs, each zero."""
        total = self.claim.rhs - self.claim.lhs - sum(self.slack, ZERO)
        for multiplier, place in self.combination:
            known = self.given[place].formula
            total -= multiplier * (known.rhs - known.lhs)
        return cofactors(total, self.names)


def _false(formula: Relation) -> bool:
    """Whether a relation between numbers is wrong."""
    low, high = formula.terms()
    if not (low.is_Rational and high.is_Rational):
        return False
    wrong = {Le: low > high, Lt: low >= high, Eq: low != high}
    return bool(wrong[type(formula)])


def _opaque(term: Term) -> bool:
    """Whether a lemma has a variable for the term: no number, sum, product, power or root."""
    if isinstance(term, sp.Pow):
        return split_power(term) == [(term, 1)] and not is_root(term)
    return not (isinstance(term, (sp.Add, sp.Mul)) or term.is_Rational)


class Knowing(Judge):
    """A judge whose facts are formulas without a Theorem: what a leaf assumes."""

    def __init__(self, formulas: Sequence[Formula]) -> None:
        super().__init__(())
        self.facts = [(f, None) for f in formulas]
