"""T6 on real matrices: dense hard instances, Muon by singular value decompositions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hardinstances
from hardinstances.errors import InputError
from hardinstances.geometry import MATRIX, polar_map
from hardinstances.rng import Stream
from proofs.lower.cycle import T2_CYCLE
from proofs.lower.lattice import T2B, T2C
from proofs.lower.muon import MUON, T6, T6_CYCLE, T6B, T6C
from proofs.lower.signsgd import T2
from proofs.upper.muon import T5
from signcheck import kernel as k
from signcheck.theory import Theory

CLASS = {"L": 1.0, "Delta": 1.0, "eta": 0.05}
SAME = ((T6, T2), (T6_CYCLE, T2_CYCLE), (T6B, T2B), (T6C, T2C))


def value(theory: Theory, **numbers: object) -> float:
    assert theory.bound is not None
    return theory.bound.value(**numbers)


@pytest.mark.parametrize(("muon", "signsgd"), SAME, ids=lambda theory: theory.id)
def test_the_level_is_that_of_the_coordinates(muon: Theory, signsgd: Theory) -> None:
    claim, flat = muon.statement.conclusion, signsgd.statement.conclusion
    assert isinstance(claim, k.Attained)
    assert isinstance(flat, k.Attained)
    assert claim.matrices
    assert not flat.matrices
    assert claim.dynamics == MUON
    assert claim.level == flat.level
    assert muon.bound is not None
    numbers = {"L": 2, "Delta": 3, "eta": 0.1, "T": 50, "B": 4, "sigma": [0.3, 0.1, 0, 0]}
    given_keys = {name: x for name, x in numbers.items() if name in muon.bound.keys}
    assert value(muon, **given_keys) == value(signsgd, **given_keys)


@given(st.sampled_from([{}, {"rotation": 3}, {"rows": 5, "columns": 4, "rotation": 8}]))
def test_muon_by_decompositions_stays_above_the_floor_and_the_steps(shape) -> None:
    wells = hardinstances.make("lattice-wells-matrix", **CLASS, d=3, **shape)
    tight = hardinstances.make("lattice-tight-matrix", **CLASS, T=60, delta=0.1, **shape)
    levels = {wells: value(T6B, **CLASS), tight: value(T6C, **CLASS, T=60, delta=0.1)}
    for instance, level in levels.items():
        x = np.array(instance.x0)
        for _ in range(60):
            gradient = instance.grad(x)
            assert MATRIX.norm(gradient) >= level * (1 - 1e-9)
            x = x - CLASS["eta"] * polar_map(gradient, tolerance=1e-9)


def test_noise_hides_the_slopes_of_singular_values_from_muon() -> None:
    numbers = {**CLASS, "T": 300, "B": 2, "sigma": [0.02, 0.0, 0.01, 0.0]}
    instance = hardinstances.make("muon-tight", **numbers, rotation=1)
    level = value(T6, **numbers)
    copies, rng = 60, Stream(11)
    x = np.tile(instance.x0, (copies, 1, 1))
    lowest = np.inf
    for _ in range(100):
        lowest = min(lowest, float(np.mean(MATRIX.norm(instance.grad(x)))))
        g = np.stack([instance.oracle(x[n : n + 1], 2, rng)[0] for n in range(copies)])
        x = x - CLASS["eta"] * polar_map(g, tolerance=1e-9)
    assert lowest >= level * 0.99
    assert lowest <= value(T5, **numbers)


def test_a_library_puts_an_isometry_where_the_gradient_vanishes() -> None:
    """U V^T of a decomposition moves directions in which the theorem's polar factor is 0."""
    gradient = np.diag([2.0, 0.0, -1.0])
    left, _, right = np.linalg.svd(gradient)
    np.testing.assert_allclose(np.diagonal(polar_map(gradient)), [1.0, 0.0, -1.0], atol=1e-12)
    assert abs((left @ right)[1, 1]) == pytest.approx(1.0)
    assert np.vdot(gradient, left @ right) == pytest.approx(MATRIX.norm(gradient))


@given(st.integers(0, 10**6))
def test_conjugation_keeps_the_class_and_the_method(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(n, n)))[0] for n in (3, 4))
    x = rng.normal(size=(3, 4))
    turned = left @ x @ right.T
    np.testing.assert_allclose(polar_map(turned), left @ polar_map(x) @ right.T, atol=1e-9)
    assert MATRIX.norm(turned) == pytest.approx(MATRIX.norm(x))
    assert MATRIX.dual(turned) == pytest.approx(MATRIX.dual(x))


def test_bad_numbers_give_no_level() -> None:
    with pytest.raises(InputError, match="delta"):
        value(T6C, **CLASS, T=60, delta=2)
    with pytest.raises(InputError, match="exceeded"):
        value(T6C, L=1, Delta=1e-6, eta=1, T=60, delta=0.1)


@pytest.mark.parametrize("theory", [T6, T6_CYCLE, T6B, T6C], ids=lambda theory: theory.id)
def test_every_run_is_on_a_matrix_and_names_the_theorem(theory: Theory) -> None:
    for run in theory.runs:
        # Where no noise is run, T6 is what T6c says.
        assert run.instance.theorem in {theory.id, "T6c"}
        assert run.instance.geometry is MATRIX
        assert run.instance.rotated
