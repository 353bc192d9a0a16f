"""Optimizers on instances: unchanged ones work, broken ones give an error and no result."""

import doctest
import math
import sys

import numpy as np
import pytest
import torch

import hardinstances
from hardinstances import drive
from hardinstances.errors import InputError, OptimizerError
from hardinstances.rng import Stream

T = 40
ETA = math.sqrt(2 / T)
NOISY = {"L": 1.0, "Delta": 1.0, "eta": ETA, "T": T, "B": 2, "sigma": [0.0, 0.02, 0.0, 0.01]}


@pytest.fixture(scope="module")
def vector():
    return hardinstances.make("signsgd-tight", **NOISY)


@pytest.fixture(scope="module")
def matrix():
    return hardinstances.make("muon-tight", **NOISY, rows=5, rotation=1)


class SignSGD(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure):
        with torch.enable_grad():
            loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad.sign(), alpha=-group["lr"])
        return loss


@pytest.mark.parametrize("name", ["vector", "matrix"])
def test_the_modules_gradient_is_the_oracles(request, name):
    instance = request.getfixturevalue(name)
    module = instance.module(seed=5, batch=3)
    assert [p.shape for p in module.parameters()] == [instance.shape]
    stream = Stream(5)
    for _ in range(3):
        module.zero_grad()
        loss = module()
        (2 * loss).backward()
        expected = 2 * instance.oracle(module.point.detach().numpy(), 3, stream)
        np.testing.assert_allclose(module.point.grad.numpy(), expected, rtol=1e-12, atol=1e-15)
        value = float(instance.value(module.point.detach().numpy()))
        assert loss.item() == pytest.approx(value)
        with torch.no_grad():
            module.point -= 0.01
    assert module.calls == 9
    assert module.stationarity() == pytest.approx(
        float(instance.stationarity(module.point.detach().numpy()))
    )


@pytest.mark.parametrize(
    "factory",
    [
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, foreach=True),
        lambda p: torch.optim.AdamW(p, lr=0.1, fused=True),
        lambda p: torch.optim.Adagrad(p, lr=0.1),
        lambda p: torch.optim.Rprop(p, lr=0.1),
        lambda p: torch.optim.LBFGS(p, lr=0.1),
        lambda p: SignSGD(p, lr=0.1),
    ],
)
def test_torch_optimizers_work_unchanged(vector, factory):
    curve = hardinstances.run(vector, factory, 5, batch=2, seeds=[0, 1])
    assert curve.stationarity.shape == curve.values.shape == (2, 5)
    assert curve.stationarity[:, 0] == pytest.approx(float(vector.stationarity(vector.x0)))
    assert curve.values[:, 0] == pytest.approx(1.0)
    assert curve.calls >= 10
    assert curve.level == vector.level_value
    assert np.all(curve.standard_error >= 0)


def test_matrix_optimizers_work_on_matrices(matrix):
    curve = hardinstances.run(matrix, lambda p: torch.optim.Muon(p, lr=0.1), 5, seeds=[0])
    assert curve.stationarity.shape == (1, 5)
    assert np.isnan(curve.standard_error).all()


def test_signsgd_from_torch_is_signsgd_from_numpy(vector):
    curve = hardinstances.run(vector, lambda p: SignSGD(p, lr=ETA), T, batch=2, seeds=[3])
    x, stream = np.array(vector.x0), Stream(3)
    for step in range(T):
        assert curve.stationarity[0, step] == pytest.approx(float(vector.stationarity(x)))
        x = x - ETA * np.sign(vector.oracle(x, 2, stream))
    assert curve.covered
    assert curve.calls == 2 * T


def test_a_lattice_method_ends_on_its_level():
    wells = hardinstances.make("lattice-wells", L=1.0, Delta=1.0, eta=0.1, d=3)
    curve = hardinstances.run(wells, lambda p: SignSGD(p, lr=0.1), 30, seeds=[0])
    assert curve.best == pytest.approx(curve.level, rel=1e-9)
    assert curve.covered


