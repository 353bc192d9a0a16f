"""What the witness of T2-cycle grants, and what follows, on all paths of SignSGD on a meander."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.profiles import MEANDER
from proofs.assumptions import ETA, RHO, TAU, B, T
from proofs.lemmas.walk import HALF
from proofs.lower.cycle_paths import NEEDS, TURNING_NOISE, noisy_path
from proofs.lower.dynamics import SIGNSGD
from signcheck import kernel as k
from signcheck.kernel.rules_witness import BATCH_MEAN, CALLS
from signcheck.proof import Proof
from tests.proofs.exact import Brick, Oracle, Q, Ridges, Run, Vec
from tests.proofs.members import sizes
from tests.proofs.model import Chance, Model
from tests.proofs.paths import CALLS as ORACLE_CALLS
from tests.proofs.paths import POSITION, paths

SLOPE, CURVE = k.Sym("b_i"), k.Sym("l_i")
PARAMETERS = (SLOPE, CURVE, 2 * HALF * ETA)


class _Mirrored(Oracle):
    """One call is -tau or 2 u + tau with probability 1/2, or minus these where u < 0."""

    def __init__(self, tau: Q) -> None:
        super().__init__(Vec([tau]), Q(1))

    def call(self, slope: Q, i: int) -> Any:
        """Law of the call."""
        tau, side = self.scales[i], 1 if slope >= 0 else -1
        return ((-side * tau, Q(1, 2)), (2 * slope + side * tau, Q(1, 2)))


def noisy_meander(steps: int, half: int, l: Q, rho: Q, oracle: Oracle) -> Model:
    """All paths of SignSGD at B = 1 and eta = 1 on one meander with b = 1 and H = 2 h."""
    row = {"b": Q(1), "l": l, "H": Q(2 * half)}
    meander = Brick(
        f"meander({row})",
        lambda x: MEANDER.exact_value(x, row),
        lambda x: MEANDER.exact_derivative(x, row),
        l,
    )
    run = Run(Ridges(((meander, Vec([Q(1)])),)), Vec([Q(0)]), Q(1), steps, 1, oracle)
    all_paths = paths(run)
    x, u = SIGNSGD.position, SIGNSGD.slope

    def scalar(family: k.Sym, *indices: int) -> Chance:
        return Chance(tuple(v[0] for v in all_paths.families[family](*indices).draws))

    return Model(
        all_paths.probabilities,
        values={
            ETA: Q(1), B: Q(1), T: Q(steps), TAU: Q(1, 8), RHO: rho,
            SLOPE: Q(1), CURVE: l, HALF: Q(half),
        },
        families={
            x: lambda t: scalar(POSITION, t),
            u: lambda t: Chance(tuple(map(meander.slope, scalar(POSITION, t).draws))),
            CALLS: lambda t, j: scalar(ORACLE_CALLS, t, j),
            BATCH_MEAN: lambda t: scalar(ORACLE_CALLS, t, 0),
        },
        past=all_paths.past,
        times=steps,
        profile=lambda at, b, l, period: MEANDER.exact_derivative(
            at, {"b": b, "l": l, "H": period}
        ),
    )  # fmt: skip


def level() -> k.Theorem:
    """The path theorem for symbols."""
    p = Proof()
    for need in NEEDS:
        p.given(need)
    return noisy_path(p, PARAMETERS)


def granted() -> list[k.Formula]:
    """The hypotheses that the witness discharges."""
    block = (MEANDER, PARAMETERS, None, None, None, None, TURNING_NOISE)
    return sorted(k.path_hypotheses(block, SIGNSGD), key=str)


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), sizes)
def test_the_granted_hypotheses_hold_on_all_paths_of_a_noisy_meander(
    steps: int, half: int, scale: Q
) -> None:
    model = noisy_meander(steps, half, max(scale, Q(1, half)), Q(1, 2), _Mirrored(Q(1, 8)))
    assert len(granted()) == 7
    assert all(map(model.holds, granted()))


def test_an_oracle_that_is_not_mirrored_is_not_granted() -> None:
    """Without the mirror a negative derivative has another law: only that hypothesis fails."""

    class Plain(_Mirrored):
        def call(self, slope: Q, i: int) -> Any:
            return ((-self.scales[i], Q(1, 2)), (2 * slope + self.scales[i], Q(1, 2)))

    model = noisy_meander(4, 2, Q(1), Q(1, 2), Plain(Q(1, 8)))
    assert [f for f in granted() if not model.holds(f)] == [
        f for f in granted() if "w.p." in str(f)
    ]


@pytest.mark.parametrize(
    ("half", "l", "rho"), [(2, Q(1), Q(1)), (3, Q(2), Q(1, 2)), (4, Q(1), Q(1, 2))]
)
def test_the_level_of_a_meander_holds_on_all_paths(half: int, l: Q, rho: Q) -> None:
    """The conclusion of the path theorem, as it is written, wherever its hypotheses hold."""
    model = noisy_meander(6, half, l, rho, _Mirrored(Q(1, 8)))
    assert all(model.holds(need) for need in NEEDS)
    thm = level()
    assert thm.hyps <= {*NEEDS, *granted()}
    assert model.holds(thm.concl)


def test_a_meander_that_turns_too_soon_breaks_the_level() -> None:
    """With fewer cells than rho asks for, the hypothesis fails and so does the conclusion."""
    model = noisy_meander(6, 1, Q(1), Q(1, 10), _Mirrored(Q(1, 8)))
    thm = level()
    assert [need for need in NEEDS if not model.holds(need)] == [NEEDS[-1]]
    assert not model.holds(thm.concl)
