"""What the comparisons mean: sentences whose every number is read off the committed logs."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gpt2_validation.analysis import spread
from gpt2_validation.loop import LEVELS, PAPER_DENSITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gpt2_validation.analysis import Curves
    from gpt2_validation.data import Corpus

BASELINE = "baseline.json"
"""Validation loss of token frequencies, beside the results."""


def baseline(corpus: Corpus) -> dict[str, Any]:
    """Cross-entropy of the validation tokens under the training corpus's token frequencies.

    Nats a token; every token is counted once more than it occurs, so that none has frequency 0.
    What a model reaches that ignores its context, and about what one reaches that outputs a
    constant.
    """
    size = int(max(corpus.train.max(), corpus.validation.max())) + 1
    counts = np.bincount(corpus.train, minlength=size) + 1.0
    loss = -np.log(counts[corpus.validation] / counts.sum()).mean()
    return {
        "corpus": corpus.digest, "frequencies_loss": float(loss),
        "command": "python -m gpt2_validation baseline",
    }  # fmt: skip


def read_baseline(results: Path, corpus: str) -> float | None:
    """The committed loss of token frequencies, if it was computed on this corpus."""
    path = results / BASELINE
    found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return float(found["frequencies_loss"]) if found.get("corpus") == corpus else None


def discuss(curves: Sequence[Curves], frequencies: float | None) -> str:
    """A list in Markdown: who leads, whether the theory says why, where we differ from the paper.

    Parameters
    ----------
    curves
        The finished runs, tuning left out.
    frequencies
        Validation loss of token frequencies; nats a token.
    """
    arms: dict[str, list[Curves]] = {}
    for c in curves:
        arms.setdefault(c.arm, []).append(c)
    found = [_lead(arms), _momentum(arms), _density(arms), _collapse(arms, frequencies)]
    return "\n".join(f"- {text}" for text in [*found, _heavy(arms)] if text)


def _values(runs: Sequence[Curves], name: str) -> list[float]:
    """A measured quantity at every measurement of the runs."""
    return [float(row[name]["corrected"]) for c in runs for row in c.measurements]


def _ratios(first: Sequence[Curves], second: Sequence[Curves], level: float) -> list[float]:
    """Tokens of the first arm over tokens of the second, by seed."""
    by_seed = {c.seed: c for c in second}
    return [
        c.tokens_to(level) / by_seed[c.seed].tokens_to(level) for c in first if c.seed in by_seed
    ]


def _lead(arms: Mapping[str, Sequence[Curves]]) -> str:
    if not {"sgd", "signsgd"} <= arms.keys():
        return ""
    means = [spread(_ratios(arms["sgd"], arms["signsgd"], level)).mean for level in LEVELS]
    reached = [mean for mean in means if math.isfinite(mean)]
    separation = _values(arms["sgd"], "separation")
    small = sum(value < 1 for value in separation)
    if not reached or not separation:
        return ""
    return (
        f"**SignSGD leads, and the density of the noise does not say why.** SGD needed "
        f"{min(reached):.1f} to {max(reached):.1f} times SignSGD's tokens to the losses that all "
        f"its seeds reached, while R was below 1 at {small} of {len(separation)} measurements "
        "along SGD's runs: the noise is spread too widely for T4 to promise sign updates anything "
        "there. What makes SGD slower here is nothing that T4 counts: it compares worst cases over "
        "all functions of a class, and this is one function."
    )


def _momentum(arms: Mapping[str, Sequence[Curves]]) -> str:
    if not {"sgd-momentum", "signum"} <= arms.keys():
        return ""
    means = [spread(_ratios(arms["sgd-momentum"], arms["signum"], level)).mean for level in LEVELS]
    reached = [mean for mean in means if math.isfinite(mean)]
    if not reached:
        return ""
    seeds = len(arms["signum"])
    return (
        f"**Momentum does not close the gap.** With momentum 0.9 on both sides SGD needed "
        f"{min(reached):.1f} to {max(reached):.1f} times Signum's tokens ({seeds} "
        f"{'seed' if seeds == 1 else 'seeds'}: an observation, no interval)."
    )


def _density(arms: Mapping[str, Sequence[Curves]]) -> str:
    matched = [c for arm, runs in arms.items() if not arm.startswith("paper-") for c in runs]
    ends = [(_values([c], "phi")[-1], c.arm) for c in matched if c.measurements]
    if not ends:
        return ""
    least, arm = min(ends)
    return (
        f"**The density curve ends elsewhere.** The paper's figure falls to "
        f"{PAPER_DENSITY['end']:g}; no matched arm of ours ends below {least:.2f} (`{arm}`). We "
        "made fewer steps, on another corpus, and correct the bias of a finite sample; which of "
        "these matters was not measured."
    )


def _collapse(arms: Mapping[str, Sequence[Curves]], frequencies: float | None) -> str:
    runs = [c for c in arms.get("paper-sgd", ()) if c.measurements]
    if not runs or frequencies is None:
        return ""
    run = runs[0]
    below = [r["step"] for r in run.measurements if r["phi"]["corrected"] < PAPER_DENSITY["end"]]
    last = run.measurements[-1]
    loss = float(run.validation[-1])
    if not below or abs(loss - frequencies) > 0.1:
        return ""
    return (
        f"**One arm does fall that far, and it is one that has stopped learning.** Under the "
        f"published SGD settings phi is below {PAPER_DENSITY['end']:g} from step {below[0]} on and "
        f"ends at {last['phi']['corrected']:.1e}: the noise of {last['d']:,} coordinates lives in "
        f"about {last['effective']['corrected']:,.0f} of them, and R rises to "
        f"{last['separation']['corrected']:,.0f}. Its validation loss is then {loss:.3f}, where "
        f"the frequencies of the tokens alone give {frequencies:.3f}. Our reading: decay that is "
        "coupled to the gradient and multiplied by momentum shrinks the weights until the network "
        "ignores its context, and only what sets the frequencies still has noise. Whether the "
        "paper's curve fell for that reason, its figures do not tell; a small phi by itself is "
        "no sign that sign updates pay."
    )


def _heavy(arms: Mapping[str, Sequence[Curves]]) -> str:
    rows = [(row, c) for runs in arms.values() for c in runs for row in c.measurements]
    if not rows:
        return ""

    def width(pair: tuple[dict[str, Any], Curves]) -> float:
        phi = pair[0]["phi"]
        return float(phi["high"] - phi["low"])

    row, c = max(rows, key=width)
    phi = row["phi"]
    warned = sum(bool(r["warnings"]) for r, _ in rows)
    return (
        f"**Some densities are known badly.** {warned} of {len(rows)} measurements carry the "
        f"warning that {row['minibatches']} minibatches are too few. The worst, `{c.arm}` at step "
        f"{row['step']}, has phi = {phi['corrected']:.3f} in [{max(phi['low'], 0.0):.2f}, "
        f"{min(phi['high'], 1.0):.2f}]: a few minibatches carry most of the variance."
    )
