"""T4 against the calls of both methods at small eps, and its limit."""

from __future__ import annotations

import math
from typing import Any

import pytest

from proofs.assumptions import DELTA, L, T
from proofs.separation import BATCH, QUIET_STATEMENT, STATEMENT, STEPS
from proofs.upper.signsgd import NOISE
from proofs.upper.signsgd_corollaries import EPS
from signcheck.kernel.terms import DIM
from signcheck.separation import separation
from tests.proofs.test_asymptotics import balanced, level_of, numbers_of, sides


def both(eps: float, share: float, d: int) -> tuple[dict[Any, float], float]:
    """SGD's cheapest run beside SignSGD's, for one noisy coordinate; and N of SGD over SignSGD."""
    run = balanced(eps, share, d)
    reached = level_of(run)
    assert reached is not None
    reached *= 1 + 1e-12
    steps, batch = math.ceil(8 / reached**2), math.ceil(4 / reached**2)
    numbers = {**numbers_of(run, reached), NOISE: 1.0, STEPS: steps, BATCH: batch}
    return numbers, run["T"] * run["B"] / (steps * batch)


@pytest.mark.parametrize("d", [8, 50])
def test_the_ratio_is_the_separation_in_the_limit(d: int) -> None:
    expected = separation([1.0] + [0.0] * (d - 1)).R
    assert expected == pytest.approx((d - 1) / (2 * math.pi))
    for eps, share in ((1e-3, 0.02), (1e-4, 0.002)):
        numbers, ratio = both(eps, share, d)
        low, high = sides(STATEMENT, numbers)
        assert low <= high
        assert low >= 0.9 * high
        assert ratio == pytest.approx(expected, rel=0.06)


def test_a_ratio_five_percent_larger_is_refuted() -> None:
    numbers, _ = both(1e-5, 0.0002, 8)
    low, high = sides(STATEMENT, numbers)
    assert 1.05 * low > high


@pytest.mark.parametrize(("eps", "d"), [(0.1, 5), (0.01, 20)])
def test_without_noise_the_ratio_is_a_quarter_of_d(eps: float, d: int) -> None:
    steps = math.ceil(d / 2 * (1 / eps**2 - 0.5)) + 1
    numbers = {L: 1.0, DELTA: 1.0, DIM: d, T: steps, EPS: eps, STEPS: math.ceil(2 / eps**2)}
    low, high = sides(QUIET_STATEMENT, numbers)
    assert low <= high
    assert low == pytest.approx(high, rel=0.05)
    assert (steps - 1) / math.ceil(2 / eps**2) == pytest.approx(d / 4, rel=0.05)
