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
    SAFE,
    block,
    block_gap,
    choose,
    dimension,
    finish,
    ramp_length,
    ramp_slope,
    sigma_vector,
)
from hardinstances.errors import BudgetError, InputError
from hardinstances.exact import rational, round_down, round_up
from hardinstances.instance import check_batch
from hardinstances.levels import (
    ESCAPE_LENGTH,
    LATTICE_TIGHT,
    LATTICE_WELLS,
    SIGNSGD_FOREVER,
    SIGNSGD_TIGHT,
)
from hardinstances.noise import MASKED_LIMIT, MaskingNoise
from hardinstances.profiles import MEANDER, OSCILLATOR, RAMP, WELLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardinstances.blocks import Block
    from hardinstances.level import Level
    from hardinstances.separable import SeparableInstance

__all__ = ["lattice_tight", "lattice_wells", "signsgd_tight", "signsgd_tight_forever"]

DEFAULT_TAU = 1e-6
"""Masking offset, when left out, as a share of the smallest slope that noise can hide."""


def lattice_wells(*, L: float, Delta: float, eta: float, d: int = 1) -> SeparableInstance:
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
) -> SeparableInstance:
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
) -> SeparableInstance:
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
    given = {"L": L, "Delta": Delta, "eta": eta, "T": T}
    return _masked(SIGNSGD_TIGHT, given, sigma, B, {"delta": delta, "rho": rho}, tau)


def signsgd_tight_forever(
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
) -> SeparableInstance:
    """As :func:`signsgd_tight`, with meanders in place of the noisy ramps (T2, every horizon).

    A walk on a meander spends at most the share rho of its time in the turning zones, so the noise
    costs the same gap at every horizon; the noiseless ramp still has to last for T steps.
    """
    given = {"L": L, "Delta": Delta, "eta": eta, "T": T}
    return _masked(SIGNSGD_FOREVER, given, sigma, B, {"delta": delta, "rho": rho}, tau)


def _masked(
    level: Level,
    given: dict[str, Any],
    sigma: Any,
    B: int,
    choices: Mapping[str, float | None],
    tau: float | None,
) -> SeparableInstance:
    import numpy as np

    sigma = sigma_vector(sigma)
    check_batch(B, "B")
    order = np.argsort(sigma, kind="stable")
    quiet = np.sort(order[:2])
    noisy = np.sort(order[2:][sigma[order[2:]] > 0])
    rest = {"B": B, "sigma": sigma}
    if noisy.size == 0:
        numbers = choose(LATTICE_TIGHT, given, {"delta": choices["delta"]})
        pair = _quiet_blocks(numbers, quiet, 1 - Fraction(numbers["delta"]), Fraction(0))
        return finish(level.name, pair, sigma, LATTICE_TIGHT, numbers, {**numbers, **rest})
    limit = sigma[noisy] * round_down(MASKED_LIMIT.subs({"sigma": 1, "B": B})) * SAFE
    offset = _masking_offset(tau, float(limit.min()))
    given |= {"B": B, "S": math.fsum(sigma[noisy]), "n": int(noisy.size), "tau": offset}
    numbers = choose(level, given, choices)
    build = _noisy_meanders if level is SIGNSGD_FOREVER else _noisy_ramps
    hidden = build(numbers, noisy, sigma[noisy], limit - offset)
    share = 1 - 2 * Fraction(numbers["delta"])
    blocks = (*_quiet_blocks(numbers, quiet, share, block_gap(hidden)), hidden)
    parameters = {n: v for n, v in numbers.items() if n not in {"S", "n"}} | rest
    return finish(level.name, blocks, sigma, level, numbers, parameters)


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


def _hidden(numbers: Mapping[str, Any], sigma: Any, slopes: Any) -> dict[str, Any]:
    """What noisy ramps and meanders share: curvatures in proportion to slopes, weight, noise."""
    curvature = round_down(Fraction(numbers["delta"]) * Fraction(numbers["L"]))
    return {
        "l": curvature * (slopes / math.fsum(slopes)) * SAFE,
        "weight": round_down(1 - Fraction(numbers["rho"])),
        "noise": MaskingNoise(sigma=sigma, tau=numbers["tau"], B=int(numbers["B"])),
    }


def _noisy_ramps(numbers: Mapping[str, Any], noisy: Any, sigma: Any, slopes: Any) -> Block:
    steps, rho, eta = int(numbers["T"]), rational(numbers["rho"]), rational(numbers["eta"])
    length = round_up(ESCAPE_LENGTH.subs({"eta": eta, "T": steps, "rho": rho}))
    shared = _hidden(numbers, sigma, slopes)
    return block("noisy ramps", RAMP, noisy, a=slopes, D=length, **shared)


def _noisy_meanders(numbers: Mapping[str, Any], noisy: Any, sigma: Any, slopes: Any) -> Block:
    shared = _hidden(numbers, sigma, slopes)
    eta, bend = Fraction(numbers["eta"]), Fraction(float((slopes / shared["l"]).max()))
    # An even number of cells of size eta from turn to turn, so that the walk's parity is that of
    # the time; the zone is then visited with probability at most rho.
    half = math.ceil((bend + eta) / (Fraction(numbers["rho"]) * eta))
    period = float(2 * half * eta)
    return block("noisy meanders", MEANDER, noisy, b=slopes, H=period, **shared)


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
