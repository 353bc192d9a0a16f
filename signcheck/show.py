"""``signcheck show``: a theorem as a proof one can read, from the proof that was checked.

The kernel's derivation is a graph of some hundred small steps. Shown are the ones that the proof
names, in order, each with what it rests on; unnamed steps in between are folded, and a lemma that
is a theorem of its own is cited, not repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardinstances.errors import ProjectError
from signcheck import registry
from signcheck.kernel import AXIOMS, Formula, Relation, Theorem, sequent
from signcheck.notation import TEXT
from signcheck.reread import reread

if TYPE_CHECKING:
    from signcheck.theory import Theory

__all__ = ["Step", "steps", "text"]

CLOSED_BY = "its terms and facts"


@dataclass(frozen=True)
class Step:
    """A named step.

    Attributes
    ----------
    number, label, rule, claim
        Position, name, kernel rule and conclusion.
    sources
        Numbers of steps, names of hypotheses and ids of theorems that it rests on.
    certificate
        ``right - left`` as (multiplier, premise) pairs; None for other rules.
    slack
        Non-negative terms added to the combination.
    given
        What the rule put in for variables.
    """

    number: int
    label: str
    rule: str
    claim: Formula
    sources: tuple[str, ...]
    certificate: tuple[tuple[str, Formula, str], ...] | None
    slack: tuple[str, ...]
    given: tuple[str, ...]


def steps(theory: Theory) -> list[Step]:
    """The named steps of a proof, premises before conclusions.

    Raises
    ------
    ProofError
        If the theorem does not prove.
    """
    reader = _Reader(theory)
    for thm in reader.order:
        reader.read(thm)
    return reader.found


class _Reader:
    """Walks one proof and numbers what it names."""

    def __init__(self, theory: Theory) -> None:
        self.found: list[Step] = []
        self._root = theory.theorem
        self._lemmas = _other_theorems(theory)
        self._names = {formula: name for name, formula in theory.statement.hypotheses.items()}
        self._sources: dict[int, tuple[str, ...]] = {}
        self.order = list(_premises_first(self._root, set(self._lemmas)))

    def read(self, thm: Theorem) -> None:
        """Note what a step rests on, and number it if it has a name."""
        content, key = sequent(thm), id(thm)
        if key in self._lemmas:
            needed = (name for formula, name in self._names.items() if formula in content.hyps)
            self._sources[key] = (f"theorem {self._lemmas[key]}", *needed)
            return
        if content.rule == "assume" and content.concl in self._names:
            self._sources[key] = (self._names[content.concl],)
            return
        inherited = [s for p in content.premises for s in self._sources[id(p)]]
        sources = tuple(dict.fromkeys(inherited))
        if (content.label and not _trivial(content.concl)) or thm is self._root:
            sources = (self._add(thm, sources),)
        self._sources[key] = sources

    def _add(self, thm: Theorem, sources: tuple[str, ...]) -> str:
        content = sequent(thm)
        number = len(self.found) + 1
        step = Step(
            number=number,
            label=content.label or "conclusion",
            rule=content.rule,
            claim=content.concl,
            sources=sources,
            certificate=self._certificate(thm),
            slack=tuple(content.detail["slack"]) if content.rule == "certificate" else (),
            given=_given(content.detail) if content.rule in ("specialise", "instantiate") else (),
        )
        self.found.append(step)
        return f"({number})"

    def _certificate(self, thm: Theorem) -> tuple[tuple[str, Formula, str], ...] | None:
        content = sequent(thm)
        if content.rule != "certificate":
            return None
        # The premises begin with the combined theorems, in order; facts follow.
        pairs = zip(content.detail["multipliers"], content.premises, strict=False)
        return tuple((m, sequent(p).concl, self._why(p)) for m, p in pairs)

    def _why(self, premise: Theorem) -> str:
        """How a premise is cited: by number, name or id, or by what it rests on."""
        rule = sequent(premise).rule
        closed = "assumed here" if rule in ("assume", "suppose") else f"rule {rule}"
        return ", ".join(self._sources[id(premise)]) or closed


def _trivial(claim: Formula) -> bool:
    """``a <= a`` and the like: nobody needs to read that."""
    return isinstance(claim, Relation) and claim.lhs == claim.rhs


def _given(detail: Any) -> tuple[str, ...]:
    if isinstance(detail, dict):
        return tuple(_assigned(name, str(value)) for name, value in detail.items())
    return tuple(str(value) for value in detail or ())


def _assigned(name: Any, value: str) -> str:
    """``name := value``; what a family is given is a term of its indices, ``((i,), term)``."""
    family = re.fullmatch(r"\(\((\w+(?:, \w+)*),?\), (.*)\)", value)
    return f"{name}({family[1]}) := {family[2]}" if family else f"{name} := {value}"


def _reread(text: str) -> str:
    return TEXT.term(reread(text))


def _substitution(text: str) -> str:
    name, assigned, value = text.rpartition(" := ")
    return f"{name}{assigned}{_reread(value)}"


def _other_theorems(theory: Theory) -> dict[int, str]:
    """Theorems of other ids that are already proved, by object: the proof may contain them."""
    found = {}
    for theorem_id in registry.ids():
        if theorem_id == theory.id:
            continue
        try:
            other = registry.load(theorem_id)
        except ProjectError:
            continue  # a broken entry of a third party is no part of this proof
        if "theorem" in vars(other):
            found[id(other.theorem)] = theorem_id
    return found


def _premises_first(root: Theorem, leaves: set[int]) -> Iterator[Theorem]:
    """Every step once, after its premises; what lies below a leaf is left out."""
    seen, stack = {id(root)}, [(root, iter(sequent(root).premises))]
    while stack:
        thm, rest = stack[-1]
        for premise in rest:
            if id(premise) not in seen:
                seen.add(id(premise))
                inner = () if id(premise) in leaves else sequent(premise).premises
                stack.append((premise, iter(inner)))
                break
        else:
            yield thm
            stack.pop()


# ---------------------------------------------------------------- text


def text(theory: Theory) -> str:
    """Statement, hypotheses, numbered steps, axioms; errors as in :func:`steps`."""
    from signcheck.verify import count_steps

    named, total = steps(theory), count_steps(theory.theorem)
    lines = [f"{theory.id}  {theory.title}", f"source: {theory.source}", ""]
    lines += _statement(theory)
    lines += ["", f"Proof: {total} kernel steps, of which {len(named)} are named:"]
    for step in named:
        lines += ["", *_lines(step)]
    return "\n".join([*lines, "", *_axioms(theory)])


def _statement(theory: Theory) -> list[str]:
    lines = ["Hypotheses" if theory.statement.hypotheses else "No hypotheses"]
    width = max((len(name) for name in theory.statement.hypotheses), default=0)
    for name, formula in theory.statement.hypotheses.items():
        lines.append(f"  {name:<{width}}  {TEXT(formula)}")
    return [*lines, "Conclusion", f"  {TEXT(theory.statement.conclusion)}"]


def _lines(step: Step) -> Iterator[str]:
    pad = " " * 6
    yield f"{step.number:>4}. {step.label} [{step.rule}]"
    yield pad + TEXT(step.claim)
    if step.given:
        yield f"{pad}with {', '.join(map(_substitution, step.given))}"
    if step.certificate is None:
        yield f"{pad}from {', '.join(step.sources) or CLOSED_BY}"
        return
    yield f"{pad}because right - left is the sum of"
    for multiplier, premise, why in step.certificate:
        yield f"{pad}  {_reread(multiplier)}  times right - left of  {TEXT(premise)}  [{why}]"
    for term in step.slack:
        yield f"{pad}  {_reread(term)}  which is not negative"
    if not step.certificate and not step.slack:
        yield f"{pad}  nothing: both sides are the same"


def _axioms(theory: Theory) -> list[str]:
    if not theory.theorem.axioms:
        return ["No axioms."]
    lines = ["Axioms"]
    for name in sorted(theory.theorem.axioms):
        axiom = AXIOMS[name]
        lines += [f"  {name}: {axiom.statement}", f"    {axiom.reference}"]
    return lines
