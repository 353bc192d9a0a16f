"""The tactics that prove a rule in Coq refuse the rule's claim once one constant is changed."""

import re

import pytest

from signcheck import registry
from signcheck.export.coq import coq_file
from tests.helpers.coq import check

WRONG = [
    ("T2-kappa", "(0 <= (((-1) * (ln (1 + y))) + y))", "(0 <= (((-1) * (ln (1 + y))) + y / 2))"),
    ("T2-kappa", "(ln 2)", "(ln 3)"),
    ("T4-single", "(333 / 106)", "(22 / 7)"),
    ("T4-single", "(355 / 113)", "(333 / 106)"),
    ("T3-rate", "(16 *", "(17 *"),
    ("T4-even", "(0)%Z ((1)%Z + m)%Z", "(0)%Z ((2)%Z + m)%Z"),
]


@pytest.mark.coq
@pytest.mark.parametrize(("theorem_id", "right", "wrong"), WRONG)
def test_a_step_that_a_tactic_proves_is_refused_with_another_constant(
    tmp_path, theorem_id, right, wrong
):
    text = coq_file(registry.load(theorem_id)).text
    assert right in text
    assert check(tmp_path, text)
    assert not check(tmp_path, text.replace(right, wrong))


@pytest.mark.parametrize("theorem_id", ["T4-single", "T4-odd", "T3-rate"])
def test_pi_is_the_number_of_coq_and_no_variable(theorem_id):
    text = coq_file(registry.load(theorem_id)).text
    assert "PI" in text
    assert "is pi" not in text
    assert "pi_bound_1" not in text


def test_the_numbers_of_an_example_give_its_powers_their_value():
    text = coq_file(registry.load("T2-rate")).text
    example = text[text.index("Example satisfiable") :]
    assert "(Rpower 2 (/ y" in example
    assert "2**" not in text[text.index("(* y0 is") :]


def test_a_sequence_that_a_proof_defines_is_a_definition_and_no_variable():
    file = coq_file(registry.load("T1m"))
    assert "recursion" not in file.trusted
    defined = re.findall(r"^Definition (\w+) .*:=\n  along ", file.text, re.MULTILINE)
    assert len(defined) == 3  # the drift, the noise and the extra terms
    assert not set(defined) & set(re.findall(r"Variable (\w+) :", file.text))


@pytest.mark.coq
@pytest.mark.parametrize(
    ("theorem_id", "before", "right", "wrong"),
    [
        ("T1m", r"Lemma defined_\d+ : forall t ", "beta)))", "(2 * beta))))"),
        ("L1", r"\(\* vanishing.*\nLemma \w+ : ", "<= s.", "<= (s / 2)."),
    ],
)
def test_a_definition_or_a_limit_is_refused_with_another_constant(
    tmp_path, theorem_id, before, right, wrong
):
    text = coq_file(registry.load(theorem_id)).text
    start = re.search(before, text).end()
    place = text.index(right, start)
    assert place < text.index("Proof.", start)
    assert check(tmp_path, text)
    assert not check(tmp_path, text[:place] + wrong + text[place + len(right) :])


def test_equal_steps_on_trust_are_assumed_once():
    text = coq_file(registry.load("T1m")).text
    said = re.findall(r"Hypothesis by_[a-z_]+_\d+ : (.*?)\.\n", text, re.DOTALL)
    assert len(said) == len(set(said)) > 20


def test_a_sequence_of_matrices_is_named_where_it_stays_in_opaque_terms():
    file = coq_file(registry.load("T5m"))
    assert "recursion" not in file.trusted
    assert "(* In the opaque terms: Ap(N, 0) == " in file.text
    assert "Definition " in file.text  # the extra terms are numbers


@pytest.mark.parametrize("theorem_id", ["T2-kappa", "T2-rate", "T3-rate", "T4", "T10"])
def test_a_theorem_about_numbers_rests_on_nothing(theorem_id):
    assert coq_file(registry.load(theorem_id)).trusted == {}
