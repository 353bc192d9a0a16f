"""The reference engine against closed forms, single oracle calls, and itself in other chunks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from hardinstances.errors import CertificateError, InputError
from hardinstances.instance import Instance
from hardinstances.rng import Stream
from hardinstances.vector import lattice_tight, lattice_wells, signsgd_tight
from signcheck.simulate import SGD, MomentumSGD, SignSGD, Signum, engine, simulate

T = 60
ETA = math.sqrt(2 / T)


def noisy_instance(B: int = 1, T: int = T) -> Instance:
    eta = math.sqrt(2 / T)
    sigma = np.array([0.0, 0.0, 0.5, 0.3, 0.2]) * eta / 2 * math.sqrt(B)
    return signsgd_tight(L=1.0, Delta=1.0, eta=eta, T=T, sigma=sigma, B=B)


def test_without_noise_the_tight_instance_attains_its_level_at_every_step() -> None:
    instance = lattice_tight(L=1.0, Delta=1.0, eta=ETA, T=T)
    summary = simulate(instance, SignSGD(ETA), steps=T, seeds=100)
    assert summary.seeds == 1
    np.testing.assert_allclose(summary.mean, instance.level_value, rtol=1e-9)
    assert summary.minimum == pytest.approx(instance.level_value, rel=1e-9)


@pytest.mark.parametrize("method", [SignSGD(0.1), Signum(0.1, 0.9)])
def test_wells_hold_every_lattice_method_at_the_floor(method: SignSGD | Signum) -> None:
    instance = lattice_wells(L=2.0, Delta=5.0, eta=0.1, d=4)
    summary = simulate(instance, method, steps=200, seeds=1)
    np.testing.assert_allclose(summary.mean, instance.level_value, rtol=1e-9)


def test_copies_are_what_single_runs_through_the_oracle_give() -> None:
    """No vectorisation, no streaming: one copy at a time, one loop, the same numbers."""
    instance, method = noisy_instance(), Signum(ETA, 0.5)
    summary = simulate(instance, method, steps=T, seeds=3, seed=9)
    curves = np.empty((3, T))
    for copy in range(3):
        stream, x, m = Stream(copy, stream=9), instance.x0, None
        for t in range(T):
            curves[copy, t] = np.abs(instance.grad(x)).sum()
            g = instance.oracle(x, 1, stream)
            m = g if m is None else 0.5 * m + 0.5 * g
            x = x - ETA * np.sign(m)
    np.testing.assert_allclose(summary.mean, curves.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(summary.variance, curves.var(axis=0, ddof=1), atol=1e-15)
    np.testing.assert_allclose(summary.averages, curves.mean(axis=1), rtol=1e-12)


def test_chunks_change_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = noisy_instance()
    whole = simulate(instance, SignSGD(ETA), steps=T, seeds=50, seed=1)
    monkeypatch.setattr(engine, "CHUNK_ENTRIES", 7 * instance.d)
    parts = simulate(instance, SignSGD(ETA), steps=T, seeds=50, seed=1)
    np.testing.assert_array_equal(whole.averages, parts.averages)
    np.testing.assert_allclose(whole.mean, parts.mean, rtol=1e-14)
    np.testing.assert_allclose(whole.variance, parts.variance, rtol=1e-9, atol=1e-18)


def test_at_batch_one_the_shortcut_is_the_same_draw() -> None:
    instance = noisy_instance()
    short = simulate(instance, SignSGD(ETA), steps=T, seeds=40)
    long = simulate(instance, SignSGD(ETA), steps=T, seeds=40, sign_shortcut=False)
    np.testing.assert_array_equal(short.averages, long.averages)


@pytest.mark.parametrize("B", [2, 5])
def test_the_shortcut_has_the_law_of_a_batch_of_single_calls(B: int) -> None:
    """Short ramps would show a biased coin: a walk that drifts leaves them sooner or later."""
    instance = noisy_instance(B)
    runs = [
        simulate(instance, SignSGD(ETA), steps=T, batch=B, seeds=4000, seed=2, sign_shortcut=way)
        for way in (True, False)
    ]
    spread = np.sqrt(sum(run.variance for run in runs) / 4000) + 1e-12
    assert np.max(np.abs(runs[0].mean - runs[1].mean) / spread) < 5.0
    assert runs[0].variance[-1] > 0.0
    assert runs[0].calls == T * B * 4000


def test_another_batch_is_drawn_call_by_call() -> None:
    """Masking made for four calls shows its sign to sixteen: the noisy ramps are walked down."""
    instance = noisy_instance(4)
    masked = simulate(instance, SignSGD(ETA), steps=T, batch=4, seeds=200)
    seen = simulate(instance, SignSGD(ETA), steps=T, batch=16, seeds=200)
    assert seen.mean[-1] < 0.9 * masked.mean[-1]


def test_the_statistic_stays_in_its_sure_range() -> None:
    summary = simulate(noisy_instance(), SignSGD(ETA), steps=T, seeds=500)
    assert summary.low is not None
    assert summary.high is not None
    sample = summary.at_each_time()
    assert np.all(sample.mean <= summary.high * (1 + 1e-12))
    assert np.all(summary.averages >= summary.low.mean())
    # The noisy coordinates start on their full slope: the range is attained.
    assert summary.mean[0] == pytest.approx(summary.high[0], rel=1e-12)
    assert summary.variance[0] == pytest.approx(0.0, abs=1e-25)


def test_experiments_with_other_numbers_differ() -> None:
    instance = noisy_instance()
    first, second = (simulate(instance, SignSGD(ETA), steps=T, seeds=50, seed=s) for s in (0, 1))
    later = simulate(instance, SignSGD(ETA), steps=T, seeds=50, first=50)
    assert not np.array_equal(first.averages, second.averages)
    both = simulate(instance, SignSGD(ETA), steps=T, seeds=100)
    np.testing.assert_array_equal(both.averages[50:], later.averages)


def test_a_diverging_run_says_so() -> None:
    instance = lattice_tight(L=1.0, Delta=1.0, eta=ETA, T=T)
    with np.errstate(all="raise", over="warn", invalid="warn"):
        summary = simulate(instance, SGD(1e6), steps=T, seeds=1)
    wells = simulate(noisy_instance(), MomentumSGD(1e9, 0.9), steps=T, seeds=2)
    assert "left the finite numbers at step" in wells.failure
    assert wells.low is None
    assert summary.failure == ""  # wells and ramps are flat far away: nothing to diverge on


def test_other_statistics_have_no_sure_range() -> None:
    summary = simulate(
        noisy_instance(), SignSGD(ETA), steps=5, seeds=2, statistic=lambda g: g[:, 0] ** 2
    )
    with pytest.raises(InputError, match="No sure range"):
        summary.at_each_time()


def test_an_oracle_that_disturbs_quiet_coordinates_is_caught() -> None:
    honest = noisy_instance()

    class Liar(type(honest)):  # type: ignore[misc]
        def sign_oracle(self, x, batch, generator):  # type: ignore[no-untyped-def]
            g = np.asarray(super().sign_oracle(x, batch, generator)).copy()
            g[0] = -g[0]
            return g

    liar = Liar(**{name: getattr(honest, name) for name in honest.__dataclass_fields__})
    with pytest.raises(CertificateError, match="declares noiseless"):
        simulate(liar, SignSGD(ETA), steps=T, seeds=3)


@pytest.mark.parametrize("counts", [{"steps": 0}, {"seeds": 0}, {"batch": -1}, {"steps": 2.5}])
def test_counts_that_are_none_are_refused(counts: dict[str, int]) -> None:
    arguments = {"steps": 3, "seeds": 3, "batch": 1, **counts}
    with pytest.raises(InputError, match="positive integer"):
        simulate(noisy_instance(), SignSGD(ETA), **arguments)


def test_copies_beyond_the_generator_are_refused() -> None:
    with pytest.raises(InputError, match="leave the range"):
        simulate(noisy_instance(), SignSGD(ETA), steps=3, seeds=2, first=2**32 - 1)


def test_the_summary_can_be_run_again() -> None:
    summary = simulate(noisy_instance(), SignSGD(ETA), steps=T, seeds=10, seed=4)
    again = signsgd_tight(**summary.parameters)  # type: ignore[arg-type]
    method = SignSGD(**summary.settings)  # type: ignore[arg-type]
    repeat = simulate(again, method, steps=summary.steps, seeds=summary.seeds, seed=summary.seed)
    np.testing.assert_array_equal(summary.averages, repeat.averages)
    assert summary.versions["numpy"] == np.__version__
    assert replace(summary, failure="x").failure == "x"


def test_other_precisions_are_refused() -> None:
    with pytest.raises(InputError, match="float64 or float32, not in 'float16'"):
        simulate(noisy_instance(), SignSGD(ETA), steps=3, seeds=2, dtype="float16")
