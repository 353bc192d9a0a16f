"""T2c-rate against the level of T2c, and kappa_B**2 >= ln 2."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from hardinstances.levels import LATTICE_TIGHT
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T
from proofs.asymptotics_lattice import KAPPA, LATTICE
from proofs.upper.signsgd_corollaries import EPS
from tests.proofs.test_asymptotics import sides

PACES, SHARES = [1e-5, 1e-3, 0.1, 1.0, 2.0], [0.001, 0.1, 0.7]


@given(st.integers(1, 10**9))
def test_kappa_squared_is_at_least_ln_2(batch: int) -> None:
    low, high = sides(KAPPA, {B: batch})
    assert low == pytest.approx(math.log(2))
    assert low < high
    if batch > 1000:
        assert high < low * 1.001


@given(st.sampled_from(PACES), st.integers(1, 10**9), st.sampled_from(SHARES))
def test_no_run_reaches_its_level_in_fewer_steps(eta: float, steps: int, share: float) -> None:
    run = {"L": 1.0, "Delta": 1.0, "eta": eta, "T": steps, "delta": share}
    try:
        eps = LATTICE_TIGHT.value(**run) * (1 + 1e-9)
    except InputError:
        return
    numbers = {L: 1.0, DELTA: 1.0, ETA: eta, T: steps, DELTA_SHARE: share, EPS: eps}
    low, high = sides(LATTICE, numbers)
    assert low <= high * (1 + 1e-6) + 1e-9


def test_two_l_delta_is_met_in_the_limit() -> None:
    ratios = []
    for steps, share in ((10**6, 0.02), (10**10, 0.0005)):
        eta = math.sqrt(2 / steps)
        run = {"L": 1.0, "Delta": 1.0, "eta": eta, "T": steps, "delta": share}
        eps = LATTICE_TIGHT.value(**run) * (1 + 1e-12)
        numbers = {L: 1.0, DELTA: 1.0, ETA: eta, T: steps, DELTA_SHARE: share, EPS: eps}
        low, high = sides(LATTICE, numbers)
        ratios.append(low / high)
        assert eps**2 * steps == pytest.approx(2, rel=2 * share)
    assert ratios[0] < ratios[1] <= 1
    assert ratios[1] > 0.99
