"""What the engines read off a separable instance: which coordinates are noisy, and sure ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hardinstances.instance import Instance

Floats: TypeAlias = NDArray[np.float64]


def noisy_mask(instance: Instance) -> NDArray[np.bool_]:
    """Which coordinates the oracle disturbs, shape (d,)."""
    mask = np.zeros(instance.d, dtype=np.bool_)
    for block in instance.blocks:
        if block.noise is not None:
            mask[block.coordinates] = True
    return mask


def slope_bounds(instance: Instance) -> Floats:
    """sup |f_i'| of each coordinate, shape (d,); value/length, infinite if unbounded.

    A piecewise linear derivative that is bounded takes its extreme values at its joints.
    """
    import sympy as sp

    from hardinstances.certificate import check_profile

    bounds = np.full(instance.d, np.inf)
    for block in instance.blocks:
        profile = block.profile
        joints = check_profile(profile)
        outer = (profile.pieces[0], profile.pieces[-1])
        if not joints or (profile.antiperiod is None and any(p.slope != 0 for p in outer)):
            continue
        arguments = [block.parameters[symbol.name] for symbol in profile.parameters]
        values = sp.lambdify(profile.parameters, list(joints), modules="numpy")(*arguments)
        largest = np.max([np.abs(np.broadcast_to(v, (block.size,))) for v in values], axis=0)
        bounds[block.coordinates] = largest
    return bounds
