"""What can be said about the A1 constant of a torch function: a sampled lower bound, no more.

A black box can be evaluated at finitely many points only, so no number of samples certifies an
upper bound. Two searches give lower bounds: quotients |grad f(x) - grad f(y)|_1 / |x - y|_oo at
random pairs, and |H(x) s|_1 over signs s by s <- sign(H sign(H s)) with Hessian-vector products.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardinstances.errors import InputError

if TYPE_CHECKING:
    import torch

__all__ = ["SampledLowerBound", "certified_bound_of_function", "sampled_lower_bound"]


@dataclass(frozen=True)
class SampledLowerBound:
    """A lower bound on the A1 constant found by sampling: the true constant may be larger.

    Attributes
    ----------
    value
        Largest quotient seen, in floating point (value/length^2).
    label
        Always ``"sampled lower bound"``.
    samples
        Points at which the function was looked at.
    seed
        Of the generator.
    """

    value: float
    samples: int
    seed: int
    label: str = "sampled lower bound"


def certified_bound_of_function(function: object) -> SampledLowerBound:
    """Refuse: a certified A1 constant of a black box does not exist.

    Raises
    ------
    InputError
        Always.
    """
    raise InputError(
        f"A certified smoothness constant of the function {function!r} cannot be had from samples: "
        "give its matrix if it is quadratic, or ask for the sampled lower bound."
    )


def _gradient(
    function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, *, graph: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    point = x.detach().clone().requires_grad_()
    value = function(point)
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        raise InputError(f"The function returned {value!r}: it has to return one number.")
    (gradient,) = torch.autograd.grad(value.reshape(()), point, create_graph=graph)
    if not bool(torch.isfinite(gradient).all()):
        raise InputError("A gradient holds nan or infinity: restrict the radius of the search.")
    return point, gradient


def _curvature(
    function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, signs: torch.Tensor
) -> float:
    """Largest |H(x) s|_1 met by the alternating sign iteration."""
    import torch

    point, gradient = _gradient(function, x, graph=True)
    if not gradient.requires_grad:
        return 0.0
    best = 0.0
    for _ in range(20):
        (image,) = torch.autograd.grad(gradient, point, signs, retain_graph=True)
        value = float(image.abs().sum())
        if not value > best * (1 + 1e-12):
            break
        best = value
        signs = torch.where(image >= 0, 1.0, -1.0).to(x.dtype)
    return best


def sampled_lower_bound(
    function: Callable[[torch.Tensor], torch.Tensor],
    center: torch.Tensor,
    *,
    radius: float = 1.0,
    samples: int = 64,
    seed: int = 0,
) -> SampledLowerBound:
    """A lower bound on the A1 constant of a differentiable torch function, by sampling.

    Parameters
    ----------
    function
        Maps a tensor of the shape of ``center`` to one number; twice differentiable by autograd.
    center
        Floating point tensor; points are drawn uniformly from the l_oo ball around it.
    radius
        Of that ball (length).
    samples
        Points to draw.
    seed
        Of the generator that draws them.

    Raises
    ------
    InputError
        If the function does not return one finite number, or samples or radius are not positive.
    """
    import torch

    if samples < 1 or not (radius > 0 and math.isfinite(radius)):
        raise InputError(f"samples = {samples}, radius = {radius}: both have to be positive.")
    if not center.is_floating_point() or center.numel() == 0:
        raise InputError(f"The center has dtype {center.dtype} and {center.numel()} entries.")
    generator = torch.Generator(device="cpu").manual_seed(seed)

    def draw() -> torch.Tensor:
        unit = torch.rand(center.shape, generator=generator, dtype=torch.float64)
        return (2 * unit - 1).to(center)

    best = 0.0
    for _ in range(samples):
        x, y = center + radius * draw(), center + radius * draw()
        (_, at_x), (_, at_y) = _gradient(function, x), _gradient(function, y)
        distance = float((x - y).abs().max())
        if distance > 0:
            best = max(best, float((at_x - at_y).abs().sum()) / distance)
        signs = torch.where(draw() >= 0, 1.0, -1.0).to(center)
        best = max(best, _curvature(function, x, signs))
    return SampledLowerBound(best, samples, seed)
