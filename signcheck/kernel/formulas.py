"""Formulas: what a Theorem may state. Equality is structural, printing is total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hardinstances.errors import ForgeryError, InputError
from signcheck.kernel.substitution import free_in_values, fresh, replace, subst
from signcheck.kernel.terms import Sym, Term, exact, free, is_int, is_random, may_bind, sort_of


class Formula:
    """Base of all formulas. The kernel knows all of them: nobody else may add one."""

    def __init_subclass__(cls) -> None:
        if not cls.__module__.startswith("signcheck.kernel."):
            raise ForgeryError(f"{cls.__name__}: formulas cannot be added to the kernel.")

    def terms(self) -> tuple[Term, ...]:
        """The terms directly inside."""
        raise TypeError(f"{type(self).__name__} has no direct terms.")

    def free(self) -> frozenset[Sym]:
        """Free symbols."""
        return frozenset().union(*(free(t) for t in self.terms()))

    def random(self) -> bool:
        """Whether the truth of the formula may depend on chance."""
        return any(is_random(t) for t in self.terms())

    def subst(self, mapping: Mapping[Sym, Any]) -> Formula:
        """Capture-free substitution of free symbols."""
        raise TypeError(f"{type(self).__name__} does not say how to substitute.")

    def replace(self, old: Term, new: Term) -> Formula:
        """Replace a subterm; only relations allow it."""
        raise InputError(f"rewriting inside {self} is not supported: instantiate it first.")


def checked(formula: Formula, wanted: bool) -> None:
    """Refuse a formula that is not well sorted."""
    if not wanted:
        raise InputError(f"the formula {formula} is not well sorted: check its symbols and terms.")


def exact_tuple(formula: Formula, *names: str) -> None:
    """Make fields tuples of exact terms, so that nothing in a formula can change."""
    for name in names:
        object.__setattr__(formula, name, tuple(map(exact, getattr(formula, name))))


@dataclass(frozen=True)
class Relation(Formula):
    """A relation between two real terms (random ones: almost surely) or two vectors (Eq)."""

    lhs: Term
    rhs: Term
    sign = "?"

    def __post_init__(self) -> None:
        for name in ("lhs", "rhs"):
            object.__setattr__(self, name, exact(getattr(self, name)))
        kinds = {sort_of(self.lhs), sort_of(self.rhs)}
        if kinds != {"real"} and not (isinstance(self, Eq) and kinds == {"vector"}):
            raise InputError(f"{self} compares terms of the sorts {sorted(kinds)}.")

    def __hash__(self) -> int:
        return hash((self.sign, self.lhs, self.rhs))

    def terms(self) -> tuple[Term, ...]:
        return (self.lhs, self.rhs)

    def subst(self, mapping: Mapping[Sym, Any]) -> Formula:
        return type(self)(subst(self.lhs, mapping), subst(self.rhs, mapping))

    def replace(self, old: Term, new: Term) -> Formula:
        return type(self)(replace(self.lhs, old, new), replace(self.rhs, old, new))

    def __str__(self) -> str:
        return f"{self.lhs} {self.sign} {self.rhs}"


class Le(Relation):
    """lhs <= rhs."""

    sign = "<="


class Lt(Relation):
    """lhs < rhs."""

    sign = "<"


class Eq(Relation):
    """lhs == rhs."""

    sign = "=="


@dataclass(frozen=True)
class Measurable(Formula):
    """``term`` is known given the sigma-algebra ``given``."""

    term: Term
    given: Term

    def __post_init__(self) -> None:
        checked(self, sort_of(self.term) in ("real", "vector") and sort_of(self.given) == "sigma")

    def terms(self) -> tuple[Term, ...]:
        return (self.term, self.given)

    def subst(self, mapping: Mapping[Sym, Any]) -> Formula:
        return Measurable(subst(self.term, mapping), subst(self.given, mapping))

    def __str__(self) -> str:
        return f"{self.term} is known given {self.given}"


@dataclass(frozen=True)
class Law(Formula):
    """Given ``given``, the random ``term`` takes each value with its probability."""

    term: Term
    given: Term
    values: tuple[Term, ...]
    probabilities: tuple[Term, ...]

    def __post_init__(self) -> None:
        exact_tuple(self, "values", "probabilities")
        sorts = {sort_of(t) for t in (self.term, *self.values, *self.probabilities)}
        checked(self, sorts == {"real"} and sort_of(self.given) == "sigma")
        checked(self, len(self.values) == len(self.probabilities))

    def terms(self) -> tuple[Term, ...]:
        return (self.term, self.given, *self.values, *self.probabilities)

    def subst(self, mapping: Mapping[Sym, Any]) -> Formula:
        term, given, *rest = (subst(t, mapping) for t in self.terms())
        n = len(self.values)
        return Law(term, given, tuple(rest[:n]), tuple(rest[n:]))

    def __str__(self) -> str:
        atoms = zip(self.values, self.probabilities, strict=False)
        return f"{self.term} given {self.given} is " + ", ".join(f"{v} w.p. {p}" for v, p in atoms)


@dataclass(frozen=True)
class Independent(Formula):
    """The members ``member(index)``, 0 <= index < count, are independent given ``given``."""

    member: Term
    index: Sym
    count: Term
    given: Term

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", exact(self.count))
        checked(self, may_bind(self.index, "int") and is_int(self.count))
        checked(self, sort_of(self.member) == "real" and sort_of(self.given) == "sigma")
        checked(self, self.index not in free(self.given) | free(self.count))

    def terms(self) -> tuple[Term, ...]:
        return (self.member, self.count, self.given)

    def free(self) -> frozenset[Sym]:
        return (free(self.member) - {self.index}) | free(self.count) | free(self.given)

    def subst(self, mapping: Mapping[Sym, Any]) -> Formula:
        inner = {k: v for k, v in mapping.items() if k != self.index}
        index, member = self.index, self.member
        if index in free_in_values(inner):
            index = fresh(index, free_in_values(inner) | free(member))
            member = subst(member, {self.index: index})
        rest = (subst(t, mapping) for t in (self.count, self.given))
        return Independent(subst(member, inner), index, *rest)

    def __str__(self) -> str:
        head = f"{self.member}, 0 <= {self.index} < {self.count},"
        return f"{head} are independent given {self.given}"


@dataclass(frozen=True)
class Lipschitz(Formula):
    """The piecewise-affine ``profile`` is ``constant``-Lipschitz."""

    profile: Term
    parameters: tuple[Term, ...]
    constant: Term

    def __post_init__(self) -> None:
        object.__setattr__(self, "constant", exact(self.constant))
        exact_tuple(self, "parameters")
        checked(self, sort_of(self.profile) == "profile")
        checked(self, {sort_of(t) for t in (*self.parameters, self.constant)} == {"real"})

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.profile, self.parameters, self.constant))

    def terms(self) -> tuple[Term, ...]:
        return (self.profile, *self.parameters, self.constant)

    def subst(self, mapping: Mapping[Sym, Any]) -> Formula:
        profile, *rest = (subst(t, mapping) for t in self.terms())
        return type(self)(profile, tuple(rest[:-1]), rest[-1])

    def __str__(self) -> str:
        return f"{self.profile}{list(self.parameters)} is {self.constant}-Lipschitz"


class GapAtMost(Lipschitz):
    """The antiderivative of ``profile`` at its start exceeds its infimum by <= ``constant``."""

    def __str__(self) -> str:
        return f"{self.profile}{list(self.parameters)} has a gap of at most {self.constant}"


@dataclass(frozen=True)
class ForAll(Formula):
    """For all values of ``var`` that satisfy the ``guards``: ``body``."""

    var: Sym
    guards: tuple[Formula, ...]
    body: Formula

    def __post_init__(self) -> None:
        object.__setattr__(self, "guards", tuple(self.guards))
        checked(self, all(isinstance(f, Formula) for f in (*self.guards, self.body)))
        checked(self, may_bind(self.var) and self.var.sort != "profile")
        # A guard may be met at some outcomes only, and then says nothing about the others.
        checked(self, not any(g.random() for g in self.guards))

    def terms(self) -> tuple[Term, ...]:
        return tuple(t for f in (*self.guards, self.body) for t in f.terms())

    def free(self) -> frozenset[Sym]:
        return frozenset().union(*(f.free() for f in (*self.guards, self.body))) - {self.var}

    def random(self) -> bool:
        return any(f.random() for f in (*self.guards, self.body))

    def subst(self, mapping: Mapping[Sym, Any]) -> Formula:
        inner = {k: v for k, v in mapping.items() if k != self.var}
        if not self.free() & set(inner):
            return self
        var, parts = self.var, (*self.guards, self.body)
        if var in free_in_values(inner):
            avoid = free_in_values(inner).union(*(p.free() for p in parts))
            var = fresh(var, avoid)
            parts = tuple(p.subst({self.var: var}) for p in parts)
        parts = tuple(p.subst(inner) for p in parts)
        return ForAll(var, parts[:-1], parts[-1])

    def __str__(self) -> str:
        given = " with " + ", ".join(map(str, self.guards)) if self.guards else ""
        return f"for all {self.var}{given}: {self.body}"
