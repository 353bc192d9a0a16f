"""Streaming statistics of a torch model's gradients, coordinate by coordinate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hardinstances.errors import InputError
from signcheck.density_report import DensityReport, summarise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch
    from numpy.typing import NDArray

# Bins of float32 values by exponent and 8 mantissa bits: R is evaluated at their 2^16 edges.
_SHIFT, _BINS = 15, 1 << 16


class DensityMeter:
    """Streaming mean and variance of a model's gradients, coordinate by coordinate.

    Call :meth:`update` after each minibatch's ``backward()`` (all its micro-batches accumulated),
    with gradients cleared between minibatches. For intervals call :meth:`replay` after that with
    the gradients of some of the same minibatches again: leave-one-out values are then exact. Under
    ``torch.distributed`` every process feeds its own minibatches and calls :meth:`finish` once.

    Raises
    ------
    InputError
        If the model has no trainable parameter.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        import torch

        model = unwrapped(model)
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
        """Merge all processes' samples (Chan's formula), once; needs at least 3 minibatches."""
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
        return summarise(
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
            yield (
                name,
                (
                    torch.zeros_like(self.mean[name])
                    if gradient is None
                    else gradient.detach().to(torch.float32)
                ),
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


def unwrapped(model: torch.nn.Module) -> torch.nn.Module:
    """The module inside DistributedDataParallel, whose hooks would average the noise away."""
    from torch.nn.parallel import DistributedDataParallel

    if isinstance(model, DistributedDataParallel):
        inner: torch.nn.Module = model.module
        return inner
    return model


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
