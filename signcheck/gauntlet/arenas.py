"""On what the optimizers run: instances with a certified level, and the stepsizes to try.

The instance is made anew for every stepsize wherever its level depends on it: the adversary knows
the stepsize, the number of steps and the batch, as the theorems say.

Source: theory sheet, T2, T2b, T2c, T3, T6, T7, T8, T8-flat; all with L = Delta = 1 and batch 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hardinstances.instance import Instance
    from signcheck.gauntlet.plan import Plan

__all__ = ["BATCH", "Arena", "MethodClass", "arenas", "choose", "find_arena"]

BATCH = 1
"""Oracle calls behind one gradient."""

MethodClass = Literal["lattice", "SignSGD", "SGD", "zero-respecting", "linear span", "exact Muon"]
"""The classes of methods that levels cover; see :mod:`signcheck.gauntlet.membership`."""

_STEPSIZES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Three decades around ``sqrt(2 Delta/(L T))`` and ``1/L``."""

_CHAIN_STEPSIZES = (0.1, 0.4, 1.6, 6.4, 25.6, 102.4, 409.6)
"""A link of a chain is 3 to 15 long and its gradients are small."""


@dataclass(frozen=True)
class Arena:
    """A family of instances, one for each stepsize.

    Parameters
    ----------
    name
        The family's id in the catalogue.
    methods
        The class that the level covers.
    steps
        Oracle calls of a run, all of them covered.
    stepsizes
        The grid.
    parameters
        What the family needs besides the adversary's knowledge.
    knows
        Which of eta, T and B the adversary uses.
    noisy
        Whether the oracle is.
    block
        Consecutive points whose mean is one reading: 1 without noise; with noise the least single
        mean over few seeds would be biased low.
    """

    name: str
    methods: MethodClass
    steps: int
    stepsizes: tuple[float, ...]
    parameters: tuple[tuple[str, Any], ...]
    knows: tuple[str, ...]
    noisy: bool
    block: int = 1

    @property
    def depends(self) -> bool:
        """Whether the instance depends on the stepsize."""
        return "eta" in self.knows

    def build(self, lr: float) -> Instance:
        """The instance for a stepsize.

        Raises
        ------
        InputError
            If the level is not certified at that stepsize.
        """
        return _build(self, lr if self.depends else 0.0)


@lru_cache(maxsize=256)
def _build(arena: Arena, lr: float) -> Instance:
    import numpy as np

    import hardinstances

    known: Mapping[str, Any] = {"eta": lr, "T": arena.steps, "B": BATCH}
    given = {name: known[name] for name in arena.knows} | dict(arena.parameters)
    if "sigma" in given:
        given["sigma"] = np.array(given["sigma"])
    instance = hardinstances.make(arena.name, L=1, Delta=1, **given)
    covered = instance.covered_steps(BATCH)
    if covered is not None and covered < arena.steps:
        raise InputError(
            f"{arena.name} covers {covered} steps, but {arena.steps} are to be run: run fewer."
        )
    return instance


_FOUR_NOISY = (0.025,) * 4 + (0.0,) * 12
_ONE_NOISY = (0.5,) + (0.0,) * 15


def _gated(plan: Plan) -> Arena:
    p, rho = 0.25, 0.1
    import math

    calls = math.floor((plan.links - math.log(1 / rho)) / (2 * p))
    parameters = (("K", plan.links), ("p", p), ("rho", rho))
    return Arena(
        "gated-chain",
        "zero-respecting",
        calls,
        _CHAIN_STEPSIZES[:: plan.stride],
        parameters,
        (),
        noisy=True,
        block=calls // 4,
    )


def arenas(plan: Plan) -> tuple[Arena, ...]:
    """Every arena of a plan; the dimension is 16 (matrices: 8 x 6) except for the chains."""
    T, block = plan.steps, plan.steps // 5
    grid, chain_grid = _STEPSIZES[:: plan.stride], _CHAIN_STEPSIZES[:: plan.stride]
    four, one = (("sigma", _FOUR_NOISY),), (("sigma", _ONE_NOISY),)
    shape = (("rows", 8), ("columns", 6), ("rotation", 1))
    short = tuple((name, sigma[:6]) for name, sigma in four)
    short_one = tuple((name, sigma[:6]) for name, sigma in one)
    all_ = ("eta", "T", "B")
    return (
        Arena("lattice-wells", "lattice", T, grid, (("d", 16),), ("eta",), noisy=False),
        Arena("lattice-tight", "lattice", T, grid, (("d", 16),), ("eta", "T"), noisy=False),
        Arena("signsgd-tight", "SignSGD", T, grid, four, all_, noisy=True, block=block),
        Arena("sgd-noise-floor", "SGD", T, grid, one, all_, noisy=True, block=block),
        Arena("chain", "zero-respecting", T, chain_grid, (("K", T),), (), noisy=False),
        _gated(plan),
        Arena("flat-chain", "linear span", 15, chain_grid, (("K", 15),), (), noisy=False),
        Arena("muon-tight", "exact Muon", T, grid, short + shape, all_, noisy=True, block=block),
        Arena(
            "sgd-noise-floor-matrix",
            "SGD",
            T,
            grid,
            short_one + shape,
            all_,
            noisy=True,
            block=block,
        ),
    )


def find_arena(plan: Plan, name: str) -> Arena:
    """The arena of that name; raises InputError with the names there are."""
    found = {arena.name: arena for arena in arenas(plan)}
    if name not in found:
        raise InputError(
            f"The gauntlet has no instance {name!r}: choose one of {', '.join(found)}."
        )
    return found[name]


def choose(plan: Plan, names: Sequence[str]) -> tuple[Arena, ...]:
    """The named arenas in the order of :func:`arenas`, all if none is named."""
    wanted = {find_arena(plan, name).name for name in names}
    return tuple(arena for arena in arenas(plan) if not wanted or arena.name in wanted)
