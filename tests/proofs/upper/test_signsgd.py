"""T1 says what it should: hypothesis by hypothesis on all paths, and its bound on exact laws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proofs.assumptions import DELTA, ETA, FSTAR, B, F, L, T
from proofs.upper.signsgd import T1
from signcheck import kernel as k
from signcheck.intervals import enclose
from signcheck.kernel.terms import DIM, N1, TRIVIAL, Big, Ex, Grad
from tests.proofs.exact import Oracle, Q, Ridges, Run, Vec, ball, huber, slide, wave
from tests.proofs.members import long_runs, short_runs, some
from tests.proofs.model import Chance, Model, rational, refuted
from tests.proofs.paths import CALLS, MEAN, POSITION, SIGMA, paths

STATEMENT = T1.statement
CLAIM: k.Le = STATEMENT.conclusion  # type: ignore[assignment]
t, i = k.Sym("t", "int"), k.Sym("i", "int")
TOTAL = Big(Ex(N1(Grad(F, POSITION(t))), TRIVIAL), t, sp.Integer(0), T)
NOISE = Big(SIGMA(i), i, sp.Integer(0), DIM)
START, STEP, PRICE = DELTA / (ETA * T), L * ETA / 2, NOISE / sp.sqrt(B)


def test_the_conclusion_is_the_one_of_the_theory_sheet() -> None:
    assert STATEMENT.conclusion == k.Le(TOTAL / T, START + STEP + PRICE)


# ---------------------------------------------------------------- all paths


def failing(model: Model) -> set[str]:
    """Names of the hypotheses that are false in a model."""
    return {name for name, h in STATEMENT.hypotheses.items() if not model.holds(h)}


TWO_OF_ALL = Run(
    Ridges(((wave(Q(1), Q(1)), Vec([Q(1), Q(-1)])), (huber(Q(2), Q(1)), Vec([Q(0), Q(1)])))),
    Vec([Q(1, 3), Q(-3, 4)]),
    Q(1, 2),
    2,
    2,
    Oracle(Vec([Q(1), Q(3)]), Q(2)),
)
"""Two coordinates, two calls, two steps, and no symmetry."""


@settings(max_examples=25)
@given(short_runs())
@example(TWO_OF_ALL)
def test_it_holds_on_all_paths_of_a_run(run: Run) -> None:
    model = paths(run)
    assert not failing(model)
    assert not model.refutes(STATEMENT.conclusion)


@settings(max_examples=25)
@given(short_runs())
def test_all_paths_and_evolved_laws_agree(run: Run) -> None:
    model = paths(run)
    assert model.at(TOTAL)[0] == sum(run.curve())
    assert model.at(NOISE)[0] == run.oracle.scales.one


def _changed(name: k.Sym, factor: Q) -> Callable[[Run], Model]:
    def change(run: Run) -> Model:
        model = paths(run)
        return replace(model, values={**model.values, name: factor * model.values[name]})

    return change


def _read(family: k.Sym, read: Callable[[Any], Any]) -> Callable[[Run], Model]:
    """The family's values seen through a function."""

    def change(run: Run) -> Model:
        model = paths(run)
        true = model.families[family]

        def seen(*indices: int) -> Any:
            value = true(*indices)
            return (
                Chance(tuple(map(read, value.draws))) if isinstance(value, Chance) else read(value)
            )

        return replace(model, families={**model.families, family: seen})

    return change


def _shifted(run: Run) -> Model:
    """Every call is off by a little, which changes no sign; sigma allows for it."""
    moved = _read(CALLS, lambda v: v + Vec(Q(1, 10**6) for _ in v))(run)
    return replace(
        moved,
        families={
            **moved.families,
            MEAN: _read(MEAN, lambda v: v + Vec(Q(1, 10**6) for _ in v))(run).families[MEAN],
            SIGMA: lambda n: abs(run.oracle.scales[n]) + 1,
        },
    )


def _hidden_start(run: Run) -> Model:
    """Two starts with the same gradient, and nothing known of which it is."""
    f = Ridges(((slide(Q(1), Q(1), Q(9)), Vec([Q(1)])),))
    here = Run(f, Vec([Q(0)]), Q(1), run.steps, 1, Oracle(Vec([Q(0)]), Q(1)))
    return paths(here, starts=(Vec([Q(1)]),))


BREAKS: dict[str, Callable[[Run], Model]] = {
    "A0": _changed(DELTA, Q(9, 10)),
    "infimum": lambda run: paths(
        run, more={FSTAR: run.f.value(run.x0) / 2, DELTA: 2 * run.f.value(run.x0) + 1}
    ),
    "A1": _changed(L, Q(1, 2)),
    "sigma >= 0": _read(SIGMA, lambda s: -s),
    "A2 mean": _shifted,
    "A2 variance": _read(SIGMA, lambda s: Q(9, 10) * s),
    "A2 independent": lambda run: paths(run, copies=True),
    "batch": _read(MEAN, lambda v: 2 * v),
    "update": _changed(ETA, Q(2)),
    "x known": _hidden_start,
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_hypothesis_sees_what_it_is_named_after_and_nothing_else(name: str) -> None:
    assert some(short_runs(), lambda run: failing(BREAKS[name](run)) == {name})


def test_every_hypothesis_about_the_run_is_broken_once() -> None:
    about_numbers = {"L > 0", "eta > 0", "T >= 1", "B >= 1"}
    assert set(BREAKS) == set(STATEMENT.hypotheses) - about_numbers


# ---------------------------------------------------------------- laws


def numbers(run: Run) -> dict[Any, Any]:
    """What the conclusion reads of a run."""
    return {
        TOTAL: sum(run.curve(ball), ball(Q(0))),
        NOISE: rational(run.oracle.scales.one),
        L: rational(run.f.smoothness),
        DELTA: rational(run.gap),
        ETA: rational(run.eta),
        T: run.steps,
        B: run.batch,
    }


@given(long_runs())
def test_it_holds_on_exact_laws(run: Run) -> None:
    assert not refuted(STATEMENT.conclusion, numbers(run))


FALSE = {
    "0.49 L eta": START + sp.Rational(49, 50) * STEP + PRICE,
    "no L eta": START + PRICE,
    "L eta squared": START + L**2 * ETA**2 / 2 + PRICE,
    "2 % less start": sp.Rational(49, 50) * START + STEP + PRICE,
    "start over T squared": START / T + STEP + PRICE,
    "half the noise": START + STEP + PRICE / 2,
    "no noise": START + STEP,
    "noise over B": START + STEP + NOISE / B,
    "nothing but noise": PRICE,
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_variant_is_refuted_in_the_same_budget(name: str) -> None:
    claim = k.Le(TOTAL / T, FALSE[name])
    assert some(long_runs(), lambda run: refuted(claim, numbers(run)))


def test_the_converse_is_refuted() -> None:
    converse = k.Le(CLAIM.rhs, TOTAL / T)
    assert some(long_runs(), lambda run: refuted(converse, numbers(run)))


@given(st.sampled_from([Q(1, 7), Q(1), Q(20)]), st.sampled_from([Q(1, 3), Q(5)]))
def test_one_step_from_the_best_distance_attains_it(eta: Q, l: Q) -> None:
    values: dict[Any, Any] = {
        TOTAL: l * eta,
        NOISE: 0,
        L: l,
        DELTA: l * eta**2 / 2,
        ETA: eta,
        T: 1,
        B: 1,
    }
    exact = {a: rational(Q(v)) for a, v in values.items()}
    demand = enclose(CLAIM.lhs - CLAIM.rhs, exact)
    assert demand.contains(0)
    assert demand.rad() < 1e-30
