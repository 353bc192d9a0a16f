"""Arrays, devices and exact rationals evaluate the same pieces."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from hardinstances import piecewise
from hardinstances.certificate import check_profile
from hardinstances.errors import CertificateError, InputError
from hardinstances.exact import evaluate
from hardinstances.profiles import PROFILES, RAMP, WELLS
from tests.strategies import bricks, rationals


def as_floats(parameters):
    return {name: float(value) for name, value in parameters.items()}


@given(brick=bricks(), xs=st.lists(rationals(), min_size=1, max_size=8))
def test_arrays_agree_with_exact_rationals(brick, xs):
    profile, exact = brick
    # The floats that are evaluated, read as rationals: no rounding of the input is excused.
    parameters = as_floats(exact)
    read_back = {name: Fraction(value) for name, value in parameters.items()}
    numbers = {s: read_back[s.name] for s in profile.parameters}
    assume(all(evaluate(need, numbers) >= 0 for need in profile.requires))
    x = np.array([float(v) for v in xs])
    scale = 1 + max(abs(x).max(), *parameters.values()) ** 2 * parameters["l"]
    derivative, value = profile.derivative(x, parameters), profile.value(x, parameters)
    for i, number in enumerate(x):
        there = Fraction(float(number))
        assert (
            abs(derivative[i] - float(profile.exact_derivative(there, read_back))) < 1e-12 * scale
        )
        assert abs(value[i] - float(profile.exact_value(there, read_back))) < 1e-12 * scale


@given(brick=bricks(), seed=st.integers(0, 1000))
def test_numpy_and_torch_agree_on_batches(brick, seed):
    profile, exact = brick
    parameters = as_floats(exact)
    x = np.random.default_rng(seed).normal(scale=5.0, size=(2, 3, 4))
    for function in (profile.derivative, profile.value):
        ours = function(x, parameters)
        theirs = function(torch.from_numpy(x), parameters)
        assert ours.shape == x.shape
        np.testing.assert_allclose(theirs.numpy(), ours, rtol=1e-13, atol=1e-13)
        single = function(torch.from_numpy(x).float(), parameters)
        assert single.dtype == torch.float32


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_parameters_may_differ_by_coordinate(profile):
    shapes = {
        "oscillator": {"l": 1.0, "h": 1.0},
        "quadratic": {"l": 1.0, "s": -1.0},
        "ramp": {"a": 1.0, "l": 2.0, "D": 0.5},
        "wells": {"c": 0.2, "l": 2.0, "eta": 1.0},
        "meander": {"b": 0.5, "l": 2.0, "H": 3.0},
    }
    base = shapes[profile.name]
    columns = {n: np.array([v, 1.5 * v, 0.9 * v]) for n, v in base.items()}
    if profile.requires:
        columns = {n: np.full(3, v) for n, v in base.items()} | {"l": np.array([2.0, 3.0, 4.0])}
    x = np.linspace(-4, 4, 30).reshape(10, 3)
    together = profile.value(x, columns)
    for i in range(3):
        alone = profile.value(x[:, i], {n: v[i] for n, v in columns.items()})
        np.testing.assert_array_equal(together[:, i], alone)


def test_autograd_of_the_value_is_the_derivative():
    x = torch.linspace(-3.05, 3.05, 201, dtype=torch.float64, requires_grad=True)
    parameters = {"c": 0.3, "l": 2.0, "eta": 0.5}
    WELLS.value(x, parameters).sum().backward()
    expected = WELLS.derivative(x.detach(), parameters)
    np.testing.assert_allclose(x.grad.numpy(), expected.numpy(), atol=1e-12)


def test_wrong_names_are_refused():
    with pytest.raises(InputError, match="a, l, D"):
        RAMP.derivative(np.zeros(2), {"a": 1.0, "l": 1.0})
    with pytest.raises(InputError, match="a, l, D"):
        RAMP.exact_value(
            Fraction(0), {"a": Fraction(1), "l": Fraction(1), "D": Fraction(1), "q": Fraction(1)}
        )


MUTANTS = {
    "gap too small": replace(RAMP, gap=RAMP.gap / 2),
    "curvature too small": replace(RAMP, curvature=RAMP.curvature / 2),
    "curvature too large": replace(WELLS, curvature=2 * WELLS.curvature),
    "a jump": replace(
        RAMP, pieces=(*RAMP.pieces[:2], replace(RAMP.pieces[2], value=2 * RAMP.pieces[2].value))
    ),
    "a hole": replace(RAMP, pieces=(RAMP.pieces[0], RAMP.pieces[2])),
    "wrong antiperiod": replace(WELLS, antiperiod=2 * WELLS.antiperiod),
    "wrong well gap": replace(WELLS, gap=2 * WELLS.gap),
    "falling below the left end": replace(
        RAMP, pieces=(replace(RAMP.pieces[0], value=-RAMP.parameters[0]), *RAMP.pieces[1:])
    ),
}


@pytest.mark.parametrize("profile", MUTANTS.values(), ids=list(MUTANTS))
def test_a_profile_that_misstates_itself_is_refused(profile):
    with pytest.raises(CertificateError):
        check_profile(profile)


def test_every_profile_states_what_its_pieces_say():
    for profile in PROFILES.values():
        check_profile(profile)


def test_start_must_lie_in_a_piece():
    moved = replace(WELLS, start=-sp.Symbol("eta"))
    with pytest.raises(InputError, match="start"):
        piecewise.value(moved, np.zeros(1), {"c": 0.1, "l": 1.0, "eta": 1.0})
