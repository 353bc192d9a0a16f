"""What a bound reads of the noise vector sigma: norms, and how many coordinates are noisy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp

from hardinstances.errors import BudgetError, InputError
from hardinstances.noise import MASKED_LIMIT

__all__ = [
    "COUNT",
    "KEPT",
    "NORM",
    "POWER",
    "READ_OFF_SIGMA",
    "SIZE",
    "check_masked",
    "checked_sigma",
    "kept_norm",
    "no_noise",
    "noisiest",
    "noisy",
    "quiet",
    "size",
    "whole",
]

NORM, POWER, SIZE = (sp.Symbol(name) for name in ("|sigma|_1", "|sigma|_2^2", "d"))
KEPT, COUNT = sp.Symbol("S"), sp.Symbol("n")
READ_OFF_SIGMA = frozenset(
    {*(s.name for s in (NORM, POWER, SIZE, KEPT, COUNT)), "S2", "top", "low"}
)
Numbers = Mapping[str, Any]


def checked_sigma(sigma: Any) -> Any:
    """``sigma`` as a float64 vector (d,), d >= 1, finite and not negative; raises InputError."""
    import numpy as np

    try:
        vector = np.atleast_1d(np.asarray(sigma))
    except ValueError as error:
        raise InputError(f"sigma must be a list of numbers, got {sigma!r}.") from error
    if vector.size and vector.dtype.kind not in "fiu":
        raise InputError(f"sigma must be a list of real numbers, got {sigma!r}.")
    vector = vector.astype(np.float64)
    if vector.ndim != 1 or not vector.size:
        raise InputError(f"sigma has shape {vector.shape}: give one entry for each coordinate.")
    bad = ~(np.isfinite(vector) & (vector >= 0))
    if bad.any():
        first = int(np.argmax(bad))
        raise InputError(
            f"sigma[{first}] is {vector[first]}: every entry must be finite and not negative."
        )
    return vector


def _total(entries: Iterable[float]) -> float:
    try:
        total = math.fsum(entries)
    except OverflowError:
        total = math.inf
    if not math.isfinite(total):
        raise InputError("A norm of sigma is no finite number: lower its entries.")
    return total


def kept(sigma: Any) -> Any:
    """sigma without its two smallest entries, in the order of the coordinates."""
    import numpy as np

    return sigma[np.sort(np.argsort(sigma, kind="stable")[2:])]


def whole(sigma: Any) -> Numbers:
    """What an upper bound may read of the noise: norms and dimension."""
    return {
        NORM.name: _total(sigma),
        POWER.name: _total(entry * entry for entry in map(float, sigma)),
        SIZE.name: int(sigma.size),
    }


def kept_norm(sigma: Any) -> Numbers | None:
    """What T2 reads of the noise: norm and number of the noisy coordinates; None without any."""
    rest = kept(_coordinates(sigma))
    noisy = rest[rest > 0]
    return {KEPT.name: _total(noisy), COUNT.name: int(noisy.size)} if noisy.size else None


def no_noise(sigma: Any) -> Numbers | None:
    """Applies where no noise is left once the two smallest entries are taken off."""
    return None if kept(_coordinates(sigma)).any() else {}


def check_masked(sigma: Any, given: Numbers) -> None:
    """T2's condition that every noisy entry hides its slope: tau below the smallest limit.

    Raises
    ------
    BudgetError
        If tau is too large for the smallest noisy entry.
    """
    noisy = [entry for entry in kept(_coordinates(sigma)) if entry > 0]
    limit = MASKED_LIMIT.subs({"sigma": min(noisy, default=0.0), "B": given["B"]})
    excess = float(given["tau"] - limit)
    if noisy and excess >= 0:
        raise BudgetError(
            f"The variance budget sigma is exceeded by {excess:.6g}: tau is {given['tau']} but the "
            f"smallest noisy sigma can hide a slope plus tau of {float(limit):.6g}; lower tau.",
            budget="variance",
            excess=excess,
            parameter="tau",
        )


def size(sigma: Any) -> Numbers:
    """The dimension alone: a formula without noise in it."""
    return {SIZE.name: int(sigma.size)}


def noisy(sigma: Any) -> Numbers | None:
    """Applies where a coordinate is noisy; T3 and T7 also need one more coordinate."""
    if sigma.size < 2:
        raise InputError(
            f"sigma has {sigma.size} entry, but T3 and T7 need two: give one for each."
        )
    return size(sigma) if sigma.any() else None


def quiet(sigma: Any) -> Numbers | None:
    """Applies where no coordinate is noisy."""
    return None if sigma.any() else size(sigma)


def noisiest(sigma: Any, given: Numbers) -> Numbers:
    """What T3 reads of the noise: its k largest entries, the best k where none is given.

    Raises
    ------
    InputError
        If k is no integer from 1 to d - 1, or more entries are asked for than are not zero.
    """
    from hardinstances.sgd import noise_shares

    numbers = {name: given[name] for name in ("L", "Delta", "eta", "T", "B", "d")}
    return noise_shares(numbers, sigma, given.get("k"), given.get("delta"))


def _coordinates(sigma: Any) -> Any:
    if sigma.size < 2:
        raise InputError(
            f"sigma has {sigma.size} entry, but the hard instance needs two coordinates without "
            "noise: give at least two entries, zeros included."
        )
    return sigma
