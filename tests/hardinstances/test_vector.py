"""The separable families under attack: no pair of points breaks A1, no draw breaks A2, no lattice
method gets below the level."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import hardinstances
from hardinstances.errors import BudgetError, InputError
from hardinstances.exact import evaluate
from hardinstances.noise import BATCH, MASKING, MEAN, TAU
from hardinstances.rng import Stream
from tests.strategies import noisy_instances, points, vector_instances

ROUNDING = 1e-11
T = 1000
ETA = math.sqrt(2 / T)


def l1(gradient):
    return np.abs(gradient).sum(axis=-1)


def joints(block, index):
    """Where f' bends, for one coordinate of a block (exact), with the middle of each piece."""
    numbers = {
        s: Fraction(float(block.parameters[s.name][index])) for s in block.profile.parameters
    }
    ends = [p.lo for p in block.profile.pieces] + [p.hi for p in block.profile.pieces]
    finite = sorted({evaluate(e, numbers) for e in ends if e.is_finite is not False})
    return finite or [Fraction(-1), Fraction(1)]


@given(data=st.data(), instance=vector_instances())
def test_random_pairs_never_break_smoothness(data, instance):
    x, y = data.draw(points(instance)), data.draw(points(instance))
    L = float(instance.certificate.L)
    difference = l1(instance.grad(x) - instance.grad(y))
    scale = max(1.0, l1(instance.grad(x)), l1(instance.grad(y)))
    assert difference <= L * np.abs(x - y).max() * (1 + ROUNDING) + 1e-13 * scale
    assert Fraction(instance.parameters["L"]) >= instance.certificate.L


@given(instance=vector_instances(), share=st.fractions(Fraction(1, 100), Fraction(1)))
def test_adversarial_pairs_attain_the_constant_exactly(instance, share):
    """All coordinates inside a sloping piece at once: equality, in exact rationals."""
    total, reach = Fraction(0), None
    pairs = []
    for block in instance.blocks:
        for index in range(block.size):
            numbers = {
                s: Fraction(float(block.parameters[s.name][index]))
                for s in block.profile.parameters
            }
            parameters = {s.name: v for s, v in numbers.items()}
            for piece in block.profile.pieces:
                if evaluate(piece.slope, numbers) == 0:
                    continue
                low = evaluate(piece.lo, numbers) if piece.lo.is_finite is not False else None
                high = evaluate(piece.hi, numbers) if piece.hi.is_finite is not False else None
                start, length = (Fraction(0), Fraction(1)) if low is None else (low, high - low)
                pairs.append((block.profile, parameters, start, length))
                break
    lengths = [length for _, _, _, length in pairs if length > 0]
    reach = min(lengths) * share
    for profile, parameters, start, length in pairs:
        if length > 0:
            ends = (profile.exact_derivative(start + s, parameters) for s in (Fraction(0), reach))
            total += abs(next(ends) - next(ends))
    flat = sum(
        Fraction(p["l"]) for _, p, _, length in pairs if length == 0
    )  # a ramp of slope 0 bends nowhere
    assert total == (instance.certificate.L - flat) * reach


@given(instance=vector_instances())
def test_dense_minimisation_never_finds_more_gap(instance):
    drop = 0.0
    for block in instance.blocks:
        for index in range(block.size):
            ends = [float(e) for e in joints(block, index)]
            grid = np.linspace(min(ends) - 1, max(ends) + 1, 2001)
            grid = np.concatenate([grid, ends, [0.0]])
            parameters = {n: v[index] for n, v in block.parameters.items()}
            start = block.start()[index]
            values = block.profile.value(np.append(grid, start), parameters)
            drop += values[-1] - values.min()
            assert values.min() >= -1e-12 * max(1.0, values[-1])
    gap = float(instance.certificate.Delta)
    assert drop == pytest.approx(gap, rel=1e-9, abs=1e-13)
    assert instance.certificate.Delta <= Fraction(instance.parameters["Delta"])
    assert instance.value(instance.x0) == pytest.approx(gap, rel=1e-9)


