"""What a leaf assumes: why its divisors are not zero, be it a hypothesis or an open case."""

from __future__ import annotations

import pytest

from signcheck import registry
from signcheck.export.coq_gather import leaf_of
from signcheck.export.coq_syntax import denominators
from signcheck.kernel import Lt, sequent
from signcheck.kernel.recheck import steps


@pytest.mark.parametrize("name", ["L0", "L0-gap"])
def test_no_divisor_of_a_leaf_may_be_zero(name: str) -> None:
    cases = 0
    for step in steps(registry.load(name).theorem):
        leaf = leaf_of(step)
        if leaf is None:
            continue
        for base in denominators(leaf.terms()):
            assert leaf._knowing.nonzero(base), (sequent(step).label, leaf.statement())
            given = {g.formula for g in leaf.given if g.premise is None and g.source is None}
            cases += any(isinstance(s, Lt) and s in given for s in sequent(step).splits)
    assert cases
