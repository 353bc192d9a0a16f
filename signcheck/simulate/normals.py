"""Compiled Box-Muller transform: rows of words to rows of normals, by polynomials that vectorise.

The same pairing as :mod:`hardinstances.rng` (words 0 and 1 of a block give the normals of its
steps 0 and 1, words 2 and 3 the others) and the same numbers to a few units in the last place.

Logarithm: with m = 2^-e v in [sqrt(1/2), sqrt(2)) and s = (m-1)/(m+1), log m is twice the series of
artanh s, where |s| <= 0.1716: eleven terms leave less than 1e-17. Sine and cosine: the angle is
reduced exactly to an eighth of a turn, where Taylor polynomials of degree 17 and 16 leave less
than 1e-16.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from signcheck.simulate.jit import jit

_SINE = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in range(9))
_COSINE = tuple((-1.0) ** k / math.factorial(2 * k) for k in range(9))
_ARTANH = tuple(1.0 / (2 * k + 1) for k in range(11))


@cache
def normal_rows() -> Any:
    """Compiled ``(words, normals, scratch)``: uint32 (4, n) to float64 (4, n); scratch (2, n)."""
    pair = _pair()

    def rows(words: Any, normals: Any, scratch: Any) -> None:
        for k in range(0, 4, 2):
            pair(words[k], words[k + 1], normals[k], normals[k + 1], scratch[0], scratch[1])

    return jit(rows)


@cache
def _pair() -> Any:
    log, turn = _logarithm(), _circle()

    def pair(first: Any, second: Any, z0: Any, z1: Any, u: Any, m: Any) -> None:
        log(first, u, m)
        for i in range(u.size):
            radius = math.sqrt(-2.0 * u[i])
            cosine, sine = turn((np.float64(second[i]) + 0.5) * 2.0**-32)
            z0[i] = radius * cosine
            z1[i] = radius * sine

    return jit(pair, fastmath={"contract"})


@cache
def _logarithm() -> Any:
    """Compiled ``(words, out, scratch)``: log((word + 1/2)/2^32)."""
    coefficients, ln2 = _ARTANH, math.log(2.0)
    mantissa, one = np.int64(0x000FFFFFFFFFFFFF), np.int64(0x3FF0000000000000)
    root2 = math.sqrt(2.0)

    def log(words: Any, out: Any, scratch: Any) -> None:
        for i in range(out.size):
            scratch[i] = np.float64(words[i]) + 0.5
        bits = scratch.view(np.int64)
        for i in range(out.size):
            out[i] = np.float64((bits[i] >> 52) - 1023 - 32)
            bits[i] = (bits[i] & mantissa) | one
        for i in range(out.size):
            m, e = scratch[i], out[i]
            high = m > root2
            m = 0.5 * m if high else m
            e = e + 1.0 if high else e
            s = (m - 1.0) / (m + 1.0)
            z = s * s
            p = coefficients[10]
            for k in range(9, -1, -1):
                p = p * z + coefficients[k]
            out[i] = e * ln2 + 2.0 * s * p

    return jit(log, fastmath={"contract"})


@cache
def _circle() -> Any:
    """Compiled: cosine and sine of 2 pi times a number in [0, 1)."""
    sines, cosines, tau = _SINE, _COSINE, 2.0 * math.pi

    def circle(turn: Any) -> Any:
        quarter = np.floor(4.0 * turn + 0.5)
        angle = tau * (turn - 0.25 * quarter)
        z = angle * angle
        s, c = sines[8], cosines[8]
        for k in range(7, -1, -1):
            s, c = s * z + sines[k], c * z + cosines[k]
        s = s * angle
        # Quarters 0..4 rotate (c, s) by a right angle each; 4 is 0 again.
        odd = (quarter == 1.0) | (quarter == 3.0)
        cosine, sine = (s if odd else c), (c if odd else s)
        cosine = -cosine if (quarter == 1.0) | (quarter == 2.0) else cosine
        sine = -sine if (quarter == 2.0) | (quarter == 3.0) else sine
        return cosine, sine

    return jit(circle, fastmath={"contract"})
