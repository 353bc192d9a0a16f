"""Second opinions: z3, and cvc5 where z3 gives up, on every polynomial leaf of a proof.

A leaf is handed over as the inequality under its hypotheses, never with the certificate that the
kernel checked. Each one comes with two controls: its hypotheses have a model, and a stronger goal
fails somewhere. A solver that finds numbers against a leaf is an error; one that does not answer in
time has no opinion and is counted as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from signcheck.opinions.asking import Opinion, judge
from signcheck.opinions.leaves import Leaf, leaf_of, leaves

__all__ = [
    "Leaf",
    "Opinion",
    "Row",
    "Summary",
    "judge",
    "judged",
    "leaf_of",
    "leaves",
    "summary",
    "table",
]

judged = cache(judge)


@dataclass(frozen=True)
class Row:
    """One leaf of a proof and who checked it.

    Attributes
    ----------
    step, rule, leaf
        Label of the step (empty for unnamed ones), kernel rule, goal and hypotheses.
    checkers
        ``"kernel"``, ``"FLINT"`` where it confirmed the equation, and the solver that agreed.
    opinion
        The solver's opinion with its controls; seconds count the first time the leaf was judged.
    """

    step: str
    rule: str
    leaf: Leaf
    checkers: tuple[str, ...]
    opinion: Opinion


@dataclass(frozen=True)
class Summary:
    """Counts over the leaves of some proofs."""

    leaves: int
    agreed: int
    no_opinion: int
    mutants: int
    contradictory: int
    two_checkers: int
    seconds: float


def table(theorem_id: str) -> list[Row]:
    """Every distinct polynomial leaf of a theorem's proof, leaf by leaf.

    Leaves are judged once in a process, whatever the number of theorems that share them.

    Raises
    ------
    InputError
        If there is no such theorem.
    ProofError
        If the theorem does not prove, or if a checker disagrees with the kernel.
    """
    from signcheck import registry
    from signcheck.kernel import sequent
    from signcheck.kernel.recheck import recheck

    theorem = registry.load(theorem_id).theorem
    confirmed = {id(step.theorem) for step in recheck(theorem)}
    rows = []
    for step, leaf in leaves([theorem]):
        content, opinion = sequent(step), judged(leaf)
        others = ("FLINT",) if id(step) in confirmed else ()
        checkers = ("kernel", *others, *((opinion.by,) if opinion.by else ()))
        rows.append(Row(content.label, content.rule, leaf, checkers, opinion))
    return rows


def summary(rows: Iterable[Row]) -> Summary:
    """Counts over tables; a leaf that theorems share counts once."""
    distinct = list({row.leaf: row for row in rows}.values())
    opinions = [row.opinion for row in distinct]
    return Summary(
        leaves=len(distinct),
        agreed=sum(o.verdict == "agrees" for o in opinions),
        no_opinion=sum(o.verdict == "none" for o in opinions),
        mutants=sum(bool(o.mutant) for o in opinions),
        contradictory=sum(o.facts == "contradictory" for o in opinions),
        two_checkers=sum(len(row.checkers) > 1 for row in distinct),
        seconds=sum(o.seconds for o in opinions),
    )
