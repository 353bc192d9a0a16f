"""Listings say what was proved: statement, hypotheses, steps with certificates, axioms."""

from __future__ import annotations

import re
from fractions import Fraction
from random import Random

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from signcheck import kernel as k
from signcheck import registry
from signcheck.audit import audit
from signcheck.kernel import sequent
from signcheck.kernel import terms as te
from signcheck.kernel.audit import trusted_lines
from signcheck.latex import escape, latex
from signcheck.notation import LATEX, TEXT
from signcheck.reread import reread
from signcheck.show import steps, text
from signcheck.verify import count_steps

IDS = ["L0", "L0-gap", "L1", "L1-pointwise", "T1", "T2", "T2b", "T2c"]


@pytest.fixture(params=IDS)
def theory(request):
    return registry.load(request.param)


# ---------------------------------------------------------------- steps


def test_the_steps_end_in_the_statement(theory) -> None:
    found = steps(theory)
    assert found[-1].claim == theory.statement.conclusion
    assert [step.number for step in found] == list(range(1, len(found) + 1))
    assert len(found) < count_steps(theory.theorem)


def test_a_step_rests_on_earlier_steps_hypotheses_and_theorems(theory) -> None:
    names = set(theory.statement.hypotheses)
    for step in steps(theory):
        for source in step.sources:
            number = re.fullmatch(r"\((\d+)\)", source)
            if number:
                assert int(number.group(1)) < step.number
            else:
                assert source in names or source.removeprefix("theorem ") in registry.ids()


def vanishes(expression, random) -> bool:
    """Whether an expression in opaque atoms is 0, tried at random numbers for the atoms."""
    atoms, pending = set(), [expression]
    while pending:
        term = pending.pop()
        if isinstance(term, sp.Add | sp.Mul | sp.Pow):
            pending.extend(term.args)
        elif not term.is_number:
            atoms.add(term)
    order = sorted(atoms, key=str)
    for _ in range(3):
        point = {a: sp.Rational(random.randint(30, 90), 60) for a in order}
        parts = [abs(sp.N(p.xreplace(point), 60)) for p in sp.Add.make_args(expression)]
        if abs(sp.N(expression.xreplace(point), 60)) > sp.Float("1e-40") * max(parts):
            return False
    return True


def test_a_certificate_adds_up_as_it_is_printed(theory) -> None:
    """Sum of multiplier times (right - left), plus slack, is right - left of the claim."""
    checked, random = 0, Random(0)
    for step in steps(theory):
        if step.certificate is None:
            continue
        total = sum((reread(term) for term in step.slack), sp.Integer(0))
        for multiplier, premise, _ in step.certificate:
            total += reread(multiplier) * (reread(str(premise.rhs)) - reread(str(premise.lhs)))
        wanted = reread(str(step.claim.rhs)) - reread(str(step.claim.lhs))
        assert vanishes(total - wanted, random), step.label
        assert not vanishes(total - wanted + sp.Rational(1, 1000), random)
        checked += 1
    assert checked >= 1


def test_a_lemma_is_cited_and_not_repeated() -> None:
    labels = [step.label for step in steps(registry.load("T1"))]
    cited = {source for step in steps(registry.load("T1")) for source in step.sources}
    assert {"theorem L0", "theorem L1"} <= cited
    assert "Young" not in labels
    assert "Young" in [step.label for step in steps(registry.load("L1"))]
    assert "telescope" in labels


def test_every_hypothesis_is_cited_somewhere(theory) -> None:
    cited = {source for step in steps(theory) for source in step.sources}
    whys = {why for s in steps(theory) for _, _, w in s.certificate or () for why in w.split(", ")}
    missing = set(theory.statement.hypotheses) - cited - whys
    assert not missing


# ---------------------------------------------------------------- text


def test_the_text_holds_the_whole_statement(theory) -> None:
    listing = text(theory)
    assert listing.startswith(f"{theory.id}  ")
    for name, formula in theory.statement.hypotheses.items():
        assert re.search(
            rf"^  {re.escape(name)} +{re.escape(TEXT(formula))}$", listing, re.MULTILINE
        )
    assert TEXT(theory.statement.conclusion) in listing
    assert f"Proof: {count_steps(theory.theorem)} kernel steps" in listing
    for operator in ("Ap(", "Big(", "Ex(", "N1(", "Noo(", "Inner(", "Val(", "Co(", "#"):
        assert operator not in listing
    for axiom in theory.theorem.axioms:
        assert axiom in listing.split("Axioms\n")[1]
    assert ("No axioms." in listing) == (not theory.theorem.axioms)


def test_certificates_show_their_multipliers() -> None:
    listing = text(registry.load("L1-pointwise"))
    assert "|m - a|  times right - left of" in listing or "|a - m|  times right - left" in listing
    assert "because right - left is the sum of" in listing


# ---------------------------------------------------------------- notation

x, y = k.Sym("x", "vector"), k.Sym("y", "vector")
f, t, i, d = k.Sym("f", "function"), k.Sym("t", "int"), k.Sym("i", "int"), k.Sym("d", "int")
g = k.Sym("g", "fam:rvector")


