"""Triton kernels that only compute: multiply-adds, and random words."""

# Triton reads annotations as the types of kernel arguments, so only its own stand here.
# ruff: noqa: ANN001, ANN201

import triton
import triton.language as tl

from signcheck.simulate.triton_kernels import philox

FLOPS = 64
"""Operations of a lane in one repeat of :func:`chains`."""


@triton.jit
def chains(out, repeats, LANES: tl.constexpr):
    """32 multiply-adds a repeat, in four independent chains."""
    at = tl.program_id(0) * LANES + tl.arange(0, LANES)
    a = tl.load(out + at)
    b, c, d = a + 1.0, a + 2.0, a + 3.0
    for _ in range(repeats):
        for _ in tl.static_range(8):
            a = tl.fma(a, 0.999, 0.001 + tl.zeros_like(a))
            b = tl.fma(b, 0.999, 0.001 + tl.zeros_like(b))
            c = tl.fma(c, 0.999, 0.001 + tl.zeros_like(c))
            d = tl.fma(d, 0.999, 0.001 + tl.zeros_like(d))
    tl.store(out + at, a + b + c + d)


@triton.jit
def words(out, repeats, LANES: tl.constexpr):
    """Four words of Philox4x32-10 a repeat, folded into one."""
    lane = tl.arange(0, LANES).to(tl.int64)
    at = tl.program_id(0) * LANES + lane
    folded = tl.zeros([LANES], tl.uint32)
    for k in range(repeats):
        w0, w1, w2, w3 = philox(at, tl.zeros([LANES], tl.int64) + k, lane, tl.program_id(0))
        folded = folded ^ w0 ^ w1 ^ w2 ^ w3
    tl.store(out + at, folded.to(tl.float32))
