"""What a simulation leaves behind: streamed statistics and everything needed to run it again."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import InputError
from signcheck.stats.means import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Summary:
    """Statistics of one run of all seeds.

    Attributes
    ----------
    instance, method
        Names.
    parameters, settings
        What builds the instance again, and what builds the method again.
    steps, batch, seeds, seed
        T, B, number of independent copies, and the seed that they share.
    engine, device, versions
        Where it ran.
    calls
        Oracle calls over all copies, ``steps * batch * seeds``.
    mean, variance
        Of the statistic (l1 norm of the true gradient unless said otherwise) at x_t over the
        copies, shape (T,); value/length and its square.
    averages
        Average over t of each copy, shape (seeds,).
    low, high
        Sure bounds of the statistic at each t, shape (T,); None where none are known.
    slack
        Bound on the absolute error of the means beyond sampling (exact-law engine), else 0.
    failure
        Empty, or a sentence saying why there is no result.
    """

    instance: str
    method: str
    parameters: Mapping[str, object]
    settings: Mapping[str, object]
    steps: int
    batch: int
    seeds: int
    seed: int
    engine: str
    device: str
    versions: Mapping[str, str]
    calls: int
    mean: Floats
    variance: Floats
    averages: Floats
    low: Floats | None
    high: Floats | None
    slack: float = 0.0
    failure: str = ""

    @property
    def minimum(self) -> float:
        """Least of the means over t: an estimate of min_T, biased low when sampled."""
        return float(self.mean.min())

    @property
    def average(self) -> float:
        """Mean over t and copies: an estimate of avg_T."""
        return float(self.averages.mean())

    def at_each_time(self) -> Sample:
        """The sample of the statistic with one entry a step, for claims about min_T.

        Raises
        ------
        InputError
            If no sure range of the statistic is known.
        """
        low, high = self._range()
        return Sample(self.mean, self.variance, self.seeds, low, high)

    def over_time(self) -> Sample:
        """The sample of the per-seed averages over t (one entry), for claims about avg_T.

        Raises
        ------
        InputError
            If no sure range of the statistic is known.
        """
        low, high = self._range()
        spread = self.averages.var(ddof=1) if self.averages.size > 1 else 0.0
        return Sample(
            np.array([self.average]),
            np.array([float(spread)]),
            self.seeds,
            np.array([low.mean()]),
            np.array([high.mean()]),
        )

    def _range(self) -> tuple[Floats, Floats]:
        if self.low is None or self.high is None:
            raise InputError(
                f"No sure range of the statistic is known for {self.method} on {self.instance}, "
                "so no bounded-variable interval exists: use bounded profiles or the exact law."
            )
        return self.low, self.high


def versions(extra: str = "") -> dict[str, str]:
    """Versions that a run depends on: python, numpy, signcheck and what ``extra`` names.

    The local suffix of a build (+cpu) is left out: it says where it runs, not what it computes.
    """
    found = {"python": platform.python_version(), "numpy": np.__version__}
    for name in ("signcheck", *extra.split()):
        try:
            found[name] = metadata.version(name).partition("+")[0]
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def host() -> str:
    """The processor that a numpy or numba run uses, as recorded in results."""
    return f"cpu ({platform.machine()})"
