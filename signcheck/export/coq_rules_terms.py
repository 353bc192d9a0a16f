"""Rules on terms that have a proof of their own in Coq: rewriting, sums, values of functions."""

from __future__ import annotations

import sympy as sp

from signcheck.export.coq_atoms import EXTREMES, FUNCTIONS, Atoms, expressible
from signcheck.export.coq_gather import equation_leaf
from signcheck.export.coq_leaves import Knowing
from signcheck.export.coq_steps import Mapped, Stated, _Step
from signcheck.export.coq_syntax import is_root, real, subterms
from signcheck.kernel import Eq, Formula, Relation, Sym, Theorem, sequent
from signcheck.kernel.algebra import coefficients, difference
from signcheck.kernel.substitution import fresh, subst
from signcheck.kernel.terms import BINDERS, Ap, Big, Ind, Prof, Term, free, is_int

TRANSPARENT = (sp.Add, sp.Mul, sp.Pow, *FUNCTIONS, *EXTREMES, Ap, Prof)
"""Terms that a variable does not stand for, or whose arguments are arguments of the variable."""


class TermRules:
    """How a rule on terms is proved from the lemmas of its premises; None if it has no form."""

    atoms: Atoms
    known: dict[Formula, str]

    def derive(self, thm: Theorem, to: Mapped) -> Stated | None:
        """The lemma of a premise."""
        raise TypeError(f"no lemma for {thm} at {to}: derive it with a Skeleton.")

    def _rewrite(self, step: _Step) -> list[str] | None:
        """A rewriting of what Coq sees; inside an opaque term it stays on trust."""
        if not all(self.derive(p, step.to) for p in step.premises):
            return None
        claim, *equations = (sequent(p).concl.subst(step.to) for p in step.premises)
        for equation in equations:
            if isinstance(claim, Relation) and not all(map(is_int, equation.terms())):
                claim = type(claim)(*(_rewritten(t, *equation.terms()) for t in claim.terms()))
            else:
                claim = claim.replace(*equation.terms())
        if claim != step.concl:
            return None
        lines = step.facts(step.premises)
        for k, premise in enumerate(step.premises[1:], 1):
            equation = sequent(premise).concl.subst(step.to)
            if all(map(is_int, equation.terms())):
                left, right = map(self.atoms.integer, equation.terms())
                lines.append(f"assert (Z{k} : {left} = {right}) by (apply eq_IZR; whole; lra).")
                lines.append(f"try rewrite Z{k} in Fact0. try rewrite Z{k}.")
            lines.append(f"try rewrite Fact{k} in Fact0. try rewrite Fact{k}.")
        return [*lines, "first [carry Fact0 | equal]."]

    def _sum_linear(self, step: _Step) -> list[str] | None:
        formula = step.concl
        assert isinstance(formula, Relation)
        if not isinstance(formula.lhs, Big) or not expressible(formula):
            return None
        body, index, lo, hi = formula.lhs.args
        if index in self.atoms.fixed:
            other = fresh(index, self.atoms.fixed | free(body))
            index, body = other, subst(body, {index: other})
        step.introduced.add(index)
        roots = {p: Sym(f"root {k}") for k, p in enumerate(filter(is_root, subterms(body)))}
        back = {s: p for p, s in roots.items()}
        parts, den = coefficients(body.xreplace(roots), lambda g: index in free(g))
        text, sides = [], []
        for monomial, c in parts.items():
            summand = sp.Mul(*(g**k for g, k in monomial))
            # Not put back as a term: sympy would multiply equal roots, and Coq does not.
            factor = real(c / den, lambda g: self.atoms.real(back.get(g, g)))
            text.append(f"{factor} * {self.atoms.real(Big(summand, index, lo, hi))}")
            sides.append(f"{factor} * {self.atoms.real(summand)}")
        middle = " + ".join(text) or "0"
        lines = step.facts(step.premises)
        facts = [sequent(p).concl.subst(step.to) for p in step.premises]
        proof = ["same."]
        # The tactic looks at no instance of a for-all; a leaf is given those that it needs.
        if not Knowing([f for f in facts if isinstance(f, Relation)]).nonzero(den.xreplace(back)):
            # The divisor of a sum of fractions: why it is not zero takes a leaf.
            total = sp.Add(*(c * sp.Mul(*(g**k for g, k in m)) for m, c in parts.items()))
            claim = Eq(body, (total / den).xreplace(back))
            inner = step.apply(equation_leaf(step.thm, step.to, claim, self.known))
            if inner is None:
                return None
            body_is = f"assert (Body : {self.atoms.formula(claim)})."
            proof = [body_is, "{", *inner, "}", "rewrite Body; first [ring | equal]."]
        name, binder = self.atoms.name(index), self.atoms.binder(index)
        ends = f"{self.atoms.integer(lo)} {self.atoms.integer(hi)}"
        lines += [
            f"transitivity (bigsum (fun {binder} => {' + '.join(sides) or '0'}) {ends}).",
            f"{{ apply bigsum_cong; intros {name} Lower Upper.",
            *proof,
            "}",
            f"transitivity ({middle}).",
            "{ linear_sum. }",
        ]
        if () in parts:
            lines.append(
                f"rewrite (bigsum_one {self.atoms.integer(lo)} {self.atoms.integer(hi)}) by settle."
            )
        return [*lines, "first [same | rooted]."]

    def _function_value(self, step: _Step) -> list[str] | None:
        """Not where a replacement has made sympy write the argument of |.| anew."""
        formula = step.concl
        assert isinstance(formula, Relation)
        term, value = formula.terms()
        if not isinstance(term, (sp.Abs, sp.sign, sp.Max, sp.Min, Ind)):
            return None
        if isinstance(term, sp.Abs):
            arg = term.args[0]
            if difference(arg, value) != 0 and difference(arg, -value) != 0:
                return None
        return step.by_tactic()


def _rewritten(term: Term, old: Term, new: Term) -> Term:
    """A term rewritten where it is no opaque one: Coq knows what such a term is made of."""
    if term == old:
        return new
    if isinstance(term, BINDERS):
        body, index, *ends = term.args
        if index not in free(old) | free(new):
            body = _rewritten(body, old, new)
        return term.func(body, index, *(_rewritten(end, old, new) for end in ends))
    if not isinstance(term, TRANSPARENT):
        return term
    rebuilt = term.func(*(_rewritten(arg, old, new) for arg in term.args))
    return new if rebuilt == old else rebuilt
