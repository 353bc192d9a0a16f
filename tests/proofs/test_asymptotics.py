"""Rates against the bounds themselves: no stepsize and batch beats them; the limits come out."""

from __future__ import annotations

import math
from fractions import Fraction as Q
from typing import Any

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T
from proofs.asymptotics import CALLS, FLOOR_STATEMENT, RAMPS_RATE
from proofs.lower.sgd import T3
from proofs.lower.sgd_instance import LOW, POWER_ROOT, TOP, N
from proofs.lower.sgd_quiet import T3_RAMPS
from proofs.upper.signsgd import NOISE
from proofs.upper.signsgd_corollaries import EPS
from signcheck.intervals import enclose
from signcheck.kernel.terms import DIM


def value(term: sp.Expr, numbers: dict[Any, float]) -> float:
    exact = {s: sp.Rational(Q(v).numerator, Q(v).denominator) for s, v in numbers.items()}
    return float(enclose(term, exact).mid())


def sides(statement: Any, numbers: dict[Any, float]) -> tuple[float, float]:
    left, right = statement.conclusion.terms()
    return value(left, numbers), value(right, numbers)


# ---------------------------------------------------------------- SignSGD


@given(st.floats(0.01, 2), st.floats(0.1, 5), st.floats(0, 5), st.floats(0.1, 3))
def test_the_calls_of_t1c_fit(eps: float, smooth: float, noise: float, gap: float) -> None:
    steps = math.ceil(8 * smooth * gap / eps**2)
    batch = max(1, math.ceil(4 * noise**2 / eps**2))
    numbers = {L: smooth, DELTA: gap, NOISE: noise, EPS: eps, T: steps, B: batch}
    low, high = sides(CALLS, numbers)
    assert low <= high * (1 + 1e-12)


def test_the_leading_term_of_signsgd_is_32() -> None:
    numbers = {L: 2.0, DELTA: 3.0, NOISE: 5.0}
    for eps in (1e-3, 1e-5):
        right = value(CALLS.conclusion.rhs, {**numbers, EPS: eps})
        assert right == pytest.approx(32 * 2 * 3 * 25, rel=eps)


# ---------------------------------------------------------------- SGD

PACES, SHARES = [1e-6, 1e-4, 1e-2, 0.3, 1.9], [0.001, 0.05, 0.5, 0.95]


@st.composite
def runs(draw: Any) -> dict[str, Any]:
    """L = Delta = 1, one to three equal noisy coordinates of up to nine."""
    d = draw(st.integers(2, 9))
    return {
        "eta": draw(st.sampled_from(PACES)),
        "T": draw(st.sampled_from([1, 10, 10**4, 10**9])),
        "B": draw(st.sampled_from([1, 100, 10**6])),
        "k": draw(st.integers(1, min(3, d - 1))),
        "d": d,
        "delta": draw(st.sampled_from(SHARES)),
        "scale": draw(st.sampled_from([0.01, 1.0, 10.0])),
    }


def level_of(run: dict[str, Any]) -> float | None:
    """The proved level of the run, None outside the regime."""
    from hardinstances.errors import InputError

    sigma = [run["scale"]] * run["k"] + [0.0] * (run["d"] - run["k"])
    point = {n: run[n] for n in ("eta", "T", "B", "k", "delta")}
    try:
        return float(T3.bound.value(L=1.0, Delta=1.0, sigma=sigma, **point))
    except InputError:
        return None


def numbers_of(run: dict[str, Any], eps: float) -> dict[Any, float]:
    share = 1 / run["k"]
    root = run["scale"] * math.sqrt(run["k"])
    out = {L: 1.0, DELTA: 1.0, ETA: run["eta"], T: run["T"], B: run["B"], EPS: eps}
    out |= {DELTA_SHARE: run["delta"], DIM: run["d"], N: run["k"], POWER_ROOT: root}
    return out | {LOW: share, TOP: share}


@given(runs())
def test_no_run_of_sgd_reaches_its_level_with_fewer_calls(run: dict[str, Any]) -> None:
    eps = level_of(run)
    if eps is None:
        return
    low, high = sides(FLOOR_STATEMENT, numbers_of(run, eps * (1 + 1e-9)))
    assert low <= high * (1 + 1e-6)


def balanced(eps: float, share: float, d: int = 8) -> dict[str, Any]:
    """One noisy coordinate, slopes and floor eps/2 each: the cheapest run for this level."""
    eta = math.pi * (eps / 2) ** 2 / (1 - share)
    steps = math.ceil(4 * (d - 1) / (eps**2 * eta)) + 1
    return {"eta": eta, "T": steps, "B": 1, "k": 1, "d": d, "delta": share, "scale": 1.0}


def test_the_constant_is_16_over_pi_and_no_larger() -> None:
    """At the balanced run the two sides agree up to 1 - delta: 2 % more would be false."""
    ratios = []
    for eps, share in ((1e-3, 0.02), (1e-4, 0.002), (1e-5, 0.0002)):
        run = balanced(eps, share)
        reached = level_of(run)
        assert reached is not None
        low, high = sides(FLOOR_STATEMENT, numbers_of(run, reached * (1 + 1e-12)))
        assert low <= high
        ratios.append(low / high)
        leading = 16 / math.pi * (run["d"] - 1) / reached**4
        assert run["T"] == pytest.approx(leading, rel=0.05)
    assert ratios == sorted(ratios)
    assert ratios[-1] > 0.99


def test_the_remainder_vanishes() -> None:
    """eps -> 0 at delta = sqrt(eps): the left side tends to (16/pi) (d-k) L Delta S_k**2."""
    run = {"eta": 0.1, "T": 1, "B": 1, "k": 2, "d": 5, "scale": 1.0}
    for eps in (1e-4, 1e-6, 1e-8):
        numbers = numbers_of({**run, "delta": math.sqrt(eps)}, eps)
        left = value(FLOOR_STATEMENT.conclusion.lhs, numbers)
        assert left == pytest.approx(16 / math.pi * 3 * 2, rel=5 * math.sqrt(eps))


@given(st.floats(0.001, 2), st.integers(1, 10**6), st.integers(1, 50))
def test_without_noise_d_over_2(eta: float, steps: int, d: int) -> None:
    level = T3_RAMPS.bound.value(L=1.0, Delta=1.0, eta=eta, T=steps, sigma=[0.0] * d)
    eps = float(level) * (1 + 1e-12)
    numbers = {L: 1.0, DELTA: 1.0, ETA: eta, T: steps, DIM: d, EPS: eps}
    low, high = sides(RAMPS_RATE, numbers)
    assert low <= high * (1 + 1e-9) + 1e-9
    if eta == 2.0 and steps > 100 * d:
        assert low == pytest.approx(high, rel=0.05)
