"""One formula of a theorem: its level, its keys, and what it reads of the noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hardinstances.conditions import SYMBOLS
from hardinstances.level import Level
from signcheck.sigma import NORM, POWER, READ_OFF_SIGMA, Numbers

__all__ = ["SIGMA", "TEXTS", "Key", "Value", "Variant"]


@dataclass(frozen=True)
class Key:
    """One key of a bound: ``kind`` is ``"number"``, ``"integer"`` or ``"vector"``."""

    kind: str
    text: str
    required: bool = True


SIGMA = Key("vector", "standard deviation of each coordinate [value/length]")

TEXTS = {
    **SYMBOLS,
    NORM.name: "l1 norm of sigma [value/length]",
    POWER.name: "squared Euclidean norm of sigma [value^2/length^2]",
    "beta": "momentum [1]",
    "N": "number of oracle calls [1]",
    "eps": "stationarity to reach [value/length]",
    "alpha": "least <G, O>/|G|_* of a matrix step, 1 for the polar factor [1]",
    "gamma": "largest singular value of a matrix step, 1 for the polar factor [1]",
    "r": "largest rank of the matrix [1]",
    "level": "least of the step's singular values, but for small ones [1]",
    "slope": "least growth of a small singular value, after division by |G|_F [1]",
}


@dataclass(frozen=True)
class Value:
    """A bound at given numbers: ``value`` in value/length, and the choices behind it."""

    value: float
    variant: str
    parameters: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Variant:
    """One formula of a theorem.

    Parameters
    ----------
    name
        How reports call it.
    level
        Expression, symbols, regime and free parameters.
    noise
        Turns sigma into the symbols that the expression reads, or into None where the formula does
        not apply; None if the formula has no noise in it.
    defaults
        Parameters that may be left out, with their values.
    check
        Called with sigma and the other numbers; raises InputError where a hypothesis on single
        entries of sigma fails.
    choose
        Called with sigma and the other numbers; completes them where ``chosen`` was left out.
    chosen
        The integer parameters that ``choose`` finds.
    """

    name: str
    level: Level
    noise: Callable[[Any], Numbers | None] | None = None
    defaults: Mapping[str, float] = field(default_factory=dict)
    check: Callable[[Any, Numbers], None] | None = None
    choose: Callable[[Any, Numbers], Numbers] | None = None
    chosen: frozenset[str] = frozenset()

    @property
    def keys(self) -> Mapping[str, Key]:
        """The keys that a caller gives, in order."""
        found: dict[str, Key] = {}
        for name, text in self.level.symbols.items():
            kind = "integer" if name in self.level.integers else "number"
            optional = name in {*self.level.free, *self.defaults, *self.chosen}
            if name not in READ_OFF_SIGMA:
                found[name] = Key(kind, text, required=not optional)
        return found if self.noise is None else {**found, "sigma": SIGMA}
