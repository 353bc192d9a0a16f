"""T2-rate against the level of T2 at many runs, and its constant 32 ln 2."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from hardinstances.levels import SIGNSGD_FOREVER
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, TAU, B, L, T
from proofs.asymptotics_signs import COUNT, CYCLE, THETA, TOTAL
from proofs.upper.signsgd_corollaries import EPS
from tests.proofs.test_asymptotics import sides


def numbers_of(run: dict[str, float], eps: float) -> dict[Any, float]:
    names = {"L": L, "Delta": DELTA, "eta": ETA, "T": T, "B": B, "delta": DELTA_SHARE, "rho": RHO}
    out = {symbol: run[name] for name, symbol in names.items()}
    root = math.sqrt(2 ** (1 / run["B"]) - 1)
    share = run["n"] * run["tau"] / (run["S"] * root)
    return out | {TOTAL: run["S"], COUNT: run["n"], TAU: run["tau"], THETA: share, EPS: eps}


@st.composite
def runs(draw: Any) -> dict[str, float]:
    out = {"L": 1.0, "Delta": 1.0, "n": 1}
    out["eta"] = draw(st.sampled_from([1e-6, 1e-4, 1e-2, 0.3]))
    out["T"] = draw(st.sampled_from([1, 10**3, 10**8, 10**12]))
    out["B"] = draw(st.sampled_from([1, 16, 10**6]))
    out["delta"] = draw(st.sampled_from([0.01, 0.2, 0.45]))
    out["rho"] = draw(st.sampled_from([0.01, 0.3, 0.9]))
    out["S"] = draw(st.sampled_from([1e-3, 0.1, 2.0, 50.0]))
    out["tau"] = out["S"] * draw(st.sampled_from([0.0, 1e-4])) / math.sqrt(out["B"])
    return out


@given(runs())
def test_no_run_reaches_its_level_with_fewer_calls(run: dict[str, float]) -> None:
    try:
        eps = SIGNSGD_FOREVER.value(**run) * (1 + 1e-9)
    except InputError:
        return
    low, high = sides(CYCLE, numbers_of(run, eps))
    assert low <= high * (1 + 1e-6)


def best(eps: float, small: float) -> dict[str, float]:
    """Slope and swing a quarter of eps each, the hidden slope half of it, in large batches."""
    eta, steps = eps / 2, math.ceil(8 / eps**2)
    batch = math.ceil(4 * math.log(2) / eps**2)
    return {
        "L": 1.0,
        "Delta": 1.0,
        "eta": eta,
        "T": steps,
        "B": batch,
        "S": 1.0,
        "n": 1,
        "delta": small,
        "rho": small,
        "tau": 0.0,
    }


def test_the_constant_is_32_ln_2_and_no_larger() -> None:
    ratios = []
    for eps, small in ((1e-4, 0.02), (1e-6, 0.002)):
        run = best(eps, small)
        reached = SIGNSGD_FOREVER.value(**run) * (1 + 1e-12)
        low, high = sides(CYCLE, numbers_of(run, reached))
        assert low <= high
        ratios.append(low / high)
        calls = run["T"] * run["B"] * reached**4
        assert calls == pytest.approx(32 * math.log(2), rel=6 * small)
    assert ratios[0] < ratios[1]
    assert ratios[1] > 0.98
