"""``python -m gpt2_validation``: prepare, smoke, train, plan, run-next, loop, baseline, report."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from hardinstances.errors import InputError, ProjectError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
_Out = Annotated[Path, typer.Option(help="Directory of the runs.")]
_Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
_CorpusPath = Annotated[Path, typer.Option(help="A prepared corpus.")]
_Results = Annotated[Path | None, typer.Option(help="Default: the committed results.")]
CACHE = Path("data")
RUNS = Path("runs")


@app.command()
def prepare(
    names: Annotated[list[str] | None, typer.Argument(help="Paths, or a dataset's name.")] = None,
    source: Annotated[str, typer.Option(help="moby-dick, packages, files or hf.")] = "moby-dick",
    out: Annotated[Path | None, typer.Option(help="Default: data/SOURCE.")] = None,
    tokens: Annotated[
        int, typer.Option(help="Where to stop reading a streamed source.")
    ] = 40_000_000,
) -> None:
    """Tokenise a source into checked shards of GPT-2 tokens."""
    from gpt2_validation.prepare import prepare as build

    target = out or CACHE / source
    manifest = build(
        source, names or [], target, cache=CACHE / "cache", tokens=tokens, report=typer.echo
    )
    counts = manifest["tokens"]
    typer.echo(
        f"{target}: {counts['train']:,} training and {counts['validation']:,} validation tokens, "
        f"corpus {manifest['digest']}"
    )


@app.command()
def train(
    arm: Annotated[str, typer.Argument(help="An arm of protocol.toml.")],
    stepsize: Annotated[float, typer.Argument(help="Peak stepsize.")],
    seed: Annotated[int, typer.Option()] = 1,
    phase: Annotated[str, typer.Option(help="tuning, final or paper.")] = "final",
    corpus: _CorpusPath = CACHE / "packages",
    out: _Out = RUNS,
    device: _Device = "auto",
    budget: Annotated[float, typer.Option(help="Pause with a checkpoint after seconds.")] = 1e9,
    settings: Annotated[str, typer.Option("--set", help="JSON with other settings.")] = "{}",
) -> None:
    """Train one run (under torchrun: data-parallel), resuming where it stopped."""
    deadline = time.monotonic() + budget
    from gpt2_validation.data import load_corpus
    from gpt2_validation.progress import bar
    from gpt2_validation.protocol import make_run
    from gpt2_validation.train import Trainer, choose_device, stop_processes

    place = choose_device(device)
    loaded = load_corpus(corpus)
    run = make_run(phase, arm, stepsize, seed, loaded.digest, **_settings(settings))
    compiled = place.type == "cuda"
    with bar(run) as report:
        trainer = Trainer(run, loaded, out / run.name, place, compiled=compiled, report=report)
        status = trainer.fit(deadline=deadline)
    stop_processes()
    if trainer.rank == 0:
        typer.echo(f"{run.name}: {status} at step {trainer.step}; logs in {out / run.name}")


def _settings(text: str) -> dict[str, Any]:
    import dataclasses

    from gpt2_validation.protocol import Measure, Run

    known = {f.name for f in dataclasses.fields(Run)} | {"model_preset"}
    try:
        values = dict(json.loads(text))
        if unknown := sorted(set(values) - known):
            raise ValueError(f"there is no setting {unknown[0]!r}")
        if "measure" in values:
            values["measure"] = Measure(**values["measure"])
    except (ValueError, TypeError) as error:
        msg = f"--set {text!r} cannot be used: {error}. Pass a JSON object of run settings."
        raise InputError(msg) from error
    return values


@app.command()
def plan(corpus: _CorpusPath = CACHE / "packages", out: _Out = RUNS) -> None:
    """List the protocol's runs and which of them are missing."""
    from gpt2_validation.data import load_corpus
    from gpt2_validation.driver import SPEED
    from gpt2_validation.plan import RESULTS, all_runs, logged, seconds_needed

    known = logged([RESULTS / "runs", out])
    runs = all_runs(load_corpus(corpus).digest, known, ("tuning", "final", "paper"))
    for run in runs:
        entry = known.get(run.digest)
        state = str(entry.record["status"]) if entry else "missing"
        typer.echo(f"{run.name:36} {state:10} about {seconds_needed(run, SPEED):4.0f} s on an H100")


