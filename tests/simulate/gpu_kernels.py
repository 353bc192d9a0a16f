"""Triton kernels that show a part of the engine's by itself."""

import triton
import triton.language as tl

from signcheck.simulate.triton_kernels import log_of_unit


@triton.jit
def logarithms(u, out, LANES: tl.constexpr):
    """The logarithm of every entry."""
    at = tl.program_id(0) * LANES + tl.arange(0, LANES)
    value = tl.load(u + at)
    tl.store(out + at, log_of_unit(value, value.dtype))
