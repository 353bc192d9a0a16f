"""How the CPU engine cuts a run into tiles: rows of copies, or rows of coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import InputError
from hardinstances.noise import GaussianNoise
from signcheck.simulate.fused import Noise, Rule, Shape, steps_of_a_tile
from signcheck.simulate.pieces import Pieces, tabulate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hardinstances.instance import Instance
    from signcheck.simulate.methods import Method

Floats: TypeAlias = NDArray[np.float64]
Words: TypeAlias = NDArray[np.uint32]

LANES = 1024
"""Lanes of a tile: its points, words and magnitudes stay in the first-level cache."""


@dataclass(frozen=True)
class Clock:
    """What all tiles of a run share.

    Attributes
    ----------
    stream
        Number of the experiment, the second word of the key.
    final
        Index of the last point; no step is made from it.
    numbers
        Stepsize, momentum and 1 - momentum in the precision of the run.
    """

    stream: Any
    final: int
    numbers: tuple[Any, Any, Any]


@dataclass(frozen=True)
class Tile:
    """Lanes that one call moves.

    Attributes
    ----------
    x, m
        Points and momenta (n,), views of the run's state; ``m`` is None without momentum.
    coordinates, copies
        The random number counters and keys of the lanes, uint32 (n,).
    tables, noise
        Numbers of the profile and of the noise.
    kernel
        The compiled loop.
    columns
        Copies that the lanes are, from 0.
    weight
        Number of equal coordinates that each lane stands for.
    width
        Lanes of a copy, which lie side by side.
    """

    x: Any
    m: Any
    coordinates: Words
    copies: Words
    tables: tuple[Any, ...]
    noise: tuple[Any, ...]
    kernel: Any
    columns: slice
    weight: int = 1
    width: int = 1

    @property
    def copies_here(self) -> int:
        """Number of copies."""
        return int(self.columns.stop - self.columns.start)

    def run(self, start: int, stop: int, clock: Clock, sums: Floats) -> None:
        """Make the steps ``start, ..., stop - 1``; add |f'| to ``sums`` (stop - start, copies)."""
        n = self.x.size
        words = np.empty((4, n), dtype=np.uint32)
        scratch = np.empty_like(self.x)
        normals = np.empty((6, n if len(self.noise) == 1 else 0), dtype=self.x.dtype)
        m = np.zeros_like(self.x) if self.m is None else self.m
        self.kernel(
            self.x, m, words, normals, scratch, self.coordinates, self.copies, self.tables,
            self.noise, clock.numbers, clock.stream, (start, stop), clock.final, self.width, sums,
        )  # fmt: skip


@dataclass
class Layout:
    """All tiles of a run.

    Attributes
    ----------
    quiet
        Coordinates without noise, one copy of each.
    loose
        Rows of noisy coordinates of one copy, or of some copies in turn.
    rows
        Rows of copies of one noisy coordinate, by the copies that they are: those of one list
        add to the same sums.
    """

    quiet: list[Tile] = field(default_factory=list)
    loose: list[Tile] = field(default_factory=list)
    rows: dict[int, list[Tile]] = field(default_factory=dict)

    def tiles(self) -> Iterator[Tile]:
        """Every tile."""
        yield from self.quiet
        yield from self.loose
        for row in self.rows.values():
            yield from row


def lay_out(
    instance: Instance,
    method: Method,
    batch: int,
    copies: NDArray[np.int64],
    dtype: Any,
    *,
    grouped: bool = True,
) -> Layout:
    """Cut all coordinates of all copies into tiles; noiseless equal ones into one, if grouped.

    Raises
    ------
    InputError
        If the noise, batch and method are not a combination that the fused engines draw.
    """
    layout = Layout()
    for block in instance.blocks:
        pieces = tabulate(block, dtype)
        noise = noise_of(pieces, method, batch)
        if noise == "none":
            pieces, weight = lone(pieces) if grouped else (pieces, 1)
            tiles = _coordinate_rows(pieces, method, noise, batch, np.zeros(1, np.uint32))
            layout.quiet.extend(replace(tile, weight=weight) for tile in tiles)
        elif _prefers_coordinates(pieces, copies.size):
            layout.loose.extend(_coordinate_rows(pieces, method, noise, batch, copies))
        else:
            for tile in _copy_rows(pieces, method, noise, batch, copies):
                layout.rows.setdefault(tile.columns.start, []).append(tile)
    return layout


def _prefers_coordinates(pieces: Pieces, copies: int) -> bool:
    """Whether rows of coordinates are the faster tiles.

    They leave one sum a step behind where rows of copies leave one a lane, so equal coordinates
    (whose numbers stay in registers) win with rows half as long.
    """
    if pieces.is_uniform:
        return 2 * pieces.size >= min(copies, LANES)
    return pieces.size > copies


def lone(pieces: Pieces) -> tuple[Pieces, int]:
    """One coordinate in place of a noiseless block of equal ones, and their number."""
    if pieces.noise is not None or not pieces.is_uniform:
        return pieces, 1
    return pieces.first(), pieces.size


