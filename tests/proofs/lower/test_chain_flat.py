"""T8-flat: the rotation that is run has its hypotheses, the lemmas hold on it, runs meet it."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.chain import flat_chain
from hardinstances.errors import InputError, ProofError
from hardinstances.flat import FlatRotation, _multiply, _trace
from proofs.assumptions import DELTA, L
from proofs.lemmas import chain_code
from proofs.lemmas.chain_moments import back, flat_norm, fourth_moment, second_moment, tangent
from proofs.lemmas.chain_rotation import ROTATION
from proofs.lower import chain_runs
from proofs.lower.chain_flat import RUN, SCALING, STATEMENT, STATIONARITY, T8_FLAT
from signcheck import kernel as k
from signcheck.kernel.terms import DIM
from signcheck.theory import check
from tests.proofs.lower.test_chain import body_of

DEGREES = (2, 3, 4)


def columns(degree: int) -> np.ndarray:
    """All 2**degree - 1 columns, entries +-1."""
    return FlatRotation(2**degree - 1, degree).signs.astype(np.int64)


@pytest.mark.parametrize("degree", DEGREES)
def test_the_rotation_has_the_hypotheses(degree: int) -> None:
    """Flat, orthogonal, and every product of columns a, b, c < k with k sums to 0: all of them."""
    signs = columns(degree)
    rows, count = signs.shape
    assert rows == 4**degree
    assert set(ROTATION) == {
        *("D >= 1", "flat entries", "orthogonal columns", "4-wise independent rows")
    }
    assert set(np.unique(signs)) == {-1, 1}
    assert np.array_equal(signs.T @ signs, rows * np.eye(count, dtype=np.int64))
    last = range(count) if degree < 4 else (1, 7, 14)
    for k_ in last:
        for a, b in itertools.product(range(k_), repeat=2):
            pair = signs[:, a] * signs[:, b] * signs[:, k_]
            assert not (pair @ signs[:, :k_]).any()


def test_three_wise_independence_would_not_do() -> None:
    """With the rows' cube dropped, a + c column sums exist that do not vanish."""
    size, degree = 8, 3
    linear = np.array(
        [
            [(-1) ** _trace(_multiply(a, c, degree), degree) for c in range(1, size)]
            for a in range(size)
        ]
    )
    product = linear[:, 0] * linear[:, 1] * linear[:, 2]  # columns 1, 2, 3 = 1 + 2
    assert product.sum() == size


@given(seed=st.integers(0, 2**32), degree=st.sampled_from(DEGREES), spread=st.floats(0, 4))
@settings(deadline=None)
def test_the_lemmas_hold_on_the_rotation(seed: int, degree: int, spread: float) -> None:
    signs = columns(degree)
    rows, count = signs.shape
    rng = np.random.default_rng(seed)
    h = rng.normal(size=count) * np.exp(spread * rng.normal(size=count))
    v = signs @ h / math.sqrt(rows)
    total = float(h @ h)
    assert (v**2).sum() == pytest.approx(total)
    assert (v**4).sum() <= 3 * total**2 / rows * (1 + 1e-12)
    assert np.abs(v).sum() >= math.sqrt(rows / 3 * total) * (1 - 1e-12)
    assert np.allclose(signs.T @ v / math.sqrt(rows), h)


def test_the_lemmas_rest_on_the_rotation_alone() -> None:
    known = frozenset(ROTATION.values())
    for thm in (second_moment(), fourth_moment(), back()):
        assert thm.hyps <= known
        assert not thm.axioms
    assert len(flat_norm().hyps - known) == 2  # 1 <= K and 0 < |h|**2


@given(z=st.floats(-10, 10), q=st.floats(0.1, 10))
def test_the_tangent_lies_below_the_absolute_value(z: float, q: float) -> None:
    assert 3 * z**2 / (2 * q) - z**4 / (2 * q**3) <= abs(z) + 1e-9 * (1 + z**4 / q**3)
    assert isinstance(tangent().concl, k.Le)


# ---------------------------------------------------------------- the code


