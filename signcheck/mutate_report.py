"""``signcheck mutate``: what became of every stronger variant, theorem by theorem.

A mutant is *refuted* by numbers on which it is false, or *unproved*: its derivation fails. Where
the theory says in ``notes["slack"]`` why its constants need not be the best ones, a constant mutant
that is merely unproved is listed as slack with that reason. Whatever survives is a hole, unless
``notes`` has its name and a reason. Perturbed certificates are refused by the kernel, or are
equivalent (see ``mutate_certificates``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from signcheck.mutate import Death, report
from signcheck.mutate_certificates import Perturbed, perturb
from signcheck.theory import Theory

__all__ = ["Line", "examine", "text"]

SLACK = "slack"
CHECKER = {"refuted": "ball arithmetic", "unproved": "kernel", "survived": "none"}
"""What the end of a mutant rests on: numbers in balls, or that the kernel refuses the proof."""


@dataclass(frozen=True)
class Line:
    """The mutants of one theorem.

    Attributes
    ----------
    id
        Theorem.
    refuted
        Mutants that are false somewhere, with the member and the numbers.
    unproved
        Mutants whose derivation fails, with the step.
    slack
        Constant mutants that are merely unproved where the theory says why, and survivors that it
        lists, with the reason.
    holes
        Survivors, and derivations that crashed.
    certificates
        What became of perturbed certificates.
    weaker
        Variants that were not tried: they ask for no more than the theorem at any sample.
    """

    id: str
    refuted: tuple[Death, ...]
    unproved: tuple[Death, ...]
    slack: tuple[tuple[Death, str], ...]
    holes: tuple[Death, ...]
    certificates: Perturbed
    weaker: int = 0

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Line:
        """From what :meth:`plain` made; raises KeyError or TypeError on anything else."""
        ends: dict[str, list[Any]] = {"refuted": [], "unproved": [], "slack": [], "holes": []}
        for row in content["mutants"]:
            death = Death(row["name"], row["outcome"], row["by"])
            if row["outcome"] == "slack":
                died = replace(
                    death, outcome="survived" if row["checker"] == "none" else "unproved"
                )
                ends["slack"].append((died, row["reason"]))
            else:
                ends[row["outcome"] if row["outcome"] in ends else "holes"].append(death)
        refuted, unproved, slack, holes = map(tuple, ends.values())
        found = dict(content["certificates"])
        certificates = Perturbed(**found | {"survived": tuple(found["survived"])})
        name, weaker = content["theorem"], content["weaker"]
        return cls(name, refuted, unproved, slack, holes, certificates, weaker)

    @property
    def ok(self) -> bool:
        """Whether nothing survived that is not listed."""
        return not self.holes and not self.certificates.survived

    def plain(self) -> dict[str, Any]:
        """JSON data: counts, and every mutant with its outcome and checker."""
        rows = [(d, d.outcome, CHECKER[d.outcome]) for d in (*self.refuted, *self.unproved)]
        # A survivor that the theory lists was proved: nothing speaks against it.
        rows += [(d, "slack", CHECKER[d.outcome]) for d, _ in self.slack]
        rows += [(d, d.outcome, "none") for d in self.holes]
        reasons = {d.name: why for d, why in self.slack}
        return {
            "theorem": self.id,
            "ok": self.ok,
            "counts": self.counts(),
            "weaker": self.weaker,
            "mutants": [
                {"name": d.name, "outcome": outcome, "checker": checker, "by": d.by}
                | ({"reason": reasons[d.name]} if outcome == "slack" else {})
                for d, outcome, checker in rows
            ],
            "certificates": self.certificates._asdict(),
        }

    def counts(self) -> dict[str, int]:
        """How many mutants of the statement met which end."""
        parts = (self.refuted, self.unproved, self.slack, self.holes)
        names = ("refuted", "unproved", "slack", "holes")
        return {name: len(part) for name, part in zip(names, parts, strict=True)}


def examine(theory: Theory) -> Line:
    """Try every mutant of a statement and every perturbed certificate of its proof."""
    found: dict[str, list[Death]] = {"refuted": [], "unproved": [], "holes": []}
    slack: list[tuple[Death, str]] = []
    why = theory.notes.get(SLACK, "")
    tried = report(theory)
    for death in tried.deaths:
        constant = not death.name.startswith("without ")
        if death.outcome == "unproved" and constant and why:
            slack.append((death, why))
        elif death.outcome in ("refuted", "unproved"):
            found[death.outcome].append(death)
        elif death.outcome == "survived" and death.name in theory.notes:
            slack.append((death, theory.notes[death.name]))
        else:
            found["holes"].append(death)
    refuted, unproved, holes = map(tuple, found.values())
    certificates = perturb(theory.theorem)
    return Line(theory.id, refuted, unproved, tuple(slack), holes, certificates, tried.weaker)


def text(lines: Iterable[Line]) -> Iterator[str]:
    """One line a theorem, then what is slack and what is a hole, then the totals."""
    seen = list(lines)
    yield f"{'theorem':<20}{'refuted':>9}{'unproved':>9}{'slack':>7}{'holes':>7}   certificates"
    total = dict.fromkeys(("refuted", "unproved", "slack", "holes"), 0)
    for line in seen:
        counts, c = line.counts(), line.certificates
        total = {name: total[name] + n for name, n in counts.items()}
        row = (
            f"{counts['refuted']:>9}{counts['unproved']:>9}{counts['slack']:>7}{counts['holes']:>7}"
        )
        tail = f"{c.certificates}: {c.refused} refused, {c.equivalent} equivalent"
        yield f"{line.id:<20}{row}   {tail}, {len(c.survived)} accepted"
    for line in seen:
        for why in dict.fromkeys(why for _, why in line.slack):
            n = sum(other == why for _, other in line.slack)
            yield f"slack in {line.id} ({n} mutants): {why}"
        yield from (f"HOLE in {line.id}: {d.name}: {d.by}" for d in line.holes)
        yield from (f"HOLE in {line.id}: certificate {c}" for c in line.certificates.survived)
    parts = ", ".join(f"{n} {name}" for name, n in total.items())
    refused = sum(line.certificates.refused for line in seen)
    equivalent = sum(line.certificates.equivalent for line in seen)
    yield f"{len(seen)} theorems: {parts}; certificates: {refused} refused, {equivalent} equivalent"
