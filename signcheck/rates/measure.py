"""Run one cell: plain data in, plain data out, so that any executor can do it anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import InputError
from signcheck.rates.plan import Cell, spread
from signcheck.rates.sizes import WINDOWS

if TYPE_CHECKING:
    from hardinstances.instance import Instance
    from signcheck.simulate.methods import Method
    from signcheck.simulate.summary import Summary

__all__ = ["Result", "instance_of", "measure", "method_of"]

Floats: TypeAlias = NDArray[np.float64]
Result: TypeAlias = dict[str, Any]

SMALL = 2**20
"""Steps times entries times copies up to which the reference engine needs no compiling."""

SMALL_STEPS = 4096

DENSE = 2**17
"""Entries times copies from which matrices go to a GPU: a step there is a long row of operations of
torch, whatever its size. A guess that no GPU has measured; it changes no number beyond rounding."""


def measure(content: Mapping[str, Any], seed: int, device: str = "auto") -> Result:
    """What a cell measures.

    Parameters
    ----------
    content
        The fields of a :class:`~signcheck.rates.plan.Cell`.
    seed
        Number of the experiment: with the cell it decides every draw.
    device
        ``"auto"``, ``"cpu"`` or ``"cuda"``; a cell that the GPU engine has no loop for runs on the
        CPU, but for matrices of at least :data:`DENSE` entries over all copies.

    Returns
    -------
    ``name``; ``values``: one number a copy (the average over t of |grad f|, or the calls to finish
    a chain); ``windows``: mean, variance, low and high of the averages over windows of time (of the
    least single step under the exact law), or None; ``deviation``: what the concentration of
    Gaussian noise bounds, or None; ``low`` and ``high``: sure range of a value, or None; ``slack``:
    rounding of the means; ``engine``, ``device``, ``calls``, ``failure``.

    Raises
    ------
    InputError
        If the cell cannot be made or run.
    """
    cell = Cell(**content)
    instance, method = instance_of(cell), method_of(cell)
    if cell.measure == "progress":
        return _progress(cell, instance, method, seed)
    if cell.measure == "law":
        from signcheck.simulate.law import exact_law

        exact = exact_law(instance, method, steps=cell.steps, batch=cell.batch)
        found = _common(exact) | _least_step(exact)
        return {"name": cell.name, **found, "deviation": None}
    summary = _run(cell, instance, method, seed, device)
    return {"name": cell.name, **_numbers(summary), "deviation": _deviation(cell, instance)}


def instance_of(cell: Cell) -> Instance:
    """The hard instance of a cell, made and certified."""
    import hardinstances

    parameters = dict(cell.parameters)
    if "sigma" in parameters:
        parameters["sigma"] = np.array(spread(parameters["sigma"]))
    return hardinstances.make(cell.family, **parameters)


def method_of(cell: Cell) -> Method:
    """The method of a cell; raises InputError if there is none of that name."""
    from signcheck import simulate

    methods: dict[str, Callable[..., Method]] = {
        kind.name: kind
        for kind in (
            simulate.SGD, simulate.SignSGD, simulate.Signum, simulate.MomentumSGD, simulate.Muon,
            simulate.NewtonSchulzMuon,
        )
    }  # fmt: skip
    settings = dict(cell.method)
    name = settings.pop("name")
    if name not in methods:
        raise InputError(f"There is no method {name!r}: choose one of {', '.join(methods)}.")
    return methods[name](**settings)


def _run(cell: Cell, instance: Instance, method: Method, seed: int, device: str) -> Summary:
    from signcheck.simulate.dense import is_dense, simulate_dense
    from signcheck.simulate.device import has_gpu, is_fused
    from signcheck.simulate.engine import simulate

    size: dict[str, Any] = {
        "steps": cell.steps, "batch": cell.batch, "seeds": cell.seeds, "seed": seed,
        "window": _width(cell.steps),
    }  # fmt: skip
    small = cell.steps <= SMALL_STEPS and cell.steps * instance.d * cell.seeds <= SMALL
    fused = not cell.calls and is_fused(instance, method, cell.batch)
    dense = is_dense(instance, method) and instance.d * cell.seeds >= DENSE
    gpu = (fused or dense) and device != "cpu" and has_gpu()
    if gpu and dense:
        return simulate_dense(instance, method, sign_shortcut=not cell.calls, **size)
    if not fused or (small and not gpu):
        return simulate(instance, method, sign_shortcut=not cell.calls, **size)
    if gpu:
        from signcheck.simulate.gpu import simulate_gpu

        return simulate_gpu(instance, method, dtype="float64", grouped=cell.grouped, **size)
    from signcheck.simulate.cpu import simulate_cpu

    return simulate_cpu(instance, method, grouped=cell.grouped, **size)


def _common(summary: Summary) -> Result:
    """What is kept of every run."""
    return {
        "values": summary.averages.tolist(),
        "windows": None,
        "low": None,
        "high": None,
        "engine": summary.engine,
        "device": summary.device,
        "calls": summary.calls,
        "slack": summary.slack,
        "failure": summary.failure,
    }


def _least_step(summary: Summary) -> Result:
    """The exact law knows E|grad f| at every step: its least is min_T itself, without variance."""
    average, least = float(summary.mean.mean()), [float(summary.mean.min())]
    windows = {"mean": least, "variance": [0.0], "low": least, "high": least}
    return {"low": average, "high": average, "windows": windows}


def _numbers(summary: Summary) -> Result:
    found = _common(summary)
    if summary.failure:
        return found | {"values": []}
    windows = {"mean": summary.mean, "variance": summary.variance}
    if summary.low is not None and summary.high is not None:
        windows |= {"low": summary.low, "high": summary.high}
        # The average of a run is one of its windows', weighted by their lengths.
        shares = _lengths(summary.steps) / summary.steps
        found |= {name: float(windows[name] @ shares) for name in ("low", "high")}
    return found | {"windows": {name: values.tolist() for name, values in windows.items()}}


def _deviation(cell: Cell, instance: Instance) -> Result | None:
    """Standard deviations that bound the tails of an average over the run and over a window.

    Under SGD on quadratics with Gaussian noise these averages are Lipschitz functions of
    independent standard normals Z_s: with q = 1 - eta l, Z_s moves x_t by eta s |q|^(t-s-1), so it
    moves the sum of l |x_t| over all later t by at most c = eta l s/(1 - |q|), and that over a
    window of w steps that begins r steps later by c |q|^r. Hence the squared constants c^2/T and
    c^2 (w + 1/(1 - q^2))/w^2 a coordinate, and the tails of a normal law with that variance (the
    Gaussian concentration inequality of Tsirelson, Ibragimov and Sudakov, 1976).
    """
    from hardinstances.noise import GaussianNoise

    part = getattr(instance, "inner", instance)
    noisy = [block for block in part.blocks if block.noise is not None]
    if cell.method["name"] != "sgd" or not noisy:
        return None
    squared = stale = 0.0
    for block in noisy:
        if not isinstance(block.noise, GaussianNoise) or block.profile.name != "quadratic":
            return None
        curvature = np.asarray(block.parameters["l"])
        q = np.abs(1.0 - cell.method["eta"] * curvature)
        if np.any(q >= 1.0):
            return None
        s = np.asarray(block.noise.sigma) / math.sqrt(cell.batch)
        constants = (cell.method["eta"] * curvature * s / (1.0 - q)) ** 2
        constants = np.broadcast_to(constants, (block.size,))
        squared += float(constants.sum())
        stale += float((constants / (1.0 - q**2)).sum())
    lengths = _lengths(cell.steps)
    return {
        "average": math.sqrt(squared / cell.steps),
        "windows": np.sqrt(squared / lengths + stale / lengths**2).tolist(),
    }


def _width(steps: int) -> int:
    """Steps of a window of time."""
    return max(-(-steps // WINDOWS), 1)


def _lengths(steps: int) -> Floats:
    """Steps of every window; the last may be shorter."""
    starts = np.arange(0, steps, _width(steps))
    return np.minimum(steps - starts, _width(steps)).astype(np.float64)


def _progress(cell: Cell, instance: Any, method: Method, seed: int) -> Result:
    """Oracle calls until the last coordinate of a chain has moved; ``steps`` if it never does."""
    from hardinstances.rng import Stream

    copies = np.arange(cell.seeds)
    stream = Stream(copies, stream=seed)
    x = np.broadcast_to(np.asarray(instance.x0), (cell.seeds, *instance.shape))
    calls = np.full(cell.seeds, float(cell.cost))
    state = None
    for t in range(cell.steps):
        g = np.asarray(instance.oracle(x, cell.batch, stream))
        x, state = method.step(x, g, state)
        done = np.asarray(instance.progress(x)) >= instance.K
        calls = np.where(done, np.minimum(calls, (t + 1.0) * cell.batch), calls)
        if done.all():
            break
    from signcheck.simulate.summary import host

    return {
        "name": cell.name, "values": calls.tolist(), "windows": None, "deviation": None,
        "low": 0.0, "high": float(cell.cost), "engine": "reference", "device": host(),
        "calls": cell.cost * cell.seeds, "slack": 0.0, "failure": "",
    }  # fmt: skip
