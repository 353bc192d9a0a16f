"""T2-skew against its own instance: the constant, the noise, the class, and exact runs."""

from __future__ import annotations

import math
from fractions import Fraction as Q
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import ProofError
from hardinstances.noise import MEAN, SKEWED, TAU
from proofs.assumptions import DELTA_SHARE, ETA, RHO, B, L
from proofs.assumptions import TAU as OFFSET
from proofs.lemmas.skew_noise import CHANCE, chance_at_least_half
from proofs.lower import skew_runs
from proofs.lower.signsgd_parts import N, S
from proofs.lower.signsgd_skew import T2_SKEW, negative_part
from proofs.lower.signsgd_skew_class import T2_SKEW_A0, cut, height_above_zero
from proofs.lower.signsgd_skew_run import STATEMENT, STATIONARITY
from proofs.lower.signsgd_skew_smooth import T2_SKEW_A1, cut_moves_less
from signcheck import kernel as k
from signcheck.theory import check

BATCHES = st.sampled_from([1, 2, 3, 8, 64])


def level(setting: dict[str, float]) -> float:
    """The left side of the statement at the numbers of a run with one noisy coordinate."""
    names = {L: "L", ETA: "eta", B: "B", DELTA_SHARE: "delta", RHO: "rho"}
    values: dict[Any, Any] = {atom: sp.Float(setting[name], 30) for atom, name in names.items()}
    values |= {OFFSET: sp.Float(skew_runs.OFFSET, 30), S: sp.Float(setting["sigma"], 30), N: 1}
    return float(STATEMENT.conclusion.lhs.xreplace({**values, B: sp.Integer(setting["B"])}))


def constant(batch: int) -> float:
    """c_B of the theory sheet."""
    return 2 * math.sqrt(batch / (2 * batch - 1)) * (1 - 1 / (2 * batch)) ** batch


# ---------------------------------------------------------------- the constant


@given(BATCHES)
def test_the_noise_term_is_that_of_the_theory_sheet(batch: int) -> None:
    setting = {"L": 1.0, "eta": 1e-9, "T": 1, "B": batch, "delta": 0.5, "rho": 1e-9, "sigma": 5.0}
    wanted = constant(batch) * 5.0 / math.sqrt(batch)
    lost = 2 * float(CHANCE.subs(B, batch)) * skew_runs.OFFSET
    assert level(setting) == pytest.approx(wanted - lost, rel=1e-7)


def test_it_beats_kappa_and_tends_to_the_limit_of_the_sheet() -> None:
    assert constant(1) == pytest.approx(1.0)
    for batch in (2, 3, 16, 10**4):
        assert constant(batch) > math.sqrt(batch * (2 ** (1 / batch) - 1))
        assert constant(batch) > math.sqrt(2 / math.e)
    assert constant(10**6) == pytest.approx(math.sqrt(2 / math.e), rel=1e-6)
    assert 32 * constant(10**8) ** 2 == pytest.approx(64 / math.e, rel=1e-6)


@given(st.integers(1, 200))
def test_the_chance_is_at_least_half(batch: int) -> None:
    assert Q(2 * batch - 1, 2 * batch) ** batch >= Q(1, 2)
    assert str(chance_at_least_half().concl) == "1/2 <= (1 - 1/(2*B))**B"


# ---------------------------------------------------------------- the noise


@given(st.integers(1, 7), st.fractions(0, 3), st.fractions(Q(1, 100), 2))
def test_every_batch_by_enumeration(batch: int, u: Q, offset: Q) -> None:
    """The mean is u, the variance (u + tau)**2 (2 B - 1), a batch negative iff all calls miss."""
    at = {MEAN: sp.Rational(str(u)), TAU: sp.Rational(str(offset)), sp.Symbol("B"): batch}
    values = [Q(str(v.subs(at))) for v in SKEWED.outcomes]
    chances = [Q(str(p.subs(at))) for p in SKEWED.probabilities]
    mean = sum(p * v for p, v in zip(chances, values, strict=True))
    assert mean == u
    spread = sum(p * (v - u) ** 2 for p, v in zip(chances, values, strict=True))
    assert spread == (u + offset) ** 2 * (2 * batch - 1)
    negative = Q(0)
    for calls in product(range(2), repeat=batch):
        total = sum(values[c] for c in calls)
        assert total != 0
        if total < 0:
            negative += math.prod(chances[c] for c in calls)
    assert negative == Q(2 * batch - 1, 2 * batch) ** batch


# ---------------------------------------------------------------- runs


def by_enumeration(setting: dict[str, float]) -> float:
    """E|grad f(x_T)|_1 over all paths of the signs."""
    eta, steps, batch = setting["eta"], int(setting["T"]), int(setting["B"])
    a, b = skew_runs.slopes(batch, setting["sigma"])
    width, chance = a + b, (1 - 1 / (2 * batch)) ** batch
    depth = eta * width * math.sqrt(steps / setting["rho"])
    bend = setting["delta"] * setting["L"] / width**2
    total = 0.0
    for path in product((1, -1), repeat=steps):
        quiet, noisy = 0.0, 0.0
        for move in path:
            pull = min(1.0, max(0.0, 1 + bend * (a * quiet + b * noisy + depth)))
            quiet -= eta * (pull > 0)
            noisy += eta * move
        pull = min(1.0, max(0.0, 1 + bend * (a * quiet + b * noisy + depth)))
        up = sum(move > 0 for move in path)
        total += chance**up * (1 - chance) ** (steps - up) * width * pull
    return (1 - setting["delta"]) * setting["L"] * eta / 2 + total


