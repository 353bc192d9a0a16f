"""A theory is what it claims: the proof ends there, rests on what is stated, on all of it."""

from __future__ import annotations

import pytest
import sympy as sp

from hardinstances.errors import ProofError
from signcheck import kernel as k
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory, check

ZERO, ONE = sp.Integer(0), sp.Integer(1)
x, y, z = (k.Sym(name) for name in "xyz")
STATEMENT = Statement(
    hypotheses={"x <= y": k.Le(x, y), "y <= z": k.Le(y, z)}, conclusion=k.Le(x, z)
)


def prove(statement: Statement) -> k.Theorem:
    p, (low, high) = statement.proof("x <= y", "y <= z")
    return p.linear(statement.conclusion, low, high, label="sum")


def theory(statement: Statement = STATEMENT, proof=prove) -> Theory:
    return Theory("X", "transitivity", "lemma", statement, proof)


def test_a_theory_proves_its_statement() -> None:
    thm = theory().theorem
    assert thm.concl == STATEMENT.conclusion
    assert thm.hyps == set(STATEMENT.hypotheses.values())


def test_a_changed_conclusion_breaks_the_named_step() -> None:
    with pytest.raises(ProofError, match="sum") as caught:
        _ = theory(STATEMENT.claiming(k.Le(x, z - 1))).theorem
    assert caught.value.step == "sum"
    assert caught.value.counterexample is not None


def test_a_dropped_hypothesis_is_missed() -> None:
    for name in STATEMENT.hypotheses:
        with pytest.raises(ProofError) as caught:
            _ = theory(STATEMENT.without(name)).theorem
        assert caught.value.step == f"hypothesis {name}"
    with pytest.raises(ProofError, match="which the statement does not have"):
        STATEMENT.without("y <= z").proof("y <= z")


def test_another_conclusion_than_the_claimed_one() -> None:
    with pytest.raises(ProofError, match="ends in another statement"):
        check("X", STATEMENT, lambda _: k.assume(k.Le(x, y)))


def test_a_hypothesis_that_the_statement_does_not_have() -> None:
    def cheat(statement: Statement) -> k.Theorem:
        return k.assume(statement.conclusion)

    with pytest.raises(ProofError, match="the proof assumes"):
        check("X", STATEMENT, cheat)


def test_a_hypothesis_that_is_never_used() -> None:
    idle = Statement({**STATEMENT.hypotheses, "z >= 0": k.Le(ZERO, z)}, STATEMENT.conclusion)
    with pytest.raises(ProofError, match="is never used"):
        check("X", idle, prove)


def test_a_case_that_is_left_open() -> None:
    def half(statement: Statement) -> k.Theorem:
        thm = prove(statement)
        return k.certificate(thm.concl, [(1, thm), (0, k.suppose(k.Le(x, ZERO)))])

    with pytest.raises(ProofError, match="a case is left open"):
        check("X", STATEMENT, half)


def test_facts_that_a_later_hypothesis_needs_are_prepared() -> None:
    late = k.Le(sp.sqrt(x - y), z)

    def above(p: Proof) -> list[k.Theorem]:
        return [p.linear(k.Le(ZERO, x - y), p.facts[0])]

    hypotheses = {"y <= x": k.Le(2 * y, 2 * x), "root": late}
    with pytest.raises(ProofError, match="needs a base"):
        Statement(hypotheses, late).proof()
    p, (root,) = Statement(hypotheses, late, prepare=above).proof("root")
    assert root.concl == late
    assert k.Le(2 * y, 2 * x) in root.hyps
    assert len(p.facts) == 3


def test_a_proof_is_run_once() -> None:
    runs = []

    def counted(statement: Statement) -> k.Theorem:
        runs.append(statement)
        return prove(statement)

    once = theory(proof=counted)
    assert once.theorem is once.theorem
    assert len(runs) == 1
