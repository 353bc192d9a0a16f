"""The runs that meet the matrix theorems: Muon on the matrix versions of the hard instances.

Parameters as in ``proofs.experiments``, on dense matrices: the hard instance turned by two fixed
random rotations. No bound is typed here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proofs.experiments import BATCHES, UPPER, WELLS, WELLS_AND_RAMP
from proofs.experiments import TIGHT as SIGN_TIGHT
from signcheck.experiment import Experiment

if TYPE_CHECKING:
    from signcheck.simulate.methods import Method

ROTATION = 7
"""Seed of the rotations."""


def _muon(eta: float) -> Method:
    from signcheck.simulate.muon import Muon

    return Muon(eta)


def _on_matrices(run: Experiment, against: str | None = None) -> Experiment:
    """The same problem on the singular values, under Muon with the exact polar factor."""
    names = {"signsgd-tight": "muon-tight", "lattice-tight": "lattice-tight-matrix"}
    names["lattice-wells"] = "lattice-wells-matrix"
    family = names[run.family]
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

MUON = (_on_matrices(_QUIET), _on_matrices(_NOISY, "T6"))
"""For T5 with the exact polar factor, without noise and with masking noise."""

TIGHT = (_on_matrices(SIGN_TIGHT[0], "T5"), _on_matrices(_NOISY, "T5"))
"""For T6: min_T on its instance stays above the bound, and close to T5."""

FLOOR = (_on_matrices(WELLS[0]),)
"""For T6b."""

STEPS = (_on_matrices(WELLS_AND_RAMP[0]),)
"""For T6c."""
