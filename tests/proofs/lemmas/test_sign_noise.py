"""L1 and L1-pointwise say what they should: finite laws, conditional on what is known."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from proofs.lemmas.sign_noise import BIAS, L1, L1_POINTWISE, SIGN, A, F, M, S, Y
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Ex
from tests.proofs.exact import Law, Q, mean, two_point, variance
from tests.proofs.members import coordinates, sizes, some
from tests.proofs.model import Chance, Model

STATEMENT = L1.statement


@st.composite
def laws(draw: Any) -> Law:
    """A law: skewed two-point, with a mean that the likely value just masks, or any values."""
    if draw(st.booleans()):
        skew = draw(st.sampled_from([Q(1), Q(2), Q(1, 3)]))
        shift = draw(st.sampled_from([Q(99, 100), Q(101, 100), Q(1, 2)])) / skew
        side, size = draw(st.sampled_from([1, -1])), draw(sizes)
        return tuple((side * size * (shift + z), p) for z, p in two_point(skew))
    values = draw(st.lists(coordinates, min_size=1, max_size=4))
    weights = [draw(st.integers(1, 5)) for _ in values]
    return tuple((v, Q(w, sum(weights))) for v, w in zip(values, weights, strict=True))


def above_root(number: Q) -> Q:
    """The square root if it is rational, else a rational at most 1e-9 above it."""
    low = Q(math.isqrt(number.numerator), math.isqrt(number.denominator))
    if low * low == number:
        return low
    scale = 10**18
    return Q(math.isqrt(int(number * scale)) + 1, 10**9)


@st.composite
def members(draw: Any) -> Model:
    """One law for each of one or two things that may be known, and the smallest common s."""
    parts = draw(st.lists(laws(), min_size=1, max_size=2))
    share = Q(1, len(parts))
    rows = [(share * p, v, mean(law), n) for n, law in enumerate(parts) for v, p in law]
    probabilities, values, means, labels = zip(*rows, strict=True)
    return Model(
        probabilities,
        values={
            Y: Chance(values),
            A: Chance(means),
            S: max(above_root(variance(law)) for law in parts),
        },
        known={F: labels},
    )


@given(members())
def test_l1_holds_wherever_its_hypotheses_do(model: Model) -> None:
    assert all(model.holds(h) for h in STATEMENT.hypotheses.values())
    assert not model.refutes(STATEMENT.conclusion)


COST = sp.Abs(A) - A * BIAS
FALSE = {
    "2 % less": k.Le(COST, sp.Rational(49, 50) * S),
    "half": k.Le(COST, S / 2),
    "the variance instead": k.Le(COST, S**2),
    "no bias": k.Le(sp.Abs(A), S),
    "the bias over everything": k.Le(sp.Abs(A) - A * Ex(SIGN, TRIVIAL), S),
    "the converse": k.Le(S, COST),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_variant_of_l1_is_refuted_in_the_same_budget(name: str) -> None:
    found = some(members(), lambda model: model.refutes(FALSE[name]))
    assert all(found.holds(h) for h in STATEMENT.hypotheses.values())


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("mean", {A: Q(5)}),
        ("variance", {S: Q(0)}),
        ("s >= 0", {S: Q(-100)}),
    ],
)
def test_each_hypothesis_of_l1_sees_what_it_is_named_after(
    name: str, change: dict[k.Sym, Q]
) -> None:
    def breaks(model: Model) -> bool:
        changed = replace(model, values={**model.values, **change})
        fails = {n for n, h in STATEMENT.hypotheses.items() if not changed.holds(h)}
        return name in fails and changed.refutes(STATEMENT.conclusion)

    assert some(members(), breaks)


# ---------------------------------------------------------------- pointwise

numbers = st.builds(
    lambda a, m: Model([Q(1)], values={A: a, M: m}),
    coordinates,
    st.one_of(coordinates, st.sampled_from([Q(0), Q(1, 10**6), Q(-1, 10**6)])),
)
LEFT = sp.Abs(A) - A * sp.sign(M)
POINTWISE_FALSE = {
    "a smaller constant": k.Le(LEFT, sp.Rational(49, 25) * sp.Abs(M - A)),
    "constant 1": k.Le(LEFT, sp.Abs(M - A)),
    "error squared": k.Le(LEFT, 2 * (M - A) ** 2),
    "the converse": k.Le(2 * sp.Abs(M - A), LEFT),
}


@given(numbers)
def test_the_pointwise_form_holds(model: Model) -> None:
    assert not L1_POINTWISE.statement.hypotheses
    assert not model.refutes(L1_POINTWISE.statement.conclusion)


@pytest.mark.parametrize("name", POINTWISE_FALSE)
def test_a_false_variant_of_the_pointwise_form_is_refuted(name: str) -> None:
    assert some(numbers, lambda model: model.refutes(POINTWISE_FALSE[name]))


def test_at_a_sign_of_zero_nothing_is_gained() -> None:
    model = Model([Q(1)], values={A: Q(3), M: Q(0)})
    (demand,) = model.demands(L1_POINTWISE.statement.conclusion)
    assert demand == -3
