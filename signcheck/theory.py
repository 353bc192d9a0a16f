"""A theorem as the project keeps it: a statement, a proof of exactly that statement, and its uses.

``Statement`` is what is claimed; ``Theory`` ties it to the function that proves it, the Bound that
numbers come from, the runs that meet it and the counterexamples that refute stronger variants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from hardinstances.errors import ProofError
from signcheck import kernel as k
from signcheck.bound import Bound
from signcheck.proof import Proof


@dataclass(frozen=True)
class Statement:
    """Named hypotheses and a conclusion.

    ``prepare`` derives, from the hypotheses before it, the facts that a later hypothesis needs for
    its terms to have values (a positive radicand, a logarithm of a number above 1).
    """

    hypotheses: Mapping[str, k.Formula]
    conclusion: k.Formula
    prepare: Callable[[Proof], Sequence[k.Theorem]] | None = None

    def proof(self, *names: str) -> tuple[Proof, list[k.Theorem]]:
        """A proof whose facts are the hypotheses; the named ones also come back.

        Raises
        ------
        ProofError
            If a named hypothesis is not part of the statement.
        """
        p = Proof()
        held, prepared = {}, self.prepare is None
        for name, formula in self.hypotheses.items():
            try:
                held[name] = p.given(formula)
            except ProofError:
                if prepared or self.prepare is None:
                    raise
                prepared = True
                p.facts += self.prepare(p)
                held[name] = p.given(formula)
        missing = [name for name in names if name not in held]
        if missing:
            raise ProofError(
                f"the proof uses the hypothesis {missing[0]}, which the statement does not have.",
                step=f"hypothesis {missing[0]}",
                residual=missing[0],
            )
        return p, [held[name] for name in names]

    def without(self, name: str) -> Statement:
        """The statement with one hypothesis dropped."""
        rest = {n: f for n, f in self.hypotheses.items() if n != name}
        return replace(self, hypotheses=rest)

    def claiming(self, conclusion: k.Formula) -> Statement:
        """The statement with another conclusion."""
        return replace(self, conclusion=conclusion)


@dataclass(frozen=True)
class Sample:
    """A point at which a statement can be evaluated.

    Parameters
    ----------
    name
        What it is: a class member, a law, parameters.
    values
        Exact values (or balls) of the atoms of the conclusion: symbols, norms, expectations, sums.
    caps
        For existence claims: numbers that no member of the class exceeds there, each named after
        the theorem that proves it, as terms over the same atoms.
    breaks
        The one hypothesis that the member violates, for mutants that drop it.
    """

    name: str
    values: Mapping[Any, Any]
    caps: Mapping[str, Any] = field(default_factory=dict)
    breaks: str = ""


@dataclass(frozen=True)
class Theory:
    """One theorem of the project.

    Parameters
    ----------
    id, title, source
        Id of the theory sheet, one line for tables, and where it comes from.
    kind
        ``"lemma"``, ``"upper"`` or ``"lower"`` (sense of the bound on the stationarity).
    statement, prove
        What is claimed and the function that derives it from the kernel's rules.
    bound
        Its numbers, if it has a number: built from the conclusion.
    samples
        Class members, laws and parameters at which stronger variants are tried; made on demand.
    runs
        Experiments that meet the bound; see ``signcheck.verify``.
    """

    id: str
    title: str
    kind: str
    statement: Statement
    prove: Callable[[Statement], k.Theorem]
    source: str = "theory sheet; arXiv:2605.06615 for the setting"
    bound: Bound | None = None
    samples: Callable[[], Sequence[Sample]] = tuple
    runs: tuple[Any, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def theorem(self) -> k.Theorem:
        """The Theorem, proved now and checked against the statement."""
        return check(self.id, self.statement, self.prove)


def check(name: str, statement: Statement, prove: Callable[[Statement], k.Theorem]) -> k.Theorem:
    """Run a proof and compare the Theorem with the statement.

    Raises
    ------
    ProofError
        If a step fails, if something else was proved, if the proof rests on a hypothesis that the
        statement does not have, or if it never uses one that the statement has.
    """
    thm = prove(statement)
    wanted = frozenset(statement.hypotheses.values())
    if thm.concl != statement.conclusion:
        raise ProofError(
            f"{name}: the proof ends in another statement than the one claimed.",
            step="conclusion",
            residual=str(thm.concl),
        )
    if k.sequent(thm).splits:
        raise ProofError(f"{name}: a case is left open.", step="cases")
    extra, unused = thm.hyps - wanted, wanted - thm.hyps
    if extra:
        raise ProofError(
            f"{name}: the proof assumes {min(map(str, extra))}, which the statement does not.",
            step="hypotheses",
            residual=min(map(str, extra)),
        )
    if unused:
        raise ProofError(
            f"{name}: the hypothesis {min(map(str, unused))} is never used: drop it.",
            step="hypotheses",
            residual=min(map(str, unused)),
        )
    return thm
