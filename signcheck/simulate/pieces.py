"""Profiles as tables of numbers, for the engines that fuse many steps into one pass.

A brick's derivative is ``value + slope*(x - anchor)`` on each piece. The tables hold these numbers
for every coordinate, computed in the precision of the run and in the order of
:mod:`hardinstances.piecewise`, so that all engines round alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import InputError
from hardinstances.noise import GaussianNoise, MaskingNoise

if TYPE_CHECKING:
    from hardinstances.blocks import Block

FloatArray: TypeAlias = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Pieces:
    """One block's derivative and noise as numbers, n coordinates and P pieces.

    Attributes
    ----------
    coordinates
        Which coordinates of the point, uint32 (n,).
    start
        Start of each coordinate, (n,).
    edges
        Left ends of the pieces but the first, (P - 1, n).
    value, slope, anchor
        ``f'(x) = value + slope*(x - anchor)`` on each piece, (P, n).
    period
        ``f'(x + period) = -f'(x)``, (n,); None if there is none.
    noise
        Noise of the block, or None.
    """

    coordinates: NDArray[np.uint32]
    start: FloatArray
    edges: FloatArray
    value: FloatArray
    slope: FloatArray
    anchor: FloatArray
    period: FloatArray | None
    noise: MaskingNoise | GaussianNoise | None

    @property
    def size(self) -> int:
        """Number of coordinates n."""
        return int(self.coordinates.size)

    @property
    def is_uniform(self) -> bool:
        """Whether all coordinates have equal parameters and noise."""
        tables = [self.edges, self.value, self.slope, self.anchor, self.start[None, :]]
        if self.period is not None:
            tables.append(self.period[None, :])
        if self.noise is not None:
            tables.append(np.broadcast_to(self.noise.sigma, (1, self.size)))
        return all(bool(np.all(table == table[:, :1])) for table in tables)

    def first(self) -> Pieces:
        """The table of the first coordinate alone."""
        return replace(
            self,
            coordinates=self.coordinates[:1],
            start=self.start[:1],
            edges=self.edges[:, :1],
            value=self.value[:, :1],
            slope=self.slope[:, :1],
            anchor=self.anchor[:, :1],
            period=None if self.period is None else self.period[:1],
        )

    @property
    def count(self) -> int:
        """Number of pieces P."""
        return int(self.value.shape[0])


def tabulate(block: Block, dtype: Any = np.float64) -> Pieces:
    """The table of a block in ``dtype`` (float64 or float32).

    Raises
    ------
    InputError
        If the noise of the block is not of a kind that the fused engines draw.
    """
    if block.noise is not None and not isinstance(block.noise, MaskingNoise | GaussianNoise):
        raise InputError(
            f"Block {block.name!r} has noise of kind {type(block.noise).__name__}, which the fused "
            "engines do not draw: use the reference engine."
        )
    profile = block.profile
    numbers = [np.asarray(block.parameters[s.name], dtype=dtype) for s in profile.parameters]
    pieces = profile.pieces

    def column(expr: Any) -> FloatArray:
        return _evaluate(profile.parameters, expr, numbers, block.size, dtype)

    def table(expressions: list[Any]) -> FloatArray:
        return np.stack([column(e) for e in expressions]) if expressions else np.empty((0, 0))

    return Pieces(
        coordinates=np.asarray(block.coordinates, dtype=np.uint32),
        start=np.asarray(block.start(), dtype=dtype),
        edges=table([p.lo for p in pieces[1:]]).reshape(len(pieces) - 1, block.size).astype(dtype),
        value=table([p.value for p in pieces]),
        slope=table([p.slope for p in pieces]),
        anchor=table([p.anchor for p in pieces]),
        period=None if profile.antiperiod is None else column(profile.antiperiod),
        noise=block.noise,
    )


def _evaluate(
    symbols: tuple[Any, ...], expr: Any, numbers: list[FloatArray], size: int, dtype: Any
) -> FloatArray:
    """An expression on arrays by arithmetic operators alone, as the bricks are evaluated."""
    import sympy as sp

    found = sp.lambdify(symbols, expr, modules="math")(*numbers)
    return np.ascontiguousarray(np.broadcast_to(np.asarray(found, dtype=dtype), (size,)))
