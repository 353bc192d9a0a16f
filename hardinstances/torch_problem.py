"""Any torch optimizer drives an instance: the point is a parameter, the loss's gradient the oracle.

Source: architecture of the project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from hardinstances.instance import Instance, check_batch
from hardinstances.rng import Stream

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["InstanceModule"]


class _NoisyValue(torch.autograd.Function):
    """``f(point)`` whose gradient is one noisy oracle answer, drawn in the forward pass."""

    @staticmethod
    def forward(ctx: Any, point: Tensor, instance: Instance, batch: int, stream: Stream) -> Tensor:
        """The exact value."""
        ctx.save_for_backward(instance.oracle(point, batch, stream))
        value: Tensor = instance.value(point)
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None, None, None]:
        """The noisy gradient times the incoming scalar."""
        (noisy,) = ctx.saved_tensors
        return grad_output * noisy, None, None, None


class InstanceModule(nn.Module):
    """A hard instance as a module with one parameter.

    ``loss().backward()`` (or ``module().backward()``) leaves the mean of ``batch`` oracle calls in
    ``point.grad``; each call of ``loss`` draws anew.

    Parameters
    ----------
    instance
        The instance.
    seed
        Of the oracle's noise.
    batch
        Oracle calls behind each loss.
    dtype, device
        Of the point; float64 on the CPU when left out.

    Attributes
    ----------
    point
        The parameter, of the instance's shape; starts at ``x0``.
    calls
        Oracle calls used so far.

    Raises
    ------
    InputError
        If the seed or the batch cannot be used.
    """

    def __init__(
        self,
        instance: Instance,
        seed: int,
        batch: int = 1,
        *,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        self.instance = instance
        self.batch = check_batch(batch)
        self.stream = Stream(seed)
        self.calls = 0
        start = torch.tensor(np.array(instance.x0), dtype=dtype, device=device)
        self.point = nn.Parameter(start)

    def loss(self) -> Tensor:
        """``f(point)``, a scalar whose backward pass leaves a noisy gradient."""
        self.calls += self.batch
        apply: Any = _NoisyValue.apply
        value: Tensor = apply(self.point, self.instance, self.batch, self.stream)
        return value

    def forward(self) -> Tensor:
        """The same as :meth:`loss`."""
        return self.loss()

    @torch.no_grad()
    def stationarity(self) -> float:
        """``|grad f(point)|`` without noise, in the norm of the instance; value/length."""
        return float(self.instance.stationarity(self.point.detach()))
