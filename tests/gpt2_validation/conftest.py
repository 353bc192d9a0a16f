"""A tiny corpus and runs that take a second on a CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from gpt2_validation.data import Corpus, load_corpus, write_corpus
from gpt2_validation.protocol import Measure, ModelShape, Run, make_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CPU = torch.device("cpu")
SHAPE = ModelShape(layers=2, heads=2, width=16, context=16, vocabulary=128)
MEASURE = Measure(
    minibatches=6,
    sequences=2,
    jackknife=4,
    every=4,
    dense_until=100,
    later=4,
    smoothness_sequences=4,
)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Random-walk tokens below 128, 8,192 for training and 1,024 for validation."""
    steps = np.random.default_rng(0).integers(-2, 3, 9216).cumsum() % 128
    tokens = steps.astype(np.uint16)
    write_corpus(tmp_path / "corpus", tokens[:8192], tokens[8192:], {"source": "test"})
    return load_corpus(tmp_path / "corpus")


@pytest.fixture
def tiny(corpus: Corpus) -> Callable[..., Run]:
    """A function (arm, stepsize, **changes) to a run of twelve steps on the tiny corpus."""

    def make(name: str = "signsgd", stepsize: float = 3e-3, **changes: Any) -> Run:
        settings = {
            "shape": SHAPE,
            "steps": 12,
            "sequences": 4,
            "microbatch": 2,
            "evaluate_every": 4,
            "evaluate_sequences": 8,
            "log_every": 2,
            "checkpoint_every": 4,
            "measure": MEASURE,
        }
        seed = changes.pop("seed", 1)
        return make_run("final", name, stepsize, seed, corpus.digest, **(settings | changes))

    return make
