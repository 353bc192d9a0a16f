"""What the comparisons mean: sentences whose every number is read off the committed logs."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gpt2_validation.analysis import spread
from gpt2_validation.loop import LEVELS, PAPER_DENSITY, run_of, tokens_ratios

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


def _means(first: Sequence[Curves], second: Sequence[Curves]) -> list[float]:
    """Mean ratio of tokens at every loss that all runs of both arms reached."""
    reached = [
        level
        for level in LEVELS
        if all(math.isfinite(c.tokens_to(level)) for c in (*first, *second))
    ]
    means = [spread(tokens_ratios(first, second, level)).mean for level in reached]
    return [mean for mean in means if math.isfinite(mean)]


def _lead(arms: Mapping[str, Sequence[Curves]]) -> str:
    if not {"sgd", "signsgd"} <= arms.keys():
        return ""
    ratios = _means(arms["sgd"], arms["signsgd"])
    rows = [row for c in arms["sgd"] for row in c.measurements]
    if not ratios or not rows:
        return ""
    above = [row for row in rows if row["separation"]["corrected"] > 1]
    steps = [int(row["step"]) for row in above]
    most = max(row["separation"]["corrected"] for row in rows)
    head = "SignSGD leads" if min(ratios) > 1 else "Neither SignSGD nor SGD leads throughout"
    head += ", by more than R" if min(ratios) > max(most, 1) else ""
    where = f", at steps {min(steps)} to {max(steps)}" if above else ""
    return (
        f"**{head}.** SGD needed {min(ratios):.1f} to {max(ratios):.1f} times SignSGD's tokens to "
        f"the losses that all runs reached. R was above 1 at {len(above)} of {len(rows)} "
        f"measurements along SGD's runs{where}, and at most {most:.2f}. {_regime(arms['sgd'])}"
    )


def _regime(runs: Sequence[Curves]) -> str:
    """Whether the gradient or the noise is the larger, as long as R could matter."""
    larger = count = 0
    for c in runs:
        run = run_of(c)
        scale = math.sqrt(run.measure.sequences / run.sequences)
        for row in c.measurements:
            if row["step"] <= run.steps // 2:
                count += 1
                larger += row["gradient_l1_low"] > scale * row["l1"]["corrected"]
    return (
        "But R is a limit for small eps, where the noise is what costs, and in the first half of "
        f"SGD's runs |grad f|_1 exceeds the noise of a step, |sigma|_1/sqrt(B), at {larger} of "
        f"{count} measurements. Where the gradient is the larger, T4-quiet is the theorem: SGD may "
        "need d/4 times the steps whatever the density is, in the worst case. Neither number is a "
        "prediction for one function."
    )


def _momentum(arms: Mapping[str, Sequence[Curves]]) -> str:
    if not {"sgd", "sgd-momentum", "signsgd", "signum"} <= arms.keys():
        return ""
    both = _means(arms["sgd-momentum"], arms["signum"])
    plain = _means(
        arms["sgd-momentum"], [c for c in arms["signsgd"] if c.seed == arms["signum"][0].seed]
    )
    if not both or not plain:
        return ""
    head = "Momentum on both sides keeps the lead" if min(both) > 1 else "With momentum it is open"
    count = min(len(arms["signum"]), len(arms["sgd-momentum"]))
    seeds = "one seed" if count == 1 else f"{count} seeds"
    return (
        f"**{head}.** With momentum 0.9 SGD needed {min(both):.1f} to {max(both):.1f} times "
        f"Signum's tokens, and {min(plain):.1f} to {max(plain):.1f} times those of SignSGD without "
        f"it, to the losses that both reached ({seeds}; not judged)."
    )


def _density(arms: Mapping[str, Sequence[Curves]]) -> str:
    matched = [c for arm, runs in arms.items() if not arm.startswith("paper-") for c in runs]
    ends = [(c.measurements[-1]["phi"], c.arm) for c in matched if c.measurements]
    if not ends:
        return ""
    least, arm = min(ends, key=lambda pair: float(pair[0]["corrected"]))
    if least["low"] <= PAPER_DENSITY["end"]:
        return ""
    bias = max(abs(phi["corrected"] - phi["value"]) for phi, _ in ends)
    return (
        f"**The density curve ends elsewhere.** The paper's figure falls to "
        f"{PAPER_DENSITY['end']:g}; the lowest end of a matched arm of ours is "
        f"{least['corrected']:.2f} [{least['low']:.2f}, {least['high']:.2f}] (`{arm}`). Our "
        f"correction for a finite sample moves the ends by {bias:.3f} at most, so it is not the "
        "reason; that we made fewer steps, on another corpus, may be."
    )


def _collapse(arms: Mapping[str, Sequence[Curves]], frequencies: float | None) -> str:
    runs = [c for c in arms.get("paper-sgd", ()) if c.measurements]
    if not runs or frequencies is None:
        return ""
    run, limit = runs[0], PAPER_DENSITY["end"]
    rows = run.measurements
    last, loss = rows[-1], float(run.validation[-1])
    if last["phi"]["corrected"] >= limit or abs(loss - frequencies) > 0.1:
        return ""
    after = max((r["step"] for r in rows if r["phi"]["corrected"] >= limit), default=-1)
    first = next(row["step"] for row in rows if row["step"] > after)
    most = max(row["separation"]["corrected"] for row in rows)
    return (
        f"**One arm does fall that far, and it ends at the frequencies of the tokens.** Under the "
        f"published SGD settings phi is below {limit:g} from step {first} on and ends at "
        f"{last['phi']['corrected']:.1e}: the noise of {last['d']:,} coordinates is as large as if "
        f"it sat in about {_round(last['effective']['corrected'])} of them, and R reaches "
        f"{_round(most)}. Its validation loss ends at {loss:.3f}; the frequencies of the tokens "
        f"alone give {frequencies:.3f} (on all validation tokens, not on the same sample). It has "
        "learned next to nothing else. Our reading, which these logs cannot confirm: decay that is "
        "coupled to the gradient and multiplied by momentum shrinks the weights until the network "
        "ignores its context. Whether the paper's curve fell for that reason, its figures do not "
        "tell; but a small phi by itself is no sign that sign updates pay."
    )


def _round(number: float) -> str:
    """Two significant digits, written out."""
    digits = 1 - math.floor(math.log10(abs(number)))
    return f"{round(number, digits):,.0f}"


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
    text = (
        f"**Some densities are known badly.** {warned} of {len(rows)} measurements carry the "
        f"warning that {row['minibatches']} minibatches under-sample rare coordinates. The widest "
        f"interval is [{phi['low']:.2f}, {phi['high']:.2f}] (`{c.arm}`, step {row['step']})"
    )
    if 0 <= phi["low"] <= phi["high"] <= 1:
        return f"{text}."
    return (
        f"{text}, where the jackknife moves phi from {phi['value']:.3f} to {phi['corrected']:.3f}: "
        "it goes beyond what phi can be and is no measurement."
    )