def test_the_identities_hold_over_gf2_and_not_over_the_integers() -> None:
    chain_code.check_identities()
    for cubes, factors in chain_code.IDENTITIES.values():
        assert sp.expand(cubes - factors) != 0


def test_a_wrong_identity_is_refused(monkeypatch) -> None:
    x, y = sp.symbols("c1 c2")
    monkeypatch.setitem(chain_code.IDENTITIES, 3, (x**3 + y**3 + (x + y) ** 3, x * y * x))
    with pytest.raises(ProofError, match="3 columns"):
        chain_code.check_identities()


@pytest.mark.parametrize("degree", range(1, 9))
def test_a_trace_form_is_balanced(degree: int) -> None:
    """For s != 0 the map a -> tr(a s) takes both values equally often."""
    size = 2**degree
    for s in {1, 2 % size or 1, size - 1}:
        assert sum(_trace(_multiply(a, s, degree), degree) for a in range(size)) == size // 2


@pytest.mark.parametrize("degree", [5, 6, 7, 8])
def test_four_columns_are_independent_in_the_larger_fields(degree: int) -> None:
    FlatRotation(2**degree - 1, degree).verify()


# ---------------------------------------------------------------- scales, runs, stronger variants


def test_the_scales_are_those_of_the_instance() -> None:
    for smoothness, delta, size in ((1, 1, 3), (2.5, 0.5, 7)):
        instance = flat_chain(L=smoothness, Delta=delta, K=size)
        rows = instance.d
        at = {L: smoothness, DELTA: delta, DIM: size, k.Sym("D", "int"): rows}
        lam, be = (body_of(SCALING[name]).rhs for name in ("lam", "be"))
        assert instance.scale == pytest.approx(float(lam.subs(at)))
        assert instance.width == pytest.approx(float(be.subs(at)))
        level = T8_FLAT.bound.value(L=smoothness, Delta=delta, K=size)
        assert instance.level_value == pytest.approx(level)


def test_the_length_of_the_theory_sheet() -> None:
    """K = floor(L Delta/(3*146*11.24 eps**2)) links give a level of at least eps."""
    for eps in (1e-2, 3e-3):
        size = math.floor(1 / (3 * 146 * 11.24 * eps**2))
        assert T8_FLAT.bound.value(L=1, Delta=1, K=size) >= eps
        assert T8_FLAT.bound.value(L=1, Delta=1, K=size + 1) < eps * (1 + 1e-9)


def test_a_run_opens_one_link_a_step_and_stays_above_the_level() -> None:
    from signcheck.simulate import SGD

    instance = flat_chain(L=1, Delta=1, K=7)
    x, method = np.zeros(instance.d), SGD(50.0)
    for step in range(7):
        assert instance.stationarity(x) > instance.level_value
        inner = instance.rotation.inward(x)
        assert np.abs(inner[step:]).max() < 1e-12
        x, _ = method.step(x, instance.grad(x), None)


@pytest.mark.parametrize("name", chain_runs.FLAT_STEPSIZES)
def test_the_measured_runs_meet_the_bound(name: str) -> None:
    reached = chain_runs.flat_reached(name, chain_runs.FLAT_LINKS - 1)
    assert reached > T8_FLAT.bound.value(L=1, Delta=1, K=chain_runs.FLAT_LINKS)


def test_the_statement_is_about_every_linear_span_method() -> None:
    assert T8_FLAT.theorem.axioms == frozenset()
    assert {"linear span", "inner point", "gradient seen"} == set(RUN)
    assert STATIONARITY.args[0].func is sp.Abs
    with pytest.raises(InputError, match="K"):
        T8_FLAT.bound.value(L=1, Delta=1, K=0)


@pytest.mark.parametrize("factor", [sp.Rational(101, 100), sp.sqrt(3)])
def test_a_higher_level_is_not_proved(factor) -> None:
    conclusion = STATEMENT.conclusion
    assert isinstance(conclusion, k.Le)
    stronger = STATEMENT.claiming(k.Le(factor * conclusion.lhs, conclusion.rhs))
    with pytest.raises(ProofError):
        check("T8-flat", stronger, T8_FLAT.prove)
