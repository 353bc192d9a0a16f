"""Brackets: the proved bound above, an exactly played function below, and random attacks."""

from __future__ import annotations

import functools
import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.errors import CertificateError, InputError
from hardinstances.levels import LATTICE_TIGHT
from hardinstances.search import best
from signcheck.pep import worst_case as module
from signcheck.pep.files import statement
from signcheck.pep.patterns import layout, parse_patterns
from signcheck.pep.primal import attained
from signcheck.pep.problem import make_problem
from signcheck.pep.rebuild import Instance, SlopeFunction, worst_slope
from signcheck.pep.worst_case import WorstCase, worst_case

# (T, dimension by its patterns, eta); sqrt(2 Delta/(L T)) lies between 0.37 and 1.
SEVERAL = [
    (2, "constant", "0.05"),
    (3, "alternate,constant", "0.9"),
    (4, "alternate,constant", "0.02"),
    (5, "alternate", "0.3"),
    (6, "reachable", "0.1"),
    (6, "alternate,constant,++++++", "1.7"),
    (7, "reachable", "0.55"),
    (9, "alternate,constant", "5"),
    (10, "reachable", "0.45"),
    (13, "reachable", "0.2"),
    (8, "reachable", "20"),
]


def bracket(T: int, text: str, **arguments: Any) -> WorstCase:
    problem = make_problem(T, **arguments)
    if text in {"all", "reachable"}:
        return worst_case(problem, text)
    return worst_case(problem, "given", parse_patterns(text, problem))


@pytest.mark.parametrize(("T", "text", "eta"), SEVERAL)
def test_the_rebuilt_function_attains_the_dual_value(T: int, text: str, eta: str) -> None:
    case = bracket(T, text, eta=eta)
    case.instance.verify()
    run = case.instance.play()
    assert not run.ties
    assert run.smallest > 0
    assert [p.steps for p in run.patterns] == [p.steps for p in case.instance.patterns]
    upper = case.certificate.bound
    assert all(upper * (1 - Fraction(1, 10**8)) <= level for level in run.levels)
    assert min(run.levels) == case.lower <= upper
    assert case.status == "optimal"


@pytest.mark.parametrize("T", [5, 8])
def test_ties_are_named_and_reachable_runs_are_strictly_below(T: int) -> None:
    every, reachable = bracket(T, "all"), bracket(T, "reachable")
    assert every.run.ties
    assert every.relative_gap < 1e-8
    assert reachable.optimum < every.optimum * (1 - 1e-3)
    # With sign(0) = 0 the same function stops at its tie, so the pattern is not played.
    with pytest.raises(CertificateError, match="instead of"):
        attained(every.instance, break_ties=False)


def test_stepsizes_moved_a_little_approach_the_value_with_ties() -> None:
    steps = ["0.632456", "0.632426", "0.632466", "0.632446"]
    moved = bracket(5, "reachable", eta=steps)
    assert moved.lower * Fraction(moved.problem.unit) > Fraction("0.578")
    assert bracket(5, "reachable").optimum < 0.5747


@pytest.mark.parametrize("beta", ["0.5", "0.9"])
def test_signum_is_played_exactly(beta: str) -> None:
    case = bracket(4, "reachable", method="signum", beta=beta)
    assert case.status == "optimal"
    assert not case.run.ties
    assert min(case.instance.play().levels) == case.lower
    assert "Signum" in statement(case.certificate)


