"""Second opinions: solvers confirm true leaves, contradict false ones, and say when they do not."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import ProofError, SolverError
from signcheck import kernel as k
from signcheck import opinions, registry
from signcheck.kernel.terms import N1, Big, Ex, Sym
from signcheck.opinions import asking, solvers
from signcheck.opinions.leaves import Fact, Leaf
from signcheck.opinions.smt import Encoder

X, Y, A = Sym("x"), Sym("y"), Sym("a")
U = Sym("u", "vector")
Z = Sym("z", "random")
F = Sym("F", "sigma")
I, N, T = Sym("i", "int"), Sym("n", "int"), Sym("T", "int")
W = Sym("w", "fam:real")
ZERO = sp.Integer(0)
ONE = sp.Integer(1)


def leaf(goal: k.Relation, *premises: k.Formula, context: tuple[k.Formula, ...] = ()) -> Leaf:
    return Leaf(goal, frozenset(map(Fact, premises)), frozenset(map(Fact, context)))


TRUE = {
    "chain": leaf(k.Le(X, A), k.Le(X, Y), k.Le(Y, A)),
    "strict": leaf(k.Lt(X, A), k.Lt(X, Y), k.Le(Y, A)),
    "square": leaf(k.Le(2 * X * Y, X**2 + Y**2)),
    "quotient": leaf(k.Le(X / Y, A), k.Le(X, A * Y), k.Lt(ZERO, Y)),
    "root": leaf(k.Eq(sp.sqrt(X) * sp.sqrt(X + Y) * sp.sqrt(X), X * sp.sqrt(X + Y)), k.Le(ZERO, X),
                 k.Le(ZERO, Y)),
    "mean of roots": leaf(k.Le(2 * sp.sqrt(X) * sp.sqrt(Y), X + Y), k.Le(ZERO, X), k.Le(ZERO, Y)),
    "negative power": leaf(k.Le(ZERO, X ** sp.Rational(-3, 2)), k.Lt(ZERO, X)),
    "symbolic power": leaf(k.Eq(A ** (T + 1) / A**T, A), k.Lt(ZERO, A)),
    "absolute value": leaf(k.Le(sp.Abs(X), Y), k.Le(X, Y), k.Le(-Y, X)),
    "sign": leaf(k.Eq(X * sp.sign(X), sp.Abs(X))),
    "smaller": leaf(k.Le(sp.Min(X, Y), (X + Y) / 2)),
    "norm": leaf(k.Le(-N1(U), X), k.Le(ZERO, X)),
    "logarithm": leaf(k.Lt(ZERO, sp.log(X) * Y), k.Lt(ONE, X), k.Lt(ZERO, Y)),
    "sum": leaf(
        k.Le(ZERO, Big(W(I), I, ZERO, N) / Y),
        k.Lt(ZERO, Y),
        k.ForAll(T, (k.Le(ZERO, T), k.Lt(T, N)), k.Le(ZERO, W(T))),
    ),
    "mean": leaf(k.Le(ZERO, Ex(Z**2, F))),
    "context": leaf(k.Eq(Y, A * X), k.Eq(A, Y / X), context=(k.Lt(ZERO, X),)),
    "vectors": leaf(k.Eq(U, A * U + (1 - A) * U)),
}  # fmt: skip

FALSE = {
    "reversed": leaf(k.Le(A, X), k.Le(X, Y), k.Le(Y, A)),
    "not strict": leaf(k.Lt(X, A), k.Le(X, Y), k.Le(Y, A)),
    "one premise short": leaf(k.Le(X, A), k.Le(Y, A)),
    "constant": leaf(k.Le(sp.Rational(201, 100) * X * Y, X**2 + Y**2)),
    "division by what may be zero": leaf(k.Eq(Y, A * X), k.Eq(A, Y / X)),
    "division by what may be negative": leaf(k.Le(X / Y, A), k.Le(X, A * Y)),
    "root of what may be negative": leaf(k.Le(ZERO, sp.sqrt(X))),
    "root of the square": leaf(k.Eq(sp.sqrt(X**2), X)),
    "power of what may be negative": leaf(k.Le(ZERO, A**T)),
    "logarithm below one": leaf(k.Lt(ZERO, sp.log(X)), k.Lt(ZERO, X)),
    "sum of unknown signs": leaf(k.Le(ZERO, Big(W(I), I, ZERO, N))),
    "sum of few": leaf(
        k.Le(ZERO, Big(W(I), I, ZERO, N)),
        k.ForAll(T, (k.Le(ZERO, T), k.Lt(T, N - 1)), k.Le(ZERO, W(T))),
    ),
    "namesake": leaf(k.Le(ZERO, Big(I * ONE - 3, I, ZERO, N)), k.Le(sp.Integer(3), I)),
    "inside a mean": Leaf(
        k.Le(ZERO, Ex(Z, F)), frozenset({Fact(k.Le(ZERO, Z), sure=False)}), frozenset()
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_is_confirmed_and_its_mutant_is_not(name: str) -> None:
    found = opinions.judge(TRUE[name])
    assert (found.verdict, found.by, found.facts) == ("agrees", "z3", "satisfiable")
    assert found.mutant


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_contradicted_by_numbers(name: str) -> None:
    with pytest.raises(ProofError, match="does not confirm") as error:
        opinions.judge(FALSE[name])
    assert " = " in error.value.residual


def test_contradictory_hypotheses_are_named() -> None:
    found = opinions.judge(leaf(k.Lt(ONE, ZERO), k.Lt(X, Y), k.Lt(Y, X)))
    assert (found.verdict, found.facts, found.mutant) == ("agrees", "contradictory", "")


def test_an_export_that_loses_the_question_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_mutants", lambda _: iter([("same", k.Le, "{0}", "{0}")]))
    with pytest.raises(ProofError, match="proves every mutant"):
        opinions.judge(TRUE["chain"])


def _silent(script: str, solver: str) -> solvers.Answer:
    return solvers.Answer("unknown", solver, 2.0, {})


def test_no_answer_is_no_opinion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ask", _silent)
    found = opinions.judge(TRUE["chain"])
    assert (found.verdict, found.by, found.mutant) == ("none", "", "")
    assert found.seconds >= 2.0
    row = opinions.Row("", "certificate", TRUE["chain"], ("kernel",), found)
    counted = opinions.summary([row, row])
    assert (counted.leaves, counted.agreed, counted.no_opinion) == (1, 0, 1)
    assert counted.two_checkers == 0


def test_cvc5_is_asked_where_z3_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(script: str, solver: str) -> solvers.Answer:
        asked.append(solver)
        verdict = "unknown" if solver == "z3" else "unsat"
        return solvers.Answer(verdict, solver, 0.0, {})

    monkeypatch.setattr(asking, "ask", ask)
    monkeypatch.setattr(asking, "available", lambda: ("z3", "cvc5"))
    found = opinions.judge(TRUE["chain"])
    assert (found.verdict, found.by) == ("agrees", "cvc5")
    assert asked[:4] == ["z3", "z3", "z3", "cvc5"]


@pytest.mark.parametrize("solver", solvers.available())
def test_every_solver_tells_true_from_false(solver: str) -> None:
    declared = "(declare-const x Real)(assert (> (* x x) 2.0))"
    assert solvers.ask(declared, solver).verdict == "sat"
    assert solvers.ask(f"{declared}(assert (< (* x x) 1.0))", solver).verdict == "unsat"
    with pytest.raises(SolverError, match=f"{solver} cannot read"):
        solvers.ask("(assert (> missing 0.0))", solver)


def test_a_slow_solver_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solvers, "TIMEOUT_MS", -900)
    monkeypatch.setattr(solvers, "_CVC5", "import time; time.sleep(60)")
    found = solvers.ask("(declare-const slow Real)", "cvc5")
    assert found.verdict == "unknown"
    assert found.seconds < 10


# ---------------------------------------------------------------- the export is faithful

NUMBERS = st.fractions(min_value="1/9", max_value=9, max_denominator=9).map(
    lambda q: sp.Rational(q.numerator, q.denominator)
)


def terms() -> st.SearchStrategy[sp.Expr]:
    atoms = st.one_of(st.sampled_from([X, Y, A]), NUMBERS)
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.builds(lambda a, b: a + b, inner, inner),
            st.builds(lambda a, b: a * b, inner, inner),
            st.builds(lambda a, b: a - b, inner, inner),
            st.builds(lambda a, n: a**n, inner, st.integers(2, 3)),
            st.builds(lambda a: 1 / (1 + a**2), inner),
            st.builds(sp.Abs, inner),
            st.builds(sp.sign, inner),
            st.builds(sp.Max, inner, inner),
            st.builds(sp.Min, inner, inner),
        ),
        max_leaves=6,
    )


@given(term=terms(), values=st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_what_is_exported_has_the_value_of_the_term(
    term: sp.Expr, values: tuple[sp.Rational, ...]
) -> None:
    point = dict(zip((X, Y, A), values, strict=True))
    encoder = Encoder(full=True)
    given_point = [encoder.formula(k.Eq(s, v)) for s, v in point.items()]
    value = term.subs(point)
    assert value.is_Rational
    goal = encoder.term(term)
    for claim, verdict in ((value, "unsat"), (value + sp.Rational(1, 7), "sat")):
        text = f"(distinct {goal} {encoder.term(claim)})"
        assert solvers.ask(encoder.script([*given_point, text]), "z3").verdict == verdict


# ---------------------------------------------------------------- the theorems

QUICK = ["L0-tent", "L1", "T1", "T2b"]


def _agreed(theorem_id: str) -> list[opinions.Row]:
    rows = opinions.table(theorem_id)
    for row in rows:
        assert row.opinion.verdict == "agrees", row
        assert len(row.checkers) >= 2
        assert row.opinion.mutant or row.opinion.facts == "contradictory", row
        assert row.checkers[0] == "kernel"
        assert ("FLINT" in row.checkers) == (row.rule != "sign_fact")
    return rows


@pytest.mark.parametrize("theorem_id", QUICK)
def test_every_leaf_has_two_checkers(theorem_id: str) -> None:
    rows = _agreed(theorem_id)
    counted = opinions.summary(rows)
    assert counted.leaves == counted.agreed == counted.two_checkers == len(rows) > 10


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("theorem_id", [i for i in registry.ids() if i not in QUICK])
def test_every_leaf_of_every_theorem_has_two_checkers(theorem_id: str) -> None:
    assert _agreed(theorem_id)


def test_contradictory_leaves_are_cases_that_cannot_occur() -> None:
    """A leaf without a model of its hypotheses says that something false follows."""
    rows = [r for r in opinions.table("T2c") if r.opinion.facts == "contradictory"]
    assert rows
    for row in rows:
        low, high = row.leaf.goal.terms()
        assert low.is_Rational
        assert high.is_Rational


def test_leaves_hold_no_certificate() -> None:
    theorem = registry.load("T1").theorem
    for step, leaf_ in opinions.leaves([theorem]):
        stated = {k.sequent(p).concl for p in k.sequent(step).premises}
        assert {fact.formula for fact in leaf_.premises} == stated


def test_without_a_premise_the_leaves_of_t1_fall() -> None:
    """What the certificates combine is needed, unless it is what |x| or sign(x) means."""
    fallen = 0
    for step, found in opinions.leaves([registry.load("T1").theorem]):
        content = k.sequent(step)
        if content.rule != "certificate" or len(content.detail["multipliers"]) < 2:
            continue
        dropped = k.sequent(content.premises[0]).concl
        if any(term.has(sp.Abs, sp.sign) for term in dropped.terms()):
            continue
        rest = frozenset(f for f in found.premises if f.formula != dropped)
        with pytest.raises(ProofError):
            opinions.judge(Leaf(found.goal, rest, frozenset()))
        fallen += 1
    assert fallen > 10
