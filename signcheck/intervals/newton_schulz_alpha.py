"""alpha_NS(r): the least <G, O>/|G|_* of a Newton-Schulz step over matrices of rank at most r.

With singular values s_i >= 0 and sum s_i^2 = 1 (G over its Frobenius norm) and the minorant
m(s) = min(level, slope s), alpha(r) is the minimum of sum s_i m(s_i)/sum s_i. Let sigma^2 be the
sum of s_i^2 over the s_i above the knee and w^2 = 1 - sigma^2. The s_i above the knee sum to at
least sigma, those below to at most sqrt(n) w, where n = r - 1 if at least one is above. So
sum s_i m(s_i) >= rho sum s_i as soon as

    rho (sigma + sqrt(n) w) <= level sigma + slope w^2    for all sigma^2 + w^2 = 1,

and rho sqrt(r) <= slope, for the matrices without a value above the knee. One large and n equal
small values attain it. With w = 2 t/(1 + t^2) the quotient of the two sides is rational in t.

Source: theory sheet, T10.
"""

from __future__ import annotations

import heapq
from fractions import Fraction
from itertools import count

import flint

from hardinstances.errors import InputError, ProofError
from signcheck.intervals.newton_schulz import PRECISION, Minorant, ball, number

__all__ = ["MAX_RANK", "alpha", "check_rank"]

MAX_RANK = 2**24
TOLERANCE = Fraction(1, 10**8)
CELLS = 200_000


def _sides(m: Minorant, root: flint.arb, t: flint.arb) -> tuple[flint.arb, flint.arb]:
    """level sigma + slope w^2 and sigma + sqrt(n) w, both times (1 + t^2)^2."""
    square = t * t
    fourth = square * square
    above = number(m.level) * (1 - fourth) + 4 * number(m.slope) * square
    return above, (1 - fourth) + 2 * root * t * (1 + square)


def _slopes(m: Minorant, root: flint.arb, t: flint.arb) -> tuple[flint.arb, flint.arb]:
    cube = t * t * t
    above = -4 * number(m.level) * cube + 8 * number(m.slope) * t
    return above, -4 * cube + 2 * root * (1 + 3 * t * t)


def _quotient(m: Minorant, root: flint.arb, low: Fraction, high: Fraction) -> flint.arb:
    """Enclosure of the quotient on [low, high], by the mean value form."""
    whole, middle = ball(low, high), number((low + high) / 2)
    above, below = _sides(m, root, whole)
    up, down = _slopes(m, root, whole)
    at_above, at_below = _sides(m, root, middle)
    slope = (up * below - above * down) / (below * below)
    return at_above / at_below + slope * (whole - middle)


def check_rank(rank: int) -> None:
    """Raises InputError unless the rank is an integer from 1 to 2^24."""
    if isinstance(rank, bool) or not isinstance(rank, int) or not 1 <= rank <= MAX_RANK:
        raise InputError(f"The rank must be an integer from 1 to {MAX_RANK}, got {rank!r}.")


def alpha(minorant: Minorant, rank: int) -> flint.arb:
    """Enclosure of alpha(r), about 1e-8 wide.

    Parameters
    ----------
    minorant
        Of the schedule.
    rank
        r, the largest rank, an integer from 1 to 2^24.

    Raises
    ------
    InputError
        If the rank is out of range.
    ProofError
        If the minimum is not enclosed.
    """
    check_rank(rank)
    with flint.ctx.workprec(PRECISION):
        level = number(minorant.level)
        if rank == 1:
            return level
        found = _minimum(minorant, flint.arb(rank - 1).sqrt())
        flat = number(minorant.slope) / flint.arb(rank).sqrt()
        # Without a value above the knee all are equal: only a large rank allows that.
        return found.min(flat) if rank * minorant.knee**2 >= 1 else found


def _minimum(m: Minorant, root: flint.arb) -> flint.arb:
    order = count()
    best: flint.arb = number(m.level)
    queue = [(flint.arb.neg_inf(), next(order), Fraction(0), Fraction(1))]
    while queue:
        low, _, a, b = heapq.heappop(queue)
        if low.is_finite() and best.upper() - low <= number(TOLERANCE):
            return low.union(best.upper())
        if next(order) > CELLS:
            break
        middle = (a + b) / 2
        above, below = _sides(m, root, number(middle))
        best = best.min(above / below)
        for ends in ((a, middle), (middle, b)):
            found = _quotient(m, root, *ends)
            lower = found.lower() if found.is_finite() else flint.arb.neg_inf()
            heapq.heappush(queue, (lower, next(order), *ends))
    raise ProofError("The minimum over the singular values is not enclosed.")
