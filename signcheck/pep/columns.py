"""The rows and columns of the worst-case program, as sparse matrices.

One column is one coordinate: a full pattern (T signs), or a *prefix* of k < T signs that stands
for every pattern that begins with it. A prefix keeps all constraints among x_0, ..., x_k and, of
its future, only values F_t, slopes a_t = |g_t| >= 0 and the descent inequality
F_{t+1} <= F_t - eta_t a_t + l D_t with D_t = eta_t^2/2 + 2 eta_t E_t (L0 and L1-pointwise),
where |m_t - g_t| <= l E_t, E_t = beta (E_{t-1} + eta_{t-1}), E_0 = 0; for SignSGD E = 0. With no
sign fixed this is T1 (T1m for Signum), so refining prefixes goes from T1 down to the exact value.

Source: theory sheet, T9, T1, T1m.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from signcheck.pep.patterns import Layout, Pattern, layout
from signcheck.pep.problem import SignProblem

if TYPE_CHECKING:
    import scipy.sparse as sps

__all__ = ["Column", "Table", "descent_constants", "make_column", "make_table"]


def descent_constants(problem: SignProblem) -> tuple[Fraction, ...]:
    """D_0, ..., D_{T-2} in units of eta^2."""
    drift, constants = Fraction(0), []
    for size in problem.steps:
        constants.append(size * size / 2 + 2 * size * drift)
        drift = (problem.beta or Fraction(0)) * (drift + size)
    return tuple(constants)


@dataclass(frozen=True)
class Column:
    """One coordinate: pattern (or prefix), its layout and the number of steps left open."""

    pattern: Pattern
    layout: Layout
    future: int

    @property
    def known(self) -> int:
        """Number of steps whose signs are fixed."""
        return len(self.pattern.steps)


def make_column(pattern: Pattern, problem: SignProblem) -> Column:
    """Lay a pattern or prefix out."""
    return Column(
        pattern, layout(pattern.steps, problem.steps), problem.horizon - len(pattern.steps)
    )


@dataclass
class _Rows:
    """Triplets of a sparse matrix that grows row by row."""

    count: int = 0
    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def add(self, entries: Sequence[tuple[int, float]]) -> None:
        for column, value in entries:
            self.row.append(self.count)
            self.column.append(column)
            self.value.append(value)
        self.count += 1

    def put(self, row: int, column: int, value: float) -> None:
        self.row.append(row)
        self.column.append(column)
        self.value.append(value)

    def matrix(self, width: int, height: int | None = None) -> sps.csr_array:
        import scipy.sparse as sps

        shape = (self.count if height is None else height, width)
        return sps.csr_array((self.value, (self.row, self.column)), shape=shape)


class Table:
    """All columns of a program, indexed.

    Variables: ``f`` (values at the points of every column, then at its future steps), ``g``
    (slopes at the points), ``a`` (absolute slopes at future steps) and one curvature a column.
    Lengths carry the factor sqrt(kappa), so that L = Delta = 1 in these units and the optimum
    comes out in units of sqrt(L Delta).
    """

    def __init__(self, problem: SignProblem, columns: Sequence[Column]) -> None:
        self.problem = problem
        self.columns = tuple(columns)
        self.scale = float(problem.kappa) ** 0.5
        self.n_f = self.n_g = self.n_a = self.n_e = self.n_q = 0
        self.starts: list[int] = []
        self.g_slices: list[slice] = []
        self.e_slices: list[slice] = []
        self.q_slices: list[slice] = []
        self.a_slices: list[slice] = []
        self.owner: dict[str, list[int]] = {"g": [], "a": [], "e": [], "drop": []}
        self.where_f: dict[str, list[int]] = {"g": [], "a": []}
        self.length: list[float] = []
        self.drop: list[float] = []
        self.edge_f, self.edge_g, self.drop_f, self.drop_a = _Rows(), _Rows(), _Rows(), _Rows()
        self.signs, self.momenta, self.level_g, self.level_a = _Rows(), _Rows(), _Rows(), _Rows()
        self._constants = tuple(float(d) for d in descent_constants(problem))
        self._sizes = tuple(float(s) for s in problem.steps)
        self._weights = [
            [float(x) for x in problem.momentum_weights(t)]
            for t in range(problem.horizon if problem.beta is not None else 0)
        ]
        for index, column in enumerate(self.columns):
            self._add(index, column)

    def _add(self, index: int, column: Column) -> None:
        places, f0, g0 = column.layout, self.n_f, self.n_g
        n = len(places.points)
        self.starts.append(f0 + places.start)
        self.g_slices.append(slice(g0, g0 + n))
        self.e_slices.append(slice(self.n_e, self.n_e + n - 1))
        self.q_slices.append(slice(self.n_q, self.n_q + column.known))
        self.owner["g"] += [index] * n
        self.where_f["g"] += range(f0, f0 + n)
        for k, distance in enumerate(places.distances):
            self.edge_f.add([(f0 + k, -1.0), (f0 + k + 1, 1.0)])
            self.edge_g.add([(g0 + k, -1.0), (g0 + k + 1, 1.0)])
            self.length.append(float(distance) * self.scale)
            self.owner["e"].append(index)
        for t, (sign, slope) in enumerate(
            zip(column.pattern.steps, column.pattern.gradients, strict=True)
        ):
            at = g0 + places.visits[t]
            self.level_g.put(t, at, float(slope))
            self.signs.add([(at, float(slope))])
            if self._weights:
                past = zip(places.visits, self._weights[t], strict=False)
                self.momenta.add([(g0 + k, sign * weight) for k, weight in past])
        self.n_f, self.n_g = f0 + n, g0 + n
        self.n_e, self.n_q = self.n_e + n - 1, self.n_q + column.known
        self._add_future(index, column, f0 + places.visits[-1])

    def _add_future(self, index: int, column: Column, here: int) -> None:
        a0, known = self.n_a, column.known
        self.a_slices.append(slice(a0, a0 + column.future))
        for j in range(column.future):
            node = here if j == 0 else self.n_f + j - 1
            self.level_a.put(known + j, a0 + j, 1.0)
            self.owner["a"].append(index)
            self.where_f["a"].append(node)
            if j + 1 < column.future:
                self.drop_f.add([(node, 1.0), (self.n_f + j, -1.0)])
                self.drop_a.add([(a0 + j, self._sizes[known + j] * self.scale)])
                self.drop.append(self._constants[known + j] * self.scale**2)
                self.owner["drop"].append(index)
        self.n_f += max(column.future - 1, 0)
        self.n_a = a0 + column.future

    def select(self, kind: str) -> sps.csr_array:
        """Matrix that copies each column's curvature to its points, edges, ... (``kind``)."""
        rows = _Rows()
        for owner in self.owner[kind]:
            rows.add([(owner, 1.0)])
        return rows.matrix(len(self.columns))


def make_table(problem: SignProblem, patterns: Sequence[Pattern]) -> Table:
    """Index the columns of these patterns (full ones or prefixes)."""
    return Table(problem, [make_column(pattern, problem) for pattern in patterns])
