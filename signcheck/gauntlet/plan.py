"""How much the gauntlet runs: steps, stepsizes, seeds. Everything that decides a result."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Literal

from hardinstances.errors import InputError

__all__ = ["FULL", "QUICK", "Plan"]


@dataclass(frozen=True)
class Plan:
    """Size of a gauntlet; equal for all optimizers.

    Parameters
    ----------
    name
        ``"full"`` or ``"quick"``.
    steps
        Oracle calls of a run on the instances whose length can be chosen.
    links
        Length of the gated chain, which decides its calls.
    stride
        Every ``stride``-th stepsize of an instance's grid is tried.
    tuning_seeds, final_seeds
        Runs for each stepsize, and for the chosen one, where the oracle is noisy (else 1 each).
    judged_seeds
        Runs of the chosen stepsize where the level covers the optimizer and the verdict is sampled.
    seed
        All seeds are derived from it.
    """

    name: str
    steps: int
    links: int
    stride: int
    tuning_seeds: int
    final_seeds: int
    judged_seeds: int
    seed: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not 0 <= self.seed < 2**32:
            raise InputError(f"The seed is an integer in [0, 2^32), not {self.seed!r}.")

    def settings(self) -> dict[str, Any]:
        """The plan as plain JSON values."""
        return asdict(self)

    def noise_seed(
        self, purpose: Literal["tuning", "final"], optimizer: str, instance: str, index: int
    ) -> int:
        """Seed in ``[0, 2^32)``: its lowest bit is the purpose, so none serves both."""
        text = f"{self.seed}/{purpose}/{optimizer}/{instance}/{index}"
        word = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
        return word - word % 2 + (purpose == "final")


FULL = Plan("full", 200, 100, 1, tuning_seeds=1, final_seeds=4, judged_seeds=128)
"""The plan of the results in the repository."""

QUICK = Plan("quick", 60, 32, 2, tuning_seeds=1, final_seeds=2, judged_seeds=64)
"""Everything once, shorter: whether it all works."""