def test_covered_says_when_the_horizon_is_passed(vector):
    curve = hardinstances.run(vector, lambda p: SignSGD(p, lr=ETA), T + 1, batch=2, seeds=[0])
    assert not curve.covered


def test_progress_is_reported(vector):
    done = []
    hardinstances.run(vector, lambda p: SignSGD(p, lr=ETA), 4, seeds=[0, 1], progress=done.append)
    assert sum(done) == 8


class Reshaping(SignSGD):
    def step(self, closure):
        super().step(closure)
        self.param_groups[0]["params"][0].data = torch.zeros(7, dtype=torch.float64)


class Poisoning(SignSGD):
    def step(self, closure):
        super().step(closure)
        with torch.no_grad():
            self.param_groups[0]["params"][0][1] = math.nan


class Raising(SignSGD):
    def step(self, closure):
        raise KeyError("state")


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        (lambda p: Reshaping(p, lr=0.1), "shape"),
        (lambda p: Poisoning(p, lr=0.1), "not finite after step 0"),
        (lambda p: Raising(p, lr=0.1), "failed at step 0"),
        (lambda p: torch.optim.SGD(p, lr=-1.0), "could not be made"),
        (lambda _: None, "no step"),
    ],
)
def test_broken_optimizers_give_no_result(vector, factory, message):
    with pytest.raises(OptimizerError, match=message):
        hardinstances.run(vector, factory, 5, seeds=[0])


def test_divergence_is_an_error_that_names_the_step():
    instance = hardinstances.make("stiff-quadratic", d=5)
    with pytest.raises(OptimizerError, match="not finite after step"):
        hardinstances.run(instance, lambda p: torch.optim.SGD(p, lr=1e10), 60, seeds=[0])


@pytest.mark.parametrize(
    "arguments",
    [{"steps": 0}, {"steps": 1.5}, {"batch": 0}, {"seeds": []}, {"seeds": [1, 1]}, {"seeds": [-1]}],
)
def test_bad_arguments_are_refused(vector, arguments):
    with pytest.raises(InputError):
        hardinstances.run(
            vector, lambda p: SignSGD(p, lr=0.1), **{"steps": 2, "seeds": [0]} | arguments
        )


def test_single_precision_is_possible(vector):
    curve = hardinstances.run(
        vector, lambda p: SignSGD(p, lr=ETA), 5, seeds=[0], dtype=torch.float32
    )
    assert curve.stationarity[0, 0] == pytest.approx(vector.level_value, rel=0.2)


def test_the_example_in_the_documentation():
    examples = doctest.DocTestFinder().find(drive.run)
    results = [doctest.DocTestRunner().run(example) for example in examples]
    assert sum(result.attempted for result in results) >= 4
    assert sum(result.failed for result in results) == 0


class FakeTransformation:
    """Plain SGD with the interface of optax, on numpy arrays."""

    @staticmethod
    def init(_point):
        return None

    @staticmethod
    def update(gradient, state, _point):
        return -0.1 * gradient, state


def test_optax_loop(vector, monkeypatch):
    """The loop against torch's; jax and optax themselves are an extra."""
    optax = type(sys)("optax")
    optax.apply_updates = lambda point, updates: point + updates
    monkeypatch.setitem(sys.modules, "optax", optax)
    stand_in = type(sys)("jax")
    # Where the module is there, arrays are asked whether they are its own.
    stand_in.Array = type("Array", (), {})
    monkeypatch.setitem(sys.modules, "jax", stand_in)
    monkeypatch.setitem(sys.modules, "jax.numpy", np)
    ours = hardinstances.run_optax(vector, FakeTransformation(), 6, batch=2, seeds=[4])
    theirs = hardinstances.run(vector, lambda p: torch.optim.SGD(p, lr=0.1), 6, batch=2, seeds=[4])
    np.testing.assert_allclose(ours.stationarity, theirs.stationarity, rtol=1e-12)


def test_optax_missing_is_a_sentence(vector, monkeypatch):
    monkeypatch.setitem(sys.modules, "optax", None)
    with pytest.raises(InputError, match="pip install"):
        hardinstances.run_optax(vector, FakeTransformation(), 2)