@given(instance=noisy_instances(), where=st.floats(-2, 1))
def test_noise_has_the_right_mean_and_never_more_variance_than_sigma(instance, where):
    """The law of a call at any point, evaluated from the symbolic law, not from samples."""
    (block,) = [block for block in instance.blocks if block.noise is not None]
    # Over the slope and its end, or over a quarter of a turn and back.
    reach = float(max(values.max() for values in block.parameters.values()))
    means = instance.grad(np.full(instance.d, where * max(reach, 1e-3)))[block.coordinates]
    for mean, sigma in zip(means[:2], block.noise.sigma[:2], strict=True):
        numbers = {MEAN: sp.Rational(float(mean)), TAU: sp.Rational(block.noise.tau)}
        numbers[BATCH] = instance.batch
        expected = MASKING.expectation(lambda o: o).subs(numbers)
        assert float(sp.N(expected, 30)) == pytest.approx(mean, rel=1e-12, abs=1e-30)
        variance = MASKING.expectation(lambda o, u=MEAN: (o - u) ** 2).subs(numbers)
        assert sp.N(variance, 40) <= sp.Rational(float(sigma)) ** 2


@given(instance=noisy_instances())
@settings(max_examples=10)
def test_sampled_oracle_is_unbiased_within_sigma(instance):
    calls = 4000
    x = np.tile(instance.x0 - 0.1 * instance.parameters["eta"], (calls, 1))
    sample = instance.oracle(x, 1, Stream(1))
    truth = instance.grad(x[0])
    sigma = np.where(instance.grad(instance.x0) == 0, 0.0, instance.sigma)
    # Six standard errors; a hit is rare at large B, so the error bar is sigma's, not the sample's.
    assert np.all(np.abs(sample.mean(axis=0) - truth) <= 6 * sigma / math.sqrt(calls) + 1e-12)


@given(instance=vector_instances())
def test_untrained_point_is_not_below_the_level(instance):
    assert l1(instance.grad(instance.x0)) >= instance.level_value * (1 - ROUNDING)


@given(instance=vector_instances())
def test_certificate_verifies_and_matches_the_level(instance):
    instance.verify()
    ratio = float(instance.certificate.level) / instance.level_value
    # Where the formula rounds a sum or a count of cells to the safe side, the instance has more.
    loose = {"signsgd-tight-forever", "sgd-noise-floor"}
    assert 1 - 1e-12 <= ratio <= (1.5 if instance.level.name in loose else 1 + 1e-12)
    assert instance.level.value(**instance.level_numbers) == instance.level_value


@given(data=st.data(), family=st.sampled_from(["lattice-wells", "lattice-tight"]))
def test_no_lattice_method_gets_below_the_level(data, family):
    """Moves chosen by hypothesis: any of -eta, 0, eta for each coordinate, at every step."""
    instance = data.draw(vector_instances(family))
    horizon = min(instance.parameters.get("T", 30), 30)
    move = st.lists(st.sampled_from([-1, 0, 1]), min_size=instance.d, max_size=instance.d)
    moves = np.array(data.draw(st.lists(move, min_size=horizon, max_size=horizon)))
    lattice = np.concatenate([np.zeros((1, instance.d)), np.cumsum(moves, axis=0)[:-1]])
    x = instance.x0 + instance.parameters["eta"] * lattice
    assert l1(instance.grad(x)).min() >= instance.level_value * (1 - 1e-9)


def sign_descent(instance, steps, seeds=1, stream=None):
    x = np.tile(instance.x0, (seeds, 1))
    curve = []
    for _ in range(steps):
        curve.append(l1(instance.grad(x)))
        x = x - instance.parameters["eta"] * instance.sign_oracle(
            x, instance.batch or 1, stream or Stream(0)
        )
    return np.array(curve)


@pytest.mark.parametrize(
    ("family", "parameters"),
    [
        ("signsgd-tight", {"T": T, "sigma": [0, 0]}),
        ("signsgd-tight", {"T": T, "sigma": [0.5, 0, 0.1, 0][:2]}),
        ("lattice-tight", {"T": T}),
        ("lattice-tight", {"T": T, "d": 5}),
        ("lattice-wells", {"d": 3}),
    ],
)
def test_without_noise_signsgd_stays_exactly_on_the_level(family, parameters):
    instance = hardinstances.make(family, L=1.0, Delta=1.0, eta=ETA, **parameters)
    curve = sign_descent(instance, T)
    np.testing.assert_allclose(curve, instance.level_value, rtol=1e-9)


@pytest.mark.parametrize("batch", [1, 16])
def test_with_noise_signsgd_stays_above_the_level(batch):
    noise = ETA / 2 * math.sqrt(batch)
    instance = hardinstances.make(
        "signsgd-tight", L=1.0, Delta=1.0, eta=ETA, T=T, B=batch, sigma=[0, 0, noise / 2, noise / 2]
    )
    seeds = 400
    means = sign_descent(instance, T, seeds, Stream(3)).mean(axis=1)
    # Each noisy slope is b or less, so Hoeffding over the seeds and a union bound over t give
    # this deviation probability 1e-6.
    b = float(sum(instance.blocks[2].parameters["a"]))
    slack = b * math.sqrt(math.log(T / 1e-6) / (2 * seeds))
    assert means.min() >= instance.level_value - slack
    assert means.min() <= 1.02 * instance.level_value


