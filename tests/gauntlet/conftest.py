"""A small stand-in for pytorch_optimizer, which is an extra, and plans that take no time."""

import sys

import pytest
import torch

from signcheck.gauntlet import entries
from signcheck.gauntlet.plan import Plan


class SignSGD(torch.optim.Optimizer):
    """Signum; the package has one of the same name and arguments."""

    def __init__(self, params, lr, momentum=0.9):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for point in group["params"]:
                memory = self.state[point].setdefault("memory", torch.zeros_like(point))
                memory.mul_(group["momentum"]).add_(point.grad, alpha=1 - group["momentum"])
                point.add_(memory.sign(), alpha=-group["lr"])


class Tiger(SignSGD):
    def __init__(self, params, lr, weight_decay=0.01):
        super().__init__(params, lr)


SignSGD.__module__ = Tiger.__module__ = "pytorch_optimizer"


@pytest.fixture
def package(monkeypatch):
    """The registry with two optimizers, one that torch has, and one that is refused."""
    fake = type(sys)("pytorch_optimizer")
    fake.SignSGD, fake.Tiger, fake.SophiaH = SignSGD, Tiger, type("SophiaH", (SignSGD,), {})
    fake.SophiaH.__module__ = "pytorch_optimizer"
    known = {
        "adam": torch.optim.Adam, "signsgd": SignSGD, "sophiah": fake.SophiaH, "tiger": Tiger
    }  # fmt: skip
    fake.get_supported_optimizers = lambda: sorted(known)
    fake.load_optimizer = known.__getitem__
    monkeypatch.setitem(sys.modules, "pytorch_optimizer", fake)
    entries.entries.cache_clear()
    yield fake
    entries.entries.cache_clear()


@pytest.fixture
def plan():
    return Plan("quick", 20, 12, 3, tuning_seeds=1, final_seeds=2, judged_seeds=6)
