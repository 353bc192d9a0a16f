"""The runs that meet the matrix theorems: Muon on the matrix versions of the hard instances.

Parameters as in ``proofs.experiments``, on dense matrices: the hard instance turned by two fixed
random rotations. No bound is typed here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from proofs import experiments as coordinates
from proofs.experiments import BATCHES, UPPER, WELLS, WELLS_AND_RAMP
from proofs.experiments import TIGHT as SIGN_TIGHT
from signcheck.experiment import Experiment

if TYPE_CHECKING:
    from signcheck.simulate.methods import Method


@dataclass(frozen=True)
class CertifiedMuon:
    """Muon with the reference Newton-Schulz steps, and what T10 proves of them at rank r."""

    eta: float
    alpha: float
    gamma: float
    beta: float = 0.0
    r: int = 1
    name: ClassVar[str] = "muon-newton-schulz"
    separate: ClassVar[bool] = False
    signs_only: ClassVar[bool] = False

    def step(self, x: Any, g: Any, state: Any) -> tuple[Any, Any]:
        """One step in float64; the state is the running average m."""
        from signcheck.simulate.muon import newton_schulz

        m = g if state is None else self.beta * state + (1.0 - self.beta) * g
        return x - self.eta * newton_schulz(m), m


def _newton_schulz(eta: float, beta: float = 0.0) -> Method:
    from proofs.newton_schulz import NEWTON_SCHULZ as STEPS
    from proofs.newton_schulz import T10

    assert T10.bound is not None
    return CertifiedMuon(eta, T10.bound.value(r=RANK), float(STEPS.gamma), beta, RANK)


RANK = 2
"""Largest rank of the matrices that meet the Newton-Schulz steps."""
ROTATION = 7
"""Seed of the rotations."""


def _muon(eta: float, beta: float = 0.0) -> Method:
    from signcheck.simulate.muon import Muon

    return Muon(eta, beta)


def _on_matrices(run: Experiment, against: str | None = None) -> Experiment:
    """The same problem on the singular values, under Muon with the exact polar factor."""
    names = {name: f"{name}-matrix" for name in ("lattice-tight", "lattice-wells")}
    tight = run.family.startswith("signsgd-tight")
    family = run.family.replace("signsgd", "muon") if tight else names[run.family]
    return replace(
        run,
        name=run.name.replace(run.family, family).replace("SignSGD", "Muon"),
        family=family,
        parameters={**run.parameters, "rotation": ROTATION},
        method=_muon,
        against=against,
    )


_QUIET, *_LAWS = UPPER
_NOISY = next(run for run in _LAWS if run.seeds is not None and run.batch == BATCHES[1])

EXACT = (_on_matrices(_QUIET), _on_matrices(_NOISY, "T6"))
"""For T5 with the exact polar factor, without noise and with masking noise."""

NEWTON_SCHULZ = (
    replace(EXACT[0], name="lattice-tight-matrix, Newton-Schulz", method=_newton_schulz),
)
"""For T5-newton-schulz."""

MUON = (*EXACT, *NEWTON_SCHULZ)
"""For T5: the exact runs, and steps with alpha and gamma from T10."""

_MOMENTUM = partial(_muon, beta=coordinates.BETA), partial(_newton_schulz, beta=coordinates.BETA)
EXACT_MOMENTUM = (replace(EXACT[0], name="lattice-tight-matrix, momentum", method=_MOMENTUM[0]),)
"""For T5m with the exact polar factor: momentum costs more in the bound than it does here."""

MOMENTUM = (
    *EXACT_MOMENTUM,
    replace(EXACT[0], name="lattice-tight-matrix, momentum, Newton-Schulz", method=_MOMENTUM[1]),
)
"""For T5m: the exact run, and steps with alpha and gamma from T10."""

TIGHT = (_on_matrices(SIGN_TIGHT[0], "T5"), _on_matrices(_NOISY, "T5"))
"""For T6: min_T on its instance stays above the bound, and close to T5."""

FOREVER = tuple(_on_matrices(run, "T5") for run in coordinates.FOREVER if run.seeds is not None)
"""For T6-cycle: on meanders."""

FLOOR = (_on_matrices(WELLS[0]),)
"""For T6b."""

STEPS = (_on_matrices(WELLS_AND_RAMP[0]),)
"""For T6c."""


def _spectrum(run: Experiment, **more: Any) -> Experiment:
    """The same SGD run on a dense matrix with these singular values."""
    family = f"{run.family}-matrix"
    parameters = {**run.parameters, "rotation": ROTATION}
    name = run.name.replace(run.family, family)
    return replace(run, name=name, family=family, parameters=parameters, against=None, **more)


SGD_FLOOR = tuple(_spectrum(coordinates.SGD_FLOOR[run]) for run in (1, 3, 4))
"""For T7: one and three noisy singular values of 20, in their exact law."""

SGD_QUIET = tuple(_spectrum(run, seeds=1) for run in coordinates.SGD_QUIET)
"""For T7 without noise: the run itself, on the dense matrix."""

SGD_UNSTABLE = tuple(map(_spectrum, coordinates.SGD_UNSTABLE))
"""For T7 with eta >= 2/L."""
