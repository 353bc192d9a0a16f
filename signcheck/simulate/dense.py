"""Matrix instances in torch: the reference engine's run on stacked matrices of a device.

Points of all copies are one tensor (copies, rows, columns); the exact polar factor is one batched
``torch.linalg.svd`` of it. Eigenvectors of the Gram matrix would cost less, but lose the singular
values below the root of the machine epsilon, where the theorems ask for 0 on zero ones alone. The
noise is computed on the device from the words of the reference engine, so runs agree to rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hardinstances.errors import DeviceError, InputError
from hardinstances.matrix import MatrixInstance
from signcheck.simulate.engine import Run, check_dtype, copies_of, summarise
from signcheck.simulate.methods import SGD, MomentumSGD
from signcheck.simulate.muon import Muon, NewtonSchulzMuon

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardinstances.instance import Instance
    from signcheck.simulate.methods import Floats, Method
    from signcheck.simulate.summary import Summary

CHUNK_ENTRIES = 2**24
"""Entries times copies on the device at once: 128 MiB of points in double precision."""

METHODS = (Muon, NewtonSchulzMuon, SGD, MomentumSGD)
"""Methods of matrices; signs of entries are no direction of the spectral norm."""


def simulate_dense(
    instance: Instance,
    method: Method,
    *,
    steps: int,
    seeds: int,
    batch: int = 1,
    seed: int = 0,
    first: int = 0,
    dtype: str = "float64",
    device: str = "cuda",
    sign_shortcut: bool = True,
    window: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Run ``seeds`` independent copies; as :func:`~signcheck.simulate.engine.simulate`.

    Parameters
    ----------
    instance
        A matrix instance.
    method
        Muon with the exact polar factor or with Newton-Schulz steps, SGD, or SGD with momentum.
    steps, seeds, batch, seed, first, sign_shortcut, window, progress
        As in the reference engine. Muon without momentum computes no polar factor where the
        shortcut draws it.
    dtype
        ``"float64"`` or ``"float32"``.
    device
        A CUDA device of torch, or ``"cpu"``.

    Raises
    ------
    InputError
        If the instance, a count, the method or the dtype is not one that this engine runs.
    DeviceError
        If torch or the device is not there.
    """
    if not isinstance(instance, MatrixInstance):
        raise InputError(
            f"The dense engine runs matrix instances, and {instance.id} is none: use the "
            "reference engine, or the CPU or GPU engine if it is separable."
        )
    if not isinstance(method, METHODS):
        raise InputError(
            f"The dense engine runs {', '.join(kind.name for kind in METHODS)}, not {method.name}: "
            "use one of these on matrices."
        )
    check_dtype("dense", dtype)
    copies = copies_of(instance, steps=steps, batch=batch, seeds=seeds, first=first)
    torch = _torch(device)

    def place(start: Floats) -> Any:
        return torch.from_numpy(np.array(start)).to(device)

    run = Run(
        instance, method, steps, batch, dtype, None, sign_shortcut, window, progress, place=place
    )
    outcome = run.outcome(copies, seed, CHUNK_ENTRIES)
    name = "" if device == "cpu" else str(torch.cuda.get_device_name(device))
    return summarise(
        instance, method, outcome, steps=steps, batch=batch, seed=seed, engine="torch",
        device=name, extra="torch",
    )  # fmt: skip


def is_dense(instance: Instance, method: Method) -> bool:
    """Whether this engine runs the method on the instance."""
    return isinstance(instance, MatrixInstance) and isinstance(method, METHODS)


def _torch(device: str) -> Any:
    kind, _, index = device.partition(":")
    if device not in {"cpu", "cuda"} and not (kind == "cuda" and index.isdecimal()):
        raise InputError(f"The dense engine runs on cpu, cuda or cuda:N, not on {device!r}.")
    try:
        import torch
    except ImportError as missing:
        raise DeviceError(
            f"The dense engine needs {missing.name}, which is not installed: install "
            "signcheck[gpu] or use the reference engine."
        ) from missing
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "cuda" and int(index or 0) >= there:
        raise DeviceError(f"There is no {device} here that torch can use: use the CPU engine.")
    return torch
