"""Chains: functions whose coordinates can only be discovered one after the other.

``f(x) = scale*(F_K(x/width) - F_K(0) + GAP*K)``: ``f >= 0``, and ``f(0)`` is the gap's bound.

Source: theory sheet, section 5; Carmon, Duchi, Hinder, Sidford 2020; Arjevani et al. 2023 (gated
oracle).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hardinstances.certificate import LEVEL_SLACK, Claims
from hardinstances.chain_bounds import GAP, SMOOTHNESS, verify_constants
from hardinstances.chain_function import AT_ZERO, chain_grad, chain_value
from hardinstances.errors import CertificateError
from hardinstances.flat import FlatRotation
from hardinstances.geometry import VECTOR, DualPair
from hardinstances.instance import Instance, check_batch, points
from hardinstances.rng import MAX_WORD, as_stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardinstances.blocks import Block
    from hardinstances.level import Level

__all__ = ["ChainCertificate", "ChainInstance"]


@dataclass(frozen=True, eq=False)
class ChainCertificate:
    """Scaling of the chain's constants, in exact rationals.

    ``Delta`` is an upper bound of ``f(x_0) - inf f`` and ``f_star`` a lower bound of ``inf f``.
    """

    K: int
    d: int
    scale: Fraction
    width: Fraction
    weight: Fraction
    curvature_budget: Fraction
    gap_budget: Fraction
    level_value: float
    rotation: FlatRotation | None

    @property
    def claims(self) -> Claims:
        """What scale and width support."""
        return Claims(
            L=SMOOTHNESS * self.d * self.scale / self.width**2,
            Delta=GAP * self.K * self.scale,
            f_star=Fraction(0),
            level=self.weight * self.scale / self.width,
        )

    @property
    def L(self) -> Fraction:
        """Smoothness, an upper bound; value/length^2."""
        return self.claims.L

    @property
    def Delta(self) -> Fraction:
        """Upper bound of ``f(x_0) - inf f``; value."""
        return self.claims.Delta

    @property
    def f_star(self) -> Fraction:
        """Lower bound of ``inf f``; value."""
        return self.claims.f_star

    @property
    def level(self) -> Fraction:
        """Guaranteed stationarity at the rounded parameters; value/length."""
        return self.claims.level

    def verify(self) -> None:
        """Prove the constants and compare what they give with the budgets and the level.

        Raises
        ------
        CertificateError
            Naming what does not hold.
        """
        verify_constants()
        if self.rotation is not None:
            self.rotation.verify()
        claims = self.claims
        for name, used, budget in (
            ("curvature", claims.L, self.curvature_budget),
            ("gap", claims.Delta, self.gap_budget),
        ):
            if used > budget:
                raise CertificateError(
                    f"The {name} budget {float(budget)} is exceeded by {float(used - budget):.3g}."
                )
        if claims.level < Fraction(self.level_value) * (1 - LEVEL_SLACK):
            raise CertificateError(
                f"The level {self.level_value} is claimed but scale and width give only "
                f"{float(claims.level)}."
            )


@dataclass(frozen=True, eq=False)
class ChainInstance(Instance):
    """A chain of length K, optionally gated (``p < 1``) or rotated. See :class:`Instance`."""

    id: str
    K: int
    scale: float
    width: float
    p: float
    sigma: Any
    rotation: FlatRotation | None
    level: Level
    level_numbers: Mapping[str, float]
    level_value: float
    parameters: Mapping[str, Any]
    certificate: ChainCertificate
    blocks: tuple[Block, ...] = ()

    @property
    def d(self) -> int:  # type: ignore[override]
        """Dimension: K, or that of the rotation."""
        return self.K if self.rotation is None else self.rotation.d

    @property
    def geometry(self) -> DualPair:
        """l1 for gradients, l_oo for steps."""
        return VECTOR

    @cached_property
    def x0(self) -> Any:
        """The origin, float64 ``(d,)``."""
        import numpy as np

        start = np.zeros(self.d)
        start.setflags(write=False)
        return start

    def covered_steps(self, batch: int) -> int:
        """Number of steps, with ``batch`` calls each, that the level covers."""
        check_batch(batch)
        if self.p == 1:
            return self.K
        return math.floor(self._calls / batch) + 1

    @property
    def _calls(self) -> float:
        return (self.K - math.log(1 / float(self.parameters["rho"]))) / (2 * self.p)

    def progress(self, x: Any, threshold: float = 0.0) -> Any:
        """``max{i : |x_i/width| > threshold}``, 0 if there is none; int64 ``(...)``."""
        xp, y = self._inner_point(x)
        return xp.sum(xp.astype(self._open(xp, y, threshold), xp.int64), axis=-1)

    def numbers(self) -> dict[str, Any]:
        """See :meth:`Instance.numbers`."""
        import numpy as np

        own = {"scale": self.scale, "width": self.width, "p": self.p}
        return super().numbers() | {name: np.asarray(value) for name, value in own.items()}

    def value(self, x: Any) -> Any:
        """``f(x)``, shape ``(...)``."""
        xp, y = self._inner_point(x)
        return self.scale * (chain_value(xp, y) - AT_ZERO + float(GAP) * self.K)

    def grad(self, x: Any) -> Any:
        """``grad f(x)``, shape of ``x``."""
        xp, y = self._inner_point(x)
        return self._outer_gradient(chain_grad(xp, y))

    def oracle(self, x: Any, batch: int, generator: Any) -> Any:
        """Mean of ``batch`` gated calls; see :meth:`Instance.oracle`.

        A call hides all coordinates beyond ``progress(x, 1/4)``, in fact only the next one is not
        0 there, with probability ``1-p``, and multiplies them by ``1/p`` otherwise.
        """
        check_batch(batch)
        stream = as_stream(generator)
        step = stream.advance()
        xp, y = self._inner_point(x)
        slope = chain_grad(xp, y)
        if self.p < 1:
            hits = xp.zeros_like(slope[..., :1])
            for call in range(batch):
                open_gate = stream.words(y, self._gate, step, call) < round(self.p * MAX_WORD)
                hits = hits + xp.astype(open_gate, slope.dtype)
            passed = self._open(xp, y, 0.25)
            slope = xp.where(passed, slope, slope * (hits / (batch * self.p)))
        return self._outer_gradient(slope)

    @cached_property
    def _gate(self) -> Any:
        """One draw decides for all coordinates: that of coordinate 0."""
        import numpy as np

        return np.zeros(1, dtype=np.int64)

    def _open(self, xp: Any, y: Any, threshold: float) -> Any:
        """Which coordinates ``i`` have some ``|y_j| > threshold`` with ``j >= i``."""
        large = xp.astype(xp.flip(xp.abs(y), axis=-1) > threshold, xp.int64)
        return xp.flip(xp.cumulative_sum(large, axis=-1), axis=-1) > 0

    def _inner_point(self, x: Any) -> tuple[Any, Any]:
        xp, x = points(self, x)
        # Infinity becomes nan, so that a diverged point does not look stationary.
        x = x + (x - x)
        return xp, (x if self.rotation is None else self.rotation.inward(x)) / self.width

    def _outer_gradient(self, slope: Any) -> Any:
        outer = slope if self.rotation is None else self.rotation.outward(slope)
        return outer * (self.scale / self.width)
