"""Muon on stacked matrices: the exact polar factor, and the Newton-Schulz steps used in practice.

Sources: theorem T5 (exact and inexact polar factors), T10 (the reference schedule); K. Jordan et
al., "Muon: an optimizer for hidden layers in neural networks", 2024, for schedule and method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from array_api_compat import array_namespace

from hardinstances.errors import InputError
from hardinstances.geometry import MATRIX, polar_map
from signcheck.simulate.methods import SignSGD, Signum, check_settings

if TYPE_CHECKING:
    from hardinstances.instance import Instance
    from signcheck.simulate.methods import Floats, Method, State

REFERENCE_SCHEDULE = ((3.4445, -4.7750, 2.0315),) * 5
"""Five times ``p(s) = 3.4445 s - 4.7750 s^3 + 2.0315 s^5``, as in Muon and torch.optim.Muon."""


@dataclass(frozen=True)
class Muon:
    """``m <- beta m + (1 - beta) G`` from ``m_0 = G_0``, ``X <- X - eta polar(m)`` (T5).

    The polar factor is exact and 0 on zero singular values. Points are (..., rows, columns).
    """

    eta: float
    beta: float = 0.0
    name: ClassVar[str] = "muon"
    separate: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings("Muon", self.eta, self.beta)

    @property
    def signs_only(self) -> bool:
        """Without momentum the step is the polar factor of the batch mean."""
        return self.beta == 0.0

    def step(self, x: Floats, g: Floats, state: State) -> tuple[Floats, State]:
        """See :class:`~signcheck.simulate.methods.Method`; the state is m."""
        m = g if state is None else self.beta * state + (1.0 - self.beta) * g
        return x - self.eta * polar_map(m), m


@dataclass(frozen=True)
class NewtonSchulzMuon:
    """Muon with odd polynomials in place of the polar factor: ``O = q(m/|m|_F)`` (T10).

    Parameters
    ----------
    schedule
        Coefficients (a, b, c) of ``a s + b s^3 + c s^5``, one triple an iteration, in order.

    The normalisation couples the singular values, so no direction moves by itself. There is no
    eps: m = 0 gives O = 0.
    """

    eta: float
    beta: float = 0.0
    schedule: tuple[tuple[float, float, float], ...] = REFERENCE_SCHEDULE
    name: ClassVar[str] = "muon-newton-schulz"
    separate: ClassVar[bool] = False
    signs_only: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_settings("Muon", self.eta, self.beta)
        if not self.schedule or not all(
            len(triple) == 3 and all(map(math.isfinite, triple)) for triple in self.schedule
        ):
            raise InputError(
                f"A Newton-Schulz schedule is a list of triples of numbers, not {self.schedule!r}."
            )

    def step(self, x: Floats, g: Floats, state: State) -> tuple[Floats, State]:
        """See :class:`~signcheck.simulate.methods.Method`; the state is m."""
        m = g if state is None else self.beta * state + (1.0 - self.beta) * g
        return x - self.eta * newton_schulz(m, self.schedule), m


def check_shapes(instance: Instance, method: Method) -> None:
    """Raise InputError where Muon meets vectors, or signs of entries meet matrices."""
    matrices = instance.geometry.axes == MATRIX.axes
    if isinstance(method, (SignSGD, Signum) if matrices else (Muon, NewtonSchulzMuon)):
        points, other = ("matrices", "muon") if matrices else ("vectors", "signsgd or signum")
        raise InputError(
            f"{instance.id} has {points} of shape {instance.shape} for points, on which "
            f"{method.name} is not the method of the bounds: take {other}, or another instance."
        )


def newton_schulz(
    m: Floats, schedule: tuple[tuple[float, float, float], ...] = REFERENCE_SCHEDULE
) -> Floats:
    """The odd polynomials of a schedule applied to the singular values of ``m/|m|_F``.

    Parameters
    ----------
    m
        Matrices (..., rows, columns), numpy or torch, in the precision of the computation.
    schedule
        Coefficients (a, b, c), one triple an iteration.

    Returns
    -------
    Matrices of the same shape; 0 where ``m`` is 0.
    """
    xp = array_namespace(m)
    wide = m.shape[-2] <= m.shape[-1]
    y: Any = m if wide else xp.matrix_transpose(m)
    norm = xp.sqrt(xp.sum(xp.square(y), axis=(-1, -2), keepdims=True))
    y = y / xp.where(norm > 0.0, norm, xp.ones_like(norm))
    for a, b, c in schedule:
        gram = y @ xp.matrix_transpose(y)
        y = a * y + (b * gram + c * (gram @ gram)) @ y
    return cast("Floats", y if wide else xp.matrix_transpose(y))
