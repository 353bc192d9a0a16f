"""The skeleton of a proof in Coq: from the leaves and the listed steps to the statement.

Every step of the kernel's proof becomes a lemma about real numbers, proved from the lemmas of its
premises, if its rule has a scalar form: logic, case splits, induction, telescoping, sums,
certificates. A step without one (an expectation, an integral, a profile, a witness, a rewriting of
vectors) becomes a hypothesis of the section, named after its rule; so does the sign that an opaque
term has by its form. ``specialise`` is carried out on the way: a lemma is stated for the terms at
which it is used, so that an opaque term is a variable and not an operator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from hardinstances.errors import ProjectError
from signcheck.export.coq_atoms import Atoms, expressible
from signcheck.export.coq_leaves import Given, Leaf, leaf_of
from signcheck.export.coq_replacements import instances, replacements
from signcheck.export.coq_syntax import is_root, refuse
from signcheck.export.coq_tactics import TACTICS
from signcheck.kernel import ForAll, Formula, Le, Lt, Relation, Sym, Theorem, sequent
from signcheck.kernel.algebra import coefficients, difference
from signcheck.kernel.judge import Judge
from signcheck.kernel.substitution import free_in_values, fresh, subst
from signcheck.kernel.terms import Big, Ind, Term, sort_of

__all__ = ["Skeleton", "Stated"]

Mapped = Mapping[Sym, Any]
CONDITIONAL = frozenset({"witness", "vanishing"})
"""Rules whose conclusion may be the theorem's own: there the premises are proved and implied."""


@dataclass(frozen=True)
class Stated:
    """A lemma or hypothesis in the file: its name, variables, premises and conclusion."""

    name: str
    variables: tuple[Sym, ...]
    hyps: tuple[Formula, ...]
    concl: Formula


