"""The arms' optimizers in torch, each with the stepsize as the only free number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from torch import nn

    from gpt2_validation.protocol import Arm


class SignMomentum(torch.optim.Optimizer):
    """SignSGD and Signum (T1, T1m): ``x -= lr sign(m)``, ``m_0 = g_0``.

    The average is ``m = beta m + (1 - beta) g``, beta = ``momentum``. Weight decay is decoupled:
    ``x -= lr decay x`` before the step. sign(0) = 0.
    """

    def __init__(self, params: Any, lr: float, momentum: float = 0.0, decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update from the gradients that are there; no closure."""
        if closure is not None:
            msg = "SignMomentum takes no closure. Call backward() first, then step()."
            raise InputError(msg)
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            gradients = [p.grad for p in params]
            if group["momentum"]:
                gradients = self._averaged(params, gradients, group["momentum"])
            if group["decay"]:
                torch._foreach_mul_(params, 1.0 - group["lr"] * group["decay"])
            signs = torch._foreach_sign(gradients)
            torch._foreach_add_(params, signs, alpha=-group["lr"])

    def _averaged(self, params: list[Any], gradients: list[Any], beta: float) -> list[Any]:
        for param, gradient in zip(params, gradients, strict=True):
            state = self.state[param]
            if "average" not in state:
                state["average"] = gradient.clone()
            else:
                state["average"].lerp_(gradient, 1.0 - beta)
        return [self.state[param]["average"] for param in params]


def build_optimizers(arm: Arm, model: nn.Module, stepsize: float) -> list[torch.optim.Optimizer]:
    """The arm's optimizers over ``model``'s parameters; each group has key ``peak`` (its stepsize).

    Raises
    ------
    InputError
        If the arm names an optimizer that does not exist.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    made: list[torch.optim.Optimizer]
    if arm.optimizer == "sign":
        made = [SignMomentum(parameters, stepsize, arm.momentum, arm.decay)]
    elif arm.optimizer == "sgd":
        made = [
            torch.optim.SGD(
                parameters,
                lr=stepsize,
                momentum=arm.momentum,
                dampening=arm.dampening,
                weight_decay=arm.decay,
            )
        ]
    elif arm.optimizer == "adamw":
        made = [_adamw(parameters, stepsize)]
    elif arm.optimizer == "muon":
        hidden, others = _split_hidden(model)
        made = [
            torch.optim.Muon(hidden, lr=stepsize, momentum=arm.momentum, weight_decay=0.0),
            _adamw(others, arm.adamw_stepsize),
        ]
    else:
        msg = f"The optimizer {arm.optimizer!r} is unknown. Use sign, sgd, adamw or muon."
        raise InputError(msg)
    for optimizer in made:
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return made


def _adamw(parameters: list[Any], stepsize: float) -> torch.optim.AdamW:
    return torch.optim.AdamW(parameters, lr=stepsize, betas=(0.9, 0.95), weight_decay=0.0)


def _split_hidden(model: nn.Module) -> tuple[list[Any], list[Any]]:
    """Matrices inside the blocks, and everything else (embeddings, biases, gains)."""
    hidden, others = [], []
    for name, parameter in model.named_parameters():
        target = hidden if parameter.ndim == 2 and ".h." in name else others
        target.append(parameter)
    return hidden, others


def set_stepsizes(optimizers: list[torch.optim.Optimizer], fraction: float) -> None:
    """Scale every group's stepsize to ``fraction`` of its peak."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = fraction * group["peak"]
