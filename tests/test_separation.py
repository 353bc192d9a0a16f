"""phi, R and the best k against their definitions, the verdict, and 10^8-coordinate arithmetic."""

from __future__ import annotations

import json
import math
import sys
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from signcheck import cli, separation
from signcheck.density import density_of
from signcheck.separation import FACTOR, separation_of_file
from signcheck.separation import separation as measured

ENTRIES = st.lists(st.integers(0, 40), min_size=2, max_size=40).filter(any)


def by_hand(sigma: list[int]) -> tuple[Fraction, int]:
    """max of (d - k) S_k^2/|sigma|_1^2 in rationals, and the smallest best k."""
    squares = sorted((s * s for s in sigma), reverse=True)
    d = len(sigma)
    levels = [Fraction((d - k) * sum(squares[:k]), sum(sigma) ** 2) for k in range(1, d)]
    best = max(levels)
    return best, levels.index(best) + 1


@given(ENTRIES, st.sampled_from([np.float32, np.float64]), st.integers(-30, 30))
def test_the_numbers_are_those_of_the_definitions(sigma, dtype, power) -> None:
    vector = np.array(sigma, dtype=dtype) * dtype(2.0**power)
    found = measured(vector)
    best, k = by_hand(sigma)
    assert found.best_k == k
    assert pytest.approx(float(best) / (2 * math.pi), rel=1e-12) == found.R
    phi = Fraction(sum(sigma) ** 2, len(sigma) * sum(s * s for s in sigma))
    assert found.phi == pytest.approx(float(phi), rel=1e-12)
    assert found.effective == pytest.approx(len(sigma) * float(phi), rel=1e-12)
    assert found.l1 == pytest.approx(sum(sigma) * 2.0**power, rel=1e-12)


@given(st.integers(2, 60), st.integers(0, 2**31))
def test_blocks_change_nothing(size: int, seed: int) -> None:
    """The best k is found from block sums; with tiny blocks every branch is taken."""
    vector = np.random.default_rng(seed).integers(0, 6, size=size).astype(float)
    if not vector.any():
        return
    whole = measured(vector)
    before = separation._BLOCK
    try:
        for block in (1, 2, 3, 7):
            separation._BLOCK = block
            part = measured(vector)
            # A tie between neighbours may fall either way; the factor is the same.
            assert pytest.approx(whole.R, rel=1e-12) == part.R
            assert abs(part.best_k - whole.best_k) <= size
            assert (part.l1, part.phi) == pytest.approx((whole.l1, whole.phi), rel=1e-12)
    finally:
        separation._BLOCK = before


def test_one_definition_of_the_factor() -> None:
    values = {"d": 20, "k": 3, "S2": 5, "|sigma|_1": 7}
    number = FACTOR.subs({sp.Symbol(name): value for name, value in values.items()})
    assert number == sp.Rational(17 * 25, 2 * 49) / sp.pi
    sigma = [3.0, 1.0, 0.5, 0.1, 0.0]
    assert density_of(sigma).separation == measured(sigma).R
    assert density_of(sigma).best_k == measured(sigma).best_k


@pytest.mark.parametrize(("d", "beats"), [(7, False), (8, True), (200, True)])
def test_one_noisy_coordinate_is_enough_from_eight_on(d: int, beats: bool) -> None:
    found = measured([2.5] + [0.0] * (d - 1))
    assert pytest.approx((d - 1) / (2 * math.pi), rel=1e-14) == found.R
    assert (found.R > 1) == beats
    assert ("needs at least" in found.verdict) == beats
    assert ("does not say that SGD is better" in found.verdict) == (not beats)


@pytest.mark.parametrize("d", [4, 5])
def test_without_noise_the_factor_is_a_quarter_of_the_dimension(d: int) -> None:
    found = measured(np.zeros(d, dtype=np.float32))
    assert (found.R, found.phi, found.effective, found.best_k) == (d / 4, None, None, 0)
    assert ("needs at least" in found.verdict) == (d >= 5)


