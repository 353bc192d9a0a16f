"""Training: one process or torchrun, resumable at any moment to the same curve."""

from __future__ import annotations

import math
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist

from gpt2_validation import checkpoint, records
from gpt2_validation.data import Corpus, Sampler
from gpt2_validation.density import Measurement
from gpt2_validation.model import load_initial, shared_losses
from gpt2_validation.optimizers import build_optimizers, set_stepsizes
from hardinstances.errors import DeviceError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gpt2_validation.protocol import Run

_DIVERGED = 20.0
_VALIDATION_STREAM = 8_000_000


def start_processes() -> tuple[int, int, torch.device]:
    """Rank, number of processes and device; joins the process group when torchrun started us."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    rank, local = int(os.environ.get("RANK", "0")), int(os.environ.get("LOCAL_RANK", "0"))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", local) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if world > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if cuda else "gloo")
    return rank, world, device


def stop_processes() -> None:
    """Leave the process group, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()


def choose_device(name: str) -> torch.device:
    """``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    DeviceError
        If ``cuda`` is asked for and absent.
    """
    _, _, device = start_processes()
    if name == "cpu":
        return torch.device("cpu")
    if name == "cuda" and device.type != "cuda":
        msg = "The device cuda was asked for, but torch sees no GPU here. Use --device cpu or auto."
        raise DeviceError(msg)
    return device


