"""Walk through a file: derive every step from those before it, compare the end with the claim."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from hardinstances.errors import CertificateError, InputError
from signcheck.export.reader.judge import FIXED, Fact, Judge
from signcheck.export.reader.prose import text
from signcheck.export.reader.terms import BOUND, RELATIONS, Refused, Terms

FORMAT = "signcheck proof 1"
# Parts of a row: s symbol, i integer, n term or formula, t text, q number; * none or more of it.
SHAPES = {
    **dict.fromkeys(("Add", "Mul", "Max", "Min"), "nnn*"), "num": "q", "sym": "tt", "const": "t",
    **dict.fromkeys(("Abs", "sign", "exp", "log", "Ind", "N1", "Noo", "Nuc", "Op", "Sgn"), "n"),
    "erf": "n",
    **dict.fromkeys(("Pow", "Val", "Grad", "Inner", "Ex", "Co", "Le", "Lt", "Eq"), "nn"),
    **dict.fromkeys(("Big", "Prod"), "nsii"), "Ap": "si*", "Prof": "snn*", "En": "nnn", "Pol": "n",
    "Past": "i", "ForAll": "snn*", "Measurable": "nn", "Law": "nnnn*", "Independent": "nsin",
    **dict.fromkeys(("Lipschitz", "GapAtMost"), "snn*"), "Attained": "nnnnntn*", "par": "t",
    "Dynamics": "tssnn*", "none": "t", "oo": "q",
}  # fmt: skip
# What a symbol may be called: nothing that reads like a number, a relation or another symbol.
NAME = re.compile(r"(parameter )?[A-Za-z_]\w*'?(#[0-9a-f]+)?", re.ASCII)
BROKEN = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
Formulas = frozenset[int]


class Step(NamedTuple):
    """What a step states: claim, hypotheses, open cases, axioms."""

    claim: int
    hyps: Formulas
    splits: Formulas
    axioms: frozenset[str]


@dataclass
class Move:
    """One application of a rule: what it may look at, and the hypotheses that it leaves."""

    t: Terms
    j: Judge
    claim: int
    hyps: Formulas
    splits: Formulas
    settle: Callable[[int], int]
    axiom: str = ""

    def need(self, fine: bool, why: str) -> None:
        """Refuse the step."""
        if not fine:
            raise Refused(why)

    def relation(self, step: Step, *kinds: str) -> tuple[str, int, int]:
        """The claim of a premise as (kind, left, right)."""
        row = self.t.rows[step.claim]
        self.need(row[0] in (kinds or RELATIONS), "a premise is no such relation")
        return row[0], row[1], row[2]

    def surely(self, *steps: Step) -> None:
        """What rests on one case of chance only may not pass."""
        for step in steps:
            self.need(
                not any(map(self.t.is_random, step.splits)), "a premise holds in one case only"
            )


Rule = Callable[..., int | None]
RULES: dict[str, Rule] = {}
SURE: set[str] = set()


def rule(function: Rule) -> Rule:
    """Register a rule: it returns the claim, or None where it compared the claim itself."""
    RULES[function.__name__] = function
    return function


def sure(function: Rule) -> Rule:
    """A rule all of whose premises and facts have to hold almost surely."""
    SURE.add(function.__name__)
    return rule(function)


class Verdict(NamedTuple):
    """What was read: steps that were derived and steps that were not, by rule; axioms.

    ``conclusion`` and ``hypotheses`` are printed from the rows that the last step proves,
    ``symbols`` are the free symbols of both with their sorts;
    ``seconds`` holds the time that each step took, None for one that was not derived again.
    """

    theorem: str
    conclusion: str
    hypotheses: tuple[str, ...]
    symbols: tuple[str, ...]
    axioms: tuple[str, ...]
    derived: Counter[str]
    not_rechecked: Counter[str]
    seconds: tuple[float | None, ...]

    def plain(self) -> dict[str, Any]:
        """The verdict as JSON data."""
        plain = self._asdict() | {"lines": self.lines()}
        return plain | {"seconds": sum(s for s in self.seconds if s is not None)}

    def text(self) -> Iterator[str]:
        """The verdict line by line: what is proved, under what, and what was taken over."""
        steps, taken = sum(self.derived.values()), sum(self.not_rechecked.values())
        yield f"{self.theorem}: {steps} steps derived again, {taken} not rechecked"
        yield f"  code to audit: {self.lines()} lines"
        yield f"  axioms: {', '.join(self.axioms) or 'none'}"
        yield from (f"  not rechecked: rule {r}, {n} steps" for r, n in self.not_rechecked.items())
        yield f"  symbols: {', '.join(self.symbols)}"
        yield from (f"  given {hypothesis}" for hypothesis in self.hypotheses)
        yield f"  proved: {self.conclusion}"

    def lines(self) -> int:
        """Lines of code to audit for this proof: the core and the modules of its rules."""
        from signcheck.export.reader import judge, prose, rows, terms, worlds

        parts = {worlds, rows, terms, judge, prose, inspect.getmodule(read)}
        parts |= {inspect.getmodule(RULES[r]) for r in self.derived}
        return sum(code_lines(inspect.getsource(part)) for part in parts if part is not None)


def code_lines(source: str) -> int:
    """Lines without blanks, comments and docstrings."""
    count, quoted = 0, False
    for line in map(str.strip, source.splitlines()):
        marks = line.count('"""')
        text = quoted or line.startswith(('"""', 'r"""'))
        quoted ^= marks % 2 == 1
        count += bool(line) and not text and not line.startswith("#")
    return count


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of everything in a file but the digest itself."""
    rest = {name: value for name, value in document.items() if name != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.t, self.places = Terms(digest(document)), list[int]()
        self.steps, self.known = list[Step](), dict[Any, list[int]]()
        self.derived, self.skipped = Counter[str](), Counter[str]()
        self.seconds = list[float | None]()
        for op, *parts in document["rows"]:
            self.places.append(self._row(op, parts))

    def _row(self, op: str, parts: list[Any]) -> int:
        shape = SHAPES[op]
        if shape.endswith("*"):
            shape = shape[:-2] + shape[-2] * (len(parts) - len(shape) + 2)
        good = len(parts) == len(shape)
        read: list[Any] = []
        for kind, part in zip(shape, parts, strict=False):
            good = good and isinstance(part, str if kind in "tq" else int) and part is not True
            value: Any = part if kind == "t" else None
            if value is None:
                value = Fraction(part) if kind == "q" else self.places[part]
            good = good and (kind != "s" or self.t.rows[value][0] == "sym")
            good = good and (kind != "i" or self.t.is_int(value))
            read.append(value)
        if op in BOUND and good:
            symbol = self.t.rows[read[BOUND[op][0]]]
            good = symbol[1] not in FIXED and (op == "ForAll" or symbol[2] == "int")
        good = good and self.t.is_term(op, read)
        good = good and (op != "sym" or NAME.fullmatch(read[0]) is not None)
        guards = read[2:] if op == "ForAll" else []
        if not good or any(map(self.t.is_random, guards)):
            raise CertificateError(f"the row {[op, *parts]} of the file is no term or formula.")
        return self.t.make(op, *read)

    def settle(self, formula: int) -> int:
        """The first formula that is equal to this one: sets of formulas are sets of these."""
        key = self.t.rows[formula][0], self.t.free(formula)
        group = self.known.setdefault(key, [])
        for other in group:
            if self.t.equal(formula, other):
                return other
        group.append(formula)
        return formula

    def formulas(self, places: list[int]) -> Formulas:
        return frozenset(self.settle(self.places[k]) for k in places)

    def argument(self, x: Any) -> Any:
        """A step, term, list, mapping or plain value from the file."""
        if not isinstance(x, list):
            return x
        tag, *rest = x
        if tag == "step":
            return self.steps[rest[0]]
        if tag == "row":
            return self.places[rest[0]]
        if tag == "map":
            return {self.argument(k): self.argument(v) for k, v in rest}
        if tag == "named":
            return {k: self.argument(v) for k, v in rest[0].items()}
        if tag != "list":
            raise Refused(f"{tag!r} is no argument")
        return tuple(map(self.argument, rest))

    def step(self, entry: Mapping[str, Any]) -> Step:
        """One step, derived from those before it."""
        arguments = [self.argument(x) for x in entry["arguments"]]
        named = {name: self.argument(x) for name, x in entry["named"].items()}
        facts = [self.steps[k] for k in entry["facts"]]
        premises = [*_steps((*arguments, *named.values())), *facts]
        random = self.t.is_random
        judge = Judge(self.t, [Fact(f.claim, not any(map(random, f.splits))) for f in facts])
        union = [Formulas().union(*(p[k] for p in premises)) for k in (1, 2)]
        claim = self.places[entry["claim"]]
        move = Move(self.t, judge, claim, union[0], union[1], self.settle)
        hyps, splits = self.formulas(entry["hypotheses"]), self.formulas(entry["cases"])
        axioms = frozenset[str]().union(*(p.axioms for p in premises))
        name = entry["rule"]
        if name not in RULES:
            self.skipped[name] += 1
            return Step(claim, hyps, splits, axioms | set(entry["axioms"]))
        if name in SURE:
            move.surely(*premises)
        found = RULES[name](move, *arguments, **named)
        move.need(found is None or self.t.equal(found, claim), "it claims something else")
        for fact in facts:
            move.hyps, move.splits = move.hyps | fact.hyps, move.splits | fact.splits
        move.need((move.hyps, move.splits) == (hyps, splits), "its hypotheses are others")
        self.derived[name] += 1
        return Step(claim, hyps, splits, axioms | ({move.axiom} - {""}))


def _steps(values: Any) -> list[Step]:
    if isinstance(values, Step):
        return [values]
    values = list(values.values()) if isinstance(values, dict) else values
    return [s for v in values for s in _steps(v)] if isinstance(values, (list, tuple)) else []


def read(document: Mapping[str, Any]) -> Verdict:
    """Derive every step of an exported proof, then compare the last one with the statement.

    Raises
    ------
    CertificateError
        If the file was changed, or a step or the statement does not follow; names the step.
    """
    if document.get("format") != FORMAT:
        raise CertificateError(f"the format is {document.get('format')!r}, not {FORMAT!r}.")
    if document.get("digest") != digest(document):
        raise CertificateError("the file was changed after it was written: its digest differs.")
    try:
        return _read(document)
    except BROKEN as error:
        raise CertificateError(f"the file is no exported proof ({error!r}).") from error


def _read(document: Mapping[str, Any]) -> Verdict:
    reader = _Reader(document)
    for entry in document["steps"]:
        name = f"{len(reader.steps)} ({entry['label'] or entry['rule']})"
        begin, taken = time.perf_counter(), sum(reader.skipped.values())
        try:
            reader.steps.append(reader.step(entry))
        except Refused as error:
            raise CertificateError(f"step {name} does not follow: {error}.") from None
        except BROKEN as error:
            raise CertificateError(f"step {name} is no step: {error!r}.") from error
        own = sum(reader.skipped.values()) == taken
        reader.seconds.append(time.perf_counter() - begin if own else None)
    last, claimed = reader.steps[-1], document["statement"]
    for what, found, wanted in (
        ("conclusion", last.claim, reader.places[claimed["conclusion"]]),
        ("hypotheses", last.hyps, reader.formulas(list(claimed["hypotheses"].values()))),
        ("open cases", last.splits, Formulas()),
        ("axioms", last.axioms, frozenset(claimed["axioms"])),
    ):
        if found != wanted and not (what == "conclusion" and reader.t.equal(found, wanted)):
            raise CertificateError(f"the steps prove another statement: its {what} differ.")
    held = tuple(sorted(text(reader.t, h) for h in last.hyps))
    free = frozenset[int]().union(*map(reader.t.free, (last.claim, *last.hyps)))
    symbols = tuple(sorted(f"{reader.t.rows[s][1]} ({reader.t.sort(s)})" for s in free))
    head = (document["id"], text(reader.t, last.claim), held, symbols, tuple(sorted(last.axioms)))
    return Verdict(*head, reader.derived, reader.skipped, tuple(reader.seconds))


def read_file(path: Path) -> Verdict:
    """``read`` of a JSON file.

    Raises
    ------
    InputError
        If there is no such file, or it is no JSON.
    CertificateError
        As ``read``.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}): export it again.") from error
    if not isinstance(document, dict):
        raise CertificateError(f"{path} is no exported proof: it holds no object.")
    return read(document)
