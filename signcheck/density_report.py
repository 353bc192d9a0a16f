"""Estimates of phi, the norms of sigma and R with jackknife intervals, from per-parameter sums."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hardinstances.errors import InputError
from signcheck.separation import compiled_factor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

SMALL_SAMPLE = 32
_BIAS_LIMIT = 0.05
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A plug-in value with its jackknife: bias-corrected value and 95 % interval.

    Without a jackknife ``corrected`` is the plug-in value and the interval is infinite.
    """

    value: float
    corrected: float
    low: float
    high: float


@dataclass(frozen=True)
class DensityReport:
    """Noise density of a model at one point.

    ``layers`` and ``kinds`` map a layer (such as ``transformer.h.3``) or a parameter kind (such as
    ``Linear.weight``) to the estimate of phi over its coordinates. Units: gradient of the loss.
    """

    d: int
    minibatches: int
    phi: Estimate
    effective: Estimate
    l1: Estimate
    l2: Estimate
    separation: Estimate
    best_k: int
    layers: dict[str, Estimate]
    kinds: dict[str, Estimate]
    warnings: list[str] = field(default_factory=list)


def summarise(
    labels: Sequence[tuple[str, str]],
    sizes: NDArray[np.int64],
    sums: NDArray[np.float64],
    left_out: NDArray[np.float64],
    count: int,
    best_k: int,
) -> DensityReport:
    """Estimates from per-parameter sums of (sigma, sigma^2, sigma^2 over the top k)."""
    d = int(sizes.sum())
    if sums[:, 1].sum() <= 0:
        msg = "The gradients of all minibatches are equal, and phi of no noise is undefined."
        raise InputError(msg + " Pass different minibatches.")

    def estimate(function: Callable[[NDArray[np.float64]], float]) -> Estimate:
        return _jackknife(function(sums), np.array([function(x) for x in left_out]), count)

    def phi_of(mask: NDArray[np.bool_]) -> Estimate:
        return estimate(
            lambda x: _ratio(x[mask, 0].sum() ** 2, sizes[mask].sum() * x[mask, 1].sum())
        )

    def group(position: int) -> dict[str, Estimate]:
        names = [label[position] for label in labels]
        return {n: phi_of(np.array([n == other for other in names])) for n in dict.fromkeys(names)}

    factor = partial(compiled_factor(), d, best_k)
    phi = phi_of(np.ones(len(sizes), dtype=bool))
    l1 = estimate(lambda x: float(x[:, 0].sum()))
    report = DensityReport(
        d=d,
        minibatches=count,
        phi=phi,
        effective=Estimate(d * phi.value, d * phi.corrected, d * phi.low, d * phi.high),
        l1=l1,
        l2=estimate(lambda x: math.sqrt(x[:, 1].sum())),
        separation=estimate(
            lambda x: _over(factor, math.sqrt(x[:, 2].sum()), float(x[:, 0].sum()))
        ),
        best_k=best_k,
        layers=group(0),
        kinds=group(1),
    )
    report.warnings.extend(_warnings(report, len(left_out)))
    return report


def _over(factor: Callable[[float, float], float], top: float, l1: float) -> float:
    return factor(top, l1) if l1 > 0 else math.nan


def _ratio(top: float, bottom: float) -> float:
    return float(top / bottom) if bottom > 0 else math.nan


def _jackknife(value: float, left_out: NDArray[np.float64], count: int) -> Estimate:
    """Tukey's jackknife from all or some leave-one-out values (a subsample of pseudo-values)."""
    if len(left_out) < 2:
        return Estimate(value, value, -math.inf, math.inf)
    from scipy import stats

    pseudo = count * value - (count - 1) * left_out
    # The bias correction averages all pseudo-values there are; the interval is that of an estimate
    # from `count` minibatches, widened by the noise of correcting from fewer.
    spread = float(pseudo.std(ddof=1))
    margin = float(stats.t.ppf(0.5 + _CONFIDENCE / 2, len(left_out) - 1))
    half = margin * spread / math.sqrt(len(left_out))
    center = float(pseudo.mean())
    return Estimate(value, center, center - half, center + half)


def _warnings(report: DensityReport, replayed: int) -> list[str]:
    found = []
    if report.minibatches < SMALL_SAMPLE:
        found.append(
            f"Only {report.minibatches} minibatches were measured; standard deviations from fewer "
            f"than {SMALL_SAMPLE} are rough. Pass more."
        )
    if replayed < 2:
        found.append(
            "No jackknife was run, so there is no interval. Replay at least 2 minibatches."
        )
        return found
    for name, estimate in (("phi", report.phi), ("|sigma|_1", report.l1)):
        bias = abs(estimate.corrected / estimate.value - 1.0)
        if bias > _BIAS_LIMIT:
            found.append(
                f"The jackknife moves {name} by {bias:.1%}: rare coordinates are under-sampled. "
                "Pass more minibatches."
            )
    return found