def test_quiet_coordinates_are_the_two_with_the_least_noise():
    instance = hardinstances.make(
        "signsgd-tight", L=1, Delta=1, eta=ETA, T=T, sigma=[0.01, 0, 0.02, 0.001, 0.03, 0.0]
    )
    names = {block.name: block.coordinates.tolist() for block in instance.blocks}
    assert names == {"oscillator": [1], "ramp": [5], "noisy ramps": [0, 2, 3, 4]}
    order = np.argsort(instance.grad(instance.x0)[[3, 0, 2, 4]])
    assert order.tolist() == [0, 1, 2, 3]


def test_coordinates_without_noise_beyond_the_two_are_flat():
    instance = hardinstances.make(
        "signsgd-tight", L=1, Delta=1, eta=ETA, T=T, sigma=[0, 0, 0, 0.01]
    )
    x = np.random.default_rng(0).normal(size=(5, 4))
    assert np.all(instance.grad(x)[:, 2] == 0)
    assert np.all(instance.oracle(x, 3, Stream(1))[:, 2] == 0)
    assert np.all(instance.sign_oracle(x, 1, Stream(1))[:, 2] == 0)


def test_many_different_sigmas_are_certified():
    sigma = 0.01 * np.random.default_rng(1).random(3000) / 3000
    instance = hardinstances.make("signsgd-tight", L=1, Delta=1, eta=ETA, T=T, sigma=sigma)
    instance.verify()
    assert float(instance.certificate.level) == pytest.approx(instance.level_value, rel=1e-12)


@pytest.mark.parametrize(
    ("family", "parameters", "message"),
    [
        ("lattice-wells", {"eta": -1.0}, "eta must be positive"),
        ("lattice-wells", {"d": 0}, "d must be an integer of at least 1"),
        ("lattice-wells", {"d": 2.0}, "d must be an integer"),
        ("lattice-tight", {"T": 0}, "T must be at least 1"),
        ("lattice-tight", {"T": 10, "d": 1}, "at least 2"),
        ("lattice-tight", {"T": 10, "delta": 1.0}, "delta must lie strictly between 0 and 1"),
        ("signsgd-tight", {"T": 10, "sigma": [0.1]}, "at least two"),
        ("signsgd-tight", {"T": 10, "sigma": "many"}, "list of numbers"),
        ("signsgd-tight", {"T": 10, "sigma": [0, 0, -0.1]}, r"sigma\[2\] is -0.1"),
        ("signsgd-tight", {"T": 10, "sigma": [0, 0, math.nan]}, r"sigma\[2\] is nan"),
        ("signsgd-tight", {"T": 10, "sigma": [0, 0, 0.01], "B": 0}, "B must be"),
        ("signsgd-tight", {"T": 10, "sigma": [0, 0], "B": 0}, "B must be"),
        ("signsgd-tight", {"T": 10, "sigma": [0, 0, 0.01], "delta": 0.5}, "delta must lie"),
        ("signsgd-tight", {"T": 10, "sigma": [0, 0, 0.01], "tau": -0.1}, "tau must be a positive"),
        ("signsgd-tight", {"T": 10, "sigma": [0, 0, 0.01], "L": "x"}, "L must be a real number"),
    ],
)
def test_bad_parameters_are_one_sentence(family, parameters, message):
    with pytest.raises(InputError, match=message):
        hardinstances.make(family, **{"L": 1.0, "Delta": 1.0, "eta": 0.1} | parameters)


@pytest.mark.parametrize(
    ("parameters", "budget", "parameter"),
    [
        ({"sigma": [0, 0, 0.01], "tau": 1.0}, "variance", "tau"),
        ({"sigma": [0, 0, 5.0]}, "gap", "sigma"),
        ({"sigma": [0, 0, 0.1], "delta": 0.001, "rho": 0.5}, "gap", "delta"),
        ({"sigma": [0, 0], "eta": 9.0, "delta": 0.1}, "gap", "eta"),
    ],
)
def test_budgets_that_fail_are_named(parameters, budget, parameter):
    with pytest.raises(BudgetError) as caught:
        hardinstances.make(
            "signsgd-tight", **{"L": 1.0, "Delta": 1.0, "eta": 0.1, "T": 10} | parameters
        )
    assert (caught.value.budget, caught.value.parameter) == (budget, parameter)
    assert caught.value.excess > 0
