"""Noise density phi and separation R: of a vector, and of any torch model.

``phi(sigma) = |sigma|_1^2 / (d |sigma|_2^2)`` (theory sheet, section 0) says how evenly gradient
noise is spread; ``R(sigma) = max_k (d-k) S_k^2 / (2 pi |sigma|_1^2)`` (theorem T4) says by how much
SGD's worst case exceeds SignSGD's. For a model, sigma is the standard deviation of the minibatch
gradient, coordinate by coordinate, from Welford's recursion: two extra float32 copies of the
parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hardinstances.errors import InputError
from signcheck.density_meter import DensityMeter, unwrapped
from signcheck.density_report import SMALL_SAMPLE, DensityReport, Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import torch
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DensityMeter",
    "DensityReport",
    "Estimate",
    "VectorDensity",
    "density_from_factory",
    "density_from_file",
    "density_of",
    "measure_density",
]


@dataclass(frozen=True)
class VectorDensity:
    """Density of one noise vector: ``d`` coordinates, norms in the unit of sigma."""

    d: int
    l1: float
    l2: float
    phi: float
    effective: float
    separation: float
    best_k: int


def density_of(sigma: ArrayLike) -> VectorDensity:
    """Exact phi, effective coordinates ``d phi`` and R of a noise vector.

    Parameters
    ----------
    sigma
        Standard deviations, shape ``(d,)``, finite and non-negative, not all zero.

    Raises
    ------
    InputError
        If ``sigma`` is empty, not a vector, not finite, negative or zero.
    """
    from signcheck.separation import separation

    found = separation(_checked(sigma))
    assert found.phi is not None
    assert found.effective is not None
    best = (found.R, found.best_k)
    return VectorDensity(found.d, found.l1, found.l2, found.phi, found.effective, *best)


def _checked(sigma: ArrayLike) -> NDArray[np.float64]:
    try:
        values = np.asarray(sigma, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"sigma cannot be read as numbers: {error}. Pass a list of standard deviations."
        raise InputError(msg) from error
    if values.ndim != 1 or values.size == 0:
        msg = f"sigma has shape {values.shape}, but a non-empty vector is needed. Flatten it first."
        raise InputError(msg)
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        index = int(np.argmax(bad))
        msg = (
            f"sigma[{index}] is {values[index]}, but standard deviations are finite and "
            "non-negative. Correct that entry."
        )
        raise InputError(msg)
    if not values.any():
        msg = "sigma is zero in all coordinates, and phi of no noise is undefined. Pass noise."
        raise InputError(msg)
    return values


def measure_density(
    model: torch.nn.Module,
    batches: Sequence[Any],
    loss: Callable[[torch.nn.Module, Any], torch.Tensor],
    *,
    accumulation: int = 1,
    jackknife: int = SMALL_SAMPLE,
) -> DensityReport:
    """Noise density of a model from minibatch gradients; ``.grad`` is left as it was found.

    Parameters
    ----------
    batches
        Micro-batches; ``accumulation`` consecutive ones are averaged into one minibatch. The first
        ``jackknife`` minibatches are computed twice. Under torchrun: this process's share.
    loss
        ``loss(model, batch)``: the mean loss of a micro-batch, deterministic.

    Raises
    ------
    InputError
        If the batches do not divide into minibatches, are fewer than 3, or give gradients that
        are not finite.

    Examples
    --------
    >>> import torch
    >>> model = torch.nn.Linear(20, 1)
    >>> draws = torch.Generator().manual_seed(0)
    >>> data = [torch.randn(16, 20, generator=draws) for _ in range(64)]
    >>> def loss(model, batch):
    ...     return (model(batch) - batch.sum(dim=1, keepdim=True)).square().mean()
    >>> report = measure_density(model, data, loss)
    >>> bool(report.phi.low < report.phi.corrected < report.phi.high), report.warnings
    (True, [])
    """
    if accumulation < 1 or len(batches) % accumulation:
        msg = (
            f"{len(batches)} micro-batches cannot be grouped by {accumulation}. "
            "Pass a multiple of the accumulation, which is at least 1."
        )
        raise InputError(msg)
    local = unwrapped(model)
    kept = [(p, p.grad) for p in local.parameters()]
    meter = DensityMeter(local)
    groups = [batches[i : i + accumulation] for i in range(0, len(batches), accumulation)]
    try:
        for group in groups:
            _accumulate(local, group, loss)
            meter.update()
        meter.finish()
        for group in groups[:jackknife]:
            _accumulate(local, group, loss)
            meter.replay()
    finally:
        for parameter, gradient in kept:
            parameter.grad = gradient
    return meter.report()


def _accumulate(
    model: torch.nn.Module,
    group: Sequence[Any],
    loss: Callable[[torch.nn.Module, Any], torch.Tensor],
) -> None:
    model.zero_grad(set_to_none=True)
    for batch in group:
        (loss(model, batch) / len(group)).backward()  # type: ignore[no-untyped-call]


def density_from_factory(target: str) -> DensityReport:
    """What ``signcheck density module:function`` runs.

    The function takes nothing and returns the arguments of :func:`measure_density` as a mapping
    with keys ``model``, ``batches``, ``loss`` and, if wanted, ``accumulation`` and ``jackknife``.

    Raises
    ------
    InputError
        If the target cannot be imported or returns something else.
    """
    import importlib

    module, _, name = target.partition(":")
    try:
        factory = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        msg = f"{target!r} cannot be imported: {error}. Pass module:function."
        raise InputError(msg) from error
    arguments = factory()
    needed = {"model", "batches", "loss"}
    if not isinstance(arguments, dict) or not needed <= set(arguments):
        msg = f"{target} returned {type(arguments).__name__}, not a mapping with {sorted(needed)}."
        raise InputError(msg + " Return dict(model=..., batches=..., loss=...).")
    return measure_density(**arguments)


def density_from_file(path: Path) -> VectorDensity:
    """What ``signcheck density FILE.npy`` runs: a vector sigma, or gradients of shape ``(n, d)``.

    Raises
    ------
    InputError
        If the file cannot be read, or holds something else.
    """
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read as a numpy array: {error}. Pass a .npy file."
        raise InputError(msg) from error
    if values.ndim == 2:
        if len(values) < 3:
            msg = f"{path} holds {len(values)} gradients, but at least 3 are needed. Add rows."
            raise InputError(msg)
        values = np.std(values, axis=0, ddof=1, dtype=np.float64)
    return density_of(values)
