"""Numbers come from conclusions, agree with the theory sheet, and bad input yields none."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from hardinstances.errors import BudgetError, InputError, ProofError
from hardinstances.levels import LATTICE_TIGHT, LATTICE_WELLS, SIGNSGD_TIGHT
from proofs.assumptions import lifted
from proofs.lower.lattice import TIGHT_STATEMENT, WELLS_STATEMENT
from proofs.lower.signsgd import OF_SIGMA
from proofs.lower.signsgd import STATEMENT as T2_STATEMENT
from proofs.upper.signsgd import STATEMENT as T1_STATEMENT
from signcheck import registry
from signcheck.bound import Bound, Variant, as_level, lower, upper

BOUNDS = {name: registry.load(name).bound for name in ("T1", "T2", "T2b", "T2c")}
T1, T2, T2B, T2C = BOUNDS.values()
POINT = {"L": 1, "Delta": 1, "eta": 0.04472, "T": 1000, "B": 16, "sigma": [0.05, 0.01, 0.01, 0.01]}
GOOD = {
    "T1": POINT,
    "T2": POINT,
    "T2b": {"L": 1, "Delta": 1, "eta": 0.1},
    "T2c": {"L": 1, "Delta": 1, "eta": 0.1, "T": 100},
}

scale = st.floats(1e-3, 1e3)
count = st.integers(1, 10**6)
noise = st.lists(st.floats(0, 10), min_size=2, max_size=6)


# ---------------------------------------------------------------- conclusions


@pytest.mark.parametrize(
    ("statement", "level", "names"),
    [
        (WELLS_STATEMENT, LATTICE_WELLS, {}),
        (TIGHT_STATEMENT, LATTICE_TIGHT, {}),
        (T2_STATEMENT, SIGNSGD_TIGHT, OF_SIGMA),
    ],
)
def test_a_lower_bound_concludes_exactly_the_level_of_its_instance(statement, level, names) -> None:
    assert statement.conclusion.level == lifted(level.expr, **names)
    assert lower(statement, level).level is level


@pytest.mark.parametrize("statement", [WELLS_STATEMENT, TIGHT_STATEMENT, T2_STATEMENT])
def test_another_level_than_the_instance_certifies_is_refused(statement) -> None:
    level = {3: LATTICE_WELLS, 5: LATTICE_TIGHT}.get(
        len(statement.conclusion.level.free_symbols), SIGNSGD_TIGHT
    )
    claim = statement.conclusion
    raised = replace(claim, level=claim.level * sp.Rational(101, 100))
    with pytest.raises(ProofError, match="another level"):
        lower(statement.claiming(raised), level)


def test_an_upper_bound_is_its_conclusion() -> None:
    (variant,) = T1.variants
    L, Delta, eta, T, B, norm = (
        sp.Symbol(name) for name in ("L", "Delta", "eta", "T", "B", "|sigma|_1")
    )
    assert variant.level.expr == Delta / (eta * T) + L * eta / 2 + norm / sp.sqrt(B)
    conclusion = T1_STATEMENT.conclusion
    moved = type(conclusion)(conclusion.lhs, conclusion.rhs * 2)
    doubled = upper("T1", "SignSGD", T1_STATEMENT.claiming(moved))
    assert doubled.value(**POINT) == pytest.approx(2 * T1.value(**POINT), rel=1e-15)


def test_a_conclusion_that_is_no_formula_gives_no_number() -> None:
    with pytest.raises(ProofError, match="not a formula in the parameters"):
        as_level(T1_STATEMENT.conclusion.lhs)
    with pytest.raises(ProofError, match="does not conclude an upper bound"):
        upper("T2b", "x", WELLS_STATEMENT).value(L=1, Delta=1, eta=1)
    with pytest.raises(ProofError, match="does not conclude that a level"):
        lower(T1_STATEMENT, LATTICE_WELLS)


# ---------------------------------------------------------------- numbers


def test_the_number_of_the_issue() -> None:
    assert T1.value(**POINT) == pytest.approx(0.0647213595706619, rel=1e-14)


@given(L=scale, Delta=scale, eta=scale, T=count, B=count, sigma=noise)
def test_t1_is_the_sum_of_its_three_terms(L, Delta, eta, T, B, sigma) -> None:
    by_hand = Delta / (eta * T) + L * eta / 2 + math.fsum(sigma) / math.sqrt(B)
    found = T1.value(L=L, Delta=Delta, eta=eta, T=T, B=B, sigma=sigma)
    assert found == pytest.approx(by_hand, rel=1e-12)


@given(L=scale, Delta=scale, eta=scale)
def test_t2b_is_the_smaller_of_floor_and_gap(L, Delta, eta) -> None:
    found = T2B.value(L=L, Delta=Delta, eta=eta)
    assert found == pytest.approx(min(L * eta / 2, math.sqrt(2 * L * Delta)), rel=1e-12)


@given(L=scale, Delta=scale, eta=scale, T=count, delta=st.floats(0.001, 0.999))
def test_t2c_solves_its_gap_equation(L, Delta, eta, T, delta) -> None:
    spare = Delta - (1 - delta) * L * eta**2 / 8
    assume(spare > 1e-6 * Delta)
    found = T2C.evaluate(L=L, Delta=Delta, eta=eta, T=T, delta=delta)
    a = LATTICE_TIGHT.exact(L=_f(L), Delta=_f(Delta), eta=_f(eta), T=T, delta=_f(delta))
    a = sp.N(a, 40) - sp.N((1 - _r(delta)) * _r(L) * _r(eta) / 2, 40)
    used = a**2 / (2 * _r(delta) * _r(L)) + a * _r(eta) * (T - 1)
    assert float(used) == pytest.approx(spare, rel=1e-6)
    assert found.value == pytest.approx(float(a) + (1 - delta) * L * eta / 2, rel=1e-9)
    assert found.parameters == {"delta": delta}


def _f(x):
    from fractions import Fraction

    return Fraction(x)


def _r(x):
    return sp.Rational(_f(x).numerator, _f(x).denominator)


@given(sigma=noise, B=st.integers(1, 50), delta=st.floats(0.01, 0.4), rho=st.floats(0.01, 0.9))
def test_t2_agrees_with_the_sheet_and_stays_below_t1(sigma, B, delta, rho) -> None:
    """The better of the two horizons, each where its gap suffices."""
    L, Delta, eta, T = 1.0, 1.0, 0.04, 500
    small = [0.01 * s for s in sigma]
    kept = math.fsum(sorted(small)[2:])
    assume(kept > 0)
    b = kept * math.sqrt(2 ** (1 / B) - 1)
    depth = eta * math.sqrt(2 * (T - 1) * math.log(1 / rho))
    costs = {
        "finite horizon": b * depth + b**2 / (2 * delta * L),
        "every horizon": b * (b / (delta * L) + 2 * eta) / rho,
    }
    spare = {n: Delta - (1 - 2 * delta) * L * eta**2 / 8 - cost for n, cost in costs.items()}
    assume(all(abs(left) > 1e-9 for left in spare.values()))
    point = {"L": L, "Delta": Delta, "eta": eta, "T": T, "B": B, "sigma": small}
    if max(spare.values()) < 0:
        with pytest.raises(BudgetError, match="gap budget Delta is exceeded"):
            T2.value(**point, delta=delta, rho=rho)
        return
    drop = delta * L * eta * (T - 1)
    a = math.sqrt(drop**2 + 2 * delta * L * max(spare.values())) - drop
    by_hand = a + (1 - 2 * delta) * L * eta / 2 + (1 - rho) * b
    found = T2.evaluate(**point, delta=delta, rho=rho)
    assert found.value == pytest.approx(by_hand, rel=1e-6)
    near = abs(spare["finite horizon"] - spare["every horizon"]) < 1e-6
    assert near or found.variant == max(spare, key=spare.__getitem__)
    best = T2.evaluate(**point)
    assert best.value >= found.value * (1 - 1e-9)
    assert best.value <= T1.value(**point)


def test_t2_drops_the_two_smallest_entries_wherever_they_are() -> None:
    sorted_last = T2.value(**{**POINT, "sigma": [0.001, 0.002, 0.03, 0.05]})
    mixed = T2.value(**{**POINT, "sigma": [0.05, 0.001, 0.03, 0.002]})
    zeros = T2.value(**{**POINT, "sigma": [0, 0, 0.03, 0.05]})
    assert sorted_last == mixed == zeros


def test_t2_without_noise_is_t2c() -> None:
    quiet = T2.evaluate(**{**POINT, "sigma": [0.3, 0.2]})
    named = {key: POINT[key] for key in ("L", "Delta", "eta", "T")}
    assert quiet.variant == "finite horizon, no noise"
    assert quiet.value == T2C.value(**named)


def test_a_path_to_npy_and_a_list_give_the_same_number(tmp_path) -> None:
    path = tmp_path / "sigma.npy"
    np.save(path, np.array(POINT["sigma"]))
    assert T1.value(**{**POINT, "sigma": np.load(path)}) == T1.value(**POINT)


@given(L=scale, Delta=scale, T=count, B=count, sigma=noise, beta=st.floats(0.01, 0.99))
def test_other_upper_bounds_agree_with_the_sheet(L, Delta, T, B, sigma, beta) -> None:
    norm, power = math.fsum(sigma), math.fsum(s * s for s in sigma)
    eta, s = 1 / L, norm / math.sqrt(B)
    point = {"L": L, "Delta": Delta, "eta": eta, "T": T, "B": B, "sigma": sigma}
    inner = (Delta / (eta * T) + L * eta * power / (2 * B)) / (1 - L * eta / 2)
    by_hand = math.sqrt(len(sigma) * inner)
    assert registry.load("T3u").bound.value(**point) == pytest.approx(by_hand, rel=1e-9)
    decay = math.sqrt((1 - beta) / (1 + beta))
    U = 2 * s * (math.sqrt(2 * beta / (1 + beta)) / ((1 - beta) * T) + decay)
    V = s * ((1 - beta) + 2 * beta * decay + (beta + 2 * beta / (1 - beta)) / T)
    descent = Delta / (eta * T) + L * eta / 2 + 2 * L * eta * beta / (1 - beta)
    found = registry.load("T1m").bound.value(**point, beta=beta)
    assert found == pytest.approx(descent + min(U, V), rel=1e-9)
    best = registry.load("T1a").bound.value(L=L, Delta=Delta, T=T, B=B, sigma=sigma)
    assert best == pytest.approx(math.sqrt(2 * L * Delta / T) + s, rel=1e-9)


def test_the_best_batch_and_the_number_of_calls() -> None:
    calls = registry.load("T1b").bound
    point = {"L": 2, "Delta": 3, "sigma": [0.5, 1.5]}
    assert calls.value(**point, N=1000) == pytest.approx((32 * 6 * 4 / 1000) ** 0.25)
    with pytest.raises(InputError, match="best batch is below 1"):
        calls.value(**point, N=2)
    with pytest.raises(InputError, match="best batch is above N"):
        calls.value(L=1, Delta=1, sigma=[100.0], N=9)
    cost = registry.load("T1c-calls").bound
    assert cost.value(**point, eps=0.5) == pytest.approx((8 * 6 / 0.25 + 1) * (4 * 4 / 0.25 + 1))
    with pytest.raises(InputError, match="L must be positive"):
        cost.value(**{**point, "L": -2}, eps=0.5)


def test_a_condition_on_two_numbers_shows_both() -> None:
    with pytest.raises(InputError, match=r"holds for L\*eta < 2 only, got L=1, eta=2\."):
        registry.load("T3u").bound.value(L=1, Delta=1, eta=2, T=9, B=1, sigma=[0])


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("name", BOUNDS)
def test_every_required_key_is_missed_by_name(name) -> None:
    for key, entry in BOUNDS[name].keys.items():
        rest = {n: v for n, v in GOOD[name].items() if n != key}
        if entry.required:
            with pytest.raises(InputError, match=rf"{name} needs {key}:"):
                BOUNDS[name].value(**rest)
        else:
            assert BOUNDS[name].value(**rest) > 0


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("bad", [-1, 0, math.nan, math.inf, "1", None, True, 1j])
def test_a_value_out_of_range_is_named(name, bad) -> None:
    for key in BOUNDS[name].keys:
        if key in ("tau", "sigma") and bad == 0:
            continue
        with pytest.raises(InputError, match=key):
            BOUNDS[name].value(**{**GOOD[name], key: bad})


@pytest.mark.parametrize("key", ["T", "B"])
def test_a_fraction_of_a_step_or_call_is_refused(key) -> None:
    with pytest.raises(InputError, match=f"{key} must be an integer"):
        T1.value(**{**POINT, key: 2.5})


@pytest.mark.parametrize(
    "sigma", [[], [[0.1, 0.2]], [0.1, -0.1], [0.1, math.nan], "x", [1e308] * 2]
)
def test_a_noise_vector_that_is_none_is_refused(sigma) -> None:
    with pytest.raises(InputError, match="sigma"):
        T1.value(**{**POINT, "sigma": sigma})


def test_one_coordinate_is_too_few_for_t2() -> None:
    with pytest.raises(InputError, match="two coordinates without noise"):
        T2.value(**{**POINT, "sigma": [0.1]})


def test_an_unknown_key_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no key 'beta': its keys are L, Delta, eta, T, B, sigma"):
        T1.value(**POINT, beta=0.9)


@pytest.mark.parametrize("free", [{"delta": 0.5}, {"delta": 0}, {"rho": 1}, {"rho": 0}])
def test_an_adversary_out_of_range_is_refused(free) -> None:
    with pytest.raises(InputError, match="strictly between 0 and"):
        T2.value(**POINT, **free)


@pytest.mark.parametrize("free", [{"rho": 5}, {"tau": -1}])
def test_what_no_formula_reads_must_make_sense_all_the_same(free) -> None:
    with pytest.raises(InputError, match=next(iter(free))):
        T2.value(**{**POINT, "sigma": [0, 0]}, **free)


def test_tau_must_fit_under_the_smallest_noisy_entry() -> None:
    point = {**POINT, "sigma": [0, 0, 0.05, 0.001]}
    limit = 0.001 * math.sqrt(2 ** (1 / 16) - 1)
    assert T2.value(**point, tau=0.99 * limit) > 0
    with pytest.raises(BudgetError, match="smallest noisy sigma") as caught:
        T2.value(**point, tau=1.01 * limit)
    assert caught.value.parameter == "tau"


def test_a_stepsize_that_breaks_the_gap_budget_is_named() -> None:
    with pytest.raises(BudgetError, match="lower the stepsize eta") as caught:
        T2C.value(L=1, Delta=1, eta=10, T=100, delta=0.1)
    assert caught.value.budget == "gap"
    assert caught.value.excess == pytest.approx(0.9 * 100 / 8 - 1)


def test_a_number_too_large_for_a_float_is_refused() -> None:
    with pytest.raises(InputError, match="does not fit a float64"):
        T1.value(L=1e308, Delta=1, eta=1e308, T=1, B=1, sigma=[0])


def test_formulas_are_read_when_asked_for_and_not_before() -> None:
    calls = []

    def build() -> tuple[Variant, ...]:
        calls.append(1)
        return T2B.variants

    bound = Bound("T2b", "lower", build)
    assert not calls
    assert bound.value(L=1, Delta=1, eta=0.1) == T2B.value(L=1, Delta=1, eta=0.1)
    assert calls == [1]
