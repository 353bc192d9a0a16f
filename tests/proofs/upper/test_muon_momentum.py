"""T5m says what it should: T1m with nuclear norms, and whole runs with real polar factors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.errors import ProofError
from hardinstances.geometry import MATRIX
from proofs.lemmas.matrix_moment import F, N, S, nuclear_moment
from proofs.lemmas.moments import BETA, EXTRA, fading_sum
from proofs.upper.momentum_fresh import T1M
from proofs.upper.muon import ALPHA, GAMMA, NOISE, T5, TOTAL
from proofs.upper.muon_momentum import STATEMENT_U, T5M_U
from proofs.upper.muon_momentum_fresh import EXACT_STATEMENT, STATEMENT, T5M, T5M_EXACT, T5M_V
from proofs.upper.signsgd import NOISE as VECTOR_NOISE
from signcheck import kernel as k
from signcheck import registry
from signcheck.kernel.terms import COLUMNS, ROWS
from signcheck.simulate.muon import Muon
from tests.proofs.matrix_model import MatrixModel
from tests.proofs.upper.test_muon import SHAPES, Quadratics, inexact

NUMBERS = {"L": 2.0, "Delta": 3.0, "eta": 0.1, "T": 50, "B": 4, "sigma": [0.3, 0.1]}
BETAS = st.sampled_from([0.1, 0.5, 0.9, 0.99])


# ---------------------------------------------------------------- the formula


@given(BETAS)
def test_with_the_exact_polar_factor_it_is_t1m(beta: float) -> None:
    exact = T5M_EXACT.bound.value(**NUMBERS, beta=beta)
    assert exact == pytest.approx(T1M.bound.value(**NUMBERS, beta=beta), rel=1e-14)
    assert T5M.bound.value(**NUMBERS, beta=beta) == pytest.approx(exact, rel=1e-14)
    claim = EXACT_STATEMENT.conclusion.rhs - T1M.statement.conclusion.rhs.xreplace(
        {VECTOR_NOISE: NOISE}
    )
    minima = dict.fromkeys(claim.atoms(sp.Min), 0)
    assert sp.simplify(claim.xreplace(minima)) == 0


@given(BETAS, st.sampled_from([(0.5, 1.2), (0.7, 0.7), (1.0, 3.0)]))
def test_the_bound_is_the_one_that_the_proof_sketch_gives(
    beta: float, quality: tuple[float, float]
) -> None:
    """Written out again: every L1-pointwise costs alpha + gamma, and alpha divides everything."""
    alpha, gamma = quality
    L, gap, eta, T, B, s = 2.0, 3.0, 0.1, 50, 4, 0.4
    noise, tail = s / B**0.5, ((1 - beta) / (1 + beta)) ** 0.5
    both, start = alpha + gamma, (2 * beta / (1 + beta)) ** 0.5
    error = both * noise * (start / ((1 - beta) * T) + tail)
    fresh = noise * (
        gamma * (1 - beta) + both * beta * tail + (gamma * beta + both * beta / (1 - beta)) / T
    )
    rest = gap / (eta * T) + L * eta * gamma**2 / 2 + both * beta * L * eta * gamma / (1 - beta)
    found = T5M.bound.value(**NUMBERS, beta=beta, alpha=alpha, gamma=gamma)
    assert found == pytest.approx((rest + min(error, fresh)) / alpha, rel=1e-13)


def test_small_momentum_costs_little_more_than_t5() -> None:
    """beta -> 0: V becomes the noise term of T5 and the drift vanishes."""
    plain = T5.bound.value(**NUMBERS, alpha=0.5, gamma=1.2)
    found = T5M.bound.value(**NUMBERS, beta=1e-9, alpha=0.5, gamma=1.2)
    assert found == pytest.approx(plain, rel=1e-7)


def test_keys_and_words() -> None:
    assert set(T5M.bound.keys) == {*T1M.bound.keys, "alpha", "gamma"}
    assert set(T5M_EXACT.bound.keys) == set(T1M.bound.keys)
    assert "nuclear" in T5M.bound.keys["L"].text
    assert {ROWS, COLUMNS, ALPHA, GAMMA} <= STATEMENT.conclusion.free().union(
        *(h.free() for h in STATEMENT.hypotheses.values())
    )
    assert registry.load("T5m") is T5M
    assert registry.load("T5m-exact") is T5M_EXACT


# ---------------------------------------------------------------- whole runs


def averages(
    f: Quadratics, eta: float, steps: int, beta: float, alpha: float, gamma: float
) -> float:
    """avg_T over all paths of the noise with batch 1, each equally likely."""
    coins = (-1.0, 1.0) if f.noise.any() else (0.0,)
    total = 0.0
    points: list[tuple[np.ndarray, Any]] = [(f.start, None)]
    for _ in range(steps):
        total += float(np.mean([MATRIX.norm(f.grad(x)) for x, _ in points]))
        after = []
        for x, m in points:
            for coin in coins:
                g = f.grad(x) + coin * f.noise
                new = g if m is None else beta * m + (1 - beta) * g
                after.append((x - eta * inexact(new, alpha, gamma), new))
        points = after
    return total / steps


@settings(max_examples=60)
@given(
    SHAPES,
    st.integers(0, 10**6),
    st.sampled_from([1, 3, 6]),
    st.sampled_from([(1.0, 1.0), (0.5, 1.2), (0.7, 0.7)]),
    st.sampled_from([0.02, 0.2, 1.0]),
    BETAS,
)
def test_whole_runs_stay_below_the_bound(shape, seed, steps, quality, eta, beta) -> None:
    f, (alpha, gamma) = Quadratics(shape, seed), quality
    numbers = {"L": f.L, "Delta": f.gap(), "eta": eta, "T": steps, "B": 1, "sigma": f.sigma()}
    bound = T5M.bound.value(**numbers, alpha=alpha, gamma=gamma, beta=beta)
    assert averages(f, eta, steps, beta, alpha, gamma) <= bound * (1 + 1e-12)


def overshoot(beta: float, steps: int = 60) -> tuple[float, dict[str, Any]]:
    """f = x**2/2 without noise: the measured average and the numbers of the run."""
    f = Quadratics((1, 1), 0)
    f.parts, f.noise = np.array([[[1.0]], [[0.0]]]), np.zeros((1, 1))
    f.start, f.L = np.array([[4.0]]), 1.0
    numbers = {"L": 1.0, "Delta": f.gap(), "eta": 1.0, "T": steps, "B": 1, "sigma": [0.0]}
    return averages(f, 1.0, steps, beta, 1.0, 1.0), numbers


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.95])
def test_without_the_drift_the_claim_is_false(beta: float) -> None:
    """Momentum carries Muon past the minimiser: T5 alone is refuted, T5m is not."""
    found, numbers = overshoot(beta)
    assert found <= T5M.bound.value(**numbers, beta=beta)
    if beta >= 0.9:
        assert found > T5.bound.value(**numbers)


def test_the_simulator_moves_as_the_hypotheses_say() -> None:
    """m(0) = g(0), m(t+1) = beta m(t) + (1 - beta) g(t+1), X(t+1) = X(t) - eta polar m(t)."""
    rng, method = np.random.default_rng(1), Muon(0.1, 0.9)
    x, state, m = np.zeros((2, 3)), None, None
    for _ in range(5):
        g = rng.normal(size=(2, 3))
        m = g if m is None else 0.9 * m + (1 - 0.9) * g
        left, _, right = np.linalg.svd(m, full_matrices=False)
        wanted = x - 0.1 * left @ right
        x, state = method.step(x, g, state)
        assert np.abs(x - wanted).max() < 1e-12


# ---------------------------------------------------------------- the proof


@pytest.mark.parametrize("theory", [T5M_U, T5M_V, T5M, T5M_EXACT], ids=lambda theory: theory.id)
def test_the_parts_that_the_proof_defines_are_gone(theory: Any) -> None:
    thm = theory.theorem
    assert thm.axioms == {"trace duality"}
    names = {s.name for h in thm.hyps for s in h.free()}
    assert not names & {"N", EXTRA.name}


@pytest.mark.parametrize("share", [sp.Rational(9, 10), sp.Rational(99, 100)])
def test_a_smaller_drift_or_noise_is_not_proved(share: sp.Rational) -> None:
    claim = STATEMENT_U.conclusion
    for symbol in (GAMMA, NOISE):
        smaller = k.Le(claim.lhs, claim.rhs.xreplace({symbol: share * symbol}))
        with pytest.raises(ProofError):
            T5M_U.prove(STATEMENT_U.claiming(smaller))


@pytest.mark.parametrize(
    "name", ["alignment", "g known", "momentum", "beta < 1", "momentum starts"]
)
def test_every_hypothesis_on_the_method_is_needed(name: str) -> None:
    with pytest.raises(ProofError):
        T5M_U.prove(STATEMENT_U.without(name))


def test_samples_speak_of_the_statement_and_none_refutes_it() -> None:
    for sample in T5M.samples():
        assert {TOTAL, NOISE, BETA, ALPHA, GAMMA} <= set(sample.values)
    broken = {sample.breaks for sample in T5M.samples()}
    assert {"alignment", "|O|_op <= gamma", "A2 second moment", "momentum starts"} <= broken


# ---------------------------------------------------------------- lemmas


@given(SHAPES, st.integers(0, 10**6), st.integers(1, 4))
def test_the_nuclear_norm_is_below_the_rows(shape, seed: int, outcomes: int) -> None:
    rng = np.random.default_rng(seed)
    draws = [rng.normal(size=shape) * rng.choice([0.0, 1e-3, 1.0]) for _ in range(outcomes)]
    rows = np.sqrt(np.mean([np.square(n).sum(axis=1) for n in draws], axis=0))
    model = MatrixModel(
        shape,
        [1 / outcomes] * outcomes,
        {S: lambda i: float(rows[i])},
        {N: draws},
        {F: [0] * outcomes},
    )
    thm = nuclear_moment()
    assert all(model.holds(h) for h in thm.hyps)
    assert model.holds(thm.concl)
    if rows.min() > 1e-2 and shape[0] == 1:
        smaller = replace(model, values={S: lambda i: 0.5 * float(rows[i])})
        assert not all(smaller.holds(h) for h in thm.hyps)


def test_the_nuclear_norm_is_that_of_the_rows_where_these_are_orthogonal() -> None:
    model = MatrixModel((2, 2), [1.0], {S: lambda i: 2.0 + i}, {N: [np.diag([2.0, 3.0])]}, {F: [0]})
    gaps = list(model.gaps(nuclear_moment().concl))
    assert gaps == [pytest.approx(0.0, abs=1e-12)]


@given(st.sampled_from([0.1, 0.5, 0.9]), st.floats(-3, 3), st.floats(0, 3), st.integers(1, 50))
def test_the_fading_sum(beta: float, first: float, scale: float, steps: int) -> None:
    claim = fading_sum().concl
    total = first + sum(scale * beta**t for t in range(steps - 1))
    values = {"beta": beta, "first": first, "scale": scale}
    bound = float(claim.rhs.subs({s: values[s.name] for s in claim.rhs.free_symbols}))
    assert total <= bound + 1e-12
    assert str(claim.lhs.args[0]) == "Ap(extra, t)"
