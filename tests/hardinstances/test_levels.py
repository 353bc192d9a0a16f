"""Levels: numbers against the sheet's equations, regimes and their sentences."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import BudgetError, InputError
from hardinstances.levels import LATTICE_TIGHT, LATTICE_WELLS, LEVELS, SIGNSGD_TIGHT
from hardinstances.search import best
from tests.strategies import positive

GOOD = {
    "lattice-wells": {"L": 1, "Delta": 1, "eta": 0.5},
    "lattice-tight": {"L": 1, "Delta": 1, "eta": 0.1, "T": 20, "delta": 0.1},
    "signsgd-tight": {
        "L": 1, "Delta": 1, "eta": 0.1, "T": 20, "B": 4, "delta": 0.1, "rho": 0.1, "S": 0.2, "n": 3,
        "tau": 0.001,
    },
    "signsgd-tight-forever": {
        "L": 1, "Delta": 1, "eta": 0.02, "T": 20, "B": 4, "delta": 0.3, "rho": 0.4, "S": 0.2,
        "n": 3, "tau": 0.001,
    },
    "sgd-noise-floor": {
        "L": 1, "Delta": 1, "eta": 0.1, "T": 20, "B": 4, "delta": 0.1, "d": 9, "k": 2, "S2": 1.0,
        "top": 0.7, "low": 0.3,
    },
    "sgd-ramps": {"L": 1, "Delta": 1, "eta": 0.1, "T": 20, "d": 3},
    "sgd-unstable": {"L": 1, "Delta": 1, "eta": 3},
    "chain": {"L": 1, "Delta": 1, "K": 7},
    "gated-chain": {"L": 1, "Delta": 1, "K": 7, "rho": 0.1},
    "flat-chain": {"L": 1, "Delta": 1, "K": 7},
}  # fmt: skip


def test_every_level_is_tested():
    assert set(GOOD) == set(LEVELS)


@given(L=positive(), Delta=positive(), eta=positive())
def test_wells_never_exceed_what_the_gap_allows(L, Delta, eta):
    level = LATTICE_WELLS.value(L=L, Delta=Delta, eta=eta)
    assert level == pytest.approx(min(L * eta / 2, math.sqrt(2 * L * Delta)), rel=1e-14)


@given(
    eta=st.floats(0.01, 0.5), T=st.integers(1, 5000), delta=st.floats(0.01, 0.9), L=positive(0.1, 4)
)
def test_ramp_slope_solves_the_sheets_equation(eta, T, delta, L):
    Delta = 1.0
    level = LATTICE_TIGHT.value(L=L, Delta=Delta, eta=eta, T=T, delta=delta)
    a = level - (1 - delta) * L * eta / 2
    left = a**2 / (2 * delta * L) + a * eta * (T - 1)
    assert a >= 0
    assert left == pytest.approx(Delta - (1 - delta) * L * eta**2 / 8, rel=1e-6)


@given(
    T=st.integers(1, 5000), B=st.sampled_from([1, 3, 64]), rho=st.floats(0.01, 0.9),
    delta=st.floats(0.05, 0.45), S=st.floats(0, 0.1), n=st.integers(0, 4),
)  # fmt: skip
def test_signsgd_level_solves_the_sheets_equation(T, B, rho, delta, S, n):
    L, Delta, tau = 1.3, 1.0, 1e-9
    eta = math.sqrt(2 / (L * max(T, 10)))
    S = S if n else 0.0
    b = S * math.sqrt(2 ** (1 / B) - 1) - n * tau
    reach = eta * math.sqrt(2 * (T - 1) * math.log(1 / rho))
    room = Delta - (1 - 2 * delta) * L * eta**2 / 8 - b * reach - b**2 / (2 * delta * L)
    numbers = {"L": L, "Delta": Delta, "eta": eta, "T": T, "B": B, "delta": delta, "rho": rho}
    if b < 0 or room < 0:
        with pytest.raises(BudgetError):
            SIGNSGD_TIGHT.value(**numbers, S=S, n=n, tau=tau)
        return
    level = SIGNSGD_TIGHT.value(**numbers, S=S, n=n, tau=tau)
    a = level - (1 - 2 * delta) * L * eta / 2 - (1 - rho) * b
    assert a**2 / (2 * delta * L) + a * eta * (T - 1) == pytest.approx(room, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", GOOD)
def test_value_exact_and_values_agree(name):
    level, numbers = LEVELS[name], GOOD[name]
    exact = level.exact(**{n: Fraction(v) for n, v in numbers.items()})
    assert level.value(**numbers) == float(sp.N(exact, 40))
    assert level.values(**numbers) == pytest.approx(level.value(**numbers), rel=1e-12)


@pytest.mark.parametrize("name", GOOD)
def test_expression_holds_the_documented_symbols_only(name):
    level = LEVELS[name]
    used = level.expr.free_symbols.union(*(c.expr.free_symbols for c in level.regime))
    assert {symbol.name for symbol in used} == set(level.symbols)
    for symbol in used:
        assert symbol == sp.Symbol(symbol.name)
    assert all("[" in text for text in level.symbols.values())


@pytest.mark.parametrize("name", GOOD)
def test_every_parameter_is_checked(name):
    level = LEVELS[name]
    for key in level.symbols:
        for bad in (math.nan, math.inf, "1", None, True, 1j):
            with pytest.raises(InputError, match=key):
                level.value(**{**GOOD[name], key: bad})
        with pytest.raises(InputError, match=key):
            level.value(**{**GOOD[name], key: -1})
        with pytest.raises(InputError, match=key):
            level.value(**{n: v for n, v in GOOD[name].items() if n != key})
    for key in level.integers:
        with pytest.raises(InputError, match=f"{key} must be an integer"):
            level.value(**{**GOOD[name], key: 1.5})
    with pytest.raises(InputError, match="'q'"):
        level.value(**GOOD[name], q=1)


@pytest.mark.parametrize(
    ("change", "budget", "parameter"),
    [
        ({"eta": 30.0, "T": 1}, "gap", "eta"),
        ({"T": 10**7}, "gap", "rho"),
        ({"S": 3.0, "T": 1}, "gap", "delta"),
        ({"tau": 1.0}, "variance", "tau"),
    ],
)
def test_budget_errors_name_budget_excess_and_parameter(change, budget, parameter):
    with pytest.raises(BudgetError) as caught:
        SIGNSGD_TIGHT.value(**{**GOOD["signsgd-tight"], **change})
    assert (caught.value.budget, caught.value.parameter) == (budget, parameter)
    assert caught.value.excess > 0
    assert f"{caught.value.excess:.6g}" in str(caught.value)


def test_outside_the_regime_values_are_nan():
    values = SIGNSGD_TIGHT.values(**{**GOOD["signsgd-tight"], "eta": np.array([0.1, 30.0])})
    assert np.isfinite(values[0])
    assert np.isnan(values[1])


@given(
    T=st.sampled_from([1, 10, 1000]), S=st.floats(0.0, 0.03), B=st.sampled_from([1, 16]),
    delta=st.floats(1e-4, 0.49), rho=st.floats(1e-4, 0.99),
)  # fmt: skip
def test_best_is_not_beaten_by_any_other_choice(T, S, B, delta, rho):
    fixed = {"L": 1.0, "Delta": 1.0, "eta": math.sqrt(2 / max(T, 3)), "T": T, "B": B, "S": S}
    fixed |= {"n": 2, "tau": 0.0}
    found = best(SIGNSGD_TIGHT, fixed)
    other = SIGNSGD_TIGHT.values(**fixed, delta=delta, rho=rho)
    assert not other > found.value * (1 + 1e-9)
    assert found.value == SIGNSGD_TIGHT.value(**fixed, **found.parameters)


def test_best_says_so_when_nothing_fits():
    fixed = {"L": 1, "Delta": 1, "eta": 0.1, "T": 10, "B": 1, "S": 5.0, "n": 1, "tau": 0}
    with pytest.raises(BudgetError, match="whatever delta and rho") as caught:
        best(SIGNSGD_TIGHT, fixed)
    assert caught.value.parameter == "sigma"
    with pytest.raises(InputError, match="needs S"):
        best(SIGNSGD_TIGHT, {n: v for n, v in fixed.items() if n != "S"})


def test_tightness_that_the_project_promises():
    """Without noise at least 0.97 of T1; with one third noise 0.94 at B = 1, 0.89 beyond."""
    T = 1000
    eta = math.sqrt(2 / T)
    quiet = best(LATTICE_TIGHT, {"L": 1, "Delta": 1, "eta": eta, "T": T})
    assert quiet.value >= 0.97 * math.sqrt(2 / T)
    for B, share in ((1, 0.94), (16, 0.89), (64, 0.89)):
        S = eta / 2 * math.sqrt(B)
        fixed = {"L": 1, "Delta": 1, "eta": eta, "T": T, "B": B, "S": S, "n": 2, "tau": 0}
        assert best(SIGNSGD_TIGHT, fixed).value >= share * 1.5 * math.sqrt(2 / T)
