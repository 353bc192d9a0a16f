"""What a skeleton takes on trust: one hypothesis of the section a step without a scalar form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from signcheck.export.coq_atoms import expressible
from signcheck.export.coq_replacements import replacements
from signcheck.export.coq_rules import Rules
from signcheck.export.coq_steps import Mapped, _after, _Step
from signcheck.kernel import Formula, Sym, Theorem, sequent
from signcheck.kernel.substitution import free_in_values

__all__ = ["Trust"]

CONDITIONAL = frozenset({"witness", "vanishing", "embed", "rewrite", "segment"})
"""Rules whose conclusion may be the theorem's own: there the premises are proved and implied,
those of ``segment`` where they have a proof in numbers."""

FORBIDDEN = frozenset(
    {"certificate", "identity", "sign_fact", "induction", "cases", "assume"} | {"recursion"}
)
"""Rules that must never end up on trust: leaves, or what the skeleton is there to prove."""


class Trust(Rules):
    """Writes the hypotheses of a section, and remembers what they rest on that is not written."""

    assumed: dict[str, list[str]]
    blocks: list[str]
    _said: dict[tuple[str, str], str]
    _forms: dict[Formula, str]
    _unwritten: frozenset[Formula]

    def _mark(self) -> tuple[Any, ...]:
        raise TypeError("there is nothing to come back to: use a Skeleton.")

    def _back_to(self, mark: tuple[Any, ...]) -> None:
        raise TypeError(f"nothing was marked, got {mark}: use a Skeleton.")

    def _hypothesis(self, step: _Step, variables: tuple[Sym, ...], rule: str) -> list[str]:
        """A step without a scalar form: its premises imply its conclusion, on trust."""
        found: dict[str, str] = {}
        mark = self._mark()
        if rule in CONDITIONAL:
            for premise in step.premises:
                found.update(self._conditions(step, premise, step.to, variables))
        if rule == "segment" and FORBIDDEN & set(self.assumed):
            self._back_to(mark)  # the bound along the segment has no proof in numbers
            found = {}
        hidden = (h for h in sequent(step.thm).hyps if not expressible(h))
        self._unwritten |= {h.subst(step.to) for h in hidden}
        binders = " ".join(f"({self.atoms.binder(s)})" for s in variables)
        parts = [f"({self.atoms.formula(f)}) ->" for f in step.hyps]
        parts += [f"({text}) ->" for text in found]
        parts.append(self.atoms.formula(step.concl))
        head = f"forall {binders},\n  " if binders else ""
        name = self._on_trust(rule, head + "\n  ".join(parts))
        args = [self.atoms.name(s) for s in variables]
        args += [f"L{i}" for i in range(len(step.hyps))]
        args += found.values()
        return [f"exact ({' '.join([name, *args])})."]

    def _on_trust(self, rule: str, text: str) -> str:
        """Name of the hypothesis with that text; equal ones share one."""
        if (rule, text) not in self._said:
            names = self.assumed.setdefault(rule, [])
            names.append(f"by_{rule}_{len(names) + 1}")
            self._said[rule, text] = names[-1]
            self.blocks.append(f"Hypothesis {names[-1]} : {text}.")
        return self._said[rule, text]

    def _conditions(
        self, step: _Step, premise: Theorem, to: Mapped, variables: tuple[Sym, ...]
    ) -> Iterator[tuple[str, str]]:
        """What a step on trust needs of a premise, in numbers, and its proof.

        A hypothesis that the rule discharges (the start of a run, its update rule, the range of an
        index) is a premise of the condition. A premise that does not speak of numbers only, such as
        a gap, gives the bounds that it rests on.
        """
        content = sequent(premise)
        if not expressible(content.concl.subst(to)):
            special = content.rule == "specialise"
            mapping = _after(replacements(premise), to) if special else to
            # A bound for all numbers is a condition that asks for more, so it may stay general.
            rest = {s: v for s, v in mapping.items() if not self._composed(s, v)}
            clash = free_in_values(rest) & (set(mapping) - set(rest))
            for below in content.premises[:1] if special else content.premises:
                yield from self._conditions(step, below, mapping if clash else rest, variables)
            return
        stated = self.derive(premise, to)
        if stated is None or not stated.name or stated.concl in (*step.hyps, *self.known):
            return
        env = dict(step.env)
        missing = [h for h in stated.hyps if h not in env and h not in self.known]
        env |= {h: f"M{i}" for i, h in enumerate(missing)}
        free = frozenset().union(*(f.free() for f in (stated.concl, *missing)))
        more = sorted(
            (
                s
                for s in (free | set(stated.variables)) - self.atoms.fixed - set(variables)
                if s.sort in ("int", "real", "random")
            ),
            key=str,
        )
        step.introduced |= set(more)
        binders = " ".join(f"({self.atoms.binder(s)})" for s in more)
        head = f"forall {binders}, " if more else ""
        guards = "".join(f"({self.atoms.formula(h)}) -> " for h in missing)
        opened = " ".join([binders, *(f"M{i}" for i in range(len(missing)))]).strip()
        proof = step.use(stated, env)
        text = f"{head}{guards}{self.atoms.formula(stated.concl)}"
        yield text, f"(fun {opened} => {proof})" if opened else proof

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

    def _composed(self, symbol: Sym, value: Any) -> bool:
        return (
            symbol.sort in ("real", "random")
            and symbol not in self.atoms.fixed
            and isinstance(value, sp.Basic)
            and not isinstance(value, (Sym, sp.Rational))
        )
