"""Measurements along a run: noise density, a large-batch gradient, the trajectory's smoothness.

Everything is measured on the training distribution, on sequences that come from samplers of their
own, so that measuring does not change the run.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist

from gpt2_validation.data import Sampler
from signcheck.density import DensityMeter

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from gpt2_validation.protocol import Run

    Loss = Callable[[torch.Tensor], torch.Tensor]

_NOISE_STREAM, _FIXED_STREAM = 7_000_000, 9_000_000


class Measurement:
    """Measures a model during a run.

    Parameters
    ----------
    loss
        Training loss of windows (low precision, compiled): what the optimizer sees.
    exact_loss
        The same loss in float32: differences of gradients at neighbouring points would drown in
        bfloat16's rounding.
    """

    def __init__(
        self,
        run: Run,
        model: torch.nn.Module,
        loss: Loss,
        exact_loss: Loss,
        tokens: NDArray[np.uint16],
        device: torch.device,
    ) -> None:
        self._run, self._model, self._loss, self._exact = run, model, loss, exact_loss
        self._device = device
        context = run.shape.context
        self._noise = Sampler(tokens, context, _NOISE_STREAM + run.seed)
        self._fixed = Sampler(tokens, context, _FIXED_STREAM)
        self._rank = dist.get_rank() if dist.is_initialized() else 0
        self._world = dist.get_world_size() if dist.is_initialized() else 1
        self._before: tuple[list[torch.Tensor], list[torch.Tensor]] | None = None

    def at(self, step: int) -> dict[str, Any]:
        """Density report and gradient bracket at the current point; leaves no gradients behind."""
        start = time.perf_counter()
        meter = DensityMeter(self._model)
        mine = range(self._rank, self._run.measure.minibatches, self._world)
        halves = _HalfSigns()
        for count, index in enumerate(mine):
            if count == len(mine) // 2:
                halves.freeze(meter)
            self._gradient(step, index)
            meter.update()
        meter.finish()
        replayed = list(mine)[: self._run.measure.jackknife // self._world]
        for index in replayed:
            self._gradient(step, index)
            meter.replay()
        self._model.zero_grad(set_to_none=True)
        report = meter.report()
        return {
            "step": step,
            **asdict(report),
            **halves.bracket(meter),
            "gradient_l2_high": _l2(meter),
            "minibatch_sequences": self._run.measure.sequences,
            "seconds": time.perf_counter() - start,
        }

    def _gradient(self, step: int, index: int) -> None:
        size = self._run.measure.sequences
        # Steps index disjoint stretches of the stream; a prime keeps passes from lining up.
        first = (step * 1_009 + index) * size
        windows = torch.from_numpy(self._noise.batch(first, size)).to(self._device)
        self._model.zero_grad(set_to_none=True)
        self._loss(windows).backward()

    def before_update(self) -> None:
        """Remember point and exact gradient on the fixed batch; call :meth:`after_update` next."""
        points = [p.detach().clone() for p in self._parameters()]
        self._before = (points, self._exact_gradient())

    def after_update(self) -> dict[str, float]:
        """``|grad f(x_{t+1}) - grad f(x_t)|_1 / |x_{t+1} - x_t|_oo`` on the fixed batch."""
        if self._before is None:
            return {}
        points, gradients = self._before
        self._before = None
        moves = [
            float((p.detach() - q).abs().max())
            for p, q in zip(self._parameters(), points, strict=True)
        ]
        change = sum(
            float((new - old).abs().sum(dtype=torch.float64))
            for new, old in zip(self._exact_gradient(), gradients, strict=True)
        )
        move = max(moves)
        return {"move_linf": move, "gradient_change_l1": change, "smoothness": change / move}

    def _parameters(self) -> list[torch.Tensor]:
        return [p for p in self._model.parameters() if p.requires_grad]

    def _exact_gradient(self) -> list[torch.Tensor]:
        size = self._run.measure.smoothness_sequences
        chunk = min(size, self._run.measure.sequences)
        self._model.zero_grad(set_to_none=True)
        for first in range(0, size, chunk):
            windows = torch.from_numpy(self._fixed.batch(first, chunk)).to(self._device)
            (self._exact(windows) * (chunk / size)).backward()
        gradients = [
            torch.zeros_like(p) if p.grad is None else p.grad.detach() for p in self._parameters()
        ]
        self._model.zero_grad(set_to_none=True)
        return gradients


class _HalfSigns:
    """A bracket of |grad f|_1 from two independent parts of the minibatches.

    With the mean m1 of some and m2 of the others: E<sign(m1), m2> <= |grad f|_1 <= E|m|_1, m
    the mean of all. One byte a coordinate.
    """

    def __init__(self) -> None:
        self._signs: dict[str, torch.Tensor] = {}
        self._first_l1 = 0.0
        self._count = 0

    def freeze(self, meter: DensityMeter) -> None:
        """Keep the signs of this process's mean so far as the first part."""
        self._signs = {name: mean.sign().to(torch.int8) for name, mean in meter.mean.items()}
        self._first_l1, self._count = _l1(meter), meter.count

    def bracket(self, meter: DensityMeter) -> dict[str, float]:
        """Lower and upper estimate of |grad f|_1 after the meter has merged all processes."""
        paired = sum(
            float((mean * self._signs[name]).sum(dtype=torch.float64))
            for name, mean in meter.mean.items()
        )
        # All but the first part sum to N mean - n1 m1, and <sign(m1), m1> = |m1|_1.
        rest = meter.count - self._count
        value = (meter.count * paired - self._count * self._first_l1) / rest
        lower = torch.tensor(
            value, dtype=torch.float64, device=next(iter(meter.mean.values())).device
        )
        if dist.is_initialized() and dist.get_world_size() > 1:
            dist.all_reduce(lower)
            lower = lower / dist.get_world_size()
        return {"gradient_l1_low": float(lower), "gradient_l1_high": _l1(meter)}


def _l1(meter: DensityMeter) -> float:
    return sum(float(mean.abs().sum(dtype=torch.float64)) for mean in meter.mean.values())


def _l2(meter: DensityMeter) -> float:
    squares = (float(mean.square().sum(dtype=torch.float64)) for mean in meter.mean.values())
    return math.sqrt(sum(squares))
