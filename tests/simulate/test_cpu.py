"""The CPU engine against the reference engine: the same points bit for bit, the same statistics."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances import make
from hardinstances.errors import InputError
from hardinstances.instance import Instance
from hardinstances.noise import GaussianNoise
from hardinstances.profiles import OSCILLATOR
from hardinstances.rng import Stream
from hardinstances.vector import lattice_wells, signsgd_tight
from signcheck.simulate import SGD, Method, MomentumSGD, SignSGD, Signum, cpu, simulate, tiles
from signcheck.simulate.cpu import simulate_cpu

T = 203  # no multiple of four: the last block of words is used in part
ETA = math.sqrt(2 / T)
METHODS = [SignSGD(ETA), Signum(ETA, 0.9), SGD(0.1), MomentumSGD(0.1, 0.5)]


def noisy_instance(n: int = 3, B: int = 1) -> Instance:
    sigma = np.array([0.0, 0.0] + [ETA / 2 / n * math.sqrt(B)] * n)
    return signsgd_tight(L=1.0, Delta=1.0, eta=ETA, T=T, sigma=sigma, B=B, rho=0.8)


def uneven_instance() -> Instance:
    sigma = np.concatenate([[0.0, 0.0], np.linspace(0.2, 1.0, 40) * ETA / 50])
    return signsgd_tight(L=1.0, Delta=1.0, eta=ETA, T=T, sigma=sigma, rho=0.8)


def gaussian_instance(n: int = 3) -> Instance:
    """An oscillator with one curvature a coordinate under normal noise (a quadratic for SGD)."""
    wells = lattice_wells(L=1.0, Delta=1.0, eta=ETA, d=n)
    curvature = np.linspace(0.5, 1.5, n)
    block = replace(
        wells.blocks[0],
        profile=OSCILLATOR,
        parameters={"l": curvature, "h": np.full(n, 0.3)},
        noise=GaussianNoise(np.linspace(0.1, 0.2, n)),
    )
    return replace(wells, blocks=(block,), sigma=np.linspace(0.1, 0.2, n))


def final_points(instance: Instance, method: Method, copies: int, dtype: str) -> np.ndarray:
    """Points after T steps as the CPU engine's tiles hold them, (copies, d)."""
    everything = np.arange(copies)
    layout = tiles.lay_out(instance, method, 1, everything, np.dtype(dtype), grouped=False)
    clock = cpu._clock(method, 10**9, 5, np.dtype(dtype))
    with cpu.Workers(2) as pool:
        for start in range(0, T, 8):
            span = slice(start, min(start + 8, T))
            cpu._advance(layout, span, clock, copies, pool)
    x = np.full((copies, instance.d), np.nan, dtype=dtype)
    for tile in layout.quiet:
        x[:, tile.coordinates] = tile.x
    for tile in layout.loose:
        x[tile.copies, tile.coordinates] = tile.x
    for tile in (tile for row in layout.rows.values() for tile in row):
        x[tile.columns, tile.coordinates[0]] = tile.x
    return x


def reference_points(instance: Instance, method: Method, copies: int, dtype: str) -> np.ndarray:
    stream, state = Stream(np.arange(copies), stream=5), None
    x = np.tile(np.asarray(instance.x0, dtype=dtype), (copies, 1))
    for _ in range(T):
        draw = instance.sign_oracle if method.signs_only else instance.oracle
        x, state = method.step(x, draw(x, 1, stream), state)
    return x


@pytest.mark.parametrize(
    ("method", "dtype"),
    [*((method, "float64") for method in METHODS), (METHODS[1], "float32")],
    ids=lambda v: getattr(v, "name", v),
)
@pytest.mark.parametrize(
    "build",
    [pytest.param(noisy_instance, marks=pytest.mark.slow, id="rows"), uneven_instance],
    ids=["rows", "loose"],
)
def test_points_are_the_references_bit_for_bit(
    build: Callable[[], Instance], method: Method, dtype: str
) -> None:
    """Three noisy coordinates make rows of copies, forty make rows of coordinates."""
    instance = build()
    found = final_points(instance, method, 20, dtype)
    np.testing.assert_array_equal(found, reference_points(instance, method, 20, dtype))
    assert len(np.unique(found[:, -1])) > 1


