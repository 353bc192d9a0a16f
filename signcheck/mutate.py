"""Mutants: every stronger variant of a statement must die, and the report says how.

A mutant nudges a constant or an exponent, flips the inequality or drops a hypothesis. It is
*refuted* by a class member, law or number on which it is false, evaluated in ball arithmetic; or it
is *unproved*: the derivation is rerun with the mutated statement, its multipliers are searched
anew, a step fails, and there are numbers at which the failing claim asks for more than was proved.
A mutant that survives is a hole (or slack that the theory lists with its reason); a derivation that
breaks down otherwise is *crashed*, which kills nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.countermodel import effort
from signcheck.intervals import enclose
from signcheck.kernel.terms import BINDERS, Ex, Prof, Term
from signcheck.theory import Sample, Statement, Theory, check

NUDGE = sp.Rational(1, 50)
SEARCH = 40
ZERO_BALL = enclose(sp.Integer(0), {})


@dataclass(frozen=True)
class Mutant:
    """A stronger variant; ``dropped`` names the hypothesis it does without."""

    name: str
    statement: Statement
    dropped: str = ""


@dataclass(frozen=True)
class Death:
    """How a mutant died: ``"refuted"``, ``"unproved"``, ``"survived"`` or ``"crashed"``."""

    name: str
    outcome: str
    by: str


@dataclass(frozen=True)
class Report:
    """All mutants of one theorem; ``weaker`` variants ask for no more anywhere and are none."""

    id: str
    deaths: tuple[Death, ...] = field(default_factory=tuple)
    weaker: int = 0

    def _named(self, outcome: str) -> list[str]:
        return [d.name for d in self.deaths if d.outcome == outcome]

    @property
    def refuted(self) -> list[str]:
        """Names of the mutants that are false somewhere."""
        return self._named("refuted")

    @property
    def unproved(self) -> list[str]:
        """Names of the mutants whose derivation fails."""
        return self._named("unproved")

    @property
    def survived(self) -> list[str]:
        """Names of the mutants that were proved, or whose derivation crashed."""
        return self._named("survived") + self._named("crashed")


# ---------------------------------------------------------------- making mutants


def nudged(term: Term) -> Iterator[tuple[str, Term]]:
    """All variants of a term with one constant, coefficient or exponent moved by 2 %."""
    for part in sp.Add.make_args(term):
        for factor in (1 + NUDGE, 1 - NUDGE):
            yield f"{part} * {factor}", term - part + factor * part
        for base in sp.Mul.make_args(part):
            if base.is_Rational or isinstance(base, sp.Pow):
                continue
            for factor in (1 + NUDGE, 1 - NUDGE):
                yield f"({base})**{factor} in {part}", term - part + part / base * base**factor
    yield from _leaves(term)


def _leaves(term: Term) -> Iterator[tuple[str, Term]]:
    for place, arg in enumerate(term.args):
        if isinstance(term, (*BINDERS, Ex, Prof)):
            return
        if arg.is_Rational and not (isinstance(term, sp.Mul) and arg == -1):
            for factor in (1 + NUDGE, 1 - NUDGE):
                args = [*term.args[:place], arg * factor, *term.args[place + 1 :]]
                yield f"{arg} -> {arg * factor} in {term}", term.func(*args)
            continue
        for name, changed in _leaves(arg):
            yield name, term.func(*term.args[:place], changed, *term.args[place + 1 :])


def mutants(theory: Theory) -> Iterator[Mutant]:
    """Candidates; those that are nowhere stronger at the samples are left out."""
    members = _members(theory)
    return (m for m in candidates(theory.statement) if m.dropped or _stronger(m, members))


def candidates(statement: Statement) -> Iterator[Mutant]:
    """Every variant of a statement, each once, whether stronger or not."""
    seen = {str(statement.conclusion)}
    for name, conclusion in _conclusions(statement.conclusion):
        if str(conclusion) not in seen:
            seen.add(str(conclusion))
            yield Mutant(name, statement.claiming(conclusion))
    for name in statement.hypotheses:
        yield Mutant(f"without {name}", statement.without(name), dropped=name)


def _stronger(mutant: Mutant, members: list[_Member]) -> bool:
    """Whether the conclusion asks for more than the theorem at a member."""
    return any(_excess(mutant.statement.conclusion, member) for member in members)


@dataclass(frozen=True)
class _Member:
    """A sample inside the statement, with what is proved there and what no member exceeds."""

    sample: Sample
    proved: Any
    caps: tuple[tuple[str, Any], ...]


def _members(theory: Theory, dropped: str = "") -> list[_Member]:
    """The samples that satisfy the hypotheses, or all of them but the dropped one."""
    statement = theory.statement.without(dropped) if dropped else theory.statement
    out = []
    for sample in theory.samples():
        if sample.breaks != dropped or not _inside(statement, sample):
            continue
        try:
            proved = enclose(demand(statement.conclusion), sample.values)
            caps = [(name, enclose(cap, sample.values)) for name, cap in sample.caps.items()]
        except InputError:
            continue
        out.append(_Member(sample, proved, tuple(caps) or (("0", ZERO_BALL),)))
    return out


def _excess(conclusion: k.Formula, member: _Member) -> bool:
    """Whether the conclusion asks for more than was proved at the member."""
    try:
        return bool(enclose(demand(conclusion), member.sample.values) > member.proved)
    except InputError:
        return False


def _conclusions(conclusion: k.Formula) -> Iterator[tuple[str, k.Formula]]:
    if isinstance(conclusion, k.Attained):
        for name, level in nudged(conclusion.level):
            yield name, replace(conclusion, level=level)
    elif isinstance(conclusion, k.Le):
        for name, rhs in nudged(conclusion.rhs):
            yield f"right: {name}", k.Le(conclusion.lhs, rhs)
        for name, lhs in nudged(conclusion.lhs):
            yield f"left: {name}", k.Le(lhs, conclusion.rhs)
        yield "flipped", k.Le(conclusion.rhs, conclusion.lhs)


def demand(conclusion: k.Formula) -> Term:
    """What a conclusion asks for: the level, or left side minus right side."""
    if isinstance(conclusion, k.Attained):
        return conclusion.level
    assert isinstance(conclusion, k.Le)
    return conclusion.lhs - conclusion.rhs


# ---------------------------------------------------------------- killing mutants


def refutation(mutant: Mutant, members: list[_Member]) -> str | None:
    """Why the mutant is false at one of the members, or None."""
    for member in members:
        try:
            asked = enclose(demand(mutant.statement.conclusion), member.sample.values)
        except InputError:
            continue
        for name, cap in member.caps:
            if asked > cap:
                return f"{member.sample.name}: {asked.str(8)} exceeds {cap.str(8)} ({name})"
    return None


def _inside(statement: Statement, sample: Sample) -> bool:
    """Whether the sample satisfies the hypotheses that are relations between numbers."""
    for formula in statement.hypotheses.values():
        if isinstance(formula, k.Relation) and not (formula.rhs - formula.lhs).has(Ex):
            try:
                gap = enclose(formula.rhs - formula.lhs, sample.values)
            except InputError:
                continue
            if isinstance(formula, k.Eq):
                holds = gap.contains(0)
            else:
                holds = gap > 0 or (isinstance(formula, k.Le) and gap >= 0)
            if not holds:
                return False
    return True


def kill(theory: Theory, mutant: Mutant, members: list[_Member]) -> Death:
    """Refute the mutant, or rerun the derivation with it.

    ``members`` satisfy the whole statement; a mutant that drops a hypothesis has its own.
    """
    why = refutation(mutant, _members(theory, mutant.dropped) if mutant.dropped else members)
    if why:
        return Death(mutant.name, "refuted", why)
    try:
        with effort(SEARCH if mutant.dropped else 0):
            check(theory.id, mutant.statement, theory.prove)
    except ProofError as error:
        return Death(mutant.name, "unproved", _explain(mutant, members, error))
    except Exception as error:  # noqa: BLE001 - a crash is an outcome of its own
        return Death(mutant.name, "crashed", f"{type(error).__name__}: {error}")
    return Death(mutant.name, "survived", theory.notes.get(mutant.name, "the derivation passes"))


def _explain(mutant: Mutant, members: list[_Member], error: ProofError) -> str:
    """The failing step with numbers: a countermodel of the step, or where the claim asks more."""
    if error.counterexample:
        at = ", ".join(f"{a} = {v:.4g}" for a, v in sorted(error.counterexample.items()))
        return f"step {error.step} fails at {at}"
    if not mutant.dropped:
        for member in members:
            if _excess(mutant.statement.conclusion, member):
                return f"step {error.step} fails: asks for more at {member.sample.name}"
    return f"step {error.step} fails: {error.residual or error}"


def report(theory: Theory) -> Report:
    """Try to kill every mutant of a theorem."""
    members, deaths, weaker = _members(theory), [], 0
    for mutant in candidates(theory.statement):
        if mutant.dropped or _stronger(mutant, members):
            deaths.append(kill(theory, mutant, members))
        else:
            weaker += 1
    return Report(theory.id, tuple(deaths), weaker)
