"""One step of a proof on its way to Coq: its premises, its variables, how it uses a lemma."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sympy as sp

from signcheck.export.coq_atoms import expressible
from signcheck.export.coq_gather import leaf_of
from signcheck.export.coq_leaves import Given, Leaf
from signcheck.export.coq_syntax import refuse
from signcheck.export.coq_tactics import TACTICS
from signcheck.kernel import ForAll, Formula, Le, Lt, Relation, Sym, Theorem, sequent
from signcheck.kernel.judge import Judge
from signcheck.kernel.substitution import free_in_values, fresh, subst
from signcheck.kernel.terms import Ap, Big, Ind, Prod, Term, sort_of

if TYPE_CHECKING:
    from signcheck.export.coq_skeleton import Skeleton


Mapped = Mapping[Sym, Any]


@dataclass(frozen=True)
class Stated:
    """A lemma or hypothesis in the file: its name, variables, premises and conclusion."""

    name: str
    variables: tuple[Sym, ...]
    hyps: tuple[Formula, ...]
    concl: Formula


@dataclass
class _Step:
    """One step under replacements, with what its lemma may use."""

    skeleton: Skeleton
    thm: Theorem
    to: Mapped
    concl: Formula
    hyps: tuple[Formula, ...]
    named: set[Sym] = field(default_factory=set)
    introduced: set[Sym] = field(default_factory=set)

    @property
    def premises(self) -> tuple[Theorem, ...]:
        return sequent(self.thm).premises

    @property
    def env(self) -> dict[Formula, str]:
        return {h: f"L{i}" for i, h in enumerate(self.hyps)}

    def use(self, stated: Stated, env: Mapping[Formula, str]) -> str:
        """A lemma applied to its variables and to the proofs of its premises."""
        known = self.skeleton.known
        if not stated.name:
            return env.get(stated.concl) or known[stated.concl]
        self.named |= set(stated.variables)
        args = [self.skeleton.atoms.name(s) for s in stated.variables]
        for hyp in stated.hyps:
            proof = env.get(hyp) or known.get(hyp)
            if proof is None:
                raise refuse(f"{stated.name}, whose premise {hyp} is not at hand,")
            args.append(proof)
        return f"({' '.join([stated.name, *args])})" if args else stated.name

    def any_values(self, variables: tuple[Sym, ...]) -> list[str]:
        """Values for what the premises speak of and the step does not: 0, as any would do."""
        loose = sorted(self.named - set(variables) - self.introduced, key=str)
        names = ((self.skeleton.atoms.name(s), "0%Z" if s.sort == "int" else "0") for s in loose)
        return [f"pose ({name} := {value})." for name, value in names]

    def exactly(self, premise: Theorem, to: Mapped, env: Mapping[Formula, str]) -> list[str] | None:
        """The proof that consists of one premise."""
        stated = self.skeleton.derive(premise, to)
        if stated is None:
            return None
        return [f"pose proof {self.use(stated, env)} as Result.", "carry Result."]

    def facts(self, premises: Iterable[Theorem]) -> list[str]:
        """Lines that put the premises' conclusions into the context."""
        lines = []
        for k, premise in enumerate(premises):
            stated = self.skeleton.derive(premise, self.to)
            if stated is not None:
                lines.append(f"pose proof {self.use(stated, self.env)} as Fact{k}.")
        return lines

    def values(self, premises: Iterable[Theorem]) -> list[str]:
        """Like ``facts``, without those that speak of more than the step itself does."""
        own = frozenset().union(self.concl.free(), *(h.free() for h in self.hyps))
        stated = [self.skeleton.derive(premise, self.to) for premise in premises]
        held = {*self.env, *self.skeleton.known}
        found = dict.fromkeys(
            self.use(s, self.env)
            for s in stated
            if s is not None and own >= set(s.variables) and held >= set(s.hyps)
        )
        far = (text for text in found if not text.startswith(("given_", "L")))
        return [f"pose proof {text} as Value{k}." for k, text in enumerate(far)]

    def by_tactic(self) -> list[str] | None:
        """Rules that a tactic of the prelude proves from their premises."""
        tactic = TACTICS.get(sequent(self.thm).rule)
        if tactic is None or not expressible(self.concl):
            return None
        stated = [self.skeleton.derive(p, self.to) for p in self.premises]
        if any(s is None for s in stated):
            return None
        return [*self.facts(self.premises), *self._signs(), tactic]

    def _signs(self) -> list[str]:
        """The signs by form of the terms that the claim shows."""
        lines = []
        judge = Judge(())
        judge.facts = [(sequent(p).concl.subst(self.to), None) for p in self.premises]
        own = self.concl.terms()[0] if isinstance(self.concl, Relation) else None
        for k, part in enumerate(_opaque_parts(self.concl)):
            if part == own or isinstance(part, Ap):
                continue
            form = Lt(0, part) if judge.pos(part) else Le(0, part) if judge.nonneg(part) else None
            if form is not None:
                lines += self._sign(form, f"Form{k}")
        return lines

    def _sign(self, form: Formula, name: str) -> list[str]:
        text = self.skeleton.atoms.formula(form)
        part = form.terms()[1]
        if isinstance(part, (sp.Abs, sp.exp, sp.Pow, Ind)) or part is sp.pi:
            return [f"assert ({name} : {text}) by by_form."]
        proved = (sp.Min, sp.Max, sp.log, Prod)
        how = "by_product" if isinstance(part, Prod) else "by_form"
        if isinstance(part, proved) or (isinstance(part, Big) and self._summand(part.args[0])):
            facts = " ".join(self.facts(self.premises)).replace("Fact", f"{name}_")
            return [f"assert ({name} : {text}) by ({facts.replace('.', ';')} {how})."]
        if not Judge(()).holds(form):
            facts = " ".join(self.facts(self.premises)).replace("Fact", f"{name}_")
            return [f"assert ({name} : {text}) by ({facts.replace('.', ';')} by_facts)."]
        free = sorted(form.free() - self.skeleton.atoms.fixed, key=str)
        args = [self.skeleton.atoms.name(s) for s in free if s.sort in ("int", "real", "random")]
        return [f"pose proof ({' '.join([self.skeleton.by_form(form), *args])}) as {name}."]

    def _summand(self, body: Term) -> bool:
        """Whether the tactic ``by_form`` proves that a summand is not negative."""
        even = isinstance(body, sp.Pow) and isinstance(body.exp, sp.Integer) and body.exp % 2 == 0
        known = (sequent(p).concl.subst(self.to) for p in self.premises)
        bounds = [f for f in known if isinstance(f, ForAll) and isinstance(f.body, Le)]
        indices = [i for i in body.free_symbols if isinstance(i, Sym) and i.sort == "int"]
        covered = (f.body.subst({f.var: i}) == Le(0, body) for f in bounds for i in indices)
        return isinstance(body, sp.Abs) or (even and body.exp > 0) or any(covered)

    def by_leaf(self) -> list[str] | None:
        """Apply the leaf of this step to the opaque terms and to the premises."""
        if not expressible(self.concl):
            return None
        leaf = leaf_of(self.thm, self.to, self.skeleton.known)
        return ["reflexivity."] if leaf is None else self.apply(leaf)

    def apply(self, leaf: Leaf) -> list[str] | None:
        """Prove a leaf's claim from the leaf, and what it needs from the premises."""
        atoms = self.skeleton.atoms
        lines, args = [], []
        for i, given in enumerate(leaf.given):
            found = self._given(given, i)
            if found is None:
                return None
            lines += found
            args.append(f"A{i}")
        terms = [atoms.real(v) for v in leaf.variables]
        applied = " ".join([self.skeleton.leaf(leaf), *terms, *args])
        return [*lines, f"exact ({applied})."]

    def _given(self, given: Given, i: int) -> list[str] | None:
        atoms, name = self.skeleton.atoms, f"A{i}"
        text = atoms.formula(given.formula)
        if given.source is not None:
            above = self.skeleton.derive(given.source, self.to)
            found = None if above is None else self.use(above, self.env)
            how = f"(pose proof {found} as K; carry K)"
            return None if found is None else [f"assert ({name} : {text}) by {how}."]
        if given.premise is None:
            held = self.env.get(given.formula) or self.skeleton.known.get(given.formula)
            if held:
                return [f"pose proof {held} as {name}."]
            return self._sign(given.formula, name)
        stated = self.skeleton.derive(self.premises[given.premise], self.to)
        if stated is None:
            return None
        proof = self.use(stated, self.env)
        if given.at is None:
            return [f"assert ({name} : {text}) by (pose proof {proof} as K; carry K)."]
        formula = stated.concl
        assert isinstance(formula, ForAll)
        integer = formula.var.sort == "int"
        value = atoms.integer(given.at) if integer else atoms.real(given.at)
        guards = " ".join("ltac:(settle)" for _ in formula.guards)
        return [
            f"assert ({name} : {text}) by (pose proof ({proof} {value} {guards}) as K; carry K)."
        ]


