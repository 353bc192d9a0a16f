"""T10: what the Newton-Schulz step of Muon does to the singular values of a matrix.

O = q(G/|G|_F), q = p o p o p o p o p with the odd polynomial p of the reference schedule, in exact
arithmetic and without an eps. T10: <G, O> >= alpha(r) |G|_* for every G of rank at most r.
T10-range: every singular value of O is at most gamma = 1.2024. These are the alpha and gamma of T5;
for G = 0, where implementations take O = 0, there is nothing to show.

The statements speak of singular values: s(i) of G, o(i) of O. What they do not derive is that an
odd polynomial of a matrix acts on its singular values and keeps its singular vectors, so that
<G, O> = sum s(i) o(i), |G|_* = sum s(i) and |O|_op = max |o(i)|: the runs compute all three from
matrices, and tests/proofs/test_newton_schulz.py compares them with the sums.

That q(s) >= min(0.6818, 450 s) and |q(s)| <= 1.2024 on [0, 1] are hypotheses, certified by ball
arithmetic (``signcheck.intervals.newton_schulz_claims``) on the very formulas that stand here.
Any other schedule: ``PolynomialStep`` has the same two statements and proofs.

Source: theory sheet, T10; K. Jordan et al., "Muon", 2024 (the coefficients).
"""

from __future__ import annotations

from fractions import Fraction

from proofs.lemmas.minorant import NUCLEAR, PAIRING, alpha_of
from proofs.lemmas.polynomial_step import SIZE, PolynomialStep
from proofs.newton_schulz_runs import alignment_runs, range_runs
from proofs.samples.newton_schulz import range_samples, step_samples
from signcheck import kernel as k
from signcheck.intervals.newton_schulz import REFERENCE, REFERENCE_MINORANT
from signcheck.theory import Statement, Theory

NEWTON_SCHULZ = PolynomialStep(REFERENCE, REFERENCE_MINORANT, Fraction(12024, 10**4))
"""The reference schedule with the numbers of the theory sheet."""


def prove(statement: Statement) -> k.Theorem:
    """The certified minorant at every singular value, and T10-minorant."""
    return NEWTON_SCHULZ.prove_alignment(statement)


def prove_range(statement: Statement) -> k.Theorem:
    """The certified range at the singular value j."""
    return NEWTON_SCHULZ.prove_range(statement)


METHODS = "five Newton-Schulz polynomials of the reference schedule, exact arithmetic"
T10 = Theory(
    id="T10",
    title="Newton-Schulz step of Muon: <G, O> >= alpha(r) |G|_* for rank at most r",
    kind="lemma",
    statement=NEWTON_SCHULZ.alignment,
    prove=prove,
    samples=lambda: step_samples(NEWTON_SCHULZ.minorant),
    notes={
        "slack": "the minorant min(0.6818, 450 s) touches q at single points only: the best alpha "
        "of q is larger",
    },
    bound=alpha_of("T10", METHODS, NEWTON_SCHULZ.alignment),
    runs=alignment_runs(NUCLEAR, PAIRING),
)
T10_RANGE = Theory(
    id="T10-range",
    title=f"Newton-Schulz step of Muon: |O|_op <= {float(NEWTON_SCHULZ.gamma)}",
    kind="lemma",
    statement=NEWTON_SCHULZ.range,
    prove=prove_range,
    samples=lambda: range_samples(SIZE),
    notes={"slack": "the power asks for more below |O|_op = 1 only, and less above"},
    runs=range_runs(SIZE),
)
