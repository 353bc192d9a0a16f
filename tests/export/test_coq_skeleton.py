"""What a skeleton may take on trust: a sign by form, a claim of the same method and class."""

import re

import pytest

from signcheck import registry
from signcheck.export.coq import SKELETONS, coq_file
from signcheck.export.coq_atoms import Atoms
from signcheck.kernel import Eq, ForAll, Le, Sym

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
