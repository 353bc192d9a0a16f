"""T3 against exact laws: the statements, levels that are too large, and the instance itself."""

from __future__ import annotations

import math
from fractions import Fraction as Q
from typing import Any

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import hardinstances
from hardinstances.errors import BudgetError, InputError
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, SIGMA, B, L, T
from proofs.lower import sgd, sgd_instance
from proofs.lower.dynamics import SGD
from proofs.lower.sgd import CLOSED_STATEMENT, STATEMENT, SUM_STATEMENT, T3
from proofs.lower.sgd_quiet import T3_RAMPS, T3_UNSTABLE
from signcheck import kernel as k
from signcheck.intervals import enclose
from signcheck.kernel.terms import DIM, Big
from signcheck.simulate import methods
from signcheck.simulate.law import exact_law

N, S2, LOW, TOP = sgd_instance.N, sgd_instance.POWER_ROOT, sgd_instance.LOW, sgd_instance.TOP
t, g = k.Sym("t", "int"), k.Sym("g", "fam:random")
INDEX = k.Sym("i", "int")


def level(statement: Any) -> sp.Expr:
    claim = statement.conclusion
    assert isinstance(claim, k.Attained)
    assert (claim.smoothness, claim.gap, claim.horizon) == (L, DELTA, T)
    assert not claim.sure
    return claim.level


def test_the_method_is_sgd_with_constant_steps_and_batch() -> None:
    x = SGD.position
    move = k.Eq(x(t + 1), x(t) - ETA * g(t))
    assert SGD.rules == (k.ForAll(t, (k.Le(0, t),), move),)
    assert SGD.batch == B


# ---------------------------------------------------------------- the three levels

noises = st.lists(st.sampled_from([Q(1, 5), Q(1), Q(3, 2), Q(2)]), min_size=1, max_size=4)


@st.composite
def parameters(draw: Any) -> dict[Any, Any]:
    """Rational numbers in the regime; the noise comes first, then the gap that it needs."""
    sigmas = draw(noises)
    p: dict[Any, Any] = {
        L: draw(st.sampled_from([Q(1), Q(5, 2)])),
        T: draw(st.sampled_from([1, 2, 30, 1000])),
        B: draw(st.sampled_from([1, 4, 25])),
        DELTA_SHARE: draw(st.sampled_from([Q(1, 50), Q(1, 2), Q(9, 10)])),
        DIM: len(sigmas) + draw(st.integers(1, 5)),
        N: len(sigmas),
        "sigmas": sigmas,
    }
    p[ETA] = draw(st.sampled_from([Q(1, 100), Q(1, 3), Q(3, 2)])) / p[L]
    spent = float(sum(spend(p, s) for s in sigmas))
    p[DELTA] = Q(spent).limit_denominator(10**6) * draw(st.sampled_from([2, 10])) + 1
    return p


def square(p: dict[Any, Any]) -> Q:
    return sum((s**2 for s in p["sigmas"]), Q(0))


def curve(p: dict[Any, Any], s: Q) -> Q:
    """l_i of the sheet."""
    return (1 - p[DELTA_SHARE]) * p[L] * s**2 / square(p)


def spend(p: dict[Any, Any], s: Q) -> Q:
    return p[ETA] * s**2 / (2 * p[B] * (2 - p[ETA] * curve(p, s)))


def sheet(p: dict[Any, Any]) -> tuple[float, float]:
    """A and the sum over K, as the theory sheet writes them, in floats."""
    rest = p[DELTA] - sum(spend(p, s) for s in p["sigmas"])
    rate = p[ETA] * (p[T] - 1) / (p[DIM] - p[N]) + 1 / (2 * p[DELTA_SHARE] * p[L])
    terms = [
        math.sqrt(2 / math.pi)
        * math.sqrt(p[ETA] * curve(p, s) * s**2 / (p[B] * (2 - p[ETA] * curve(p, s))))
        for s in p["sigmas"]
    ]
    return math.sqrt(rest / rate), math.fsum(terms)


def value(term: sp.Expr, p: dict[Any, Any]) -> float:
    """A level at the parameters; sums over K are opened."""
    plain = {s: sp.Rational(str(v)) for s, v in p.items() if isinstance(s, k.Sym)}
    plain[S2] = sp.sqrt(sp.Rational(str(square(p))))
    shares = [sp.Rational(str(s**2 / square(p))) for s in p["sigmas"]]
    plain |= {LOW: min(shares), TOP: max(shares)}
    sums = {
        total: sp.Add(
            *(
                total.args[0].xreplace({SIGMA(total.args[1]): sp.Rational(str(s))})
                for s in p["sigmas"]
            )
        )
        for total in term.atoms(Big)
    }
    return float(enclose(term.xreplace(sums).xreplace(plain), {}).mid())


