"""The reference engine: numpy, through the oracle, all copies at once.

It is the engine that the others are tested against, so it does nothing clever: at every step the
true gradient gives the statistic and the oracle (or the one-draw law of the batch's signs) gives
the step. Copy r draws the numbers of the key (r, seed), whatever the chunks. Points may be torch
tensors on a device (:mod:`signcheck.simulate.dense`); statistics are taken on the host.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from array_api_compat import array_namespace, to_device
from numpy.typing import NDArray

from hardinstances.errors import CertificateError, InputError
from hardinstances.rng import MAX_WORD, Stream
from signcheck.simulate.muon import check_shapes
from signcheck.simulate.problem import (
    is_noisy,
    magnitudes,
    noisy_mask,
    on_host,
    separable_part,
    slope_bounds,
)
from signcheck.simulate.streams import Windows
from signcheck.simulate.summary import Summary, host, versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardinstances.instance import Instance
    from signcheck.simulate.methods import Method, State

Floats: TypeAlias = NDArray[np.float64]

CHUNK_ENTRIES = 2**20
"""Coordinates times copies simulated at once; bounds the memory, changes no number."""

_ALIKE = {"float64": 1e-9, "float32": 1e-4}  # rounding granted to what all copies share


def simulate(
    instance: Instance,
    method: Method,
    *,
    steps: int,
    seeds: int,
    batch: int = 1,
    seed: int = 0,
    first: int = 0,
    dtype: str = "float64",
    statistic: Callable[[Floats], Floats] | None = None,
    sign_shortcut: bool = True,
    window: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Run ``seeds`` independent copies and stream the statistic of the true gradient.

    Parameters
    ----------
    instance
        A hard instance; sure ranges are known if it is separable or embeds a separable one.
    method
        An update rule of :mod:`signcheck.simulate.methods`.
    steps, batch
        T and B, integers >= 1: x_0, ..., x_{T-1} are measured, T - 1 steps are made.
    seeds, seed, first
        Copies ``first, ..., first + seeds - 1`` of the experiment number ``seed``. An instance
        without noise is run once, since all copies coincide.
    dtype
        Precision of the points, ``"float64"`` or ``"float32"``; statistics are float64.
    statistic
        Maps gradients (n, *shape) to (n,); default the norm of the instance's geometry (l1 or
        nuclear), the only one with known sure bounds.
    sign_shortcut
        Draw the signs of a batch mean at once where the method reads nothing else.
    window
        Steps that one entry of the statistics stands for: its average over them.
    progress
        Called after every step with the number of copies moved.

    Returns
    -------
    A :class:`Summary`; its ``failure`` says so if a gradient was not finite.

    Raises
    ------
    InputError
        If a count is not a positive integer, the copies leave the range of the generator, the dtype
        is another, or the method has no step for points of this shape.
    """
    check_shapes(instance, method)
    copies = copies_of(instance, steps=steps, batch=batch, seeds=seeds, first=first)
    check_dtype("reference", dtype)
    run = Run(instance, method, steps, batch, dtype, statistic, sign_shortcut, window, progress)
    outcome = run.outcome(copies, seed, CHUNK_ENTRIES)
    return summarise(
        instance, method, outcome, steps=steps, batch=batch, seed=seed, engine="reference"
    )


@dataclass(frozen=True)
class Outcome:
    """What an engine measured.

    Attributes
    ----------
    mean, variance
        Of the statistic over the copies, (T,).
    averages
        Averages over t, (copies,).
    quiet
        What the coordinates without noise contribute to the statistic, (T,); None if it is no sum
        over coordinates.
    failure
        Empty, or why there is no result.
    """

    mean: Floats
    variance: Floats
    averages: Floats
    quiet: Floats | None
    failure: str


def summarise(
    instance: Instance, method: Method, outcome: Outcome, *, steps: int, batch: int, seed: int,
    engine: str, device: str = "", extra: str = "",
) -> Summary:  # fmt: skip
    """The record of a run: the sure range is the quiet part, plus sup |f'| where there is noise."""
    low = high = None
    part = separable_part(instance)
    if not outcome.failure and not is_noisy(instance):
        low = high = outcome.mean
    elif not outcome.failure and outcome.quiet is not None and part is not None:
        room = float(slope_bounds(part)[noisy_mask(part)].sum())
        if np.isfinite(room):
            low, high = outcome.quiet, outcome.quiet + room
    seeds = outcome.averages.size
    return Summary(
        instance=instance.id,
        method=method.name,
        parameters=instance.parameters,
        settings=asdict(cast("Any", method)),
        steps=steps,
        batch=batch,
        seeds=seeds,
        seed=seed,
        engine=engine,
        device=device or host(),
        versions=versions(extra),
        calls=steps * batch * seeds,
        mean=outcome.mean,
        variance=outcome.variance,
        averages=outcome.averages,
        low=low,
        high=high,
        failure=outcome.failure,
    )


def copies_of(
    instance: Instance, *, steps: int, batch: int, seeds: int, first: int
) -> NDArray[np.int64]:
    """Numbers of the copies to run; a single one where nothing is random.

    Raises
    ------
    InputError
        If a count is not a positive integer, or the copies leave the range of the generator.
    """
    check_counts(steps=steps, batch=batch, seeds=seeds)
    if not 0 <= first <= MAX_WORD - seeds:
        raise InputError(f"Copies {first} to {first + seeds - 1} leave the range [0, 2^32).")
    return np.arange(first, first + (seeds if is_noisy(instance) else 1))


