"""``signcheck verify``: prove every theorem, run its experiments, judge the whole table at once."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError, ProjectError, ProofError
from signcheck import registry
from signcheck.experiment import Evaluation, Experiment
from signcheck.kernel import Theorem, sequent

if TYPE_CHECKING:
    from signcheck.simulate.summary import Summary
    from signcheck.stats.families import Evidence
    from signcheck.stats.verdict import Judgement
    from signcheck.theory import Theory

__all__ = ["Failure", "Mutants", "Report", "Run", "TheoremReport", "count_steps", "verify"]

MAX_SEED = 2**32


@dataclass(frozen=True)
class Failure:
    """Why a theorem is not proved: the step, what is left over, numbers that break it."""

    message: str
    step: str = ""
    residual: str = ""
    counterexample: Mapping[str, float] | None = None

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """From an exception, a ProofError with all it knows."""
        if isinstance(error, ProofError):
            return cls(str(error), error.step, error.residual, error.counterexample)
        return cls(str(error))


@dataclass(frozen=True)
class Mutants:
    """How the stronger variants of a statement died; see ``signcheck.mutate``."""

    refuted: int
    unproved: int
    survived: tuple[str, ...]

    @property
    def killed(self) -> int:
        """Refuted and unproved together."""
        return self.refuted + self.unproved

    @property
    def total(self) -> int:
        """All mutants."""
        return self.killed + len(self.survived)


@dataclass(frozen=True)
class Run:
    """One line of the table: a run and its verdict."""

    name: str
    instance: str
    parameters: Mapping[str, Any]
    judgement: Judgement
    detail: Mapping[str, Any]
    against: tuple[str, float] | None = None


@dataclass
class TheoremReport:
    """What became of one theorem: ``status`` is ``"proved"``, ``"failed"`` or ``"error"``."""

    id: str
    title: str = ""
    status: str = "error"
    steps: int = 0
    axioms: tuple[str, ...] = ()
    failure: Failure | None = None
    mutants: Mutants | None = None
    runs: list[Run] = field(default_factory=list)


@dataclass
class Report:
    """The whole table.

    Attributes
    ----------
    ok
        Everything asked for is proved and every run is consistent.
    error_probability
        Probability that any true bound of the table is refuted.
    """

    seed: int
    versions: Mapping[str, str]
    device: str
    error_probability: float
    theorems: list[TheoremReport]

    @property
    def ok(self) -> bool:
        """See the class."""
        proved = all(t.status == "proved" for t in self.theorems)
        runs = [run.judgement.verdict for t in self.theorems for run in t.runs]
        return proved and all(verdict == "consistent" for verdict in runs)


def verify(
    wanted: Sequence[str] = (),
    *,
    seed: int = 0,
    scale: float = 1.0,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Prove the theorems and judge their runs, the error controlled over the whole table.

    Parameters
    ----------
    wanted
        Ids; all installed theorems when empty.
    seed
        Number of the sampled experiments, 0 <= seed < 2^32.
    scale
        Factor on every lower bound that a run is held against; anything but 1 is a test of the
        table itself (a bound that is too strong must be refuted).
    progress
        Called with the name of what comes next.

    Raises
    ------
    InputError
        On an unknown id or a seed out of range.
    """
    from signcheck.simulate.summary import host
    from signcheck.simulate.table import FAMILY_ERROR

    if not 0 <= seed < MAX_SEED:
        raise InputError(f"The seed must be at least 0 and below 2^32, got {seed}.")
    known = registry.ids()
    for theorem_id in wanted:
        if theorem_id not in known:
            registry.load(theorem_id)
    chosen = list(dict.fromkeys(wanted)) or known
    note = progress or (lambda _name: None)
    reports, theories = [], {}
    for theorem_id in chosen:
        note(theorem_id)
        report, theory = _prove(theorem_id)
        reports.append(report)
        if theory is not None:
            theories[theorem_id] = theory
    table = _Table(seed, scale)
    for report in reports:
        for item in theories[report.id].runs if report.id in theories else ():
            note(f"{report.id} {getattr(item, 'name', '')}")
            table.add(report, theories[report.id], item)
    table.judge(FAMILY_ERROR)
    return Report(seed, versions(), host(), FAMILY_ERROR, reports)


def versions() -> dict[str, str]:
    """What the proofs and the runs depend on."""
    import sympy as sp

    from signcheck.simulate.summary import versions as of_runs

    return {**of_runs(), "sympy": sp.__version__}


def count_steps(thm: Theorem) -> int:
    """Number of distinct kernel steps in a proof."""
    return sum(1 for _ in _steps(thm))


def _steps(thm: Theorem) -> Iterable[Theorem]:
    seen, todo = {id(thm)}, [thm]
    while todo:
        step = todo.pop()
        yield step
        for premise in sequent(step).premises:
            if id(premise) not in seen:
                seen.add(id(premise))
                todo.append(premise)


