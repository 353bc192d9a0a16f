"""The real pytorch_optimizer: what is said of its optimizers is so, and all of them move or say
why not."""

import warnings

import numpy as np
import pytest

from signcheck.gauntlet import drive
from signcheck.gauntlet import entries as module
from signcheck.gauntlet.arenas import find_arena
from signcheck.gauntlet.membership import belongs
from signcheck.gauntlet.plan import QUICK

real = pytest.importorskip("pytorch_optimizer", reason="it comes with the extra `optimizers`")


@pytest.fixture(autouse=True)
def _real_entries():
    module.entries.cache_clear()
    warnings.simplefilter("ignore")


def test_special_needs_name_optimizers_that_exist():
    known = set(real.get_supported_optimizers())
    assert set(module._PYTORCH_OPTIMIZER) <= known
    names = {entry.name for entry in module.entries()}
    assert set(module._VARIANTS) <= names
    assert len(names) > 120


@pytest.mark.slow
def test_every_optimizer_moves_a_vector_or_is_refused():
    """Under a tenth need a refusal, and none of the others raises."""
    arena = find_arena(QUICK, "lattice-tight")
    instance = arena.build(0.1)
    refused = 0
    for entry in module.entries():
        if entry.refusal:
            refused += 1
            continue
        trace = drive.run(instance, entry, 0.1, 12, seed=3)
        assert trace.curve.shape == (12,), entry.name
        assert np.any(trace.points[-1] != trace.points[0]), entry.name
    assert refused <= 6


@pytest.mark.parametrize(
    ("name", "arena", "member"),
    [
        ("torch.optim.SGD", "sgd-noise-floor", True),
        ("pytorch_optimizer.LOMO", "sgd-noise-floor", True),
        ("pytorch_optimizer.SGDW", "sgd-noise-floor-matrix", True),
        ("torch.optim.SGD[momentum=0.9]", "sgd-noise-floor", False),
        ("torch.optim.AdamW", "sgd-noise-floor", False),
        ("pytorch_optimizer.Lion", "lattice-wells", True),
        ("pytorch_optimizer.SignSGD", "lattice-tight", True),
        ("pytorch_optimizer.Tiger", "lattice-wells", False),
        ("pytorch_optimizer.Tiger[weight_decay=0]", "lattice-wells", True),
        ("pytorch_optimizer.SignSGD", "signsgd-tight", False),
        ("pytorch_optimizer.SignSGD[momentum=0]", "signsgd-tight", True),
        ("torch.optim.Adam", "chain", True),
        ("pytorch_optimizer.Gravity", "chain", False),
        ("torch.optim.SGD[momentum=0.9]", "flat-chain", True),
        ("pytorch_optimizer.Lion", "flat-chain", False),
        ("signcheck.ExactMuon", "muon-tight", True),
        ("torch.optim.Muon", "muon-tight", False),
    ],
)
def test_classes_of_known_optimizers(name, arena, member):
    ground = find_arena(QUICK, arena)
    lr = ground.stepsizes[1]
    calls = min(ground.steps, 15)
    trace = drive.run(ground.build(lr), module.find_entry(name), lr, calls, seed=5)
    assert belongs(trace, ground.methods, lr) is member
