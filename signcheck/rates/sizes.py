"""How large a run is: grids and numbers of copies, for a look and for the record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from signcheck.stats.means import Sample
from signcheck.stats.planning import seeds_for

__all__ = ["FULL", "QUICK", "SIZES", "WINDOWS", "Size", "walk_seeds"]

WINDOWS = 32
"""Windows of time whose averages are kept of a run."""

PLANNED_ERROR = 1e-4
"""Error probability that the copies of one check are planned for."""

PLANNED_WIDTH = 0.008
"""Width of its interval as a fraction of the bound; 0.01 may still be consistent."""


@dataclass(frozen=True)
class Size:
    """One of the two sizes.

    Parameters
    ----------
    name
        ``"quick"`` or ``"full"``.
    work
        Steps times copies that a cell may take; the number of copies follows.
    least, most
        Bounds on the number of copies where nothing else plans it.
    """

    name: str
    work: int
    least: int
    most: int

    @property
    def quick(self) -> bool:
        """Whether this is the short run."""
        return self.name == "quick"

    def copies(self, steps: int, lanes: int = 1) -> int:
        """Copies of a run of ``steps`` steps with so many noisy coordinates."""
        return int(min(max(self.work // (steps * lanes), self.least), self.most))


QUICK = Size("quick", work=2**23, least=64, most=512)
FULL = Size("full", work=2**28, least=64, most=1024)
SIZES = {size.name: size for size in (QUICK, FULL)}


@cache
def walk_seeds(share: float, rho: float) -> int:
    """Copies for an interval of 0.8 % of the bound where noise makes a ``share`` of it.

    The noisy coordinates are fair walks that leave their slope with probability at most ``rho`` by
    Hoeffding's inequality; the plan takes the reflected normal tail, which is nearer to the truth.
    """
    tail = math.erfc(math.sqrt(math.log(1.0 / rho)))
    mean, unit = np.full(WINDOWS, 1.0 - tail), np.ones(WINDOWS)
    pilot = Sample(mean, mean * tail, 1, 0.0 * unit, unit)
    return seeds_for(pilot, PLANNED_WIDTH / share, PLANNED_ERROR)
