"""``smoke``: a 4-layer GPT-2 on Moby-Dick on the CPU, SignSGD against SGD, both tuned alike.

The vocabulary is the book's 4,095 most frequent GPT-2 tokens; all others share one id, which keeps
the softmax cheap. Each arm is tuned over the same number of stepsizes, three decades wide, and one
more at an edge while the best lies there; then both train from the same initial points on the same
batches for several seeds. Runs are independent: each has one thread, and two run side by side.
"""

from __future__ import annotations

import dataclasses
import math
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gpt2_validation.analysis import Spread, ahead, spread
from gpt2_validation.data import Corpus, load_corpus
from gpt2_validation.protocol import Measure, ModelShape, Run, fingerprint
from gpt2_validation.protocol import arm as arm_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Mapper = Callable[[Sequence[Run]], list["Result"]]

ARMS = ("signsgd", "sgd")
VOCABULARY = 4096
_TUNING_SEED = 1001
_WIDEST = 4


@dataclass(frozen=True)
class Size:
    """How large a smoke test is; ``grid`` has (lowest stepsize, ratio, number) for each arm."""

    shape: ModelShape
    tuning_steps: int
    steps: int
    log_every: int
    sequences: int
    seeds: tuple[int, ...]
    grid: dict[str, tuple[float, float, int]]
    measure: Measure
    evaluate_sequences: int
    workers: int


@dataclass(frozen=True)
class Result:
    """What is kept of one run: last validation loss (infinite if diverged), curve, last phi."""

    loss: float
    curve: list[tuple[float, float]]
    phi: tuple[float, float, float] | None


@dataclass
class Outcome:
    """What a smoke test found; losses in nats a token, phi with its interval at the last step."""

    stepsizes: dict[str, float]
    tried: dict[str, dict[float, float]]
    losses: dict[str, Spread]
    difference: Spread
    verdict: str
    phi: dict[str, tuple[float, float, float]]
    figure: Path
    curves: dict[str, list[list[tuple[float, float]]]] = field(default_factory=dict)


_ROOT = math.sqrt(10)
FULL = Size(
    shape=ModelShape(4, 4, 64, 64, VOCABULARY),
    tuning_steps=50,
    steps=150,
    log_every=10,
    sequences=8,
    seeds=(1, 2, 3, 4),
    grid={"signsgd": (1e-5, _ROOT, 7), "sgd": (1e-2, _ROOT, 7)},
    measure=Measure(32, 8, 16, 75, 10_000, 75, 8),
    evaluate_sequences=128,
    workers=2,
)
SHORT = Size(
    shape=ModelShape(1, 2, 8, 16, VOCABULARY),
    tuning_steps=4,
    steps=6,
    log_every=2,
    sequences=4,
    seeds=(1, 2),
    grid={"signsgd": (1e-4, 10.0, 4), "sgd": (1e-2, 10.0, 4)},
    measure=Measure(8, 2, 4, 6, 10_000, 6, 2),
    evaluate_sequences=16,
    workers=0,
)


