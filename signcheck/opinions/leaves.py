"""Polynomial leaves of a proof: what a step claims, and under which facts, without its certificate.

A leaf is a step by ``certificate``, ``identity`` or ``sign_fact``: its goal is a relation that
follows from its premises by real arithmetic alone. The multipliers that the kernel checked are no
part of a leaf; whoever gives an opinion has to find a reason of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from signcheck.kernel import Formula, Relation, Theorem, sequent
from signcheck.kernel.judge import random_splits
from signcheck.kernel.recheck import steps

__all__ = ["Fact", "Leaf", "leaf_of", "leaves"]

RULES = ("certificate", "identity", "sign_fact")


class Fact(NamedTuple):
    """A hypothesis of a leaf; ``sure`` if it holds almost surely, not at one outcome only."""

    formula: Formula
    sure: bool = True


class Leaf(NamedTuple):
    """``premises |- goal`` by real arithmetic.

    Attributes
    ----------
    goal
        The relation that the step concludes.
    premises
        Conclusions of the step's premises: what was combined and the facts it used.
    context
        Hypotheses and open cases of the step: they hold as well, and say why terms have values.
    """

    goal: Relation
    premises: frozenset[Fact]
    context: frozenset[Fact]


def leaf_of(thm: Theorem) -> Leaf | None:
    """The leaf that a step is; None for other steps."""
    content = sequent(thm)
    if content.rule not in RULES:
        return None
    assert isinstance(content.concl, Relation)
    premises = (Fact(sequent(p).concl, not random_splits(p)) for p in content.premises)
    held = [Fact(h) for h in content.hyps]
    held += [Fact(h, not h.random()) for h in content.splits]
    return Leaf(content.concl, frozenset(premises), frozenset(held))


def leaves(theorems: Iterable[Theorem]) -> Iterator[tuple[Theorem, Leaf]]:
    """The leaves of some proofs, each once, with the first step that it is."""
    seen: set[Leaf] = set()
    for thm in theorems:
        for step in steps(thm):
            leaf = leaf_of(step)
            if leaf is not None and leaf not in seen:
                seen.add(leaf)
                yield step, leaf
