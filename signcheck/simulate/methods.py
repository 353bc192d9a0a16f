"""Reference update rules: the methods of the theory sheet, exactly as the bounds state them.

A method is a frozen object with a constant stepsize. Its state is one array (or None before the
first step), so a run of many seeds is one call on stacked points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import InputError

Floats: TypeAlias = NDArray[np.float64]
State: TypeAlias = Floats | None


class Method(Protocol):
    """What the engines need to know of a method.

    Attributes
    ----------
    name
        Name in tables and files.
    eta
        Stepsize (length for sign methods, length^2/value for the others).
    signs_only
        Whether the step is ``eta`` times the direction (sign or polar factor) of the batch mean.
    separate
        Whether each coordinate (or singular direction) moves by itself: its path depends on the
        others only through the oracle.
    """

    name: ClassVar[str]
    separate: ClassVar[bool]

    @property
    def signs_only(self) -> bool:
        """Whether only the direction of the batch mean matters."""

    @property
    def eta(self) -> float:
        """Stepsize."""

    def step(self, x: Floats, g: Floats, state: State) -> tuple[Floats, State]:
        """Next point and state from the point, the batch mean ``g`` there, and the state.

        ``x`` and ``g`` have one shape, (..., d); ``state`` is None at the first step.
        """


def check_settings(name: str, eta: float, beta: float = 0.0) -> None:
    """Raise InputError unless the stepsize is positive and the momentum in [0, 1)."""
    if not (math.isfinite(eta) and eta > 0.0):
        raise InputError(f"{name} needs a positive stepsize eta, not {eta!r}.")
    if not 0.0 <= beta < 1.0:
        raise InputError(f"{name} needs a momentum beta in [0, 1), not {beta!r}.")


@dataclass(frozen=True)
class SignSGD:
    """``x <- x - eta sign(g)`` with sign(0) = 0 (theorem T1)."""

    eta: float
    name: ClassVar[str] = "signsgd"
    signs_only: ClassVar[bool] = True
    separate: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings("SignSGD", self.eta)

    def step(self, x: Floats, g: Floats, state: State) -> tuple[Floats, State]:
        """See :class:`Method`; there is no state."""
        return x - self.eta * np.sign(g), state


@dataclass(frozen=True)
class Signum:
    """``m <- beta m + (1 - beta) g`` from ``m_0 = g_0``, ``x <- x - eta sign(m)`` (T1m)."""

    eta: float
    beta: float
    name: ClassVar[str] = "signum"
    signs_only: ClassVar[bool] = False
    separate: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings("Signum", self.eta, self.beta)

    def step(self, x: Floats, g: Floats, state: State) -> tuple[Floats, State]:
        """See :class:`Method`; the state is m."""
        m = g if state is None else self.beta * state + (1.0 - self.beta) * g
        return x - self.eta * np.sign(m), m


@dataclass(frozen=True)
class SGD:
    """``x <- x - eta g`` (theorems T3 and T3u)."""

    eta: float
    name: ClassVar[str] = "sgd"
    signs_only: ClassVar[bool] = False
    separate: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings("SGD", self.eta)

    def step(self, x: Floats, g: Floats, state: State) -> tuple[Floats, State]:
        """See :class:`Method`; there is no state."""
        return x - self.eta * g, state


@dataclass(frozen=True)
class MomentumSGD:
    """Heavy ball as in torch: ``m <- beta m + g`` from ``m_0 = g_0``, ``x <- x - eta m``."""

    eta: float
    beta: float
    name: ClassVar[str] = "sgd-momentum"
    signs_only: ClassVar[bool] = False
    separate: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings("SGD with momentum", self.eta, self.beta)

    def step(self, x: Floats, g: Floats, state: State) -> tuple[Floats, State]:
        """See :class:`Method`; the state is m."""
        m = g if state is None else self.beta * state + g
        return x - self.eta * m, m
