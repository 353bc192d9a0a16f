"""The Newton-Schulz step of torch.optim.Muon against what T10 certifies for exact arithmetic.

torch's routine casts to bfloat16 itself, so it may leave the enclosure: by how much is measured
here, on matrices whose singular values spread over up to eight decades. A measurement, no bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError

if TYPE_CHECKING:
    import torch

__all__ = ["Measured", "measure", "orthogonalised", "torch_step"]

EPS = 1e-7
DECADES = (0.0, 1.0, 2.0, 4.0, 8.0)
SMALL = (7e-4, 2e-3)
SHAPES = ((2, 2), (16, 64), (128, 256))


@dataclass(frozen=True)
class Measured:
    """What torch's steps did on some matrices of one shape.

    Attributes
    ----------
    rows, columns, matrices
        Shape and number of the matrices.
    largest
        Largest singular value of a step; T10's gamma bounds it in exact arithmetic.
    excess
        ``largest`` minus gamma; positive where bfloat16 leaves the enclosure.
    least
        Smallest <G, O>/|G|_*; T10's alpha(r) bounds it from below.
    shortfall
        alpha(r) minus ``least``; positive where bfloat16 leaves the enclosure.
    same
        Whether our recursion, run in bfloat16, gave the same numbers, all of them.
    """

    rows: int
    columns: int
    matrices: int
    largest: float
    excess: float
    least: float
    shortfall: float
    same: bool


def orthogonalised(
    m: torch.Tensor,
    schedule: Sequence[tuple[float, float, float]] | None = None,
    eps: float = EPS,
) -> torch.Tensor:
    """The recursion of :func:`signcheck.simulate.muon.newton_schulz` in the precision of ``m``.

    Parameters
    ----------
    m
        Matrix (rows, columns); nothing is cast.
    schedule
        Coefficients (a, b, c) of each iteration; the reference schedule when left out.
    eps
        Least number that ``m`` is divided by, as in torch.

    Returns
    -------
    Tensor of the same shape and precision.
    """
    import torch

    from signcheck.simulate.muon import REFERENCE_SCHEDULE

    wide = m.shape[0] <= m.shape[1]
    y = m if wide else m.mT
    y = y / y.norm().clamp(min=eps)
    for a, b, c in schedule or REFERENCE_SCHEDULE:
        gram = y @ y.mT
        even = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        y = torch.addmm(y, even, y, beta=a)
    return y if wide else y.mT


def torch_step(g: torch.Tensor) -> torch.Tensor:
    """The step that torch.optim.Muon takes for the gradient ``g``, per unit of the stepsize.

    float32 of the shape of ``g``, which has no more rows than columns: then torch scales nothing.
    """
    import torch

    if g.ndim != 2 or g.shape[0] > g.shape[1]:
        raise InputError(f"Muon is measured on wide matrices, got the shape {tuple(g.shape)}.")
    point = torch.nn.Parameter(torch.zeros_like(g))
    point.grad = g.clone()
    options: dict[str, Any] = {"lr": 1.0, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0}
    torch.optim.Muon([point], **options).step()  # type: ignore[no-untyped-call]
    return -point.detach()


def spectra(rows: int) -> Iterator[torch.Tensor]:
    """Singular values from 1 down to 10^-decades, and one large with equal small ones."""
    import torch

    for decades in DECADES:
        yield torch.logspace(0.0, -decades, rows, dtype=torch.float64)
    for small in SMALL:
        sizes = torch.full((rows,), small, dtype=torch.float64)
        sizes[0] = 1.0
        yield sizes


def with_spectrum(
    rows: int, columns: int, sizes: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """A float32 matrix with random singular vectors and the given singular values."""
    import torch

    g = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
    left, _, right = torch.linalg.svd(g, full_matrices=False)
    matrix: torch.Tensor = (left * sizes) @ right
    return matrix.float()


def measure(
    shapes: Sequence[tuple[int, int]] = SHAPES,
    repeats: int = 4,
    seed: int = 0,
) -> list[Measured]:
    """torch's steps on matrices of several shapes and spectra, against T10's gamma and alpha.

    Parameters
    ----------
    shapes, repeats, seed
        Shapes (rows, columns) with no more rows than columns, matrices for each spectrum, seed.
    """
    import torch

    from signcheck.intervals.newton_schulz_report import report

    certified = report(ranks=[rows for rows, _ in shapes])
    found = []
    for rows, columns in shapes:
        generator = torch.Generator().manual_seed(seed)
        largest, least, same = 0.0, float("inf"), True
        chosen = list(spectra(rows)) * repeats
        for sizes in chosen:
            g = with_spectrum(rows, columns, sizes, generator)
            out = torch_step(g)
            same &= bool(torch.equal(orthogonalised(g.bfloat16()).float(), out))
            exact, step = g.double(), out.double()
            norm = float(torch.linalg.matrix_norm(exact, "nuc"))
            largest = max(largest, float(torch.linalg.matrix_norm(step, 2)))
            least = min(least, float((exact * step).sum()) / norm)
        excess, short = largest - certified.gamma, certified.alpha[str(rows)] - least
        found.append(Measured(rows, columns, len(chosen), largest, excess, least, short, same))
    return found
