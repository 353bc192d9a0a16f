"""T3u-rate: the number of steps it asks for is the one at which T3u's bound is eps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.assumptions import DELTA, L
from proofs.asymptotics_sgd import STEPS
from proofs.upper.sgd import POWER, T3U
from proofs.upper.signsgd_corollaries import EPS
from signcheck.kernel.terms import DIM
from tests.proofs.test_asymptotics import value


@given(st.floats(0.01, 0.5), st.integers(1, 40), st.floats(0.5, 3))
def test_t3u_is_at_most_eps_after_that_many_steps(eps: float, d: int, noise: float) -> None:
    sigma = np.full(d, noise)
    power = float(np.square(sigma).sum())
    if eps**2 >= d * power:
        return
    steps = value(STEPS, {EPS: eps, DIM: d, L: 1.0, DELTA: 1.0, POWER: power})
    point = {"L": 1.0, "Delta": 1.0, "eta": eps**2 / (d * power), "B": 1, "sigma": sigma}
    reached = T3U.bound.value(**point, T=math.ceil(steps))
    assert reached <= eps * (1 + 1e-9)
    # 2 % fewer steps do not prove it any more.
    if steps > 200:
        assert T3U.bound.value(**point, T=math.floor(0.98 * steps)) > eps


def test_the_leading_term_is_two_d_squared() -> None:
    for eps in (1e-2, 1e-3):
        steps = value(STEPS, {EPS: eps, DIM: 7, L: 2.0, DELTA: 3.0, POWER: 5.0})
        assert steps * eps**4 == pytest.approx(2 * 49 * 2 * 3 * 5, rel=eps)
