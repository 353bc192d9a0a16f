"""Tables of checks: the runs behind `signcheck verify`, true and broken."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hardinstances.errors import CertificateError, InputError
from hardinstances.instance import Instance
from hardinstances.vector import lattice_tight, lattice_wells, signsgd_tight
from signcheck.simulate import SGD, Check, SignSGD, check, run_table

T = 1000
ETA = math.sqrt(2 / T)
T1 = math.sqrt(2 / T)  # Delta/(eta T) + L eta/2 at L = Delta = 1


def thirds(B: int) -> tuple[Instance, float]:
    """The T2 instance whose noise is one third of T1's value, and that value."""
    sigma = np.array([0.0, 0.0, 0.5, 0.3, 0.2]) * ETA / 2 * math.sqrt(B)
    instance = signsgd_tight(L=1.0, Delta=1.0, eta=ETA, T=T, sigma=sigma, B=B)
    return instance, 1.5 * T1


@pytest.mark.parametrize(("B", "share"), [(1, 0.94), (16, 0.89), (64, 0.89)])
def test_noisy_runs_are_consistent_and_five_percent_more_is_refuted(B: int, share: float) -> None:
    instance, upper = thirds(B)
    level = instance.level_value

    def lower(bound: float) -> Check:
        return Check(instance, SignSGD(ETA), T, B, bound, "lower")

    above = Check(instance, SignSGD(ETA), T, B, upper, "upper")
    rows = run_table([lower(level), above, lower(1.05 * level)], error=1e-3)
    assert [row.judgement.verdict.value for row in rows] == ["consistent", "consistent", "refuted"]
    assert level >= share * upper
    assert rows[0].judgement.measured >= share * upper
    for row in rows[:2]:
        low, high = row.judgement.ci
        assert high - low <= 0.01 * row.judgement.bound
        assert row.judgement.error_probability <= 1e-3 / 2
    assert rows[0].summary is rows[2].summary


def test_an_upper_bound_broken_by_five_percent_is_refuted() -> None:
    """T1's value is attained up to five percent here, so 0.9 of it is false."""
    instance, upper = thirds(1)
    judged = check(instance, SignSGD(ETA), 0.9 * upper, "upper", steps=T)
    assert judged.verdict == "refuted"
    assert judged.error_probability == 1e-3


def test_without_noise_measured_equals_bound() -> None:
    instance = signsgd_tight(L=1.0, Delta=1.0, eta=ETA, T=T, sigma=[0.0, 0.0])
    judged = check(instance, SignSGD(ETA), instance.level_value, "lower", steps=T)
    assert judged.verdict == "consistent"
    assert judged.ratio == pytest.approx(1.0, abs=1e-9)
    assert judged.error_probability == 0.0
    assert judged.ci[0] == judged.ci[1]
    assert judged.bound >= 0.97 * T1
    broken = check(instance, SignSGD(ETA), 1.05 * instance.level_value, "lower", steps=T)
    assert broken.verdict == "refuted"


@pytest.mark.parametrize("factor", [1.0, 1.05])
def test_floor_and_steps_of_lattice_methods(factor: float) -> None:
    wells = lattice_wells(L=1.0, Delta=1.0, eta=ETA, d=3)
    tight = lattice_tight(L=1.0, Delta=1.0, eta=ETA, T=T)
    rows = run_table(
        [
            Check(instance, SignSGD(ETA), T, 1, factor * instance.level_value, "lower")
            for instance in (wells, tight)
        ]
    )
    expected = "consistent" if factor == 1.0 else "refuted"
    assert [row.judgement.verdict.value for row in rows] == [expected, expected]


def test_the_same_seed_gives_the_same_table() -> None:
    instance, _ = thirds(1)
    judged = [
        check(instance, SignSGD(ETA), instance.level_value, "lower", steps=T, seed=s)
        for s in (3, 3, 4)
    ]
    assert judged[0] == judged[1]
    assert judged[0] != judged[2]


def test_progress_counts_the_checks() -> None:
    wells = lattice_wells(L=1.0, Delta=1.0, eta=0.1)
    seen: list[tuple[int, int]] = []
    single = Check(wells, SignSGD(0.1), 5, 1, wells.level_value, "lower")
    run_table([single, single], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


WELLS = lattice_wells(L=1.0, Delta=1.0, eta=0.1)


class Broken(type(WELLS)):  # type: ignore[misc]
    """An instance whose oracle fails in the way that ``mode`` says."""

    mode = "crash"

    def sign_oracle(self, x, batch, generator):  # type: ignore[no-untyped-def]
        if self.mode == "crash":
            raise CertificateError("the oracle broke")
        return np.full_like(x, np.nan)


@pytest.mark.parametrize(("mode", "words"), [("crash", "broke"), ("nan", "left the finite")])
def test_a_crash_or_nan_is_errored_and_spoils_no_other_row(mode: str, words: str) -> None:
    broken = Broken(**{name: getattr(WELLS, name) for name in WELLS.__dataclass_fields__})
    object.__setattr__(broken, "mode", mode)
    rows = run_table(
        [Check(i, SignSGD(0.1), 5, 1, WELLS.level_value, "lower") for i in (broken, WELLS)]
    )
    assert [row.judgement.verdict.value for row in rows] == ["errored", "consistent"]
    assert words in rows[0].judgement.reason


def test_too_few_seeds_are_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signcheck.simulate.table.MAX_SEEDS", 30)
    instance, _ = thirds(1)
    judged = check(instance, SignSGD(ETA), instance.level_value, "lower", steps=50)
    assert judged.verdict == "inconclusive"
    assert "use more seeds" in judged.reason


def test_nonsense_is_refused() -> None:
    instance, _ = thirds(1)
    with pytest.raises(InputError, match="positive finite bound"):
        check(instance, SignSGD(ETA), math.nan, "lower", steps=T)
    with pytest.raises(InputError, match="steps must be a positive integer"):
        check(instance, SignSGD(ETA), 1.0, "lower", steps=0)
    with pytest.raises(InputError, match="strictly between 0 and 1"):
        check(instance, SignSGD(ETA), 1.0, "lower", steps=5, error=0.0)
    # Unbounded derivative under a method whose path is random: no interval exists.
    with pytest.raises(InputError, match="No sure range"):
        check(_noisy_oscillator(instance), SGD(0.1), 1.0, "lower", steps=5)


def _noisy_oscillator(instance: Instance) -> Instance:
    from dataclasses import replace

    noisy = next(block for block in instance.blocks if block.noise is not None)
    blocks = tuple(
        replace(block, noise=replace(noisy.noise, sigma=np.ones(block.size)))
        if block.profile.name == "oscillator" and noisy.noise is not None
        else block
        for block in instance.blocks
    )
    return replace(instance, blocks=blocks)


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.02, 0.1, 0.3])
def test_planned_copies_suffice(rho: float) -> None:
    """Rare events that a small pilot misses leave no check inconclusive for want of copies."""
    T, eta = 300, math.sqrt(2 / 300)
    for B in (1, 16):
        sigma = np.array([0.0, 0.0, 0.5, 0.3, 0.2]) * eta / 2 * math.sqrt(B)
        instance = signsgd_tight(L=1.0, Delta=1.0, eta=eta, T=T, sigma=sigma, B=B, rho=rho)
        single = Check(instance, SignSGD(eta), T, B, instance.level_value, "lower")
        for seed in range(3):
            row = run_table([single], seed=seed)[0]
            assert row.judgement.verdict == "consistent", row.judgement.reason
