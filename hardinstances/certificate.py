"""Certificates: exact smoothness, gap, noise and level of an instance, and their re-derivation.

What is certified is the function whose parameters are the float64 numbers that are run, each read
as the rational number that it is. ``verify`` takes nothing from the claims: it derives curvature,
gap and largest slope of each profile from its pieces (once, symbolically) and sums them in exact
rationals over the coordinates.

Source: theory sheet, section 0 (separable functions) and section 2 (gaps, variance).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import sympy as sp

from hardinstances.errors import CertificateError
from hardinstances.exact import compiled, sum_upward

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardinstances.blocks import Block
    from hardinstances.profiles import Profile

__all__ = ["Certificate", "Certified", "Claims", "check_profile", "derive"]

_Exact = Callable[..., Fraction]

LEVEL_SLACK = Fraction(1, 10**12)
"""Relative room between a level's formula and the sum over the rounded parameters."""


class Certified(Protocol):
    """What every certificate offers, whatever the instance."""

    @property
    def claims(self) -> Claims:
        """What is stated."""

    @property
    def L(self) -> Fraction:
        """Smoothness; value/length^2."""

    @property
    def Delta(self) -> Fraction:
        """``f(x_0) - inf f``, or an upper bound; value."""

    @property
    def f_star(self) -> Fraction:
        """``inf f``; value."""

    @property
    def level(self) -> Fraction:
        """Guaranteed stationarity at the rounded parameters; value/length."""

    def verify(self) -> None:
        """Derive every claim again; raises CertificateError."""


@dataclass(frozen=True)
class Claims:
    """What a certificate states, in exact rationals.

    Parameters
    ----------
    L
        Best A1 constant (sum of the curvatures); value/length^2.
    Delta
        ``f(x_0) - inf f``; value.
    f_star
        ``inf f``; value.
    level
        Sum of ``weight*|f'(start)|``; value/length.
    """

    L: Fraction
    Delta: Fraction
    f_star: Fraction
    level: Fraction


@cache
def check_profile(profile: Profile) -> tuple[sp.Expr, ...]:
    """Derive a profile's facts from its pieces and compare them with what it states.

    Returns
    -------
    ``f'`` at the joints, whose largest absolute value is ``sup |f'|`` for a bounded ``f'``.

    Raises
    ------
    CertificateError
        If the pieces do not join, the curvature is not the largest slope, or the stated gap is
        not the integral of the pieces from the minimiser to the start.
    """
    from hardinstances import piecewise

    pieces = profile.pieces
    joints = []
    for before, after in itertools.pairwise(pieces):
        left = before.value + before.slope * (before.hi - before.anchor)
        right = after.value + after.slope * (after.lo - after.anchor)
        if sp.simplify(before.hi - after.lo) != 0 or sp.simplify(left - right) != 0:
            raise CertificateError(f"The pieces of profile {profile.name!r} do not join up.")
        joints.append(sp.simplify(left))
    slopes = {sp.simplify(sp.Abs(piece.slope / profile.curvature)) for piece in pieces}
    if not slopes <= {sp.S.Zero, sp.S.One} or sp.S.One not in slopes:
        raise CertificateError(
            f"The curvature of profile {profile.name!r} is not its steepest slope."
        )
    if profile.antiperiod is not None:
        low, high = pieces[0], pieces[-1]
        ends = (
            low.value
            + low.slope * (low.lo - low.anchor)
            + high.value
            + high.slope * (high.hi - high.anchor)
        )
        if sp.simplify(high.hi - low.lo - profile.antiperiod) != 0 or sp.simplify(ends) != 0:
            raise CertificateError(
                f"The cell of profile {profile.name!r} does not continue itself."
            )
    piecewise.check_gap(profile)
    return tuple(joints)


@dataclass(frozen=True)
class _Facts:
    """A profile's checked facts as functions of exact parameters, in the profile's order."""

    curvature: _Exact
    gap: _Exact
    start: _Exact
    joints: tuple[_Exact, ...]
    requires: tuple[_Exact, ...]
    bounded: bool

    @classmethod
    @cache
    def of(cls, profile: Profile) -> _Facts:
        """Check the profile, then compile what it states."""
        from hardinstances.piecewise import start_derivative

        joints = check_profile(profile)
        outer = (profile.pieces[0], profile.pieces[-1])
        ends_flat = profile.antiperiod is not None or all(piece.slope == 0 for piece in outer)

        def exact(expr: sp.Expr) -> _Exact:
            return compiled(expr, profile.parameters)

        return cls(
            curvature=exact(profile.curvature),
            gap=exact(profile.gap),
            start=exact(start_derivative(profile)),
            joints=tuple(exact(joint) for joint in joints),
            requires=tuple(exact(need) for need in profile.requires),
            bounded=bool(joints) and ends_flat,
        )