settings_ = st.fixed_dictionaries(
    {
        "L": st.just(1.0),
        "eta": st.sampled_from([0.02, 0.3, 2.0]),
        "T": st.integers(1, 9),
        "B": BATCHES,
        "delta": st.sampled_from([0.2, 0.9]),
        "rho": st.sampled_from([0.05, 0.5, 0.99]),
        "sigma": st.sampled_from([0.5, 3.0, 40.0]),
    }
)


@given(settings_)
def test_the_chain_of_the_runs_is_the_enumeration(setting: dict[str, float]) -> None:
    assert skew_runs.reached(setting) == pytest.approx(by_enumeration(setting), rel=1e-11)


@given(settings_, st.sampled_from([1, 10]))
def test_the_level_is_kept_at_every_time(setting: dict[str, float], factor: int) -> None:
    longer = {**setting, "T": setting["T"] * factor}
    assert skew_runs.reached(longer) >= level(longer) * (1 - 1e-12)


def test_a_steeper_slope_than_the_drift_pays_for_is_refuted(monkeypatch: Any) -> None:
    """With a noiseless slope of b, as if pi were 1, s drifts down and leaves the flat part."""
    setting = {"L": 1.0, "eta": 0.3, "T": 300, "B": 8, "delta": 0.9, "rho": 0.3, "sigma": 3.0}
    assert skew_runs.reached(setting) > level(setting)
    true = skew_runs.slopes

    def steeper(*args: Any) -> tuple[float, float]:
        _, b = true(*args)
        return b, b

    monkeypatch.setattr(skew_runs, "slopes", steeper)
    assert skew_runs.reached(setting) < level(setting)


# ---------------------------------------------------------------- the class

points = st.lists(st.floats(-4, 4), min_size=4, max_size=4)


def slope_of(s: float, bend: float, depth: float) -> float:
    return float(min(1.0, max(0.0, 1 + bend * (s + depth))))


@given(st.lists(st.floats(0.01, 2), min_size=3, max_size=3), points, points, st.floats(0.1, 0.9))
def test_the_instance_is_smooth(weights, x, y, share: float) -> None:
    w, width = np.array(weights), sum(weights)
    bend = share / width**2

    def grad(z: np.ndarray) -> np.ndarray:
        return np.append(w * slope_of(float(w @ z[:3]), bend, 0.5), (1 - share) * z[3])

    x, y = np.array(x), np.array(y)
    change = np.abs(grad(x) - grad(y)).sum()
    assert change <= np.abs(x - y).max() * (1 + 1e-9) + 1e-12


def test_the_smoothness_is_used_up_inside_the_bend() -> None:
    share, w = 0.3, np.array([1.0, 2.0])
    bend = share / 9
    move = w * (slope_of(-0.6, bend, 0.0) - slope_of(-0.9, bend, 0.0))
    assert np.abs(move).sum() + (1 - share) * 0.1 == pytest.approx(0.1)


@given(st.floats(-5, 5), st.floats(0.1, 3), st.floats(0, 3))
def test_the_value_is_the_integral_of_the_slope(s: float, bend: float, depth: float) -> None:
    from scipy.integrate import quad

    def psi(z: float) -> float:
        u = 1 + bend * (z + depth)
        pull = slope_of(z, bend, depth)
        return (pull * u - pull**2 / 2) / bend

    joints = [-depth, -depth - 1 / bend]
    area, _ = quad(slope_of, 0, s, args=(bend, depth), points=joints, limit=200)
    assert psi(s) - psi(0.0) == pytest.approx(area, abs=1e-7)
    assert psi(0.0) == pytest.approx(depth + 1 / (2 * bend))
    assert psi(s) >= 0


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_the_lemmas_on_numbers(z: float, w: float) -> None:
    at = {k.Sym("z", "random"): sp.Float(z), k.Sym("w", "random"): sp.Float(w)}
    for thm in (negative_part(), cut_moves_less(), height_above_zero()):
        left, right = (float(side.xreplace(at)) for side in thm.concl.terms())
        assert left <= right + 1e-12
    assert float(cut(sp.Float(z))) == min(1.0, max(0.0, z))


# ---------------------------------------------------------------- the proofs


def test_nothing_is_taken_on_trust() -> None:
    for theory in (T2_SKEW, T2_SKEW_A0, T2_SKEW_A1):
        assert theory.theorem.axioms == frozenset()


@pytest.mark.parametrize(
    "name", ["slopes >= 0", "b", "calls independent", "law of a call", "m <= T", "start x1"]
)
def test_every_hypothesis_is_needed(name: str) -> None:
    with pytest.raises(ProofError):
        check("T2-skew", STATEMENT.without(name), T2_SKEW.prove)


@pytest.mark.parametrize("factor", [sp.Rational(101, 100), 2])
def test_a_larger_level_is_not_proved(factor: sp.Expr) -> None:
    claim = STATEMENT.conclusion
    with pytest.raises(ProofError):
        T2_SKEW.prove(STATEMENT.claiming(k.Le(factor * claim.lhs, claim.rhs)))


def test_samples_speak_of_the_statement() -> None:
    for sample in T2_SKEW.samples():
        assert {STATIONARITY, S, N} <= set(sample.values)