def test_rows_of_several_copies_share_a_tile_without_mixing() -> None:
    instance, copies = noisy_instance(300), 7
    layout = tiles.lay_out(instance, SignSGD(ETA), 1, np.arange(copies), np.dtype("float64"))
    assert [tile.columns for tile in layout.loose] == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert all(tile.x.size == 300 * tile.copies_here <= tiles.LANES for tile in layout.loose)
    found = final_points(instance, SignSGD(ETA), copies, "float64")
    expected = reference_points(instance, SignSGD(ETA), copies, "float64")
    np.testing.assert_array_equal(found, expected)
    run = simulate_cpu(instance, SignSGD(ETA), steps=T, seeds=copies)
    alone = simulate(instance, SignSGD(ETA), steps=T, seeds=copies)
    np.testing.assert_allclose(run.averages, alone.averages, rtol=1e-13)
    assert len(np.unique(run.averages)) == copies


@given(count=st.integers(0, 200), threads=st.integers(1, 64))
@settings(deadline=None)
def test_the_lists_for_the_threads_hold_every_tile_once(count: int, threads: int) -> None:
    with cpu.Workers(threads) as pool:
        parts = pool.parts([*range(count)])  # type: ignore[list-item]
    assert [tile for part in parts for tile in part] == [*range(count)]
    assert len(parts) >= min(threads, count) // 2


@pytest.mark.parametrize(("n", "copies", "rows"), [(3, 7, True), (6, 7, False), (600, 2000, False)])
def test_either_kind_of_row_holds_the_references_points(n: int, copies: int, rows: bool) -> None:
    instance, method = noisy_instance(n), SignSGD(ETA)
    layout = tiles.lay_out(instance, method, 1, np.arange(copies), np.dtype("float64"))
    assert (bool(layout.rows), bool(layout.loose)) == (rows, not rows)
    few = min(copies, 7)
    run = simulate_cpu(instance, method, steps=40, seeds=copies)
    alone = simulate(instance, method, steps=40, seeds=few)
    np.testing.assert_allclose(run.averages[:few], alone.averages, rtol=1e-13)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_wells_fold_bit_for_bit(method: Method) -> None:
    instance = lattice_wells(L=1.0, Delta=1.0, eta=ETA, d=3)
    found = final_points(instance, method, 1, "float64")
    np.testing.assert_array_equal(found, reference_points(instance, method, 1, "float64"))


def test_gaussian_runs_agree_to_single_precision() -> None:
    instance = gaussian_instance()
    found = final_points(instance, SGD(0.1), 10, "float32")
    expected = reference_points(instance, SGD(0.1), 10, "float32")
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.ptp(found) > 0.05


@pytest.mark.parametrize("n", [3, 30])
@pytest.mark.parametrize("method", [SGD(0.1), SignSGD(0.05)], ids=lambda m: m.name)
def test_gaussian_points_agree_to_rounding(method: Method, n: int) -> None:
    instance = gaussian_instance(n)
    found = final_points(instance, method, 10, "float64")
    np.testing.assert_allclose(
        found, reference_points(instance, method, 10, "float64"), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_statistics_agree_to_rounding(method: Method) -> None:
    instance = noisy_instance()
    slow = simulate(instance, method, steps=T, seeds=50, seed=2)
    fast = simulate_cpu(instance, method, steps=T, seeds=50, seed=2)
    np.testing.assert_allclose(fast.mean, slow.mean, rtol=1e-12)
    np.testing.assert_allclose(fast.variance, slow.variance, rtol=1e-8, atol=1e-18)
    np.testing.assert_allclose(fast.averages, slow.averages, rtol=1e-12)
    assert slow.low is not None
    assert fast.low is not None
    np.testing.assert_allclose(fast.low, slow.low, rtol=1e-12)
    assert (fast.calls, fast.seeds, fast.engine) == (slow.calls, slow.seeds, "cpu")


def test_masked_batches_are_drawn_at_once() -> None:
    instance = noisy_instance(B=16)
    slow = simulate(instance, SignSGD(ETA), steps=T, batch=16, seeds=30)
    fast = simulate_cpu(instance, SignSGD(ETA), steps=T, batch=16, seeds=30)
    np.testing.assert_allclose(fast.averages, slow.averages, rtol=1e-12)
    assert fast.calls == 16 * 30 * T


def test_gaussian_batches_are_drawn_at_once_with_the_same_law() -> None:
    instance, n = gaussian_instance(), 4000
    slow = simulate(instance, SGD(0.3), steps=40, batch=4, seeds=n)
    fast = simulate_cpu(instance, SGD(0.3), steps=40, batch=4, seeds=n)
    spread = np.sqrt((slow.variance + fast.variance) / n) + 1e-12
    assert np.max(np.abs(slow.mean - fast.mean) / spread) < 5.0
    other = simulate_cpu(instance, SGD(0.3), steps=40, batch=1, seeds=n)
    assert np.max(np.abs(other.mean - fast.mean) / spread) > 5.0


def test_threads_chunks_and_passes_change_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = noisy_instance()
    whole = simulate_cpu(instance, SignSGD(ETA), steps=T, seeds=2100, threads=2)
    monkeypatch.setattr(cpu, "COPIES", 1100)
    monkeypatch.setattr(cpu, "_MOST_STEPS", 12)
    parts = simulate_cpu(instance, SignSGD(ETA), steps=T, seeds=2100, threads=1)
    np.testing.assert_allclose(parts.averages, whole.averages, rtol=1e-13)
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-13)
    np.testing.assert_allclose(parts.variance, whole.variance, rtol=1e-8, atol=1e-18)