@app.command("run-next")
def run_next_command(
    phase: Annotated[list[str], typer.Option(help="Repeat for several.")],
    budget: Annotated[float, typer.Option(help="Seconds.")] = 540.0,
    workers: Annotated[int, typer.Option(help="Processes, one a GPU.")] = 1,
    arm: Annotated[list[str] | None, typer.Option(help="Only these arms.")] = None,
    seed: Annotated[list[int] | None, typer.Option(help="Only these seeds.")] = None,
    speed: Annotated[float, typer.Option(help="Expected tokens/s of a process.")] = 400_000.0,
    corpus: _CorpusPath = CACHE / "packages",
    out: _Out = RUNS,
    device: _Device = "auto",
    settings: Annotated[str, typer.Option("--set", help="JSON with other settings.")] = "{}",
) -> None:
    """Make the protocol's missing runs that fit into a time budget."""
    from gpt2_validation.driver import run_next
    from gpt2_validation.protocol import shape

    changes = _settings(settings)
    if "model_preset" in changes:
        changes["shape"] = shape(changes.pop("model_preset"))
    run_next(
        corpus, out, phase, budget=budget, workers=workers, device=device, arms=arm or (),
        seeds=seed or (), speed=speed, changes=changes, report=typer.echo,
    )  # fmt: skip


@app.command()
def smoke(
    out: _Out = RUNS / "smoke",
    short: Annotated[bool, typer.Option("--short", help="A few seconds, for CI.")] = False,
) -> None:
    """SignSGD against SGD on Moby-Dick, a 4-layer model on the CPU, in under two minutes."""
    from gpt2_validation.prepare import prepare as build
    from gpt2_validation.smoke import FULL, SHORT, describe
    from gpt2_validation.smoke import smoke as run

    corpus = CACHE / "moby-dick"
    if not (corpus / "manifest.json").exists():
        build("moby-dick", [], corpus, cache=CACHE / "cache")
    for line in describe(run(corpus, out, SHORT if short else FULL, report=typer.echo)):
        typer.echo(line)


@app.command()
def loop(results: _Results = None) -> None:
    """Compare the measured runs with T1, T4 and the paper's density curve."""
    from gpt2_validation.analysis import read_curves
    from gpt2_validation.loop import comparisons
    from gpt2_validation.plan import RESULTS, logged

    entries = logged([(results or RESULTS) / "runs"]).values()
    curves = [read_curves(e) for e in entries if e.finished and e.settings["phase"] != "tuning"]
    for found in comparisons(curves):
        typer.echo(f"{found.verdict:11} {found.question}")
        typer.echo(
            f"{'':11} predicted {found.predicted}; measured {found.measured}, "
            f"judged by {found.interval}"
        )


@app.command()
def baseline(corpus: _CorpusPath = CACHE / "packages", results: _Results = None) -> None:
    """Measure what token frequencies alone reach: the loss of a model that ignores its context."""
    from gpt2_validation.checkpoint import replace
    from gpt2_validation.data import load_corpus
    from gpt2_validation.discussion import BASELINE
    from gpt2_validation.discussion import baseline as measure
    from gpt2_validation.plan import RESULTS

    found = measure(load_corpus(corpus))
    path = (results or RESULTS) / BASELINE
    replace(path, (json.dumps(found, indent=1) + "\n").encode())
    typer.echo(f"{found['frequencies_loss']:.4f} nats a token; wrote {path}")


@app.command()
def report(results: _Results = None) -> None:
    """Rebuild every figure and table from the committed logs."""
    from gpt2_validation.plan import RESULTS
    from gpt2_validation.report import build

    typer.echo(f"wrote {build(results or RESULTS)}")


def main() -> None:
    """Entry point: an error of ours is one sentence on standard error and its exit code."""
    try:
        app(standalone_mode=True)
    except ProjectError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(error.exit_code) from error
