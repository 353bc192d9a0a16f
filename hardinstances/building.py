"""Shared steps of building an instance: checks, safe rounding, the certificate at the end."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy as sp

from hardinstances.blocks import Block
from hardinstances.certificate import Certificate, derive
from hardinstances.errors import BudgetError, InputError
from hardinstances.exact import compiled, rational, round_down, round_up, sum_upward
from hardinstances.search import best
from hardinstances.separable import SeparableInstance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardinstances.levels import Level
    from hardinstances.profiles import Profile


SAFE = 1 - 2.0**-50
"""Covers the few float64 roundings of a vectorised product."""


def block(name: str, profile: Profile, coordinates: Any, **rest: Any) -> Block:
    """A block from numbers or arrays; what is no parameter of the profile goes to Block."""
    import numpy as np

    names = [symbol.name for symbol in profile.parameters]
    where = np.asarray(coordinates, dtype=np.int64)
    values = {n: np.broadcast_to(np.asarray(rest.pop(n), dtype=float), where.shape) for n in names}
    return Block(name, profile, where, values, **rest)


def finish(
    name: str,
    blocks: tuple[Block, ...],
    sigma: Any,
    level: Level | None,
    numbers: Mapping[str, float],
    parameters: Mapping[str, Any],
) -> SeparableInstance:
    """Certify the blocks, verify the certificate, wrap it all up; raises CertificateError.

    Without a level the class is what the function itself needs.
    """
    d = int(sigma.shape[0])
    claims = derive(blocks, d)
    certificate = Certificate(
        claims=claims,
        blocks=blocks,
        d=d,
        curvature_budget=Fraction(numbers["L"]) if level else claims.L,
        gap_budget=Fraction(numbers["Delta"]) if level else claims.Delta,
        sigma=sigma,
        level_value=level.value(**numbers) if level else 0.0,
    )
    # The claims were derived just now; deriving them again would prove nothing more.
    certificate.check_budgets()
    return SeparableInstance(
        id=name,
        d=d,
        blocks=blocks,
        sigma=sigma,
        level=level,
        level_numbers=numbers,
        level_value=certificate.level_value,
        parameters=parameters,
        certificate=certificate,
    )


def dimension(d: Any, least: int) -> int:
    """``d`` if it is an integer of at least ``least``; raises InputError."""
    if isinstance(d, bool) or not isinstance(d, int) or d < least:
        raise InputError(f"d must be an integer of at least {least}, got {d!r}: give a larger one.")
    return d


def ramp_slope(curvature: float, length: float, budget: Fraction) -> float:
    """Largest float ``a`` with ``a^2/(2 curvature) + a length <= budget``, both bounds exact."""
    if budget < 0:
        raise BudgetError(
            f"The gap budget Delta is exceeded by {float(-budget):.3g} after rounding: "
            "lower the stepsize eta.",
            budget="gap",
            excess=float(-budget),
            parameter="eta",
        )
    slope, reach, room = rational(curvature), rational(length), rational(budget)
    drop = slope * reach
    return round_down(sp.sqrt(drop**2 + 2 * slope * room) - drop)


def ramp_length(eta: float, T: int) -> float:
    """The way of T-1 steps downhill, not rounded down; length."""
    return round_up(Fraction(eta) * (T - 1))


def choose(
    level: Level, fixed: Mapping[str, float], choices: Mapping[str, float | None]
) -> dict[str, float]:
    """All numbers of a level: the choices left out are searched, the result is in the regime."""
    given = {name: value for name, value in choices.items() if value is not None}
    free = [name for name in choices if name not in given]
    fixed = {**fixed, **given}
    numbers = {**fixed, **best(level, fixed, free).parameters} if free else {**fixed}
    level.value(**numbers)
    return {n: int(numbers[n]) if n in level.integers else float(numbers[n]) for n in level.symbols}


def sigma_vector(sigma: Any) -> Any:
    """``sigma`` as a read-only float64 vector of at least two entries; raises InputError."""
    import numpy as np

    try:
        vector = np.atleast_1d(np.asarray(sigma, dtype=np.float64)).copy()
    except (TypeError, ValueError) as error:
        raise InputError(f"sigma must be a list of numbers, got {sigma!r}.") from error
    if vector.ndim != 1 or vector.size < 2:
        raise InputError(
            f"sigma has shape {vector.shape}: give one entry per coordinate, at least two, of "
            "which the two smallest stay noiseless."
        )
    bad = ~(np.isfinite(vector) & (vector >= 0))
    if bad.any():
        first = int(np.argmax(bad))
        raise InputError(
            f"sigma[{first}] is {vector[first]}: every entry must be finite and not negative."
        )
    vector.setflags(write=False)
    return vector


def block_gap(part: Block) -> Fraction:
    """``f(start) - inf f`` of a block's coordinates together, exact or rounded up."""
    gap = compiled(part.profile.gap, part.profile.parameters)
    return sum_upward((gap(*numbers), count) for numbers, _, count in part.rows())