def rule_of(method: Method) -> Rule:
    """The method's update rule by name.

    Raises
    ------
    InputError
        If the fused engines have no loop for it.
    """
    rules: dict[str, Rule] = {
        "signsgd": "signsgd", "signum": "signum", "sgd": "sgd", "sgd-momentum": "sgd-momentum",
    }  # fmt: skip
    if method.name not in rules:
        raise InputError(
            f"The fused engines have no loop for {method.name}, only for {', '.join(rules)}: use "
            "the reference engine."
        )
    return rules[method.name]


def noise_of(pieces: Pieces, method: Method, batch: int) -> Noise:
    """How a block's noise is drawn: one number a step, whatever the batch.

    Raises
    ------
    InputError
        If neither the sign of the batch nor a single call is what the method needs.
    """
    if pieces.noise is None:
        return "none"
    if isinstance(pieces.noise, GaussianNoise):
        return "gaussian"
    if method.signs_only and batch == pieces.noise.B:
        return "sign"
    if batch == 1:
        return "two-point"
    raise InputError(
        f"The fused engines draw one number a coordinate and step, but {method.name} needs the "
        f"mean of {batch} calls of noise made for a batch of {pieces.noise.B}: use the reference "
        "engine."
    )


def noise_numbers(pieces: Pieces, noise: Noise, batch: int, at: slice) -> tuple[Any, ...]:
    """What the compiled loop needs to know of the noise.

    Two-point: threshold of a hit, small outcome, and lift and divisor of the large one. Gaussian:
    sigma of the lanes over the root of the batch, alone.
    """
    real = pieces.start.dtype.type
    if isinstance(pieces.noise, GaussianNoise):
        sigma = np.asarray(pieces.noise.sigma / math.sqrt(batch), dtype=real)
        return (np.ascontiguousarray(np.broadcast_to(sigma, (pieces.size,))[at]),)
    if noise == "none" or pieces.noise is None:
        return np.uint32(0), real(0), real(0), real(1)
    if noise == "sign":
        return np.uint32(2**31), real(0), real(0), real(1)
    tau, hit = pieces.noise.tau, float(pieces.noise.hit)
    return np.uint32(pieces.noise.threshold), real(-tau), real(tau * (1 - hit)), real(hit)


def _copy_rows(
    pieces: Pieces, method: Method, noise: Noise, batch: int, copies: NDArray[np.int64]
) -> Iterator[Tile]:
    kernel = _kernel(pieces, method, noise, uniform=True, per_lane=True)
    keys = copies.astype(np.uint32)
    for lane, coordinate in enumerate(pieces.coordinates):
        tables = _tables(pieces, slice(lane, lane + 1))
        numbers = noise_numbers(pieces, noise, batch, slice(lane, lane + 1))
        x, m = _state(np.full(copies.size, pieces.start[lane]), method)
        for start in range(0, copies.size, LANES):
            at = slice(start, min(start + LANES, copies.size))
            mine = np.full(at.stop - at.start, coordinate, dtype=np.uint32)
            momentum = None if m is None else m[at]
            yield Tile(x[at], momentum, mine, keys[at], tables, numbers, kernel, at)


def _coordinate_rows(
    pieces: Pieces, method: Method, noise: Noise, batch: int, copies: NDArray[Any]
) -> Iterator[Tile]:
    uniform = pieces.is_uniform
    kernel = _kernel(pieces, method, noise, uniform=uniform, per_lane=False)
    # Equal coordinates share their numbers, so short rows of several copies fit into one tile.
    together = max(LANES // pieces.size, 1) if uniform else 1
    for column in range(0, copies.size, together):
        keys = copies[column : column + together].astype(np.uint32)
        for start in range(0, pieces.size, LANES):
            at = slice(start, min(start + LANES, pieces.size))
            shared = slice(0, 1) if uniform else at
            tables = _tables(pieces, shared)
            numbers = noise_numbers(pieces, noise, batch, shared)
            width = at.stop - at.start
            copy, lane = np.divmod(np.arange(keys.size * width), width)
            x, m = _state(pieces.start[at][lane], method)
            yield Tile(
                x, m, pieces.coordinates[at][lane], keys[copy], tables, numbers, kernel,
                slice(column, column + keys.size), width=width,
            )  # fmt: skip


def _state(start: Any, method: Method) -> tuple[Any, Any]:
    return start, np.zeros_like(start) if hasattr(method, "beta") else None


def _tables(pieces: Pieces, at: slice) -> tuple[Any, ...]:
    period = pieces.start[:1] if pieces.period is None else pieces.period[at]
    tables = (pieces.edges, pieces.value, pieces.slope, pieces.anchor)
    return (*(np.ascontiguousarray(table[:, at]) for table in tables), period)


def _kernel(pieces: Pieces, method: Method, noise: Noise, *, uniform: bool, per_lane: bool) -> Any:
    shape = Shape(
        pieces.count, pieces.period is not None, noise, rule_of(method), uniform, per_lane,
        str(pieces.start.dtype),
    )  # fmt: skip
    return steps_of_a_tile(shape)
