"""The Triton kernels as machine code for an H100, made without one: only running needs the GPU."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from signcheck.simulate.gpu import LANES, WARPS

pytestmark = pytest.mark.slow

H100 = ("cuda", 90, 32)
ARRAYS = ("points", "momenta", "tables", "period", "sigmas", "numbers", "sums")
COUNTS = ("n", "copies", "first", "last", "threshold", "stream")
SHAPES = [(1, False), (2, True), (3, False), (4, False)]


def compiled(kernel: Any, signature: dict[str, str], built_in: dict[str, Any]) -> bytes:
    """What ptxas makes of a kernel."""
    triton = pytest.importorskip("triton", reason="Triton comes with the extra `gpu`")
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    source = ASTSource(fn=kernel, signature=signature, constexprs=built_in)
    options = {"enable_fp_fusion": False, "num_warps": WARPS}
    made = triton.compile(source, target=GPUTarget(*H100), options=options)
    return bytes(made.asm["cubin"])


def machine_code(real: str, ones: tuple[str, ...] = (), **constants: Any) -> bytes:
    """The engine's loop; ``ones`` are arguments that are 1, which Triton builds in."""
    pytest.importorskip("triton", reason="Triton comes with the extra `gpu`")
    from signcheck.simulate.triton_kernels import steps_of_a_tile

    size = int(real.removeprefix("fp")) // 8
    built_in = {"QUADS": 4, "C": LANES * 4 // size, "R": 1, "FLAT": 0, "PLAIN": 0, **constants}
    built_in |= dict.fromkeys(ones, 1)
    kinds = {
        **dict.fromkeys(ARRAYS, f"*{real}"), **dict.fromkeys(("coordinates", "keys"), "*i64"),
        **dict.fromkeys(COUNTS, "i64"), **dict.fromkeys(built_in, "constexpr"),
    }  # fmt: skip
    signature = {name: kinds[name] for name in steps_of_a_tile.arg_names}
    return compiled(steps_of_a_tile, signature, built_in)


@pytest.mark.parametrize("real", ["fp32", "fp64"])
@pytest.mark.parametrize(("noise", "rule"), [*itertools.product(range(4), range(4))])
def test_every_loop_compiles(real: str, noise: int, rule: int) -> None:
    pieces, periodic = SHAPES[(noise + rule) % 4]
    code = machine_code(
        real, NOISE=noise, RULE=rule, MOMENTUM=rule in (1, 3), PIECES=pieces, PERIODIC=periodic,
        PARTIAL=noise % 2 == 0,
    )  # fmt: skip
    assert code.startswith(b"\x7fELF")


@pytest.mark.parametrize("one", [*COUNTS, "all"])
def test_an_argument_that_is_one_is_no_special_case(one: str) -> None:
    """Triton hands such an argument over as a plain number; seed 1 is one."""
    ones = COUNTS if one == "all" else (one,)
    shape = {"NOISE": 1, "RULE": 0, "MOMENTUM": False, "PIECES": 3, "PERIODIC": False}
    assert machine_code("fp32", ones, PARTIAL=True, **shape).startswith(b"\x7fELF")


@pytest.mark.parametrize("name", ["chains", "words"])
def test_what_measures_the_ceilings_compiles(name: str) -> None:
    pytest.importorskip("triton", reason="Triton comes with the extra `gpu`")
    from benchmarks import ceiling_kernels

    kernel = getattr(ceiling_kernels, name)
    signature = {"out": "*fp32", "repeats": "i32", "LANES": "constexpr"}
    assert compiled(kernel, signature, {"LANES": 1024}).startswith(b"\x7fELF")