@settings(max_examples=60)
@given(parameters())
def test_the_levels_are_those_of_the_sheet_and_in_order(p: dict[Any, Any]) -> None:
    slopes, floor = sheet(p)
    whole = value(level(SUM_STATEMENT), p)
    assert whole == pytest.approx(slopes + floor, rel=1e-12)
    closed = slopes + math.sqrt(p[ETA] * (1 - p[DELTA_SHARE]) * p[L] * square(p) / math.pi / p[B])
    assert value(level(CLOSED_STATEMENT), p) == pytest.approx(closed, rel=1e-12)
    assert closed <= whole * (1 + 1e-12)
    assert value(level(STATEMENT), p) <= whole * (1 + 1e-12)
    if len(set(p["sigmas"])) == 1:
        assert value(level(STATEMENT), p) == pytest.approx(whole, rel=1e-12)


def test_the_level_that_is_proved_is_the_one_that_the_instance_certifies() -> None:
    (floor, ramps) = T3.bound.variants
    assert (floor.level.theorem, ramps.level.theorem) == ("T3", "T3-ramps")
    assert set(T3.bound.keys) == {"L", "Delta", "eta", "T", "B", "sigma", "delta", "k"}


# ---------------------------------------------------------------- the instance, exactly


def second_moment_stays(p: dict[Any, Any], s: Q, steps: int) -> None:
    """E x_t**2 of the quadratic, as a rational recursion of mean square and variance."""
    l = curve(p, s)
    start = p[ETA] * s**2 / (p[B] * l * (2 - p[ETA] * l))
    mean_square, variance = start, Q(0)
    for _ in range(steps):
        shrink = (1 - p[ETA] * l) ** 2
        mean_square, variance = shrink * mean_square, shrink * variance + p[ETA] ** 2 * s**2 / p[B]
        assert mean_square + variance == start


@settings(max_examples=40)
@given(parameters())
def test_the_second_moment_never_moves(p: dict[Any, Any]) -> None:
    for s in p["sigmas"]:
        second_moment_stays(p, s, 5)


@settings(max_examples=25)
@given(parameters())
def test_the_instance_keeps_the_level_in_its_exact_law(p: dict[Any, Any]) -> None:
    sigma = [*map(float, p["sigmas"]), *[0.0] * (p[DIM] - p[N])]
    numbers = {"L": p[L], "Delta": p[DELTA], "eta": p[ETA], "delta": p[DELTA_SHARE]}
    given_ = {name: float(number) for name, number in numbers.items()}
    steps = min(p[T], 200)
    instance = hardinstances.make("sgd-noise-floor", **given_, T=steps, B=p[B], sigma=sigma, k=p[N])
    law = exact_law(instance, methods.SGD(given_["eta"]), steps=steps, batch=p[B])
    claimed = T3.bound.value(**given_, T=steps, B=p[B], sigma=sigma, k=p[N])
    assert claimed == pytest.approx(instance.level_value, rel=1e-12)
    assert law.mean.min() >= claimed * (1 - 1e-9)
    slopes, floor = sheet({**p, T: steps})
    assert law.mean.min() >= (slopes + floor) * (1 - 1e-9)


