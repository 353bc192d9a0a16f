"""Separable families against SGD: the noise floor of T3, and two published toy problems.

Source: theory sheet, section 4; the toys are those of arXiv:2605.06615 with its parameters.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy as sp

from hardinstances.building import SAFE, block, block_gap, choose, dimension, finish, sigma_vector
from hardinstances.errors import InputError
from hardinstances.exact import rational, round_down, round_up
from hardinstances.instance import check_batch
from hardinstances.levels_sgd import SGD_NOISE_FLOOR, SGD_RAMPS, SGD_UNSTABLE
from hardinstances.noise import GaussianNoise
from hardinstances.profiles import QUADRATIC, RAMP
from hardinstances.rng import MAX_WORD, Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardinstances.blocks import Block
    from hardinstances.separable import SeparableInstance

__all__ = ["noise_shares", "sgd_noise_floor", "sparse_quadratic", "stiff_quadratic"]

START_STREAM = MAX_WORD - 1
"""The stream of a seed that random starts are drawn from."""

_SHARES = 200
_COUNTS = 64


def sgd_noise_floor(
    *,
    L: float,
    Delta: float,
    eta: float,
    T: int,
    sigma: Any,
    B: int = 1,
    delta: float | None = None,
    k: int | None = None,
) -> SeparableInstance:
    """Noisy quadratics in their stationary law beside slopes too long to descend (T3).

    Without noise: slopes only. For ``eta >= 2/L`` (and neither ``delta`` nor ``k`` given): one
    quadratic on which SGD never improves.

    Parameters
    ----------
    L, Delta
        Smoothness (value/length^2) and gap (value) of the class.
    eta
        Stepsize of SGD; length^2/value.
    T, B
        Steps, and oracle calls in a step.
    sigma
        Standard deviations ``(d,)``, d >= 2; the k largest are used. value/length.
    delta
        Share of the curvature given to the slopes; the best one when left out.
    k
        Number of noisy coordinates; the best one when left out.

    Raises
    ------
    InputError
        If a parameter is out of range; :class:`BudgetError` if the noise does not fit the gap.
    """
    import numpy as np

    sigma = sigma_vector(sigma)
    check_batch(B, "B")
    d = int(sigma.shape[0])
    given = {"L": L, "Delta": Delta, "eta": eta, "T": T}
    plain = SGD_RAMPS.check({**given, "d": d})
    rest = {"sigma": sigma, "B": B}
    if delta is None and k is None and plain[sp.Symbol("eta")] * plain[sp.Symbol("L")] >= 2:
        numbers: dict[str, float] = {"L": float(L), "Delta": float(Delta), "eta": float(eta)}
        blocks: tuple[Block, ...] = (_unstable(numbers),)
        return finish(
            "sgd-noise-floor", blocks, sigma, SGD_UNSTABLE, numbers, {**numbers, "T": T} | rest
        )
    if not np.any(sigma > 0):
        numbers = choose(SGD_RAMPS, {**given, "d": d}, {})
        blocks = (_slopes(numbers, np.arange(d), Fraction(1), Fraction(Delta)),)
        return finish("sgd-noise-floor", blocks, sigma, SGD_RAMPS, numbers, {**given, **rest})
    order = np.argsort(-sigma, kind="stable")
    given |= {"B": B, "d": d}
    shares = noise_shares(given, sigma, k, delta)
    count = int(shares["k"])
    numbers = choose(SGD_NOISE_FLOOR, {**given, **shares}, {"delta": delta})
    noisy = _stationary(numbers, np.sort(order[:count]), sigma)
    room = Fraction(numbers["Delta"]) - block_gap(noisy)
    ramps = _slopes(numbers, np.sort(order[count:]), Fraction(numbers["delta"]), room)
    chosen = {name: numbers[name] for name in ("L", "Delta", "eta", "T", "delta", "k")}
    return finish("sgd-noise-floor", (noisy, ramps), sigma, SGD_NOISE_FLOOR, numbers, chosen | rest)


def noise_shares(
    given: Mapping[str, Any], sigma: Any, k: int | None = None, delta: float | None = None
) -> dict[str, float]:
    """What the level reads of sigma: k, S2, top and low, rounded to the safe side.

    Parameters
    ----------
    given
        L, Delta, eta, T, B and d.
    sigma
        Standard deviations ``(d,)``, not all zero; value/length.
    k
        Number of noisy coordinates; the one with the best level when left out.
    delta
        Share of the curvature given to the slopes; the best one when left out.

    Raises
    ------
    InputError
        If k is no integer from 1 to d - 1, or more entries are asked for than are not zero.
    """
    import numpy as np

    descending = np.sort(sigma)[::-1]
    count = _best_count(given, descending, delta) if k is None else _checked_count(k, sigma)
    return _shares(descending, count)


def _checked_count(k: Any, sigma: Any) -> int:
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k < sigma.size:
        raise InputError(f"k must be an integer from 1 to d - 1 = {sigma.size - 1}, got {k!r}.")
    support = int((sigma > 0).sum())
    if k > support:
        raise InputError(f"k is {k} but only {support} entries of sigma are not zero: lower k.")
    return k


def _shares(descending: Any, count: int) -> dict[str, float]:
    """S2, top, low and k of the ``count`` largest entries, each rounded to the safe side."""
    import numpy as np

    used = descending[:count]
    norm = math.sqrt(math.fsum(np.square(used)))
    return {
        "k": count,
        "S2": norm,
        "top": min(1.0, float((used[0] / norm) ** 2) / SAFE),
        "low": float((used[-1] / norm) ** 2) * SAFE,
    }


def _best_count(given: Mapping[str, Any], descending: Any, delta: float | None) -> int:
    """The k whose level is largest, from a grid of k that is complete up to 64 candidates."""
    import numpy as np

    largest = min(int((descending > 0).sum()), descending.size - 1)
    counts = np.unique(np.geomspace(1, largest, _COUNTS).round().astype(int))
    if largest <= _COUNTS:
        counts = np.arange(1, largest + 1)
    shares = [_shares(descending, int(count)) for count in counts]
    columns = {n: np.array([share[n] for share in shares])[:, None] for n in shares[0]}
    deltas = np.geomspace(1e-6, 0.999, _SHARES) if delta is None else np.array([delta])
    values = SGD_NOISE_FLOOR.values(**given, **columns, delta=deltas)
    if np.all(np.isnan(values)):
        return int(counts[0])
    return int(counts[np.unravel_index(np.nanargmax(values), values.shape)[0]])


def _unstable(numbers: Mapping[str, float]) -> Block:
    L, Delta = rational(numbers["L"]), rational(numbers["Delta"])
    start = round_down(sp.sqrt(2 * Delta / L))
    return block("quadratic", QUADRATIC, [0], l=numbers["L"], s=start)


def _stationary(numbers: Mapping[str, Any], where: Any, sigma: Any) -> Block:
    """Quadratics started at the standard deviation of their stationary law."""
    import numpy as np

    eta, used = numbers["eta"], sigma[where]
    share = round_down((1 - Fraction(numbers["delta"])) * Fraction(numbers["L"]))
    curvature = share * np.square(used / numbers["S2"]) * SAFE
    start = used * np.sqrt(eta / (numbers["B"] * curvature * (2 - eta * curvature))) * SAFE
    return block(
        "noisy quadratics",
        QUADRATIC,
        where,
        l=curvature,
        s=start,
        weight=round_down(sp.sqrt(2 / sp.pi)),
        noise=GaussianNoise(used),
    )


def _slopes(numbers: Mapping[str, Any], where: Any, share: Fraction, room: Fraction) -> Block:
    """Equal ramps that SGD cannot descend in T-1 steps, spending ``room`` of the gap."""
    curvature = round_down(share * Fraction(numbers["L"]) / where.size)
    steps, eta = int(numbers["T"]) - 1, Fraction(numbers["eta"])
    # a^2 (eta (T-1) + 1/(2 l)) is each ramp's gap; the length is then rounded up, hence SAFE.
    square = room / where.size / (eta * steps + 1 / (2 * Fraction(curvature)))
    slope = round_down(sp.sqrt(rational(square))) * SAFE
    length = round_up(eta * Fraction(slope) * steps)
    return block("ramps", RAMP, where, a=slope, l=curvature, D=length)


def _toy(
    name: str, curvatures: Any, start: Any, sigma: Any, noisy: Any, parameters: Mapping[str, Any]
) -> SeparableInstance:
    import numpy as np

    quiet = np.setdiff1d(np.arange(start.size), noisy)
    blocks = []
    for label, where in (("noisy quadratic", noisy), ("quadratics", quiet)):
        noise = GaussianNoise(sigma[where]) if label.startswith("noisy") else None
        if where.size:
            blocks.append(
                block(label, QUADRATIC, where, l=curvatures[where], s=start[where], noise=noise)
            )
    return finish(name, tuple(blocks), sigma, None, {}, parameters)


def _normal_start(d: int, seed: Any) -> Any:
    import numpy as np

    return Stream(seed, START_STREAM).normals(np.zeros(d), np.arange(d), 0)


def sparse_quadratic(*, d: int = 100, sigma: float = 100.0, seed: int = 0) -> SeparableInstance:
    """``|x|_2^2/2`` from a standard normal start, with Gaussian noise on the first coordinate.

    Parameters
    ----------
    d
        Dimension.
    sigma
        Standard deviation of the noise; value/length.
    seed
        Of the start.

    Raises
    ------
    InputError
        If a parameter is out of range.
    """
    import numpy as np

    dimension(d, 1)
    if isinstance(sigma, bool) or not isinstance(sigma, (int, float)) or not 0 < sigma < math.inf:
        raise InputError(f"sigma must be a positive number, got {sigma!r}.")
    allowed = np.zeros(d)
    allowed[0] = sigma
    parameters = {"d": d, "sigma": float(sigma), "seed": seed}
    start = _normal_start(d, seed)
    return _toy("sparse-quadratic", np.ones(d), start, allowed, np.array([0]), parameters)


def stiff_quadratic(
    *, d: int = 5000, curvature: float = 1000.0, seed: int = 0
) -> SeparableInstance:
    """A quadratic with one large curvature and the rest 1, without noise.

    The start is standard normal with its first entry divided by the curvature.

    Parameters
    ----------
    d
        Dimension.
    curvature
        Of the first coordinate; value/length^2.
    seed
        Of the start.

    Raises
    ------
    InputError
        If a parameter is out of range.
    """
    import numpy as np

    dimension(d, 1)
    number = isinstance(curvature, (int, float)) and not isinstance(curvature, bool)
    if not number or not 0 < curvature < math.inf:
        raise InputError(f"curvature must be a positive number, got {curvature!r}.")
    curvatures, start = np.ones(d), _normal_start(d, seed)
    curvatures[0] = curvature
    start[0] /= curvature
    parameters = {"d": d, "curvature": float(curvature), "seed": seed}
    none = np.array([], dtype=np.int64)
    return _toy("stiff-quadratic", curvatures, start, np.zeros(d), none, parameters)
