"""The primal, rebuilt into a real function in exact rationals and played exactly.

Given slopes g_k at the points of a column and its curvature l, the function with the smallest gap
goes, away from the start, up as much as l allows on every interval: f' is piecewise linear with
slopes +-l, so f is piecewise quadratic. Its knots, its gap and its curvature are rational, and
scaling (f, g, l) jointly makes it fit the class. What the method then does on it is computed,
not assumed.

Source: theory sheet, T9 (up-down-up paths between neighbours).
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hardinstances.errors import CertificateError
from signcheck.pep.bound import ZERO
from signcheck.pep.patterns import Layout, Pattern
from signcheck.pep.problem import SignProblem

__all__ = ["Instance", "Run", "SlopeFunction", "worst_slope"]


@dataclass(frozen=True)
class SlopeFunction:
    """A function of one variable through its derivative: linear between knots, 0 outside.

    Attributes
    ----------
    knots
        Increasing positions (units of eta); the derivative is 0 at the first and the last.
    values
        The derivative there (units of Delta/eta).
    """

    knots: tuple[Fraction, ...]
    values: tuple[Fraction, ...]

    def derivative(self, x: Fraction) -> Fraction:
        """f'(x)."""
        k = bisect.bisect_right(self.knots, x)
        if k in {0, len(self.knots)}:
            return ZERO
        left, right = self.knots[k - 1], self.knots[k]
        a, b = self.values[k - 1], self.values[k]
        return a + (b - a) * (x - left) / (right - left)

    @property
    def curvature(self) -> Fraction:
        """Best Lipschitz constant of f' (units of Delta/eta^2); raises if f' jumps."""
        if any(b <= a for a, b in itertools.pairwise(self.knots)):
            raise CertificateError("The knots of a rebuilt function are not increasing.")
        if self.values[0] != 0 or self.values[-1] != 0:
            raise CertificateError("A rebuilt function does not level off at its ends.")
        steps = zip(itertools.pairwise(self.values), itertools.pairwise(self.knots), strict=True)
        return max(abs(b - a) / (right - left) for (a, b), (left, right) in steps)

    def value(self, x: Fraction) -> Fraction:
        """f(x) with f = 0 left of all knots (units of Delta)."""
        total, here = ZERO, self.knots[0]
        for knot in [*(k for k in self.knots if here < k < x), max(x, here)]:
            total += (self.derivative(here) + self.derivative(knot)) * (knot - here) / 2
            here = knot
        return total

    def infimum(self) -> Fraction:
        """The minimum over the line, at a knot or where f' changes sign."""
        lowest, total = ZERO, ZERO
        for (left, right), (a, b) in zip(
            itertools.pairwise(self.knots), itertools.pairwise(self.values), strict=True
        ):
            if a < 0 < b:
                lowest = min(lowest, total - a * a * (right - left) / (2 * (b - a)))
            total += (a + b) * (right - left) / 2
            lowest = min(lowest, total)
        return lowest

    def scaled(self, factor: Fraction) -> SlopeFunction:
        """``factor * f``."""
        return SlopeFunction(self.knots, tuple(factor * v for v in self.values))


def worst_slope(places: Layout, slopes: Sequence[Fraction], curvature: Fraction) -> SlopeFunction:
    """The function of least gap with these slopes at these points.

    Parameters
    ----------
    places
        Points and start.
    slopes
        f' at ``places.points``.
    curvature
        l > 0 with ``|slopes[k+1] - slopes[k]| <= l * distance``.

    Raises
    ------
    CertificateError
        If the curvature does not allow the slopes.
    """
    first, last = slopes[0], slopes[-1]
    points = places.points
    knots: list[tuple[Fraction, Fraction]] = [(points[0] - abs(first) / curvature, ZERO)]
    for k, r in enumerate(places.distances):
        a, b = slopes[k], slopes[k + 1]
        outward = 1 if k >= places.start else -1
        rise = (r + outward * (b - a) / curvature) / 2
        if not 0 <= rise <= r:
            raise CertificateError(
                f"Slopes {float(a)} and {float(b)} at distance {float(r)} need more curvature "
                f"than {float(curvature)}."
            )
        knots += [(points[k], a), (points[k] + rise, a + outward * curvature * rise)]
    knots += [(points[-1], last), (points[-1] + abs(last) / curvature, ZERO)]
    merged = dict(knots)
    ordered = sorted(merged)
    return SlopeFunction(tuple(ordered), tuple(merged[position] for position in ordered))