@pytest.mark.parametrize(("T", "scope"), [(6, "all"), (6, "reachable")])
def test_generated_columns_agree_with_enumeration(
    T: int, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = bracket(T, scope)
    monkeypatch.setattr(module, "ENUMERATE", 2)
    generated = bracket(T, scope)
    assert generated.optimum == pytest.approx(direct.optimum, rel=1e-6)
    assert generated.status == "optimal"


def test_a_search_that_is_cut_short_reports_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    direct = bracket(8, "all")
    monkeypatch.setattr(module, "ENUMERATE", 2)
    case = worst_case(make_problem(8), "all", columns=20)
    assert case.status == "bracketed"
    assert case.relative_gap > 1e-3
    assert case.lower <= direct.certificate.bound
    assert direct.lower <= case.certificate.bound


def test_long_horizons_are_exact_for_reachable_patterns() -> None:
    case = bracket(30, "reachable")
    assert case.relative_gap < 1e-8
    assert case.optimum < (2 / 30) ** 0.5


def test_scopes_and_patterns_have_to_fit() -> None:
    problem = make_problem(3)
    with pytest.raises(InputError, match="scope"):
        worst_case(problem, "some")
    with pytest.raises(InputError, match="patterns"):
        worst_case(problem, "given")
    with pytest.raises(InputError, match="patterns"):
        worst_case(problem, "all", parse_patterns("constant", problem))


def test_patterns_that_cannot_be_played_are_refused() -> None:
    # x_2 = x_0 with the other sign: g_0 = 0, and nothing else is alive at t = 0.
    with pytest.raises(InputError, match="vanish"):
        bracket(3, "+--")


slopes = st.lists(st.fractions(-2, 2, max_denominator=12), min_size=2, max_size=7)


@st.composite
def functions(draw: Any) -> SlopeFunction:
    """Piecewise linear derivatives with knots on multiples of 1/4, level at both ends."""
    values = draw(slopes)
    shift = draw(st.integers(0, 4 * len(values)))
    knots = [Fraction(k - shift, 4) for k in range(0, 4 * (len(values) + 2), 4)]
    widths = draw(st.lists(st.integers(0, 3), min_size=len(knots), max_size=len(knots)))
    moved = tuple(k + Fraction(w, 4) for k, w in zip(knots, widths, strict=True))
    return SlopeFunction(moved, (Fraction(0), *values, Fraction(0)))


@functools.cache
def bound(T: int, eta: str) -> Fraction:
    return bracket(T, "reachable", eta=eta).certificate.bound


@given(
    st.sampled_from([(2, "0.8"), (3, "0.7"), (4, "0.3"), (5, "1.2")]),
    st.lists(functions(), min_size=1, max_size=3),
)
@settings(max_examples=120)
def test_no_random_function_beats_the_certificate(
    key: tuple[int, str], found: list[SlopeFunction]
) -> None:
    T, eta = key
    problem = make_problem(T, eta=eta)
    anything = parse_patterns("constant", problem) * len(found)
    raw = Instance(problem, anything, tuple(found))
    if raw.curvature == 0 or raw.gap == 0:
        return
    factor = min(problem.kappa / raw.curvature, 1 / raw.gap)
    member = Instance(problem, anything, tuple(f.scaled(factor) for f in found))
    member.verify()
    assert min(member.play().levels) <= bound(T, eta)


@given(functions())
def test_values_and_infimum_are_those_of_the_derivative(f: SlopeFunction) -> None:
    low, high = f.knots[0] - 1, f.knots[-1] + 1
    grid = [low + (high - low) * Fraction(k, 64) for k in range(65)]
    for a, b in itertools.pairwise(grid):
        middle = f.derivative((a + b) / 2)
        curve = f.curvature * (b - a) ** 2
        assert abs(f.value(b) - f.value(a) - middle * (b - a)) <= curve
        assert f.value(a) >= f.infimum()
    assert f.derivative(low) == f.derivative(high) == 0
    assert min(f.value(x) for x in grid) - f.infimum() <= f.curvature * (high - low) ** 2 / 64


def test_a_slope_needs_its_curvature() -> None:
    places = layout((1, 1), (Fraction(1),))
    with pytest.raises(CertificateError, match="need more curvature"):
        worst_slope(places, [Fraction(0), Fraction(2)], Fraction(1))
    assert worst_slope(places, [Fraction(0), Fraction(2)], Fraction(2)).curvature == 2


def test_a_toothed_ramp_beats_the_flat_one() -> None:
    """Teeth of curvature l save l eta^2/4 of gap a step: more than T2 without noise, exactly."""
    T = 12
    problem = make_problem(T)
    ramp = problem.kappa * Fraction(18, 100)
    swing = (problem.kappa - ramp) / 2
    a = Fraction(857, 10_000)
    walk, flip = parse_patterns("constant,alternate", problem)
    functions = (
        worst_slope(layout(walk.steps, problem.steps), [a] * T, ramp),
        worst_slope(layout(flip.steps, problem.steps), [-swing, swing], problem.kappa - ramp),
    )
    raw = Instance(problem, (walk, flip), functions)
    expected = a * a / (2 * ramp) + (T - 1) * (a - ramp / 4) + (problem.kappa - ramp) / 8
    assert raw.gap == expected
    factor = min(problem.kappa / raw.curvature, 1 / raw.gap)
    instance = Instance(problem, (walk, flip), tuple(f.scaled(factor) for f in functions))
    instance.verify()
    reached = float(min(instance.play().levels)) * problem.unit
    flat = best(LATTICE_TIGHT, {"L": 1, "Delta": 1, "eta": problem.eta, "T": T}, ["delta"]).value
    assert flat < 0.98 * reached
    assert reached < bracket(T, "reachable").optimum


def test_a_function_outside_the_class_is_refused() -> None:
    case = bracket(3, "reachable")
    doubled = tuple(f.scaled(Fraction(2)) for f in case.instance.functions)
    with pytest.raises(CertificateError, match="curvature"):
        Instance(case.problem, case.instance.patterns, doubled).verify()
    steep = SlopeFunction((Fraction(-2), Fraction(0), Fraction(2)), (Fraction(0),) * 3)
    assert steep.curvature == 0
    jump = SlopeFunction((Fraction(0), Fraction(0)), (Fraction(0), Fraction(0)))
    with pytest.raises(CertificateError, match="not increasing"):
        _ = jump.curvature
    wide = SlopeFunction(
        (Fraction(-400), Fraction(0), Fraction(400)), (Fraction(0), Fraction(1, 10), Fraction(0))
    )
    with pytest.raises(CertificateError, match="gap"):
        Instance(case.problem, case.instance.patterns[:1], (wide,)).verify()
