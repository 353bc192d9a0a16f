"""T8 speaks of the chain that is run: definitions, gate, scales, progress, and exact runs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.chain import gated_chain
from hardinstances.chain_bounds import GAP, SMOOTHNESS
from hardinstances.errors import InputError, ProofError
from hardinstances.levels_chain import GATED_CHAIN
from proofs.assumptions import DELTA
from proofs.lemmas.chain_certified import CERTIFIED
from proofs.lemmas.chain_function import CURVES, GRADIENT, LINKS, I, S, gate
from proofs.lower import chain_runs
from proofs.lower.chain import BE, LAM, SCALING, STATEMENT, STATIONARITY, T8, UNIT, L
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, N1, Co
from signcheck.theory import check
from tests.proofs.lower.chain_model import Model

links = st.integers(2, 6)
heights = st.floats(-2.5, 2.5)


@st.composite
def points(draw) -> Model:
    """A point with coordinates on both sides of the turns at 1/2 and 1, some of them 0."""
    size = draw(links)
    y = [draw(st.one_of(heights, st.just(0.0))) for _ in range(size)]
    return Model(np.array(y), draw(st.floats(0.1, 3)), draw(st.floats(0.1, 3)))


def body_of(formula: k.Formula) -> k.Relation:
    while isinstance(formula, k.ForAll):
        formula = formula.body
    assert isinstance(formula, k.Relation)
    return formula


@given(model=points(), share=st.floats(0, 0.999))
@settings(deadline=None)
@pytest.mark.parametrize("name", LINKS)
def test_the_links_are_those_of_the_chain(name: str, model: Model, share: float) -> None:
    size = model.y.size
    ranges = {"next links": (1, size), "passed on": (0, size - 1), "gradient": (0, size)}
    ranges |= {"first link": (0, 1), "nothing after the last": (size - 1, size)}
    low, high = ranges[name]
    place = low + int(share * (high - low))
    relation = body_of(LINKS[name])
    left, right = (model.number(side, {I: place}) for side in relation.terms())
    assert left == pytest.approx(right, rel=1e-9, abs=1e-9)


@given(s=st.floats(-3, 3))
@settings(deadline=None)
@pytest.mark.parametrize("name", CURVES)
def test_the_curves_are_those_of_the_chain(name: str, s: float) -> None:
    formula = CURVES[name]
    assert isinstance(formula, k.ForAll)
    inside = {"up to": s <= 0.5, "from": s > 0.5}
    if any(word in name and not held for word, held in inside.items()):
        return
    model = Model(np.array([0.0]), 1.0, 1.0)
    left, right = (model.number(side, {S: s}) for side in body_of(formula).terms())
    if isinstance(body_of(formula), k.Le):
        assert left <= right
    else:
        assert left == pytest.approx(right, rel=1e-9, abs=1e-12)


@given(model=points(), share=st.floats(0, 0.999))
@settings(deadline=None)
def test_the_gate_is_the_one_of_the_oracle(model: Model, share: float) -> None:
    instance = gated_chain(L=1, Delta=1, K=model.y.size, p=0.5, rho=0.9)
    place = int(share * model.y.size)
    beyond = place + 1 > int(instance.progress(model.y * instance.width, 0.25))
    assert model.number(gate(I), {I: place}) == beyond


@given(model=points())
@settings(deadline=None)
def test_a_hidden_last_link_means_a_large_gradient(model: Model) -> None:
    """The conclusion of the lemma at random points, and that |y_d| < 1 is where it ends."""
    model = Model(np.append(model.y[:-1], 0.0), model.lam, model.be)
    slopes = [model.number(Co(GRADIENT, I), {I: i}) for i in range(model.y.size)]
    assert sum(map(abs, slopes)) > model.lam / model.be


def test_the_scales_are_those_of_the_instance() -> None:
    for smoothness, delta, size in ((1, 1, 5), (3.5, 0.25, 40)):
        instance = gated_chain(L=smoothness, Delta=delta, K=size, p=0.5, rho=0.5)
        at = {L: smoothness, DELTA: delta, DIM: size}
        lam, be = (body_of(SCALING[name]).rhs for name in ("lam", "be"))
        assert instance.scale == pytest.approx(float(lam.subs(at)))
        assert instance.width == pytest.approx(float(be.subs(at)))
        level = float(UNIT.subs(at)) / size
        assert instance.level_value == pytest.approx(0.5 * level)


def test_scales_spend_gap_and_smoothness() -> None:
    lam, be = (body_of(SCALING[name]).rhs for name in ("lam", "be"))
    gap, rows = (sp.Rational(c.numerator, c.denominator) for c in (GAP, SMOOTHNESS))
    assert sp.simplify(gap * DIM * lam - DELTA) == 0
    assert sp.simplify(rows * DIM * lam / be**2 - L) == 0


def test_the_claim_is_the_level_of_the_instance() -> None:
    conclusion = STATEMENT.conclusion
    assert isinstance(conclusion, k.Le)
    assert conclusion.rhs == STATIONARITY
    assert STATIONARITY.args[0].func is N1
    plain = {DIM: sp.Symbol("K"), **{s: sp.Symbol(s.name) for s in conclusion.lhs.free_symbols}}
    assert conclusion.lhs.xreplace({**plain, DIM: sp.Symbol("K")}) == GATED_CHAIN.expr


def test_nothing_is_taken_on_trust() -> None:
    assert T8.theorem.axioms == frozenset()
    assert {n for n in STATEMENT.hypotheses if n in CERTIFIED} == {"certified: 1 <= log(3)"}


def test_the_weight_does_not_outlive_the_proof() -> None:
    assert not any("w" in {s.name for s in h.free()} for h in T8.theorem.hyps)


# ---------------------------------------------------------------- falsification


@given(size=st.integers(1, 40), p=st.floats(0.1, 1), rho=st.floats(1e-6, 0.999))
@settings(deadline=None)
def test_the_exact_tail_stays_below_rho_while_the_calls_are_covered(size, p, rho) -> None:
    """P(at least K of T gates open), summed exactly, at the last covered call."""
    calls = math.floor((size - math.log(1 / rho)) / (2 * p))
    if calls < 0:
        return
    tail = math.fsum(
        math.comb(calls, j) * p**j * (1 - p) ** (calls - j) for j in range(size, calls + 1)
    )
    assert tail <= rho
    assert (1 + 2 * p) ** calls <= rho * 3.0**size * (1 + 1e-9)


def test_twice_as_many_calls_would_not_be_covered() -> None:
    """The 2 in 2 p T is not idle: with 1 in its place the tail exceeds rho."""
    size, p, rho = 40, 0.5, 0.05
    calls = math.floor((size - math.log(1 / rho)) / p)
    tail = math.fsum(math.comb(calls, j) for j in range(size, calls + 1)) / 2**calls
    assert tail > rho


@pytest.mark.parametrize("setting", chain_runs.SETTINGS, ids=lambda s: f"{s.method} {s.calls}")
def test_exact_runs_stay_above_the_level(setting) -> None:
    reached = chain_runs.mean_stationarity(setting.instance(), setting.stepper(), setting.calls)
    level = T8.bound.value(L=1, Delta=1, K=setting.links, rho=setting.rho)
    assert reached > level


def test_a_method_that_is_not_zero_respecting_beats_the_level() -> None:
    """Stepping everywhere at once finishes the chain: the hypothesis is needed."""
    setting = chain_runs.Setting(8, 0.25, 0.2, "SignSGD", 1.0)

    class Jump:
        def step(self, x, g, state):
            return np.full_like(x, 60.0), state

    reached = chain_runs.mean_stationarity(setting.instance(), Jump(), 1)
    assert reached < T8.bound.value(L=1, Delta=1, K=8, rho=0.2)


def test_too_many_histories_are_refused() -> None:
    setting = chain_runs.SETTINGS[0]
    with pytest.raises(InputError, match="gate histories"):
        chain_runs.mean_stationarity(setting.instance(), setting.stepper(), 30)


# ---------------------------------------------------------------- stronger variants fail


@pytest.mark.parametrize("factor", [sp.Rational(101, 100), 2])
def test_a_higher_level_is_not_proved(factor) -> None:
    conclusion = STATEMENT.conclusion
    assert isinstance(conclusion, k.Le)
    stronger = STATEMENT.claiming(k.Le(factor * conclusion.lhs, conclusion.rhs))
    with pytest.raises(ProofError):
        check("T8", stronger, T8.prove)


def test_more_calls_are_not_proved() -> None:
    calls = STATEMENT.hypotheses["calls"]
    assert isinstance(calls, k.Le)
    looser = k.Le(calls.lhs * sp.Rational(9, 10), calls.rhs)
    stronger = replace(STATEMENT, hypotheses={**STATEMENT.hypotheses, "calls": looser})
    with pytest.raises(ProofError):
        check("T8", stronger, T8.prove)


def test_the_scales_have_the_symbols_of_the_statement() -> None:
    assert {LAM, BE} <= frozenset().union(*(f.free() for f in SCALING.values()))
