"""Runs: equal numbers of oracle calls for everybody, and clear errors instead of numbers."""

import random

import numpy as np
import pytest
import torch

import hardinstances
from hardinstances.errors import OptimizerError
from signcheck.gauntlet import drive
from signcheck.gauntlet.entries import Entry
from signcheck.gauntlet.membership import belongs

CALLS = 24
SIGMA = [0.3, 0.0, 0.0, 0.0]


@pytest.fixture(scope="module")
def floor():
    return hardinstances.make("sgd-noise-floor", L=1, Delta=1, eta=0.1, T=CALLS, B=1, sigma=SIGMA)


def torch_entry(name, **settings):
    return Entry(f"torch.optim.{name}", f"torch.optim:{name}", **settings)


class Local(Entry):
    """An entry whose optimizer is handed over as an object."""

    def make(self, module, lr, steps):
        return self.options["kind"](module.parameters(), lr)


def local(kind, **settings):
    return Local("local", "", options={"kind": kind}, **settings)


class Stepper(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})
        self.point = self.param_groups[0]["params"][0]
        self.lr = lr


def test_sgd_is_the_recursion_on_the_instances_oracle(floor):
    from hardinstances.rng import Stream

    trace = drive.run(floor, torch_entry("SGD"), 0.1, CALLS, seed=9)
    point, stream = np.array(floor.x0), Stream(9)
    for step in range(CALLS):
        np.testing.assert_allclose(trace.points[step], point, rtol=1e-12)
        assert trace.curve[step] == pytest.approx(float(floor.stationarity(point)), rel=1e-12)
        point = point - 0.1 * floor.oracle(point, 1, stream)
    np.testing.assert_allclose(trace.points[CALLS], point, rtol=1e-12)
    assert belongs(trace, "SGD", 0.1)


def test_seeds_decide_everything(floor):
    adam = torch_entry("Adam")
    first, again, other = (drive.run(floor, adam, 0.1, CALLS, seed=s).curve for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


@pytest.mark.parametrize("settings", [{"drive": "closure"}, {"drive": "gradient and closure"}])
def test_steps_with_several_calls_get_no_more_of_them(floor, settings):
    entry = torch_entry("LBFGS" if settings["drive"] == "closure" else "SGD", **settings)
    trace = drive.run(floor, entry, 0.1, CALLS, seed=1)
    assert trace.curve.shape == (CALLS,)
    assert trace.calls[-2] < CALLS <= trace.calls[-1] == len(trace.gradients)
    assert trace.calls[1] > 1
    norms = np.asarray(floor.stationarity(trace.measured))
    for call in range(CALLS):
        step = int(np.flatnonzero(trace.calls <= call)[-1])
        assert trace.curve[call] == norms[step]


def test_a_sparse_gradient_and_a_matrix_for_those_who_need_it(floor):
    drive.run(floor, torch_entry("SparseAdam", drive="sparse"), 0.1, CALLS, seed=1)
    with pytest.raises(OptimizerError, match=r"fails at step 1.*dense gradients"):
        drive.run(floor, torch_entry("SparseAdam"), 0.1, CALLS, seed=1)
    drive.run(floor, torch_entry("Muon", matrix=True), 0.1, CALLS, seed=1)
    with pytest.raises(OptimizerError, match=r"cannot be made.*2D"):
        drive.run(floor, torch_entry("Muon"), 0.1, CALLS, seed=1)


def test_updates_inside_backward(floor):
    class Fused:
        def __init__(self, params, lr):
            self.point = next(iter(params))

        def fused_backward(self, loss, lr):
            loss.backward()
            with torch.no_grad():
                self.point -= lr * self.point.grad
            self.point.grad = None

    trace = drive.run(floor, local(Fused, drive="fused"), 0.1, CALLS, seed=4)
    plain = drive.run(floor, torch_entry("SGD"), 0.1, CALLS, seed=4)
    np.testing.assert_allclose(trace.points, plain.points, rtol=1e-12)


def test_single_precision_is_single(floor):
    trace = drive.run(floor, torch_entry("SGD", dtype="float32"), 0.1, CALLS, seed=4)
    np.testing.assert_array_equal(trace.points, trace.points.astype(np.float32))


def test_divergence_is_told_from_failure(floor):
    with pytest.raises(drive.DivergedError, match="not finite"):
        drive.run(floor, torch_entry("SGD"), 1e200, CALLS, seed=1)

    class Failing(Stepper):
        def step(self, closure=None):
            raise RuntimeError("no\n  kernel")

    with pytest.raises(OptimizerError, match="fails at step 1: RuntimeError: no kernel") as caught:
        drive.run(floor, local(Failing), 0.1, CALLS, seed=1)
    assert not isinstance(caught.value, drive.DivergedError)


def test_an_optimizer_that_breaks_the_rules_gives_no_result(floor, monkeypatch):
    class Reshaping(Stepper):
        def step(self, closure=None):
            self.point.data = self.point.data[:2]

    with pytest.raises(OptimizerError, match=r"changed the point's shape from \(4,\) to \(2,\)"):
        drive.run(floor, local(Reshaping), 0.1, CALLS, seed=1)

    class Idle(Stepper):
        def step(self, closure=None):
            return None

    with pytest.raises(OptimizerError, match="step 1 asks for no gradient"):
        drive.run(floor, local(Idle, drive="closure"), 0.1, CALLS, seed=1)
    monkeypatch.setattr(drive, "MAX_SECONDS", 0.0)
    with pytest.raises(OptimizerError, match="takes more than 0 s for 24 oracle calls"):
        drive.run(floor, torch_entry("SGD"), 0.1, CALLS, seed=1)


def test_the_shown_average_is_measured_and_the_run_goes_on_unchanged(floor):
    class Averaging(Stepper):
        """SGD that shows half of its point in evaluation mode."""

        def step(self, closure=None):
            self.point.data -= self.lr * self.point.grad

        def eval(self):
            self.point.data *= 0.5

        def train(self):
            self.point.data *= 2.0

    trace = drive.run(floor, local(Averaging), 0.1, CALLS, seed=4)
    plain = drive.run(floor, torch_entry("SGD"), 0.1, CALLS, seed=4)
    np.testing.assert_allclose(trace.points, plain.points, rtol=1e-12)
    np.testing.assert_allclose(trace.measured[1:], 0.5 * trace.points[1:], rtol=1e-12)
    assert not belongs(trace, "SGD", 0.1)


def test_global_generators_are_left_as_they_were(floor):
    class Drawing(Stepper):
        def step(self, closure=None):
            noise = torch.randn(()) + random.random() + np.random.random()  # noqa: NPY002
            self.point.data -= self.lr * noise

    threads = torch.get_num_threads()
    torch.manual_seed(11)
    random.seed(11)
    np.random.seed(11)  # noqa: NPY002
    before = (torch.rand(1).item(), random.random(), np.random.random())  # noqa: NPY002
    torch.manual_seed(11)
    random.seed(11)
    np.random.seed(11)  # noqa: NPY002
    first = drive.run(floor, local(Drawing), 0.1, CALLS, seed=4)
    assert before == (torch.rand(1).item(), random.random(), np.random.random())  # noqa: NPY002
    again = drive.run(floor, local(Drawing), 0.1, CALLS, seed=4)
    np.testing.assert_array_equal(first.points, again.points)
    assert torch.get_num_threads() == threads