def check_counts(**counts: int) -> None:
    """Raise InputError unless every count is an integer >= 1."""
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise InputError(f"{name} must be a positive integer, not {count!r}.")


def check_dtype(engine: str, dtype: str) -> None:
    """Raise InputError unless ``dtype`` is float64 or float32; ``engine`` names who refuses it."""
    if dtype not in _ALIKE:
        raise InputError(f"The {engine} engine runs in float64 or float32, not in {dtype!r}.")


@dataclass
class Run:
    """One experiment: fixed choices, and the statistics that all of its chunks share.

    Parameters
    ----------
    instance, method, steps, batch, dtype, statistic, sign_shortcut, window, progress
        As in :func:`simulate`.
    place
        Makes the start, a numpy array, the array that the run computes with.
    """

    instance: Instance
    method: Method
    steps: int
    batch: int
    dtype: str
    statistic: Callable[[Floats], Floats] | None
    sign_shortcut: bool
    window: int
    progress: Callable[[int], None] | None
    place: Callable[[Floats], Any] = np.asarray
    failure: str = ""
    noisy: NDArray[np.bool_] | None = field(init=False)
    windows: Windows = field(init=False)
    quiet_part: Floats = field(init=False)

    def __post_init__(self) -> None:
        part = separable_part(self.instance)
        sums = part is not None and self.statistic is None and self.method.separate
        self.noisy = noisy_mask(part) if part is not None and sums else None
        self.windows = Windows(self.steps, self.window)
        self.quiet_part = np.zeros(1)

    def outcome(self, copies: NDArray[np.int64], seed: int, entries: int) -> Outcome:
        """Run these copies, as many at once as have ``entries`` coordinates together."""
        averages = np.full(copies.size, np.nan)
        chunk = max(entries // self.instance.d, 1)
        for start in range(0, copies.size, chunk):
            part = copies[start : start + chunk]
            averages[start : start + chunk] = self.chunk(Stream(part, stream=seed))
            if self.failure:
                break
        quiet = self.windows.quiet if self.noisy is not None else None
        moments = self.windows.moments
        return Outcome(moments.mean, moments.variance, averages, quiet, self.failure)

    def chunk(self, stream: Stream) -> Floats:
        """Run the copies of ``stream`` and return their averages over t."""
        copies = np.size(stream.seed)
        start = self.place(np.asarray(self.instance.x0, dtype=self.dtype))
        x = array_namespace(start).broadcast_to(start, (copies, *start.shape))
        state: State = None
        total = np.zeros(copies)
        for t in range(self.steps):
            # Overflow is how a diverging method ends; it is reported, not warned about.
            with np.errstate(over="ignore", invalid="ignore"):
                values = self._measure(x)
                # A point that is not finite may have a finite slope: look at both.
                lost = ~(np.isfinite(values) & _finite(x))
                if lost.any():
                    self.failure = self._sentence(t, int(lost.sum()), copies)
                    return np.full(copies, np.nan)
                total += values
                self.windows.extend(t, values[None, :], self.quiet_part)
                if t < self.steps - 1:
                    x, state = self._step(x, state, stream)
            if self.progress is not None:
                self.progress(copies)
        return total / self.steps

    def _measure(self, x: Floats) -> Floats:
        if self.statistic is not None:
            return self.statistic(np.asarray(self.instance.grad(x), dtype=np.float64))
        parts = None if self.noisy is None else magnitudes(self.instance, x)
        if parts is None or self.noisy is None:
            return on_host(self.instance.stationarity(x))
        values = np.asarray(parts.sum(axis=1), dtype=np.float64)
        quiet = parts[:, ~self.noisy].sum(axis=1)
        self.quiet_part = quiet[:1]
        granted = _ALIKE[self.dtype] * values
        if np.isfinite(values).all() and np.any(np.abs(quiet - quiet[0]) > granted):
            raise CertificateError(
                f"{self.instance.id} moved a coordinate that it declares noiseless differently "
                "in different copies; its blocks do not describe its oracle."
            )
        return values

    def _step(self, x: Floats, state: State, stream: Stream) -> tuple[Floats, State]:
        # The noise hides the sign of one batch size only; others are drawn call by call.
        fits = self.instance.batch in {None, self.batch}
        if self.method.signs_only and self.sign_shortcut and fits:
            return x - self.method.eta * self.instance.sign_oracle(x, self.batch, stream), state
        return self.method.step(x, self.instance.oracle(x, self.batch, stream), state)

    def _sentence(self, t: int, lost: int, copies: int) -> str:
        return (
            f"{self.method.name} on {self.instance.id} left the finite numbers at step {t} in "
            f"{lost} of {copies} copies; lower its stepsize {self.method.eta:.6g}"
        )


def _finite(x: Any) -> NDArray[np.bool_]:
    """Which copies are finite numbers throughout, (copies,), on the host."""
    xp = array_namespace(x)
    each = xp.all(xp.reshape(xp.isfinite(x), (x.shape[0], -1)), axis=1)
    return np.asarray(to_device(each, "cpu"))
