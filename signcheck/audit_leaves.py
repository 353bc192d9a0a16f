"""Who checked a leaf, and how long it took: kernel, FLINT, the reader, z3 or cvc5, Coq.

A leaf is what real arithmetic alone has to show (``signcheck.opinions.leaves``). The kernel's rule
is run again to be timed; FLINT confirms the equation of a certificate; the reader derives the
exported step with code of its own; a solver proves the inequality without the certificate. A
solver that does not answer in time has no opinion, and is counted so. Coq's word is read from what
``make coq`` left (``audit_coq``), never asked for here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signcheck.audit_coq import FOLDER, CoqLog, coq_log
from signcheck.theory import Theory

__all__ = ["LeafRow", "Tally", "leaf_rows", "summary", "tally", "text"]


@dataclass(frozen=True)
class LeafRow:
    """One leaf of a proof.

    Attributes
    ----------
    step, rule, goal
        Label of the step, kernel rule, and what is claimed.
    seconds
        The checkers that confirmed it, with the seconds that each took.
    facts
        Whether the hypotheses alone have a model: ``"satisfiable"``, ``"contradictory"`` (a case
        that cannot occur), ``"unknown"`` or ``"not asked"``.
    mutant
        The stronger goal that fails somewhere; empty if none was found or no solver was asked.
    """

    step: str
    rule: str
    goal: str
    seconds: dict[str, float]
    facts: str
    mutant: str

    def plain(self) -> dict[str, Any]:
        """JSON data."""
        return {**vars(self), "checkers": list(self.seconds)}


@dataclass(frozen=True)
class Tally:
    """Counts over one theorem.

    ``unchecked`` are steps without any second checker of their own: those that the reader took
    over. ``single`` are leaves that the kernel alone confirms. ``coq`` is what coqc left.
    """

    theorem: str
    steps: int
    unchecked: int
    axioms: tuple[str, ...]
    leaves: int
    by: dict[str, int]
    single: tuple[str, ...]
    no_opinion: int
    mutants: int
    contradictory: int
    coq: CoqLog

    def plain(self) -> dict[str, Any]:
        """JSON data."""
        return {**vars(self), "coq": self.coq.plain()}


def leaf_rows(
    theory: Theory, *, solvers: bool = True, coq: Path = FOLDER
) -> tuple[list[LeafRow], Tally]:
    """Every distinct polynomial leaf of a proof with its checkers, and the counts.

    Parameters
    ----------
    theory
        Whose proof is looked at.
    solvers
        Whether z3 and cvc5 are asked, which takes most of the time.
    coq
        Where ``make coq`` worked.

    Raises
    ------
    ProofError
        If the theorem does not prove, or a solver or FLINT disagrees with the kernel.
    CertificateError
        If the reader rejects a step.
    """
    from signcheck.export.json import document
    from signcheck.export.reader import read
    from signcheck.kernel import sequent
    from signcheck.kernel.recheck import recheck_step, steps
    from signcheck.opinions import judged, leaves

    theorem, verdict, log = theory.theorem, read(document(theory)), coq_log(theory, coq)
    places = {id(step): place for place, step in enumerate(steps(theorem))}
    rows, silent = [], 0
    for step, leaf in leaves([theorem]):
        content = sequent(step)
        seconds = {"kernel": _timed(_again, content)[0]}
        taken, confirmed = _timed(recheck_step, step)
        if confirmed:
            seconds["FLINT"] = taken
        derived = verdict.seconds[places[id(step)]]
        if derived is not None:
            seconds["reader"] = derived
        seconds |= log.of(step)
        facts, mutant = "not asked", ""
        if solvers:
            opinion = judged(leaf)
            facts, mutant, silent = opinion.facts, opinion.mutant, silent + (not opinion.by)
            seconds |= {opinion.by: opinion.seconds} if opinion.by else {}
        rows.append(LeafRow(content.label, content.rule, str(leaf.goal), seconds, facts, mutant))
    return rows, tally(theory.id, rows, verdict, silent, log)


def _timed(check: Callable[[Any], Any], of: Any) -> tuple[float, Any]:
    begin = time.perf_counter()
    found = check(of)
    return time.perf_counter() - begin, found


def _again(content: Any) -> None:
    """Run the kernel's rule of a leaf once more."""
    from signcheck import kernel as k

    goal, facts = content.concl, content.premises
    if content.rule == "certificate":
        multipliers, slack = content.detail["terms"]
        pairs = list(zip(multipliers, content.premises, strict=False))
        k.certificate(goal, pairs, list(slack), facts=facts)
    elif content.rule == "identity":
        k.identity(goal.lhs, goal.rhs, facts=facts)
    else:
        k.sign_fact(goal, facts=facts)


def tally(theorem: str, rows: Iterable[LeafRow], verdict: Any, silent: int, coq: CoqLog) -> Tally:
    """Count the checkers of some leaves."""
    seen = list(rows)
    names = dict.fromkeys(name for row in seen for name in row.seconds)
    return Tally(
        theorem=theorem,
        steps=len(verdict.seconds),
        unchecked=sum(s is None for s in verdict.seconds),
        axioms=verdict.axioms,
        leaves=len(seen),
        by={name: sum(name in row.seconds for row in seen) for name in names},
        single=tuple(row.step or row.goal for row in seen if len(row.seconds) < 2),
        no_opinion=silent,
        mutants=sum(bool(row.mutant) for row in seen),
        contradictory=sum(row.facts == "contradictory" for row in seen),
        coq=coq,
    )


def text(rows: Iterable[LeafRow], counts: Tally) -> Iterator[str]:
    """The leaves with milliseconds by checker, then the counts."""
    yield f"{counts.theorem}: {counts.leaves} leaves, milliseconds by checker"
    for place, row in enumerate(rows):
        spent = "  ".join(f"{name} {1000 * s:.1f}" for name, s in row.seconds.items())
        control = f"  mutant fails: {row.mutant}" if row.mutant else f"  facts {row.facts}"
        yield f"  {place:>3} {row.step or row.rule}: {row.goal}"
        yield f"      {spent}{control}"
    yield from _counts(counts)


def summary(counts: Tally) -> Iterator[str]:
    """The counts of one theorem under its id."""
    yield f"{counts.theorem}: {counts.leaves} leaves"
    yield from _counts(counts)


def _counts(counts: Tally) -> Iterator[str]:
    """The counts, and the leaves that lack a second checker by name."""
    by = ", ".join(f"{name} {n}" for name, n in counts.by.items())
    yield (
        f"  {counts.steps} steps, {counts.unchecked} unchecked; axioms: "
        f"{', '.join(counts.axioms) or 'none'}"
    )
    yield (
        f"  leaves confirmed by: {by}; without opinion {counts.no_opinion}, mutants that fail "
        f"{counts.mutants}, contradictory cases {counts.contradictory}"
    )
    yield f"  Coq {counts.coq}"
    yield from (f"  no second checker: {name}" for name in counts.single)
