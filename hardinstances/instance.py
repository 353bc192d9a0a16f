"""Separable instances: a point, a function, an oracle, a certificate and a certified level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError
from hardinstances.rng import as_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hardinstances.blocks import Block
    from hardinstances.certificate import Certificate
    from hardinstances.levels import Level

__all__ = ["Instance"]


@dataclass(frozen=True, eq=False)
class Instance:
    """``f(x) = sum_i f_i(x_i)`` with infimum 0, an oracle, and a level that is proved.

    Coordinates in no block are flat. All points are arrays (numpy or torch, any device, any float
    dtype) of shape ``(..., d)``; leading axes are independent points.

    Parameters
    ----------
    id
        Name in the catalogue.
    d
        Dimension.
    blocks
        Which coordinates follow which profile.
    sigma
        Standard deviation that the class allows, float64 ``(d,)``; value/length.
    level
        The certified level, symbolic.
    level_numbers
        Its parameters at this instance; ``level_value`` is the level there.
    parameters
        What ``make`` needs to build the instance again, choices filled in.
    certificate
        Exact L, Delta, f* and level; ``verify()`` derives them again.
    """

    id: str
    d: int
    blocks: tuple[Block, ...]
    sigma: Any
    level: Level
    level_numbers: Mapping[str, float]
    level_value: float
    parameters: Mapping[str, Any]
    certificate: Certificate

    @cached_property
    def x0(self) -> Any:
        """Where a method is started: float64 ``(d,)``."""
        import numpy as np

        start = np.zeros(self.d)
        for block in self.blocks:
            start[block.coordinates] = block.start()
        start.setflags(write=False)
        return start

    @cached_property
    def batch(self) -> int | None:
        """The batch that the masking noise is made for, None without noise."""
        made_for = {block.noise.B for block in self.blocks if block.noise is not None}
        return made_for.pop() if made_for else None

    def value(self, x: Any) -> Any:
        """``f(x)``, shape ``(...)``; ``f* = 0``.

        Raises
        ------
        InputError
            If the last axis of ``x`` is not d.
        """
        xp, x = self._points(x)
        total = xp.zeros(x.shape[:-1], dtype=x.dtype, device=_device(x))
        for block in self.blocks:
            values = block.value(_take(xp, x, block.coordinates))
            total = total + xp.sum(values, axis=-1)
        return total

    def grad(self, x: Any) -> Any:
        """``grad f(x)``, shape ``(..., d)``; errors as in :meth:`value`."""
        return self._assemble(x, lambda _block, slope: slope)

    def oracle(self, x: Any, batch: int, generator: Any) -> Any:
        """Mean of ``batch`` independent oracle calls at ``x``, shape ``(..., d)``.

        Parameters
        ----------
        batch
            Number of calls, at least 1.
        generator
            A :class:`~hardinstances.rng.Stream`, which moves on by one step, or a numpy or torch
            generator, which is used once, to draw the key of a stream.

        Raises
        ------
        InputError
            On a wrong shape, batch or generator.
        """
        _check_batch(batch)
        stream = as_stream(generator)
        step = stream.advance()

        def noisy(block: Block, slope: Any) -> Any:
            if block.noise is None:
                return slope
            total = block.noise.sample(slope, block.coordinates, stream, step, 0)
            for call in range(1, batch):
                total = total + block.noise.sample(slope, block.coordinates, stream, step, call)
            return total / batch

        return self._assemble(x, noisy)

    def sign_oracle(self, x: Any, batch: int, generator: Any) -> Any:
        """The sign of what :meth:`oracle` returns, in law, at the cost of one draw a coordinate.

        Raises
        ------
        InputError
            As :meth:`oracle`, and if ``batch`` is not the one that the noise is made for.
        """
        _check_batch(batch)
        if self.batch is not None and batch != self.batch:
            raise InputError(
                f"The one-draw sign holds for the batch {self.batch} that the noise is made for, "
                f"got {batch}: take the sign of `oracle`, or make the instance with B={batch}."
            )
        stream = as_stream(generator)
        step = stream.advance()
        xp, x = self._points(x)

        def signs(block: Block, slope: Any) -> Any:
            if block.noise is None:
                return xp.sign(slope)
            return block.noise.sample_sign(slope, block.coordinates, stream, step)

        return self._assemble(x, signs)

    def verify(self) -> None:
        """Re-derive the certificate; raises CertificateError."""
        self.certificate.verify()

    def _points(self, x: Any) -> tuple[Any, Any]:
        import numpy as np
        from array_api_compat import array_namespace, is_array_api_obj

        if not is_array_api_obj(x):
            x = np.asarray(x, dtype=np.float64)
        xp = array_namespace(x)
        if x.ndim == 0 or x.shape[-1] != self.d:
            raise InputError(
                f"{self.id} has d = {self.d} but the point has shape {tuple(x.shape)}: "
                f"the last axis must be {self.d}."
            )
        if not xp.isdtype(x.dtype, "real floating"):
            raise InputError(f"The point has dtype {x.dtype}: give a floating point array.")
        return xp, x

    @cached_property
    def _order(self) -> Any:
        """Where each coordinate is in the blocks laid end to end, flat ones last; None if there."""
        import numpy as np

        laid = np.concatenate([block.coordinates for block in self.blocks])
        flat = np.setdiff1d(np.arange(self.d), laid)
        order = np.argsort(np.concatenate([laid, flat]), kind="stable")
        return None if np.array_equal(order, np.arange(self.d)) else order

    def _assemble(self, x: Any, per_block: Callable[[Block, Any], Any]) -> Any:
        """``per_block(block, derivative)`` of every block, put back in coordinate order."""
        xp, x = self._points(x)
        parts = []
        for block in self.blocks:
            mine = _take(xp, x, block.coordinates)
            parts.append(per_block(block, block.derivative(mine)))
        flat = self.d - sum(block.size for block in self.blocks)
        if flat:
            parts.append(xp.zeros((*x.shape[:-1], flat), dtype=x.dtype, device=_device(x)))
        laid = xp.concat(parts, axis=-1)
        return laid if self._order is None else _take(xp, laid, self._order)


def _device(x: Any) -> Any:
    from array_api_compat import device

    return device(x)


def _take(xp: Any, x: Any, indices: Any) -> Any:
    """Columns of ``x``: a view where they are consecutive."""
    first, size = int(indices[0]), int(indices.shape[0])
    if int(indices[-1]) - first == size - 1 and (indices[1:] > indices[:-1]).all():
        return x[..., first : first + size]
    return xp.take(x, xp.asarray(indices, device=_device(x)), axis=-1)


def _check_batch(batch: Any) -> None:
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise InputError(f"batch must be an integer of at least 1, got {batch!r}.")
