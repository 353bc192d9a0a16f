"""Run an optimizer on an instance: the stationarity curve beside the certified level.

Source: architecture of the project; the quantity is that of theory sheet, section 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError, OptimizerError
from hardinstances.instance import check_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hardinstances.instance import Instance

__all__ = ["Curve", "run", "run_optax"]


@dataclass(frozen=True, eq=False)
class Curve:
    """What an optimizer reached.

    Parameters
    ----------
    instance
        The instance that was run.
    stationarity
        ``|grad f(x_t)|`` before step t, float64 ``(seeds, steps)``; value/length.
    values
        ``f(x_t) - f*``, float64 ``(seeds, steps)``; for a chain an upper bound. Value.
    seeds
        Of the noise, one per row.
    batch
        Oracle calls in a step.
    calls
        Oracle calls used per seed, all of them; more than ``steps*batch`` if the optimizer
        evaluates its closure several times in a step.
    """

    instance: Instance
    stationarity: Any
    values: Any
    seeds: tuple[int, ...]
    batch: int
    calls: int

    @property
    def level(self) -> float:
        """The certified level, 0 where none is claimed; value/length."""
        return self.instance.level_value

    @property
    def covered(self) -> bool:
        """Whether the level covers this many steps (its class of methods is another question)."""
        limit = self.instance.covered_steps(self.batch)
        return limit is None or self.stationarity.shape[1] <= limit

    @property
    def mean(self) -> Any:
        """Mean over the seeds, ``(steps,)``; estimates ``E|grad f(x_t)|``."""
        return self.stationarity.mean(axis=0)

    @property
    def standard_error(self) -> Any:
        """Standard error of :attr:`mean`, ``(steps,)``; nan for a single seed."""
        import numpy as np

        count = self.stationarity.shape[0]
        if count == 1:
            return np.full(self.stationarity.shape[1], np.nan)
        return self.stationarity.std(axis=0, ddof=1) / math.sqrt(count)

    @property
    def best(self) -> float:
        """Least mean stationarity over the steps (biased low by the noise of the mean)."""
        return float(self.mean.min())


def _prepare(steps: int, batch: int, seeds: Iterable[int]) -> tuple[Any, Any]:
    import numpy as np

    check_batch(steps, "steps")
    check_batch(batch)
    chosen = tuple(seeds)
    if not chosen or len(set(chosen)) != len(chosen):
        raise InputError(f"seeds must be different integers, at least one, got {chosen}.")
    shape = (len(chosen), steps)
    return chosen, (np.empty(shape), np.empty(shape))


def _check_point(point: Any, shape: Sequence[int], step: int) -> None:
    import numpy as np

    if tuple(point.shape) != tuple(shape):
        raise OptimizerError(
            f"The optimizer changed the shape of the point from {tuple(shape)} to "
            f"{tuple(point.shape)} at step {step}: it has to update it in place."
        )
    if not bool(np.isfinite(point).all()):
        raise OptimizerError(
            f"The optimizer's point is not finite after step {step}: it diverged, lower its "
            "stepsize."
        )


def run(
    instance: Instance,
    optimizer_factory: Callable[[Any], Any],
    steps: int,
    batch: int = 1,
    seeds: Iterable[int] = range(8),
    *,
    dtype: Any = None,
    device: Any = "cpu",
    progress: Callable[[int], object] | None = None,
) -> Curve:
    """Run a torch optimizer from the instance's start, once for each seed.

    Parameters
    ----------
    optimizer_factory
        Takes the parameters of a module, returns an optimizer; e.g.
        ``lambda p: torch.optim.AdamW(p, lr=1e-3)``.
    steps
        Number of steps; the point is measured before each.
    batch
        Oracle calls in a step.
    seeds
        Of the noise; different integers in ``[0, 2^32)``.
    dtype, device
        Of the point; float64 on the CPU when left out.
    progress
        Called with the number of steps done since its last call.

    Raises
    ------
    InputError
        If an argument cannot be used.
    OptimizerError
        If the optimizer cannot be made, fails, changes the point's shape or diverges.

    Examples
    --------
    >>> import hardinstances, torch
    >>> wells = hardinstances.make("lattice-wells", L=1.0, Delta=1.0, eta=0.1)
    >>> curve = hardinstances.run(
    ...     wells, lambda p: torch.optim.SGD(p, lr=0.1), steps=50, seeds=[0]
    ... )
    >>> curve.best < curve.level  # SGD leaves the lattice, so the level does not bind it
    True
    """
    import torch

    from hardinstances.torch_problem import InstanceModule

    chosen, (curve, values) = _prepare(steps, batch, seeds)
    calls = 0
    for row, seed in enumerate(chosen):
        kind = torch.float64 if dtype is None else dtype
        module = InstanceModule(instance, seed, batch, dtype=kind, device=device)
        optimizer = _made(optimizer_factory, module)

        def closure(module: Any = module, optimizer: Any = optimizer) -> Any:
            optimizer.zero_grad()
            loss = module.loss()
            loss.backward()
            return loss

        for step in range(steps):
            curve[row, step] = module.stationarity()
            values[row, step] = float(instance.value(module.point.detach()))
            _step(optimizer, closure, step)
            _check_point(module.point.detach().cpu().numpy(), instance.shape, step)
            if progress is not None:
                progress(1)
        calls = max(calls, module.calls)
    return Curve(instance, curve, values, chosen, batch, calls)


def _made(factory: Callable[[Any], Any], module: Any) -> Any:
    try:
        optimizer = factory(module.parameters())
    except Exception as error:
        raise OptimizerError(f"The optimizer could not be made: {error}") from error
    if not callable(getattr(optimizer, "step", None)):
        raise OptimizerError(
            f"The factory returned a {type(optimizer).__name__}, which has no step(): return an "
            "optimizer."
        )
    return optimizer


def _step(optimizer: Any, closure: Callable[[], Any], step: int) -> None:
    try:
        optimizer.step(closure)
    except Exception as error:
        raise OptimizerError(f"The optimizer failed at step {step}: {error}") from error


def run_optax(
    instance: Instance,
    transformation: Any,
    steps: int,
    batch: int = 1,
    seeds: Iterable[int] = range(8),
) -> Curve:
    """Run an optax gradient transformation; needs the extra ``optimizers``.

    The oracle answers in numpy, so the noise is that of :func:`run` with the same seeds. Arguments
    and errors as there; ``transformation`` is e.g. ``optax.adam(1e-3)``.
    """
    try:
        jnp, optax = import_module("jax.numpy"), import_module("optax")
    except ImportError as error:
        raise InputError(
            "optax and jax are not installed: pip install 'signcheck[optimizers]'."
        ) from error
    import numpy as np

    from hardinstances.rng import Stream

    chosen, (curve, values) = _prepare(steps, batch, seeds)
    for row, seed in enumerate(chosen):
        stream, point = Stream(seed), jnp.asarray(np.array(instance.x0))
        state = transformation.init(point)
        for step in range(steps):
            here = np.asarray(point, dtype=np.float64)
            curve[row, step] = float(instance.stationarity(here))
            values[row, step] = float(instance.value(here))
            gradient = jnp.asarray(instance.oracle(here, batch, stream), dtype=point.dtype)
            try:
                updates, state = transformation.update(gradient, state, point)
            except Exception as error:
                raise OptimizerError(f"The optimizer failed at step {step}: {error}") from error
            point = optax.apply_updates(point, updates)
            _check_point(np.asarray(point), instance.shape, step)
    return Curve(instance, curve, values, chosen, batch, steps * batch)
