"""Formulas: what a Theorem may state. Equality is structural, printing is total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hardinstances.errors import ForgeryError, InputError
from signcheck.kernel.terms import (
    Sym,
    Term,
    exact,
    free,
    free_in_values,
    fresh,
    is_int,
    is_random,
    may_bind,
    replace,
    sort_of,
    subst,
)


class Formula:
    """Base of all formulas. The kernel knows all of them: nobody else may add one."""

    def __init_subclass__(cls) -> None:
        if cls.__module__ != __name__:
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


def _checked(formula: Formula, wanted: bool) -> None:
    if not wanted:
        raise InputError(f"the formula {formula} is not well sorted: check its symbols and terms.")


def _exact_tuple(formula: Formula, *names: str) -> None:
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
        _checked(self, sort_of(self.term) in ("real", "vector") and sort_of(self.given) == "sigma")

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
        _exact_tuple(self, "values", "probabilities")
        sorts = {sort_of(t) for t in (self.term, *self.values, *self.probabilities)}
        _checked(self, sorts == {"real"} and sort_of(self.given) == "sigma")
        _checked(self, len(self.values) == len(self.probabilities))

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
        _checked(self, may_bind(self.index, "int") and is_int(self.count))
        _checked(self, sort_of(self.member) == "real" and sort_of(self.given) == "sigma")
        _checked(self, self.index not in free(self.given) | free(self.count))

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
        _exact_tuple(self, "parameters")
        _checked(self, sort_of(self.profile) == "profile")
        _checked(self, {sort_of(t) for t in (*self.parameters, self.constant)} == {"real"})

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
        _checked(self, all(isinstance(f, Formula) for f in (*self.guards, self.body)))
        _checked(self, may_bind(self.var) and self.var.sort != "profile")
        # A guard may be met at some outcomes only, and then says nothing about the others.
        _checked(self, not any(g.random() for g in self.guards))

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

    def __post_init__(self) -> None:
        _exact_tuple(self, "noise")
        for name in ("smoothness", "gap", "horizon", "level"):
            object.__setattr__(self, name, exact(getattr(self, name)))
        _checked(self, {sort_of(t) for t in self.terms()} == {"real"} and is_int(self.horizon))
        _checked(self, not any(map(is_random, self.terms())))

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
            f"{list(self.noise)} on which every run of {self.dynamics} has, {kind} and for "
            f"all t < {self.horizon}, |grad f(x_t)|_1 >= {self.level}"
        )


@dataclass(frozen=True)
class Dynamics:
    """Update rule of one coordinate: what a proof about its trajectory may assume.

    ``position`` and ``slope`` are the families x(t) and u(t) = f'(x(t)); ``rules`` are formulas
    over the position, the method's parameters and families private to the method. ``batch`` is the
    number of oracle calls a step; a method without one may be met without noise only.
    """

    name: str
    position: Sym
    slope: Sym
    rules: tuple[Formula, ...]
    batch: Term = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(self.rules))
        if self.batch is not None:
            object.__setattr__(self, "batch", exact(self.batch))

    def private(self) -> frozenset[Sym]:
        """Families that belong to the trajectory and may not occur in a level."""
        heads = frozenset().union(*(r.free() for r in self.rules)) | {self.position, self.slope}
        return frozenset(h for h in heads if h.sort.startswith("fam:"))

    def free(self) -> frozenset[Sym]:
        """The method's parameters."""
        batch = frozenset() if self.batch is None else free(self.batch)
        return batch.union(*(r.free() for r in self.rules)) - self.private()

    def subst(self, mapping: Mapping[Sym, Any]) -> Dynamics:
        """Substitute parameters; a replacement must not mention a private family."""
        if free_in_values(mapping) & self.private() or set(mapping) & self.private():
            raise InputError(f"a replacement mentions a private family of {self.name}.")
        rules = tuple(r.subst(mapping) for r in self.rules)
        batch = None if self.batch is None else subst(self.batch, mapping)
        return Dynamics(self.name, self.position, self.slope, rules, batch)

    def __str__(self) -> str:
        calls = "" if self.batch is None else f" with {self.batch} oracle calls a step"
        return f"{self.name}{calls} ({'; '.join(map(str, self.rules))})"
