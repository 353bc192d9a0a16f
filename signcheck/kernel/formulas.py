"""Formulas: what a Theorem may state. Equality is structural, printing is total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hardinstances.errors import InputError
from signcheck.kernel.terms import (
    Sym,
    Term,
    exact,
    free,
    free_in_values,
    fresh,
    is_random,
    replace,
    sort_of,
    subst,
)


class Formula:
    """Base of all formulas."""

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

    def terms(self) -> tuple[Term, ...]:
        return (self.term, self.given, *self.values, *self.probabilities)

    def subst(self, mapping: Mapping[Sym, Any]) -> Formula:
        term, given, *rest = (subst(t, mapping) for t in self.terms())
        n = len(self.values)
        return Law(term, given, tuple(rest[:n]), tuple(rest[n:]))

    def __str__(self) -> str:
        atoms = zip(self.values, self.probabilities, strict=True)
        return f"{self.term} given {self.given} is " + ", ".join(f"{v} w.p. {p}" for v, p in atoms)


@dataclass(frozen=True)
class Independent(Formula):
    """The members ``member(index)``, 0 <= index < count, are independent given ``given``."""

    member: Term
    index: Sym
    count: Term
    given: Term

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


@dataclass(frozen=True)
class Attained(Formula):
    """Some member of the class keeps the stationarity at ``level`` or above, at every t < T.

    The class: A0 with ``gap``, A1 with ``smoothness``, A2 with the ``noise`` levels, one for each
    block of coordinates. ``dynamics`` names the method and holds its update rule; ``sure`` says
    that the bound holds on every path and not only in expectation.
    """

    smoothness: Term
    gap: Term
    noise: tuple[Term, ...]
    dynamics: Dynamics
    horizon: Term
    level: Term
    sure: bool

    def terms(self) -> tuple[Term, ...]:
        return (self.smoothness, self.gap, *self.noise, self.horizon, self.level)

    def free(self) -> frozenset[Sym]:
        return super().free() | self.dynamics.free()

    def subst(self, mapping: Mapping[Sym, Any]) -> Formula:
        smoothness, gap, *noise, horizon, level = (subst(t, mapping) for t in self.terms())
        dynamics = self.dynamics.subst(mapping)
        return Attained(smoothness, gap, tuple(noise), dynamics, horizon, level, self.sure)

    def __str__(self) -> str:
        kind = "on every path" if self.sure else "in expectation"
        return (
            f"exists a problem with smoothness {self.smoothness}, gap {self.gap} and noise "
            f"{list(self.noise)} on which every run of {self.dynamics.name} has, {kind} and for "
            f"all t < {self.horizon}, |grad f(x_t)|_1 >= {self.level}"
        )


@dataclass(frozen=True)
class Dynamics:
    """Update rule of one coordinate: what a proof about its trajectory may assume.

    ``position`` and ``slope`` are the families x(t) and u(t) = f'(x(t)); ``rules`` are formulas
    over them, the method's parameters and families private to the method.
    """

    name: str
    position: Sym
    slope: Sym
    rules: tuple[Formula, ...]

    def private(self) -> frozenset[Sym]:
        """Families that belong to the trajectory and may not occur in a level."""
        heads = frozenset().union(*(r.free() for r in self.rules)) | {self.position, self.slope}
        return frozenset(h for h in heads if h.sort.startswith("fam:"))

    def free(self) -> frozenset[Sym]:
        """The method's parameters."""
        return frozenset().union(*(r.free() for r in self.rules)) - self.private()

    def subst(self, mapping: Mapping[Sym, Any]) -> Dynamics:
        """Substitute parameters; a replacement must not mention a private family."""
        if free_in_values(mapping) & self.private() or set(mapping) & self.private():
            raise InputError(f"a replacement mentions a private family of {self.name}.")
        rules = tuple(r.subst(mapping) for r in self.rules)
        return Dynamics(self.name, self.position, self.slope, rules)
