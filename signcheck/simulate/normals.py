"""Compiled Box-Muller transform: rows of words to rows of normals, by polynomials that vectorise.

The same pairing as :mod:`hardinstances.rng` (words 0 and 1 of a block give the normals of its
steps 0 and 1, words 2 and 3 the others) and the same numbers to rounding, in either precision.

Logarithm: u = 2^e m with m in [sqrt(1/2), sqrt(2)) and s = (m-1)/(m+1), so log m is twice the
series of artanh s, where |s| <= 0.1716. For e = 0 the numerator is taken from the word's
complement, which is exact where u is close to 1. Sine and cosine: integers reduce the angle to an
eighth of a turn, where Taylor polynomials do. The terms left out are below half a unit in the last
place: artanh s after s^21 (float64) and s^7 (float32), sine after x^17 and x^9, cosine after x^16
and x^10.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from signcheck.simulate.jit import jit


@dataclass(frozen=True)
class _Format:
    """A floating point format: its types, bit layout and numbers of terms."""

    real: Any
    signed: Any
    exponent_shift: int
    bias: int
    log_terms: int
    sine_terms: int
    cosine_terms: int


_FORMATS = {
    "float64": _Format(np.float64, np.int64, 52, 1023, 11, 9, 9),
    "float32": _Format(np.float32, np.int32, 23, 127, 4, 5, 6),
}


@cache
def normal_rows(dtype: str) -> Any:
    """Compiled ``(words, normals, scratch)``: uint32 (4, n) to reals (4, n); scratch (2, n)."""
    log, finish = _logarithm(dtype), _finish(dtype)

    def rows(words: Any, normals: Any, scratch: Any) -> None:
        for k in range(0, 4, 2):
            log(words[k], scratch[0], scratch[1])
            finish(words[k + 1], scratch[0], normals[k], normals[k + 1])

    return jit(rows)


@cache
def _logarithm(dtype: str) -> Any:
    """Compiled ``(words, out, scratch)``: log((word + 1/2)/2^32)."""
    form = _FORMATS[dtype]
    real, signed = form.real, form.signed
    coefficients = tuple(real(1.0 / (2 * k + 1)) for k in range(form.log_terms))
    last = form.log_terms - 1
    mantissa, one = signed((1 << form.exponent_shift) - 1), signed(form.bias << form.exponent_shift)
    shift, bias = signed(form.exponent_shift), signed(form.bias + 32)
    half, unit, two, root2 = real(0.5), real(1.0), real(2.0), real(math.sqrt(2.0))
    ln2, tiny, zero = real(math.log(2.0)), real(2.0**-32), real(0.0)

    def log(words: Any, out: Any, scratch: Any) -> None:
        for i in range(out.size):
            scratch[i] = real(words[i]) + half
        bits = scratch.view(signed)
        for i in range(out.size):
            out[i] = real((bits[i] >> shift) - bias)
            bits[i] = (bits[i] & mantissa) | one
        for i in range(out.size):
            high = scratch[i] > root2
            m = scratch[i] * half if high else scratch[i]
            e = out[i] + unit if high else out[i]
            rest = real(np.uint32(~words[i])) + half
            s = (-rest * tiny if e == zero else m - unit) / (m + unit)
            z = s * s
            p = coefficients[last]
            for k in range(last - 1, -1, -1):
                p = p * z + coefficients[k]
            out[i] = e * ln2 + two * s * p

    return jit(log, fastmath={"contract"})


@cache
def _finish(dtype: str) -> Any:
    """Compiled ``(words, logs, z0, z1)``: sqrt(-2 log) times cosine and sine of the angle."""
    form = _FORMATS[dtype]
    real = form.real
    sines = tuple(real((-1.0) ** k / math.factorial(2 * k + 1)) for k in range(form.sine_terms))
    cosines = tuple(real((-1.0) ** k / math.factorial(2 * k)) for k in range(form.cosine_terms))
    scale, half, minus_two = real(2.0 * math.pi * 2.0**-32), real(0.5), real(-2.0)
    eighth, turn = np.uint32(2**29), np.uint32(30)

    def finish(words: Any, logs: Any, z0: Any, z1: Any) -> None:
        for i in range(logs.size):
            # A fourth quarter wraps round to the zeroth, and the remainder to a negative angle.
            quarter = np.uint32(words[i] + eighth) >> turn
            angle = (real(np.int32(words[i] - np.uint32(quarter << turn))) + half) * scale
            z = angle * angle
            s = sines[len(sines) - 1]
            for k in range(len(sines) - 2, -1, -1):
                s = s * z + sines[k]
            c = cosines[len(cosines) - 1]
            for k in range(len(cosines) - 2, -1, -1):
                c = c * z + cosines[k]
            s = s * angle
            odd = (quarter & 1) == 1
            cosine, sine = (s if odd else c), (c if odd else s)
            radius = np.sqrt(minus_two * logs[i])
            z0[i] = radius * (-cosine if ((quarter + 1) & 2) == 2 else cosine)
            z1[i] = radius * (-sine if (quarter & 2) == 2 else sine)

    return jit(finish, fastmath={"contract"})
