"""Matrix instances: a separable instance on the diagonal, or on a rotated one.

``F(X) = f(diag(U^T X V))``, U and V with orthonormal columns. The gradient is ``U Diag(g) V^T``,
its nuclear norm the l1 norm of ``g``, its polar factor (0 on zero singular values) is
``U Diag(sign g) V^T``. So smoothness, gap, noise and level carry over, ``Sigma = U Diag(sigma)``.

Source: theory sheet, T6 and T7.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hardinstances.errors import CertificateError, InputError
from hardinstances.geometry import MATRIX, VECTOR, DualPair
from hardinstances.instance import Instance, points
from hardinstances.rng import MAX_WORD, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction

    from hardinstances.blocks import Block
    from hardinstances.certificate import Claims
    from hardinstances.level import Level
    from hardinstances.separable import SeparableInstance

__all__ = ["MatrixCertificate", "MatrixInstance", "embed"]

_CARRIED = {"T2": "T6", "T2-cycle": "T6-cycle", "T2b": "T6b", "T2c": "T6c"}
_CARRIED |= {name: name.replace("3", "7") for name in ("T3", "T3-ramps", "T3-unstable")}
THEOREMS = MappingProxyType(_CARRIED)
"""The theorem that carries a level from vectors to matrices."""

_ROTATION_STREAM = MAX_WORD - 2
_ORTHONORMAL = 1e-12


@dataclass(frozen=True, eq=False)
class MatrixCertificate:
    """The certificate of the separable instance, and the orthonormality that carries it over."""

    inner: SeparableInstance
    left: Any
    right: Any

    @property
    def claims(self) -> Claims:
        """What is stated, the same as for the separable instance."""
        return self.inner.certificate.claims

    @property
    def L(self) -> Fraction:
        """Smoothness, spectral to nuclear norm; value/length^2."""
        return self.claims.L

    @property
    def Delta(self) -> Fraction:
        """``F(X_0) - inf F``; value."""
        return self.claims.Delta

    @property
    def f_star(self) -> Fraction:
        """``inf F``; value."""
        return self.claims.f_star

    @property
    def level(self) -> Fraction:
        """Guaranteed nuclear norm of the gradient; value/length."""
        return self.claims.level

    def verify(self) -> None:
        """Verify the separable instance, and U and V to ``1e-12``; raises CertificateError."""
        import numpy as np

        self.inner.certificate.verify()
        for name, basis in (("left", self.left), ("right", self.right)):
            defect = float(np.abs(basis.T @ basis - np.eye(basis.shape[1])).max())
            if not defect <= _ORTHONORMAL:
                raise CertificateError(
                    f"The {name} basis is not orthonormal, by {defect:.3g}: make it again."
                )


@dataclass(frozen=True, eq=False)
class MatrixInstance(Instance):
    """``F(X) = f(diag(U^T X V))``; points are ``(..., rows, columns)``. See :class:`Instance`."""

    id: str
    inner: SeparableInstance
    left: Any
    right: Any
    rotated: bool
    parameters: Mapping[str, Any]

    blocks: tuple[Block, ...] = ()

    @property
    def geometry(self) -> DualPair:
        """Nuclear norm for gradients, spectral norm for steps."""
        return MATRIX

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return (int(self.left.shape[0]), int(self.right.shape[0]))

    @property
    def d(self) -> int:  # type: ignore[override]
        """Number of entries."""
        return self.shape[0] * self.shape[1]

    @property
    def sigma(self) -> Any:
        """Singular values of Sigma; value/length."""
        return self.inner.sigma

    @property
    def Sigma(self) -> Any:
        """``E N N^T <= Sigma Sigma^T``: float64 ``(rows, r)``; value/length."""
        return self.left * self.inner.sigma

    @property
    def level(self) -> Level | None:  # type: ignore[override]
        """The level of the separable instance."""
        return self.inner.level

    @property
    def theorem(self) -> str | None:
        """The theorem that carries the level over."""
        inner = self.inner.theorem
        return None if inner is None else THEOREMS[inner]

    @property
    def level_numbers(self) -> Mapping[str, float]:  # type: ignore[override]
        """Parameters of the level."""
        return self.inner.level_numbers

    @property
    def level_value(self) -> float:  # type: ignore[override]
        """The level; value/length."""
        return self.inner.level_value

    @cached_property
    def certificate(self) -> MatrixCertificate:  # type: ignore[override]
        """The separable certificate with its embedding."""
        return MatrixCertificate(self.inner, self.left, self.right)

    @property
    def batch(self) -> int | None:
        """The batch that the noise is made for."""
        return self.inner.batch

    @cached_property
    def x0(self) -> Any:
        """Where a method is started: float64 ``(rows, columns)``."""
        import numpy as np

        start = self._lift(np, self.inner.x0)
        start.setflags(write=False)
        return start

    def numbers(self) -> dict[str, Any]:
        """Those of the separable instance; the rotation follows from its seed."""
        return self.inner.numbers()

    def value(self, x: Any) -> Any:
        """``F(X)``, shape ``(...)``."""
        xp, x = points(self, x)
        return self.inner.value(self._diagonal(xp, x))

    def grad(self, x: Any) -> Any:
        """``grad F(X)``, shape of ``x``."""
        return self._through(self.inner.grad, x)

    def oracle(self, x: Any, batch: int, generator: Any) -> Any:
        """Mean of ``batch`` calls; see :meth:`Instance.oracle`."""
        return self._through(lambda y: self.inner.oracle(y, batch, generator), x)

    def sign_oracle(self, x: Any, batch: int, generator: Any) -> Any:
        """Polar factor of the batch mean, in law, without a singular value decomposition."""
        return self._through(lambda y: self.inner.sign_oracle(y, batch, generator), x)

    def stationarity(self, x: Any) -> Any:
        """Nuclear norm of the gradient, from its singular values ``|g_i|``; shape ``(...)``."""
        xp, x = points(self, x)
        return VECTOR.norm(self.inner.grad(self._diagonal(xp, x)))

    def diagonal(self, x: Any) -> Any:
        """``diag(U^T X V)``, where the separable instance is evaluated; shape ``(..., r)``.

        Raises
        ------
        InputError
            If the last axes of ``x`` are not the instance's shape or its dtype is not a float.
        """
        xp, x = points(self, x)
        return self._diagonal(xp, x)

    def _through(self, function: Callable[[Any], Any], x: Any) -> Any:
        xp, x = points(self, x)
        return self._lift(xp, function(self._diagonal(xp, x)))

    def _diagonal(self, xp: Any, x: Any) -> Any:
        """``diag(U^T X V)``, shape ``(..., r)``."""
        if not self.rotated:
            # Off the diagonal only whether the entries are numbers matters.
            unread = xp.sum(x - x, axis=(-2, -1))
            return xp.linalg.diagonal(x)[..., : self.inner.d] + unread[..., None]
        left, right = (self._like(xp, basis, x) for basis in (self.left, self.right))
        return xp.sum((x @ right) * left, axis=-2)

    def _lift(self, xp: Any, g: Any) -> Any:
        """``U Diag(g) V^T``, shape ``(..., rows, columns)``."""
        left, right = (self._like(xp, basis, g) for basis in (self.left, self.right))
        return (left * g[..., None, :]) @ right.T

    def _like(self, xp: Any, basis: Any, x: Any) -> Any:
        import numpy as np
        from array_api_compat import device, is_numpy_array

        if is_numpy_array(x):
            return basis.astype(x.dtype, copy=False)
        place = (id(basis), x.dtype, device(x))
        if place not in self._moved:
            self._moved[place] = xp.asarray(np.array(basis), dtype=x.dtype, device=device(x))
        return self._moved[place]

    @cached_property
    def _moved(self) -> dict[Any, Any]:
        return {}


def _basis(size: int, rank: int, rotation: int | None, side: int) -> Any:
    """``(size, rank)`` with orthonormal columns: of the identity, or of a random rotation."""
    import numpy as np

    if rotation is None:
        return np.eye(size, rank)
    columns = np.stack(
        [
            Stream(rotation, _ROTATION_STREAM).normals(np.zeros(size), np.arange(size), step, side)
            for step in range(rank)
        ],
        axis=1,
    )
    basis, triangle = np.linalg.qr(columns)
    # With this sign the law is uniform and does not depend on the library's convention.
    return basis * np.sign(np.diagonal(triangle))


def embed(
    name: str,
    inner: SeparableInstance,
    *,
    rows: int | None = None,
    columns: int | None = None,
    rotation: int | None = None,
) -> MatrixInstance:
    """Put a separable instance on the singular values of a matrix.

    Parameters
    ----------
    name
        Id of the matrix family.
    inner
        The separable instance, of dimension r.
    rows, columns
        Shape, each at least r; r when left out.
    rotation
        Seed of two random rotations, which make the instance dense; the plain diagonal when left
        out.

    Raises
    ------
    InputError
        If the shape is too small or an argument is no integer.
    """
    sizes = {"rows": inner.d if rows is None else rows}
    sizes["columns"] = inner.d if columns is None else columns
    for label, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < inner.d:
            raise InputError(
                f"{label} must be an integer of at least {inner.d}, one for each singular value, "
                f"got {size!r}."
            )
    instance = MatrixInstance(
        id=name,
        inner=inner,
        left=_basis(sizes["rows"], inner.d, rotation, 0),
        right=_basis(sizes["columns"], inner.d, rotation, 1),
        rotated=rotation is not None,
        parameters={**inner.parameters, **sizes}
        | ({} if rotation is None else {"rotation": rotation}),
    )
    instance.verify()
    return instance
