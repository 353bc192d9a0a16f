"""Every theorem of the project: proved, exactly as stated, from exactly the expected axioms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hardinstances.catalogue import CATALOGUE
from hardinstances.errors import ProofError
from hardinstances.levels import LEVELS
from proofs.upper.signsgd import T1
from signcheck import kernel as k
from signcheck import registry
from signcheck.kernel.existence import Attained
from signcheck.kernel.terms import is_random
from signcheck.theory import Theory, check

IDS = registry.ids()
# What a proof may assume besides its hypotheses; every theorem that is not listed needs nothing.
NORMAL = ("T3", "T3-sum", "T3-closed", "T7")
MATRICES = (
    *("L0-matrix", "L1-matrix", "L1-matrix-pointwise", "L0-matrix-gap"),
    *("T5", "T5-exact", "T5-newton-schulz", "T5m", "T5m-exact"),
)
AXIOMS = {
    "T2": {"Hoeffding"},
    "T6": {"Hoeffding"},
    **{name: {"trace duality"} for name in MATRICES},
    **{name: {"folded normal"} for name in NORMAL},
}
FIRST_SLICE = {"L0", "L0-gap", "L1", "L1-pointwise", "T1", "T1a", "T1b", "T1c", "T2", "T2b", "T2c"}


def test_the_first_slice_is_installed() -> None:
    assert set(IDS) >= FIRST_SLICE


@pytest.mark.parametrize("name", IDS)
def test_the_theorem_is_the_statement(name: str) -> None:
    theory = registry.load(name)
    thm = theory.theorem
    assert theory.id == name
    assert thm.concl == theory.statement.conclusion
    assert thm.hyps == frozenset(theory.statement.hypotheses.values())
    assert not k.sequent(thm).splits
    assert thm.axioms == AXIOMS.get(name, set())
    assert thm.axioms <= set(k.AXIOMS)


@pytest.mark.parametrize("name", IDS)
def test_a_second_run_proves_the_same(name: str) -> None:
    theory = registry.load(name)
    assert check(name, theory.statement, theory.prove) == theory.theorem


@pytest.mark.parametrize("name", IDS)
def test_the_kind_is_the_form_of_the_conclusion(name: str) -> None:
    theory = registry.load(name)
    conclusion = theory.statement.conclusion
    assert theory.kind in {"lemma", "upper", "lower"}
    # A lower bound states that a problem exists, or what holds on the problem that it spells out.
    assert isinstance(conclusion, (Attained, k.Le) if theory.kind == "lower" else k.Relation)
    if theory.bound is not None:
        # The number of a lemma, T10's alpha say, bounds no stationarity: it may be on either side.
        senses = {"upper": {"upper"}, "lower": {"lower"}, "lemma": {"upper", "lower"}}
        assert theory.bound.sense in senses[theory.kind]
        assert theory.bound.theorem == name
        assert theory.bound.keys
        assert not is_random(conclusion.terms()[-1])


@pytest.mark.parametrize("name", LEVELS)
def test_a_level_names_the_theorem_that_proves_it(name: str) -> None:
    bound = registry.load(LEVELS[name].theorem).bound
    assert bound is not None
    assert LEVELS[name].expr in {variant.level.expr for variant in bound.variants}


def test_every_family_names_a_theorem_that_is_installed() -> None:
    for family in CATALOGUE.values():
        assert family.theorem is None or family.theorem in IDS, family.id


@pytest.mark.parametrize("name", IDS)
def test_every_hypothesis_is_named_once(name: str) -> None:
    hypotheses = registry.load(name).statement.hypotheses
    assert len(set(hypotheses.values())) == len(hypotheses)
    assert all(text and text.strip() == text for text in hypotheses)


def _with(name: str, formula: k.Formula) -> Theory:
    statement = T1.statement
    hypotheses = {**statement.hypotheses, name: formula}
    return replace(T1, statement=replace(statement, hypotheses=hypotheses))


@pytest.mark.parametrize(
    "formula", [k.Lt(0, k.Sym("beta")), k.Le(k.Sym("eta"), 1), k.Le(2, k.Sym("T", "int"))], ids=str
)
def test_a_hypothesis_that_is_never_used_is_an_error(formula: k.Formula) -> None:
    with pytest.raises(ProofError, match="never used") as caught:
        _ = _with("superfluous", formula).theorem
    assert caught.value.step == "hypotheses"
    assert caught.value.residual == str(formula)


def test_a_false_hypothesis_is_an_error_too() -> None:
    with pytest.raises(ProofError):
        _ = _with("contradiction", k.Lt(k.Sym("eta"), 0)).theorem


def test_a_proof_of_something_else_is_refused() -> None:
    other = T1.statement.claiming(k.Le(0, k.Sym("L")))
    with pytest.raises(ProofError, match="another statement") as caught:
        check("T1", other, lambda _: T1.theorem)
    assert caught.value.step == "conclusion"


def test_a_proof_from_more_than_the_statement_is_refused() -> None:
    smaller = T1.statement.without("A0")
    with pytest.raises(ProofError, match="which the statement does not") as caught:
        check("T1", smaller, lambda _: T1.theorem)
    assert caught.value.step == "hypotheses"


def test_a_proof_that_leaves_a_case_open_is_refused() -> None:
    side = k.Le(0, k.Sym("c"))
    with pytest.raises(ProofError, match="case is left open"):
        check("open", T1.statement.claiming(side), lambda _: k.suppose(side))
