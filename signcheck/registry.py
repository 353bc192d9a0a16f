"""Where theorems are found: the entry-point group ``signcheck.theorems``, and nowhere else.

Ids are read from the metadata of installed packages; a module is imported when its theorem is
asked for. A third party adds a theorem by declaring the same group.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from hardinstances.errors import InputError, ProjectError

if TYPE_CHECKING:
    from signcheck.theory import Theory

__all__ = ["GROUP", "ids", "load"]

GROUP = "signcheck.theorems"


def ids() -> list[str]:
    """Ids of all installed theorems, in the order of the theory sheet (T2b before T10)."""
    return sorted(_declared(), key=_natural)


def load(theorem_id: str) -> Theory:
    """The theory of that id; its proof is run only when ``theory.theorem`` is read.

    Raises
    ------
    InputError
        If the id is unknown, declared twice, or what it points to cannot be imported or is no
        Theory.
    """
    points = _declared().get(theorem_id)
    if points is None:
        known = ", ".join(ids()) or "none; install signcheck with pip install -e ."
        raise InputError(f"There is no theorem {theorem_id!r}: the ids are {known}.")
    if len(points) > 1:
        raise InputError(
            f"The theorem {theorem_id} is declared more than once, by "
            f"{' and '.join(point.value for point in points)}: uninstall all packages but one."
        )
    return _loaded(points[0])


def _loaded(point: EntryPoint) -> Theory:
    from signcheck.theory import Theory

    try:
        found = point.load()
    except ProjectError:
        raise
    except Exception as error:  # a third party's import may raise anything
        raise InputError(
            f"The theorem {point.name} cannot be loaded from {point.value} "
            f"({type(error).__name__}: {error}): repair or uninstall the package that declares it."
        ) from error
    if not isinstance(found, Theory):
        raise InputError(
            f"The theorem {point.name} at {point.value} is a {type(found).__name__}, not a "
            "signcheck.theory.Theory: correct the entry point."
        )
    return found


@cache
def _declared() -> dict[str, tuple[EntryPoint, ...]]:
    """Entry points by id; the same declaration seen twice on the path counts once."""
    found: dict[str, dict[str, EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, {}).setdefault(point.value, point)
    return {name: tuple(points.values()) for name, points in found.items()}


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(int(p), "") if p.isdigit() else (-1, p) for p in parts]
