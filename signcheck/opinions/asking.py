"""A second opinion on one leaf: the solver's own proof, a model of the facts, a mutant's model.

The leaf is tried with growing knowledge: first its premises alone, every operator opaque; then with
the definitions of the real functions, for-alls at the members that occur and the signs of sums and
expectations; then with the step's own hypotheses. It is a disagreement only if the solver finds
numbers against the goal with all of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import sympy as sp

from hardinstances.errors import ProofError
from signcheck.kernel import Eq, ForAll, Formula, Le, Lt, Relation, Sym
from signcheck.kernel.substitution import fits
from signcheck.kernel.terms import BINDERS, Ap, Big, Ex, Prod, Term
from signcheck.opinions.leaves import Fact, Leaf
from signcheck.opinions.smt import Encoder
from signcheck.opinions.solvers import Answer, ask, available

__all__ = ["Opinion", "judge"]

_NEGATION = {Le: ">", Lt: ">=", Eq: "distinct"}
_ZERO = sp.Integer(0)


class Opinion(NamedTuple):
    """What the solvers say of one leaf.

    Attributes
    ----------
    verdict
        ``"agrees"``, or ``"none"`` if no solver answered in time.
    by
        Solver that proved the leaf; empty for none.
    seconds
        Time that the solvers took over the goal.
    facts
        Whether the hypotheses alone have a model: ``"satisfiable"``, ``"contradictory"`` (a case
        that cannot occur) or ``"unknown"``.
    mutant
        The stronger goal that fails somewhere, as numbers show; empty if none was found.
    """

    verdict: str
    by: str
    seconds: float
    facts: str
    mutant: str


def judge(leaf: Leaf) -> Opinion:
    """Ask z3 with growing knowledge, and cvc5 with all of it where z3 does not know.

    Raises
    ------
    ProofError
        If a solver finds numbers that satisfy every hypothesis and break the goal, or if it proves
        every stronger goal as well.
    """
    first, *others = available()
    seconds = 0.0
    for problem in _problems(leaf):
        answer = ask(problem.against(leaf.goal), first)
        seconds += answer.seconds
        if answer.verdict == "unsat":
            return _with_controls(leaf, problem, first, seconds)
    for solver in others if answer.verdict == "unknown" else ():
        answer = ask(problem.against(leaf.goal), solver)
        seconds += answer.seconds
        if answer.verdict == "unsat":
            return _with_controls(leaf, problem, solver, seconds)
    if answer.verdict == "sat":
        _disagree(leaf, problem, answer)
    return Opinion("none", "", seconds, "unknown", "")


def _disagree(leaf: Leaf, problem: _Problem, answer: Answer) -> None:
    model = {str(key): answer.model.get(name, "?") for key, name in problem.names.items()}
    raise ProofError(
        f"{answer.solver} does not confirm {leaf.goal}: it found numbers that satisfy every "
        "hypothesis of the step and break this. Report it, since the kernel accepted the step.",
        step=str(leaf.goal),
        residual=", ".join(f"{key} = {value}" for key, value in model.items()),
    )


def _model(script: str) -> str:
    """Whether z3 (or what there is in its place) finds a model."""
    return ask(script, available()[0]).verdict


def _with_controls(leaf: Leaf, problem: _Problem, solver: str, seconds: float) -> Opinion:
    """Numbers that break a mutant also satisfy the hypotheses: one model serves both questions."""
    verdicts = []
    for name, kind, lhs, rhs in _mutants(leaf.goal):
        verdicts.append(_model(problem.against(leaf.goal, kind, lhs, rhs)))
        if verdicts[-1] == "sat":
            return Opinion("agrees", solver, seconds, "satisfiable", name)
    facts = _model(problem.alone())
    if facts == "sat" and "unknown" not in verdicts:
        raise ProofError(
            f"{solver} also proves every mutant of {leaf.goal}: the export lost the question.",
            step=str(leaf.goal),
        )
    words = {"sat": "satisfiable", "unsat": "contradictory", "unknown": "unknown"}
    return Opinion("agrees", solver, seconds, words[facts], "")


def _mutants(goal: Relation) -> Iterator[tuple[str, type[Relation], str, str]]:
    """Stronger goals, the nearest first; one of them has to fail somewhere."""
    kind = type(goal)
    if kind is Eq:
        yield "right side + 1/50", Eq, "{0}", "(+ {0} 0.02)"
        return
    if goal.rhs != 0:
        yield "right side * 49/50", kind, "{0}", "(* 0.98 {0})"
    if goal.lhs != 0:
        yield "left side * 51/50", kind, "(* 1.02 {0})", "{0}"
    if kind is Le:
        yield "strict", Lt, "{0}", "{0}"
    for shift in ("1/50", "1", "1000"):
        yield f"left side + {shift}", kind, f"(+ {{0}} {float(sp.Rational(shift))})", "{0}"


# ---------------------------------------------------------------- what the solver is told


class _Problem:
    """The hypotheses of a leaf in SMT-LIB, with room for one more assertion."""

    def __init__(self, facts: Iterable[Fact], *, full: bool, within: Term | None = None) -> None:
        self._facts, self._within = list(facts), within
        self._encoder = Encoder(full=full, sign=self._sign if full else lambda _: "")
        known = sorted({f.formula for f in self._facts}, key=str)
        self._known = [f for f in known if isinstance(f, Relation)]
        self._general = [f for f in known if isinstance(f, ForAll)] if full else []
        self._texts = [self._encoder.formula(f) for f in self._known]

    @property
    def names(self) -> dict[Term, str]:
        """Variables by the term that they stand for."""
        return self._encoder.names

    def alone(self) -> str:
        """The hypotheses."""
        return self._encoder.script((*self._texts, *self._instances()))

    def against(
        self, goal: Relation, kind: type[Relation] | None = None, lhs: str = "{0}", rhs: str = "{0}"
    ) -> str:
        """The hypotheses and the negation of a goal, or of the goal with its sides changed."""
        left, right = (self._encoder.term(t) for t in goal.terms())
        negation = f"({_NEGATION[kind or type(goal)]} {lhs.format(left)} {rhs.format(right)})"
        return self._encoder.script((*self._texts, *self._instances(), negation))

    def _instances(self) -> list[str]:
        """For-alls at the members of families that the problem mentions."""
        members = [
            t for key in list(self.names) if isinstance(key, sp.Basic) for t in key.atoms(Ap)
        ]
        found = dict.fromkeys(i for f in self._general for i in _instances(f, members))
        return [self._encoder.formula(f) for f in found]

    def _sign(self, term: Term) -> str:
        """The sign of a sum, product or expectation, if the solver proves that of its members."""
        outside = self._within is not None and not self._within.has(term)
        if not isinstance(term, (Big, Ex, Prod)) or outside:
            return ""
        facts = self._facts
        if isinstance(term, BINDERS):
            _, index, lo, hi = term.args
            facts = [f for f in facts if index not in f.formula.free()]
            facts += [Fact(Le(lo, index)), Fact(Lt(index, hi))]
        else:
            facts = [f for f in facts if f.sure]
        inner = _Problem(facts, full=True, within=term.args[0])
        if isinstance(term, Prod) and _holds(inner, Lt(_ZERO, term.args[0])):
            return ">"
        return ">=" if _holds(inner, Le(_ZERO, term.args[0])) else ""


def _holds(problem: _Problem, goal: Relation) -> bool:
    return _model(problem.against(goal)) == "unsat"


def _problems(leaf: Leaf) -> Iterator[_Problem]:
    yield _Problem(leaf.premises, full=False)
    yield _Problem(leaf.premises, full=True)
    yield _Problem(leaf.premises | leaf.context, full=True)


def _instances(formula: ForAll, members: Iterable[Term]) -> Iterator[Formula]:
    """The for-all with its variable replaced, wherever that gives a member that occurs."""
    patterns = [
        (t.args[0], place)
        for term in _body(formula).terms()
        for t in term.atoms(Ap)
        for place, arg in enumerate(t.args)
        if arg == formula.var
    ]
    for member in members:
        for head, place in patterns:
            fitting = member.args[0] == head and len(member.args) > place
            if fitting and fits(formula.var, member.args[place]):
                mapping = {formula.var: member.args[place]}
                instance = ForAll(
                    Sym("_", "int"),
                    tuple(g.subst(mapping) for g in formula.guards),
                    formula.body.subst(mapping),
                )
                if all(isinstance(g, Relation) for g in instance.guards):
                    yield from _flat(instance, members)


def _flat(formula: ForAll, members: Iterable[Term]) -> Iterator[Formula]:
    if isinstance(formula.body, Relation):
        yield formula
    elif isinstance(formula.body, ForAll):
        for inner in _instances(formula.body, members):
            assert isinstance(inner, ForAll)
            yield ForAll(formula.var, (*formula.guards, *inner.guards), inner.body)


def _body(formula: Formula) -> Formula:
    while isinstance(formula, ForAll):
        formula = formula.body
    return formula if isinstance(formula, Relation) else Le(_ZERO, _ZERO)
