"""What the witness of T2 grants is true of all paths of SignSGD on a noisy ramp."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.profiles import RAMP
from proofs.assumptions import ETA, TAU, B
from proofs.lemmas.masking import NOISE as MASKING
from proofs.lower.dynamics import SIGNSGD
from signcheck import kernel as k
from signcheck.kernel.rules_witness import BATCH_MEAN, CALLS
from tests.proofs.exact import Oracle, Q, Ridges, Run, Vec, slide
from tests.proofs.members import sizes
from tests.proofs.model import Chance, Model
from tests.proofs.paths import CALLS as ORACLE_CALLS
from tests.proofs.paths import POSITION, paths


@settings(max_examples=10)
@given(st.integers(1, 4), st.sampled_from([Q(1, 10), Q(1, 2)]), sizes)
def test_the_granted_hypotheses_hold_on_all_paths_of_a_noisy_ramp(steps: int, tau: Q, b: Q) -> None:
    """At B = 1, where everything is rational: y = -tau or 2 u + tau with probability 1/2."""
    model, granted = noisy_ramp(steps, tau * b, b)
    assert len(granted) == 7
    assert all(model.holds(formula) for formula in granted)
    wrong, _ = noisy_ramp(steps, tau * b, b, shown=2 * tau * b)
    assert [f for f in granted if not wrong.holds(f)] == [f for f in granted if "w.p." in str(f)]


def noisy_ramp(steps: int, tau: Q, b: Q, shown: Q | None = None) -> tuple[Model, list[k.Formula]]:
    """All paths of SignSGD on one noisy ramp, and what the witness grants about them."""
    eta, depth, l = Q(1), Q(1), b
    run = Run(
        Ridges(((slide(l, b, depth), Vec([Q(1)])),)), Vec([Q(0)]), eta, steps, 1, _Masked(tau)
    )
    all_paths = paths(run)
    own = {name: k.Sym(name) for name in ("a", "l", "D")}
    x, u = SIGNSGD.position, SIGNSGD.slope

    def scalar(family: k.Sym, *indices: int) -> Chance:
        return Chance(tuple(v[0] for v in all_paths.families[family](*indices).draws))

    def derivative(at: Q, a: Q, l: Q, depth: Q) -> Q:
        return slide(l, a, depth).slope(at)

    model = Model(
        all_paths.probabilities,
        values={
            ETA: eta, B: Q(1), TAU: tau if shown is None else shown,
            own["a"]: b, own["l"]: l, own["D"]: depth,
        },
        families={
            x: lambda t: scalar(POSITION, t),
            u: lambda t: Chance(
                tuple(derivative(v, b, l, depth) for v in scalar(POSITION, t).draws)
            ),
            CALLS: lambda t, j: scalar(ORACLE_CALLS, t, j),
            BATCH_MEAN: lambda t: scalar(ORACLE_CALLS, t, 0),
        },
        past=all_paths.past,
        times=steps,
        profile=derivative,
    )  # fmt: skip
    block = (RAMP, tuple(own.values()), None, None, None, None, MASKING)
    return model, sorted(k.path_hypotheses(block, SIGNSGD), key=str)


class _Masked(Oracle):
    """One call is -tau or 2 u + tau, with probability 1/2."""

    def __init__(self, tau: Q) -> None:
        super().__init__(Vec([tau]), Q(1))

    def call(self, slope: Q, i: int) -> Any:
        """Law of the call."""
        tau = self.scales[i]
        return ((-tau, Q(1, 2)), (2 * slope + tau, Q(1, 2)))
