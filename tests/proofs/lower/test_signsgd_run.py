"""The instance of T2 as it is run: level, exact law and membership at its float64 parameters."""

from __future__ import annotations

import math
from typing import Any

import flint
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import hardinstances
from hardinstances.profiles import RAMP
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, TAU, B, L, T
from proofs.lower.signsgd import N, S
from signcheck.intervals import enclose
from signcheck.simulate.law import exact_law
from signcheck.simulate.methods import SignSGD
from tests.proofs.exact import Q, ball
from tests.proofs.lower.levels import kernel, level, rows, slopes, spends
from tests.proofs.lower.test_signsgd import KAPPA, STATEMENT, parameters


@settings(max_examples=12)
@given(parameters(steps=(1, 2, 6)), st.booleans())
def test_the_instance_that_is_run_keeps_the_level(p: dict[Any, Any], flat: bool) -> None:
    sigma = [0.0, 0.0, *map(float, p["sigmas"]), *([0.0] if flat else [])]
    sigma = sigma[1:] if flat else sigma
    numbers = {"L": L, "eta": ETA, "delta": DELTA_SHARE, "rho": RHO, "tau": TAU}
    given_ = {name: float(p[s]) for name, s in numbers.items()}
    gap = float(p[DELTA]) * 1.01
    instance = hardinstances.make("signsgd-tight", **given_, Delta=gap, T=p[T], B=p[B], sigma=sigma)
    exact = {s: Q(given_[name]) for name, s in numbers.items()} | {DELTA: Q(gap), T: p[T], B: p[B]}
    exact |= {S: sum(map(Q, sigma)), N: len(p["sigmas"])}
    claimed = level(STATEMENT, exact)
    law = exact_law(instance, SignSGD(given_["eta"]), steps=p[T], batch=p[B])
    curve = [stationarity(instance, exact[ETA], t) for t in range(p[T])]
    for mean, true in zip(law.mean.tolist(), curve, strict=True):
        assert abs(Q(mean) - true) <= Q(law.slack)
        assert not claimed * (1 - 1e-12) > ball(true)
    check_membership(instance, exact)


def stationarity(instance: Any, eta: Q, t: int) -> Q:
    """E|grad f(x_t)|_1 of SignSGD at the exact value of the float64 parameters.

    Noisy coordinates take fair steps; a quiet one goes against its slope, which is never zero here.
    """
    total = Q(0)
    for profile, row, sigma, count in rows(instance):
        values = slopes(profile, row, eta, t)
        if sigma is not None:
            weights = [Q(math.comb(t, ups), 2**t) for ups in range(t + 1)]
            total += count * sum((w * abs(values[2 * ups]) for ups, w in enumerate(weights)), Q(0))
            continue
        place = 0
        for _ in range(t):
            here = values[t + place]
            place -= (here > 0) - (here < 0)
        total += count * abs(values[t + place])
    return total


def check_membership(instance: Any, exact: dict[Any, Any]) -> None:
    """A0, A1 and A2, from the profiles' values alone."""
    reach = 4 * exact[ETA] * (exact[T] + 2)
    for _, row, _, _ in rows(instance):
        reach = max([reach, *(row[n] for n in row if n == "D")])
    curvature, gap = spends(instance, [reach * Q(n, 64) for n in range(-192, 65)])
    assert curvature <= exact[L]
    assert gap <= exact[DELTA]
    with flint.ctx.workprec(160):
        root = enclose(KAPPA, kernel({B: exact[B]}))
        for profile, row, sigma, _ in rows(instance):
            if sigma is not None:
                assert profile is RAMP
                assert not ball(row["a"] + exact[TAU]) > ball(sigma) * root
    noisy = np.concatenate([b.coordinates for b in instance.blocks if b.noise is not None])
    spent = np.concatenate([b.noise.sigma for b in instance.blocks if b.noise is not None])
    assert (spent <= instance.sigma[noisy]).all()
