"""The compiled transform against the project's own normals, word by word."""

from __future__ import annotations

import numpy as np
import pytest

from hardinstances.rng import normals
from signcheck.simulate.normals import normal_rows

EXTREME = np.array(
    [0, 1, 2**29 - 1, 2**29, 2**30, 2**31 - 1, 2**31, 3 * 2**30, 2**32 - 2**20, 2**32 - 1],
    dtype=np.uint32,
)
PRECISIONS = [("float64", 2e-15), ("float32", 5e-7)]


def transform(words: np.ndarray, dtype: str) -> np.ndarray:
    out = np.empty(words.shape, dtype)
    normal_rows(dtype)(words, out, np.empty((2, words.shape[1]), dtype))
    return out


def reference(words: np.ndarray) -> np.ndarray:
    wide = words.astype(np.int64)
    return np.stack([*normals(wide[0], wide[1]), *normals(wide[2], wide[3])])


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_every_word_gives_the_projects_normal(dtype: str, tolerance: float) -> None:
    """Relative to the radius of the pair, so that a small radius has to be right, too."""
    random = np.random.default_rng(0).integers(0, 2**32, (4, 100_000), dtype=np.uint32)
    first, second = (grid.ravel() for grid in np.meshgrid(EXTREME, EXTREME))
    for words in (random, np.stack([first, second, second, first])):
        found, expected = transform(words, dtype), reference(words)
        radius = np.repeat(np.hypot(expected[::2], expected[1::2]), 2, axis=0)
        assert np.max(np.abs(found - expected) / radius) < tolerance


def test_moments() -> None:
    words = np.random.default_rng(1).integers(0, 2**32, (4, 250_000), dtype=np.uint32)
    found = transform(words, "float32").astype(np.float64)
    assert abs(found.mean()) < 5e-3
    assert abs(found.var() - 1.0) < 1e-2
    assert abs(np.mean(found[0] * found[1])) < 1e-2