def smoke(
    corpus_path: Path,
    out: Path,
    size: Size = FULL,
    *,
    report: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Run the smoke test; logs and the figure ``smoke.png`` go to ``out``.

    Raises
    ------
    DataError
        If the corpus cannot be used.
    """
    from gpt2_validation.plots import smoke_figure

    digest = _compacted(corpus_path).digest
    with _mapper(size.workers, corpus_path, out) as train:
        tried = _tune(size, digest, train)
        stepsizes = {arm: min(tried[arm], key=lambda s, a=arm: tried[a][s]) for arm in ARMS}
        for arm in ARMS:
            report(f"{arm}: best of {len(tried[arm])} stepsizes is {stepsizes[arm]:g}")
        finals = [_final(arm, stepsizes[arm], s, size, digest) for arm in ARMS for s in size.seeds]
        results = train(finals)
    half = len(size.seeds)
    outcome = _judge(
        stepsizes, tried, dict(zip(ARMS, (results[:half], results[half:]), strict=True)), out
    )
    smoke_figure(outcome)
    return outcome


def compact(corpus: Corpus, size: int = VOCABULARY) -> Corpus:
    """The corpus over its ``size - 1`` most frequent ids, renumbered; all others become 0."""
    counts = np.bincount(np.concatenate([corpus.train, corpus.validation]), minlength=1 << 16)
    kept = np.argsort(-counts, kind="stable")[: size - 1]
    table = np.zeros(1 << 16, dtype=np.uint16)
    table[kept] = np.arange(1, len(kept) + 1)
    manifest = corpus.manifest | {"digest": fingerprint([corpus.digest, "compact", size])}
    return Corpus(table[corpus.train], table[corpus.validation], manifest)


@cache
def _compacted(path: Path) -> Corpus:
    return compact(load_corpus(path))


@contextmanager
def _mapper(workers: int, corpus_path: Path, out: Path) -> Iterator[Mapper]:
    """A function that trains runs and returns their results in order, in processes if asked."""
    task = partial(train_one, corpus_path=corpus_path, out=out)
    if workers == 0:
        import torch

        threads = torch.get_num_threads()
        _one_thread()
        try:
            yield lambda runs: [task(run) for run in runs]
        finally:
            torch.set_num_threads(threads)
        return
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_one_thread) as pool:
        yield lambda runs: list(pool.map(task, runs))


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def train_one(run: Run, *, corpus_path: Path, out: Path) -> Result:
    """Train one run on the CPU (resuming it if it was begun) and keep what the test needs."""
    import torch

    from gpt2_validation.train import Trainer

    # The settings' checksum in the name: another size never meets this run's directory.
    folder = out / f"{run.name}-{run.digest[:8]}"
    device = torch.device("cpu")
    trainer = Trainer(run, _compacted(corpus_path), folder, device, compiled=False)
    status = trainer.fit()
    log = trainer.log
    loss = math.inf if status == "diverged" else float(log.evaluations[-1]["validation_loss"])
    phi = None
    if log.measurements:
        estimate: dict[str, Any] = log.measurements[-1]["phi"]
        phi = (estimate["corrected"], estimate["low"], estimate["high"])
    return Result(loss, [(row["step"], row["train_loss"]) for row in log.rows], phi)


def _tune(size: Size, digest: str, train: Mapper) -> dict[str, dict[float, float]]:
    """Validation loss by arm and stepsize; infinite where the run diverged."""
    tried: dict[str, dict[float, float]] = {arm: {} for arm in ARMS}
    pending = [(arm, stepsize) for arm in ARMS for stepsize in _grid(*size.grid[arm])]
    for _ in range(_WIDEST + 1):
        runs = [_run("tuning", arm, s, _TUNING_SEED, size, digest) for arm, s in pending]
        for (arm, stepsize), result in zip(pending, train(runs), strict=True):
            tried[arm][stepsize] = result.loss
        pending = [(arm, wider) for arm in ARMS for wider in _beyond(tried[arm], size.grid[arm][1])]
        if not pending:
            break
    return tried


def _grid(low: float, ratio: float, number: int) -> Iterable[float]:
    return (_round(low * ratio**index) for index in range(number))


def _beyond(losses: dict[float, float], ratio: float) -> list[float]:
    """The next stepsize outside the grid if the best one lies at its edge."""
    best = min(losses, key=lambda s: losses[s])
    if best == min(losses):
        return [_round(best / ratio)]
    return [_round(best * ratio)] if best == max(losses) else []


def _round(stepsize: float) -> float:
    return float(f"{stepsize:.2g}")


def _run(phase: str, arm: str, stepsize: float, seed: int, size: Size, digest: str) -> Run:
    steps = size.tuning_steps if phase == "tuning" else size.steps
    return Run(
        phase=phase,
        model="smoke",
        shape=size.shape,
        arm=arm_of(arm),
        stepsize=stepsize,
        seed=seed,
        steps=steps,
        sequences=size.sequences,
        corpus=digest,
        warmup=0.1,
        floor=0.0,
        microbatch=size.sequences,
        evaluate_every=steps,
        evaluate_sequences=size.evaluate_sequences,
        log_every=size.log_every,
        checkpoint_every=10 * size.log_every,
    )


def _final(arm: str, stepsize: float, seed: int, size: Size, digest: str) -> Run:
    # phi is drawn along the first seed only: measuring costs as much as a run of this size.
    measure = size.measure if seed == size.seeds[0] else Measure()
    return dataclasses.replace(_run("final", arm, stepsize, seed, size, digest), measure=measure)


def _judge(
    stepsizes: dict[str, float],
    tried: dict[str, dict[float, float]],
    results: dict[str, list[Result]],
    out: Path,
) -> Outcome:
    losses = {arm: [result.loss for result in results[arm]] for arm in ARMS}
    difference = spread([a - b for a, b in zip(*losses.values(), strict=True)])
    return Outcome(
        stepsizes=stepsizes,
        tried=tried,
        losses={arm: spread(losses[arm]) for arm in ARMS},
        difference=difference,
        verdict=ahead(*ARMS, difference),
        phi={arm: results[arm][0].phi or (math.nan, math.nan, math.nan) for arm in ARMS},
        figure=out / "smoke.png",
        curves={arm: [result.curve for result in results[arm]] for arm in ARMS},
    )


def describe(outcome: Outcome) -> list[str]:
    """The outcome in lines for the terminal."""
    lines = [
        f"{arm}: stepsize {outcome.stepsizes[arm]:g}, "
        f"validation loss {outcome.losses[arm].text()} nats a token, "
        f"phi {outcome.phi[arm][0]:.3f} [{outcome.phi[arm][1]:.3f}, {outcome.phi[arm][2]:.3f}]"
        for arm in ARMS
    ]
    d = outcome.difference
    lines.append(
        f"{ARMS[0]} - {ARMS[1]}: {d.mean:+.3f} [{d.low:+.3f}, {d.high:+.3f}] "
        f"(95 %, {d.count} seeds): {outcome.verdict}"
    )
    return [*lines, f"curves: {outcome.figure}"]
