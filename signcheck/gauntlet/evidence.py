"""Verdicts: what the theory says must happen, held against every cell that a level covers.

Where the oracle is exact the level holds surely and the reading is exact. Where it is noisy a
reading is the mean over seeds of the mean over a block of steps; the level bounds every step's
expectation, hence every reading's. Intervals hold for all readings of all sampled cells at once
(Bonferroni).

Sources: theory sheet, T2, T3, T8; Gaussian concentration of Lipschitz functions (Boucheron, Lugosi
and Massart, Concentration Inequalities, 2013, theorem 5.6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hardinstances.errors import InputError
from signcheck.gauntlet.cells import clip_level
from signcheck.stats import Evidence, Judgement, Sample, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardinstances.instance import Instance
    from signcheck.gauntlet.arenas import Arena
    from signcheck.gauntlet.cells import Cell

__all__ = ["ERROR_PROBABILITY", "MAX_WIDTH", "Claim", "judge_claims", "noise_proxy"]

ERROR_PROBABILITY = 0.01
"""Probability that any true level of the table is refuted."""

MAX_WIDTH = 0.25
"""Widest interval of a sampled cell, as a share of the level, that counts as consistent."""

SENTENCES = {
    "lattice-wells": "no lattice method beats the wells (T2b)",
    "lattice-tight": "no lattice method beats wells and ramp within T steps (T2c)",
    "signsgd-tight": "constant-step SignSGD does not beat the masked slopes (T2)",
    "sgd-noise-floor": "no constant-step SGD beats the noise floor (T3)",
    "chain": "zero-respecting methods respect the chain (T8)",
    "gated-chain": "zero-respecting methods respect the gated chain, in expectation (T8)",
    "flat-chain": "linear-span methods respect the flat chain (T8-flat)",
    "muon-tight": "exact Muon does not beat the masked slopes (T6)",
    "sgd-noise-floor-matrix": "no constant-step SGD beats the noise floor of a matrix (T7)",
}


@dataclass(frozen=True)
class Claim:
    """A level against all cells that it covers.

    Parameters
    ----------
    instance, sentence
        Which, and what is claimed.
    judgements
        Optimizer -> judgement; a pooled one has the key ``"all together"``.
    covered
        Number of cells in the class.
    runs
        Number of runs in the class, other stepsizes included where the oracle is exact.
    """

    instance: str
    sentence: str
    judgements: dict[str, Judgement]
    covered: int
    runs: int

    @property
    def verdict(self) -> str:
        """The worst verdict; ``no run`` if the class is empty."""
        found = {judgement.verdict.value for judgement in self.judgements.values()}
        for verdict in ("refuted", "errored", "inconclusive", "consistent"):
            if verdict in found:
                return verdict
        return "no run"

    @property
    def least(self) -> float:
        """Least reading over the level, nan if the class is empty."""
        return min((j.ratio for j in self.judgements.values()), default=math.nan)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Confidence limits of that reading over the level, None if it is exact or missing."""
        sampled = [j for j in self.judgements.values() if j.error_probability > 0]
        if not sampled:
            return None
        lowest = min(sampled, key=lambda j: j.ratio)
        return lowest.ci[0] / lowest.bound, lowest.ci[1] / lowest.bound


def judge_claims(
    cells: Sequence[Cell], arenas: Sequence[Arena], error: float = ERROR_PROBABILITY
) -> list[Claim]:
    """Judge every arena's level; ``error`` is shared by all sampled verdicts of the table."""
    members = {
        arena: [c for c in cells if c["instance"] == arena.name and c.get("covered")]
        for arena in arenas
    }
    sampled = sum(
        1 if arena.name == "gated-chain" else len(found)
        for arena, found in members.items()
        if arena.noisy and found
    )
    share, size = error / max(sampled, 1), max(sampled, 1)
    claims = []
    for arena, found in members.items():
        judgements: dict[str, Judgement] = {}
        runs = sum(cell["seeds"] for cell in found)
        if not arena.noisy:
            rows = _exact_rows(cells, arena)
            runs += len(rows)
            judgements = _exact(found, rows, size)
        elif arena.name == "gated-chain":
            if found:
                judgements = {"all together": _pooled(arena, found, share, size)}
        else:
            judgements = {c["optimizer"]: _sampled(arena, c, share, size) for c in found}
        claims.append(Claim(arena.name, SENTENCES[arena.name], judgements, len(found), runs))
    return claims


def _exact_rows(cells: Sequence[Cell], arena: Arena) -> list[tuple[str, Cell]]:
    """Runs at other stepsizes, which the level binds just as well where nothing is sampled."""
    return [
        (cell["optimizer"], row)
        for cell in cells
        if cell["instance"] == arena.name
        for row in cell.get("tuning", [])
        if row.get("covered")
    ]


