"""What every instance is: a start, a function, a noisy oracle, a certificate, a certified level."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardinstances.blocks import Block
    from hardinstances.certificate import Certified
    from hardinstances.geometry import DualPair
    from hardinstances.level import Level
    from hardinstances.torch_problem import InstanceModule

__all__ = ["Instance", "check_batch", "points"]


class Instance(ABC):
    """A hard instance with infimum 0.

    Points are arrays (numpy or torch, any device, any float dtype) of shape ``(..., *shape)``;
    leading axes are independent points.

    Attributes
    ----------
    id
        Name in the catalogue.
    d
        Number of entries of a point.
    geometry
        The norm that measures gradients, its dual, and the shape's number of axes.
    blocks
        Which coordinates follow which profile; empty if the instance is not separable.
    sigma
        Standard deviation that the class allows, float64 ``(d,)`` (for matrices: the singular
        values of Sigma); value/length.
    level
        The certified level, symbolic, or None where none is claimed.
    level_numbers
        Its parameters at this instance; ``level_value`` is the level there (0 without one).
    parameters
        What ``make`` needs to build the instance again, choices filled in.
    certificate
        Exact L, Delta, f* and level; ``verify()`` derives them again.
    """

    id: str
    d: int
    blocks: tuple[Block, ...]
    sigma: Any
    level: Level | None
    level_numbers: Mapping[str, float]
    level_value: float
    parameters: Mapping[str, Any]
    certificate: Certified

    @property
    @abstractmethod
    def geometry(self) -> DualPair:
        """The dual pair of norms."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one point."""
        return (self.d,)

    @property
    @abstractmethod
    def x0(self) -> Any:
        """Where a method is started: read-only float64 of :attr:`shape`."""

    @property
    def theorem(self) -> str | None:
        """Id of the theorem that proves the level for this instance, None without a level."""
        return None if self.level is None else self.level.theorem

    @property
    def batch(self) -> int | None:
        """The batch that the noise is made for, None if it is made for every batch."""
        return None

    @abstractmethod
    def value(self, x: Any) -> Any:
        """``f(x)``, shape ``(...)``; ``f* = 0``. Raises InputError on a wrong shape."""

    @abstractmethod
    def grad(self, x: Any) -> Any:
        """``grad f(x)``, shape of ``x``. Raises InputError on a wrong shape."""

    @abstractmethod
    def oracle(self, x: Any, batch: int, generator: Any) -> Any:
        """Mean of ``batch`` independent oracle calls at ``x``, shape of ``x``.

        Parameters
        ----------
        batch
            Number of calls, at least 1.
        generator
            A :class:`~hardinstances.rng.Stream`, which moves on by one step, or a numpy or torch
            generator, which is used once, to draw the key of a stream.

        Raises
        ------
        InputError
            On a wrong shape, batch or generator.
        """

    def covered_steps(self, batch: int) -> int | None:
        """Number of steps, with ``batch`` calls each, that the level covers; None if all.

        Raises
        ------
        InputError
            If ``batch`` is not an integer of at least 1.
        """
        check_batch(batch)
        steps = self.parameters.get("T")
        return None if steps is None else int(steps)

    def sign_oracle(self, x: Any, batch: int, generator: Any) -> Any:
        """The direction (sign or polar factor) of what :meth:`oracle` returns, in law."""
        return self.geometry.direction(self.oracle(x, batch, generator))

    def stationarity(self, x: Any) -> Any:
        """``|grad f(x)|`` in the norm of the geometry, shape ``(...)``; value/length."""
        return self.geometry.norm(self.grad(x))

    def module(self, seed: int, batch: int = 1, **options: Any) -> InstanceModule:
        """A ``torch.nn.Module`` whose parameter is the point; see :mod:`~.torch_problem`."""
        from hardinstances.torch_problem import InstanceModule

        return InstanceModule(self, seed, batch, **options)

    def numbers(self) -> dict[str, Any]:
        """Every number that defines the function and its start, by name, as numpy arrays."""
        return {"x0": self.x0, "sigma": self.sigma}

    def verify(self) -> None:
        """Derive the certificate again; raises CertificateError."""
        self.certificate.verify()


def points(instance: Instance, x: Any) -> tuple[Any, Any]:
    """The array namespace of ``x`` and ``x`` as an array of points.

    Raises
    ------
    InputError
        If the last axes are not the instance's shape or the dtype is not a float.
    """
    import numpy as np
    from array_api_compat import array_namespace, is_array_api_obj

    if not is_array_api_obj(x):
        x = np.asarray(x, dtype=np.float64)
    xp, shape = array_namespace(x), instance.shape
    if tuple(x.shape[x.ndim - len(shape) :]) != shape or x.ndim < len(shape):
        last = f"last axis must be {shape[0]}" if len(shape) == 1 else f"last axes must be {shape}"
        raise InputError(
            f"{instance.id} has points of shape {shape} but got shape {tuple(x.shape)}: the {last}."
        )
    if not xp.isdtype(x.dtype, "real floating"):
        raise InputError(f"The point has dtype {x.dtype}: give a floating point array.")
    return xp, x


def check_batch(batch: Any, name: str = "batch") -> int:
    """``batch`` if it is an integer of at least 1; raises InputError."""
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise InputError(f"{name} must be an integer of at least 1, got {batch!r}.")
    return batch
