"""Matrices that meet T10: real singular value decompositions and the float64 routine of Muon.

Here the singular values of the statement are those of a matrix: |G|_*, <G, O> and |O|_op are
computed from G and O themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from proofs.lemmas.minorant import R
from signcheck.experiment import Evaluation

SEED = 10
"""Of the singular vectors."""


@dataclass(frozen=True)
class Setting:
    """A matrix by its shape and its singular values."""

    name: str
    rows: int
    columns: int
    spectrum: Callable[[int], Any]

    @property
    def rank(self) -> int:
        """The largest rank of the shape."""
        return min(self.rows, self.columns)

    def gradient(self) -> Any:
        """The matrix, float64 (rows, columns)."""
        import numpy as np

        generator = np.random.default_rng(SEED)
        whole = generator.normal(size=(self.rows, self.columns))
        left, _, right = np.linalg.svd(whole, full_matrices=False)
        return (left * self.spectrum(self.rank)) @ right


def _equal(rank: int) -> Any:
    import numpy as np

    return np.full(rank, 3.0)


def _decaying(rank: int) -> Any:
    import numpy as np

    return np.logspace(0.0, -6.0, rank)


def _spiked(rank: int) -> Any:
    import numpy as np

    return np.array([1.0, *[8e-4] * (rank - 1)])


SETTINGS = (
    Setting("equal singular values", 16, 40, _equal),
    Setting("six decades", 32, 32, _decaying),
    Setting("one large, the others small", 40, 16, _spiked),
    Setting("one large, the others small", 128, 160, _spiked),
)


def _runs(values: Callable[[Setting], Mapping[Any, Any]]) -> tuple[Evaluation, ...]:
    def at(setting: Setting) -> Evaluation:
        shape = f"{setting.rows} x {setting.columns}"
        shown = {"rows": setting.rows, "columns": setting.columns, "r": setting.rank}
        return Evaluation(f"{shape}, {setting.name}", shown, lambda: values(setting))

    return tuple(map(at, SETTINGS))


def alignment_runs(nuclear: Any, pairing: Any) -> tuple[Evaluation, ...]:
    """T10 at matrices: alpha(r) |G|_* against <G, O>."""

    def values(setting: Setting) -> Mapping[Any, Any]:
        import numpy as np

        from hardinstances.geometry import MATRIX
        from signcheck.simulate.muon import newton_schulz

        g = setting.gradient()
        aligned = float(np.vdot(g, newton_schulz(g)))
        return {R: setting.rank, nuclear: float(MATRIX.norm(g)), pairing: aligned}

    return _runs(values)


def range_runs(size: Any) -> tuple[Evaluation, ...]:
    """T10-range at matrices: |O|_op against gamma."""

    def values(setting: Setting) -> Mapping[Any, Any]:
        from hardinstances.geometry import MATRIX
        from signcheck.simulate.muon import newton_schulz

        return {size: float(MATRIX.dual(newton_schulz(setting.gradient())))}

    return _runs(values)
