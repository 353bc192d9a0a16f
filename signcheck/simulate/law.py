"""The exact-law engine: SignSGD and SGD on separable instances, without sampling.

Under SignSGD every coordinate is a Markov chain on its own lattice, moved by the law of the sign
of a batch mean (:mod:`signcheck.simulate.lattice`); under SGD a noisy quadratic stays Gaussian
(:mod:`signcheck.simulate.gaussian`). Coordinates with equal parameters are evolved once.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import InputError
from hardinstances.noise import GaussianNoise, MaskingNoise
from signcheck.simulate.engine import check_counts
from signcheck.simulate.gaussian import sgd_means
from signcheck.simulate.lattice import walk_means
from signcheck.simulate.methods import SGD, SignSGD
from signcheck.simulate.problem import separable_part
from signcheck.simulate.summary import Summary, host, versions

if TYPE_CHECKING:
    from hardinstances.blocks import Block
    from hardinstances.instance import Instance
    from hardinstances.noise import Noise
    from signcheck.simulate.methods import Method

Floats: TypeAlias = NDArray[np.float64]


_CURVE_ENTRIES = 2**22  # members times steps held at once


def exact_law(instance: Instance, method: Method, *, steps: int, batch: int = 1) -> Summary:
    """E|grad f(x_t)|_1 for every t < ``steps``, with a stated rounding error and no other.

    Parameters
    ----------
    instance
        A separable hard instance; for SGD also one on the singular values of matrices. Under SGD
        the noisy coordinates must be quadratics with Gaussian noise.
    method
        SignSGD or SGD.
    steps, batch
        T and B, integers >= 1.

    Returns
    -------
    A :class:`Summary` of one copy, with ``low == high == mean`` and the rounding in ``slack``. The
    sign of a slope is taken as computed, so no lattice point may be a root up to rounding.

    Raises
    ------
    InputError
        If the method or the instance has no known law, or a count is not a positive integer.
    """
    check_counts(steps=steps, batch=batch)
    if not isinstance(method, SignSGD | SGD):
        raise InputError(
            f"The exact law is known for SignSGD and SGD, not for {method.name}: use the reference "
            "engine."
        )
    # Steps along U Diag(g) V^T move diag(U^T X V) by g: on matrices SGD runs on the coordinates.
    moved = separable_part(instance) if isinstance(method, SGD) else instance
    if moved is None or not moved.blocks:
        raise InputError(
            f"The exact law of {method.name} is known for separable instances, which {instance.id} "
            "is not: use the reference engine."
        )
    mean, slack = np.zeros(steps), 0.0
    for block in moved.blocks:
        members, counts = _alike(block)
        if isinstance(method, SGD):
            for at in _batches(members.size, steps):
                means, slacks = sgd_means(block, members[at], method.eta, steps, batch)
                mean, slack = mean + means @ counts[at], slack + float(slacks @ counts[at])
            continue
        for member, count in zip(members.tolist(), counts.tolist(), strict=True):
            part = _coordinate(block, member, method.eta, steps, batch)
            mean, slack = mean + count * part[0], slack + count * part[1]
    return Summary(
        instance=instance.id,
        method=method.name,
        parameters=instance.parameters,
        settings=asdict(method),
        steps=steps,
        batch=batch,
        seeds=1,
        seed=0,
        engine="exact-law",
        device=host(),
        versions=versions(),
        calls=0,
        mean=mean,
        variance=np.zeros(steps),
        averages=np.array([mean.mean()]),
        low=mean,
        high=mean,
        slack=slack,
    )


def sign_law(
    noise: Noise | None, slopes: Floats, batch: int, sigma: float = 0.0
) -> tuple[Floats, Floats]:
    """Probabilities that the mean of ``batch`` calls is positive and negative.

    Parameters
    ----------
    noise
        Two-point or Gaussian noise, or None.
    slopes
        True derivative, shape (n,); value/length.
    batch
        Number of calls.
    sigma
        Standard deviation of a call, for Gaussian noise; value/length.

    Returns
    -------
    Two arrays (n,): P(mean > 0), P(mean < 0).

    Raises
    ------
    InputError
        If the noise is of another kind.
    """
    if noise is None:
        return (slopes > 0.0).astype(np.float64), (slopes < 0.0).astype(np.float64)
    if isinstance(noise, GaussianNoise):
        from scipy.special import ndtr

        above = np.asarray(ndtr(slopes * math.sqrt(batch) / sigma), dtype=np.float64)
        return above, 1.0 - above
    if not isinstance(noise, MaskingNoise):
        raise InputError(
            f"The exact law of signs is known for two-point and Gaussian noise, not for "
            f"{type(noise).__name__}: use the reference engine."
        )
    large = np.abs(np.asarray(noise.outcome(np.abs(slopes), np.ones(slopes.shape, np.bool_))))
    # j hits of B give j*large - (B - j)*tau: count the hits that are too few, or just balance.
    balance = batch * noise.tau / (large + noise.tau)
    against = _fewer_hits(noise, np.ceil(balance), batch)
    along = 1.0 - _fewer_hits(noise, np.floor(balance) + 1.0, batch)
    mirrored = slopes < 0.0
    return np.where(mirrored, against, along), np.where(mirrored, along, against)


def _fewer_hits(noise: MaskingNoise, hits: Floats, batch: int) -> Floats:
    """P(fewer than ``hits`` of ``batch`` calls hit); no hit at all has probability 2^(-batch/B)."""
    from scipy.stats import binom

    tail = np.asarray(binom.cdf(hits - 1.0, batch, float(noise.hit)), dtype=np.float64)
    return np.where(hits == 1.0, 2.0 ** (-batch / noise.B), tail)


def _alike(block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One member of each set of coordinates with equal parameters, and the sizes of the sets."""
    names = [symbol.name for symbol in block.profile.parameters]
    columns = [np.broadcast_to(block.parameters[name], (block.size,)) for name in names]
    if block.noise is not None:
        columns.append(np.broadcast_to(block.noise.sigma, (block.size,)))
    _, first, counts = np.unique(
        np.stack(columns, axis=1), axis=0, return_index=True, return_counts=True
    )
    return first, counts


def _batches(members: int, steps: int) -> list[slice]:
    """Slices of members whose curves fit the memory together."""
    size = max(_CURVE_ENTRIES // steps, 1)
    return [slice(start, start + size) for start in range(0, members, size)]


def _coordinate(
    block: Block, member: int, eta: float, steps: int, batch: int
) -> tuple[Floats, float]:
    """E|f_i'(x_t)| of one coordinate, shape (T,), and its slack."""
    numbers = {name: float(np.ravel(values)[member]) for name, values in block.parameters.items()}
    lattice = float(block.start()[member]) + eta * np.arange(1 - steps, steps, dtype=np.float64)
    slopes = np.asarray(block.profile.derivative(lattice, numbers), dtype=np.float64)
    sigma = 0.0 if block.noise is None else float(np.ravel(block.noise.sigma)[member])
    down, up = sign_law(block.noise, slopes, batch, sigma)
    found = walk_means(np.abs(slopes), down, up, steps)
    # Lattice points and slopes are rounded, too; f' moves by at most the curvature times that.
    curvature = float(block.profile.curvature.subs(numbers))
    eps = float(np.finfo(np.float64).eps)
    rounding = 8.0 * eps * curvature * float(np.max(np.abs(lattice)))
    return found.mean, found.slack + rounding
