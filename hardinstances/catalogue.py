"""Every family by id: make an instance, save it, load it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError
from hardinstances.families import CHAINS, MATRICES, VECTORS, Family, Key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hardinstances.instance import Instance

__all__ = ["CATALOGUE", "Family", "Key", "find", "load", "make", "save"]

CATALOGUE: Mapping[str, Family] = MappingProxyType(
    {family.id: family for family in (*VECTORS, *CHAINS, *MATRICES)}
)
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