class Trainer:
    """One run in one directory.

    Parameters
    ----------
    out
        The run's directory: ``run.json``, ``log.csv``, ``evaluations.csv``, ``measurements.jsonl``
        and ``checkpoint.safetensors``.
    compiled
        Use torch.compile (CUDA).

    Raises
    ------
    InputError
        If the batch does not divide among processes, or the corpus is not the run's.
    DataError
        If the directory holds another run.
    """

    def __init__(
        self,
        run: Run,
        corpus: Corpus,
        out: Path,
        device: torch.device,
        *,
        compiled: bool,
        report: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self.run, self.out, self.device, self._report = run, out, device, report
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        self.world = dist.get_world_size() if dist.is_initialized() else 1
        self._check(corpus)
        self.model, self._loss, self._plain_loss, exact = shared_losses(
            run.shape, device, compiled=compiled
        )
        load_initial(self.model, run.shape, run.seed)
        self.optimizers = build_optimizers(run.arm, self.model, run.stepsize)
        context = run.shape.context
        self._train = Sampler(corpus.train, context, run.seed)
        self._validation = Sampler(corpus.validation, context, _VALIDATION_STREAM)
        self._measurement = Measurement(run, self.model, self._loss, exact, corpus.train, device)
        self.log = records.Log(run, out, device, self.world, compiled=compiled)
        self.step = 0

    def _check(self, corpus: Corpus) -> None:
        run = self.run
        if run.sequences % self.world:
            msg = (
                f"{run.sequences} sequences a step do not divide among {self.world} processes. "
                "Start another number of processes."
            )
            raise InputError(msg)
        if corpus.digest != run.corpus:
            msg = (
                f"The corpus has digest {corpus.digest}, but the run is defined on {run.corpus}. "
                "Prepare that corpus, or define the run anew."
            )
            raise InputError(msg)
        if run.checkpoint_every % run.log_every:
            msg = (
                f"Checkpoints every {run.checkpoint_every} steps must be a multiple of the log's "
                f"{run.log_every}. Change one of them."
            )
            raise InputError(msg)

    @property
    def _path(self) -> Path:
        return self.out / "checkpoint.safetensors"

    def fit(self, *, deadline: float = math.inf, stop_at: int | None = None) -> str:
        """Train to the end, a step or a deadline (``time.monotonic`` seconds); returns the status.

        The status is ``complete``, ``paused`` or ``diverged``; a run that is complete or has
        diverged is left alone.
        """
        if self.log.finished:
            return str(self.log.status)
        self._resume()
        self.log.start(list(sys.orig_argv))
        losses: list[torch.Tensor] = []
        while self.step < self.run.steps:
            if self._stop(deadline, stop_at):
                return self._close("paused")
            self._observe()
            due = self.run.measure.due(self.step, self.run.steps)
            if due:
                with self.log.paused():
                    self._measurement.before_update()
            losses.append(self._update())
            if due:
                with self.log.paused():
                    self.log.extend_measurement(self._measurement.after_update())
            self.step += 1
            if self.step % self.run.log_every == 0 or self.step == self.run.steps:
                if not self._write(losses):
                    return self._close("diverged")
                losses = []
        self._observe()
        return self._close("complete")

    def _stop(self, deadline: float, stop_at: int | None) -> bool:
        if self.step % self.run.log_every:
            return False
        late = torch.tensor(float(time.monotonic() >= deadline), device=self.device)
        if self.world > 1:  # one process's clock must not leave the others waiting
            dist.all_reduce(late, op=dist.ReduceOp.MAX)
        return bool(late) or (stop_at is not None and self.step >= stop_at)

    def _resume(self) -> None:
        if self._path.exists():
            state = checkpoint.load_checkpoint(self._path, self.model, self.optimizers)
            self.log.check_same(state["run"])
            self.step = int(state["step"])
        self.log.rewind(self.step)

    def _observe(self) -> None:
        """Measure and evaluate what is due at this step and not logged yet."""
        run, step = self.run, self.step
        if run.measure.due(step, run.steps) and not self.log.measured(step):
            with self.log.paused():
                self.log.add_measurement(self._measurement.at(step))
        at_end = step == run.steps
        if (step % run.evaluate_every == 0 or at_end) and not self.log.evaluated(step):
            with self.log.paused():
                row = {"step": step, "tokens": step * run.tokens_per_step}
                self.log.add_evaluation(row | self.evaluate())

    def _update(self) -> torch.Tensor:
        run = self.run
        set_stepsizes(self.optimizers, run.stepsize_at(self.step) / run.stepsize)
        self.model.zero_grad(set_to_none=True)
        local = run.sequences // self.world
        first = self.step * run.sequences + self.rank * local
        total = torch.zeros((), device=self.device)
        for start in range(0, local, run.microbatch):
            size = min(run.microbatch, local - start)
            loss = self._loss(self._windows(first + start, size)) * (size / local)
            loss.backward()
            total += loss.detach()
        self._average_gradients(total)
        if run.arm.clip:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), run.arm.clip)
        for optimizer in self.optimizers:
            optimizer.step()
        return total

    def _windows(self, first: int, size: int) -> torch.Tensor:
        windows = torch.from_numpy(self._train.batch(first, size))
        if self.device.type == "cuda":
            return windows.pin_memory().to(self.device, non_blocking=True)
        return windows

    def _average_gradients(self, total: torch.Tensor) -> None:
        if self.world == 1:
            return
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        works = [
            dist.all_reduce(g, op=dist.ReduceOp.SUM, async_op=True) for g in [*gradients, total]
        ]
        for work in works:
            work.wait()
        torch._foreach_div_([*gradients, total], float(self.world))

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Validation loss over the first sequences of a fixed order, with its standard error."""
        size = min(self.run.evaluate_sequences, self._validation.windows)
        chunk = min(self.run.microbatch, size)
        losses = []
        for first in range(0, size - size % chunk, chunk):
            windows = torch.from_numpy(self._validation.batch(first, chunk)).to(self.device)
            losses.append(self._plain_loss(windows))
        values = torch.stack(losses).double()
        error = float(values.std() / math.sqrt(len(values))) if len(values) > 1 else math.nan
        return {"validation_loss": float(values.mean()), "validation_error": error}

    def _write(self, losses: list[torch.Tensor]) -> bool:
        """Log the window of steps; False if the loss is not finite or far above a uniform guess."""
        loss = float(torch.stack(losses).double().mean())
        run = self.run
        row = {
            "step": self.step,
            "tokens": self.step * run.tokens_per_step,
            "passes": self._train.passes(self.step * run.sequences),
            "stepsize": run.stepsize_at(self.step - 1),
            "train_loss": loss,
        }
        row = self.log.add_row(row, len(losses))
        self._report(row)
        if not math.isfinite(loss) or loss > _DIVERGED:
            return False
        if self.step % run.checkpoint_every == 0 and self.step < run.steps:
            self._save()
        return True

    def _save(self) -> None:
        if self.rank == 0:
            state = {"step": self.step, "run": self.run.digest}
            with self.log.paused():
                checkpoint.save_checkpoint(self._path, self.model, self.optimizers, state)

    def _close(self, status: str) -> str:
        if status != "diverged":
            self._save()
        self.log.close(status, self.step)
        return status
