"""Noise of an oracle call: symbolic finite laws, and their samples from the project's streams.

A law is stated once, as outcomes and probabilities in the mean ``u >= 0`` of a coordinate of the
gradient; for ``u < 0`` every outcome changes sign. Sampling compiles those same expressions.

Source: theory sheet, section 2 (masking noise).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Protocol

import sympy as sp

from hardinstances.errors import InputError
from hardinstances.exact import within_root_of_two

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardinstances.rng import Stream

__all__ = [
    "MASKING",
    "SKEWED",
    "SKEWED_LIMIT",
    "FiniteLaw",
    "GaussianNoise",
    "MaskingNoise",
    "Noise",
]


class Noise(Protocol):
    """Unbiased noise on the coordinates of a block."""

    @property
    def sigma(self) -> Any:
        """Standard deviation allowed, float64 ``(n,)``; value/length."""

    @property
    def B(self) -> int | None:
        """The batch that it is made for, None if every batch."""

    def fits(self, steepest: Fraction | None, sigma: Fraction) -> bool:
        """Whether the variance stays within ``sigma^2`` where ``|f'| <= steepest`` (None: oo)."""

    def sample(self, mean: Any, coordinates: Any, stream: Stream, step: int, call: int) -> Any:
        """One oracle call: shape and dtype of ``mean`` ``(..., n)``."""

    def sample_sign(
        self, mean: Any, coordinates: Any, stream: Stream, step: int, batch: int
    ) -> Any:
        """The sign of the mean of ``batch`` calls, from one draw."""