@pytest.mark.parametrize(
    ("term", "plain", "tex"),
    [
        (te.N1(x - y), "|x - y|_1", r"\left\| x - y \right\|_1"),
        (te.Noo(y - x) ** 2, "|y - x|_oo**2", r"{\left\| y - x \right\|_\infty}^{2}"),
        (te.Inner(x, y), "<x, y>", r"\left\langle x, y\right\rangle"),
        (te.Grad(f, x), "grad f(x)", r"\nabla f\left(x\right)"),
        (te.Co(g(t), i), "g(t)[i]", r"\left[{g}_{t}\right]_{i}"),
        (
            te.Ex(te.Val(f, x), te.Past(t)),
            "E[f(x) | past t]",
            r"\mathbb{E}\left[f\left(x\right)\mid \mathcal{F}_{t}\right]",
        ),
        (te.Ex(te.Val(f, x), te.TRIVIAL), "E[f(x)]", r"\mathbb{E}\left[f\left(x\right)\right]"),
        (
            te.Big(te.Co(x, i), i, 0, d),
            "sum(x[i], 0 <= i < d)",
            r"\sum_{0 \le i < d} \left[x\right]_{i}",
        ),
        (te.Sgn(x), "sign(x)", r"\operatorname{sign}\left(x\right)"),
        (te.Ind(k.Sym("a")), "1{a >= 0}", r"\mathbf{1}\{a \ge 0\}"),
    ],
)
def test_terms_read_as_on_paper(term, plain, tex) -> None:
    assert TEXT.term(term) == plain
    assert LATEX.term(term) == tex


def test_nested_quantifiers_become_one() -> None:
    inner = k.ForAll(i, (k.Le(0, i), k.Lt(i, d)), k.Le(0, te.Co(x, i)))
    formula = k.ForAll(t, (k.Le(0, t),), inner)
    assert TEXT(formula) == "for all 0 <= t, 0 <= i < d: 0 <= x[i]"
    odd = k.ForAll(t, (k.Le(t, 5),), inner.body)
    assert TEXT(odd) == "for all t with t <= 5: 0 <= x[i]"


def test_every_formula_of_every_proof_can_be_printed(theory) -> None:
    seen, pending = set(), [theory.theorem]
    while pending:
        thm = pending.pop()
        if id(thm) in seen:
            continue
        seen.add(id(thm))
        pending.extend(sequent(thm).premises)
        assert TEXT(thm.concl)
        assert LATEX(thm.concl).count("{") == LATEX(thm.concl).count("}")
    assert len(seen) == count_steps(theory.theorem)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(-5, 5), st.integers(1, 7)),
        min_size=1,
        max_size=4,
    )
)
def test_rereading_undoes_the_printing(parts) -> None:
    term = sp.Integer(1)
    for name, top, bottom in parts:
        symbol = k.Sym(name)
        scale = sp.Rational(Fraction(top, bottom).numerator, Fraction(top, bottom).denominator)
        term = term * (scale + symbol) + te.N1(k.Sym("v")) / (symbol**2 + bottom)
    again = reread(str(term))
    assert str(again) == str(term)


def test_a_text_that_is_no_term_comes_back_as_it_is() -> None:
    assert str(reread("what is this?")) == "what is this?"
    assert str(reread("__import__('os')")) == "__import__('os')"
    assert str(reread("a.b")) == "a.b"


# ---------------------------------------------------------------- latex


def test_latex_is_balanced_and_complete(theory) -> None:
    source = latex(theory)
    for kind in ("theorem", "proof", "enumerate", "itemize"):
        assert source.count(rf"\begin{{{kind}}}") == source.count(rf"\end{{{kind}}}")
    assert source.count("{") == source.count("}")
    assert source.replace(r"\$", "").count("$") % 2 == 0
    assert LATEX(theory.statement.conclusion) in source
    assert len(re.findall(r"^\\item \\emph", source, re.MULTILINE)) == len(steps(theory))
    assert not re.search(r"\b(Ap|Big|Noo|Inner|Val)\b", source)


def test_text_is_escaped() -> None:
    assert escape("a_b & 50% < #1^2") == (r"a\_b \& 50\% \ensuremath{<} \#1\textasciicircum{}2")


# ---------------------------------------------------------------- audit


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_audit_lists_every_rule_axiom_and_theorem() -> None:
    listing = "\n".join(audit())
    assert f"rests on ({sum(trusted_lines().values())} lines of code)" in listing
    for name in k.all_rules():
        assert re.search(rf"^  {name} +\d+  \S", listing, re.MULTILINE), name
    for axiom in k.AXIOMS.values():
        assert axiom.statement in listing
        assert axiom.reference in listing
    for theorem_id in IDS:
        thm = registry.load(theorem_id).theorem
        axioms = ", ".join(sorted(thm.axioms)) or "none"
        wanted = (
            rf"^  {theorem_id} +{count_steps(thm)} steps, 0 unchecked, .*axioms: {axioms}; Coq .+$"
        )
        assert re.search(wanted, listing, re.MULTILINE)


def test_what_a_family_becomes_reads_as_a_term_of_its_index() -> None:
    listing = text(registry.load("T10"))
    assert "z(i) := x(0, i)" in listing
    assert "((i,)" not in listing
