"""What has to be trusted is counted, not guessed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import sympy as sp

import signcheck.kernel
from signcheck import kernel as k
from signcheck import registry
from signcheck.kernel import audit
from signcheck.kernel.terms import N1, TRIVIAL, Ex, Grad, Ind, Val

X, W = k.Sym("X", "random"), k.Sym("W", "random")
u, f = k.Sym("u", "rvector"), k.Sym("f", "function")


def test_every_rule_says_what_it_does_in_few_lines() -> None:
    rules = audit.rules()
    assert {rule.name for rule in rules} == set(k.all_rules())
    for rule in rules:
        assert rule.summary, rule.name
        assert 3 <= rule.lines <= 45, rule
        assert rule.module in audit.TRUSTED


def test_the_trusted_modules_are_the_kernel_without_its_watchmen() -> None:
    home = Path(signcheck.kernel.__file__).parent
    modules = {path.stem for path in home.glob("*.py")} - {"__init__"}
    assert modules - set(audit.TRUSTED) <= {"audit", "recheck", "mutate", "samplers"}
    assert set(audit.TRUSTED) <= modules


def test_the_size_of_the_trusted_base() -> None:
    """A proof rests on about 2,400 lines, of which the rules themselves are under a third."""
    lines = audit.trusted_lines()
    rules = sum(rule.lines for rule in audit.rules())
    assert sum(lines.values()) <= 2400
    assert rules <= 800
    assert rules < sum(lines.values())


def test_lines_are_counted_without_words() -> None:
    source = '''
"""Module."""

import os  # a comment


def f(x):
    """Two
    lines."""
    # a comment

    return [
        x,
        os.sep,
    ]
'''
    assert audit.code_lines(source) == 6
    assert audit.code_lines("x = '''a\nb'''\n") == 2


def test_axioms_are_named_and_have_a_reference() -> None:
    assert set(k.AXIOMS) == {"Hoeffding", "trace duality", "folded normal"}
    for axiom in k.AXIOMS.values():
        assert axiom.statement
        assert axiom.reference


@pytest.mark.parametrize("theorem_id", registry.ids())
def test_the_audit_of_a_theorem(theorem_id: str) -> None:
    thm = registry.load(theorem_id).theorem
    found = audit.audit(thm)
    assert found.steps == sum(found.rules.values()) > 0
    assert {axiom.name for axiom in found.axioms} == thm.axioms
    assert found.rechecked > 0
    assert set(found.rules) <= set(k.all_rules())


def test_a_theorem_of_one_step() -> None:
    found = audit.audit(k.sign_fact(k.Le(0, sp.Integer(1))))
    assert found == audit.Audit(1, {"sign_fact": 1}, (), 0, ())


@pytest.mark.parametrize(
    ("term", "degree"),
    [
        (k.Sym("c"), 0),
        (sp.sign(X), 0),
        (Ind(X), 0),
        (X, 1),
        (sp.Abs(X - W), 1),
        (X * W, 2),
        ((X - 1) ** 2, 2),
        (X**2 * W, 3),
        (N1(u) * X, 2),
        (Ex(X, k.Sym("F", "sigma")), 1),
        (sp.sign(X) * X, 1),
        (sp.exp(sp.sign(X)), 0),
        (sp.exp(X), sp.oo),
        (1 / X, sp.oo),
        (Val(f, u), sp.oo),
        (N1(Grad(f, u)), sp.oo),
    ],
)
def test_growth(term: sp.Expr, degree: float) -> None:
    assert audit.growth(term) == degree


def test_expectations_that_are_assumed_to_exist_are_listed() -> None:
    fine = k.expect_mono(k.sign_fact(k.Le(0, X**2)), TRIVIAL)
    assert audit.integrands(fine) == ()
    heavy = k.expect_mono(k.sign_fact(k.Le(0, X**4)), TRIVIAL)
    assert audit.integrands(heavy) == (X**4,)
    listed = audit.integrands(registry.load("T1").theorem)
    assert any(body.has(Val) for body in listed)
    assert audit.integrands(registry.load("L1").theorem) == ()


def _called(tree: ast.AST) -> set[str]:
    """Names n in calls ``k.n(...)``."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        f.attr
        for f in calls
        if isinstance(f, ast.Attribute) and isinstance(f.value, ast.Name) and f.value.id == "k"
    }


def test_every_rule_is_used_and_abused_in_these_tests() -> None:
    used: set[str] = set()
    abused: set[str] = set()
    for path in Path(__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used |= _called(tree)
        blocks = (node for node in ast.walk(tree) if isinstance(node, ast.With))
        for block in blocks:
            if any("raises" in ast.dump(item) for item in block.items):
                abused |= _called(block)
    rules = set(k.all_rules())
    assert not rules - used
    assert not rules - abused
