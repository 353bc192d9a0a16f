"""The members on which lemmas are evaluated belong to the class, and some are tight."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs import members
from signcheck import registry

numbers = st.fractions(-5, 5, max_denominator=30)
points = st.tuples(numbers, numbers, numbers)


@pytest.mark.parametrize("matrix", [members.RANK_ONE, members.FULL])
@given(x=points, y=points)
def test_the_enumerated_constant_is_a1(matrix, x, y) -> None:
    apart = tuple(a - b for a, b in zip(x, y, strict=True))
    change = sum(map(abs, members._times(matrix, apart)), Fraction(0))
    assert change <= members._smoothness(matrix) * max(map(abs, apart))


@pytest.mark.parametrize("matrix", [members.RANK_ONE, members.FULL])
@given(x=points)
def test_the_quadratics_are_bounded_below_by_zero(matrix, x) -> None:
    assert members._dot(x, members._times(matrix, x)) >= 0


@pytest.mark.parametrize("matrix", [members.RANK_ONE, members.FULL])
def test_the_matrices_are_symmetric(matrix) -> None:
    assert matrix == tuple(zip(*matrix, strict=True))


@pytest.mark.parametrize("theorem_id", ["L0", "L0-gap", "L1", "L1-pointwise"])
def test_every_lemma_holds_on_its_members_and_is_tight_on_one(theorem_id) -> None:
    theory = registry.load(theorem_id)
    ratios = []
    for item in theory.runs:
        left, right = item.sides(theory.statement)
        assert left <= right
        ratios.append(left / right)
    assert max(ratios) > 1 - 1e-5
    assert min(ratios) < 0.9