@dataclass(frozen=True)
class FiniteLaw:
    """A law with finitely many outcomes: value/length with probabilities, in plain symbols."""

    outcomes: tuple[sp.Expr, ...]
    probabilities: tuple[sp.Expr, ...]

    def expectation(self, function: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
        """``E function(outcome)``, unsimplified."""
        pairs = zip(self.probabilities, self.outcomes, strict=True)
        return sp.Add(*(probability * function(outcome) for probability, outcome in pairs))


MEAN, TAU, BATCH = sp.Symbol("u"), sp.Symbol("tau"), sp.Symbol("B")
HIT = 1 - sp.Integer(2) ** (-1 / BATCH)
"""Probability of the large outcome; B calls all miss it with probability exactly 1/2."""


def _masking(hit: sp.Expr) -> FiniteLaw:
    return FiniteLaw(
        outcomes=((MEAN + TAU * (1 - hit)) / hit, -TAU),
        probabilities=(hit, 1 - hit),
    )


MASKING = _masking(HIT)
"""Masking noise of a coordinate with mean ``u >= 0``: rarely a large outcome, else ``-tau``.

The large one exceeds ``(B-1) tau``, so the mean of B calls is negative exactly if all miss.
"""

SKEWED = _masking(1 / (2 * BATCH))
"""The same with the large outcome at probability ``1/(2B)``: the mean is negative more often than
not, with probability at least ``(1 - 1/(2B))^B``, so a sign method moves uphill on average.
"""

SKEWED_LIMIT = sp.Symbol("sigma") / sp.sqrt(2 * BATCH - 1)
"""Its variance is at most ``sigma^2`` if and only if ``u + tau`` is at most this."""

MASKED_LIMIT = sp.Symbol("sigma") * sp.sqrt(sp.Integer(2) ** (1 / BATCH) - 1)
"""The variance is at most ``sigma^2`` if and only if ``u + tau`` is at most this."""


@cache
def _compiled() -> tuple[Callable[..., Any], ...]:
    hit = sp.Symbol("q")
    arguments = (MEAN, TAU, hit)
    return tuple(sp.lambdify(arguments, o, modules="math") for o in _masking(hit).outcomes)


@cache
def _hit_probability(batch: int) -> Fraction:
    """``1 - 2^(-1/B)`` to 40 digits."""
    return Fraction(str(sp.N(HIT.subs(BATCH, batch), 40)))


@dataclass(frozen=True, eq=False)
class MaskingNoise:
    """Two-point noise that hides the sign of a coordinate from the mean of B calls.

    Parameters
    ----------
    sigma
        Standard deviation allowed, one per coordinate ``(n,)``; value/length.
    tau
        Offset > 0; value/length.
    B
        The batch it is made for; any batch can be drawn.

    Raises
    ------
    InputError
        If ``tau`` or a ``sigma`` is not positive and finite, or ``B`` is not an integer >= 1.
    """

    sigma: Any
    tau: float
    B: int

    def __post_init__(self) -> None:
        import numpy as np

        sigma = np.asarray(self.sigma, dtype=np.float64)
        if not (np.all(np.isfinite(sigma)) and np.all(sigma > 0)):
            raise InputError("Masking noise needs every sigma positive and finite.")
        if not (math.isfinite(self.tau) and self.tau > 0):
            raise InputError(f"Masking noise needs a tau > 0, got {self.tau}: give a small one.")
        if isinstance(self.B, bool) or not isinstance(self.B, int) or self.B < 1:
            raise InputError(f"B must be an integer of at least 1, got {self.B!r}.")

    @property
    def law(self) -> FiniteLaw:
        """The symbolic law of one call, in the symbols u, tau and B."""
        return MASKING

    @cached_property
    def hit(self) -> Fraction:
        """Probability of the large outcome, to 40 digits."""
        return _hit_probability(self.B)

    @property
    def threshold(self) -> int:
        """A call is a hit if and only if its word is below this."""
        from hardinstances.rng import MAX_WORD

        return round(self.hit * MAX_WORD)

    def fits(self, steepest: Fraction | None, sigma: Fraction) -> bool:
        """Whether the variance stays within ``sigma^2`` where ``|f'| <= steepest``, exactly."""
        if steepest is None:
            return False
        slope = (steepest + Fraction(self.tau)) / sigma
        return within_root_of_two(slope**2, self.B)

    def outcome(self, mean: Any, hit: Any) -> Any:
        """The outcome of one call; ``hit`` is a boolean array of the shape of ``mean``."""
        from array_api_compat import array_namespace

        xp = array_namespace(mean)
        large, small = (f(xp.abs(mean), self.tau, float(self.hit)) for f in _compiled())
        value = xp.where(hit, large, xp.zeros_like(mean) + small)
        return xp.where(mean < 0, -value, value)

    def sample(self, mean: Any, coordinates: Any, stream: Stream, step: int, call: int) -> Any:
        """One oracle call: shape and dtype of ``mean`` ``(..., n)``."""
        words = stream.words(mean, coordinates, step, call)
        return self.outcome(mean, words < self.threshold)

    def sample_sign(
        self, mean: Any, coordinates: Any, stream: Stream, step: int, batch: int
    ) -> Any:
        """Sign of the mean of B calls from one draw: a fair coin (+1 or -1 in ``mean``'s dtype).

        At B = 1 it is the sign of the same draw that :meth:`sample` makes at call 0.

        Raises
        ------
        InputError
            If ``batch`` is not B.
        """
        if batch != self.B:
            raise InputError(
                f"The one-draw sign holds for the batch {self.B} that the noise is made for, "
                f"got {batch}: take the sign of `oracle`, or make the instance with B={batch}."
            )
        from array_api_compat import array_namespace

        xp = array_namespace(mean)
        one = xp.ones_like(mean)
        coin = xp.where(stream.words(mean, coordinates, step) < 2**31, one, -one)
        return xp.where(mean < 0, -coin, coin)


@dataclass(frozen=True, eq=False)
class GaussianNoise:
    """Normal noise of standard deviation sigma on each coordinate.

    Parameters
    ----------
    sigma
        Standard deviation, one per coordinate ``(n,)``; value/length.

    Raises
    ------
    InputError
        If a ``sigma`` is negative or not finite.
    """

    sigma: Any

    def __post_init__(self) -> None:
        import numpy as np

        sigma = np.asarray(self.sigma, dtype=np.float64)
        if not (np.all(np.isfinite(sigma)) and np.all(sigma >= 0)):
            raise InputError("Gaussian noise needs every sigma finite and not negative.")

    @property
    def B(self) -> None:
        """Made for every batch."""
        return

    def fits(self, steepest: Fraction | None, sigma: Fraction) -> bool:
        """The variance is sigma^2, whatever the slope."""
        return True

    def _normal(self, mean: Any, coordinates: Any, stream: Stream, step: int, call: int) -> Any:
        from array_api_compat import array_namespace

        normal = stream.normals(mean, coordinates, step, call)
        return self._sigma_like(mean) * array_namespace(mean).astype(normal, mean.dtype)

    def _sigma_like(self, mean: Any) -> Any:
        """Sigma on the device of ``mean`` in its dtype, moved there once."""
        import numpy as np
        from array_api_compat import array_namespace, device

        place = (array_namespace(mean), mean.dtype, device(mean))
        if place not in self._moved:
            xp, dtype, where = place
            self._moved[place] = xp.asarray(np.array(self.sigma), dtype=dtype, device=where)
        return self._moved[place]

    @cached_property
    def _moved(self) -> dict[Any, Any]:
        return {}

    def sample(self, mean: Any, coordinates: Any, stream: Stream, step: int, call: int) -> Any:
        """One oracle call: shape and dtype of ``mean`` ``(..., n)``."""
        return mean + self._normal(mean, coordinates, stream, step, call)

    def sample_sign(
        self, mean: Any, coordinates: Any, stream: Stream, step: int, batch: int
    ) -> Any:
        """Sign of the mean of ``batch`` calls, whose noise is normal with ``sigma/sqrt(batch)``."""
        from array_api_compat import array_namespace

        noise = self._normal(mean, coordinates, stream, step, 0) / math.sqrt(batch)
        return array_namespace(mean).sign(mean + noise)