def _prove(theorem_id: str) -> tuple[TheoremReport, Theory | None]:
    """The proof and the mutants of one theorem; a broken one is reported, never raised."""
    report, theory = TheoremReport(theorem_id), None
    try:
        theory = registry.load(theorem_id)
        report.title = theory.title
        thm = theory.theorem
        report.steps, report.axioms = count_steps(thm), tuple(sorted(thm.axioms))
        report.mutants = mutants(theory)
        report.status = "proved"
    except ProofError as error:
        report.status, report.failure = "failed", Failure.of(error)
    except Exception as error:  # noqa: BLE001 - a third party's theorem must not stop the others
        report.failure = Failure.of(error)
    return report, theory


def mutants(theory: Theory) -> Mutants | None:
    """How the mutants of a theorem died; None where the mutation suite is not installed."""
    if importlib.util.find_spec("signcheck.mutate") is None:
        return None
    found = importlib.import_module("signcheck.mutate").report(theory)
    survived = tuple(str(mutant) for mutant in found.survived)
    return Mutants(len(found.refuted), len(found.unproved), survived)


@dataclass
class _Entry:
    """A run whose verdict is pending."""

    report: TheoremReport
    evidence: Evidence
    line: Callable[[Judgement], Run]


class _Table:
    """Evidence from all theorems, judged together; equal runs are simulated once."""

    def __init__(self, seed: int, scale: float) -> None:
        self._seed, self._scale = seed, scale
        self._entries: list[_Entry] = []
        self._summaries: dict[tuple[Any, ...], Summary] = {}

    def add(self, report: TheoremReport, theory: Theory, item: Any) -> None:
        """Carry out one run; one that breaks becomes an errored line."""
        try:
            if isinstance(item, Evaluation):
                self._evaluate(report, theory, item)
            elif isinstance(item, Experiment):
                self._measure(report, theory, item)
            else:
                raise InputError(f"{item!r} is no Experiment: see signcheck.experiment.")
        except (ProjectError, ArithmeticError, RuntimeError, ImportError) as error:
            name = str(getattr(item, "name", "run"))
            report.runs.append(_errored(theory, name, f"{type(error).__name__}: {error}"))

    def judge(self, error: float) -> None:
        """Judge everything pending at one error probability for the whole table."""
        from signcheck.stats.families import holm

        judgements = holm([entry.evidence for entry in self._entries], error)
        for entry, judgement in zip(self._entries, judgements, strict=True):
            entry.report.runs.append(entry.line(judgement))

    def _evaluate(self, report: TheoremReport, theory: Theory, item: Evaluation) -> None:
        from signcheck.stats.families import Evidence
        from signcheck.stats.means import Sample

        left, right = item.sides(theory.statement)
        evidence = Evidence(item.sense, right, Sample.known([left]))

        def line(judgement: Judgement) -> Run:
            detail = {"engine": "exact numbers"}
            return Run(item.name, item.name, item.parameters, judgement, detail)

        self._entries.append(_Entry(report, evidence, line))

    def _measure(self, report: TheoremReport, theory: Theory, item: Experiment) -> None:
        from signcheck.simulate.table import Check, evidence

        if theory.bound is None:
            raise InputError(f"{theory.id} has runs but no bound: give it one.")
        instance, method = item.instance, item.method(float(item.parameters["eta"]))
        bound = theory.bound.value(**item.numbers(theory.bound))
        bound *= self._scale if theory.bound.sense == "lower" else 1.0
        against = None
        if item.against is not None:
            other = registry.load(item.against).bound
            if other is not None:
                against = (item.against, other.value(**item.numbers(other)))
        check = Check(instance, method, item.steps, item.batch, bound, theory.bound.sense)
        summary = self._run(item, check)

        def line(judgement: Judgement) -> Run:
            detail = {
                "method": {"name": method.name, **summary.settings},
                "steps": item.steps,
                "batch": item.batch,
                "engine": summary.engine,
                "seeds": summary.seeds,
            }
            parameters = dict(instance.parameters)
            return Run(item.name, item.family, parameters, judgement, detail, against)

        self._entries.append(_Entry(report, evidence(check, summary), line))

    def _run(self, item: Experiment, check: Any) -> Summary:
        from signcheck.simulate import exact_law, simulate

        key = (item.family, repr(item.parameters), check.method, item.steps, item.batch, item.seeds)
        if key not in self._summaries:
            size = {"steps": item.steps, "batch": item.batch}
            if item.seeds is None:
                found = exact_law(check.instance, check.method, **size)
            else:
                found = simulate(
                    check.instance, check.method, **size, seeds=item.seeds, seed=self._seed
                )
            self._summaries[key] = found
        return self._summaries[key]


def _errored(theory: Theory, name: str, reason: str) -> Run:
    from signcheck.stats.verdict import Judgement, Verdict

    nan = float("nan")
    sense = "lower" if theory.kind == "lower" else "upper"
    judgement = Judgement(Verdict.ERRORED, sense, nan, nan, nan, (nan, nan), 0.0, 1, reason)
    return Run(name, name, {}, judgement, {})
