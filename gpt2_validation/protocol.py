"""The protocol as data: arms, models, and the fully resolved settings of every run."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from hardinstances.errors import InputError


@dataclass(frozen=True)
class ModelShape:
    """GPT-2's architecture parameters; ``context`` in tokens."""

    layers: int
    heads: int
    width: int
    context: int
    vocabulary: int


@dataclass(frozen=True)
class Arm:
    """An optimizer's settings other than the stepsize."""

    name: str
    optimizer: str
    momentum: float = 0.0
    dampening: float = 0.0
    decay: float = 0.0
    decoupled: bool = False
    clip: float = 0.0
    adamw_stepsize: float = 0.0
    stepsize: float = 0.0


@dataclass(frozen=True)
class Measure:
    """When and how the noise is measured; ``minibatches = 0`` measures nothing."""

    minibatches: int = 0
    sequences: int = 16
    jackknife: int = 32
    every: int = 100
    dense_until: int = 1000
    later: int = 250
    smoothness_sequences: int = 32

    def due(self, step: int, steps: int) -> bool:
        """Whether to measure before the update of ``step``; ``step = steps`` is the end."""
        if self.minibatches == 0:
            return False
        stride = self.every if step <= self.dense_until else self.later
        return step % stride == 0 or step == steps


@dataclass(frozen=True)
class Run:
    """Everything that determines a run's curve, apart from device arithmetic.

    ``stepsize`` is the schedule's peak; ``sequences`` is the batch, of ``shape.context`` tokens
    each.
    """

    phase: str
    model: str
    shape: ModelShape
    arm: Arm
    stepsize: float
    seed: int
    steps: int
    sequences: int
    corpus: str
    warmup: float
    floor: float
    microbatch: int
    evaluate_every: int
    evaluate_sequences: int
    log_every: int
    checkpoint_every: int
    measure: Measure = field(default_factory=Measure)

    @property
    def name(self) -> str:
        """Directory name: phase, arm, stepsize, seed."""
        return f"{self.phase}-{self.arm.name}-{self.stepsize:g}-s{self.seed}"

    @property
    def tokens_per_step(self) -> int:
        """Batch size in tokens."""
        return self.sequences * self.shape.context

    @property
    def digest(self) -> str:
        """Short checksum of all settings of the run."""
        return fingerprint(asdict(self))

    def stepsize_at(self, step: int) -> float:
        """Linear warm-up over ``warmup * steps`` steps, then cosine to ``floor`` times the peak."""
        warm = math.ceil(self.warmup * self.steps)
        if step < warm:
            return self.stepsize * (step + 1) / warm
        progress = (step - warm) / max(1, self.steps - warm)
        cosine = 0.5 * (1.0 + math.cos(math.pi * progress))
        return self.stepsize * (self.floor + (1.0 - self.floor) * cosine)


def fingerprint(value: Any) -> str:
    """First 16 hex digits of the sha256 of the canonical JSON of ``value``."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def protocol() -> dict[str, Any]:
    """``protocol.toml`` as parsed."""
    return tomllib.loads(files("gpt2_validation").joinpath("protocol.toml").read_text())


def protocol_hash() -> str:
    """Checksum that every log carries."""
    return fingerprint(protocol())


def shape(name: str) -> ModelShape:
    """Model preset by name.

    Raises
    ------
    InputError
        If there is no such preset.
    """
    presets = protocol()["model"]
    if name not in presets:
        msg = f"There is no model preset {name!r}. Use one of {', '.join(sorted(presets))}."
        raise InputError(msg)
    return ModelShape(**presets[name])


def arm(name: str) -> Arm:
    """Arm by name.

    Raises
    ------
    InputError
        If there is no such arm.
    """
    arms = protocol()["arms"]
    if name not in arms:
        msg = f"There is no arm {name!r}. Use one of {', '.join(arms)}."
        raise InputError(msg)
    return Arm(name=name, **arms[name])


def make_run(phase: str, name: str, stepsize: float, seed: int, corpus: str, **changes: Any) -> Run:
    """A run of the protocol's phase ``tuning``, ``final`` or ``paper``, resolved.

    Parameters
    ----------
    corpus
        Digest of the prepared corpus.
    changes
        Fields of :class:`Run` to override (tests and rehearsals shrink a run this way).

    Raises
    ------
    InputError
        If the stepsize, seed or phase cannot be used.
    """
    if phase not in ("tuning", "final", "paper"):
        msg = f"There is no phase {phase!r}. Use tuning, final or paper."
        raise InputError(msg)
    if not (math.isfinite(stepsize) and stepsize > 0):
        msg = f"The stepsize is {stepsize}, but it must be a positive number. Pass another."
        raise InputError(msg)
    table = protocol()
    settings: dict[str, Any] = {
        "phase": phase,
        "model": table[phase]["model"],
        "shape": shape(changes.pop("model_preset", table[phase]["model"])),
        "arm": arm(name),
        "stepsize": stepsize,
        "seed": seed,
        "steps": table[phase]["steps"],
        "sequences": table[phase]["sequences"],
        "corpus": corpus,
        "warmup": table["schedule"]["warmup"],
        "floor": table["schedule"]["floor"],
        "microbatch": table["log"]["microbatch"],
        "evaluate_every": table["evaluate"]["every"],
        "evaluate_sequences": table["evaluate"]["sequences"],
        "log_every": table["log"]["every"],
        "checkpoint_every": table["log"]["checkpoint"],
        "measure": Measure() if phase == "tuning" else Measure(**table["measure"]),
    }
    return Run(**{**settings, **changes})