def test_grouped_and_ungrouped_runs_are_identical() -> None:
    instance = make("sgd-noise-floor", L=1.0, Delta=1.0, eta=0.05, T=T, sigma=[0.4] + [0.0] * 999)
    once, each = (
        simulate_cpu(instance, SGD(0.05), steps=T, seeds=4, grouped=way) for way in (True, False)
    )
    np.testing.assert_allclose(once.mean, each.mean, rtol=1e-13)
    np.testing.assert_allclose(once.averages, each.averages, rtol=1e-13)
    slow = simulate(instance, SGD(0.05), steps=T, seeds=4)
    np.testing.assert_allclose(once.averages, slow.averages, rtol=1e-11)


def test_a_diverging_run_says_so() -> None:
    summary = simulate_cpu(gaussian_instance(), SGD(1e3), steps=T, seeds=3)
    assert "left the finite numbers" in summary.failure
    assert summary.low is None


def test_progress_counts_copies_and_steps() -> None:
    seen: list[int] = []
    simulate_cpu(noisy_instance(), SignSGD(ETA), steps=T, seeds=7, progress=seen.append)
    assert sum(seen) == 7 * T


def test_what_it_cannot_run_is_refused() -> None:
    matrix = make("lattice-wells-matrix", L=1.0, Delta=1.0, eta=ETA, d=3)
    with pytest.raises(InputError, match="not separable"):
        simulate_cpu(matrix, SGD(0.1), steps=3, seeds=2)
    with pytest.raises(InputError, match="use the reference engine"):
        simulate_cpu(noisy_instance(B=4), SGD(0.1), steps=5, seeds=2, batch=4)
    with pytest.raises(InputError, match="float64 or float32"):
        simulate_cpu(noisy_instance(), SGD(0.1), steps=5, seeds=2, dtype="float16")
    with pytest.raises(InputError, match="positive integer"):
        simulate_cpu(noisy_instance(), SGD(0.1), steps=0, seeds=2)

    @dataclass(frozen=True)
    class Other:
        eta: float = 0.1
        name: ClassVar[str] = "other"
        signs_only: ClassVar[bool] = False
        separate: ClassVar[bool] = True

        def step(self, x, g, state):  # type: ignore[no-untyped-def]
            return x - g, state

    with pytest.raises(InputError, match="no loop for other"):
        simulate_cpu(noisy_instance(), Other(), steps=5, seeds=2)


def test_windows_of_both_engines_are_averages_of_their_steps() -> None:
    instance = noisy_instance()
    each = simulate_cpu(instance, SignSGD(ETA), steps=T, seeds=40)
    for run in (simulate, simulate_cpu):
        found = run(instance, SignSGD(ETA), steps=T, seeds=40, window=5)
        starts = range(0, T, 5)
        expected = [each.mean[t : t + 5].mean() for t in starts]
        np.testing.assert_allclose(found.mean, expected, rtol=1e-12)
        assert found.low is not None
        assert each.low is not None
        np.testing.assert_allclose(found.low, [each.low[t : t + 5].mean() for t in starts])
        np.testing.assert_allclose(found.averages, each.averages, rtol=1e-12)
