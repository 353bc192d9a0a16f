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
from typing import Any

from hardinstances.errors import ProjectError
from signcheck.export.coq_atoms import Atoms, expressible
from signcheck.export.coq_leaves import Leaf
from signcheck.export.coq_replacements import replacements
from signcheck.export.coq_steps import (
    Mapped,
    Stated,
    _after,
    _hashable,
    _Step,
)
from signcheck.export.coq_trust import Trust
from signcheck.kernel import Formula, Sym, Theorem, sequent
from signcheck.kernel.substitution import free_in_values
from signcheck.kernel.terms import N1, Co, En, Ex, Inner, Noo, Nuc, Op, Val, free

__all__ = ["Skeleton", "Stated"]

OPAQUE = (Val, Inner, N1, Noo, Nuc, Op, Co, En, Ex)


class Skeleton(Trust):
    """Walks one proof and writes its lemmas, premises first.

    Parameters
    ----------
    fixed
        Symbols of the theorem's statement.
    known
        Its hypotheses that speak of numbers, with their names in the file.
    draws
        Random variables with the numbers that their law depends on.
    """

    def __init__(
        self,
        fixed: frozenset[Sym],
        known: Mapping[Formula, str],
        draws: Mapping[Sym, frozenset[Sym]] | None = None,
    ) -> None:
        self.atoms = Atoms(fixed, draws or {})
        self.known, self._given = dict(known), known
        self.leaves: dict[str, tuple[str, Leaf]] = {}
        self.assumed: dict[str, list[str]] = {}
        self.blocks: list[str] = []
        self._done: dict[Any, Stated | None] = {}
        self._forms: dict[Formula, str] = {}
        self._said: dict[tuple[str, str], str] = {}
        self._unwritten: frozenset[Formula] = frozenset()
        self.sequences: dict[Sym, frozenset[Sym]] = {}
        self.vectors: dict[Sym, tuple[Formula, Formula]] = {}

    @property
    def _hidden(self) -> frozenset[Sym]:
        return frozenset().union(*(h.free() for h in self._unwritten))

    def settled(self) -> Skeleton | None:
        """An empty skeleton in which no step on trust says too much; None if this one is so.

        A step on trust may rest on a hypothesis without a form here, so it must not be stated for
        all values of what that speaks of: a number is fixed, and a random variable with its law
        is one for each value of the numbers that the law depends on.
        """
        draws, fixed = {**self.atoms.draws, **self.sequences}, self.atoms.fixed
        for formula in self._unwritten:
            numbers = {s for s in formula.free() - fixed if s.sort in ("real", "int", "random")}
            drawn = {s for s in formula.free() if s.sort == "random"} & (numbers | set(draws))
            for symbol in drawn:
                draws[symbol] = draws.get(symbol, frozenset()) | (numbers - drawn)
            fixed |= drawn or {s for s in numbers if s.sort == "real"}
        if (draws, fixed) == (self.atoms.draws, self.atoms.fixed):
            return None
        return Skeleton(fixed, self._given, draws)

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
            mapping = _after(replacements(thm), to)
            general = self._in_general(thm, mapping, to)
            return general or self.derive(content.premises[0], mapping)
        if content.rule == "instantiate":
            self._remember(content.premises[1:], to)
        concl = content.concl.subst(to)
        local = self._local(thm, to)
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

    def _local(self, thm: Theorem, to: Mapped) -> list[Formula]:
        """Hypotheses of a step that its lemma has to state."""
        hyps = {h.subst(to) for h in (*sequent(thm).hyps, *sequent(thm).splits)}
        return sorted((h for h in hyps if h not in self.known and expressible(h)), key=str)

    def _in_general(self, thm: Theorem, mapping: Mapped, to: Mapped) -> Stated | None:
        """A lemma proved for all real numbers, applied to those that ``specialise`` puts in.

        Sympy may write a claim about a composed term in another way than its lemma. This is for
        such terms only, and not where a step on trust would have to hold for all numbers although
        a hypothesis that is not written speaks of the one number.
        """
        premise = sequent(thm).premises[0]
        content = sequent(premise)
        deep = _below_opaque((content.concl, *content.hyps, *content.splits))
        numbers = {s: v for s, v in mapping.items() if self._composed(s, v) and s not in deep}
        rest = {s: v for s, v in mapping.items() if s not in numbers}
        if not numbers or free_in_values(rest) & set(numbers):
            return None
        mark = self._mark()
        stated = self.derive(premise, rest)
        kept = stated is not None and stated.name and not self._hidden & set(numbers)
        if stated is None or not kept or _below_opaque((stated.concl, *stated.hyps)) & set(numbers):
            self._back_to(mark)
            return None
        parts = (*content.hyps, *content.splits)
        hyps = {h.subst(rest): h.subst(mapping) for h in parts}
        concl = sequent(thm).concl.subst(to)
        needed = dict.fromkeys(hyps[h] for h in stated.hyps if hyps[h] not in self.known)
        local = dict.fromkeys((*needed, *self._local(thm, to)))
        step = _Step(self, thm, to, concl, tuple(local))
        args = [
            self.atoms.real(numbers[s]) if s in numbers else self.atoms.name(s)
            for s in stated.variables
        ]
        held = (step.env.get(hyps[h]) or self.known[hyps[h]] for h in stated.hyps)
        args += [f"ltac:(carry {name})" for name in held]
        # Why the numbers have a value: a root that the lemma squares may need it.
        lines = step.values(sequent(thm).premises[1:])
        lines += [f"pose proof ({' '.join([stated.name, *args])}) as Result.", "carry Result."]
        return self._state(step, lines)

    def _mark(self) -> tuple[Any, ...]:
        atoms = self.atoms
        own = (self.known, self.leaves, self._done, self._forms, self._said)
        tables = (*own, atoms.patterns, atoms.definitions)
        assumed = {rule: list(names) for rule, names in self.assumed.items()}
        return tuple(dict(table) for table in tables), assumed, len(self.blocks), self._unwritten

    def _back_to(self, mark: tuple[Any, ...]) -> None:
        tables, self.assumed, blocks, self._unwritten = mark
        self.known, self.leaves, self._done, self._forms, self._said = tables[:5]
        self.atoms.patterns, self.atoms.definitions = tables[5:]
        del self.blocks[blocks:]

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
        used = used.union(*(self.atoms.draws[s] for s in used if s in self.atoms.draws))
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
        first += step.any_values(variables)
        lines = "\n".join(f"  {line}" for line in [*first, *proof])
        label = sequent(step.thm).label
        note = f"(* {rule}{': ' + label if label else ''} *)\n"
        self.blocks.append(f"{note}Lemma {name} : {body}.\nProof.\n{lines}\nQed.")
        return Stated(name, variables, step.hyps, step.concl)

    # ------------------------------------------------------------ leaves

    def leaf(self, leaf: Leaf) -> str:
        """Name of the lemma of a leaf; equal statements share one."""
        text = leaf.statement()
        if text not in self.leaves:
            self.leaves[text] = (f"leaf_{len(self.leaves) + 1}", leaf)
        return self.leaves[text][0]


def _below_opaque(formulas: Iterable[Formula]) -> frozenset[Sym]:
    """Symbols inside of terms that a variable stands for."""

    def below(term: Any) -> frozenset[Sym]:
        if isinstance(term, OPAQUE):
            return free(term)
        return frozenset().union(*map(below, term.args))

    found = [below(t) for f in formulas if expressible(f) for t in f.terms()]
    return frozenset().union(*found)