class Skeleton:
    """Walks one proof and writes its lemmas, premises first.

    Parameters
    ----------
    fixed
        Symbols of the theorem's statement.
    known
        Its hypotheses that speak of numbers, with their names in the file.
    """

    def __init__(self, fixed: frozenset[Sym], known: Mapping[Formula, str]) -> None:
        self.atoms = Atoms(fixed)
        self.known = dict(known)
        self.leaves: dict[str, tuple[str, Leaf]] = {}
        self.assumed: dict[str, list[str]] = {}
        self.blocks: list[str] = []
        self._done: dict[Any, Stated | None] = {}
        self._forms: dict[Formula, str] = {}

    # ------------------------------------------------------------ walking

    def derive(self, thm: Theorem, to: Mapped) -> Stated | None:
        """The lemma of a step under replacements; None if it does not speak of numbers only."""
        content = sequent(thm)
        parts = (*content.hyps, *content.splits, content.concl)
        free = frozenset().union(*(f.free() for f in parts))
        to = {s: v for s, v in to.items() if s in free and s != v}
        key = (id(thm), frozenset((s, _hashable(v)) for s, v in to.items()))
        if key not in self._done:
            self._done[key] = self._derive(thm, to)
        return self._done[key]

    def _derive(self, thm: Theorem, to: Mapped) -> Stated | None:
        content = sequent(thm)
        if content.rule == "specialise":
            self._remember(content.premises[1:], to)
            return self.derive(content.premises[0], _after(replacements(thm), to))
        if content.rule == "instantiate":
            self._remember(content.premises[1:], to)
        concl = content.concl.subst(to)
        hyps = {h.subst(to) for h in (*content.hyps, *content.splits)}
        local = sorted((h for h in hyps if h not in self.known and expressible(h)), key=str)
        if content.rule in ("assume", "suppose"):
            return Stated("", (), (concl,), concl) if expressible(concl) else None
        method = getattr(self, f"_{content.rule}", None)
        step = _Step(self, thm, to, concl, tuple(local))
        try:
            proof = method(step) if method is not None else step.by_tactic()
        except (ProjectError, ValueError):
            proof = None  # what it rests on has no form here: it is listed, not proved
        if proof is None and not expressible(concl):
            return None
        return self._state(step, proof)

    def _remember(self, facts: Iterable[Theorem], to: Mapped) -> None:
        """Facts that say why a replacement has a value stay at hand where they are closed."""
        for fact in facts:
            stated = self.derive(fact, to)
            if stated is not None and stated.name and not (stated.variables or stated.hyps):
                self.known.setdefault(stated.concl, stated.name)

    def _state(self, step: _Step, proof: list[str] | None) -> Stated | None:
        if not expressible(step.concl):
            return None
        used = frozenset().union(step.concl.free(), *(h.free() for h in step.hyps))
        variables = tuple(
            sorted(
                (s for s in used - self.atoms.fixed if s.sort in ("int", "real", "random")),
                key=lambda s: (s.name, s.sort),
            )
        )
        rule = sequent(step.thm).rule
        binders = " ".join(f"({self.atoms.binder(s)})" for s in variables)
        hyps = "".join(f"\n  ({self.atoms.formula(h)}) ->" for h in step.hyps)
        quantified = f"forall {binders}," if binders else ""
        body = f"{quantified}{hyps}\n  {self.atoms.formula(step.concl)}"
        if proof is None:
            proof = self._hypothesis(step, variables, rule)
        name = f"step_{len(self.blocks) + 1}"
        intros = [self.atoms.name(s) for s in variables]
        intros += [f"L{i}" for i in range(len(step.hyps))]
        first = [f"intros {' '.join(intros)}."] if intros else []
        lines = "\n".join(f"  {line}" for line in [*first, *proof])
        label = sequent(step.thm).label
        note = f"(* {rule}{': ' + label if label else ''} *)\n"
        self.blocks.append(f"{note}Lemma {name} : {body}.\nProof.\n{lines}\nQed.")
        return Stated(name, variables, step.hyps, step.concl)

    def _hypothesis(self, step: _Step, variables: tuple[Sym, ...], rule: str) -> list[str]:
        """A step without a scalar form: its premises imply its conclusion, on trust."""
        found: dict[Formula, Stated] = {}
        for premise in step.premises if rule in CONDITIONAL else ():
            stated = self.derive(premise, step.to)
            if stated is None or stated.concl in (*step.hyps, *self.known):
                continue
            free = {s for s in stated.concl.free() if s.sort in ("int", "real", "random")}
            if free <= {*variables, *self.atoms.fixed}:
                found[stated.concl] = stated
        binders = " ".join(f"({self.atoms.binder(s)})" for s in variables)
        parts = [f"({self.atoms.formula(f)}) ->" for f in (*step.hyps, *found)]
        parts.append(self.atoms.formula(step.concl))
        name = f"by_{rule}_{len(self.assumed.setdefault(rule, [])) + 1}"
        self.assumed[rule].append(name)
        head = f"forall {binders},\n  " if binders else ""
        self.blocks.append(f"Hypothesis {name} : {head}" + "\n  ".join(parts) + ".")
        args = [self.atoms.name(s) for s in variables]
        args += [f"L{i}" for i in range(len(step.hyps))]
        args += [step.use(s, step.env) for s in found.values()]
        return [f"exact ({' '.join([name, *args])})."]

    # ------------------------------------------------------------ rules with a proof of their own

    def _cut(self, step: _Step) -> list[str] | None:
        main, *lemmas = step.premises
        env = dict(step.env)
        for lemma in lemmas:
            stated = self.derive(lemma, step.to)
            if stated is not None:
                env[stated.concl] = step.use(stated, env)
        return step.exactly(main, step.to, env)

    def _generalise(self, step: _Step) -> list[str] | None:
        formula = step.concl
        assert isinstance(formula, ForAll)
        if not expressible(formula):
            return None
        source = sequent(step.thm).concl
        assert isinstance(source, ForAll)
        env = dict(step.env)
        for i, guard in enumerate(formula.guards):
            env[guard] = f"G{i}"
        inner = {k: v for k, v in step.to.items() if k != source.var} | {source.var: formula.var}
        lines = step.exactly(step.premises[0], inner, env)
        names = " ".join(
            [self.atoms.name(formula.var), *(f"G{i}" for i in range(len(formula.guards)))]
        )
        return None if lines is None else [f"intros {names}.", *lines]

    def _instantiate(self, step: _Step) -> list[str] | None:
        values = [_replaced(v, step.to) for v in instances(step.thm)]
        source, to, env = step.premises[0], step.to, dict(step.env)
        lines = step.facts(step.premises[1:])
        opened = 0
        while opened < len(values):
            content = sequent(source)
            if content.rule == "specialise":
                source, to = content.premises[0], _after(replacements(source), to)
                continue
            if content.rule != "generalise":
                break
            formula = content.concl
            assert isinstance(formula, ForAll)
            to = {k: v for k, v in to.items() if k != formula.var} | {formula.var: values[opened]}
            for guard in formula.guards:
                here = guard.subst(to)
                if expressible(here) and here not in env and here not in self.known:
                    lines.append(f"assert (G{len(env)} : {self.atoms.formula(here)}) by settle.")
                    env[here] = f"G{len(env)}"
            source, opened = content.premises[0], opened + 1
        stated = self.derive(source, to)
        if stated is None:
            return None
        text = step.use(stated, env)
        formula = stated.concl
        for value in values[opened:]:
            assert isinstance(formula, ForAll)
            if formula.var.sort not in ("int", "real"):
                return None
            shown = (
                self.atoms.integer(value) if formula.var.sort == "int" else self.atoms.real(value)
            )
            text = f"({text} {shown}"
            for guard in formula.guards:
                here = guard.subst({formula.var: value})
                name = f"G{len(lines)}"
                lines.append(f"assert ({name} : {self.atoms.formula(here)}) by settle.")
                text += f" ltac:(carry {name})"
            text += ")"
            formula = formula.body.subst({formula.var: value})
        return [*lines, f"pose proof {text} as Result.", "carry Result."]

    def _cases(self, step: _Step) -> list[str] | None:
        low, high = (sequent(p).splits for p in step.premises[:2])
        own = sequent(step.thm).splits
        pairs = [(s, _opposite(s)) for s in low - own] + [(_opposite(s), s) for s in high - own]
        found = next(((a, b) for a, b in pairs if a is not None and b is not None), None)
        if found is None:
            return step.exactly(step.premises[0], step.to, step.env)
        here = [f.subst(step.to) for f in found]
        strict_first = isinstance(here[0], Lt)
        first = here[1] if strict_first else here[0]
        assert isinstance(first, Relation)
        a, b = map(self.atoms.real, first.terms())
        lines = [f"destruct (Rle_lt_dec {a} {b}) as [C|C]."]
        order = step.premises[1::-1] if strict_first else step.premises[:2]
        for premise, case in zip(order, here[::-1] if strict_first else here, strict=True):
            branch = step.exactly(premise, step.to, {**step.env, case: "C"})
            if branch is None:
                return None
            lines += [f"{{ {' '.join(branch)} }}"]
        return lines

    def _induction(self, step: _Step) -> list[str] | None:
        formula, source = step.concl, sequent(step.thm).concl
        base, grown = step.premises[:2]
        if not (
            isinstance(formula, ForAll) and isinstance(source, ForAll) and expressible(formula)
        ):
            return None
        var, lo = formula.var, formula.guards[0].terms()[0]
        inner = {k: v for k, v in step.to.items() if k != source.var} | {source.var: var}
        before, after = self.derive(base, step.to), self.derive(grown, inner)
        if before is None or after is None:
            return None
        index, claim = self.atoms.binder(var), self.atoms.formula(formula.body)
        head = f"(fun {index} => {claim}) {self.atoms.integer(lo)}"
        env = {**step.env, formula.body: "IH", formula.guards[0]: "Low"}
        names = f"{self.atoms.name(var)} Low"
        rule = "Z_induction"
        if len(formula.guards) > 1:
            high = formula.guards[1].terms()[1]
            rule, names = "Z_induction_below", f"{names} High"
            head += f" {self.atoms.integer(high)}"
            env[Lt(var + 1, high)] = "High"
        opened = "whole_in High. " if "High" in names else ""
        return [
            f"apply ({rule} {head}).",
            f"{{ pose proof {step.use(before, step.env)} as Base. carry Base. }}",
            f"{{ intros {names} IH. {opened}",
            f"pose proof {step.use(after, env)} as Next. carry Next. }}",
        ]

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

    def _integer_gap(self, step: _Step) -> list[str] | None:
        before = sequent(step.premises[0]).concl.subst(step.to)
        stated = self.derive(step.premises[0], step.to)
        if stated is None or not expressible(step.concl):
            return None
        low, high = map(self.atoms.integer, before.terms())
        return [
            f"pose proof {step.use(stated, step.env)} as Fact0.",
            f"assert (Z0 : ({low} < {high})%Z) by (apply lt_IZR; whole; lra).",
            f"assert (Z1 : ({low} + 1 <= {high})%Z) by lia.",
            "apply IZR_le in Z1; whole_in Z1; lra.",
        ]

    def _sum_linear(self, step: _Step) -> list[str] | None:
        formula = step.concl
        assert isinstance(formula, Relation)
        if not isinstance(formula.lhs, Big) or not expressible(formula):
            return None
        body, index, lo, hi = formula.lhs.args
        if any(is_root(p) and not isinstance(p.base, Sym) for p in sp.preorder_traversal(body)):
            return None  # the kernel reduces such roots in the coefficients
        parts, den = coefficients(body, lambda g: index in g.free_symbols)
        text = []
        for monomial, c in parts.items():
            summand = self.atoms.real(sp.Mul(*(g**k for g, k in monomial))) if monomial else "1"
            ends = f"{self.atoms.integer(lo)} {self.atoms.integer(hi)}"
            total = f"(bigsum (fun {self.atoms.binder(index)} => {summand}) {ends})"
            text.append(f"{self.atoms.real(c / den)} * {total}")
        middle = " + ".join(text) or "0"
        lines = step.facts(step.premises)
        lines += [f"transitivity ({middle}).", "{ linear_sum. }"]
        if () in parts:
            lines.append(
                f"rewrite (bigsum_one {self.atoms.integer(lo)} {self.atoms.integer(hi)}) by settle."
            )
        return [*lines, "same."]

    def _certificate(self, step: _Step) -> list[str] | None:
        return step.by_leaf()

    _identity = _certificate
    _sign_fact = _certificate

    # ------------------------------------------------------------ leaves

    def leaf(self, leaf: Leaf) -> str:
        """Name of the lemma of a leaf; equal statements share one."""
        text = leaf.statement()
        if text not in self.leaves:
            self.leaves[text] = (f"leaf_{len(self.leaves) + 1}", leaf)
        return self.leaves[text][0]

    def by_form(self, formula: Formula) -> str:
        """Name of the hypothesis that an opaque term has the sign of its form."""
        if formula not in self._forms:
            self._forms[formula] = f"by_form_{len(self._forms) + 1}"
            self.assumed.setdefault("form", []).append(self._forms[formula])
            free = sorted(formula.free() - self.atoms.fixed, key=str)
            binders = " ".join(
                f"({self.atoms.binder(s)})" for s in free if s.sort in ("int", "real", "random")
            )
            head = f"forall {binders}, " if binders else ""
            name = self._forms[formula]
            self.blocks.append(f"Hypothesis {name} : {head}{self.atoms.formula(formula)}.")
        return self._forms[formula]


