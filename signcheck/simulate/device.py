"""One call for all engines: the GPU where there is one, the compiled CPU loop, or the reference.

Separable instances have fused loops on the GPU and the CPU. Matrix instances run in torch on a GPU
(:mod:`signcheck.simulate.dense`) and in the reference engine without one, as does what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hardinstances.errors import InputError
from signcheck.simulate.engine import simulate
from signcheck.simulate.problem import separable_part

if TYPE_CHECKING:
    from hardinstances.instance import Instance
    from signcheck.simulate.methods import Method
    from signcheck.simulate.summary import Summary

Device: TypeAlias = Literal["auto", "cpu", "cuda"]


def run(instance: Instance, method: Method, *, device: Device = "auto", **size: Any) -> Summary:
    """Simulate on a device.

    Parameters
    ----------
    instance, method
        As in :func:`~signcheck.simulate.engine.simulate`.
    device
        ``"cuda"``: the GPU engine, or the dense engine for a matrix instance. ``"cpu"``: the
        compiled CPU engine where it has a loop for the run, else the reference engine. ``"auto"``:
        the GPU if torch sees one and one of its two engines runs this, else as ``"cpu"``.
    **size
        ``steps``, ``seeds`` and, with the defaults of the engines, ``batch``, ``seed``, ``first``,
        ``dtype``, ``window`` and ``progress``.

    Raises
    ------
    InputError
        If the device is unknown or an argument cannot be used.
    DeviceError
        If ``"cuda"`` is asked for and not there.
    """
    if device not in {"auto", "cpu", "cuda"}:
        raise InputError(f"The device is auto, cpu or cuda, not {device!r}.")
    from signcheck.simulate.dense import is_dense, simulate_dense

    fused = is_fused(instance, method, int(size.get("batch", 1)))
    dense = is_dense(instance, method)
    if device == "cuda" or (device == "auto" and (fused or dense) and has_gpu()):
        if dense:
            return simulate_dense(instance, method, **size)
        from signcheck.simulate.gpu import simulate_gpu

        return simulate_gpu(instance, method, **size)
    if not fused:
        return simulate(instance, method, **size)
    from signcheck.simulate.cpu import simulate_cpu

    return simulate_cpu(instance, method, **size)


def is_fused(instance: Instance, method: Method, batch: int) -> bool:
    """Whether the fused engines have a loop for this run."""
    from signcheck.simulate.pieces import tabulate
    from signcheck.simulate.tiles import noise_of, rule_of

    if separable_part(instance) is not instance:
        return False
    try:
        rule_of(method)
        for block in instance.blocks:
            noise_of(tabulate(block), method, batch)
    except InputError:
        return False
    return True


def has_gpu() -> bool:
    """Whether torch and Triton are installed and torch sees a CUDA device."""
    from importlib.util import find_spec

    if find_spec("torch") is None or find_spec("triton") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())
