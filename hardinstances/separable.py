"""Separable instances: every coordinate follows a profile of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hardinstances.geometry import VECTOR, DualPair
from hardinstances.instance import Instance, check_batch, points
from hardinstances.rng import as_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hardinstances.blocks import Block
    from hardinstances.certificate import Certificate
    from hardinstances.levels import Level

__all__ = ["SeparableInstance"]


@dataclass(frozen=True, eq=False)
class SeparableInstance(Instance):
    """``f(x) = sum_i f_i(x_i)``; coordinates in no block are flat. See :class:`Instance`."""

    id: str
    d: int
    blocks: tuple[Block, ...]
    sigma: Any
    level: Level | None
    level_numbers: Mapping[str, float]
    level_value: float
    parameters: Mapping[str, Any]
    certificate: Certificate

    @property
    def geometry(self) -> DualPair:
        """l1 for gradients, l_oo for steps."""
        return VECTOR

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
        """The batch that the noise is made for, None without noise or if it fits every batch."""
        made_for = {block.noise.B for block in self.blocks if block.noise is not None}
        return made_for.pop() if len(made_for) == 1 else None

    def numbers(self) -> dict[str, Any]:
        """See :meth:`Instance.numbers`."""
        import numpy as np

        entries = super().numbers()
        for index, block in enumerate(self.blocks):
            here = f"block/{index}/"
            entries[here + "profile"] = np.array(block.profile.name)
            entries[here + "coordinates"] = block.coordinates
            entries[here + "weight"] = np.asarray(block.weight)
            entries |= {here + name: np.asarray(v) for name, v in block.parameters.items()}
        return entries

    def value(self, x: Any) -> Any:
        """``f(x)``, shape ``(...)``; ``f* = 0``.

        Raises
        ------
        InputError
            If the last axis of ``x`` is not d.
        """
        xp, x = points(self, x)
        total = xp.zeros(x.shape[:-1], dtype=x.dtype, device=_device(x))
        for block in self.blocks:
            values = block.value(_columns(xp, x, block))
            total = total + xp.sum(values, axis=-1)
        if self._flat.size:
            mine = _take(xp, x, self._flat)
            total = total + xp.sum(mine - mine, axis=-1)
        return total

    def grad(self, x: Any) -> Any:
        """``grad f(x)``, shape ``(..., d)``; errors as in :meth:`value`."""
        return self._assemble(x, lambda _block, slope: slope)

    def oracle(self, x: Any, batch: int, generator: Any) -> Any:
        """Mean of ``batch`` calls; see :meth:`Instance.oracle`."""
        check_batch(batch)
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
        check_batch(batch)
        stream = as_stream(generator)
        step = stream.advance()
        xp, x = points(self, x)

        def signs(block: Block, slope: Any) -> Any:
            if block.noise is None:
                return xp.sign(slope)
            return block.noise.sample_sign(slope, block.coordinates, stream, step, batch)

        return self._assemble(x, signs)

    @cached_property
    def _flat(self) -> Any:
        """The coordinates in no block."""
        import numpy as np

        flat = np.ones(self.d, dtype=bool)
        for block in self.blocks:
            flat[block.coordinates] = False
        return np.flatnonzero(flat)

    @cached_property
    def _order(self) -> Any:
        """Where each coordinate is in the blocks laid end to end, flat ones last; None if there."""
        import numpy as np

        laid = np.concatenate([*(block.coordinates for block in self.blocks), self._flat])
        if np.array_equal(laid, np.arange(self.d)):
            return None
        order = np.empty(self.d, dtype=np.int64)
        order[laid] = np.arange(self.d)
        return order

    def _assemble(self, x: Any, per_block: Callable[[Block, Any], Any]) -> Any:
        """``per_block(block, derivative)`` of every block, put back in coordinate order."""
        xp, x = points(self, x)
        parts = []
        for block in self.blocks:
            mine = _columns(xp, x, block)
            parts.append(per_block(block, block.derivative(mine)))
        if self._flat.size:
            mine = _take(xp, x, self._flat)
            parts.append(mine - mine)
        laid = xp.concat(parts, axis=-1)
        return laid if self._order is None else _take(xp, laid, self._order)


def _device(x: Any) -> Any:
    from array_api_compat import device

    return device(x)


def _take(xp: Any, x: Any, indices: Any) -> Any:
    return xp.take(x, xp.asarray(indices, device=_device(x)), axis=-1)


def _columns(xp: Any, x: Any, block: Block) -> Any:
    """The block's coordinates of ``x``: a view where they are consecutive."""
    return _take(xp, x, block.coordinates) if block.span is None else x[..., block.span]
