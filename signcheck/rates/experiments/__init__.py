"""The experiments (a) to (i), one module each: ``plan(size, bounds)`` gives its part of a plan."""

from __future__ import annotations

from importlib import import_module

from hardinstances.errors import InputError
from signcheck.rates.plan import Part, Plan
from signcheck.rates.predictions import Bounds
from signcheck.rates.sizes import Size

__all__ = ["MODULES", "make_plan"]

MODULES = {
    "a": "decay",
    "b": "dimension",
    "c": "density",
    "d": "tightness",
    "e": "crossover",
    "f": "floor",
    "g": "rank",
    "h": "chains",
    "i": "practical",
}
"""Letter of an experiment -> its module here."""


def make_plan(size: Size, *, seed: int = 0, only: str = "", scale: float = 1.0) -> Plan:
    """All cells and predictions of a run.

    Parameters
    ----------
    size
        Quick or full.
    seed
        Number of the experiment.
    only
        Letter or name of one experiment; all when empty.
    scale
        As in :class:`~signcheck.rates.predictions.Bounds`.

    Raises
    ------
    InputError
        If there is no such experiment.
    """
    letters = {name: letter for letter, name in MODULES.items()}
    chosen = letters.get(only, only)
    if chosen and chosen not in MODULES:
        known = ", ".join(f"{letter} ({name})" for letter, name in MODULES.items())
        raise InputError(f"There is no experiment {only!r}: choose one of {known}.")
    bounds = Bounds(scale)
    parts: list[Part] = []
    for letter, module in MODULES.items():
        if chosen in {"", letter}:
            parts.append(import_module(f"{__name__}.{module}").plan(size, bounds))
    return Plan(size.name, seed, tuple(parts))
