"""The runs of the verify table: each theorem's experiments, judged all together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError
from signcheck import registry
from signcheck.experiment import Evaluation, Experiment

if TYPE_CHECKING:
    from signcheck.simulate.summary import Summary
    from signcheck.simulate.table import Check
    from signcheck.stats.families import Evidence
    from signcheck.stats.verdict import Judgement, Sense
    from signcheck.theory import Theory

__all__ = ["Run", "Table"]


@dataclass(frozen=True)
class Run:
    """One line of the table.

    Attributes
    ----------
    name, instance, parameters
        What was run; ``instance`` is the family's id.
    judgement
        Bound, measurement, interval, verdict.
    detail
        Method, steps, batch, engine, seeds.
    against
        Id and bound of the theorem from the other side, where there is one.
    """

    name: str
    instance: str
    parameters: Mapping[str, Any]
    judgement: Judgement
    detail: Mapping[str, Any]
    against: tuple[str, float] | None = None


@dataclass(frozen=True)
class _Pending:
    """A run whose verdict waits for the rest of the table."""

    evidence: Evidence
    line: Callable[[Judgement], Run]


class Table:
    """Evidence from all theorems; equal runs are simulated once.

    Parameters
    ----------
    seed
        Number of the sampled experiments.
    scale
        Factor on every lower bound; anything but 1 is a test of the table itself.
    """

    def __init__(self, seed: int, scale: float = 1.0) -> None:
        self._seed, self._scale = seed, scale
        self._lines: list[tuple[str, Run | _Pending]] = []
        self._summaries: dict[tuple[Any, ...], Summary] = {}

    def add(self, theory: Theory, item: Any) -> None:
        """Carry out one run; one that breaks becomes an errored line and stops nothing."""
        line: Run | _Pending
        try:
            if isinstance(item, Evaluation):
                line = _evaluated(theory, item)
            elif isinstance(item, Experiment):
                line = self._measured(theory, item)
            else:
                raise InputError(f"{item!r} is no Experiment: see signcheck.experiment.")
        except Exception as error:  # noqa: BLE001 - one broken run must not stop the others
            name = str(getattr(item, "name", "run"))
            line = _errored(theory, name, f"{type(error).__name__}: {error}")
        self._lines.append((theory.id, line))

    def judge(self, error: float) -> dict[str, list[Run]]:
        """The runs of each theorem, judged at one error probability for the whole table."""
        from signcheck.stats.families import holm

        pending = [line for _, line in self._lines if isinstance(line, _Pending)]
        judgements = iter(holm([line.evidence for line in pending], error))
        found: dict[str, list[Run]] = {}
        for theorem_id, line in self._lines:
            run = line.line(next(judgements)) if isinstance(line, _Pending) else line
            found.setdefault(theorem_id, []).append(run)
        return found

    def _measured(self, theory: Theory, item: Experiment) -> _Pending:
        from signcheck.simulate.table import Check, evidence

        if theory.bound is None:
            raise InputError(f"{theory.id} has runs but no bound: give it one.")
        instance, method = item.instance, item.method(float(item.parameters["eta"]))
        claim = theory.bound.on(item.instance.level)
        bound = claim.value(**item.numbers(claim))
        bound *= self._scale if theory.bound.sense == "lower" else 1.0
        against = _other_side(item)
        check = Check(instance, method, item.steps, item.batch, bound, theory.bound.sense)
        summary = self._summary(item, check)

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

        return _Pending(evidence(check, summary), line)

    def _summary(self, item: Experiment, check: Check) -> Summary:
        from signcheck.simulate import exact_law, simulate

        key = (item.family, repr(item.parameters), check.method, item.steps, item.batch, item.seeds)
        if key not in self._summaries:
            instance, method = check.instance, check.method
            size: dict[str, Any] = {"steps": item.steps, "batch": item.batch}
            if item.seeds is None:
                found = exact_law(instance, method, **size)
            else:
                size |= {"seeds": item.seeds, "seed": self._seed}
                found = simulate(instance, method, **size)
            self._summaries[key] = found
        return self._summaries[key]


def _other_side(item: Experiment) -> tuple[str, float] | None:
    bound = registry.load(item.against).bound if item.against is not None else None
    return (bound.theorem, bound.value(**item.numbers(bound))) if bound is not None else None


def _evaluated(theory: Theory, item: Evaluation) -> _Pending:
    from signcheck.stats.families import Evidence
    from signcheck.stats.means import Sample

    left, right = item.sides(theory.statement)

    def line(judgement: Judgement) -> Run:
        return Run(item.name, item.name, item.parameters, judgement, {"engine": "exact numbers"})

    return _Pending(Evidence("upper", right, Sample.known([left])), line)


def _errored(theory: Theory, name: str, reason: str) -> Run:
    from signcheck.stats.verdict import Judgement, Verdict

    nan = float("nan")
    sense: Sense = "lower" if theory.kind == "lower" else "upper"
    judgement = Judgement(Verdict.ERRORED, sense, nan, nan, nan, (nan, nan), 0.0, 1, reason)
    return Run(name, name, {}, judgement, {})
