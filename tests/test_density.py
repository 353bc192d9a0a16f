"""phi, R and the streaming density meter against exact formulas and numpy."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from signcheck.density import (
    DensityMeter,
    density_from_factory,
    density_from_file,
    density_of,
    measure_density,
)

SIGMAS = st.lists(st.floats(0.0, 1e3, allow_subnormal=False), min_size=1, max_size=40).filter(
    lambda values: max(values) > 1e-100
)


class Linear(torch.nn.Module):
    """loss = <weights, batch>: the gradient is the batch itself, so its noise is known."""

    def __init__(self, d: int, other: int = 0) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(d))
        self.blocks = torch.nn.ModuleList([torch.nn.Linear(other, 1, bias=False)] if other else [])


def product(model: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
    parameters = torch.cat([p.reshape(-1) for p in model.parameters()])
    return parameters @ batch


def separation_by_hand(sigma: list[float]) -> float:
    squares = sorted((s * s for s in sigma), reverse=True)
    d, norm = len(sigma), math.fsum(sigma)
    return max(
        ((d - k) * math.fsum(squares[:k]) / (2 * math.pi * norm**2) for k in range(1, d)),
        default=0.0,
    )


@given(SIGMAS)
def test_density_of_a_vector_matches_the_definitions(sigma: list[float]) -> None:
    scale = max(sigma)
    scaled = [s / scale for s in sigma]
    phi = math.fsum(scaled) ** 2 / (len(sigma) * math.fsum(s * s for s in scaled))
    found = density_of(sigma)
    assert found.phi == pytest.approx(phi, rel=1e-12)
    assert 1 / len(sigma) <= found.phi * (1 + 1e-12)
    assert found.phi <= 1
    assert found.effective == pytest.approx(len(sigma) * phi, rel=1e-12)
    assert found.separation == pytest.approx(separation_by_hand(scaled), rel=1e-9)


@given(SIGMAS, st.floats(1e-6, 1e6))
def test_density_does_not_see_scale_or_order(sigma: list[float], factor: float) -> None:
    first, second = density_of(sigma), density_of([factor * s for s in reversed(sigma)])
    assert second.phi == pytest.approx(first.phi, rel=1e-9)
    assert second.separation == pytest.approx(first.separation, rel=1e-9)
    assert second.l1 == pytest.approx(factor * first.l1, rel=1e-9)


def test_density_of_known_shapes() -> None:
    assert density_of([2.0] * 7).phi == 1.0
    assert density_of([0, 0, 0, 5]).phi == 0.25
    one = density_of([1.0] + [0.0] * 99)
    assert one.separation == pytest.approx(99 / (2 * math.pi))
    assert one.best_k == 1
    gaussian = np.abs(np.random.default_rng(0).standard_normal(400_000))
    assert density_of(gaussian).phi == pytest.approx(2 / math.pi, abs=2e-3)
    assert density_of([1e-300, 1e300]).phi == 0.5


@pytest.mark.parametrize(
    ("sigma", "word"),
    [
        ([], "non-empty"),
        ([[1.0]], "shape"),
        ([1.0, -1.0], "sigma[1] is -1.0"),
        ([math.nan], "nan"),
        ([math.inf, 1], "inf"),
        ([0.0, 0.0], "zero"),
        (["a"], "numbers"),
    ],
)
def test_bad_vectors_are_refused_in_a_sentence(sigma: list[object], word: str) -> None:
    with pytest.raises(InputError) as caught:
        density_of(sigma)
    assert word in str(caught.value)
    assert str(caught.value).endswith(".")


def gradients(count: int, sigma: np.ndarray, seed: int, mean: float = 0.0) -> list[torch.Tensor]:
    draws = mean + sigma * np.random.default_rng(seed).standard_normal((count, len(sigma)))
    return [torch.tensor(row, dtype=torch.float32) for row in draws]


def leave_one_out(data: np.ndarray) -> list[float]:
    rest = [np.delete(data, k, axis=0).std(axis=0, ddof=1) for k in range(len(data))]
    return [density_of(s).phi for s in rest]


def test_meter_and_jackknife_equal_numpy_exactly() -> None:
    sigma = np.geomspace(0.01, 1.0, 60)
    batches = gradients(20, sigma, seed=1, mean=3.0)
    data = np.array([b.numpy() for b in batches], dtype=np.float64)
    report = measure_density(Linear(60), batches, product, jackknife=20)
    plain = density_of(data.std(axis=0, ddof=1))
    assert report.phi.value == pytest.approx(plain.phi, rel=1e-5)
    assert report.l1.value == pytest.approx(plain.l1, rel=1e-5)
    assert report.l2.value == pytest.approx(plain.l2, rel=1e-5)
    pseudo = 20 * plain.phi - 19 * np.array(leave_one_out(data))
    assert report.phi.corrected == pytest.approx(pseudo.mean(), rel=1e-4)
    half = 2.0930 * pseudo.std(ddof=1) / math.sqrt(20)
    assert (report.phi.high - report.phi.low) / 2 == pytest.approx(half, rel=1e-3)


def test_intervals_cover_the_known_density() -> None:
    sigma = np.abs(np.random.default_rng(5).standard_normal(400)) + 0.05
    truth = density_of(sigma)
    covered = 0
    for seed in range(40):
        report = measure_density(Linear(400), gradients(40, sigma, seed), product, jackknife=40)
        covered += report.phi.low <= truth.phi <= report.phi.high
        assert report.phi.corrected == pytest.approx(truth.phi, rel=0.05)
    # 95 % intervals: fewer than 33 of 40 has probability below 0.1 %.
    assert covered >= 33


def test_separation_is_a_lower_value_of_the_exact_one_and_close() -> None:
    sigma = np.concatenate([np.full(5, 10.0), np.geomspace(0.01, 1, 995)])
    batches = gradients(64, sigma, seed=2)
    data = np.array([b.numpy() for b in batches])
    exact = density_of(data.std(axis=0, ddof=1, dtype=np.float64)).separation
    found = measure_density(Linear(1000), batches, product).separation.value
    assert 0.98 * exact <= found <= exact * (1 + 1e-6)


def test_a_large_mean_does_not_cancel() -> None:
    sigma = np.full(50, 1.0)
    batches = gradients(200, sigma, seed=3, mean=1000.0)
    data = np.array([b.numpy() for b in batches], dtype=np.float64)
    meter = DensityMeter(model := Linear(50))
    naive = np.zeros((2, 50), dtype=np.float32)
    for batch in batches:
        model.weight.grad = batch
        meter.update()
        naive += np.array([batch.numpy(), np.square(batch.numpy())])
    truth = data.std(axis=0, ddof=1)
    (_, found), *_ = meter.sigma()
    assert np.abs(found.numpy() - truth).max() < 2e-3
    textbook = np.sqrt(np.abs(naive[1] / 200 - np.square(naive[0] / 200)))
    assert np.abs(textbook - truth).max() > 0.05


def test_accumulated_micro_batches_are_one_minibatch() -> None:
    batches = gradients(24, np.full(30, 1.0), seed=4)
    means = [(a + b + c) / 3 for a, b, c in zip(*[iter(batches)] * 3, strict=True)]
    grouped = measure_density(Linear(30), batches, product, accumulation=3)
    single = measure_density(Linear(30), means, product)
    assert grouped.minibatches == single.minibatches == 8
    assert grouped.l1.value == pytest.approx(single.l1.value, rel=1e-5)


def test_groups_and_gradients_left_as_found() -> None:
    model = Linear(20, other=10)
    kept = torch.ones(20)
    model.weight.grad = kept
    report = measure_density(model, gradients(40, np.full(30, 1.0), seed=6), product)
    assert model.weight.grad is kept
    assert model.blocks[0].weight.grad is None
    assert list(report.layers) == ["weight", "blocks.0"]
    assert list(report.kinds) == ["Linear.weight"]
    assert report.d == 30
    assert report.warnings == []
    assert report.phi.low <= report.phi.corrected <= report.phi.high


def test_small_samples_are_named() -> None:
    report = measure_density(Linear(30), gradients(6, np.full(30, 1.0), 7), product, jackknife=0)
    assert "6 minibatches" in report.warnings[0]
    assert "no interval" in report.warnings[1]
    assert math.isinf(report.phi.high)


@pytest.mark.parametrize(
    ("batches", "options", "word"),
    [
        (2, {}, "at least 3"),
        (5, {"accumulation": 2}, "multiple"),
        (4, {"accumulation": 0}, "at least 1"),
    ],
)
def test_too_few_or_ragged_batches_are_refused(batches: int, options: dict, word: str) -> None:
    with pytest.raises(InputError, match=word):
        measure_density(Linear(4), gradients(batches, np.full(4, 1.0), 8), product, **options)


def test_no_noise_and_no_numbers_are_refused() -> None:
    same = [torch.ones(4)] * 5
    with pytest.raises(InputError, match="no noise"):
        measure_density(Linear(4), same, product)
    with pytest.raises(InputError, match="not finite"):
        measure_density(Linear(4), [*same, torch.full((4,), math.nan)], product)
    frozen = Linear(4).requires_grad_(requires_grad=False)
    with pytest.raises(InputError, match="requires a gradient"):
        DensityMeter(frozen)


def test_the_example_in_the_documentation_runs() -> None:
    import doctest

    from signcheck import density

    result = doctest.testmod(density)
    assert result.attempted > 5
    assert result.failed == 0


def test_an_attribute_called_module_is_not_unwrapped() -> None:
    class Outer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = Linear(4)
            self.scale = torch.nn.Parameter(torch.zeros(6))

    report = measure_density(Outer(), gradients(40, np.full(10, 1.0), 12), product)
    assert report.d == 10
    assert list(report.layers) == ["scale", "module"]


def factory() -> dict:
    return {"model": Linear(8), "batches": gradients(40, np.full(8, 1.0), 9), "loss": product}


def nothing() -> None:
    return None


def test_factory_and_file_front_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "user_model", sys.modules[__name__])
    assert density_from_factory("user_model:factory").phi.value == pytest.approx(1, abs=0.05)
    for target in ("user_model:missing", "no_such_module_here:x", "nonsense", ""):
        with pytest.raises(InputError, match=r"module:function"):
            density_from_factory(target)
    with pytest.raises(InputError, match="mapping"):
        density_from_factory("user_model:nothing")
    data = np.random.default_rng(0).standard_normal((50, 6))
    np.save(tmp_path / "g.npy", data)
    np.save(tmp_path / "s.npy", data.std(axis=0, ddof=1))
    of_gradients, of_sigma = (density_from_file(tmp_path / f"{n}.npy") for n in "gs")
    assert of_gradients.phi == pytest.approx(of_sigma.phi, rel=1e-12)
    (tmp_path / "bad.npy").write_text("no array")
    for name in ("bad.npy", "absent.npy"):
        with pytest.raises(InputError, match="cannot be read"):
            density_from_file(tmp_path / name)
    np.save(tmp_path / "two.npy", data[:2])
    with pytest.raises(InputError, match="at least 3"):
        density_from_file(tmp_path / "two.npy")


def merge_worker(rank: int, port: int, path: str) -> None:
    import torch.distributed as dist

    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    batches = gradients(24, np.geomspace(0.1, 1, 40), seed=11, mean=2.0)
    report = measure_density(Linear(40), batches[rank::2], product, jackknife=12)
    if rank == 0:
        numbers = [report.phi.value, report.phi.corrected, report.phi.low, report.separation.value]
        Path(path).write_text(json.dumps([report.minibatches, *numbers]))
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_measure_what_one_does(tmp_path: Path) -> None:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = tmp_path / "merged.json"
    torch.multiprocessing.spawn(merge_worker, (port, str(path)), nprocs=2)
    batches = gradients(24, np.geomspace(0.1, 1, 40), seed=11, mean=2.0)
    alone = measure_density(Linear(40), batches, product, jackknife=24)
    count, *numbers = json.loads(path.read_text())
    assert count == 24
    expected = [alone.phi.value, alone.phi.corrected, alone.phi.low, alone.separation.value]
    assert numbers == pytest.approx(expected, rel=1e-4)