def _opaque_parts(formula: Formula) -> list[Term]:
    found: dict[Term, None] = {}
    for term in formula.terms():
        for part in sp.preorder_traversal(term):
            if isinstance(part, sp.Function) and not isinstance(part, sp.sign):
                try:
                    if sort_of(part) == "real":
                        found[part] = None
                except ValueError:
                    continue
    return [p for p in found if not (p.free_symbols - formula.free())]


def _opposite(formula: Formula) -> Formula | None:
    if isinstance(formula, Le):
        return Lt(formula.rhs, formula.lhs)
    return Le(formula.rhs, formula.lhs) if isinstance(formula, Lt) else None


def _replaced(value: Any, to: Mapped) -> Any:
    if isinstance(value, tuple):
        indices, body = value
        inner = {k: v for k, v in to.items() if k not in indices}
        clash = {i: fresh(i, free_in_values(inner)) for i in indices if i in free_in_values(inner)}
        return tuple(clash.get(i, i) for i in indices), subst(subst(body, clash), inner)
    return subst(value, to) if isinstance(value, sp.Basic) else value


def _after(mapping: Mapped, to: Mapped) -> dict[Sym, Any]:
    """First ``mapping``, then ``to``."""
    return {**to, **{s: _replaced(v, to) for s, v in mapping.items()}}


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
