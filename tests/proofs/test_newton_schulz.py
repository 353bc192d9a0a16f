"""T10 speaks of the routine that is run: real decompositions, the recursion, false variants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.errors import ProofError
from hardinstances.geometry import MATRIX
from proofs import experiments_matrix
from proofs.lemmas.polynomial_step import T, X, polynomial
from proofs.newton_schulz import NEWTON_SCHULZ, T10, T10_RANGE
from proofs.newton_schulz_runs import SETTINGS
from proofs.samples.newton_schulz import LOWEST, step_samples
from proofs.upper.muon import T5
from signcheck import kernel as k
from signcheck import mutate
from signcheck.export.coq_enclosures import enclosures
from signcheck.intervals.newton_schulz import REFERENCE, REFERENCE_MINORANT
from signcheck.intervals.newton_schulz_alpha import alpha
from signcheck.mutate import Mutant
from signcheck.simulate.muon import REFERENCE_SCHEDULE, newton_schulz
from signcheck.theory import Theory, check

ITERATION = NEWTON_SCHULZ.iteration
(MINORANT, _), (SIZE, _) = NEWTON_SCHULZ.certified
STEPS = len(REFERENCE)
shapes = st.sampled_from([(1, 1), (2, 3), (5, 5), (16, 40), (40, 7)])


def body_of(formula: k.Formula) -> k.Relation:
    while isinstance(formula, k.ForAll):
        formula = formula.body
    assert isinstance(formula, k.Relation)
    return formula


def recursion(s: np.ndarray) -> np.ndarray:
    """The singular values of O that the hypotheses give: normalised, steps, output."""
    x = s / np.linalg.norm(s)
    step = body_of(ITERATION["steps"])
    before = next(a for a in step.rhs.atoms(k.terms.Ap) if a.args[1] == T)
    follow = sp.lambdify(sp.Symbol("y"), step.rhs.xreplace({before: sp.Symbol("y")}))
    for _ in range(STEPS):
        x = follow(x)
    return x


@given(st.integers(0, 10**6), shapes, st.floats(0, 4))
@settings(deadline=None)
def test_singular_values_are_the_link_to_matrices(seed: int, shape: Any, decades: float) -> None:
    """|G|_*, <G, O> and |O|_op from the matrices are what the statement writes as sums."""
    rng = np.random.default_rng(seed)
    left, _, right = np.linalg.svd(rng.normal(size=shape), full_matrices=False)
    s = 10.0 ** rng.uniform(-decades, 0, size=left.shape[1])
    g = (left * s) @ right
    out, o = newton_schulz(g), recursion(s)
    assert MATRIX.norm(g) == pytest.approx(s.sum(), rel=1e-9)
    assert np.vdot(g, out) == pytest.approx(s @ o, rel=1e-9)
    assert MATRIX.dual(out) == pytest.approx(o.max(), rel=1e-9)
    np.testing.assert_allclose(out, (left * o) @ right, atol=1e-9)


def test_the_polynomial_is_that_of_the_routine_in_every_step() -> None:
    assert set(REFERENCE) == {REFERENCE[0]}
    assert len(REFERENCE_SCHEDULE) == STEPS
    z = k.Sym("z")
    coefficients = sp.Poly(polynomial(REFERENCE[0], z), z).all_coeffs()[::-1]
    assert [float(c) for c in coefficients[1::2]] == list(REFERENCE_SCHEDULE[0])
    assert not any(coefficients[::2])
    last = body_of(ITERATION["output"]).lhs
    assert last.args[:2] == (X, STEPS)


def test_coq_encloses_the_very_claims() -> None:
    """The file for coq-interval, by its own subdivision: range, plateau and rise of q."""
    text = enclosures()["enc_T10"]
    gamma, level = NEWTON_SCHULZ.gamma, NEWTON_SCHULZ.minorant.level
    assert f"0 <= q s <= ({gamma.numerator} / {gamma.denominator})." in text
    assert f"({level.numerator} / {level.denominator}) <= q x0." in text
    assert f"{NEWTON_SCHULZ.minorant.slope} * x0 <= q x0." in text


# ---------------------------------------------------------------- falsification


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60).filter(lambda s: max(s) > 1e-6))
@settings(deadline=None)
def test_no_spectrum_beats_the_claims(values: list[float]) -> None:
    s = np.array(values)
    o = recursion(s)
    assert s @ o >= T10.bound.value(r=s.size) * s.sum() * (1 - 1e-12)
    assert np.abs(o).max() <= float(NEWTON_SCHULZ.gamma)


@pytest.mark.parametrize("theory", [T10, T10_RANGE], ids=lambda theory: theory.id)
def test_the_runs_are_matrices_that_meet_the_claim(theory: Theory) -> None:
    assert len(theory.runs) == len(SETTINGS) == 4
    for run in theory.runs:
        low, high = run.sides(theory.statement)
        assert 0.5 * high < low <= high


def test_some_run_and_some_sample_come_close() -> None:
    ratios = [low / high for low, high in (run.sides(T10.statement) for run in T10.runs)]
    assert max(ratios) > 0.97
    spikes = [low / high for low, high in (r.sides(T10_RANGE.statement) for r in T10_RANGE.runs)]
    assert max(spikes) > 0.98
    assert sum(float(s) ** 2 * n for s, n in LOWEST) == pytest.approx(1, abs=1e-3)


# ---------------------------------------------------------------- statement and proof


def test_nothing_is_taken_on_trust_but_one_certified_claim_each() -> None:
    for theory, name in ((T10, MINORANT), (T10_RANGE, SIZE)):
        assert theory.theorem.axioms == frozenset()
        claims = [n for n in theory.statement.hypotheses if n.startswith("certified")]
        assert claims == [name]


def test_the_bound_has_the_one_key_of_the_architecture_and_is_safe() -> None:
    assert list(T10.bound.keys) == ["r"]
    for rank in (1, 2, 16, 128, 768, 4096):
        assert T10.bound.value(r=rank) <= float(alpha(REFERENCE_MINORANT, rank).upper())
    assert T10.bound.value(r=1) == 0.6818


@pytest.mark.parametrize(
    ("theory", "name", "claim"),
    [
        (T10, MINORANT, lambda s, q: k.Le(sp.Min(sp.Rational(7, 10), 450 * s), q)),
        (T10_RANGE, SIZE, lambda _, q: k.Le(sp.Abs(q), sp.Rational(6, 5))),
    ],
)
def test_a_false_claim_in_place_of_the_certified_one_is_refused(theory, name, claim) -> None:
    hypotheses = {**theory.statement.hypotheses, name: NEWTON_SCHULZ.always(claim)}
    wrong = replace(theory.statement, hypotheses=hypotheses)
    with pytest.raises(ProofError, match="certified"):
        check(theory.id, wrong, theory.prove)


@pytest.mark.parametrize(
    ("theory", "dropped"),
    [(t, s.breaks) for t in (T10, T10_RANGE) for s in t.samples() if s.breaks],
    ids=lambda x: getattr(x, "id", x),
)
def test_without_a_hypothesis_the_claim_is_refuted(theory: Theory, dropped: str) -> None:
    mutant = Mutant(f"without {dropped}", theory.statement.without(dropped), dropped)
    assert mutate.refutation(mutant, mutate._members(theory, dropped))


def test_larger_numbers_are_refuted_by_spectra() -> None:
    claim = T10.statement.conclusion
    more = T10.statement.claiming(k.Le(sp.Rational(102, 100) * claim.lhs, claim.rhs))
    assert "five values" in mutate.refutation(Mutant("more", more), mutate._members(T10))
    size = T10_RANGE.statement.conclusion
    less = T10_RANGE.statement.claiming(k.Le(size.lhs, sp.Rational(12023, 10**4)))
    assert "0.00411" in mutate.refutation(Mutant("less", less), mutate._members(T10_RANGE))


def test_samples_are_inside_their_statement() -> None:
    for theory in (T10, T10_RANGE):
        for sample in theory.samples():
            statement = theory.statement.without(sample.breaks or "nothing")
            assert mutate._inside(statement, sample), sample.name
    assert len(step_samples(REFERENCE_MINORANT)) == len(T10.samples()) == 13
    assert len(T10_RANGE.samples()) == 9


def test_t5_is_run_with_what_t10_proves() -> None:
    run = next(run for run in T5.runs if "Newton-Schulz" in run.name)
    method = run.method(0.1)
    assert (method.alpha, method.gamma) == (T10.bound.value(r=2), 1.2024)
    assert run.instance.parameters["rotation"] == experiments_matrix.ROTATION
