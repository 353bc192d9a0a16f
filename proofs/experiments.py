"""The runs that meet the theorems: hard instances, methods and sizes. No bound is typed here.

Acceptance setting of the sign theorems: L = Delta = 1, T = 1000 and eta = sqrt(2 Delta/(L T)),
where the two noiseless terms of T1 are equal; noise, if any, adds a third term of the same size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from signcheck.experiment import Experiment

if TYPE_CHECKING:
    from signcheck.simulate.methods import Method

L, DELTA, T = 1.0, 1.0, 1000
ETA = math.sqrt(2 * DELTA / (L * T))
CLASS = {"L": L, "Delta": DELTA, "eta": ETA}
BATCHES = (1, 16, 64)
SEEDS = 1000
BETA = 0.9
NOISY = 4
"""Number of noisy coordinates, beside two without noise."""


def _signsgd(eta: float) -> Method:
    from signcheck.simulate import SignSGD

    return SignSGD(eta)


def _sgd(eta: float) -> Method:
    from signcheck.simulate import SGD

    return SGD(eta)


def _signum(eta: float) -> Method:
    from signcheck.simulate import Signum

    return Signum(eta, BETA)


@dataclass(frozen=True)
class LatticeWalk:
    """Moves every coordinate by -eta, 0 or eta, whatever the oracle says.

    Theorems T2b and T2c hold for every method on the lattice; this one has nothing to do with the
    gradient. Its moves come from a generator with the key (seed, step).
    """

    eta: float
    seed: int = 0
    name: ClassVar[str] = "lattice-walk"
    signs_only: ClassVar[bool] = False
    separate: ClassVar[bool] = True

    def step(self, x: Any, g: Any, state: Any) -> tuple[Any, Any]:
        """One random cell at most in every coordinate; the state counts the steps."""
        import numpy as np

        t = 0 if state is None else int(state)
        moves = np.random.default_rng([self.seed, t]).integers(-1, 2, size=np.shape(x))
        return x + self.eta * moves, np.float64(t + 1)


def sigma_of(batch: int, share: float = 0.5) -> list[float]:
    """Noise for which |sigma|_1/sqrt(B) = share L eta, none in two coordinates."""
    return [0.0, 0.0, *[math.sqrt(batch) * L * ETA * share / NOISY] * NOISY]


def _tight(
    batch: int,
    seeds: int | None,
    against: str | None = None,
    share: float = 0.5,
    family: str = "signsgd-tight",
    **chosen: float,
) -> Experiment:
    how = "exact law" if seeds is None else f"{seeds} samples"
    parameters = {**CLASS, "T": T, "B": batch, "sigma": sigma_of(batch, share), **chosen}
    given = "".join(f" {name}={value:g}" for name, value in chosen.items())
    name = f"{family} B={batch}{given}, {how}"
    return Experiment(name, family, parameters, _signsgd, T, batch, seeds, against)


def _quiet(against: str) -> Experiment:
    parameters = {**CLASS, "T": T, "sigma": [0.0, 0.0]}
    name = "signsgd-tight, no noise"
    return Experiment(name, "signsgd-tight", parameters, _signsgd, T, 1, 1, against)


def _lattice(family: str, method: Any, name: str, **more: Any) -> Experiment:
    parameters = {**CLASS, **more}
    return Experiment(f"{family}, {name}", family, parameters, method, T, seeds=1)


def _noisy(against: str) -> tuple[Experiment, ...]:
    laws = [_tight(batch, None, against) for batch in BATCHES]
    return (*laws, *(_tight(batch, SEEDS, against) for batch in BATCHES))


METHODS = {"SignSGD": _signsgd, "Signum": _signum, "random walk": LatticeWalk}

UPPER = (_lattice("lattice-tight", _signsgd, "SignSGD", T=T), *_noisy("T2"))
"""For T1: avg_T on the hard instances stays below the bound, and close to it."""

BEST_STEPSIZE = (_lattice("lattice-tight", _signsgd, "SignSGD", T=T), _tight(16, None))
"""For T1a: the stepsize of all these runs is the best one."""

BEST_BATCH = (_tight(16, None, share=1.0),)
"""For T1b: with this noise, B = 16 is the best batch at N = 16 T calls."""

MOMENTUM = (_lattice("lattice-tight", _signum, "Signum", T=T),)
"""For T1m: momentum costs more in the bound than it does here."""

TIGHT = (_quiet("T1"), *_noisy("T1"))
"""For T2: min_T on its instance stays above the bound, and close to T1."""

_ENDLESS = "signsgd-tight-forever"
FOREVER = (
    *(_tight(batch, None, "T1", family=_ENDLESS) for batch in BATCHES),
    _tight(16, SEEDS, "T1", family=_ENDLESS),
    _tight(16, None, "T1", family=_ENDLESS, delta=0.2, rho=0.5),
)
"""For T2-cycle: on meanders, whose cost in gap does not grow with T; the last walk often turns."""

WELLS = tuple(_lattice("lattice-wells", m, name, d=3) for name, m in METHODS.items())
"""For T2b: three methods on the lattice."""

WELLS_AND_RAMP = tuple(_lattice("lattice-tight", m, name, T=T) for name, m in METHODS.items())
"""For T2c: the same three methods."""

COORDINATES = 20
RATE, UNSTABLE_RATE = 0.1, 3.0
"""Stepsizes of SGD times L; the second is beyond 2/L."""


def _floor(
    batch: int, noise: tuple[float, ...], rate: float = RATE, against: str | None = "T3u"
) -> Experiment:
    sigma = [entry * math.sqrt(batch) for entry in noise] + [0.0] * (COORDINATES - len(noise))
    parameters = {"L": L, "Delta": DELTA, "eta": rate, "T": T, "B": batch, "sigma": sigma}
    name = f"sgd-noise-floor B={batch} eta={rate:g} noisy={len(noise)}"
    return Experiment(name, "sgd-noise-floor", parameters, _sgd, T, batch, None, against)


SPARSE, SPREAD = (0.5,), (0.5, 0.4, 0.1)
SGD_FLOOR = (*(_floor(b, SPARSE) for b in BATCHES), _floor(1, SPREAD), _floor(1, SPREAD, 0.01))
"""For T3: one and three noisy coordinates of 20. A normal law has no sure range, so these runs
evolve the exact law and none is sampled."""

SGD_UPPER = (_floor(1, SPARSE, against="T3"), _floor(1, SPREAD, 0.01, against="T3"))
"""For T3u: avg_T on the same instances."""

SGD_QUIET = (_floor(1, ()),)
"""For T3 without noise: 20 ramps."""

SGD_UNSTABLE = (_floor(1, SPARSE, UNSTABLE_RATE, None),)
"""For T3 with eta >= 2/L: SGD never improves."""
