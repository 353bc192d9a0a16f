"""The printed lemmas parsed back, and, where coqc is at hand, mutated lemmas rejected."""

import re
import subprocess
from fractions import Fraction
from random import Random

import pytest
import sympy as sp

from signcheck import registry
from signcheck.export.coq import SKELETONS, coq_file, write
from signcheck.export.coq_gather import leaf_of
from signcheck.export.coq_prelude import FILE_NAME
from signcheck.kernel import sequent
from signcheck.kernel.recheck import steps
from tests.helpers.coq import check
from tests.helpers.source import ROOT

TOKEN = re.compile(r"\d+|[A-Za-z_]\w*|[()+*/^-]")
SMALL = ("L0", "L1", "T1c-calls", "T3u-l2")


class Reader:
    """A second, small grammar of what the printer writes."""

    def __init__(self, text):
        self.tokens, self.at = TOKEN.findall(text), 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def sum(self):
        value = self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self):
        value = self.power()
        while self.peek() in ("*", "/"):
            value = value * self.power() if self.take() == "*" else value / self.power()
        return value

    def power(self):
        value = self.atom()
        if self.peek() == "^":
            self.take()
            value = value ** int(self.take())
        return value

    def atom(self):
        token = self.take()
        if token == "(":
            value = self.sum()
            assert self.take() == ")"
            return value
        if token == "/":
            return 1 / self.atom()
        if token == "-":
            return -self.power()
        if token == "sqrt":
            return sp.sqrt(self.atom())
        return sp.Integer(token) if token.isdigit() else sp.Symbol(token)


def parse(text):
    reader = Reader(text)
    value = reader.sum()
    assert reader.at == len(reader.tokens), text
    return value


def leaves(theorem_id):
    found = (leaf_of(step) for step in steps(registry.load(theorem_id).theorem))
    return [leaf for leaf in found if leaf is not None]


def close(a, b):
    return abs(sp.N(a, 40) - sp.N(b, 40)) <= sp.Float("1e-30", 40) * (1 + abs(sp.N(a, 40)))


@pytest.mark.parametrize("theorem_id", [*SMALL, "T1"])
def test_a_printed_claim_is_the_claim_at_random_points(theorem_id):
    random = Random(f"coq {theorem_id}")
    compared = 0
    for leaf in leaves(theorem_id):
        text = leaf.statement().rpartition(":\n  ")[2].rstrip(".")
        left, right = re.split(r" (?:<=|<|=) ", text)
        points = {
            v: sp.Rational(random.randint(2, 99), random.randint(1, 9)) for v in leaf.variables
        }
        named = {sp.Symbol(leaf.names(v)): x for v, x in points.items()}
        for shown, term in ((left, leaf.claim.lhs), (right, leaf.claim.rhs)):
            assert close(parse(shown).xreplace(named), term.xreplace(points))
            compared += 1
    assert compared


def test_the_small_grammar_tells_terms_apart():
    assert parse("(a * (/ b) ^ 2) + 1") == sp.Symbol("a") / sp.Symbol("b") ** 2 + 1
    assert parse("1 + (-3) * x") != parse("1 + 3 * x")


@pytest.mark.parametrize("theorem_id", SMALL)
def test_a_file_has_its_example_and_lists_what_it_trusts(theorem_id):
    file = coq_file(registry.load(theorem_id))
    assert "Example satisfiable" in file.text
    assert file.text.count("Hypothesis by_") == sum(file.trusted.values())
    assert "Admitted" not in file.text
    assert "Axiom" not in file.text


@pytest.mark.parametrize("theorem_id", registry.ids())
def test_every_theorem_exports_and_assumes_nothing_that_coq_should_prove(theorem_id):
    file = coq_file(registry.load(theorem_id))
    assert file.leaves
    assert ("Theorem theorem" in file.text) == (theorem_id in SKELETONS)
    for word in ("certificate", "identity", "induction", "cases", "sign_fact"):
        assert f"Hypothesis by_{word}" not in file.text
    claim = re.search(r"Theorem theorem : (.*?)\.\nProof", file.text, re.DOTALL)
    on_trust = re.findall(r"Hypothesis by_\w+ : (.*?)\.\n", file.text, re.DOTALL)
    assert claim is None or claim.group(1) not in on_trust


def test_telescoping_is_an_induction_in_coq():
    text = coq_file(registry.load("T1")).text
    assert "(* induction: telescope *)" in text
    assert "apply (Z_induction " in text


@pytest.mark.coq
@pytest.mark.parametrize("label", ["divide by eta T", "gap", "expected step"])
def test_a_lemma_with_one_constant_changed_is_rejected(tmp_path, label):
    theorem = registry.load("T1").theorem
    (step,) = [s for s in steps(theorem) if sequent(s).label == label][:1]
    leaf = leaf_of(step)
    lines = "\n".join(leaf.proof())
    head = f"Require Import {FILE_NAME}.\nFrom Coq Require Import Reals Lra.\nOpen Scope R_scope.\n"
    statement = leaf.statement()
    assert check(tmp_path, f"{head}Lemma leaf{statement}\nProof.\n{lines}\nQed.\n")
    before, claim = statement.rsplit(":\n  ", 1)
    left, right = claim.rstrip(".").split(" <= ")
    wrong = f"{before}:\n  {left} + {Fraction(1, 1000)} <= {right}."
    assert not check(tmp_path, f"{head}Lemma leaf{wrong}\nProof.\n{lines}\nQed.\n")


def make(folder):
    command = ["make", "-s", "coq-files", f"COQ={folder}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=200)


@pytest.mark.coq
def test_make_coq_fails_when_one_constant_of_a_lemma_is_changed(tmp_path):
    (file,) = write([registry.load("T1c-calls")], tmp_path)
    assert make(tmp_path).returncode == 0
    path = tmp_path / f"{file.name}.v"
    text = path.read_text()
    statement = re.search(r"Lemma leaf_1.*?Proof", text, re.DOTALL).group()
    claim = statement.rindex("8 *")
    path.write_text(text.replace(statement, f"{statement[:claim]}7 *{statement[claim + 3 :]}"))
    done = make(tmp_path)
    assert done.returncode != 0
    assert b"Error" in done.stdout
