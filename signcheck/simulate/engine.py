"""The reference engine: numpy, through the oracle, all copies at once.

It is the engine that the others are tested against, so it does nothing clever: at every step the
true gradient gives the statistic and the oracle (or the one-draw law of the batch's signs) gives
the step. Copy r draws the numbers of the key (r, seed), whatever the chunks.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import CertificateError, InputError
from hardinstances.rng import MAX_WORD, Stream
from signcheck.simulate.problem import noisy_mask, slope_bounds
from signcheck.simulate.streams import Moments
from signcheck.simulate.summary import Summary, host, versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardinstances.instance import Instance
    from signcheck.simulate.methods import Method, State

Floats: TypeAlias = NDArray[np.float64]

CHUNK_ENTRIES = 2**20
"""Coordinates times copies simulated at once; bounds the memory, changes no number."""


def simulate(
    instance: Instance,
    method: Method,
    *,
    steps: int,
    seeds: int,
    batch: int = 1,
    seed: int = 0,
    first: int = 0,
    statistic: Callable[[Floats], Floats] | None = None,
    sign_shortcut: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Run ``seeds`` independent copies and stream the statistic of the true gradient.

    Parameters
    ----------
    instance
        A separable hard instance.
    method
        An update rule of :mod:`signcheck.simulate.methods`.
    steps, batch
        T and B, integers >= 1: x_0, ..., x_{T-1} are measured, T - 1 steps are made.
    seeds, seed, first
        Copies ``first, ..., first + seeds - 1`` of the experiment number ``seed``. An instance
        without noise is run once, since all copies coincide.
    statistic
        Maps gradients (n, d) to (n,); default the l1 norm, the only one with known sure bounds.
    sign_shortcut
        Draw the signs of a batch mean at once where the method reads nothing else.
    progress
        Called after every step with the number of copies moved.

    Returns
    -------
    A :class:`Summary`; its ``failure`` says so if a gradient was not finite.

    Raises
    ------
    InputError
        If a count is not a positive integer, or the copies leave the range of the generator.
    """
    check_counts(steps=steps, batch=batch, seeds=seeds)
    if not 0 <= first <= MAX_WORD - seeds:
        raise InputError(f"Copies {first} to {first + seeds - 1} leave the range [0, 2^32).")
    noisy = noisy_mask(instance)
    seeds = seeds if noisy.any() else 1
    run = _Run(instance, method, steps, batch, noisy, statistic, sign_shortcut, progress)
    averages = np.full(seeds, np.nan)
    chunk = max(CHUNK_ENTRIES // instance.d, 1)
    for start in range(0, seeds, chunk):
        copies = np.arange(first + start, first + min(start + chunk, seeds))
        averages[start : start + copies.size] = run.chunk(Stream(copies, stream=seed))
        if run.failure:
            break
    low, high = run.sure_range()
    return Summary(
        instance=instance.id,
        method=method.name,
        parameters=instance.parameters,
        settings=asdict(cast("Any", method)),
        steps=steps,
        batch=batch,
        seeds=seeds,
        seed=seed,
        engine="reference",
        device=host(),
        versions=versions(),
        calls=steps * batch * seeds,
        mean=run.moments.mean,
        variance=run.moments.variance,
        averages=averages,
        low=low,
        high=high,
        failure=run.failure,
    )


def check_counts(**counts: int) -> None:
    """Raise InputError unless every count is an integer >= 1."""
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise InputError(f"{name} must be a positive integer, not {count!r}.")


@dataclass
class _Run:
    """One experiment: fixed choices, and the statistics that all of its chunks share."""

    instance: Instance
    method: Method
    steps: int
    batch: int
    noisy: NDArray[np.bool_]
    statistic: Callable[[Floats], Floats] | None
    sign_shortcut: bool
    progress: Callable[[int], None] | None
    failure: str = ""
    moments: Moments = field(init=False)
    quiet_part: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.moments = Moments(self.steps)
        self.quiet_part = np.zeros(self.steps)

    def chunk(self, stream: Stream) -> Floats:
        """Run the copies of ``stream`` and return their averages over t."""
        copies = np.size(stream.seed)
        x = np.broadcast_to(
            np.asarray(self.instance.x0, dtype=np.float64), (copies, self.noisy.size)
        )
        state: State = None
        total = np.zeros(copies)
        for t in range(self.steps):
            # Overflow is how a diverging method ends; it is reported, not warned about.
            with np.errstate(over="ignore", invalid="ignore"):
                values = self._measure(t, x)
                # A point that is not finite may have a finite slope: look at both.
                lost = ~(np.isfinite(values) & np.isfinite(x).all(axis=1))
                if lost.any():
                    self.failure = self._sentence(t, int(lost.sum()), copies)
                    return np.full(copies, np.nan)
                total += values
                self.moments.add(t, values)
                if t < self.steps - 1:
                    x, state = self.method.step(x, self._draw(x, stream), state)
            if self.progress is not None:
                self.progress(copies)
        self._check_quiet(x)
        return total / self.steps

    def sure_range(self) -> tuple[Floats, Floats] | tuple[None, None]:
        """Bounds of the l1 statistic at each t: the quiet coordinates' value, plus sup |f'|."""
        if self.statistic is not None or self.failure:
            return None, None
        room = float(slope_bounds(self.instance)[self.noisy].sum())
        if not np.isfinite(room):
            return None, None
        return self.quiet_part, self.quiet_part + room

    def _measure(self, t: int, x: Floats) -> Floats:
        gradient = np.asarray(self.instance.grad(x), dtype=np.float64)
        if self.statistic is not None:
            return self.statistic(gradient)
        magnitude = np.abs(gradient)
        self.quiet_part[t] = magnitude[0, ~self.noisy].sum()
        return np.asarray(magnitude.sum(axis=1), dtype=np.float64)

    def _draw(self, x: Floats, stream: Stream) -> Floats:
        shortcut = self.sign_shortcut and self.method.signs_only
        # The noise hides the sign of one batch size only; others are drawn call by call.
        if shortcut and self.instance.batch in {None, self.batch}:
            draw = self.instance.sign_oracle
        else:
            draw = self.instance.oracle
        return np.asarray(draw(x, self.batch, stream), dtype=np.float64)

    def _sentence(self, t: int, lost: int, copies: int) -> str:
        return (
            f"{self.method.name} on {self.instance.id} left the finite numbers at step {t} in "
            f"{lost} of {copies} copies; lower its stepsize {self.method.eta:.6g}"
        )

    def _check_quiet(self, x: Floats) -> None:
        """Every coordinate without noise must have moved alike in all copies."""
        quiet = x[:, ~self.noisy]
        if not np.array_equal(quiet, np.broadcast_to(quiet[:1], quiet.shape)):
            raise CertificateError(
                f"{self.instance.id} moved a coordinate that it declares noiseless differently "
                "in different copies; its blocks do not describe its oracle."
            )
