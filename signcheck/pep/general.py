"""The general class (A1, not separable): a convex relaxation, and its exact certificate.

For fixed signs every class member satisfies, at the points x_0, ..., x_{T-1}, L0-tent in both
directions, L0-gap and |g_i - g_j|_1 <= L r. These are convex in (f, g), but we do not claim that
values and gradients which satisfy them come from a function: the optimum is an upper bound.

The dual is checked as a linear combination. Each quadratic is first replaced by one of its
tangents (b^2/(4c) >= h b - h^2 c for every h), so that the check is linear in f and g and every
rounding error can be paid for by a tangent of L0-gap.

Source: theory sheet, T9, L0-tent, L0-gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hardinstances.errors import CertificateError, InputError
from signcheck.pep.bound import ZERO
from signcheck.pep.patterns import Pattern, layout
from signcheck.pep.problem import SignProblem
from signcheck.pep.sign_pep import run_solver

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["GeneralCertificate", "general_worst_case", "verify_general"]

GRID = 10**12
# Most entries |pairs of steps| * |coordinates| of the relaxation.
LARGEST = 10_000
# Added to the multipliers of quadratics, which have to carry rounding errors: a tangent of slope k
# that is used with multiplier y costs y k^2.
GAP_LIFT = 1e-9
TENT_LIFT = 1e-10

Pair = tuple[int, int]


@dataclass(frozen=True)
class GeneralCertificate:
    """Multipliers of the relaxation, in normal form (lengths eta, values Delta).

    Attributes
    ----------
    problem, patterns
        Method and one sign pattern a coordinate.
    bound
        On min_t |grad f(x_t)|_1, in units of Delta/eta.
    weights
        w_t >= 0, summing to one.
    tents
        For ordered pairs (i, j): (u, h), multiplier and tangent of
        f_j <= f_i + <g_i + g_j, D>/2 + kappa r^2/4 - <g_i - g_j, D>^2/(4 kappa r^2).
    gaps
        For every t: (y, k), multiplier and tangent of f_t >= |g_t|_1^2/(2 kappa).
    distances
        For pairs i < j: z in R^d, the multiplier of |g_i - g_j|_1 <= kappa r.
    """

    problem: SignProblem
    patterns: tuple[Pattern, ...]
    bound: Fraction
    weights: tuple[Fraction, ...]
    tents: dict[Pair, tuple[Fraction, Fraction]]
    gaps: tuple[tuple[Fraction, Fraction], ...]
    distances: dict[Pair, tuple[Fraction, ...]]

    @property
    def value(self) -> float:
        """The bound in the user's units."""
        return float(self.bound) * self.problem.unit


@dataclass(frozen=True)
class _Geometry:
    """Displacements D = x_j - x_i (one entry a coordinate) and r = |D|_oo for pairs i < j."""

    displacement: dict[Pair, tuple[Fraction, ...]]
    radius: dict[Pair, Fraction]


def _geometry(problem: SignProblem, patterns: Sequence[Pattern]) -> _Geometry:
    paths = []
    for pattern in patterns:
        places = layout(pattern.steps, problem.steps)
        paths.append([places.points[k] for k in places.visits])
    moves: dict[Pair, tuple[Fraction, ...]] = {}
    for i in range(problem.horizon):
        for j in range(i + 1, problem.horizon):
            moves[i, j] = tuple(path[j] - path[i] for path in paths)
    return _Geometry(moves, {pair: max(abs(x) for x in move) for pair, move in moves.items()})


def _coefficients(
    certificate: GeneralCertificate, geometry: _Geometry
) -> tuple[list[Fraction], list[list[Fraction]], Fraction]:
    """What multiplies f_t, what multiplies g_{t,i}, and the constant, in the combination."""
    problem, d = certificate.problem, len(certificate.patterns)
    values = [y for y, _ in certificate.gaps]
    slopes = [
        [(w - y * k) * p.gradients[t] for p in certificate.patterns]
        for t, (w, (y, k)) in enumerate(zip(certificate.weights, certificate.gaps, strict=True))
    ]
    constant = sum((y * k * k * problem.kappa / 2 for y, k in certificate.gaps), ZERO)
    for (i, j), (u, h) in certificate.tents.items():
        forward = i < j
        move = geometry.displacement[(i, j) if forward else (j, i)]
        radius = geometry.radius[(i, j) if forward else (j, i)]
        values[i] += u
        values[j] -= u
        if u == 0:
            continue
        constant += u * problem.kappa * radius * radius * (Fraction(1, 4) + h * h)
        turn = u if forward else -u
        first, second = turn * (Fraction(1, 2) - h), turn * (Fraction(1, 2) + h)
        for c in range(d):
            slopes[i][c] += first * move[c]
            slopes[j][c] += second * move[c]
    for (i, j), z in certificate.distances.items():
        constant += max(map(abs, z)) * problem.kappa * geometry.radius[i, j]
        for c in range(d):
            slopes[i][c] -= z[c]
            slopes[j][c] += z[c]
    return values, slopes, constant


