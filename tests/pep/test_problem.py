"""What may be asked of the worst-case program, and what is refused."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from hardinstances.errors import InputError
from signcheck.pep.patterns import (
    Pattern,
    children,
    is_consistent,
    layout,
    parse_patterns,
    scope_patterns,
)
from signcheck.pep.problem import make_problem, rational


def test_numbers_are_read_as_they_are_written() -> None:
    assert rational(0.1, "eta") == Fraction(1, 10) != Fraction(0.1)
    assert rational("1/3", "eta") == Fraction(1, 3)
    problem = make_problem(4, L="2", Delta=0.5, eta="0.3")
    assert problem.kappa == Fraction(2) * Fraction(9, 100) / Fraction(1, 2)
    assert math.isclose(problem.eta, 0.3)
    assert math.isclose(problem.unit, 0.5 / 0.3)


def test_the_usual_stepsize_is_a_rational_kappa() -> None:
    problem = make_problem(7, L=3, Delta=5)
    assert problem.kappa == Fraction(2, 7)
    assert math.isclose(problem.eta, math.sqrt(2 * 5 / (3 * 7)))


def test_a_last_stepsize_changes_nothing() -> None:
    assert make_problem(3, eta=["0.5", "0.25"]) == make_problem(3, eta=["0.5", "0.25", "9"])


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"T": 0}, "T >= 1"),
        ({"T": -3}, "T >= 1"),
        ({"T": True}, "T >= 1"),
        ({"T": 10_000}, "T <="),
        ({"T": 3, "L": 0}, "L > 0"),
        ({"T": 3, "Delta": "nan"}, "finite"),
        ({"T": 3, "eta": math.inf}, "finite"),
        ({"T": 3, "eta": -1}, "not positive"),
        ({"T": 3, "eta": [1.0]}, "1 stepsizes for T = 3"),
        ({"T": 3, "method": "adam"}, "adam"),
        ({"T": 3, "method": "signum"}, "needs beta"),
        ({"T": 3, "beta": 0.5}, "needs beta"),
        ({"T": 3, "method": "signum", "beta": 1}, "outside"),
    ],
)
def test_an_infeasible_request_is_one_sentence(arguments: dict, word: str) -> None:
    with pytest.raises(InputError, match=word):
        make_problem(arguments.pop("T"), **arguments)


def test_momentum_weights_are_those_of_the_recursion() -> None:
    problem = make_problem(5, method="signum", beta="0.7")
    gradients = [Fraction(k * k - 3) for k in range(5)]
    momentum = gradients[0]
    for t in range(5):
        if t:
            momentum = problem.beta * momentum + (1 - problem.beta) * gradients[t]
        weights = problem.momentum_weights(t)
        assert sum(w * g for w, g in zip(weights, gradients, strict=False)) == momentum
        assert sum(weights) == 1


@pytest.mark.parametrize("T", [1, 2, 5, 7])
def test_all_patterns_and_the_reachable_ones_are_counted(T: int) -> None:
    problem = make_problem(T)
    every = scope_patterns(problem, "all", 10**6)
    reachable = scope_patterns(problem, "reachable", 10**6)
    assert every is not None
    assert reachable is not None
    assert len(set(every)) == 2 ** (T - 1)
    # Constant SignSGD walks one way and then flips for ever: T patterns.
    assert len(reachable) == T
    assert set(reachable) == {p for p in every if is_consistent(p, problem)}


def test_generic_stepsizes_reach_every_pattern() -> None:
    problem = make_problem(5, eta=["1", "0.7", "0.41", "0.23"])
    assert scope_patterns(problem, "reachable", 100) == scope_patterns(problem, "all", 100)


def test_too_many_patterns_are_not_listed() -> None:
    assert scope_patterns(make_problem(30), "all", 1000) is None
    assert len(scope_patterns(make_problem(30), "reachable", 1000) or ()) == 30


def test_children_of_signum_choose_both_signs() -> None:
    problem = make_problem(3, method="signum", beta="0.5")
    assert len(children(Pattern((1,), (1,)), problem, "all")) == 4


def test_a_layout_merges_points_that_coincide() -> None:
    places = layout((1, -1, 1, 1), (Fraction(1),) * 3)
    assert places.points == (Fraction(-1), Fraction(0))
    assert places.visits == (1, 0, 1, 0)
    assert places.distances == (Fraction(1),)


def test_patterns_are_read_and_normalised() -> None:
    problem = make_problem(4)
    found = parse_patterns("alternate,constant,-+-+,++--", problem)
    assert [p.text for p in found] == ["+-+-", "++++", "++--"]
    momentum = make_problem(4, method="signum", beta="0.5")
    assert parse_patterns("+++-/++--", momentum)[0].gradients == (1, 1, -1, -1)


@pytest.mark.parametrize("text", ["", "+-", "+-+-+", "+-0-", "zigzag", "+++-/++--", "++++,"])
def test_a_pattern_of_the_wrong_length_or_kind_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"pattern"):
        parse_patterns(text, make_problem(4))


def test_signum_starts_with_one_sign() -> None:
    with pytest.raises(InputError, match="m_0 = g_0"):
        parse_patterns("+-/-+", make_problem(2, method="signum", beta="0.5"))
