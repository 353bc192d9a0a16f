"""The CPU engine: the reference engine's numbers, many steps of many lanes in one compiled pass.

Points, words and moves are those of :func:`signcheck.simulate.engine.simulate`, bit for bit;
statistics agree to rounding, since sums over coordinates are taken in another order.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.rng import Stream
from signcheck.simulate.engine import Outcome, check_dtype, copies_of, summarise
from signcheck.simulate.problem import check_separable
from signcheck.simulate.streams import Windows
from signcheck.simulate.tiles import LANES, Clock, Layout, Tile, lay_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardinstances.instance import Instance
    from signcheck.simulate.methods import Method
    from signcheck.simulate.summary import Summary

Floats: TypeAlias = NDArray[np.float64]

COPIES = 8192
"""Copies that are run to the end before the next ones start; bounds the memory."""

_SUMS = 2**17  # sums of |f'| that a tile may leave behind in one pass: a megabyte
_ROWS = 2**21  # and that all copies may leave behind where a tile has one sum a step
_MOST_STEPS = 1024
_PART = 16


def simulate_cpu(
    instance: Instance,
    method: Method,
    *,
    steps: int,
    seeds: int,
    batch: int = 1,
    seed: int = 0,
    first: int = 0,
    dtype: str = "float64",
    threads: int | None = None,
    grouped: bool = True,
    window: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Run ``seeds`` independent copies; as :func:`~signcheck.simulate.engine.simulate`.

    Parameters
    ----------
    instance, method, steps, seeds, batch, seed, first
        As in the reference engine. Under two-point noise the batch is 1, or the one that the noise
        is made for where the method reads signs only; under Gaussian noise it is any, and its
        mean is drawn at once.
    dtype
        ``"float64"`` or ``"float32"``.
    threads
        Number of threads; default all processors that this process may use.
    grouped
        Move equal coordinates without noise once and count them.
    window
        Steps that one entry of the statistics stands for: its average over them. With T/64, say,
        the memory of a long run does not grow with T.
    progress
        Called after each pass with the number of steps made, over all copies.

    Raises
    ------
    InputError
        If a count, method, batch or dtype is not one that this engine runs, or the instance is not
        separable.
    """
    check_separable(instance)
    copies = copies_of(instance, steps=steps, batch=batch, seeds=seeds, first=first)
    check_dtype("CPU", dtype)
    clock = _clock(method, steps, seed, np.dtype(dtype))
    run = _Run(instance, method, clock, Windows(steps, window))
    averages = np.full(copies.size, np.nan)
    with Workers(threads or available_threads()) as pool:
        for start in range(0, copies.size, COPIES):
            part = copies[start : start + COPIES]
            layout = lay_out(instance, method, batch, part, np.dtype(dtype), grouped=grouped)
            averages[start : start + COPIES] = run.chunk(layout, part.size, pool, progress)
            if run.failure:
                break
    moments, quiet = run.windows.moments, run.windows.quiet
    outcome = Outcome(moments.mean, moments.variance, averages, quiet, run.failure)
    return summarise(
        instance, method, outcome, steps=steps, batch=batch, seed=seed, engine="cpu", extra="numba"
    )


class Workers(ThreadPoolExecutor):
    """Threads, and the lists of tiles that they are handed."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.threads = threads

    def parts(self, tiles: list[Tile]) -> list[list[Tile]]:
        """Tiles in lists of some: handing a small one to a thread costs as much as running it."""
        size = max(min(_PART, -(-len(tiles) // self.threads)), 1)
        return [tiles[start : start + size] for start in range(0, len(tiles), size)]


class _Run:
    """Fixed choices of a run, and the statistics that all of its chunks share."""

    def __init__(self, instance: Instance, method: Method, clock: Clock, windows: Windows) -> None:
        self.instance, self.method, self.clock = instance, method, clock
        self.steps, self.windows, self.failure = clock.final + 1, windows, ""

    def chunk(
        self,
        layout: Layout,
        copies: int,
        pool: Workers,
        progress: Callable[[int], None] | None,
    ) -> Floats:
        """Run some copies to the end; their averages over t."""
        total = np.zeros(copies)
        limit = _SUMS // min(copies, LANES) if layout.rows else _ROWS // copies
        fused = min(max(limit // 4 * 4, 4), _MOST_STEPS)
        for start in range(0, self.steps, fused):
            span = slice(start, min(start + fused, self.steps))
            rows, quiet = _advance(layout, span, self.clock, copies, pool)
            if not (
                np.isfinite(rows).all() and all(np.isfinite(t.x).all() for t in layout.tiles())
            ):
                self.failure = (
                    f"{self.method.name} on {self.instance.id} left the finite numbers between the "
                    f"steps {span.start} and {span.stop}; lower its stepsize {self.method.eta:.6g}"
                )
                return np.full(copies, np.nan)
            self.windows.extend(start, rows, quiet)
            total += rows.sum(axis=0)
            if progress is not None:
                progress((span.stop - span.start) * copies)
        return total / self.steps


def available_threads() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _clock(method: Method, steps: int, seed: int, dtype: Any) -> Clock:
    real = dtype.type
    stream = np.uint64(Stream(0, stream=seed).stream)
    beta = float(getattr(method, "beta", 0.0))
    return Clock(stream, steps - 1, (real(method.eta), real(beta), real(1.0 - beta)))


def _advance(
    layout: Layout, span: slice, clock: Clock, copies: int, pool: Workers
) -> tuple[Floats, Floats]:
    """|f'| summed over coordinates, (steps, copies), and the part without noise, (steps,)."""
    length = span.stop - span.start
    rows = np.zeros((length, copies))

    def alone(part: list[Tile]) -> list[Floats]:
        found = []
        for tile in part:
            sums = np.zeros((length, tile.copies_here))
            tile.run(span.start, span.stop, clock, sums)
            found.append(tile.weight * sums)
        return found

    def together(tiles: list[Tile]) -> None:
        # One list has its columns to itself, so lists may run at the same time.
        sums = np.zeros((length, tiles[0].x.size))
        for tile in tiles:
            tile.run(span.start, span.stop, clock, sums)
        rows[:, tiles[0].columns] += sums

    loose = pool.parts(layout.loose)
    for part, found in zip(loose, pool.map(alone, loose), strict=True):
        for tile, sums in zip(part, found, strict=True):
            rows[:, tile.columns] += sums
    list(pool.map(together, layout.rows.values()))
    quiet = sum(
        itertools.chain.from_iterable(pool.map(alone, pool.parts(layout.quiet))),
        np.zeros((length, 1)),
    )
    return rows + quiet, quiet[:, 0]
