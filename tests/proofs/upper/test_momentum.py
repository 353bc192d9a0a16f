"""T1m says what it should: Signum on all paths, and T1's members where beta is tiny."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.assumptions import ETA, B, L, T
from proofs.upper.momentum_fresh import T1M
from signcheck import kernel as k
from tests.proofs.exact import Oracle, Q, Ridges, Run, Vec, parabola
from tests.proofs.members import long_runs, short_runs, sizes, some
from tests.proofs.model import Chance, Model, rational, refuted
from tests.proofs.paths import CALLS, MEAN, Means, moving_average, paths
from tests.proofs.upper.test_signsgd import NOISE, PRICE, START, STEP, TOTAL, numbers

STATEMENT = T1M.statement
BETA, MOMENTUM = k.Sym("beta"), k.Sym("m", "fam:rvector")
DRIFT = 2 * L * ETA * BETA / (1 - BETA)
TAIL = sp.sqrt((1 - BETA) / (1 + BETA))
WHOLE = 2 * PRICE * (sp.sqrt(2 * BETA / (1 + BETA)) / ((1 - BETA) * T) + TAIL)
FRESH = PRICE * ((1 - BETA) + 2 * BETA * TAIL + (BETA + 2 * BETA / (1 - BETA)) / T)
RIGHT = START + STEP + DRIFT + sp.Min(WHOLE, FRESH)


def test_the_conclusion_is_the_one_of_the_theory_sheet() -> None:
    claim = STATEMENT.conclusion
    assert isinstance(claim, k.Le)
    assert claim.lhs == TOTAL / T
    difference = claim.rhs - RIGHT
    smaller, ours = (next(iter(term.atoms(sp.Min))) for term in (claim.rhs, RIGHT))
    assert sp.simplify(difference.xreplace({smaller: 0, ours: 0})) == 0
    for one in ours.args:
        assert any(sp.simplify(one - other) == 0 for other in smaller.args)


# ---------------------------------------------------------------- all paths


def signum(beta: Q, means: Means) -> Vec:
    """The step."""
    return moving_average(beta, means).signs


def all_paths(run: Run, beta: Q) -> Model:
    """Signum's paths, one step beyond the horizon, and its m(t)."""
    model = paths(run, move=partial(signum, beta), beyond=1, more={BETA: beta})

    @cache
    def m(t: int) -> Chance:
        means = zip(*(model.families[MEAN](s).draws for s in range(t + 1)), strict=True)
        return Chance(tuple(moving_average(beta, known) for known in means))

    return replace(model, families={**model.families, MOMENTUM: m})


members = st.tuples(short_runs(draws=4), st.sampled_from([Q(1, 10), Q(1, 2), Q(9, 10), Q(99, 100)]))


def failing(model: Model) -> set[str]:
    """Names of the hypotheses that are false in a model."""
    return {name for name, h in STATEMENT.hypotheses.items() if not model.holds(h)}


@settings(max_examples=10)
@given(members)
def test_it_holds_on_all_paths_of_a_run(member: tuple[Run, Q]) -> None:
    model = all_paths(*member)
    assert not failing(model)
    assert not model.refutes(STATEMENT.conclusion)


def _without_momentum(run: Run, beta: Q) -> Model:
    return paths(run, beyond=1, more={BETA: beta})


def _seen(family: k.Sym, change: Callable[[int, Vec], Vec]) -> Callable[[Run, Q], Model]:
    def changed(run: Run, beta: Q) -> Model:
        model = all_paths(run, beta)
        true = model.families[family]

        def read(t: int) -> Chance:
            return Chance(tuple(change(t, v) for v in true(t).draws))

        return replace(model, families={**model.families, family: read})

    return changed


def _late(run: Run, beta: Q) -> Model:
    """The calls of a step are known one step late."""
    model = all_paths(run, beta)
    assert model.past is not None
    past = model.past
    return replace(model, past=lambda t: past(max(t - 1, 0)))