TOO_MUCH = {
    "2 % more of the slopes": lambda a, f: 1.02 * a + f,
    "the floor at the variance of the start": lambda a, f: a + f * math.sqrt(math.pi / 2),
    "2 % more of the floor": lambda a, f: a + 1.02 * f,
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_the_instance_refutes_larger_levels_for_itself(name: str) -> None:
    """The instance of the proof does not keep a level that is 2 % larger in either part."""
    p: dict[Any, Any] = {L: Q(1), T: 500, B: 1, DELTA_SHARE: Q(1, 2), DIM: 3, N: 1}
    p |= {"sigmas": [Q(1)], ETA: Q(1, 10), DELTA: Q(1)}
    numbers = {"L": 1.0, "Delta": 1.0, "eta": 0.1, "delta": 0.5}
    instance = hardinstances.make("sgd-noise-floor", **numbers, T=500, B=1, sigma=[1, 0, 0], k=1)
    law = exact_law(instance, methods.SGD(0.1), steps=500, batch=1)
    assert law.mean.min() < TOO_MUCH[name](*sheet(p))


def test_a_sampled_run_agrees_with_the_exact_law() -> None:
    numbers = {"L": 1.0, "Delta": 1.0, "eta": 0.1, "T": 60, "B": 4, "sigma": [2.0, 1.0, 0, 0]}
    instance = hardinstances.make("sgd-noise-floor", **numbers)
    law = exact_law(instance, methods.SGD(0.1), steps=60, batch=4)
    copies, rng = 300, np.random.default_rng(5)
    x = np.tile(instance.x0, (copies, 1))
    for step in range(60):
        true = np.stack([instance.grad(row) for row in x])
        sizes = np.abs(true).sum(axis=1)
        assert abs(sizes.mean() - law.mean[step]) < 5 * sizes.std() / math.sqrt(copies) + 1e-9
        noise = rng.normal(size=true.shape) * np.asarray(instance.sigma) / 2
        x = x - 0.1 * (true + noise)


# ---------------------------------------------------------------- bounds and their errors

POINT = {"L": 1.0, "Delta": 1.0, "eta": 0.1, "T": 1000, "B": 1, "sigma": [0.5, 0.4, 0, 0]}


def test_the_best_k_is_not_beaten() -> None:
    best = T3.bound.evaluate(**POINT)
    assert best.variant == "noise floor"
    assert best.value >= max(T3.bound.value(**POINT, k=n) for n in (1, 2)) * (1 - 1e-9)
    assert best.parameters["k"] in (1, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 3}, "only 2 entries"),
        ({"k": 0}, "k must be at least 1"),
        ({"k": 1.5}, "k must be an integer"),
        ({"k": True}, "k must be"),
        ({"eta": 30.0, "delta": 0.1, "k": 1}, "below 2"),
        ({"sigma": [1.0]}, "need two"),
        ({"sigma": [100.0, 0.0], "eta": 1.0}, "gap budget"),
        ({"delta": "half"}, "real number"),
        ({"eta": math.nan}, "finite"),
        ({"T": 0}, "at least 1"),
        ({"rho": 0.5}, "no key 'rho'"),
    ],
)
def test_bad_input_never_yields_a_number(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        T3.bound.evaluate(**{**POINT, **change})


def test_noise_that_does_not_fit_is_an_error_and_never_shrunk() -> None:
    with pytest.raises(BudgetError, match="lower eta or raise B"):
        T3.bound.evaluate(**{**POINT, "sigma": [40.0, 0.0, 0.0]})


def test_without_noise_d_ramps() -> None:
    quiet = {**POINT, "sigma": [0.0] * 4}
    expected = math.sqrt(1 / (0.1 * 999 / 4 + 1 / 2))
    assert T3.bound.value(**quiet) == pytest.approx(expected, rel=1e-14)
    assert T3.bound.evaluate(**quiet).variant == "no noise"
    assert T3_RAMPS.bound.value(**{n: v for n, v in quiet.items() if n != "B"}) == pytest.approx(
        expected, rel=1e-14
    )


def test_from_two_over_l_on_sgd_never_improves() -> None:
    assert T3_UNSTABLE.bound.value(L=2.0, Delta=3.0, eta=1.0) == pytest.approx(math.sqrt(12))
    with pytest.raises(InputError, match="at least 2/L"):
        T3_UNSTABLE.bound.value(L=2.0, Delta=3.0, eta=0.99)


def test_the_folded_normal_is_the_floor_of_section_two() -> None:
    """h(y) = E|y + sqrt(1-y**2) Z| >= sqrt(2/pi) on a fine grid, in balls."""
    with flint.ctx.workprec(80):
        floor = (2 / flint.arb.pi()).sqrt()
        for n in range(1, 1000):
            y = flint.arb(n) / 1000
            root = (1 - y**2).sqrt()
            z = y / root
            size = root * (z * (z / flint.arb(2).sqrt()).erf() + floor * (-(z**2) / 2).exp())
            assert size > floor


def test_closed_and_sum_share_their_slopes() -> None:
    assert (
        level(SUM_STATEMENT) - level(CLOSED_STATEMENT)
        == Big(sgd_instance.TERM, INDEX, 0, N) - sgd.CLOSED
    )
