"""torch.optim.Muon's own step, measured against the certificate and against our recursion."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from hardinstances.errors import InputError
from signcheck.cli import app
from signcheck.newton_schulz import measure, orthogonalised, spectra, torch_step, with_spectrum
from signcheck.simulate.muon import newton_schulz


@given(st.integers(0, 10**6), st.sampled_from([(1, 1), (2, 5), (7, 7), (16, 40)]))
def test_our_recursion_in_bfloat16_is_torch_s_to_the_last_bit(seed, shape) -> None:
    g = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    ours = orthogonalised(g.bfloat16())
    assert ours.dtype == torch.bfloat16
    assert torch.equal(ours.float(), torch_step(g))


@given(st.integers(0, 10**6), st.sampled_from([(2, 5), (7, 7), (9, 4)]))
def test_in_float64_it_is_the_routine_that_the_simulator_runs(seed, shape) -> None:
    g = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    np.testing.assert_allclose(orthogonalised(g).numpy(), newton_schulz(g.numpy()), atol=1e-9)


def test_bfloat16_leaves_the_enclosure_by_a_measured_excess_only() -> None:
    """An eps of bfloat16 is 2^-8: the steps may exceed gamma by that order, and do not by more."""
    for found in measure(shapes=((2, 2), (32, 64)), repeats=2):
        assert found.same
        assert found.matrices == 14
        assert found.excess == pytest.approx(found.largest - 1.202369, abs=1e-12)
        assert -0.5 < found.excess < 2**-6
        assert -0.5 < found.shortfall < 2**-6


def test_the_spectra_are_those_of_the_matrices() -> None:
    generator = torch.Generator().manual_seed(1)
    for sizes in spectra(4):
        g = with_spectrum(4, 6, sizes, generator)
        found = torch.linalg.svdvals(g.double())
        assert torch.allclose(found, sizes.sort(descending=True).values, atol=1e-6)
    first = [s.tolist() for s in spectra(3)]
    assert all(earlier != later for earlier, later in pairwise(first))


def test_zero_has_no_direction() -> None:
    assert not orthogonalised(torch.zeros(2, 3)).any()


@pytest.mark.parametrize("shape", [(3, 2), (4,)])
def test_shapes_that_torch_would_scale_are_refused(shape) -> None:
    with pytest.raises(InputError, match="wide matrices"):
        torch_step(torch.ones(shape))


@pytest.mark.slow
def test_the_command_reports_the_excess() -> None:
    done = CliRunner().invoke(app, ["newton-schulz", "r=2", "--torch", "--json"])
    (rows,) = [v for name, v in json.loads(done.stdout).items() if name.startswith("torch")]
    assert set(rows) == {"2 x 2", "16 x 64", "128 x 256"}
    assert all(row["same"] for row in rows.values())
