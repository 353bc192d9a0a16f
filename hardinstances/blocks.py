"""Blocks: which coordinates of a separable instance follow which profile, and their noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hardinstances.noise import Noise
    from hardinstances.profiles import Profile

__all__ = ["Block"]


@dataclass(frozen=True, eq=False)
class Block:
    """Coordinates that share a profile.

    Parameters
    ----------
    name
        The block's part in the instance, e.g. ``"noisy ramps"``.
    profile
        The brick.
    coordinates
        int64 array ``(n,)``, which coordinates of the point.
    parameters
        One float64 array ``(n,)`` per parameter of the profile.
    weight
        The methods concerned keep ``E|f'|`` at or above ``weight*|f'(start)|`` within the horizon.
    noise
        The oracle's noise on these coordinates, or None.
    """

    name: str
    profile: Profile
    coordinates: Any
    parameters: Mapping[str, Any]
    weight: float = 1.0
    noise: Noise | None = None
    _moved: dict[Any, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return int(self.coordinates.shape[0])

    @cached_property
    def span(self) -> slice | None:
        """The coordinates as a slice where they are consecutive, else None."""
        first, last = int(self.coordinates[0]), int(self.coordinates[-1])
        consecutive = last - first == self.size - 1 and bool(
            (self.coordinates[1:] > self.coordinates[:-1]).all()
        )
        return slice(first, last + 1) if consecutive else None

    def start(self) -> Any:
        """Start of each coordinate, float64 ``(n,)``."""
        import numpy as np
        import sympy as sp

        names = [symbol.name for symbol in self.profile.parameters]
        start = sp.lambdify(self.profile.parameters, self.profile.start, modules="math")
        return np.zeros(self.size) + start(*(self.parameters[name] for name in names))

    def derivative(self, x: Any) -> Any:
        """``f'`` at the block's coordinates ``x`` of shape ``(..., n)``."""
        return self.profile.derivative(x, self._parameters_like(x))

    def value(self, x: Any) -> Any:
        """``f - inf f`` at the block's coordinates ``x`` of shape ``(..., n)``."""
        return self.profile.value(x, self._parameters_like(x))

    def _parameters_like(self, x: Any) -> Mapping[str, Any]:
        """The parameters on the device of ``x`` in its dtype, moved there once."""
        from array_api_compat import array_namespace, device, is_numpy_array

        if is_numpy_array(x):
            return self.parameters
        import numpy as np

        place = (array_namespace(x), x.dtype, device(x))
        if place not in self._moved:
            xp, dtype, where = place
            self._moved[place] = {
                name: xp.asarray(np.array(values), dtype=dtype, device=where)
                for name, values in self.parameters.items()
            }
        return self._moved[place]

    def rows(self) -> Iterator[tuple[tuple[Fraction, ...], Fraction | None, int]]:
        """Distinct parameters as exact rationals in order, their sigma, and their multiplicity."""
        import numpy as np

        names = [symbol.name for symbol in self.profile.parameters]
        columns = [np.broadcast_to(self.parameters[name], (self.size,)) for name in names]
        if self.noise is not None:
            columns.append(np.broadcast_to(self.noise.sigma, (self.size,)))
        if all((column == column[0]).all() for column in columns):
            # Millions of equal coordinates need no sorting.
            distinct, counts = np.array([[column[0] for column in columns]]), np.array([self.size])
        else:
            distinct, counts = np.unique(np.stack(columns, axis=1), axis=0, return_counts=True)
        for row, count in zip(distinct.tolist(), counts.tolist(), strict=True):
            exact = tuple(Fraction(number) for number in row)
            yield exact[: len(names)], (exact[-1] if self.noise is not None else None), count