BREAKS: dict[str, Callable[[Run, Q], Model]] = {
    "momentum starts": _seen(MOMENTUM, lambda t, v: 2 * v if t == 0 else v),
    "momentum": _seen(MOMENTUM, lambda t, v: 2 * v if t else v),
    "update": lambda run, beta: replace(
        all_paths(run, beta), values={**all_paths(run, beta).values, ETA: 2 * run.eta}
    ),
    "g known": _late,
    "beta < 1": lambda run, _: all_paths(run, Q(1)),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_hypothesis_on_the_method_sees_what_it_is_named_after(name: str) -> None:
    assert some(members, lambda member: name in failing(BREAKS[name](*member)))


# ---------------------------------------------------------------- laws

TINY = Q(1, 10**6)
"""So small a beta that the sign of m is the sign of the last mean on the members of T1."""


def same_signs(run: Run) -> bool:
    """Whether no batch mean is so small that a tiny beta could turn its sign."""
    return len(run.f.parts) == 1 and run.steps in (1, 40, 64) and run.f.gradient(run.x0).one > 0


def with_tiny_beta(run: Run) -> dict[Any, Any]:
    """What the conclusion reads."""
    return {**numbers(run), BETA: rational(TINY)}


@given(long_runs().filter(same_signs))
def test_it_holds_on_the_members_of_t1(run: Run) -> None:
    assert not refuted(STATEMENT.conclusion, with_tiny_beta(run))


FALSE = {
    "no noise": START + STEP + DRIFT,
    "half of the noise": START + STEP + DRIFT + sp.Min(WHOLE, FRESH) / 2,
    "noise over B": START + STEP + DRIFT + sp.Min(WHOLE, FRESH).xreplace({1 / sp.sqrt(B): 1 / B}),
    "0.49 L eta": START + sp.Rational(49, 50) * STEP + DRIFT + sp.Min(WHOLE, FRESH),
    "2 % less start": sp.Rational(49, 50) * START + STEP + DRIFT + sp.Min(WHOLE, FRESH),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_variant_is_refuted_in_the_same_budget(name: str) -> None:
    claim = k.Le(TOTAL / T, FALSE[name])
    assert some(long_runs().filter(same_signs), lambda run: refuted(claim, with_tiny_beta(run)))


# ---------------------------------------------------------------- heavy momentum, no noise


@st.composite
def swings(draw: Any) -> dict[Any, Any]:
    """Signum without noise on a parabola: momentum carries it past the minimiser and back."""
    l, eta, beta = draw(sizes), Q(1), draw(st.sampled_from([Q(1, 2), Q(9, 10), Q(19, 20)]))
    x, means, total, steps = Q(draw(st.integers(1, 12))), [], Q(0), 60
    run = Run(
        Ridges(((parabola(l), Vec([Q(1)])),)), Vec([x]), eta, steps, 1, Oracle(Vec([Q(0)]), Q(1))
    )
    m = l * x
    for t in range(steps):
        m = m if t == 0 else beta * m + (1 - beta) * l * x
        total += abs(l * x)
        x -= eta * ((m > 0) - (m < 0))
        means.append(l * x)
    values = {**numbers(replace(run, steps=1)), BETA: rational(beta), TOTAL: rational(total)}
    return {**values, T: steps, NOISE: 0}


@given(swings())
def test_it_holds_where_momentum_overshoots(values: dict[Any, Any]) -> None:
    assert not refuted(STATEMENT.conclusion, values)


@pytest.mark.parametrize("share", [Q(0), Q(1, 20)], ids=["no drift", "a twentieth"])
def test_momentum_has_a_price_without_noise(share: Q) -> None:
    claim = k.Le(TOTAL / T, START + STEP + rational(share) * DRIFT)
    assert some(swings(), lambda values: refuted(claim, values))


def test_calls_and_means_are_families_of_the_model() -> None:
    run = some(short_runs(draws=2), lambda run: run.batch == 1)
    model = all_paths(run, Q(1, 2))
    assert model.families[MEAN](0) == model.families[CALLS](0, 0)