def test_the_assumptions_are_said() -> None:
    text = " ".join(measured([1.0, 0.0]).assumptions)
    for word in ("worst case", "constant stepsize", "eps -> 0", "variance"):
        assert word in text


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_million_coordinates_agree_with_exact_sums(dtype, tmp_path) -> None:
    d = 10**6 + 7
    sigma = np.abs(np.random.default_rng(0).standard_normal(d)).astype(dtype)
    path = tmp_path / "sigma.npy"
    np.save(path, sigma)
    found = separation_of_file(path)
    entries = np.sort(sigma.astype(np.float64))[::-1]
    l1, energy = math.fsum(entries), math.fsum(np.square(entries))
    assert found.l1 == pytest.approx(l1, rel=found.relative_error)
    assert found.phi == pytest.approx(l1**2 / (d * energy), rel=found.relative_error)
    assert found.phi == pytest.approx(2 / math.pi, rel=0.01)
    inside = math.fsum(np.square(entries[: found.best_k]))
    value = (d - found.best_k) * inside / (2 * math.pi * l1**2)
    assert pytest.approx(value, rel=found.relative_error) == found.R
    for k in (found.best_k - 1000, found.best_k + 1000):
        other = (d - k) * math.fsum(np.square(entries[:k])) / (2 * math.pi * l1**2)
        assert other < found.R


def test_extreme_scales_neither_overflow_nor_vanish() -> None:
    for scale in (1e-300, 1e300):
        found = measured(np.array([3.0, 1.0, 0.0]) * scale)
        assert pytest.approx(measured([3.0, 1.0, 0.0]).R, rel=1e-12) == found.R


@pytest.mark.parametrize(
    ("sigma", "message"),
    [
        ([], "shape"),
        ([[1.0, 2.0]], "shape"),
        ([1.0, -1.0], r"sigma\[1\] is -1"),
        ([1.0, math.nan], r"sigma\[1\] is nan"),
        ([math.inf, 1.0], r"sigma\[0\] is inf"),
        (["a", "b"], "real numbers"),
        ([1j, 0], "real numbers"),
        ([[1.0], [1.0, 2.0]], "cannot be read"),
    ],
)
def test_bad_input_never_yields_a_number(sigma, message: str) -> None:
    with pytest.raises(InputError, match=message):
        measured(sigma)


@pytest.fixture
def run(monkeypatch, capsys):
    def called(*arguments):
        monkeypatch.setattr(sys, "argv", ["signcheck", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return called


def test_the_command_prints_json_and_text(run, tmp_path) -> None:
    code, out, _ = run("separation", "sigma=1,0,0,0,0,0,0,0", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["R"] == pytest.approx(7 / (2 * math.pi))
    assert found["best_k"] == 1
    assert found["effective"] == pytest.approx(1)
    assert len(found["assumptions"]) == 4
    path = tmp_path / "s.npy"
    np.save(path, np.ones(6, dtype=np.float32))
    code, out, _ = run("separation", f"sigma={path}")
    assert code == 0
    assert "phi = 1.0" in out
    assert "verdict = " in out
    assert "constant stepsize" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "takes one key"),
        (("sigma=1,2", "B=3"), "takes one key"),
        (("sigma=1,x",), "must be a number"),
        (("sigma=missing.npy",), "cannot be read"),
        (("sigma=-1,2",), "not negative"),
    ],
)
def test_the_command_answers_in_sentences(run, arguments, message: str) -> None:
    code, out, err = run("separation", *arguments)
    assert code != 0
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_files_that_are_no_vector(tmp_path) -> None:
    rows, text = tmp_path / "rows.npy", tmp_path / "text.npy"
    np.save(rows, np.ones((3, 4)))
    text.write_text("no array")
    with pytest.raises(InputError, match="signcheck density"):
        separation_of_file(rows)
    with pytest.raises(InputError, match="cannot be read"):
        separation_of_file(text)


def test_numbers_near_the_end_of_the_range_are_answered_or_refused() -> None:
    small, huge = separation.separation([2.0, 1.0]), separation.separation([1.6e308, 0.8e307])
    assert huge.best_k == small.best_k
    assert separation.separation([1.6e308]).phi == 1.0
    assert np.isfinite(huge.R)
    with pytest.raises(InputError, match="divide sigma by a constant"):
        separation.separation([1.7e308, 1.7e308])
