"""A torch optimizer that no package has: Muon with the exact polar factor.

Source: theory sheet, T5 and T6: the lower bound for Muon holds for the exact factor only, which is
0 on zero singular values; packages approximate it by Newton-Schulz steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from hardinstances.geometry import polar_map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["ExactMuon"]


class ExactMuon(torch.optim.Optimizer):
    """``X <- X - lr polar(G)`` for matrices, without momentum."""

    def __init__(self, params: Iterable[torch.Tensor], lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None if closure is None else closure()
        for group in self.param_groups:
            for point in group["params"]:
                point.sub_(polar_map(point.grad), alpha=group["lr"])
        return loss
