"""What is asked: a sign method without noise, its stepsizes, the horizon and the class constants.

Everything downstream works in normal form, where all data are rational: lengths in units of the
first stepsize eta, function values in units of Delta, so derivatives in Delta/eta and curvatures
in Delta/eta^2. The class is then given by one number, kappa = L eta^2/Delta, and the familiar
irrational stepsize sqrt(2 Delta/(L T)) is just kappa = 2/T.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hardinstances.errors import InputError

__all__ = ["Number", "SignProblem", "make_problem", "rational"]

Number = int | float | str | Fraction

METHODS = ("signsgd", "signum")
MAX_HORIZON = 400


def rational(value: Number, name: str) -> Fraction:
    """The number as the user wrote it, exactly: 0.1 is 1/10, not the nearest double.

    Raises
    ------
    InputError
        If the value is no finite number.
    """
    try:
        return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise InputError(
            f"{name} = {value!r} is not a finite number: give a decimal or a fraction like 1/3."
        ) from None


def _positive(value: Number, name: str) -> Fraction:
    number = rational(value, name)
    if number <= 0:
        raise InputError(f"{name} = {value} is not positive: give {name} > 0.")
    return number


@dataclass(frozen=True)
class SignProblem:
    """A method with its data; build it with :func:`make_problem`.

    Attributes
    ----------
    horizon
        T: the gradients at x_0, ..., x_{T-1} count.
    L, Delta
        Constants of the class (smoothness in value/length^2, gap in value).
    kappa
        L eta^2/Delta with eta the first stepsize; a pure number.
    steps
        The T-1 stepsizes that matter, in units of eta.
    beta
        Momentum of Signum (m_t = beta m_{t-1} + (1-beta) g_t, m_0 = g_0); None for SignSGD.
    """

    horizon: int
    L: Fraction
    Delta: Fraction
    kappa: Fraction
    steps: tuple[Fraction, ...]
    beta: Fraction | None

    @property
    def method(self) -> str:
        """``"signsgd"`` or ``"signum"``."""
        return "signsgd" if self.beta is None else "signum"

    @property
    def eta(self) -> float:
        """The first stepsize, as a float (its square is rational)."""
        return math.sqrt(self.kappa * self.Delta / self.L)

    @property
    def unit(self) -> float:
        """Delta/eta: multiply a derivative in normal form by it to get value/length."""
        return math.sqrt(self.L * self.Delta / self.kappa)

    @property
    def constant(self) -> bool:
        """Whether all stepsizes that matter are equal."""
        return all(step == 1 for step in self.steps)

    def momentum_weights(self, t: int) -> tuple[Fraction, ...]:
        """Weights of g_0, ..., g_t in the vector whose sign step t takes (scaled for beta = 1-)."""
        if self.beta is None:
            return (*(Fraction(0),) * t, Fraction(1))
        fresh = [(1 - self.beta) * self.beta ** (t - j) for j in range(1, t + 1)]
        return (self.beta**t, *fresh)


def _horizon(T: int) -> int:
    if isinstance(T, bool) or not isinstance(T, int) or T < 1:
        raise InputError(f"T = {T!r} is not a number of steps: give an integer T >= 1.")
    if T > MAX_HORIZON:
        raise InputError(
            f"T = {T} is beyond what this solver was tried on: give T <= {MAX_HORIZON}, "
            "or use the bounds T1 and T2 for long runs."
        )
    return T


def _sequence(eta: Sequence[Number], T: int) -> list[Fraction]:
    """The T-1 stepsizes that matter; a T-th one moves to a point that nobody looks at."""
    if len(eta) not in {T - 1, T} or not eta:
        raise InputError(
            f"{len(eta)} stepsizes for T = {T}: give one number, or T-1 = {max(T - 1, 1)} of them "
            "(the last step of the run does not change the gradients that count)."
        )
    return [_positive(value, f"eta[{t}]") for t, value in enumerate(eta)][: max(T - 1, 1)]


def make_problem(
    T: int,
    *,
    L: Number = 1,
    Delta: Number = 1,
    eta: Number | Sequence[Number] | None = None,
    method: str = "signsgd",
    beta: Number | None = None,
) -> SignProblem:
    """A worst-case problem for a sign method without noise.

    Parameters
    ----------
    T
        Horizon, 1 <= T <= 400.
    L, Delta
        Constants of A1 and A0.
    eta
        One stepsize, a sequence of T-1 or T of them (lengths), or None for sqrt(2 Delta/(L T)).
    method, beta
        ``"signsgd"``, or ``"signum"`` with momentum 0 <= beta < 1 (beta = 0 is SignSGD).

    Raises
    ------
    InputError
        On anything out of range, and on an unsupported method.
    """
    horizon = _horizon(T)
    smooth, gap = _positive(L, "L"), _positive(Delta, "Delta")
    if method not in METHODS:
        raise InputError(
            f"The method {method!r} has no worst-case program here: "
            f"choose one of {', '.join(METHODS)} (both without noise)."
        )
    if (method == "signum") != (beta is not None):
        raise InputError(
            f"beta = {beta} with method {method}: Signum needs beta, SignSGD has none."
        )
    momentum = None if beta is None else rational(beta, "beta")
    if momentum is not None and not 0 <= momentum < 1:
        raise InputError(f"beta = {beta} is outside [0, 1): give a momentum below one.")
    if eta is None:
        kappa, steps = Fraction(2, horizon), [Fraction(1)] * horizon
    elif isinstance(eta, int | float | str | Fraction):
        first = _positive(eta, "eta")
        kappa, steps = smooth * first**2 / gap, [Fraction(1)] * horizon
    else:
        sizes = _sequence(eta, horizon)
        kappa = smooth * sizes[0] ** 2 / gap
        steps = [size / sizes[0] for size in sizes]
    # Momentum 0 is SignSGD, whose patterns are fewer and whose ties are understood.
    return SignProblem(horizon, smooth, gap, kappa, tuple(steps[: horizon - 1]), momentum or None)
