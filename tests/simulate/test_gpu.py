"""Run the GPU engine's cases through Triton's interpreter, on the CPU: no GPU is used here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hardinstances import make

CASES = Path(__file__).with_name("gpu_cases.py")


@pytest.mark.slow
def test_the_kernel_agrees_with_the_reference_engine_under_the_interpreter() -> None:
    pytest.importorskip("triton", reason="Triton comes with the extra `gpu`")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", CASES],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        cwd=CASES.parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed, done.stdout
    assert int(passed.group(1)) >= 12


def test_few_points_get_small_tiles_so_that_the_device_is_full() -> None:
    from signcheck.simulate import gpu

    assert gpu._tile(2**22, 4) == (gpu.LANES, gpu.WARPS)
    assert gpu._tile(2**22, 8) == (gpu.LANES // 2, gpu.WARPS)
    for points in (1, 64, 1024, 2**16, 2**18):
        lanes, warps = gpu._tile(points, 8)
        assert 32 <= lanes <= gpu.LANES // 2
        assert lanes == 32 or points / lanes > gpu._TILES / 2
        assert warps == 1 or lanes == gpu.LANES // 2


def layouts(n: int, copies: int) -> list[tuple[tuple[int, ...], tuple[int, int], tuple[int, int]]]:
    """Points, sides of a tile and grid of every block; copies are laid out, nothing is run."""
    torch = pytest.importorskip("torch", reason="torch comes with the extra `gpu`")
    from signcheck.simulate import SignSGD, gpu

    sigma = [0.0, 0.0] + [0.1 / n] * n
    instance = make("signsgd-tight", L=1.0, Delta=1.0, eta=0.1, T=100, sigma=sigma, rho=0.5)
    keys = np.arange(copies)
    run = gpu._Run(
        torch, None, instance, SignSGD(0.1), 1, keys, "float32", "cpu", grouped=True
    )  # fmt: skip
    return [
        (tuple(s.points.shape), (s.shape["C"], s.shape["R"]), gpu._grid(s)) for s in run._states
    ]


@pytest.mark.parametrize(("n", "copies"), [(300, 65_536), (100, 65_535), (1, 70_000), (3, 1)])
def test_tiles_cover_the_points_on_a_grid_that_cuda_launches(n: int, copies: int) -> None:
    """Along its second axis a grid has at most 65,535 programs."""
    found = layouts(n, copies)
    assert (n, copies) in [points for points, _, _ in found]
    for points, tile, grid in found:
        assert grid[1] <= 65_535
        for size, side, programs in zip(points, tile, grid, strict=True):
            assert side.bit_count() == 1
            assert (programs - 1) * side < size <= programs * side


def test_only_copies_beyond_the_grid_widen_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    from signcheck.simulate import gpu

    assert gpu._sides(300, 65_535, 256) == {"C": 256, "R": 1}
    assert gpu._sides(300, 65_536, 256) == {"C": 128, "R": 2}
    assert gpu._sides(4, 65_536, 256) == {"C": 4, "R": 64}
    assert gpu._sides(4, 3, 256) == {"C": 4, "R": 4}
    assert gpu._sides(300, 65_535 * 300, 256) == {"C": 1, "R": 512}
    monkeypatch.setattr(gpu, "_MOST_PROGRAMS", 5)
    assert ((300, 70), (2, 16), (150, 5)) in layouts(300, 70)
