"""What the engines read off an instance: what is noisy, what is not, and sure ranges.

A separable instance is a sum over coordinates; a matrix instance that embeds one is a sum over its
singular directions. Of any other instance only the noise level is known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from array_api_compat import to_device
from numpy.typing import NDArray

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from hardinstances.instance import Instance

Floats: TypeAlias = NDArray[np.float64]


def separable_part(instance: Instance) -> Instance | None:
    """The instance itself or the one on its diagonal, if that is separable; else None."""
    inner = getattr(instance, "inner", instance)
    return inner if inner.blocks else None


def check_separable(instance: Instance) -> None:
    """Raise InputError unless the instance is separable, as the fused engines need."""
    if not instance.blocks:
        raise InputError(
            f"{instance.id} is not separable, and the fused engines move coordinates one by one: "
            "use signcheck.simulate.device.run with auto, or the reference engine."
        )


def is_noisy(instance: Instance) -> bool:
    """Whether any two copies of a run can differ."""
    part = separable_part(instance)
    return bool(np.any(instance.sigma)) if part is None else bool(noisy_mask(part).any())


def noisy_mask(separable: Instance) -> NDArray[np.bool_]:
    """Which coordinates the oracle of a separable instance disturbs, shape (d,)."""
    mask = np.zeros(separable.d, dtype=np.bool_)
    for block in separable.blocks:
        if block.noise is not None:
            mask[block.coordinates] = True
    return mask


def magnitudes(instance: Instance, x: Any) -> Floats | None:
    """|f_i'| of each coordinate or singular direction, (copies, n); None if there is no such sum.

    Its sum over the last axis is the stationarity, |grad|_1 or the nuclear norm. The points may lie
    on a device, the result lies on the host.
    """
    part = separable_part(instance)
    if part is None:
        return None
    if part is not instance:
        x = instance.diagonal(x)  # type: ignore[attr-defined]
    return np.abs(on_host(part.grad(x)))


def on_host(values: Any) -> Floats:
    """A numpy array or a torch tensor of any device as float64 in the host's memory."""
    return np.asarray(to_device(values, "cpu"), dtype=np.float64)


def slope_bounds(separable: Instance) -> Floats:
    """sup |f_i'| of each coordinate, shape (d,); value/length, infinite if unbounded.

    A piecewise linear derivative that is bounded takes its extreme values at its joints.
    """
    import sympy as sp

    from hardinstances.certificate import check_profile

    bounds = np.zeros(separable.d)  # coordinates in no block are flat
    for block in separable.blocks:
        profile = block.profile
        joints = check_profile(profile)
        bounds[block.coordinates] = np.inf
        outer = (profile.pieces[0], profile.pieces[-1])
        if not joints or (profile.antiperiod is None and any(p.slope != 0 for p in outer)):
            continue
        arguments = [block.parameters[symbol.name] for symbol in profile.parameters]
        values = sp.lambdify(profile.parameters, list(joints), modules="numpy")(*arguments)
        largest = np.max([np.abs(np.broadcast_to(v, (block.size,))) for v in values], axis=0)
        bounds[block.coordinates] = largest
    return bounds
