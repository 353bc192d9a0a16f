"""The GPU engine: the CPU engine's run on torch tensors, one Triton launch for many steps.

Points, words and moves are those of the reference engine: bit for bit under two-point noise, to
rounding under Gaussian noise. Statistics are summed in the precision of the run within a tile and
in double precision beyond it. The size of a tile depends on the number of points, so the last bits
of a sum of |f'| may depend on how many copies share a call.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hardinstances.errors import DeviceError
from hardinstances.noise import GaussianNoise
from hardinstances.rng import Stream
from signcheck.simulate.engine import Outcome, check_dtype, copies_of, summarise
from signcheck.simulate.pieces import Pieces, tabulate
from signcheck.simulate.problem import check_separable
from signcheck.simulate.streams import Windows
from signcheck.simulate.tiles import lone, noise_numbers, noise_of, rule_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardinstances.instance import Instance
    from signcheck.simulate.methods import Method
    from signcheck.simulate.summary import Summary

LANES = 256
"""Lanes of a tile in single precision, at most; half as many in double."""

WARPS = 1
"""Warps of such a tile: one needs no barrier where it sums, and keeps eight lanes a thread."""

_TILES = 1056
"""Two a scheduler of an H100: where there would be fewer, tiles are smaller, of one warp.

Lanes are rounded up to a power of two, so that one to two tiles a scheduler are left.
"""

_MOST_PROGRAMS = 65_535
"""Along an axis of the grid that is not its first, at most (CUDA C++ Programming Guide)."""

_SUMS = 2**26  # sums of |f'| that one launch may leave behind
_MOST_STEPS = 2**16
_NOISES = {"none": 0, "sign": 1, "two-point": 2, "gaussian": 3}
_RULES = {"signsgd": 0, "signum": 1, "sgd": 2, "sgd-momentum": 3}


def simulate_gpu(
    instance: Instance,
    method: Method,
    *,
    steps: int,
    seeds: int,
    batch: int = 1,
    seed: int = 0,
    first: int = 0,
    dtype: str = "float32",
    device: str = "cuda",
    grouped: bool = True,
    window: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Run ``seeds`` independent copies; as :func:`~signcheck.simulate.cpu.simulate_cpu`.

    Parameters
    ----------
    instance, method, steps, seeds, batch, seed, first, grouped, window, progress
        As in the CPU engine.
    dtype
        ``"float32"`` or ``"float64"``.
    device
        A CUDA device of torch; ``"cpu"`` works under Triton's interpreter alone.

    Raises
    ------
    InputError
        If a count, method, batch or dtype is not one that this engine runs, or the instance is not
        separable.
    DeviceError
        If torch, Triton or the device is not there.
    """
    check_separable(instance)
    copies = copies_of(instance, steps=steps, batch=batch, seeds=seeds, first=first)
    check_dtype("GPU", dtype)
    torch, kernels = _backend(device)
    run = _Run(torch, kernels, instance, method, batch, copies, dtype, device, grouped=grouped)
    stream = int(Stream(0, stream=seed).stream)
    fused = run.fused(steps)
    windows = Windows(steps, window)
    total = torch.zeros(copies.size, dtype=torch.float64, device=device)
    failure = ""
    for start in range(0, steps, fused):
        stop = min(start + fused, steps)
        rows, sure = run.advance(start, stop, stream, fused // 4)
        if not run.finite(rows):
            failure = (
                f"{method.name} on {instance.id} left the finite numbers between the steps {start} "
                f"and {stop}; lower its stepsize {method.eta:.6g}"
            )
            break
        windows.extend(start, rows, sure.cpu().numpy())
        total += rows.sum(dim=0)
        if progress is not None:
            progress((stop - start) * copies.size)
    averages = (total / steps).cpu().numpy() if not failure else np.full(copies.size, np.nan)
    moments = windows.moments
    outcome = Outcome(moments.mean, moments.variance, averages, windows.quiet, failure)
    return summarise(
        instance, method, outcome, steps=steps, batch=batch, seed=seed, engine="gpu",
        device=_name(torch, device), extra="torch triton",
    )  # fmt: skip


def _backend(device: str) -> tuple[Any, Any]:
    try:
        import torch

        if device.startswith("cuda") and not torch.cuda.is_available():
            raise DeviceError(f"There is no {device} here that torch can use: use the CPU engine.")
        from signcheck.simulate import triton_kernels
    except ImportError as missing:
        raise DeviceError(
            f"The GPU engine needs {missing.name}, which is not installed: install signcheck[gpu] "
            "or use the CPU engine."
        ) from missing
    if device == "cpu" and os.environ.get("TRITON_INTERPRET") != "1":
        raise DeviceError(
            "The GPU engine runs on the CPU only under Triton's interpreter: use the CPU engine, "
            "or set TRITON_INTERPRET=1 before Triton is imported."
        )
    return torch, triton_kernels


def _name(torch: Any, device: str) -> str:
    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name(device))
    return f"{device} (Triton's interpreter)"


