"""What the catalogue says of each family: what it defeats and why, its parameters, its builder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from hardinstances import chain, sgd, vector
from hardinstances.levels import (
    CHAIN,
    FLAT_CHAIN,
    GATED_CHAIN,
    LATTICE_TIGHT,
    LATTICE_WELLS,
    SGD_NOISE_FLOOR,
    SIGNSGD_FOREVER,
    SIGNSGD_TIGHT,
)
from hardinstances.matrix import THEOREMS, MatrixInstance, embed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hardinstances.instance import Instance
    from hardinstances.level import Level
    from hardinstances.separable import SeparableInstance

__all__ = ["CHAINS", "MATRICES", "VECTORS", "Family", "Key"]


@dataclass(frozen=True)
class Key:
    """One parameter of a family: ``kind`` is ``"number"``, ``"integer"`` or ``"vector"``."""

    kind: str
    text: str
    required: bool = True


@dataclass(frozen=True)
class Family:
    """A family of instances.

    Parameters
    ----------
    id
        Its name, for good.
    defeats
        The methods that cannot beat the level, and for how long.
    why
        How it does that, in a sentence or two.
    keys
        Parameters in order.
    build
        Makes the instance from keyword arguments.
    level
        Its certified level, None where none is claimed.
    profiles
        Names of the bricks that it is made of.
    """

    id: str
    defeats: str
    why: str
    keys: Mapping[str, Key]
    build: Callable[..., Instance]
    level: Level | None
    profiles: tuple[str, ...] = ()

    @property
    def theorem(self) -> str | None:
        """Id of the theorem that proves the level, None without a level."""
        if self.level is None:
            return None
        name = self.level.theorem
        return THEOREMS[name] if "rotation" in self.keys else name


def _optional(kind: str, text: str) -> Key:
    return Key(kind, text, required=False)


_CLASS = {
    "L": Key("number", "smoothness, l_oo to l1 [value/length^2]"),
    "Delta": Key("number", "gap f(x_0) - inf f [value]"),
}
_ETA = Key("number", "stepsize of the methods to defeat [length]")
_T = Key("integer", "number of steps [1]")
_B = _optional("integer", "batch, oracle calls in a step [1]; 1 when left out")
_SIGMA = Key("vector", "standard deviation of each coordinate, d >= 2 [value/length]")
_SHARE = _optional("number", "share of the curvature given to a ramp [1]; best when left out")
_SEED = _optional("integer", "seed of the start [1]; 0 when left out")
_LENGTH = Key("integer", "length of the chain [1]")
_MASKED = {
    **_CLASS,
    "eta": _ETA,
    "T": _T,
    "B": _B,
    "sigma": _SIGMA,
    "delta": _SHARE,
    "rho": _optional("number", "probability of leaving a noisy slope [1]; best when left out"),
    "tau": _optional("number", "offset of the masking noise [value/length]; tiny when left out"),
}
_LATTICE = "every method on x_0 + eta Z^d that moves by at most eta a coordinate"

VECTORS = (
    Family(
        id="signsgd-tight",
        defeats="SignSGD with constant stepsize eta and batch B, in expectation, for T steps",
        why=(
            "An oscillator keeps the discretisation error, a ramp is too long to be finished, and "
            "rare large outcomes turn the sign of every noisy coordinate into a fair coin."
        ),
        keys=_MASKED,
        build=vector.signsgd_tight,
        level=SIGNSGD_TIGHT,
        profiles=("oscillator", "ramp"),
    ),
    Family(
        id="signsgd-tight-forever",
        defeats="SignSGD with constant stepsize eta and batch B, in expectation, for T steps",
        why=(
            "As signsgd-tight, with slopes that turn back: the fair walk is rarely in a turn, so "
            "the noise costs the same gap however many steps there are."
        ),
        keys=_MASKED,
        build=vector.signsgd_tight_forever,
        level=SIGNSGD_FOREVER,
        profiles=("oscillator", "ramp", "meander"),
    ),
    Family(
        id="lattice-wells",
        defeats=f"{_LATTICE}, for ever",
        why="Every lattice point has the same slope: no step to a neighbour finds a smaller one.",
        keys={
            **_CLASS,
            "eta": _ETA,
            "d": _optional("integer", "dimension [1]; 1 when left out"),
        },
        build=vector.lattice_wells,
        level=LATTICE_WELLS,
        profiles=("wells",),
    ),
    Family(
        id="lattice-tight",
        defeats=f"{_LATTICE}, for T steps",
        why="Wells keep the discretisation error and ramps are too long to be finished in T steps.",
        keys={
            **_CLASS,
            "eta": _ETA,
            "T": _T,
            "delta": _SHARE,
            "d": _optional("integer", "dimension, at least 2 [1]; 2 when left out"),
        },
        build=vector.lattice_tight,
        level=LATTICE_TIGHT,
        profiles=("wells", "ramp"),
    ),
    Family(
        id="sgd-noise-floor",
        defeats="SGD with constant stepsize eta and batch B, in expectation, for T steps",
        why=(
            "Noisy quadratics start in their stationary law, which SGD cannot leave, and many "
            "gentle slopes share what is left of the gap, which SGD descends one by one."
        ),
        keys={
            **_CLASS,
            "eta": Key("number", "stepsize of SGD [length^2/value]"),
            "T": _T,
            "B": _B,
            "sigma": _SIGMA,
            "delta": _SHARE,
            "k": _optional("integer", "number of noisy coordinates [1]; best when left out"),
        },
        build=sgd.sgd_noise_floor,
        level=SGD_NOISE_FLOOR,
        profiles=("quadratic", "ramp"),
    ),
    Family(
        id="sparse-quadratic",
        defeats="no class of methods is claimed: a published toy, noise in one coordinate",
        why="SGD needs a small stepsize for one noisy coordinate, SignSGD ignores its size.",
        keys={
            "d": _optional("integer", "dimension [1]; 100 when left out"),
            "sigma": _optional(
                "number", "standard deviation of the noise [value/length]; 100 when left out"
            ),
            "seed": _SEED,
        },
        build=sgd.sparse_quadratic,
        level=None,
        profiles=("quadratic",),
    ),
    Family(
        id="stiff-quadratic",
        defeats="no class of methods is claimed: a published toy, one large curvature",
        why="SGD needs a small stepsize for one stiff coordinate, SignSGD ignores its curvature.",
        keys={
            "d": _optional("integer", "dimension [1]; 5000 when left out"),
            "curvature": _optional(
                "number", "curvature of the first coordinate [value/length^2]; 1000 when left out"
            ),
            "seed": _SEED,
        },
        build=sgd.stiff_quadratic,
        level=None,
        profiles=("quadratic",),
    ),
)
"""The separable families."""

CHAINS = (
    Family(
        id="chain",
        defeats="every zero-respecting method (sign(0) = 0), for K steps",
        why="A coordinate has no gradient before its predecessor was moved: one link per step.",
        keys={**_CLASS, "K": _LENGTH},
        build=chain.chain,
        level=CHAIN,
    ),
    Family(
        id="gated-chain",
        defeats="every zero-respecting method, in expectation, for (K - ln(1/rho))/(2p) calls",
        why="As chain, and a call shows the next link with probability p only.",
        keys={
            **_CLASS,
            "K": _LENGTH,
            "p": Key("number", "probability that a call shows the next link [1]"),
            "rho": _optional("number", "probability of finishing early [1]; 0.1 when left out"),
        },
        build=chain.gated_chain,
        level=GATED_CHAIN,
    ),
    Family(
        id="flat-chain",
        defeats="every linear-span method (gradient descent, momentum, Nesterov), for K steps",
        why="A chain rotated so that a single large partial derivative becomes many equal ones.",
        keys={**_CLASS, "K": _LENGTH},
        build=chain.flat_chain,
        level=FLAT_CHAIN,
    ),
)
"""The families that are not separable."""

_SHAPE = {
    "rows": _optional("integer", "rows of the point [1]; as many as sigma has entries"),
    "columns": _optional("integer", "columns of the point [1]; as many as sigma has entries"),
    "rotation": _optional("integer", "seed of a dense rotation [1]; diagonal when left out"),
}


def _matrix_builder(name: str, family: Family) -> Callable[..., MatrixInstance]:
    def build(
        *,
        rows: int | None = None,
        columns: int | None = None,
        rotation: int | None = None,
        **parameters: Any,
    ) -> MatrixInstance:
        inner = cast("SeparableInstance", family.build(**parameters))
        return embed(name, inner, rows=rows, columns=columns, rotation=rotation)

    return build


def _matrix_family(family: Family) -> Family:
    """The same function of the singular values."""
    tight = family.id.startswith("signsgd-tight")
    name = family.id.replace("signsgd", "muon") if tight else f"{family.id}-matrix"
    defeats = family.defeats.replace("SignSGD", "exact Muon")
    return replace(
        family,
        id=name,
        defeats=defeats.replace(_LATTICE, "every method that is such a lattice method on F(Diag)"),
        why=f"The instance {family.id} on the diagonal of U^T X V.",
        keys={**family.keys, **_SHAPE},
        build=_matrix_builder(name, family),
    )


MATRICES = tuple(_matrix_family(family) for family in VECTORS)
"""The matrix version of every separable family."""