@dataclass
class _Step:
    """One step under replacements, with what its lemma may use."""

    skeleton: Skeleton
    thm: Theorem
    to: Mapped
    concl: Formula
    hyps: tuple[Formula, ...]

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
        args = [self.skeleton.atoms.name(s) for s in stated.variables]
        for hyp in stated.hyps:
            proof = env.get(hyp) or known.get(hyp)
            if proof is None:
                raise refuse(f"{stated.name}, whose premise {hyp} is not at hand,")
            args.append(proof)
        return f"({' '.join([stated.name, *args])})" if args else stated.name

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
            if part == own:
                continue
            form = Lt(0, part) if judge.pos(part) else Le(0, part) if judge.nonneg(part) else None
            if form is not None:
                lines += self._sign(form, f"Form{k}")
        return lines

    def _sign(self, form: Formula, name: str) -> list[str]:
        text = self.skeleton.atoms.formula(form)
        part = form.terms()[1]
        if isinstance(part, (sp.Abs, sp.exp)):
            return [f"assert ({name} : {text}) by by_form."]
        if isinstance(part, Big) and self._summand(part.args[0]):
            facts = " ".join(self.facts(self.premises)).replace("Fact", f"{name}_")
            return [f"assert ({name} : {text}) by ({facts.replace('.', ';')} by_form)."]
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
        if leaf is None:
            return ["reflexivity."]
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
