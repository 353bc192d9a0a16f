"""What a lower bound states: on some problem every run of a method stays above a level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hardinstances.errors import InputError
from signcheck.kernel.formulas import Formula, checked, exact_tuple
from signcheck.kernel.substitution import free_in_values, subst
from signcheck.kernel.terms import Sym, Term, exact, free, is_int, is_random, sort_of


@dataclass(frozen=True)
class Attained(Formula):
    """Some member of the class keeps the stationarity at ``level`` or above, at every t < T.

    The class: A0 with ``gap``, A1 with ``smoothness``, A2 with the ``noise`` levels, one for each
    block of coordinates. ``dynamics`` names the method and holds its update rule; ``sure`` says
    that the bound holds on every path and not only in expectation. With ``matrices`` the class is
    that of matrices: A1 from the spectral to the nuclear norm, E N N^T at most a matrix with the
    singular values ``noise``, squared, and the stationarity is the nuclear norm.
    """

    smoothness: Term
    gap: Term
    noise: tuple[Term, ...]
    dynamics: Dynamics
    horizon: Term
    level: Term
    sure: bool
    matrices: bool = False

    def __post_init__(self) -> None:
        exact_tuple(self, "noise")
        for name in ("smoothness", "gap", "horizon", "level"):
            object.__setattr__(self, name, exact(getattr(self, name)))
        checked(self, {sort_of(t) for t in self.terms()} == {"real"} and is_int(self.horizon))
        checked(self, not any(map(is_random, self.terms())))

    def terms(self) -> tuple[Term, ...]:
        return (self.smoothness, self.gap, *self.noise, self.horizon, self.level)

    def free(self) -> frozenset[Sym]:
        return super().free() | self.dynamics.free()

    def subst(self, mapping: Mapping[Sym, Any]) -> Formula:
        smoothness, gap, *noise, horizon, level = (subst(t, mapping) for t in self.terms())
        dynamics = self.dynamics.subst(mapping)
        rest = (dynamics, horizon, level, self.sure, self.matrices)
        return Attained(smoothness, gap, tuple(noise), *rest)

    def __str__(self) -> str:
        kind = "on every path" if self.sure else "in expectation"
        norm = "over matrices |grad f(x_t)|_*" if self.matrices else "|grad f(x_t)|_1"
        return (
            f"exists a problem with smoothness {self.smoothness}, gap {self.gap} and noise "
            f"{list(self.noise)} on which every run of {self.dynamics} has, {kind} and for "
            f"all t < {self.horizon}, {norm} >= {self.level}"
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
