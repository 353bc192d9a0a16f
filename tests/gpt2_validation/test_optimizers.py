"""The arms' updates against their formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from gpt2_validation.model import NextTokenLoss, build_model
from gpt2_validation.optimizers import SignMomentum, build_optimizers, set_stepsizes
from gpt2_validation.protocol import Arm, arm, protocol
from hardinstances.errors import InputError
from tests.gpt2_validation.conftest import SHAPE

if TYPE_CHECKING:
    from collections.abc import Sequence


def follow(optimizer_of: object, gradients: Sequence[torch.Tensor]) -> torch.Tensor:
    point = torch.nn.Parameter(torch.zeros(3))
    optimizer = optimizer_of([point])
    for gradient in gradients:
        point.grad = gradient.clone()
        optimizer.step()
    return point.detach()


def test_signsgd_and_signum_follow_the_theorems() -> None:
    gradients = [torch.tensor(g) for g in ([1.0, -2.0, 0.0], [-3.0, 1.0, 0.0], [1.0, 1.0, 0.0])]
    plain = follow(lambda p: SignMomentum(p, 0.5), gradients)
    assert plain.tolist() == [-0.5, -0.5, 0.0]
    average = gradients[0].clone()
    expected = -0.5 * average.sign()
    for gradient in gradients[1:]:
        average = 0.75 * average + 0.25 * gradient
        expected -= 0.5 * average.sign()
    found = follow(lambda p: SignMomentum(p, 0.5, momentum=0.75), gradients)
    assert torch.equal(found, expected)


def test_decay_is_decoupled() -> None:
    point = torch.nn.Parameter(torch.tensor([4.0]))
    optimizer = SignMomentum([point], 0.5, decay=0.1)
    point.grad = torch.tensor([1e-9])
    optimizer.step()
    assert point.item() == pytest.approx(4.0 * 0.95 - 0.5)
    with pytest.raises(InputError, match="closure"):
        optimizer.step(lambda: 0.0)


def test_momentum_of_sgd_averages_gradients() -> None:
    model = torch.nn.Linear(3, 1, bias=False)
    start = model.weight.detach().clone()
    (optimizer,) = build_optimizers(arm("sgd-momentum"), model, 0.5)
    gradients = [torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[0.0, -1.0, 1.0]])]
    for gradient in gradients:
        model.weight.grad = gradient.clone()
        optimizer.step()
    second = 0.9 * gradients[0] + 0.1 * gradients[1]
    assert torch.allclose(model.weight, start - 0.5 * (gradients[0] + second))


@pytest.mark.parametrize("name", list(protocol()["arms"]))
def test_every_arm_moves_every_parameter_and_lowers_the_loss(name: str) -> None:
    model = build_model(SHAPE, 1)
    loss = NextTokenLoss(model, low_precision=False)
    stepsize = {"sgd": 0.3, "sgd-momentum": 0.3, "muon": 0.02}.get(name, 1e-3)
    optimizers = build_optimizers(arm(name), model, stepsize)
    before = [p.detach().clone() for p in model.parameters()]
    windows = torch.randint(0, 128, (8, 17), generator=torch.Generator().manual_seed(0))
    losses = []
    for _ in range(5):
        model.zero_grad()
        value = loss(windows)
        value.backward()
        losses.append(value.item())
        set_stepsizes(optimizers, 1.0)
        for optimizer in optimizers:
            optimizer.step()
    assert losses[-1] < losses[0]
    assert all(not torch.equal(p, q) for p, q in zip(model.parameters(), before, strict=True))


def test_stepsizes_scale_every_group() -> None:
    optimizers = build_optimizers(arm("muon"), build_model(SHAPE, 1), 0.02)
    set_stepsizes(optimizers, 0.25)
    found = [group["lr"] for optimizer in optimizers for group in optimizer.param_groups]
    assert found == pytest.approx([0.005, 1.5e-4])
    with pytest.raises(InputError, match="unknown"):
        build_optimizers(Arm("x", "adagrad"), build_model(SHAPE, 1), 0.1)