def _check_row(
    block: Block, facts: _Facts, numbers: Sequence[Fraction], sigma: Fraction | None
) -> None:
    profile = block.profile
    for symbol, number in zip(profile.parameters, numbers, strict=True):
        if number < 0 and symbol not in profile.signed:
            raise CertificateError(
                f"Block {block.name!r} has {symbol} = {float(number)}, which must not be negative."
            )
    for need, holds in zip(profile.requires, facts.requires, strict=True):
        if holds(*numbers) < 0:
            raise CertificateError(f"Block {block.name!r} violates {need} >= 0.")
    if block.noise is None or sigma is None:
        return
    steepest = max(abs(joint(*numbers)) for joint in facts.joints) if facts.bounded else None
    if not block.noise.fits(steepest, sigma):
        raise CertificateError(
            f"Block {block.name!r}: the noise has a variance above sigma^2 = {float(sigma) ** 2}."
        )


def derive(blocks: Sequence[Block], d: int) -> Claims:
    """The claims that the blocks support.

    Raises
    ------
    CertificateError
        If the blocks overlap, a profile or a row of parameters does not check.
    """
    import numpy as np

    taken, free = np.concatenate([block.coordinates for block in blocks]), np.ones(d, dtype=bool)
    inside = bool(taken.min() >= 0 and taken.max() < d)
    free[taken if inside else 0] = False
    if not inside or int(free.sum()) != d - taken.size:
        raise CertificateError(f"The blocks do not share out the {d} coordinates: they overlap.")
    curvatures, gaps, levels = [], [], []
    for block in blocks:
        facts, weight = _Facts.of(block.profile), Fraction(block.weight)
        for numbers, sigma, count in block.rows():
            try:
                _check_row(block, facts, numbers, sigma)
                curvatures.append((facts.curvature(*numbers), count))
                gaps.append((facts.gap(*numbers), count))
                levels.append((abs(facts.start(*numbers)) * weight, count))
            except ZeroDivisionError as error:
                raise CertificateError(f"Block {block.name!r} divides by zero.") from error
    return Claims(
        L=sum_upward(curvatures),
        Delta=sum_upward(gaps),
        f_star=Fraction(0),
        level=sum_upward(levels),
    )


@dataclass(frozen=True, eq=False)
class Certificate:
    """Claims about an instance with all that is needed to derive them again.

    Parameters
    ----------
    claims
        What is stated.
    blocks, d
        The instance.
    curvature_budget, gap_budget
        The problem class; the claims must fit.
    sigma
        Standard deviation allowed for each coordinate, float64 ``(d,)``.
    level_value
        The level's formula at the parameters run.
    """

    claims: Claims
    blocks: tuple[Block, ...]
    d: int
    curvature_budget: Fraction
    gap_budget: Fraction
    sigma: Any
    level_value: float

    @property
    def L(self) -> Fraction:
        """Best A1 constant; value/length^2."""
        return self.claims.L

    @property
    def Delta(self) -> Fraction:
        """``f(x_0) - inf f``; value."""
        return self.claims.Delta

    @property
    def f_star(self) -> Fraction:
        """``inf f``; value."""
        return self.claims.f_star

    @property
    def level(self) -> Fraction:
        """Guaranteed stationarity at the rounded parameters; value/length."""
        return self.claims.level

    def verify(self) -> None:
        """Derive every claim again, in exact arithmetic.

        Raises
        ------
        CertificateError
            Naming the first claim that does not hold.
        """
        derived = derive(self.blocks, self.d)
        for field in fields(Claims):
            stated, found = getattr(self.claims, field.name), getattr(derived, field.name)
            if stated != found:
                raise CertificateError(
                    f"The certificate states {field.name} = {float(stated)} but the instance has "
                    f"{float(found)}: the file or object was changed, make the instance again."
                )
        self.check_budgets()

    def check_budgets(self) -> None:
        """Compare the claims with the budgets, sigma and the level; raises CertificateError."""
        import numpy as np

        derived = self.claims
        for name, used, budget in (
            ("curvature", derived.L, self.curvature_budget),
            ("gap", derived.Delta, self.gap_budget),
        ):
            if used > budget:
                raise CertificateError(
                    f"The {name} budget {float(budget)} is exceeded by {float(used - budget):.3g}."
                )
        for block in self.blocks:
            if block.noise is None:
                continue
            if not np.all(block.noise.sigma <= self.sigma[block.coordinates]):
                raise CertificateError(f"Block {block.name!r} uses more noise than sigma allows.")
        short = Fraction(self.level_value) * (1 - LEVEL_SLACK)
        if derived.level < short:
            raise CertificateError(
                f"The level {self.level_value} is claimed but the parameters give only "
                f"{float(derived.level)}."
            )
