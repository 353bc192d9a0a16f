"""The mutation suite: it kills what is false, and it can see what is merely not stated."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
import sympy as sp

from hardinstances.errors import InputError
from proofs.upper.signsgd import T1
from signcheck import kernel as k
from signcheck import mutate, registry
from signcheck.intervals import enclose
from signcheck.mutate import Mutant, mutants, nudged
from signcheck.proof import Proof
from signcheck.theory import Sample, Statement, Theory

IDS = registry.ids()
ETA, L = k.Sym("eta"), k.Sym("L")
NEARLY = sp.Rational(1, 10**15)


@cache
def report(name: str) -> mutate.Report:
    """Each report once a worker: T2's takes a few seconds."""
    return mutate.report(registry.load(name))


# ---------------------------------------------------------------- the theorems of the project


@pytest.mark.parametrize("name", IDS)
def test_every_mutant_dies(name: str) -> None:
    deaths = report(name).deaths
    assert not report(name).survived
    assert {d.outcome for d in deaths} <= {"refuted", "unproved"}
    assert len(report(name).refuted) + len(report(name).unproved) == len(deaths)
    assert report(name).refuted


@pytest.mark.parametrize("name", IDS)
def test_every_hypothesis_is_dropped_once(name: str) -> None:
    dropped = {d.name for d in report(name).deaths if d.name.startswith("without ")}
    assert dropped == {f"without {h}" for h in registry.load(name).statement.hypotheses}


@pytest.mark.parametrize("name", IDS)
def test_a_death_says_how(name: str) -> None:
    members = {sample.name for sample in registry.load(name).samples()}
    for death in report(name).deaths:
        if death.outcome == "refuted":
            assert any(death.by.startswith(f"{member}: ") for member in members), death
            assert " exceeds " in death.by
        else:
            assert death.by.startswith("step "), death
            assert " fails" in death.by


@pytest.mark.parametrize("name", ["T1", "T2b", "T2c"])
def test_where_a_theorem_is_tight_its_coefficients_are_refuted(name: str) -> None:
    coefficients = [d for d in report(name).deaths if " * " in d.name or " -> " in d.name]
    assert len(coefficients) >= 6
    assert {d.outcome for d in coefficients} == {"refuted"}


def test_long_ramps_refute_the_terms_that_t1m_shares_with_t1() -> None:
    ends = {d.name: d.outcome for d in report("T1m").deaths}
    for term in ("Delta/(T*eta)", "L*eta/2"):
        assert ends[f"right: {term} * 49/50"] == "refuted"


def test_t3u_refutes_every_constant_of_the_ramps() -> None:
    constants = [d for d in report("T3-ramps").deaths if not d.name.startswith("without ")]
    assert len(constants) >= 10
    assert {d.outcome for d in constants} == {"refuted"}
    assert any("(T3u)" in d.by for d in constants)


@pytest.mark.parametrize("name", ["T8-A1", "T8-A1-sharp", "T8-flat-A1"])
def test_samples_far_out_refute_a_moved_power_whatever_the_constant(name: str) -> None:
    powers = [d for d in report(name).deaths if ")**" in d.name]
    assert len(powers) >= 4
    assert {d.outcome for d in powers} == {"refuted"}


def test_t1_is_refuted_at_a_batch_of_one_wherever_the_batch_is_not_the_mutant() -> None:
    for death in report("T1").deaths:
        if " * " in death.name:
            assert "B=1:" in death.by, death


# ---------------------------------------------------------------- members and mutants are honest


@pytest.mark.parametrize("name", IDS)
def test_no_member_refutes_the_theorem_itself(name: str) -> None:
    theory = registry.load(name)
    members = mutate._members(theory)
    assert members
    assert mutate.refutation(Mutant("itself", theory.statement), members) is None


@pytest.mark.parametrize("name", IDS)
def test_members_satisfy_the_relations_among_the_hypotheses(name: str) -> None:
    theory = registry.load(name)
    for member in mutate._members(theory):
        values = member.sample.values
        for label, formula in theory.statement.hypotheses.items():
            if not isinstance(formula, k.Relation):
                continue
            try:
                gap = enclose(formula.rhs - formula.lhs, values)
            except InputError:
                continue  # about the function or the run, not about numbers
            broken = not gap.contains(0) if isinstance(formula, k.Eq) else gap < 0
            assert not broken, (member.sample.name, label)


@pytest.mark.parametrize("name", IDS)
def test_a_sample_outside_the_statement_names_the_hypothesis_that_it_breaks(name: str) -> None:
    theory = registry.load(name)
    for sample in theory.samples():
        assert sample.breaks in {"", *theory.statement.hypotheses}
        assert sample.name


@pytest.mark.parametrize("name", IDS)
def test_mutants_ask_for_more(name: str) -> None:
    """No mutant is the theorem, or weaker at every member."""
    theory = registry.load(name)
    claims = [theory.statement.conclusion]
    for mutant in mutants(theory):
        assert mutant.statement != theory.statement
        if mutant.dropped:
            assert mutant.statement.conclusion == theory.statement.conclusion
            assert mutant.dropped not in mutant.statement.hypotheses
        else:
            assert dict(mutant.statement.hypotheses) == dict(theory.statement.hypotheses)
            claims.append(mutant.statement.conclusion)
    assert len(set(map(str, claims))) == len(claims) > 1