def _check_signs(certificate: GeneralCertificate) -> None:
    problem, d = certificate.problem, len(certificate.patterns)
    if problem.beta is not None:
        raise CertificateError("The general relaxation covers SignSGD only.")
    if len(certificate.weights) != problem.horizon or len(certificate.gaps) != problem.horizon:
        raise CertificateError(f"The certificate does not have T = {problem.horizon} levels.")
    multipliers = [*certificate.weights, *(y for y, _ in certificate.gaps)]
    multipliers += [u for u, _ in certificate.tents.values()]
    if any(m < 0 for m in multipliers) or sum(certificate.weights, ZERO) != 1:
        raise CertificateError("A multiplier is negative, or the level weights do not sum to one.")
    if any(len(z) != d for z in certificate.distances.values()):
        raise CertificateError(f"A distance multiplier does not have d = {d} entries.")


def verify_general(certificate: GeneralCertificate) -> Fraction:
    """Check a certificate of the relaxation exactly and return its bound (units of Delta/eta).

    Raises
    ------
    CertificateError
        If a multiplier is negative or the combination does not prove the bound.
    """
    _check_signs(certificate)
    geometry = _geometry(certificate.problem, certificate.patterns)
    values, slopes, constant = _coefficients(certificate, geometry)
    if values[0] < 0 or any(values[1:]):
        raise CertificateError("The function values do not cancel in the combination.")
    for t, row in enumerate(slopes):
        for pattern, entry in zip(certificate.patterns, row, strict=True):
            if pattern.gradients[t] * entry > 0:
                raise CertificateError(
                    f"The slope of coordinate {pattern.text} at step {t} is left over "
                    f"with {float(pattern.gradients[t] * entry):.3g} > 0."
                )
    proved = values[0] + constant
    if proved > certificate.bound:
        raise CertificateError(
            f"The multipliers prove {float(proved):.15g} Delta/eta, "
            f"not the {float(certificate.bound):.15g} claimed."
        )
    return certificate.bound


@dataclass
class _Float:
    """Optimum of the relaxation in floating point, already in normal form."""

    weights: NDArray[np.float64]
    gap_duals: NDArray[np.float64]
    gap_tangents: NDArray[np.float64]
    tents: dict[Pair, tuple[float, float]]
    distances: dict[Pair, NDArray[np.float64]]


def _solve(problem: SignProblem, patterns: Sequence[Pattern], geometry: _Geometry) -> _Float:
    import cvxpy as cp
    import numpy as np

    T, d, h = problem.horizon, len(patterns), float(problem.kappa) ** 0.5
    signs = np.array([p.gradients for p in patterns], float).T
    f, g, tau = cp.Variable(T), cp.Variable((T, d)), cp.Variable()
    pairs = list(geometry.radius)
    level, total = cp.sum(cp.multiply(signs, g), axis=1), cp.Variable(T)
    rows: dict[str, Any] = {
        "gap": f[0] <= 1,
        "signs": cp.multiply(signs, g) >= 0,
        "same level": total == level,
        "gaps": f >= cp.square(total) / 2,
        "level": level >= tau,
    }
    if pairs:
        first, second = (np.array([pair[k] for pair in pairs]) for k in (0, 1))
        move = h * np.array([[float(x) for x in geometry.displacement[p]] for p in pairs])
        radius = h * np.array([float(geometry.radius[p]) for p in pairs])
        change = g[first] - g[second]
        along = cp.sum(cp.multiply(move, change), axis=1)
        middle = cp.sum(cp.multiply(move, g[first] + g[second]), axis=1) / 2
        # A variable of its own for each quadratic: the multiplier of its definition is the slope
        # of the tangent, consistent with the other multipliers where the primal value is not.
        same = cp.Variable(len(pairs))
        rows["same along"] = same == along
        tent = radius**2 / 4 - cp.multiply(1 / (4 * radius**2), cp.square(same))
        spread = cp.Variable((len(pairs), d))
        rows["up"] = f[second] - f[first] - middle <= tent
        rows["down"] = f[first] - f[second] + middle <= tent
        rows["plus"], rows["minus"] = change <= spread, -change <= spread
        rows["radius"] = cp.sum(spread, axis=1) <= radius
    run_solver(cp.Problem(cp.Maximize(tau), list(rows.values())))

    def dual(name: str) -> Any:
        return np.maximum(np.asarray(rows[name].dual_value, float), 0.0)

    tents: dict[Pair, tuple[float, float]] = {}
    distances: dict[Pair, Any] = {}
    if pairs:
        up, down = h * dual("up") + TENT_LIFT, h * dual("down") + TENT_LIFT
        slope = np.abs(np.asarray(rows["same along"].dual_value)) * h / (up + down)
        slope = slope * np.sign(np.asarray(along.value))
        for k, (i, j) in enumerate(pairs):
            tents[i, j], tents[j, i] = (up[k], slope[k]), (down[k], slope[k])
            distances[i, j] = dual("plus")[k] - dual("minus")[k]
    gaps = h * dual("gaps") + GAP_LIFT
    tangents = np.abs(np.asarray(rows["same level"].dual_value)) / gaps
    return _Float(dual("level"), gaps, tangents, tents, distances)


