"""What the device can do at most, measured: bytes a second, multiply-adds a second, random words.

The first two are the ceilings of the roofline. The generator's own speed is a third: a step with
two-point noise needs one word of it, a step with Gaussian noise one word and half a transform.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

__all__ = ["OPERATIONS", "Ceilings", "measure_ceilings"]

OPERATIONS = {"two-point": 35, "gaussian": 60}
"""Arithmetic operations of our engine a coordinate-step, counted in its source.

Philox: ten rounds of two 32 x 32 bit products (a multiplication and a shift each), four exclusive
ors and two additions make 100 for four words, 25 a word. Slope, sum, noise and step: about 10.
Box and Muller's transform, two normals from two words: about 50 for a pair, 25 each.
"""

_REPEATS = 7


@dataclass(frozen=True)
class Ceilings:
    """Of one device.

    Attributes
    ----------
    bytes_per_second
        Read plus written, in a copy of a large array.
    flops_per_second
        Float32, a multiply-add counts as two.
    words_per_second
        Philox4x32-10 alone; None where it was not measured.
    """

    bytes_per_second: float
    flops_per_second: float
    words_per_second: float | None


def measure_ceilings(device: str) -> Ceilings:
    """The ceilings of ``"cpu"`` (all processors of this process) or ``"cuda"``."""
    return _of_cuda() if device == "cuda" else _of_cpu()


def _median(work: Callable[[], object]) -> float:
    """Median seconds of a call, after one that is not counted."""
    work()
    found = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def _of_cpu() -> Ceilings:
    import numpy as np
    import torch

    from signcheck.simulate.cpu import available_threads

    threads = available_threads()
    source = torch.zeros(2**26)
    target = torch.empty_like(source)
    copying = 2 * 4 * source.numel() / _median(lambda: target.copy_(source))
    chain = _chains()
    generate = _generator()
    rows = [np.ones(512, dtype=np.float32) for _ in range(threads)]
    words = [np.empty((4, 1024), dtype=np.uint32) for _ in range(threads)]
    lanes = np.arange(1024, dtype=np.uint32)

    with ThreadPoolExecutor(threads) as pool:

        def spread(work: Callable[[Any], object], items: list[Any]) -> Callable[[], object]:
            return lambda: list(pool.map(work, items))

        flops = threads * 512 * 16 * 2 * 20_000 / _median(spread(lambda r: chain(r, 20_000), rows))
        drawn = threads * 4 * 1024 * 200 / _median(spread(lambda w: generate(w, lanes, 200), words))
    return Ceilings(copying, flops, drawn)


def _generator() -> Any:
    """Philox alone, as the engine calls it: from a compiled loop."""
    import numpy as np

    from signcheck.simulate.fused import philox_rows
    from signcheck.simulate.jit import jit

    fill = philox_rows()

    def generate(words: Any, lanes: Any, repeats: int) -> None:
        for quad in range(repeats):
            fill(words, lanes, lanes, np.uint64(quad), np.uint64(0))

    return jit(generate)


def _chains() -> Any:
    """Sixteen dependent multiply-adds an entry and repeat; entries are independent."""
    import numpy as np

    from signcheck.simulate.jit import jit

    b, c = np.float32(0.999), np.float32(0.001)

    def chains(x: Any, repeats: int) -> None:
        for _ in range(repeats):
            for i in range(x.size):
                y = x[i]
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                y = y * b + c
                x[i] = y

    return jit(chains, fastmath={"contract"})


def _of_cuda() -> Ceilings:
    import torch

    try:
        from benchmarks import ceiling_kernels
    except ImportError:  # started as a script
        import ceiling_kernels  # type: ignore[no-redef]

    source = torch.zeros(2**28, device="cuda")
    target = torch.empty_like(source)

    def waited(work: Callable[[], object]) -> Callable[[], object]:
        def run() -> None:
            work()
            torch.cuda.synchronize()

        return run

    copying = 2 * 4 * source.numel() / _median(waited(lambda: target.copy_(source)))
    programs, lanes, repeats = 132 * 32, 1024, 256
    out = torch.ones(programs * lanes, device="cuda")
    chains = waited(lambda: ceiling_kernels.chains[(programs,)](out, repeats, LANES=lanes))
    flops = programs * lanes * repeats * ceiling_kernels.FLOPS / _median(chains)
    draws = waited(lambda: ceiling_kernels.words[(programs,)](out, repeats, LANES=lanes))
    return Ceilings(copying, flops, programs * lanes * repeats * 4 / _median(draws))