def test_every_constant_and_exponent_is_nudged_both_ways() -> None:
    a, b, n = k.Sym("a"), k.Sym("b"), k.Sym("n", "int")
    variants = {str(term) for _, term in nudged(3 * a**2 / sp.sqrt(n) + b)}
    wanted = {
        sp.Rational(51, 50) * 3 * a**2 / sp.sqrt(n) + b,
        sp.Rational(49, 50) * 3 * a**2 / sp.sqrt(n) + b,
        3 * a ** sp.Rational(51, 25) / sp.sqrt(n) + b,
        3 * a ** sp.Rational(49, 25) / sp.sqrt(n) + b,
        3 * a**2 * n ** sp.Rational(-51, 100) + b,
        3 * a**2 * n ** sp.Rational(-49, 100) + b,
        3 * a**2 / sp.sqrt(n) + sp.Rational(51, 50) * b,
        3 * a**2 / sp.sqrt(n) + b ** sp.Rational(49, 50),
    }
    assert {str(term) for term in wanted} <= variants
    assert str(3 * a**2 / sp.sqrt(n) + b) not in variants


# ---------------------------------------------------------------- planted theories


def _from_t1(statement: Statement) -> k.Theorem:
    """Whatever follows from T1 with a non-negative multiple of L eta added."""
    p = statement.proof()[0]
    assert isinstance(statement.conclusion, k.Relation)
    return p.linear(statement.conclusion, T1.theorem, slack=[L * ETA], label="from T1")


def _planted(share: sp.Rational) -> Theory:
    conclusion = T1.statement.conclusion
    assert isinstance(conclusion, k.Le)
    right = conclusion.rhs - L * ETA / 2 + share * L * ETA
    weak = T1.statement.claiming(k.Le(conclusion.lhs, right))
    return replace(T1, id="weak-T1", statement=weak, prove=_from_t1)


def test_slack_is_reported_as_survived() -> None:
    """With 0.6 in place of 1/2 the theorem is true and proved, and 2 % less is so, too."""
    theory = _planted(sp.Rational(3, 5))
    assert theory.theorem.concl == theory.statement.conclusion
    found = mutate.report(theory)
    assert "right: 3*L*eta/5 * 49/50" in found.survived
    slack = {d.name: d for d in found.deaths if d.outcome == "survived"}
    assert all("L*eta" in name for name in slack)
    assert set(found.survived) == set(slack)
    assert not set(found.survived) & (set(found.refuted) | set(found.unproved))


def test_without_slack_nothing_of_the_plant_survives() -> None:
    found = mutate.report(_planted(sp.Rational(1, 2)))
    assert not found.survived
    assert found.refuted


def test_slack_that_the_theory_explains_keeps_its_explanation() -> None:
    theory = replace(_planted(sp.Rational(3, 5)), notes={"less": "0.6 is what the lecture has."})
    less = Mutant("less", _planted(sp.Rational(29, 50)).statement)
    death = mutate.kill(theory, less, mutate._members(theory))
    assert (death.outcome, death.by) == ("survived", "0.6 is what the lecture has.")


def test_a_hypothesis_that_the_proof_does_not_need_survives_its_removal() -> None:
    statement = T1.statement
    more = {**statement.hypotheses, "eta <= 1": k.Le(ETA, 1)}
    theory = replace(T1, statement=replace(statement, hypotheses=more))
    mutant = Mutant("without eta <= 1", theory.statement.without("eta <= 1"), dropped="eta <= 1")
    assert mutant in list(mutants(theory))
    assert mutate.kill(theory, mutant, mutate._members(theory)).outcome == "survived"


def test_a_derivation_that_breaks_down_kills_nothing() -> None:
    def broken(_statement: Statement) -> k.Theorem:
        raise ZeroDivisionError("division by zero")

    theory = replace(T1, prove=broken, samples=list)
    found = mutate.report(theory)
    assert {d.outcome for d in found.deaths} == {"crashed"}
    assert len(found.survived) == len(found.deaths) > 0
    assert all("ZeroDivisionError" in d.by for d in found.deaths)


def test_a_member_just_inside_the_theorem_refutes_and_one_far_inside_does_not() -> None:
    """The refutation is arithmetic: the share of the bound that the member reaches decides."""
    x, bound = k.Sym("x"), k.Sym("bound")
    statement = Statement(hypotheses={}, conclusion=k.Le(x, bound))

    def fate(reached: sp.Rational) -> str:
        sample = Sample("a number", {x: reached, bound: sp.Integer(1)})
        theory = Theory("N", "x <= bound", "lemma", statement, k_fails, samples=lambda: [sample])
        deaths = {d.name: d for d in mutate.report(theory).deaths}
        return deaths["right: bound * 49/50"].outcome

    assert fate(sp.Rational(49, 50) + NEARLY) == "refuted"
    assert fate(sp.Rational(49, 50) - NEARLY) == "unproved"


def k_fails(statement: Statement) -> k.Theorem:
    """No proof of anything."""
    assert isinstance(statement.conclusion, k.Relation)
    return Proof().linear(statement.conclusion)
