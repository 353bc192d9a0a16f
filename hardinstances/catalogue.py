"""Every family by id: what it defeats, its parameters, and how to make or load one."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hardinstances import vector
from hardinstances.errors import InputError
from hardinstances.levels import LATTICE_TIGHT, LATTICE_WELLS, SIGNSGD_TIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from hardinstances.instance import Instance
    from hardinstances.level import Level

__all__ = ["CATALOGUE", "Family", "Key", "find", "load", "make", "save"]


@dataclass(frozen=True)
class Key:
    """One parameter of a family: ``kind`` is ``"number"``, ``"integer"`` or ``"vector"``."""

    kind: str
    text: str
    required: bool = True


@dataclass(frozen=True)
class Family:
    """A family of instances.

    Parameters
    ----------
    id
        Its name, for good.
    defeats
        The methods that cannot beat the level, and for how long.
    why
        How it does that, in a sentence or two.
    keys
        Parameters in order.
    build
        Makes the instance from keyword arguments.
    level
        Its certified level.
    """

    id: str
    defeats: str
    why: str
    keys: Mapping[str, Key]
    build: Callable[..., Instance]
    level: Level

    @property
    def theorem(self) -> str:
        """Id of the theorem that proves the level."""
        return self.level.theorem


_L = Key("number", "smoothness, l_oo to l1 [value/length^2]")
_DELTA = Key("number", "gap f(x_0) - inf f [value]")
_ETA = Key("number", "stepsize of the methods to defeat [length]")
_T = Key("integer", "number of steps [1]")
_SHARE = Key(
    "number", "share of the curvature given to a ramp [1]; best when left out", required=False
)

_FAMILIES = (
    Family(
        id="signsgd-tight",
        defeats="SignSGD with constant stepsize eta and batch B, in expectation, for T steps",
        why=(
            "An oscillator keeps the discretisation error, a ramp is too long to be finished, and "
            "rare large outcomes turn the sign of every noisy coordinate into a fair coin."
        ),
        keys={
            "L": _L,
            "Delta": _DELTA,
            "eta": _ETA,
            "T": _T,
            "B": Key(
                "integer", "batch, oracle calls in a step [1]; 1 when left out", required=False
            ),
            "sigma": Key("vector", "standard deviation of each coordinate, d >= 2 [value/length]"),
            "delta": _SHARE,
            "rho": Key(
                "number",
                "probability of leaving a noisy ramp [1]; best when left out",
                required=False,
            ),
            "tau": Key(
                "number",
                "offset of the masking noise [value/length]; tiny when left out",
                required=False,
            ),
        },
        build=vector.signsgd_tight,
        level=SIGNSGD_TIGHT,
    ),
    Family(
        id="lattice-wells",
        defeats="every method on x_0 + eta Z^d that moves by at most eta a coordinate, for ever",
        why="Every lattice point has the same slope: no step to a neighbour finds a smaller one.",
        keys={
            "L": _L,
            "Delta": _DELTA,
            "eta": _ETA,
            "d": Key("integer", "dimension [1]; 1 when left out", required=False),
        },
        build=vector.lattice_wells,
        level=LATTICE_WELLS,
    ),
    Family(
        id="lattice-tight",
        defeats="every method on x_0 + eta Z^d that moves by at most eta a coordinate, for T steps",
        why="Wells keep the discretisation error and ramps are too long to be finished in T steps.",
        keys={
            "L": _L,
            "Delta": _DELTA,
            "eta": _ETA,
            "T": _T,
            "delta": _SHARE,
            "d": Key("integer", "dimension, at least 2 [1]; 2 when left out", required=False),
        },
        build=vector.lattice_tight,
        level=LATTICE_TIGHT,
    ),
)

CATALOGUE: Mapping[str, Family] = MappingProxyType({family.id: family for family in _FAMILIES})
"""Every family by id."""


def find(family_id: str) -> Family:
    """The family of that id; raises InputError with the ids there are."""
    if family_id not in CATALOGUE:
        raise InputError(
            f"There is no instance {family_id!r}: choose one of {', '.join(CATALOGUE)}."
        )
    return CATALOGUE[family_id]


def make(family_id: str, /, **parameters: Any) -> Instance:
    """Make and certify an instance.

    Parameters
    ----------
    family_id
        See :data:`CATALOGUE`.
    parameters
        The family's keys; those that are not required are chosen when left out.

    Raises
    ------
    InputError
        On an unknown id or key, a missing key or a value out of range;
        :class:`~hardinstances.errors.BudgetError` names the budget that does not fit.
    """
    family = find(family_id)
    for name in parameters:
        if name not in family.keys:
            raise InputError(
                f"{family.id} has no parameter {name!r}: its parameters are "
                f"{', '.join(family.keys)}."
            )
    missing = [n for n, key in family.keys.items() if key.required and n not in parameters]
    if missing:
        raise InputError(f"{family.id} needs {', '.join(missing)}: give a value for each.")
    return family.build(**{n: v for n, v in parameters.items() if v is not None})


def save(instance: Instance, path: str | Path) -> None:
    """Write an instance with its certificate; see :func:`hardinstances.storage.save`."""
    from hardinstances import storage

    storage.save(instance, path)


def load(path: str | Path) -> Instance:
    """Read an instance and verify it again; see :func:`hardinstances.storage.load`."""
    from hardinstances import storage

    return storage.load(path)
