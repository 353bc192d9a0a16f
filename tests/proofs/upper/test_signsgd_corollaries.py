"""T1a, T1b, T1c and the count of calls say what they should, on exact runs and exact numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.assumptions import DELTA, ETA, B, L, T
from proofs.upper.signsgd_corollaries import EPS, T1A, T1B, T1C, T1C_CALLS, N
from signcheck import kernel as k
from signcheck.intervals import enclose
from tests.proofs.exact import Q, Run, ball
from tests.proofs.members import long_runs, short_runs, sizes, some
from tests.proofs.model import Model, rational, refuted
from tests.proofs.paths import SIGMA, paths
from tests.proofs.upper.test_signsgd import NOISE, TOTAL

AVERAGE = TOTAL / T
THEORIES = {theory.id: theory for theory in (T1A, T1B, T1C)}


def test_the_conclusions_are_those_of_the_theory_sheet() -> None:
    a, b, c = (theory.statement.conclusion for theory in THEORIES.values())
    assert a == k.Le(AVERAGE, sp.sqrt(2 * L * DELTA / T) + NOISE / sp.sqrt(B))
    assert b == k.Le(AVERAGE, sp.root(32 * L * DELTA * NOISE**2 / N, 4))
    assert c == k.Le(AVERAGE, EPS)


# ---------------------------------------------------------------- the class around a run


@dataclass(frozen=True)
class Class:
    """L, Delta, sigma, eps for which the run's stepsize and batch are those of the corollaries.

    L and the first sigma are raised where that is needed: a class is monotone in both. Then
    ``eta = sqrt(2 Delta/(L T))``, ``2 L Delta B^2 = |sigma|_1^2 N`` and ``eps = 2 L eta``.
    """

    run: Run
    L: Q
    Delta: Q
    noise: Q
    eps: Q

    @classmethod
    def around(cls, run: Run, *, best_batch: bool) -> Class:
        """The smallest one; needs a batch with a rational root."""
        eta, steps, total = run.eta, run.steps, run.oracle.scales.one
        root = Q(math.isqrt(run.batch))
        smooth = max(run.f.smoothness, 2 * run.gap / (steps * eta**2))
        if best_batch:
            smooth = max(smooth, total / (eta * root))
            total = smooth * eta * root
        eps = 2 * max(smooth * eta, total / root)
        return cls(run, smooth, smooth * steps * eta**2 / 2, total, eps)

    def values(self) -> dict[Any, Q]:
        """Of the symbols."""
        calls = Q(self.run.steps * self.run.batch)
        return {L: self.L, DELTA: self.Delta, EPS: self.eps, N: calls}

    def model(self) -> Model:
        """All paths."""
        model = paths(self.run, more=self.values())
        spare = self.noise - self.run.oracle.scales.one

        def sigma(i: int) -> Q:
            return abs(self.run.oracle.scales[i]) + (spare if i == 0 else 0)

        return replace(model, families={**model.families, SIGMA: sigma})

    def numbers(self) -> dict[Any, Any]:
        """What a conclusion reads."""
        run = self.run
        exact = {**self.values(), NOISE: self.noise, ETA: run.eta, T: Q(run.steps), B: Q(run.batch)}
        average = sum(run.curve(ball), ball(Q(0)))
        return {**{name: rational(value) for name, value in exact.items()}, TOTAL: average}


def squares(run: Run) -> bool:
    """Whether the batch is a square."""
    return math.isqrt(run.batch) ** 2 == run.batch


def classes(theory: str, runs: st.SearchStrategy[Run]) -> st.SearchStrategy[Class]:
    """Classes for the corollary of that id."""
    return runs.filter(squares).map(lambda run: Class.around(run, best_batch=theory == "T1b"))


@pytest.mark.parametrize("name", THEORIES)
def test_they_hold_on_all_paths(name: str) -> None:
    statement = THEORIES[name].statement

    @settings(max_examples=12)
    @given(classes(name, short_runs()))
    def check(member: Class) -> None:
        model = member.model()
        assert not [label for label, h in statement.hypotheses.items() if not model.holds(h)]
        assert not model.refutes(statement.conclusion)

    check()


@pytest.mark.parametrize("name", THEORIES)
def test_they_hold_on_exact_laws(name: str) -> None:
    @given(classes(name, long_runs()))
    def check(member: Class) -> None:
        assert not refuted(THEORIES[name].statement.conclusion, member.numbers())

    check()


ROOT = 32 * L * DELTA * NOISE**2 / N
FALSE = {
    ("T1a", "no 2 under the root"): sp.sqrt(L * DELTA / T) + NOISE / sp.sqrt(B),
    ("T1a", "2 % less"): sp.Rational(49, 50) * sp.sqrt(2 * L * DELTA / T) + NOISE / sp.sqrt(B),
    ("T1a", "no noise"): sp.sqrt(2 * L * DELTA / T),
    ("T1a", "noise over B squared"): sp.sqrt(2 * L * DELTA / T) + NOISE / B**2,
    ("T1b", "less than half"): sp.Rational(49, 100) * sp.root(ROOT, 4),
    ("T1b", "a square root"): sp.sqrt(ROOT),
    ("T1b", "N squared"): sp.root(ROOT / N, 4),
    ("T1c", "less than half"): sp.Rational(49, 100) * EPS,
    ("T1c", "the square"): EPS**2,
}


@pytest.mark.parametrize(("name", "variant"), FALSE)
def test_a_false_variant_is_refuted_in_the_same_budget(name: str, variant: str) -> None:
    claim = k.Le(AVERAGE, FALSE[name, variant])
    assert some(classes(name, long_runs()), lambda member: refuted(claim, member.numbers()))


@pytest.mark.parametrize(
    ("name", "label", "symbol"),
    [("T1b", "N = T B", N), ("T1b", "best batch", DELTA), ("T1c", "enough steps", EPS)],
)
def test_a_hypothesis_sees_a_number_that_is_off(name: str, label: str, symbol: k.Sym) -> None:
    hypothesis = THEORIES[name].statement.hypotheses[label]

    def off(member: Class) -> bool:
        model = member.model()
        less = {**model.values, symbol: Q(9, 10) * model.values[symbol]}
        return not replace(model, values=less).holds(hypothesis)

    assert some(classes(name, short_runs()), off)


# ---------------------------------------------------------------- the count of calls

counts = st.tuples(sizes, sizes, sizes, sizes)


def rounded_up(eps: Q, smooth: Q, gap: Q, noise: Q) -> dict[Any, Any]:
    """T and B as the theory sheet rounds them."""
    steps = math.ceil(8 * smooth * gap / eps**2)
    batch = max(1, math.ceil(4 * noise**2 / eps**2))
    exact = {EPS: eps, L: smooth, DELTA: gap, NOISE: noise}
    return {**{a: rational(v) for a, v in exact.items()}, T: steps, B: batch}


@given(counts)
def test_rounding_up_satisfies_t1c_and_costs_no_more(drawn: tuple[Q, Q, Q, Q]) -> None:
    values = rounded_up(*drawn)
    for theory in (T1C, T1C_CALLS):
        for label, formula in theory.statement.hypotheses.items():
            if isinstance(formula, k.Relation) and label != "A0":  # that is about the function
                assert not enclose(formula.lhs - formula.rhs, values) > 0, label
    assert not refuted(T1C_CALLS.statement.conclusion, values)


CALLS_FALSE = {
    "rounded down": (8 * L * DELTA / EPS**2) * (4 * NOISE**2 / EPS**2),
    "one rounding": (8 * L * DELTA / EPS**2 + 1) * (4 * NOISE**2 / EPS**2),
    "4 for 8": (4 * L * DELTA / EPS**2 + 1) * (4 * NOISE**2 / EPS**2 + 1),
    "eps to the second power": (8 * L * DELTA / EPS + 1) * (4 * NOISE**2 / EPS + 1),
}


@pytest.mark.parametrize("name", CALLS_FALSE)
def test_a_false_count_is_refuted_in_the_same_budget(name: str) -> None:
    claim = k.Le(B * T, CALLS_FALSE[name])
    assert some(counts, lambda drawn: refuted(claim, rounded_up(*drawn)))
