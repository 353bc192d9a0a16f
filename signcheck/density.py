"""Noise density phi and separation R: of a vector, and of any torch model.

``phi(sigma) = |sigma|_1^2 / (d |sigma|_2^2)`` (theory sheet, section 0) says how evenly gradient noise
is spread; ``R(sigma) = max_k (d-k) S_k^2 / (2 pi |sigma|_1^2)`` (theorem T4) says by how much SGD's
worst case exceeds SignSGD's. For a model, sigma is the standard deviation of the minibatch gradient,
coordinate by coordinate, from Welford's recursion: two extra float32 copies of the parameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import torch
    from numpy.typing import ArrayLike, NDArray

SMALL_SAMPLE = 32
_BIAS_LIMIT = 0.05
_CONFIDENCE = 0.95
# Bins of float32 values by exponent and 8 mantissa bits: R is evaluated at their 2^16 edges.
_SHIFT, _BINS = 15, 1 << 16


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
    values = _checked(sigma)
    # phi and R do not change with the scale; dividing by the largest entry avoids overflow.
    scale = float(values.max())
    scaled = values / scale
    d, l1 = len(scaled), float(scaled.sum())
    descending = np.sort(scaled)[::-1]
    energy = np.cumsum(np.square(descending))
    l2 = math.sqrt(float(energy[-1]))
    separation, best_k = 0.0, 0
    if d > 1:
        levels = (d - np.arange(1, d, dtype=np.float64)) * energy[:-1]
        best_k = int(np.argmax(levels)) + 1
        separation = float(levels[best_k - 1]) / (2 * math.pi * l1**2)
    phi = min(1.0, (l1 / l2) ** 2 / d)
    return VectorDensity(d, l1 * scale, l2 * scale, phi, d * phi, separation, best_k)


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


@dataclass(frozen=True)
class Estimate:
    """A plug-in value with its jackknife: bias-corrected value and 95 % interval.

    Without a jackknife ``corrected`` is the plug-in value and the interval is infinite.
    """

    value: float
    corrected: float
    low: float
    high: float


@dataclass(frozen=True)
class DensityReport:
    """Noise density of a model at one point.

    ``layers`` and ``kinds`` map a layer (such as ``transformer.h.3``) or a parameter kind (such as
    ``Linear.weight``) to the estimate of phi over its coordinates. Units: gradient of the loss.
    """

    d: int
    minibatches: int
    phi: Estimate
    effective: Estimate
    l1: Estimate
    l2: Estimate
    separation: Estimate
    best_k: int
    layers: dict[str, Estimate]
    kinds: dict[str, Estimate]
    warnings: list[str] = field(default_factory=list)


class DensityMeter:
    """Streaming mean and variance of a model's gradients, coordinate by coordinate.

    Call :meth:`update` after each minibatch's ``backward()`` (all of its micro-batches accumulated),
    with gradients cleared between minibatches. For intervals call :meth:`replay` after that with the
    gradients of some of the same minibatches again: leave-one-out values are then exact. Under
    ``torch.distributed`` every process feeds its own minibatches and calls :meth:`finish` once.

    Raises
    ------
    InputError
        If the model has no trainable parameter.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        import torch

        model = getattr(model, "module", model)
        self._parameters = {n: p for n, p in model.named_parameters() if p.requires_grad}
        if not self._parameters:
            msg = "The model has no parameter that requires a gradient. Pass a trainable model."
            raise InputError(msg)
        self._labels = {name: _labels(model, name) for name in self._parameters}
        options: dict[str, Any] = {"dtype": torch.float32}
        self.mean = {n: torch.zeros_like(p, **options) for n, p in self._parameters.items()}
        self._square = {n: torch.zeros_like(p, **options) for n, p in self._parameters.items()}
        self.count = 0
        self._merged = False
        self._threshold = 0.0
        self._left_out: list[NDArray[np.float64]] = []

    def update(self) -> None:
        """Take in the gradients that the parameters hold now (a missing gradient is zero)."""
        self.count += 1
        for name, gradient in self._gradients():
            delta = gradient - self.mean[name]
            self.mean[name].add_(delta, alpha=1.0 / self.count)
            self._square[name].addcmul_(delta, gradient - self.mean[name])

    def finish(self) -> None:
        """Merge all processes' samples (Chan's formula); without torch.distributed it does nothing."""
        if self._merged:
            return
        self._merged = True
        if _world() > 1:
            self._merge()
        if self.count < 3:
            msg = (
                f"{self.count} minibatches were measured, but the variance and its jackknife need "
                "at least 3. Pass more minibatches."
            )
            raise InputError(msg)
        self._check_finite()

    def _merge(self) -> None:
        import torch
        import torch.distributed as dist

        device = next(iter(self.mean.values())).device
        total = torch.tensor(float(self.count), device=device, dtype=torch.float64)
        dist.all_reduce(total)
        share = self.count / float(total)
        for name, mean in self.mean.items():
            pooled = mean * share
            dist.all_reduce(pooled)
            self._square[name].addcmul_(mean - pooled, mean - pooled, value=self.count)
            dist.all_reduce(self._square[name])
            mean.copy_(pooled)
        self.count = round(float(total))

    def _check_finite(self) -> None:
        for name, square in self._square.items():
            if not bool(square.isfinite().all()):
                msg = (
                    f"The gradients of {name} are not finite. "
                    "Lower the stepsize or check the loss before measuring."
                )
                raise InputError(msg)

    def replay(self) -> None:
        """Take in the gradients of a minibatch that was measured before, for the jackknife."""
        self.finish()
        if not self._left_out:
            _, self._threshold = self._separation()
        n = self.count
        rows = []
        for name, gradient in self._gradients():
            delta = gradient - self.mean[name]
            rest = self._square[name].addcmul(delta, delta, value=-n / (n - 1))
            rows.append(self._sums(rest.clamp_(min=0.0).div_(n - 2), self._threshold))
        self._left_out.append(_to_numpy(rows))

    def sigma(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Standard deviations by parameter name, one tensor of the parameter's shape at a time."""
        self.finish()
        for name, square in self._square.items():
            yield name, (square / (self.count - 1)).sqrt_()

    def report(self) -> DensityReport:
        """Estimates from what was taken in.

        Raises
        ------
        InputError
            If fewer than 3 minibatches were seen, gradients are not finite, or there is no noise.
        """
        self.finish()
        best_k, threshold = self._separation()
        rows = [
            self._sums(square / (self.count - 1), threshold) for square in self._square.values()
        ]
        return _summarise(
            list(self._labels.values()),
            np.array([p.numel() for p in self._parameters.values()]),
            _to_numpy(rows),
            self._all_left_out(),
            self.count,
            best_k,
        )

    def _gradients(self) -> Iterator[tuple[str, torch.Tensor]]:
        import torch

        for name, parameter in self._parameters.items():
            gradient = parameter.grad
            yield name, (
                torch.zeros_like(self.mean[name])
                if gradient is None
                else gradient.detach().to(torch.float32)
            )

    @staticmethod
    def _sums(variance: torch.Tensor, threshold: float) -> torch.Tensor:
        import torch

        top = torch.where(variance >= threshold, variance, torch.zeros_like(variance))
        parts = (variance.sqrt(), variance, top)
        return torch.stack([part.sum(dtype=torch.float64) for part in parts])

    def _separation(self) -> tuple[int, float]:
        """Best k of R among those at bin edges, and the variance where the top k begin."""
        import torch

        counts = np.zeros(_BINS)
        energy = np.zeros(_BINS)
        for square in self._square.values():
            variance = (square / (self.count - 1)).reshape(-1)
            bins = variance.view(torch.int32) >> _SHIFT
            counts += torch.bincount(bins, minlength=_BINS).double().cpu().numpy()
            weights = variance.double()
            energy += torch.bincount(bins, weights=weights, minlength=_BINS).cpu().numpy()
        k = np.cumsum(counts[::-1])
        level = (counts.sum() - k) * np.cumsum(energy[::-1])
        edge = int(np.argmax(level))
        first_bin = np.array([(_BINS - 1 - edge) << _SHIFT], dtype=np.int32)
        return int(k[edge]), float(first_bin.view(np.float32)[0])

    def _all_left_out(self) -> NDArray[np.float64]:
        if _world() > 1:
            import torch.distributed as dist

            gathered: list[Any] = [None] * _world()
            dist.all_gather_object(gathered, self._left_out)
            return np.array([row for part in gathered for row in part])
        return np.array(self._left_out)


def measure_density(
    model: torch.nn.Module,
    batches: Sequence[Any],
    loss: Callable[[torch.nn.Module, Any], torch.Tensor],
    *,
    accumulation: int = 1,
    jackknife: int = SMALL_SAMPLE,
) -> DensityReport:
    """Noise density of a model from minibatch gradients; parameters and ``.grad`` are left as found.

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
        If the batches do not divide into minibatches, are fewer than 3, or gradients are not finite.
    """
    if accumulation < 1 or len(batches) % accumulation:
        msg = (
            f"{len(batches)} micro-batches cannot be grouped by {accumulation}. "
            "Pass a multiple of the accumulation, which is at least 1."
        )
        raise InputError(msg)
    local = getattr(model, "module", model)
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

    The function takes nothing and returns the arguments of :func:`measure_density` as a mapping with
    keys ``model``, ``batches``, ``loss`` and, if wanted, ``accumulation`` and ``jackknife``.

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


def _world() -> int:
    import torch.distributed as dist

    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def _labels(model: torch.nn.Module, name: str) -> tuple[str, str]:
    """Layer (path up to the first index, or the module's path) and kind of a parameter."""
    path, _, leaf = name.rpartition(".")
    parts = path.split(".")
    index = next((i for i, part in enumerate(parts) if part.isdigit()), None)
    layer = ".".join(parts[: index + 1]) if index is not None else path or leaf
    return layer, f"{type(model.get_submodule(path)).__name__}.{leaf}"


def _to_numpy(rows: Sequence[torch.Tensor]) -> NDArray[np.float64]:
    import torch

    return np.asarray(torch.stack(list(rows)).cpu().numpy(), dtype=np.float64)


def _summarise(
    labels: Sequence[tuple[str, str]],
    sizes: NDArray[np.int64],
    sums: NDArray[np.float64],
    left_out: NDArray[np.float64],
    count: int,
    best_k: int,
) -> DensityReport:
    """Estimates from per-parameter sums of (sigma, sigma^2, sigma^2 over the top k)."""
    d = int(sizes.sum())
    if sums[:, 1].sum() <= 0:
        msg = "The gradients of all minibatches are equal, and phi of no noise is undefined."
        raise InputError(msg + " Pass different minibatches.")

    def estimate(function: Callable[[NDArray[np.float64]], float]) -> Estimate:
        return _jackknife(function(sums), np.array([function(x) for x in left_out]), count)

    def phi_of(mask: NDArray[np.bool_]) -> Estimate:
        return estimate(lambda x: _ratio(x[mask, 0].sum() ** 2, sizes[mask].sum() * x[mask, 1].sum()))

    def group(position: int) -> dict[str, Estimate]:
        names = [label[position] for label in labels]
        return {n: phi_of(np.array([n == other for other in names])) for n in dict.fromkeys(names)}

    factor = (d - best_k) / (2 * math.pi)
    phi = phi_of(np.ones(len(sizes), dtype=bool))
    l1 = estimate(lambda x: float(x[:, 0].sum()))
    report = DensityReport(
        d=d,
        minibatches=count,
        phi=phi,
        effective=Estimate(d * phi.value, d * phi.corrected, d * phi.low, d * phi.high),
        l1=l1,
        l2=estimate(lambda x: math.sqrt(x[:, 1].sum())),
        separation=estimate(lambda x: factor * _ratio(x[:, 2].sum(), x[:, 0].sum() ** 2)),
        best_k=best_k,
        layers=group(0),
        kinds=group(1),
    )
    report.warnings.extend(_warnings(report, len(left_out)))
    return report


def _ratio(top: float, bottom: float) -> float:
    return float(top / bottom) if bottom > 0 else math.nan


def _jackknife(value: float, left_out: NDArray[np.float64], count: int) -> Estimate:
    """Tukey's jackknife from all or some leave-one-out values (a subsample of pseudo-values)."""
    if len(left_out) < 2:
        return Estimate(value, value, -math.inf, math.inf)
    from scipy import stats

    pseudo = count * value - (count - 1) * left_out
    # The bias correction averages all pseudo-values there are; the interval is that of an estimate
    # from `count` minibatches, widened by the noise of correcting from fewer.
    spread = float(pseudo.std(ddof=1))
    margin = float(stats.t.ppf(0.5 + _CONFIDENCE / 2, len(left_out) - 1))
    half = margin * spread / math.sqrt(len(left_out))
    center = float(pseudo.mean())
    return Estimate(value, center, center - half, center + half)


def _warnings(report: DensityReport, replayed: int) -> list[str]:
    found = []
    if report.minibatches < SMALL_SAMPLE:
        found.append(
            f"Only {report.minibatches} minibatches were measured; standard deviations from fewer "
            f"than {SMALL_SAMPLE} are rough. Pass more."
        )
    if replayed < 2:
        found.append("No jackknife was run, so there is no interval. Replay at least 2 minibatches.")
        return found
    for name, estimate in (("phi", report.phi), ("|sigma|_1", report.l1)):
        bias = abs(estimate.corrected / estimate.value - 1.0)
        if bias > _BIAS_LIMIT:
            found.append(
                f"The jackknife moves {name} by {bias:.1%}: rare coordinates are under-sampled. "
                "Pass more minibatches."
            )
    return found


def as_rows(groups: Mapping[str, Estimate]) -> Iterable[tuple[str, float, float, float]]:
    """Rows (name, value, low, high) for tables, in the given order."""
    return ((name, e.corrected, e.low, e.high) for name, e in groups.items())
