"""One run: an optimizer on an instance with a fixed number of oracle calls.

The point is read before every oracle call, so an optimizer that asks for several gradients in a
step is read as often, and all optimizers have the same number of readings.
"""

from __future__ import annotations

import contextlib
import math
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import nn

from hardinstances.errors import OptimizerError
from hardinstances.rng import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hardinstances.instance import Instance

__all__ = ["MAX_SECONDS", "DivergedError", "Maker", "Trace", "run"]

MAX_SECONDS = 60.0
"""Processor time after which a run is given up."""


class DivergedError(OptimizerError):
    """A point or a gradient that is not finite."""


class Maker(Protocol):
    """How an optimizer is made and stepped; see :class:`signcheck.gauntlet.entries.Entry`."""

    @property
    def drive(self) -> str:
        """See :data:`signcheck.gauntlet.entries.Drive`."""

    @property
    def matrix(self) -> bool:
        """Whether the point must be 2-D."""

    @property
    def dtype(self) -> str:
        """Of the point."""

    def make(self, module: Any, lr: float, steps: int) -> Any:
        """The optimizer."""


@dataclass(frozen=True, eq=False)
class Trace:
    """What happened in a run.

    Parameters
    ----------
    points
        Where gradients were asked for at the start of each step, and the last point:
        float64 ``(S+1, *shape)``.
    measured
        What the optimizer offers as its solution there; differs for averaging methods.
    calls
        Oracle calls made before each of them, ``(S+1,)``.
    gradients
        Every answer, in order: ``(calls, *shape)``.
    curve
        ``|grad f|`` of the solution at hand before each of the first N calls, ``(N,)``.
    """

    points: NDArray[np.float64]
    measured: NDArray[np.float64]
    calls: NDArray[np.int64]
    gradients: NDArray[np.float64]
    curve: NDArray[np.float64]


class _Problem(nn.Module):
    """The instance as a module with one parameter, which records every oracle call."""

    def __init__(self, instance: Instance, maker: Maker, seed: int) -> None:
        super().__init__()
        self.instance = instance
        self.stream = Stream(seed)
        self.answers: list[NDArray[np.float64]] = []
        start = np.array(instance.x0)
        if maker.matrix and start.ndim == 1:
            start = start.reshape(_near_square(start.size))
        self.weight = nn.Parameter(torch.tensor(start, dtype=getattr(torch, maker.dtype)))
        self._start = tuple(start.shape)

    def position(self) -> NDArray[np.float64]:
        """A copy of the point in the instance's shape; raises if it cannot be used."""
        point = self.weight.detach()
        if tuple(point.shape) != self._start:
            raise OptimizerError(
                f"The optimizer changed the point's shape from {self._start} to "
                f"{tuple(point.shape)}: it has to update it in place."
            )
        found = np.array(point.numpy(), dtype=np.float64).reshape(self.instance.shape)
        if not np.isfinite(found).all():
            raise DivergedError(f"The point is not finite after {len(self.answers)} oracle calls.")
        return found

    def gradient(self) -> torch.Tensor:
        """One oracle answer at the point, of the parameter's shape and dtype."""
        # Overflow of a far point shows as an answer that is not finite.
        with np.errstate(all="ignore"):
            answer = self.instance.oracle(self.position(), 1, self.stream)
        if not np.isfinite(answer).all():
            raise DivergedError(
                f"The gradient is not finite at oracle call {len(self.answers) + 1}."
            )
        self.answers.append(answer)
        return torch.tensor(answer.reshape(self._start), dtype=self.weight.dtype)

    def value(self) -> torch.Tensor:
        """``f`` at the point, without noise."""
        return torch.tensor(float(self.instance.value(self.position())), dtype=self.weight.dtype)


def _near_square(size: int) -> tuple[int, int]:
    rows = max(k for k in range(1, math.isqrt(size) + 1) if size % k == 0)
    return rows, size // rows


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Optimizers that draw use global generators: seed them, and leave them as they were.

    One thread: the arrays are small, and a second one costs more than it brings.
    """
    state, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            random.setstate(state)
            np.random.set_state(legacy)  # noqa: NPY002


def run(instance: Instance, maker: Maker, lr: float, calls: int, seed: int) -> Trace:
    """Run an optimizer for a number of oracle calls.

    Parameters
    ----------
    lr
        Its stepsize.
    calls
        Oracle calls, batch 1; what a step asks for beyond them is not read.
    seed
        Of the oracle, and of what the optimizer draws itself.

    Raises
    ------
    OptimizerError
        If the optimizer cannot be made, fails, changes the point's shape, asks for no gradient or
        takes too long; :class:`DivergedError` if a point or gradient is not finite.
    """
    with _seeded(seed):
        problem = _Problem(instance, maker, seed)
        try:
            optimizer = maker.make(problem, lr, calls)
        except Exception as error:
            raise OptimizerError(f"cannot be made: {_sentence(error)}") from error
        return _record(problem, optimizer, maker, lr, calls)


def _sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


def _record(problem: _Problem, optimizer: Any, maker: Maker, lr: float, calls: int) -> Trace:
    began = time.process_time()
    points, measured, counts = [problem.position()], [problem.position()], [0]
    while counts[-1] < calls:
        try:
            _step(problem, optimizer, maker.drive, lr)
        except OptimizerError:
            raise
        except Exception as error:
            raise OptimizerError(f"fails at step {len(counts)}: {_sentence(error)}") from error
        points.append(problem.position())
        measured.append(_solution(problem, optimizer))
        counts.append(len(problem.answers))
        if counts[-1] == counts[-2]:
            raise OptimizerError(f"step {len(counts) - 1} asks for no gradient.")
        if time.process_time() - began > MAX_SECONDS:
            raise OptimizerError(f"takes more than {MAX_SECONDS:g} s for {calls} oracle calls.")
    made, solutions = np.array(counts), np.array(measured)
    latest = np.searchsorted(made, np.arange(calls), side="right") - 1
    with np.errstate(all="ignore"):
        norms = np.asarray(problem.instance.stationarity(solutions))
    if not np.isfinite(norms[latest]).all():
        raise DivergedError("The gradient of a point is not finite.")
    return Trace(np.array(points), solutions, made, np.array(problem.answers), norms[latest])


def _step(problem: _Problem, optimizer: Any, drive: str, lr: float) -> None:
    weight = problem.weight

    def closure() -> torch.Tensor:
        value = problem.value()
        weight.grad = problem.gradient()
        return value

    if drive == "fused":
        # A linear loss whose gradient is the oracle's answer: the update hangs on backward().
        optimizer.fused_backward((weight * problem.gradient()).sum(), lr)
        return
    if drive == "closure":
        optimizer.step(closure)
        return
    answer = problem.gradient()
    weight.grad = answer.to_sparse() if drive == "sparse" else answer
    if drive == "gradient and closure":
        optimizer.step(closure)
    else:
        optimizer.step()


def _solution(problem: _Problem, optimizer: Any) -> NDArray[np.float64]:
    """The point, or the average that the optimizer shows in its evaluation mode."""
    evaluate, train = getattr(optimizer, "eval", None), getattr(optimizer, "train", None)
    if not (callable(evaluate) and callable(train)):
        return problem.position()
    before = problem.weight.detach().clone()
    evaluate()
    found = problem.position()
    train()
    # Switching back and forth rounds; the run goes on where it was.
    problem.weight.data.copy_(before)
    return found
