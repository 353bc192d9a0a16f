"""Training resumes to the same curve, measures what it says, and refuses what does not fit."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from gpt2_validation import checkpoint
from gpt2_validation.data import Sampler
from gpt2_validation.model import NextTokenLoss, build_model
from gpt2_validation.protocol import Measure
from gpt2_validation.train import Trainer, choose_device
from hardinstances.errors import DataError, DeviceError, InputError
from tests.gpt2_validation.conftest import CPU, SHAPE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gpt2_validation.data import Corpus
    from gpt2_validation.protocol import Run

CLOCKS = {"seconds", "tokens_per_second"}


def trained(run: Run, corpus: Corpus, out: Path, **options: Any) -> tuple[Trainer, str]:
    trainer = Trainer(run, corpus, out, CPU, compiled=False)
    return trainer, trainer.fit(**options)


def curve(out: Path) -> list[list[dict[str, Any]]]:
    rows = [
        checkpoint.read_rows(out / "log.csv"),
        checkpoint.read_rows(out / "evaluations.csv"),
        checkpoint.read_json_lines(out / "measurements.jsonl"),
    ]
    return [[{k: v for k, v in r.items() if k not in CLOCKS} for r in part] for part in rows]


def test_our_loss_is_that_of_transformers() -> None:
    model = build_model(SHAPE, 3)
    windows = torch.randint(0, 128, (4, 17), generator=torch.Generator().manual_seed(1))
    logits = model(input_ids=windows[:, :-1]).logits.reshape(-1, 128)
    expected = functional.cross_entropy(logits, windows[:, 1:].reshape(-1))
    assert torch.allclose(NextTokenLoss(model, low_precision=False)(windows), expected)
    state = torch.get_rng_state()
    again = build_model(SHAPE, 3)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(
        torch.equal(p, q) for p, q in zip(model.parameters(), again.parameters(), strict=True)
    )


@pytest.mark.parametrize("name", ["signsgd", "sgd-momentum", "muon"])
def test_a_killed_run_resumes_to_the_same_curve(
    tiny: Callable[..., Run], corpus: Corpus, tmp_path: Path, name: str
) -> None:
    run = tiny(name, 0.01)
    whole, status = trained(run, corpus, tmp_path / "whole")
    assert status == "complete"
    expected = {n: p.detach().clone() for n, p in whole.model.named_parameters()}
    cut = tmp_path / "cut"
    assert trained(run, corpus, cut, stop_at=6)[1] == "paused"
    # Killed after the checkpoint at step 8, while logging step 10: the log is ahead of it.
    kill = Trainer(run, corpus, cut, CPU, compiled=False)
    kill_after(kill, 10)
    with pytest.raises(KeyboardInterrupt):
        kill.fit()
    assert checkpoint.read_rows(cut / "log.csv")[-1]["step"] == 10
    resumed, status = trained(run, corpus, cut)
    assert status == "complete"
    assert curve(cut) == curve(tmp_path / "whole")
    assert all(torch.equal(p, expected[n]) for n, p in resumed.model.named_parameters())
    attempts = json.loads((cut / "run.json").read_text())["attempts"]
    assert [a["from_step"] for a in attempts] == [0, 6, 8]


def kill_after(trainer: Trainer, step: int) -> None:
    write = trainer._write

    def interrupted(losses: list[torch.Tensor]) -> bool:
        alive = write(losses)
        if trainer.step >= step:
            raise KeyboardInterrupt
        return alive

    trainer._write = interrupted


def test_a_finished_run_is_left_alone(
    tiny: Callable[..., Run], corpus: Corpus, tmp_path: Path
) -> None:
    run = tiny()
    trained(run, corpus, tmp_path / "r")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "r").iterdir()}
    assert trained(run, corpus, tmp_path / "r")[1] == "complete"
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "r").iterdir()} == before
    with pytest.raises(DataError, match="another directory"):
        Trainer(tiny(seed=2), corpus, tmp_path / "r", CPU, compiled=False)


def test_micro_batches_do_not_change_the_gradient(
    tiny: Callable[..., Run], corpus: Corpus, tmp_path: Path
) -> None:
    first, _ = trained(tiny("sgd", 0.1, measure=Measure()), corpus, tmp_path / "a")
    losses = [row["train_loss"] for row in first.log.rows]
    run = tiny("sgd", 0.1, measure=Measure(), microbatch=3)
    second, _ = trained(run, corpus, tmp_path / "b")
    assert [row["train_loss"] for row in second.log.rows] == pytest.approx(losses, rel=1e-5)
    assert losses[-1] < losses[0]


def test_measuring_does_not_change_the_run(
    tiny: Callable[..., Run], corpus: Corpus, tmp_path: Path
) -> None:
    trained(tiny(), corpus, tmp_path / "with")
    trained(tiny(measure=Measure()), corpus, tmp_path / "without")
    assert curve(tmp_path / "with")[:2] == curve(tmp_path / "without")[:2]


def test_measurements_equal_what_numpy_says(
    tiny: Callable[..., Run], corpus: Corpus, tmp_path: Path
) -> None:
    run = tiny()
    trainer, _ = trained(run, corpus, tmp_path / "r")
    rows = trainer.log.measurements
    assert [row["step"] for row in rows] == [0, 4, 8, 12]
    model = build_model(SHAPE, run.seed)
    loss = NextTokenLoss(model, low_precision=False)
    noise = Sampler(corpus.train, SHAPE.context, 7_000_000 + run.seed)
    samples = []
    for index in range(6):
        model.zero_grad()
        loss(torch.from_numpy(noise.batch(index * 2, 2))).backward()
        samples.append(torch.cat([p.grad.reshape(-1) for p in model.parameters()]).numpy())
    data = np.array(samples, dtype=np.float64)
    sigma = data.std(axis=0, ddof=1)
    first = rows[0]
    assert first["d"] == data.shape[1]
    assert first["l1"]["value"] == pytest.approx(sigma.sum(), rel=1e-4)
    phi = sigma.sum() ** 2 / (len(sigma) * np.square(sigma).sum())
    assert first["phi"]["value"] == pytest.approx(phi, rel=1e-4)
    assert first["gradient_l1_high"] == pytest.approx(np.abs(data.mean(axis=0)).sum(), rel=1e-4)
    signs = np.sign(data[:3].mean(axis=0))
    assert first["gradient_l1_low"] == pytest.approx(signs @ data[3:].mean(axis=0), rel=1e-3)
    assert first["move_linf"] == pytest.approx(run.stepsize_at(0), rel=1e-3)
    assert "smoothness" not in rows[-1]
    fixed = torch.from_numpy(Sampler(corpus.train, SHAPE.context, 9_000_000).batch(0, 4))
    change = step_change(run, corpus, model, loss, fixed)
    assert first["gradient_change_l1"] == pytest.approx(change, rel=1e-3)


def step_change(
    run: Run, corpus: Corpus, model: torch.nn.Module, loss: NextTokenLoss, fixed: torch.Tensor
) -> float:
    def gradient(windows: torch.Tensor) -> list[torch.Tensor]:
        model.zero_grad()
        loss(windows).backward()
        return [p.grad.clone() for p in model.parameters()]

    before = gradient(fixed)
    batch = torch.from_numpy(Sampler(corpus.train, SHAPE.context, run.seed).batch(0, 4))
    directions = gradient(batch)
    with torch.no_grad():
        for parameter, direction in zip(model.parameters(), directions, strict=True):
            parameter.sub_(run.stepsize_at(0) * direction.sign())
    return sum(
        float((new - old).abs().sum()) for new, old in zip(gradient(fixed), before, strict=True)
    )


def test_divergence_ends_a_run(tiny: Callable[..., Run], corpus: Corpus, tmp_path: Path) -> None:
    run = tiny("sgd", 1e6, measure=Measure())
    trainer, status = trained(run, corpus, tmp_path / "r")
    assert status == "diverged"
    assert trainer.step < run.steps
    assert not (tmp_path / "r" / "checkpoint.safetensors").exists()


def test_logs_carry_their_provenance(
    tiny: Callable[..., Run], corpus: Corpus, tmp_path: Path
) -> None:
    run = tiny(measure=Measure())
    trained(run, corpus, tmp_path / "r")
    record = json.loads((tmp_path / "r" / "run.json").read_text())
    assert record["run"] == run.digest
    assert len(record["protocol"]) == 16
    assert record["settings"]["seed"] == 1
    (attempt,) = record["attempts"]
    assert attempt["device"] == "CPU"
    assert set(attempt["versions"]) >= {"python", "torch", "transformers"}
    assert not [path for path in (tmp_path / "r").iterdir() if "partial" in path.name]


def test_what_does_not_fit_is_refused(
    tiny: Callable[..., Run], corpus: Corpus, tmp_path: Path
) -> None:
    other = dataclasses.replace(tiny(), corpus="another")
    with pytest.raises(InputError, match="digest"):
        Trainer(other, corpus, tmp_path / "r", CPU, compiled=False)
    with pytest.raises(InputError, match="multiple"):
        Trainer(tiny(checkpoint_every=3), corpus, tmp_path / "r", CPU, compiled=False)
    run = tiny(measure=Measure())
    trained(run, corpus, tmp_path / "d", stop_at=6)
    path = tmp_path / "d" / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="Delete it"):
        trained(run, corpus, tmp_path / "d")
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match="no GPU"):
            choose_device("cuda")
    assert choose_device("cpu") == CPU
