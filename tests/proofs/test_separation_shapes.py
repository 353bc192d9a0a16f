"""R on real vectors: the shapes for which it exceeds 1, and constants that are too large."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proofs.separation_shapes import EQUAL_STATEMENT, SINGLE_STATEMENT, SPARSE_STATEMENT
from signcheck import kernel as k
from signcheck.kernel.terms import DIM
from signcheck.separation import separation

VECTORS = st.lists(st.integers(0, 30), min_size=2, max_size=60).filter(any)


def r_of(sigma: list[float]) -> tuple[float, float]:
    found = separation(sigma)
    assert found.phi is not None
    return found.R, found.phi


@given(VECTORS)
def test_r_is_at_least_what_the_density_gives(sigma: list[int]) -> None:
    r, phi = r_of(list(map(float, sigma)))
    d = len(sigma)
    share = 1 if d % 2 == 0 else 1 - 1 / d**2
    assert r >= share / (8 * math.pi * phi) * (1 - 1e-12)


@given(VECTORS, st.integers(0, 3000))
def test_a_density_below_the_threshold_is_enough(sigma: list[int], zeros: int) -> None:
    r, phi = r_of([*map(float, sigma), *[0.0] * zeros])
    assume(phi <= 0.0397)
    assert r >= 1


def test_constant_vectors_show_that_8_pi_is_best() -> None:
    """For equal entries and even d the bound is met: 1 % more is false."""
    for d in (2, 10, 100):
        r, phi = r_of([1.0] * d)
        assert phi == pytest.approx(1)
        assert r == pytest.approx(1 / (8 * math.pi), rel=1e-12)
        assert r < 1.01 / (8 * math.pi * phi)


@pytest.mark.parametrize(("d", "above"), [(7, False), (8, True)])
def test_one_coordinate_separates_from_eight_on(d: int, above: bool) -> None:
    r, _ = r_of([1.0] + [0.0] * (d - 1))
    assert (r > 1) == above
    bound = SINGLE_STATEMENT.conclusion
    assert isinstance(bound, k.Le)
    assert float(bound.rhs.subs({DIM: d})) == pytest.approx(r)
    if above:
        assert float(bound.lhs) <= r


def test_equal_coordinates_up_to_13_73_percent() -> None:
    for noisy, d in ((1373, 10000), (1, 8)):
        r, _ = r_of([1.0] * noisy + [0.0] * (d - noisy))
        assert r >= 1
        assert 10000 * noisy <= 1373 * d
    # One coordinate more than 1/(1 + 2 pi) of them and k = their number gives less than 1.
    assert (10000 - 1374) / (2 * math.pi * 1374) < 1
    assert "k <= 13.73 % of d" in EQUAL_STATEMENT.hypotheses


def test_the_threshold_is_rounded_down() -> None:
    assert 0.0397 < 1 / (8 * math.pi) < 0.0398
    assert "phi <= 0.0397" in SPARSE_STATEMENT.hypotheses
    assert 1 / (8 * math.pi * 0.0397) * (1 - 1 / 26**2) > 1


def test_gaussian_shapes_have_density_two_over_pi() -> None:
    sigma = np.abs(np.random.default_rng(1).standard_normal(10**5))
    assert separation(sigma).phi == pytest.approx(2 / math.pi, rel=0.02)