@dataclass(frozen=True)
class Run:
    """What the method did on an instance, exactly.

    Attributes
    ----------
    levels
        |grad f(x_t)|_1 for t < T, in units of Delta/eta.
    patterns
        The signs that were played, one pattern a coordinate.
    ties
        Pairs (t, coordinate) where the sign of 0 was taken and broken as asked for.
    smallest
        The least |g_{t,i}| that was not a tie.
    """

    levels: tuple[Fraction, ...]
    patterns: tuple[Pattern, ...]
    ties: tuple[tuple[int, int], ...]
    smallest: Fraction


def _sign(x: Fraction) -> int:
    return (x > 0) - (x < 0)


@dataclass(frozen=True)
class Instance:
    """A separable function of the class, f(x) = sum_i f_i(x_i), started at 0.

    Attributes
    ----------
    problem
        Method, stepsizes and class.
    patterns
        The signs that coordinate i was built for.
    functions
        f_i in normal form.
    """

    problem: SignProblem
    patterns: tuple[Pattern, ...]
    functions: tuple[SlopeFunction, ...]

    @property
    def curvature(self) -> Fraction:
        """sum of l_i, the best A1 constant (units of Delta/eta^2, to compare with kappa)."""
        return sum((f.curvature for f in self.functions), ZERO)

    @property
    def gap(self) -> Fraction:
        """f(0) - inf f (units of Delta)."""
        return sum((f.value(ZERO) - f.infimum() for f in self.functions), ZERO)

    def verify(self) -> None:
        """Check membership in the class exactly.

        Raises
        ------
        CertificateError
            If the curvature or the gap exceeds its budget.
        """
        if self.curvature > self.problem.kappa:
            raise CertificateError(
                f"The rebuilt function has curvature {float(self.curvature)}, above "
                f"kappa = {float(self.problem.kappa)}."
            )
        if self.gap > 1:
            raise CertificateError(f"The rebuilt function has gap {float(self.gap)} Delta > Delta.")

    def play(self, *, break_ties: bool = False) -> Run:
        """Run the method on the function in exact rationals, from x_0 = 0.

        Parameters
        ----------
        break_ties
            Whether sign(0) is taken from the pattern (scope ``"all"``) instead of 0.
        """
        problem = self.problem
        levels = [ZERO] * problem.horizon
        played: list[Pattern] = []
        ties: list[tuple[int, int]] = []
        smallest: list[Fraction] = []
        for i, (pattern, f) in enumerate(zip(self.patterns, self.functions, strict=True)):
            x, past, signs = ZERO, [], []
            for t in range(problem.horizon):
                slope = f.derivative(x)
                past.append(slope)
                direction = sum(
                    (w * g for w, g in zip(problem.momentum_weights(t), past, strict=True)), ZERO
                )
                sign = _sign(direction)
                if sign == 0 and break_ties:
                    sign = pattern.steps[t]
                    ties.append((t, i))
                elif slope != 0:
                    smallest.append(abs(slope))
                signs.append(sign)
                levels[t] += abs(slope)
                if t + 1 < problem.horizon:
                    x -= sign * problem.steps[t]
            played.append(Pattern(tuple(signs), tuple(_sign(g) for g in past)))
        return Run(tuple(levels), tuple(played), tuple(ties), min(smallest, default=ZERO))
