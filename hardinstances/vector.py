"""Separable families in R^d: the instances of T2, T2b and T2c.

Every parameter is rounded to the side that keeps the function inside its class; what is lost is a
few units in the last place of the level.

Source: theory sheet, section 3.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy as sp

from hardinstances.building import (
    block,
    block_gap,
    check_batch,
    choose,
    dimension,
    finish,
    ramp_length,
    ramp_slope,
    sigma_vector,
)
from hardinstances.errors import BudgetError, InputError
from hardinstances.exact import rational, round_down, round_up
from hardinstances.levels import ESCAPE_LENGTH, LATTICE_TIGHT, LATTICE_WELLS, SIGNSGD_TIGHT
from hardinstances.noise import MASKED_LIMIT, MaskingNoise
from hardinstances.profiles import OSCILLATOR, RAMP, WELLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardinstances.blocks import Block
    from hardinstances.instance import Instance

__all__ = ["lattice_tight", "lattice_wells", "signsgd_tight"]

DEFAULT_TAU = 1e-6
"""Masking offset, when left out, as a share of the smallest slope that noise can hide."""

_SAFE = 1 - 2.0**-50
"""Covers the few float64 roundings of a vectorised product."""


def lattice_wells(*, L: float, Delta: float, eta: float, d: int = 1) -> Instance:
    """Wells around every point of the lattice ``x_0 + eta Z^d`` (T2b).

    Parameters
    ----------
    L, Delta
        Smoothness (value/length^2) and gap (value) of the class.
    eta
        Stepsize of the methods that it defeats; length.
    d
        Dimension; the amplitude is shared equally.

    Raises
    ------
    InputError
        If a parameter is out of range.
    """
    import numpy as np

    dimension(d, 1)
    numbers = {"L": L, "Delta": Delta, "eta": eta}
    LATTICE_WELLS.value(**numbers)
    curvature = round_down(Fraction(L) / d)
    # Each well has gap c^2/(2 l) <= Delta/d and fits into its cell: c <= l eta/2.
    capped = round_down(sp.sqrt(2 * rational(curvature) * rational(Fraction(Delta) / d)))
    amplitude = min(round_down(Fraction(curvature) * Fraction(eta) / 2), capped)
    wells = block("wells", WELLS, range(d), c=amplitude, l=curvature, eta=eta)
    parameters = {**numbers, "d": d}
    return finish("lattice-wells", (wells,), np.zeros(d), LATTICE_WELLS, numbers, parameters)


def lattice_tight(
    *, L: float, Delta: float, eta: float, T: int, delta: float | None = None, d: int = 2
) -> Instance:
    """Wells and ramps: no method on the lattice gets below the level before step T (T2c).

    Parameters
    ----------
    L, Delta, eta
        As in :func:`lattice_wells`.
    T
        Number of steps.
    delta
        Share of the curvature given to the ramps; the best one when left out.
    d
        Dimension, at least 2: half of the coordinates, rounded down, are wells, the rest ramps.

    Raises
    ------
    InputError
        If a parameter is out of range; :class:`BudgetError` if the wells exceed the gap.
    """
    import numpy as np

    dimension(d, 2)
    fixed = {"L": L, "Delta": Delta, "eta": eta, "T": T}
    numbers = choose(LATTICE_TIGHT, fixed, {"delta": delta})
    wells, ramps = d // 2, d - d // 2
    share = Fraction(numbers["delta"])
    well = round_down((1 - share) * Fraction(L) / wells)
    amplitude = round_down(Fraction(well) * Fraction(eta) / 2)
    rest = Fraction(Delta) - wells * Fraction(amplitude) ** 2 / (2 * Fraction(well))
    bend, length = round_down(share * Fraction(L) / ramps), ramp_length(eta, int(T))
    blocks = (
        block("wells", WELLS, range(wells), c=amplitude, l=well, eta=eta),
        block(
            "ramps",
            RAMP,
            range(wells, d),
            a=ramp_slope(bend, length, rest / ramps),
            l=bend,
            D=length,
        ),
    )
    parameters = {**numbers, "d": d}
    return finish("lattice-tight", blocks, np.zeros(d), LATTICE_TIGHT, numbers, parameters)


def signsgd_tight(
    *,
    L: float,
    Delta: float,
    eta: float,
    T: int,
    sigma: Any,
    B: int = 1,
    delta: float | None = None,
    rho: float | None = None,
    tau: float | None = None,
) -> Instance:
    """The worst case of SignSGD with stepsize ``eta`` and batch ``B`` for T steps (T2).

    An oscillator, a noiseless ramp, and one ramp hidden by masking noise for every further
    coordinate with noise; coordinates without noise beyond these two are flat.

    Parameters
    ----------
    L, Delta, eta, T
        As in :func:`lattice_tight`.
    sigma
        Standard deviations ``(d,)``, d >= 2; the two smallest entries stay unused. value/length.
    B
        Batch: oracle calls in a step.
    delta, rho
        Share of the curvature given to either kind of ramp; probability of leaving a noisy ramp.
        The best ones when left out.
    tau
        Offset of the masking noise, value/length; a millionth of the smallest hidden slope when
        left out.

    Raises
    ------
    InputError
        If a parameter is out of range; :class:`BudgetError` if the gap or the noise does not fit.
    """
    import numpy as np

    sigma = sigma_vector(sigma)
    check_batch(B)
    order = np.argsort(sigma, kind="stable")
    quiet = np.sort(order[:2])
    noisy = np.sort(order[2:][sigma[order[2:]] > 0])
    given: dict[str, Any] = {"L": L, "Delta": Delta, "eta": eta, "T": T}
    rest = {"B": B, "sigma": sigma}
    if noisy.size == 0:
        numbers = choose(LATTICE_TIGHT, given, {"delta": delta})
        pair = _quiet_blocks(numbers, quiet, 1 - Fraction(numbers["delta"]), Fraction(0))
        parameters = {**numbers, **rest}
        return finish("signsgd-tight", pair, sigma, LATTICE_TIGHT, numbers, parameters)
    limit = sigma[noisy] * round_down(MASKED_LIMIT.subs({"sigma": 1, "B": B})) * _SAFE
    offset = _masking_offset(tau, float(limit.min()))
    given |= {"B": B, "S": math.fsum(sigma[noisy]), "n": int(noisy.size), "tau": offset}
    numbers = choose(SIGNSGD_TIGHT, given, {"delta": delta, "rho": rho})
    hidden = _noisy_block(numbers, noisy, sigma[noisy], limit - offset)
    share = 1 - 2 * Fraction(numbers["delta"])
    blocks = (*_quiet_blocks(numbers, quiet, share, block_gap(hidden)), hidden)
    parameters = {n: v for n, v in numbers.items() if n not in {"S", "n"}} | rest
    return finish("signsgd-tight", blocks, sigma, SIGNSGD_TIGHT, numbers, parameters)


def _masking_offset(tau: float | None, limit: float) -> float:
    if tau is None:
        return DEFAULT_TAU * limit
    if isinstance(tau, bool) or not isinstance(tau, (int, float)) or not tau > 0:
        raise InputError(f"tau must be a positive number, got {tau!r}: leave it out or lower it.")
    if tau >= limit:
        raise BudgetError(
            f"The variance budget sigma is exceeded by {tau - limit:.6g}: tau is {tau} but the "
            f"smallest noisy sigma can hide a slope plus tau of {limit:.6g}; lower tau.",
            budget="variance",
            excess=tau - limit,
            parameter="tau",
        )
    return float(tau)


def _noisy_block(numbers: Mapping[str, Any], noisy: Any, sigma: Any, slopes: Any) -> Block:
    curvature = round_down(Fraction(numbers["delta"]) * Fraction(numbers["L"]))
    steps, rho, eta = int(numbers["T"]), rational(numbers["rho"]), rational(numbers["eta"])
    length = ESCAPE_LENGTH.subs({"eta": eta, "T": steps, "rho": rho})
    return block(
        "noisy ramps",
        RAMP,
        noisy,
        a=slopes,
        l=curvature * (slopes / math.fsum(slopes)) * _SAFE,
        D=round_up(length),
        weight=round_down(1 - Fraction(numbers["rho"])),
        noise=MaskingNoise(sigma=sigma, tau=numbers["tau"], B=int(numbers["B"])),
    )


def _quiet_blocks(
    numbers: Mapping[str, Any], quiet: Any, share: Fraction, used: Fraction
) -> tuple[Block, Block]:
    """The oscillator, with this share of the curvature, and the ramp that spends what is left."""
    eta, L = numbers["eta"], Fraction(numbers["L"])
    swing = block("oscillator", OSCILLATOR, quiet[:1], l=round_down(share * L), h=eta / 2)
    bend = round_down(Fraction(numbers["delta"]) * L)
    length = ramp_length(eta, int(numbers["T"]))
    slope = ramp_slope(bend, length, Fraction(numbers["Delta"]) - used - block_gap(swing))
    return swing, block("ramp", RAMP, quiet[1:2], a=slope, l=bend, D=length)
