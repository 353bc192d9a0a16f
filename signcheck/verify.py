"""``signcheck verify``: prove every theorem, run its experiments, judge the whole table at once."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError, ProjectError, ProofError
from signcheck import registry
from signcheck.kernel import Theorem, sequent
from signcheck.runs import Run, Table

if TYPE_CHECKING:
    from signcheck.theory import Theory

__all__ = ["Failure", "Mutants", "Report", "TheoremReport", "count_steps", "prove", "verify"]

MAX_SEED = 2**32
Progress = Callable[[str, int, int], None]


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
    workers: int = 1,
    progress: Progress | None = None,
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
    workers
        Processes that prove while this one runs the experiments; 1 does everything here.
    progress
        Called with what is being done, how much of the whole is done, and how much that is.

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
    items = [(theory, item) for theory in _loadable(chosen) for item in theory.runs]
    names = [*chosen, *(f"{theory.id} {getattr(item, 'name', '')}" for theory, item in items)]
    note = _counter(progress, len(names))
    table = Table(seed, scale)
    with _provers(workers if len(chosen) > 1 else 1) as pool:
        proofs = {theorem_id: pool.submit(prove, theorem_id) for theorem_id in chosen}
        for (theory, item), name in zip(items, names[len(chosen) :], strict=True):
            note(name)
            table.add(theory, item)
        reports = []
        for theorem_id, future in proofs.items():
            note(theorem_id)
            reports.append(_result(theorem_id, future))
    runs = table.judge(FAMILY_ERROR)
    for report in reports:
        report.runs = runs.get(report.id, [])
    return Report(seed, versions(), host(), FAMILY_ERROR, reports)


def _counter(progress: Progress | None, total: int) -> Callable[[str], None]:
    """Reports each step before it is taken."""
    done = iter(range(total))

    def note(name: str) -> None:
        if progress is not None:
            progress(name, next(done), total)

    return note


class _Later(Future[Any]):
    """Runs in this process, when its result is asked for."""

    def __init__(self, call: Callable[[], Any]) -> None:
        super().__init__()
        self._call = call

    def result(self, timeout: float | None = None) -> Any:
        return self._call()


class _Here(Executor):
    """Does everything in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return _Later(lambda: fn(*args, **kwargs))


def _provers(workers: int) -> Executor:
    if workers == 1:
        return _Here()
    # Fresh interpreters: numpy's and the progress bar's threads do not survive a fork.
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def _result(theorem_id: str, future: Future[TheoremReport]) -> TheoremReport:
    try:
        return future.result()
    except BrokenExecutor as error:
        failure = Failure(f"the process that proved it died ({error}): run it alone.")
        return TheoremReport(theorem_id, failure=failure)


def _loadable(chosen: Sequence[str]) -> Iterator[Theory]:
    """The theories whose modules load; the others are reported by :func:`prove`."""
    for theorem_id in chosen:
        try:
            yield registry.load(theorem_id)
        except ProjectError:
            continue


def versions() -> dict[str, str]:
    """What the proofs and the runs depend on."""
    import sympy as sp

    from signcheck.simulate.summary import versions as of_runs

    return {**of_runs(), "sympy": sp.__version__}


def count_steps(thm: Theorem) -> int:
    """Number of distinct kernel steps in a proof."""
    return sum(1 for _ in _steps(thm))


def _steps(thm: Theorem) -> Iterable[Theorem]:
    seen, pending = {id(thm)}, [thm]
    while pending:
        step = pending.pop()
        yield step
        for premise in sequent(step).premises:
            if id(premise) not in seen:
                seen.add(id(premise))
                pending.append(premise)


def prove(theorem_id: str) -> TheoremReport:
    """The proof and the mutants of one theorem; a broken one is reported, never raised."""
    report = TheoremReport(theorem_id)
    try:
        theory = registry.load(theorem_id)
        report.title = theory.title
        thm = theory.theorem
        report.steps, report.axioms = count_steps(thm), tuple(sorted(thm.axioms))
        report.mutants = mutants(theory)
        report.status = "proved"
    except ProofError as error:
        report.status, report.failure = "failed", Failure.of(error)
    except Exception as error:  # noqa: BLE001 - one broken theorem must not stop the others
        report.failure = Failure.of(error)
    return report


def mutants(theory: Theory) -> Mutants | None:
    """How the mutants of a theorem died; None where the mutation suite is not installed."""
    if importlib.util.find_spec("signcheck.mutate") is None:
        return None
    found = importlib.import_module("signcheck.mutate").report(theory)
    survived = tuple(str(mutant) for mutant in found.survived)
    return Mutants(len(found.refuted), len(found.unproved), survived)
