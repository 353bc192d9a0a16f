"""The update rules, step by step on numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hardinstances.errors import InputError
from signcheck.simulate.methods import SGD, Method, MomentumSGD, SignSGD, Signum

X, G = np.array([1.0, 2.0, 3.0]), np.array([-4.0, 0.0, 0.5])


def run(method: Method, gradients: list[np.ndarray]) -> np.ndarray:
    x, state = X, None
    for g in gradients:
        x, state = method.step(x, g, state)
    return x


def test_signsgd_stands_still_at_zero() -> None:
    np.testing.assert_array_equal(run(SignSGD(0.25), [G]), [1.25, 2.0, 2.75])


def test_sgd() -> None:
    np.testing.assert_array_equal(run(SGD(0.5), [G]), [3.0, 2.0, 2.75])


def test_signum_starts_at_the_first_gradient_and_averages() -> None:
    # m_0 = g_0 = (-4, 0, 0.5); m_1 = 0.75 m_0 + 0.25 (8, 1, -2) = (-1, 0.25, -0.125).
    x = run(Signum(1.0, 0.75), [G, np.array([8.0, 1.0, -2.0])])
    np.testing.assert_array_equal(x, [1 + 2, 2 - 1, 3 - 1 + 1])


def test_momentum_sgd_accumulates() -> None:
    x = run(MomentumSGD(1.0, 0.5), [G, G])
    np.testing.assert_allclose(x, X - G - 1.5 * G)


def test_without_momentum_the_pairs_coincide() -> None:
    gradients = [G, -2 * G, G - 1]
    np.testing.assert_array_equal(run(Signum(0.1, 0.0), gradients), run(SignSGD(0.1), gradients))
    np.testing.assert_array_equal(run(MomentumSGD(0.1, 0.0), gradients), run(SGD(0.1), gradients))


def test_stacked_points_are_separate_runs() -> None:
    x, _ = Signum(0.1, 0.5).step(np.stack([X, -X]), np.stack([G, 2 * G]), None)
    np.testing.assert_array_equal(x[1], Signum(0.1, 0.5).step(-X, 2 * G, None)[0])


@pytest.mark.parametrize("eta", [0.0, -1.0, math.nan, math.inf])
def test_a_stepsize_that_is_no_positive_number_is_refused(eta: float) -> None:
    for make in (SignSGD, SGD, lambda e: Signum(e, 0.5), lambda e: MomentumSGD(e, 0.5)):
        with pytest.raises(InputError, match="positive stepsize"):
            make(eta)


@pytest.mark.parametrize("beta", [-0.1, 1.0, math.nan])
def test_a_momentum_outside_its_range_is_refused(beta: float) -> None:
    for make in (Signum, MomentumSGD):
        with pytest.raises(InputError, match=r"\[0, 1\)"):
            make(0.1, beta)
