"""The worst-case program of the separable class (theory sheet, T9), in cvxpy.

Variables of a column: values f and slopes g at its distinct points, curvature l. Maximise tau
subject to sum l <= L, sum f(x_0) <= Delta (infimum 0), s g >= 0, sum_i |g_{t,i}| >= tau for all t,
f >= g^2/(2 l) at every point and, between *neighbours* p < p' at distance r, both tent
inequalities |f' - f - r (g + g')/2| <= l r^2/4 - (g - g')^2/(4 l). Neighbours are enough in one
dimension: an l-smooth function may be chosen on each interval on its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError, SolverError
from signcheck.pep.columns import Table, make_table
from signcheck.pep.patterns import Pattern
from signcheck.pep.problem import SignProblem

if TYPE_CHECKING:
    import cvxpy as cp
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

__all__ = ["Core", "Solution", "build_core", "run_solver", "solve"]

TOLERANCES = (1e-11, 1e-10, 1e-9, 1e-8)


@dataclass(frozen=True)
class Solution:
    """Optimum and dual of one program in floating point: a proposal, never a claim.

    Attributes
    ----------
    table
        The columns that the vectors below refer to.
    value
        Optimum in units of sqrt(L Delta).
    status
        The solver's word; only ``"optimal"`` gets this far.
    curvature
        One l per column, in units of L.
    slopes
        g at all points, in units of sqrt(L Delta).
    weights, gap, budget
        Multipliers of the T levels, of the gap and of the curvature budget.
    points, rising, falling, signs, momenta, future
        Multipliers of f >= g^2/(2l) at points, of the two tents, of s g >= 0, of s m >= 0
        (empty for SignSGD) and of F >= a^2/(2l) at future steps.
    """

    table: Table
    value: float
    status: str
    curvature: Vector
    slopes: Vector
    weights: Vector
    gap: float
    budget: float
    points: Vector
    rising: Vector
    falling: Vector
    signs: Vector
    momenta: Vector
    future: Vector


@dataclass
class _Model:
    problem: cp.Problem
    variables: dict[str, cp.Variable]
    constraints: dict[str, Any]


def _square_over(cp: Any, numerator: Any, curvature: Any, name: str, count: int) -> tuple[Any, Any]:
    """A variable z and the cones z >= numerator^2/curvature, entry by entry."""
    z = cp.Variable(count, name=name)
    cone = cp.SOC(z + curvature, cp.vstack([2 * numerator, z - curvature]), axis=0)
    return z, cone


@dataclass
class Core:
    """Variables and constraints that say "f is in the class and follows its pattern"."""

    f: cp.Variable
    g: cp.Variable
    a: cp.Variable | None
    level: Any
    rows: dict[str, Any]


def build_core(table: Table, curvature: Any) -> Core:
    """Everything but the budgets and the objective; ``curvature`` has one entry a column."""
    import cvxpy as cp
    import numpy as np
    import scipy.sparse as sps

    f, g = cp.Variable(table.n_f), cp.Variable(table.n_g)

    def pick(kind: str) -> Any:
        indices = table.where_f[kind]
        rows = (np.ones(len(indices)), (np.arange(len(indices)), indices))
        return sps.csr_array(rows, shape=(len(indices), table.n_f)) @ f

    z, cone = _square_over(cp, g, table.select("g") @ curvature, "z", table.n_g)
    rows: dict[str, Any] = {
        "signs": table.signs.matrix(table.n_g) @ g >= 0,
        "points": pick("g") >= z / 2,
        "cone": cone,
    }
    level = table.level_g.matrix(table.n_g, table.problem.horizon) @ g
    if table.momenta.count:
        rows["momenta"] = table.momenta.matrix(table.n_g) @ g >= 0
    if table.n_e:
        length = np.asarray(table.length)
        slope = table.edge_g.matrix(table.n_g)
        edge_l = table.select("e") @ curvature
        q, rows["edge cone"] = _square_over(cp, slope @ g, edge_l, "q", table.n_e)
        excess = table.edge_f.matrix(table.n_f) @ f - cp.multiply(length / 2, abs(slope) @ g)
        tent = cp.multiply(length**2 / 4, edge_l) - q / 4
        rows["rising"], rows["falling"] = excess <= tent, -excess <= tent
    a = cp.Variable(table.n_a, nonneg=True) if table.n_a else None
    if a is not None:
        y, rows["future cone"] = _square_over(cp, a, table.select("a") @ curvature, "y", table.n_a)
        rows["future"] = pick("a") >= y / 2
        level = level + table.level_a.matrix(table.n_a, table.problem.horizon) @ a
        if table.drop:
            spent = table.drop_a.matrix(table.n_a) @ a
            gained = cp.multiply(np.asarray(table.drop), table.select("drop") @ curvature)
            rows["drop"] = table.drop_f.matrix(table.n_f) @ f + gained >= spent
    return Core(f, g, a, level, rows)


def _model(table: Table) -> _Model:
    import cvxpy as cp
    import numpy as np

    curvature, tau = cp.Variable(len(table.columns), nonneg=True), cp.Variable()
    core = build_core(table, curvature)
    core.rows["gap"] = cp.sum(core.f[np.asarray(table.starts)]) <= 1
    core.rows["budget"] = cp.sum(curvature) <= 1
    core.rows["level"] = core.level >= tau
    problem = cp.Problem(cp.Maximize(tau), list(core.rows.values()))
    return _Model(problem, {"l": curvature, "g": core.g}, core.rows)


def _solve_with(problem: cp.Problem, tolerance: float) -> str:
    """The status after one solve; the caller decides what an inaccurate one is worth: nothing."""
    import cvxpy as cp

    options = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), tolerance)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            problem.solve(solver=cp.CLARABEL, **options)
        except cp.error.SolverError as failure:
            return f"failed ({failure})"
    return str(problem.status)


def run_solver(problem: cp.Problem, tolerances: Sequence[float] = TOLERANCES) -> str:
    """Solve at the tightest tolerance that the solver can reach and return its status.

    Raises
    ------
    SolverError
        If no tolerance down to 1e-8 ends with the status ``optimal``.
    """
    seen: list[str] = []
    for tolerance in tolerances:
        seen.append(_solve_with(problem, tolerance))
        if seen[-1] == "optimal":
            return seen[-1]
    raise SolverError(
        f"The conic solver ended with {', '.join(dict.fromkeys(seen))}, so nothing is claimed: "
        "bring eta closer to sqrt(2 Delta/(L T)) or shorten the horizon."
    )


def _dual(model: _Model, name: str) -> Vector:
    import numpy as np

    if name not in model.constraints:
        return np.zeros(0)
    dual: Vector = np.atleast_1d(np.asarray(model.constraints[name].dual_value, float))
    return np.maximum(dual, 0.0)


def solve_table(table: Table) -> Solution:
    """Solve the program over the columns of a table; see :func:`solve`."""
    import numpy as np

    model = _model(table)
    status = run_solver(model.problem)
    return Solution(
        table=table,
        value=float(model.problem.value),
        status=status,
        curvature=np.asarray(model.variables["l"].value),
        slopes=np.asarray(model.variables["g"].value),
        weights=_dual(model, "level"),
        gap=float(_dual(model, "gap")[0]),
        budget=float(_dual(model, "budget")[0]),
        points=_dual(model, "points"),
        rising=_dual(model, "rising"),
        falling=_dual(model, "falling"),
        signs=_dual(model, "signs"),
        momenta=_dual(model, "momenta"),
        future=_dual(model, "future"),
    )


def solve(problem: SignProblem, patterns: Sequence[Pattern]) -> Solution:
    """Worst case over separable functions whose coordinates follow the given patterns.

    Parameters
    ----------
    problem
        Method, horizon, stepsizes, class constants.
    patterns
        One column each; a prefix of fewer than T signs stands for all its continuations (then
        the value is an upper bound).

    Raises
    ------
    InputError
        If no pattern is given.
    SolverError
        If the solver fails or only reaches an inaccurate status.
    """
    if not patterns:
        raise InputError("No sign pattern was given: name one, or ask for pattern=all.")
    return solve_table(make_table(problem, patterns))