@dataclass
class _BlockState:
    """One block on the device: its points (n, copies) and what the kernel reads."""

    points: Any
    momenta: Any
    tables: Any
    period: Any
    sigmas: Any
    coordinates: Any
    keys: Any
    numbers: Any
    threshold: int
    weight: int
    warps: int
    shape: dict[str, Any]


class _Run:
    """All blocks of an instance on the device."""

    def __init__(
        self, torch: Any, kernels: Any, instance: Instance, method: Method, batch: int,
        copies: Any, dtype: str, device: str, *, grouped: bool,
    ) -> None:  # fmt: skip
        self._torch, self._kernels, self._copies = torch, kernels, copies.size
        self._device = device
        self._rule, self._eta = rule_of(method), method.eta
        self._beta = getattr(method, "beta", None)
        self._real = np.dtype(dtype).type
        tables = [tabulate(block, self._real) for block in instance.blocks]
        alone = [lone(table) if grouped else (table, 1) for table in tables]
        self._states = [self._state(*pair, method, batch, copies) for pair in alone]

    def fused(self, steps: int) -> int:
        """Steps of a launch: four times a power of two, so that few loops have to be compiled."""
        width = max(_grid(state)[0] * int(state.points.shape[1]) for state in self._states)
        most = min(max(_SUMS // width, 4), _MOST_STEPS)
        return min(4 << (most // 4).bit_length() - 1, 4 * _power(math.ceil(steps / 4)))

    def advance(self, start: int, stop: int, stream: int, quads: int) -> tuple[Any, Any]:
        """|f'| summed over coordinates, (stop - start, copies), and the quiet part of it."""
        torch = self._torch
        size = {"dtype": torch.float64, "device": self._device}
        rows = torch.zeros((stop - start, self._copies), **size)
        quiet = torch.zeros((stop - start, 1), **size)
        for state in self._states:
            sums = self._launch(state, start, stop, stream, quads)
            total = state.weight * sums.sum(dim=1, dtype=torch.float64)
            (rows if state.shape["NOISE"] else quiet).add_(total)
        return rows + quiet, quiet[:, 0]

    def finite(self, rows: Any) -> bool:
        """Whether all sums and points are finite."""
        tensors = [rows, *(state.points for state in self._states)]
        return all(bool(self._torch.isfinite(tensor).all()) for tensor in tensors)

    def _launch(self, state: _BlockState, start: int, stop: int, stream: int, quads: int) -> Any:
        n, copies = state.points.shape
        grid = _grid(state)
        sums = self._torch.empty(
            (stop - start, grid[0], copies), dtype=state.points.dtype, device=self._device
        )
        self._kernels.steps_of_a_tile[grid](
            state.points, state.momenta, state.tables, state.period, state.sigmas,
            state.coordinates, state.keys, state.numbers, sums,
            n, copies, start, stop, state.threshold, stream,
            **state.shape, QUADS=quads, PARTIAL=4 * quads > stop - start, enable_fp_fusion=False,
            num_warps=state.warps,
        )  # fmt: skip
        return sums

    def _state(
        self, pieces: Pieces, weight: int, method: Method, batch: int, copies: Any
    ) -> _BlockState:
        noise = noise_of(pieces, method, batch)
        keys = copies if noise != "none" else copies[:1]
        points = self._tensor(pieces.start)[:, None].expand(-1, keys.size).contiguous()
        edges = np.concatenate([np.full((1, pieces.size), -np.inf), pieces.edges])
        tables = np.stack([pieces.value, pieces.slope, pieces.anchor, edges])
        period = np.ones(1) if pieces.period is None else pieces.period
        lanes, warps = _tile(points.numel(), np.dtype(self._real).itemsize)
        shape = {
            "PIECES": pieces.count, "PERIODIC": pieces.period is not None,
            "FLAT": _bits(~pieces.slope.any(axis=1)),
            "PLAIN": _bits(~(pieces.value.any(axis=1) | pieces.anchor.any(axis=1))),
            "NOISE": _NOISES[noise], "RULE": _RULES[self._rule],
            "MOMENTUM": self._beta is not None,
            **_sides(pieces.size, keys.size, lanes),
        }  # fmt: skip
        tensor = self._tensor
        momenta = points if self._beta is not None else points[:1, :1]
        threshold, numbers = self._numbers(pieces, noise, batch)
        gaussian = isinstance(pieces.noise, GaussianNoise)
        sigmas = noise_numbers(pieces, noise, batch, slice(None))[0] if gaussian else np.zeros(1)
        return _BlockState(
            points, self._torch.zeros_like(momenta), tensor(tables), tensor(period),
            tensor(np.broadcast_to(sigmas, (pieces.size,))),
            self._integers(pieces.coordinates), self._integers(keys), tensor(numbers),
            threshold, weight, warps, shape,
        )  # fmt: skip

    def _numbers(self, pieces: Pieces, noise: Any, batch: int) -> tuple[int, Any]:
        """The threshold of a hit, and eta, beta, 1 - beta, small, lift, hit."""
        beta = self._beta or 0.0
        found = noise_numbers(pieces, noise, batch, slice(None))
        head = [self._eta, beta, 1.0 - beta]
        if noise == "gaussian":
            return 0, np.array([*head, 0.0, 0.0, 1.0])
        return int(found[0]), np.array([*head, *found[1:]])

    def _tensor(self, array: Any) -> Any:
        cast = np.array(array, dtype=self._real)
        return self._torch.from_numpy(cast).to(self._device)

    def _integers(self, array: Any) -> Any:
        return self._torch.from_numpy(np.array(array, dtype=np.int64)).to(self._device)


def _grid(state: _BlockState) -> tuple[int, int]:
    """Programs along coordinates and along copies."""
    n, copies = state.points.shape
    return math.ceil(n / state.shape["C"]), math.ceil(copies / state.shape["R"])


def _tile(points: int, itemsize: int) -> tuple[int, int]:
    """Lanes and warps of a tile; one lane a thread where there are few points."""
    most = LANES * 4 // itemsize
    lanes = min(max(_power(math.ceil(points / _TILES)), 32), most)
    return lanes, WARPS if lanes == most else 1


def _sides(n: int, copies: int, lanes: int) -> dict[str, int]:
    """Coordinates C and copies R of a tile of at most so many lanes; powers of two.

    Long columns leave few sums behind, but copies lie along an axis of the grid that has an end:
    many copies need wide tiles.
    """
    least = _power(math.ceil(copies / _MOST_PROGRAMS))
    rows = min(_power(n), max(lanes // least, 1))
    return {"C": rows, "R": max(min(_power(copies), lanes // rows), least)}


def _power(count: int) -> int:
    """The least power of two that is at least ``count``."""
    return 1 << (count - 1).bit_length()


def _bits(flags: Any) -> int:
    """Flags as the bits of a number."""
    return sum(1 << k for k, flag in enumerate(flags) if flag)
