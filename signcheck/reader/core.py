"""The part of the reader to audit first: with ``points`` under 300 lines of code.

It reads a file, carries the hypotheses, open cases and axioms of every step over to what rests on
it, verifies the equation of every certificate and identity at enough exact rational points, and
compares what was proved with what is claimed. A rule whose claim nothing here derives is taken
over, and counted as such; ``logic``, ``arithmetic`` and ``sums`` leave few of those.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from hardinstances.errors import CertificateError
from signcheck.reader.points import Terms, UndecidedError

FORMAT = "signcheck proof 1"
KINDS = frozenset(("Le", "Lt", "Eq", "ForAll", "Measurable", "Law", "Independent", "Lipschitz"))
KINDS |= {"GapAtMost", "Attained", "Dynamics"}
# Rules that add or discharge hypotheses: those are taken over where the claim is.
DISCHARGING = frozenset(("cut", "cases", "generalise", "specialise", "induction", "suppose"))
DISCHARGING |= {"law", "recursion", "witness"}
Formula = Any  # a tuple (kind, part, ...); numbers in it are places of terms
Formulas = frozenset[Formula]
Hypotheses = tuple[Formulas, Formulas]


class Verdict(NamedTuple):
    """What was read: how often the claim of each rule was derived, and how often taken over."""

    theorem: str
    statement: str
    axioms: tuple[str, ...]
    derived: Counter[str]
    taken_over: Counter[str]


@dataclass(frozen=True)
class Step:
    """One line of a proof; ``data`` holds what its rule needs besides premises."""

    rule: str
    label: str
    claim: Formula
    hyps: Formulas
    cases: Formulas
    axioms: frozenset[str]
    premises: tuple[Step, ...]
    data: dict[str, Any]


# A rule derives the claim of a step: False if it does not follow; else its hypotheses and open
# cases, or True for those of all premises.
Rule = Callable[[Any, Step], bool | Hypotheses]


def digest(document: dict[str, Any]) -> str:
    """SHA-256 of everything in a file but the digest itself."""
    rest = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(rest, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def all_of(*steps: Step) -> Hypotheses:
    """All hypotheses and open cases of some steps."""
    hyps, cases = ([getattr(step, name) for step in steps] for name in ("hyps", "cases"))
    return Formulas().union(*hyps), Formulas().union(*cases)


class Reader:
    """One file: its terms and its steps.

    Raises
    ------
    CertificateError
        If a step or the statement does not follow; names the step. A file that is no proof raises
        whatever Python says of it: ``signcheck.reader.read`` makes that a sentence.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        if document["format"] != FORMAT:
            raise CertificateError(f"the format is {document['format']!r}, not {FORMAT!r}.")
        self.document, self.terms, self.rules = document, self.table(), self.known_rules()
        self.places, self.steps = list[int](), list[Step]()
        self.derived, self.taken_over = Counter[str](), Counter[str]()
        for row in document["terms"]:
            self.places.append(self.load(row))

    def table(self) -> Terms:
        """The table that terms are kept in."""
        return Terms()

    def known_rules(self) -> Mapping[str, Rule]:
        """The rules whose claims are derived."""
        return CORE

    def load(self, x: Any) -> Any:
        """A term or formula from nested lists; a whole number is a place in the file's table."""
        if isinstance(x, (int, str)):
            return self.places[x] if isinstance(x, int) else x
        if not x or not isinstance(x[0], str) or x[0] in KINDS:
            return tuple(map(self.load, x))
        if x[0] in ("num", "sym"):
            return self.terms.number(Fraction(x[1])) if x[0] == "num" else self.terms.make(*x[:3])
        return self.terms.make(x[0], *map(self.load, x[1:]))

    def verdict(self) -> Verdict:
        """Derive every step, then compare the last one with the statement."""
        for entry in self.document["steps"]:
            self.steps.append(self.step(entry))
        last, claimed = self.steps[-1], self.document["statement"]
        hyps, axioms = map(self.load, claimed["hypotheses"].values()), frozenset(claimed["axioms"])
        for what, found, wanted in (
            ("conclusion", last.claim, self.load(claimed["conclusion"])),
            ("hypotheses", last.hyps, frozenset(hyps)),
            ("axioms", last.axioms, axioms),
            ("open cases", last.cases, Formulas()),
        ):
            if found != wanted:
                raise CertificateError(f"the steps prove another statement: its {what} differ.")
        if self.document.get("digest") != digest(self.document):
            raise CertificateError("the digest does not fit: the file was changed.")
        head = (self.document["id"], claimed["text"], tuple(sorted(axioms)))
        return Verdict(*head, self.derived, self.taken_over)

    def step(self, entry: dict[str, Any]) -> Step:
        """One step, derived from those before it."""
        premises = tuple(self.steps[k] for k in entry.get("premises", ()))
        hyps, cases = (frozenset(map(self.load, entry.get(n, ()))) for n in ("hypotheses", "cases"))
        head = (entry["rule"], entry.get("label", ""), self.load(entry["claim"]))
        step = Step(*head, hyps, cases, frozenset(entry.get("axioms", ())), premises, entry)
        rule = self.rules.get(step.rule)
        try:
            found = rule(self, step) if rule else True
        except UndecidedError:
            rule, found = None, True
        (self.derived if rule else self.taken_over)[step.rule] += 1
        hyps, cases = found if isinstance(found, tuple) else all_of(*premises)
        free = rule is None and step.rule in DISCHARGING
        for fine, why in (
            (found, "its claim does not follow from its premises"),
            (free or hyps <= step.hyps, "a hypothesis of its premises is missing"),
            (free or cases <= step.cases, "an open case of its premises is missing"),
            (all(p.axioms <= step.axioms for p in premises), "an axiom of its premises is missing"),
        ):
            if not fine:
                name = f"step {len(self.steps)} ({step.label or step.rule})"
                raise CertificateError(f"{name} does not check: {why}.")
        return step


def certificate(reader: Reader, step: Step) -> bool:
    """right - left == sum of multiplier * (right - left of a premise) + slack terms."""
    make, minus = reader.terms.make, reader.terms.minus
    multipliers, slack = (reader.load(step.data[name]) for name in ("multipliers", "slack"))
    known = [p.claim for p in step.premises[: len(multipliers)]]
    if any(kind not in ("Le", "Lt", "Eq") for kind, *_ in (step.claim, *known)):
        return False
    gains = [make("Mul", m, minus(k[2], k[1])) for m, k in zip(multipliers, known, strict=True)]
    total = make("Add", step.claim[1], *gains, *slack)
    return reader.terms.vanishes(minus(step.claim[2], total))


def identity(reader: Reader, step: Step) -> bool:
    """Both sides are the same rational function of their atoms."""
    kind, left, right = step.claim
    return kind == "Eq" and reader.terms.vanishes(reader.terms.minus(left, right))


def assume(_: Reader, step: Step) -> bool:
    """phi |- phi."""
    return step.claim in step.hyps


CORE: Mapping[str, Rule] = {"certificate": certificate, "identity": identity, "assume": assume}
