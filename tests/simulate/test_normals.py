"""The compiled transform against the project's own normals, word by word."""

from __future__ import annotations

import numpy as np

from hardinstances.rng import normals
from signcheck.simulate.normals import normal_rows

EXTREME = np.array([0, 1, 2**30, 2**31 - 1, 2**31, 2**32 - 1], dtype=np.uint32)


def transform(words: np.ndarray) -> np.ndarray:
    out = np.empty(words.shape)
    normal_rows()(words, out, np.empty((2, words.shape[1])))
    return out


def reference(words: np.ndarray) -> np.ndarray:
    wide = words.astype(np.int64)
    return np.stack([*normals(wide[0], wide[1]), *normals(wide[2], wide[3])])


def test_random_words() -> None:
    words = np.random.default_rng(0).integers(0, 2**32, (4, 100_000), dtype=np.uint32)
    np.testing.assert_allclose(transform(words), reference(words), atol=1e-14, rtol=1e-12)


def test_extreme_words() -> None:
    first, second = (grid.ravel() for grid in np.meshgrid(EXTREME, EXTREME))
    words = np.stack([first, second, second, first])
    found = transform(words)
    assert np.all(np.isfinite(found))
    np.testing.assert_allclose(found, reference(words), atol=1e-14)


def test_moments() -> None:
    words = np.random.default_rng(1).integers(0, 2**32, (4, 250_000), dtype=np.uint32)
    found = transform(words)
    assert abs(found.mean()) < 5e-3
    assert abs(found.var() - 1.0) < 1e-2
    assert abs(np.mean(found[0] * found[1])) < 1e-2
