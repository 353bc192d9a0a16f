"""What an experiment consists of, as plain data: cells to run, curves to fit, bounds to judge.

A plan holds every prediction as a number that was read off a Bound object, so that cells can be run
and judged where the proofs cannot be loaded (a bare GPU machine), and nothing is computed twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

from hardinstances.errors import DataError, InputError

__all__ = [
    "FLOOR",
    "QUIET",
    "Cell",
    "Check",
    "Crossing",
    "Curve",
    "Part",
    "Plan",
    "Point",
    "read_plan",
    "spread",
]

Sense: TypeAlias = Literal["upper", "lower"]

QUIET, FLOOR = "T1 without noise", "T1 without noise and gap"
"""Predictions that split T1 into its terms."""

FORMAT = 1
"""Number of the plan's format, raised when an old plan can no longer be read."""


@dataclass(frozen=True)
class Cell:
    """One run of a method on a hard instance.

    Parameters
    ----------
    name
        Unique in its plan.
    family, parameters
        What :func:`hardinstances.make` needs; ``sigma`` as pairs ``[value, count]``.
    method
        Its ``name`` and its settings (``eta``, ``beta``).
    steps, batch, seeds
        T, B and the number of independent copies, integers >= 1.
    predicted
        Theorem id -> its Bound at these numbers; value/length.
    measure
        ``"descent"``: the average of |grad f| over the run, a copy, sampled through the oracle;
        ``"law"``: the same without sampling, from the exact law; ``"progress"``: the number of
        oracle calls until the chain is finished, a copy.
    calls
        Draw batches call by call, without the one-draw sign of a batch.
    grouped
        Move equal noiseless coordinates once.
    """

    name: str
    family: str
    parameters: Mapping[str, Any]
    method: Mapping[str, Any]
    steps: int
    batch: int
    seeds: int
    predicted: Mapping[str, float] = field(default_factory=dict)
    measure: Literal["descent", "law", "progress"] = "descent"
    calls: bool = False
    grouped: bool = True

    @property
    def cost(self) -> int:
        """Oracle calls of one copy, T B."""
        return self.steps * self.batch


@dataclass(frozen=True)
class Check:
    """A bound that a cell must obey: ``"lower"`` for min_T, ``"upper"`` for avg_T.

    Under the exact law a lower bound is held against min_T itself. Sampled cells keep averages over
    windows of time, so there it is held against the least average over a 32nd of the run, which is
    never below min_T: a claim that follows from the bound, and a weaker one.

    With ``calls`` it is about chance instead: a run takes more than so many oracle calls with at
    least the probability ``bound``.
    """

    cell: str
    theorem: str
    sense: Sense
    bound: float
    calls: float | None = None


@dataclass(frozen=True)
class Point:
    """A point of a curve.

    Parameters
    ----------
    x
        Abscissa, known exactly.
    cells
        One cell: the ordinate is what it measures. Several, by growing cost: the ordinate is the
        cost at which their measurements reach ``eps``.
    eps
        Stationarity to reach; None for one cell.
    predicted
        The ordinate that the curve's theorem gives; None to read it off the cells' predictions.
    """

    x: float
    cells: tuple[str, ...]
    eps: float | None = None
    predicted: float | None = None


@dataclass(frozen=True)
class Curve:
    """A power law: ordinate against abscissa, and the exponents that it should have.

    Parameters
    ----------
    name, abscissa, ordinate
        For tables and axes.
    points
        At least two.
    theorem
        The Bound that predicts the ordinates.
    exponent
        The asymptotic exponent; None where the curve is not fitted.
    """

    name: str
    abscissa: str
    ordinate: str
    points: tuple[Point, ...]
    theorem: str
    exponent: float | None


@dataclass(frozen=True)
class Crossing:
    """The least integer abscissa at which one curve exceeds another, or a number.

    Parameters
    ----------
    name
        For tables.
    curve
        Name of the rising curve.
    level
        The number to exceed, or the name of the flat curve (of one point).
    expected
        The integer that theory gives.
    """

    name: str
    curve: str
    level: float | str
    expected: int


@dataclass(frozen=True)
class Part:
    """One experiment."""

    letter: str
    title: str
    cells: tuple[Cell, ...]
    curves: tuple[Curve, ...] = ()
    checks: tuple[Check, ...] = ()
    crossings: tuple[Crossing, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All experiments of a run.

    Parameters
    ----------
    size
        ``"quick"`` or ``"full"``.
    seed
        Number of the experiment; all noise is derived from it.
    parts
        In order.
    """

    size: str
    seed: int
    parts: tuple[Part, ...]

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """Every cell by name, in order; raises InputError if two have one name."""
        every = [cell for part in self.parts for cell in part.cells]
        found = {cell.name: cell for cell in every}
        if len(found) != len(every):
            raise InputError("Two cells of a plan have the same name: give each its own.")
        return found

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        content: dict[str, Any] = {"format": FORMAT, **asdict(self)}
        # As it will be read back: no tuples.
        plain: dict[str, Any] = json.loads(json.dumps(content, allow_nan=False))
        return plain

    @property
    def digest(self) -> str:
        """SHA-256 of the plan: records are continued only under the same one."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def only(self, letter: str) -> Plan:
        """The plan of one experiment; raises InputError if there is no such letter."""
        parts = tuple(part for part in self.parts if part.letter == letter)
        if not parts:
            known = ", ".join(part.letter for part in self.parts)
            raise InputError(f"There is no experiment {letter!r}: choose one of {known}.")
        return Plan(self.size, self.seed, parts)


def read_plan(path: Path) -> Plan:
    """A plan from its file.

    Raises
    ------
    DataError
        If the file cannot be read or holds no plan of this format.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a plan ({error}): write it anew.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(f"{path} holds no plan of format {FORMAT}: write it anew.")
    return Plan(content["size"], content["seed"], tuple(map(_part, content["parts"])))


def _part(content: dict[str, Any]) -> Part:
    return Part(
        content["letter"],
        content["title"],
        tuple(Cell(**cell) for cell in content["cells"]),
        tuple(_curve(curve) for curve in content["curves"]),
        tuple(Check(**check) for check in content["checks"]),
        tuple(Crossing(**crossing) for crossing in content["crossings"]),
    )


def _curve(content: dict[str, Any]) -> Curve:
    points = tuple(Point(**{**p, "cells": tuple(p["cells"])}) for p in content["points"])
    return Curve(**{**content, "points": points})


def spread(pairs: Any) -> list[float]:
    """Pairs ``[value, count]`` as a list of values: sigma of 10^5 coordinates in a few bytes."""
    return [float(value) for value, count in pairs for _ in range(int(count))]
