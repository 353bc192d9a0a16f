"""T3u says what it should: SGD on all paths, and second moments on noisy parabolas."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.assumptions import DELTA, ETA, B, F, L, T
from proofs.upper.sgd import T3U, T3U_L2
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, TRIVIAL, Big, Co, Ex, Grad
from tests.proofs.exact import Oracle, Q, Ridges, Run, Vec, slide
from tests.proofs.members import short_runs, sizes, some
from tests.proofs.model import Model, rational, refuted
from tests.proofs.paths import POSITION, SIGMA, itself, paths
from tests.proofs.upper.test_signsgd import TOTAL

t, i = k.Sym("t", "int"), k.Sym("i", "int")
ZERO = sp.Integer(0)
POWER = Big(SIGMA(i) ** 2, i, ZERO, DIM)
SQUARES = Big(Ex(Big(Co(Grad(F, POSITION(t)), i) ** 2, i, ZERO, DIM), TRIVIAL), t, ZERO, T)
START, NOISE = DELTA / (ETA * T), L * ETA * POWER / (2 * B)
LOSS = 1 - L * ETA / 2
THEORIES = {theory.id: theory for theory in (T3U_L2, T3U)}


def test_the_conclusions_are_those_of_the_theory_sheet() -> None:
    assert T3U_L2.statement.conclusion == k.Le(SQUARES / T, (START + NOISE) / LOSS)
    assert T3U.statement.conclusion == k.Le(TOTAL / T, sp.sqrt(DIM * (START + NOISE) / LOSS))


# ---------------------------------------------------------------- all paths


def scaled(run: Run, share: Q) -> Run:
    """The same run with L eta = share."""
    eta = share / run.f.smoothness
    return Run(run.f, run.x0, eta, run.steps, run.batch, run.oracle)


runs = st.builds(scaled, short_runs(), st.sampled_from([Q(1, 10), Q(1), Q(19, 10)]))


@pytest.mark.parametrize("name", THEORIES)
def test_it_holds_on_all_paths_of_a_run(name: str) -> None:
    statement = THEORIES[name].statement

    @settings(max_examples=12)
    @given(runs)
    def check(run: Run) -> None:
        model = paths(run, move=itself)
        fails = {label for label, h in statement.hypotheses.items() if not model.holds(h)}
        assert fails <= {"Delta > 0"}  # a run may start at an infimum
        assert not model.refutes(statement.conclusion)

    check()


def test_the_hypothesis_on_the_stepsize_sees_one_that_is_too_long() -> None:
    statement = T3U_L2.statement
    too_long = paths(scaled(some(runs, lambda run: run.gap > 0), Q(2)), move=itself)
    fails = {label for label, h in statement.hypotheses.items() if not too_long.holds(h)}
    assert fails == {"L eta < 2"}


@st.composite
def plain_runs(draw: Any) -> Run:
    """One step on anything, or a long slope in two coordinates, where l1 is far from l2."""
    if draw(st.booleans()):
        run = draw(runs)
        return Run(run.f, run.x0, run.eta, 1, run.batch, run.oracle)
    a, l = draw(sizes), Q(1, 10)
    slope = slide(l, a, a * 9)
    f = Ridges(tuple((slope, Vec(Q(i == j) for j in range(2))) for i in range(2)))
    return Run(f, Vec([Q(0), Q(0)]), Q(1), 10, 1, Oracle(Vec([Q(0), Q(0)]), Q(1)))


def model_of(run: Run) -> Model:
    """All paths under SGD."""
    return paths(run, move=itself)


L1_FALSE = {
    "no d": sp.sqrt((START + NOISE) / LOSS),
    "no root": (START + NOISE) / LOSS,
    "half": sp.sqrt(DIM * (START + NOISE) / LOSS) / 2,
}


@pytest.mark.parametrize("name", L1_FALSE)
def test_a_false_variant_in_l1_is_refuted_in_the_same_budget(name: str) -> None:
    claim = k.Le(TOTAL / T, L1_FALSE[name])
    assert some(plain_runs(), lambda run: model_of(run).refutes(claim))


# ---------------------------------------------------------------- second moments


@st.composite
def parabolas(draw: Any) -> dict[Any, Any]:
    """What T3u-l2 reads of SGD on ``l x^2/2`` with noise: E x^2 follows a linear recursion."""
    l, sigma = draw(sizes), draw(st.sampled_from([Q(0), Q(1), Q(3)]))
    share = draw(st.sampled_from([Q(1, 10), Q(1, 2), Q(1), Q(3, 2), Q(19, 10)]))
    steps, batch = draw(st.sampled_from([1, 2, 40])), draw(st.sampled_from([1, 4]))
    eta, square = share / l, draw(sizes)
    start, total = square, Q(0)
    for _ in range(steps):
        total += l**2 * square
        square = (1 - share) ** 2 * square + eta**2 * sigma**2 / batch
    exact = {L: l, DELTA: l * start / 2, ETA: eta, SQUARES: total, POWER: sigma**2}
    numbers = {name: rational(value) for name, value in exact.items()}
    return {**numbers, T: steps, B: batch, DIM: 1}


@given(parabolas())
def test_it_holds_for_exact_second_moments(values: dict[Any, Any]) -> None:
    assert not refuted(T3U_L2.statement.conclusion, values)


L2_FALSE = {
    "2 % less": sp.Rational(49, 50) * (START + NOISE) / LOSS,
    "no loss": START + NOISE,
    "half of the loss": (START + NOISE) / (1 - L * ETA / 4),
    "half of the noise": (START + NOISE / 2) / LOSS,
    "noise over B squared": (START + NOISE / B) / LOSS,
    "no start": NOISE / LOSS,
    "start over T squared": (START / T + NOISE) / LOSS,
}


@pytest.mark.parametrize("name", L2_FALSE)
def test_a_false_variant_is_refuted_in_the_same_budget(name: str) -> None:
    claim = k.Le(SQUARES / T, L2_FALSE[name])
    assert some(parabolas(), lambda values: refuted(claim, values))
