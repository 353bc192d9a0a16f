"""What a skeleton may take on trust: a sign by form, a claim of the same method and class."""

import re

import pytest

from signcheck import registry
from signcheck.export.coq import SKELETONS, coq_file
from signcheck.export.coq_atoms import Atoms
from signcheck.export.coq_prelude import FILE_NAME
from signcheck.kernel import Eq, ForAll, Le, Sym
from tests.helpers.coq import check

I, N, X = Sym("i", "int"), Sym("n", "int"), Sym("x")


def test_the_variable_of_a_for_all_is_not_the_fixed_number_of_its_name():
    atoms = Atoms(frozenset({N, X}))
    half, body = "((1 / 2) * (IZR n", Eq(X ** (N / 2), 1)
    assert atoms.real(X ** (N / 2)) == f"(Rpower x {half})))"
    text = atoms.formula(ForAll(N, (Le(0, N),), body))
    assert text == f"forall n_1 : Z, (0 <= (IZR n_1)) -> ((Rpower x {half}_1))) = 1)"
    assert atoms.formula(ForAll(I, (), Eq(X ** (I / 2), 1))).startswith("forall i : Z, ((Rpower")


def test_a_sign_that_holds_in_one_case_is_not_assumed_in_all():
    text = coq_file(registry.load("T6c")).text
    assert re.search(r"\n  \(0 < \(atom\d+ t\)\) ->", text)  # the case
    assert "Hypothesis by_form" not in text


@pytest.mark.parametrize("theorem_id", sorted(SKELETONS & {"T6", "T6b", "T6c", "T7"}))
def test_the_claim_for_matrices_is_not_the_claim_for_vectors(theorem_id):
    text = coq_file(registry.load(theorem_id)).text
    claims = re.findall(r"Variable (attained_\w+) : [R> -]+Prop\.  \(\* (.*) \*\)", text)
    names = [name for name, _ in claims]
    assert len(names) == len(set(names)) == 2
    assert ["over matrices" in what for _, what in claims].count(True) == 1
    (before, after) = re.search(r"Hypothesis by_embed_1 : \((\w+) .*\) ->\n +(\w+) ", text).groups()
    assert {before, after} == set(names)
    assert re.search(rf"Theorem theorem : {after} ", text)


def test_a_draw_is_another_one_where_its_law_is_another_one():
    text = coq_file(registry.load("T2")).text
    laws = re.findall(
        r"Hypothesis by_expect_finite_\d+ : forall (.*?),\n(.*?)\.\n", text, re.DOTALL
    )
    drawn = [(names, claim) for names, claim in laws if "(z_ : R)" in names]
    assert drawn  # the mean and the variance of a call at the point z of coordinate i
    for names, claim in drawn:
        assert names == "(i : Z) (z_ : R)"
        assert re.search(r"\(atom\d+ (.* )?i z_\) = ", claim)


def test_a_sequence_is_one_for_each_value_of_the_numbers_in_it(monkeypatch):
    monkeypatch.setattr("signcheck.export.coq.SKELETONS", frozenset({"T3-sum"}))
    file = coq_file(registry.load("T3-sum"))
    assert "recursion" not in file.trusted
    assert re.search(r"Definition atom\d+ \(t : Z\) \(l : R\) : R :=", file.text)


GOALS = {
    "exp": (
        "x + -1 * ln (/ 2) <= x + IZR n -> 2 * exp x <= exp (x + IZR n)",
        "intro H; by_monotone H.",
    ),
    "floor": ("exists m, IZR m <= x", "destruct (floor_exists x) as [m [H _]]; exists m; lra."),
    "product": (
        "(forall i, 0 <= IZR i -> IZR i < IZR n -> f i = 3) -> bigprod f 0 n = Rpower 3 (IZR n)",
        "intro F; equal_factors F.",
    ),
    "step": ("bigprod f 0 (1 + n)%Z = f n * bigprod f 0 n", "product_step."),
    "sum": (
        "bigsum (fun i => x * f i + 2 * 1) 0 n = x * bigsum f 0 n + 2 * bigsum (fun _ => 1) 0 n",
        "linear_sum.",
    ),
    "root": ("Rpower (/ Rpower 2 (/ IZR n)) (IZR n) = 1 / 2", "root_power."),
    "sign": ("sgn (-1 * x) = -1 * sgn x", "equal."),
    "index": ("f (1 + (-1 + n))%Z + 1 = 1 + f n", "equal."),
}
WRONG = {
    "exp": ("2 * exp", "3 * exp"),
    "floor": ("IZR m <= x", "IZR m + 1 <= x"),
    "product": ("Rpower 3", "Rpower 4"),
    "step": ("= f n", "= f 0%Z"),
    "sum": ("2 * bigsum", "3 * bigsum"),
    "root": ("1 / 2", "1 / 3"),
    "sign": ("= -1 *", "= "),
    "index": ("(-1 + n)", "(-2 + n)"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("prelude")


@pytest.mark.coq
@pytest.mark.parametrize("name", GOALS)
def test_a_tactic_proves_its_goal_and_refuses_another_constant(folder, name):
    head = f"Require Import {FILE_NAME}.\nFrom Coq Require Import Reals Lra Lia ZArith.\n"
    goal, proof = GOALS[name]
    before, after = WRONG[name]
    assert before in goal
    for claim, holds in ((goal, True), (goal.replace(before, after), False)):
        start = f"Lemma goal (x : R) (n : Z) (f : Z -> R) : 1 <= IZR n -> {claim}."
        lemma = f"{start}\nProof.\n  intro Least. {proof}\nQed.\n"
        assert check(folder, f"{head}Open Scope R_scope.\n{lemma}") == holds
