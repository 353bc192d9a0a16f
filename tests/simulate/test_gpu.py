"""Run the GPU engine's cases through Triton's interpreter, on the CPU: no GPU is used here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