def _grid(value: float) -> Fraction:
    return Fraction(round(value * GRID), GRID)


def _repair(found: _Float, problem: SignProblem, patterns: Sequence[Pattern]) -> GeneralCertificate:
    """Round, make the values cancel, and pay for every slope that is left over."""
    geometry = _geometry(problem, patterns)
    raw = [_grid(max(w, 0.0)) for w in found.weights]
    weights = tuple(w / sum(raw, ZERO) for w in raw)
    tents = {pair: (_grid(u), _grid(h)) for pair, (u, h) in found.tents.items()}
    gaps = [(_grid(y), _grid(k)) for y, k in zip(found.gap_duals, found.gap_tangents, strict=True)]
    zs = {pair: tuple(_grid(float(x)) for x in z) for pair, z in found.distances.items()}

    def draft() -> GeneralCertificate:
        return GeneralCertificate(problem, tuple(patterns), ZERO, weights, tents, tuple(gaps), zs)

    values, _, _ = _coefficients(draft(), geometry)
    for t in range(1, problem.horizon):
        y, k = gaps[t]
        if values[t] < 0:
            gaps[t] = (y - values[t], k)
        elif values[t] > 0:
            u, h = tents[0, t]
            tents[0, t] = (u + values[t], h)
    _, slopes, _ = _coefficients(draft(), geometry)
    for t, row in enumerate(slopes):
        left = max(p.gradients[t] * c for p, c in zip(patterns, row, strict=True))
        y, k = gaps[t]
        gaps[t] = (y, k + max(left, ZERO) / y)
    values, _, constant = _coefficients(draft(), geometry)
    bound = values[0] + constant
    short = Fraction(-(-bound.numerator * GRID // bound.denominator), GRID)
    done = draft()
    return GeneralCertificate(
        problem, done.patterns, short, done.weights, done.tents, done.gaps, done.distances
    )


def general_worst_case(problem: SignProblem, patterns: Sequence[Pattern]) -> GeneralCertificate:
    """A verified upper bound over the general A1 class, coordinates following ``patterns``.

    With all 2^(T-1) patterns it holds in any dimension, for every function along whose run no
    coordinate of the gradient vanishes: equal patterns merge (their gradients add), and
    coordinates that are absent only tighten the constraints. The sign 0 is not covered, since a
    coordinate that pauses has another path.

    Raises
    ------
    InputError
        For Signum, and where the relaxation would be too large.
    SolverError, CertificateError
        If the solver or the exact check fails.
    """
    T, d = problem.horizon, len(patterns)
    if problem.beta is not None:
        raise InputError("The general A1 relaxation is for SignSGD: leave beta out.")
    if not patterns or any(len(p.steps) != T for p in patterns):
        raise InputError(f"The general relaxation needs full patterns of T = {T} signs.")
    if T * (T - 1) // 2 * d > LARGEST:
        raise InputError(
            f"T = {T} with {d} patterns is too large for the general relaxation: "
            f"give fewer patterns, or T <= 9 with all of them."
        )
    geometry = _geometry(problem, patterns)
    still = [pair for pair, radius in geometry.radius.items() if radius == 0]
    if still:
        raise InputError(
            f"All patterns meet again at the steps {still[0]}: the points coincide, so add a "
            "coordinate that tells them apart (for instance the pattern constant)."
        )
    certificate = _repair(_solve(problem, patterns, geometry), problem, patterns)
    verify_general(certificate)
    return certificate