def _exact(
    members: Sequence[Cell], rows: Sequence[tuple[str, Cell]], size: int
) -> dict[str, Judgement]:
    """For each optimizer the run with the least ratio."""
    runs = [(cell["optimizer"], cell) for cell in members] + list(rows)
    worst: dict[str, Judgement] = {}
    for name, run in runs:
        known = Sample.known([run["reached"]])
        # Rows are stored with nine digits, which is the rounding to allow for.
        found = Evidence("lower", run["level"], known, rounding=1e-8).judge(ERROR_PROBABILITY, size)
        if name not in worst or found.ratio < worst[name].ratio:
            worst[name] = found
    return worst


def _sampled(arena: Arena, cell: Cell, error: float, size: int) -> Judgement:
    instance = arena.build(cell["lr"])
    table = np.array(cell["samples"])
    if not np.any(instance.sigma > 0) or _noiseless(instance):
        known = Sample.known([table.mean(axis=0).min()])
        return Evidence("lower", cell["level"], known, rounding=1e-8).judge(error, size)
    if arena.methods == "SGD":
        return _gaussian(arena, instance, cell["level"], table, error, size)
    start = float(instance.stationarity(instance.x0))
    # Only the masked slopes vary, between 0 and their start; their sum is below |sigma|_1.
    low = max(start - float(np.sum(instance.sigma)), 0.0)
    sample = _sample(table, low, start)
    evidence = Evidence("lower", cell["level"], sample, max_relative_width=MAX_WIDTH)
    return evidence.judge(error, size)


def _sample(table: Any, low: float, high: float) -> Sample:
    """Readings ``(seeds, blocks)`` of a variable in [low, high], widened by what rounding takes."""
    mean, variance = table.mean(axis=0), table.var(axis=0, ddof=1)
    ends = np.full_like(mean, low * (1 - 1e-8)), np.full_like(mean, high * (1 + 1e-8))
    return Sample(mean, variance, len(table), *ends)


def _pooled(arena: Arena, members: Sequence[Cell], error: float, size: int) -> Judgement:
    """All runs of the class together: their seeds differ, so they are independent."""
    instance = arena.build(members[0]["lr"])
    top = clip_level(arena, instance)
    if top is None:
        raise InputError(f"{arena.name} is judged cell by cell: only a cut off reading is pooled.")
    table = np.concatenate([np.array(cell["samples"]) for cell in members])
    evidence = Evidence(
        "lower", instance.level_value, _sample(table, 0.0, top), max_relative_width=MAX_WIDTH
    )
    return evidence.judge(error, size)


def _gaussian(
    arena: Arena, instance: Instance, level: float, table: Any, error: float, size: int
) -> Judgement:
    """SGD on noisy quadratics is Gaussian, and a reading is a Lipschitz function of its noise."""
    seeds, blocks = table.shape
    proxy = noise_proxy(instance, arena.block, float(instance.parameters["eta"]))
    radius = math.sqrt(2.0 * proxy / seeds * math.log(2.0 * blocks / error))
    mean = float(table.mean(axis=0).min())
    return judge(
        "lower",
        level,
        mean,
        (mean - radius, mean + radius),
        error_probability=error,
        family_size=size,
        max_relative_width=MAX_WIDTH,
    )


def _quadratics(instance: Instance) -> list[tuple[Any, Any]]:
    """Curvature and noise of the noisy quadratics, coordinate by coordinate."""
    separable = getattr(instance, "inner", instance)
    return [
        (block.parameters["l"], block.noise.sigma)
        for block in separable.blocks
        if block.profile.name == "quadratic" and block.noise is not None
    ]


def _noiseless(instance: Instance) -> bool:
    separable = getattr(instance, "inner", instance)
    return all(block.noise is None for block in separable.blocks)


def noise_proxy(instance: Instance, block: int, eta: float) -> float:
    """Squared Lipschitz constant, in independent standard normals, of a block's mean stationarity.

    ``x_t`` is Gaussian with covariance at most ``s^2 a^|t-u|`` in absolute value, where
    ``a = |1 - eta l|`` and ``s^2 = eta sigma^2/(l (2 - eta l))``. The mean of ``|l x_t|`` over the
    block has at most the mean of ``l^2 s^2 a^|t-u|`` over its pairs. Unit: (value/length)^2.
    """
    lags = np.abs(np.subtract.outer(np.arange(block), np.arange(block)))
    total = 0.0
    for curvatures, sigmas in _quadratics(instance):
        for l, sigma in zip(curvatures.tolist(), np.asarray(sigmas).tolist(), strict=True):
            variance = eta * l * sigma**2 / (2.0 - eta * l)
            total += variance * float((abs(1.0 - eta * l) ** lags).mean())
    return total
