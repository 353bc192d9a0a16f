"""Perturbed certificates: no multiplier may be moved and no slack term left out.

Every certificate of a proof is offered to the kernel's rule again with one multiplier changed by
2 %, or with one slack term left out or changed. It has to be refused, unless what the multiplier
multiplies is an equation between equal terms: there any multiplier will do, and the variant is
counted as equivalent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import sympy as sp

from hardinstances.errors import ProofError
from signcheck import kernel as k
from signcheck.kernel.algebra import difference
from signcheck.kernel.recheck import steps

__all__ = ["Perturbed", "perturb"]

NUDGE = sp.Rational(51, 50)
Combination = list[tuple[Any, k.Theorem]]


class Perturbed(NamedTuple):
    """Perturbed certificates of one proof.

    Attributes
    ----------
    certificates
        Steps that have a certificate.
    refused
        Variants that the kernel refused.
    equivalent
        Variants with another multiplier of an equation whose sides are equal terms.
    survived
        Labels or claims of steps with any other variant that was accepted: holes.
    """

    certificates: int
    refused: int
    equivalent: int
    survived: tuple[str, ...]


def perturb(theorem: k.Theorem) -> Perturbed:
    """Offer every perturbed certificate of a proof to the kernel."""
    counts, survived = {"certificates": 0, "refused": 0, "equivalent": 0}, []
    for step in steps(theorem):
        content = k.sequent(step)
        if content.rule != "certificate":
            continue
        counts["certificates"] += 1
        multipliers, slack = content.detail["terms"]
        premises, facts = content.premises[: len(multipliers)], content.premises
        goal: Any = content.concl
        pairs = list(zip(multipliers, premises, strict=True))
        for place, combination, rest in _variants(pairs, list(slack)):
            try:
                k.certificate(goal, combination, rest, facts=facts)
            except ProofError:
                counts["refused"] += 1
                continue
            if place is not None and _empty(premises[place]):
                counts["equivalent"] += 1
            else:
                survived.append(content.label or str(goal))
    return Perturbed(**counts, survived=tuple(survived))


def _variants(
    pairs: Combination, slack: list[Any]
) -> Iterator[tuple[int | None, Combination, list[Any]]]:
    """Changed certificates, with the place of the multiplier that was changed."""
    for place, (multiplier, thm) in enumerate(pairs):
        for factor in (NUDGE, sp.Integer(0)):
            changed = (factor * multiplier, thm)
            yield place, [*pairs[:place], changed, *pairs[place + 1 :]], slack
    for place, term in enumerate(slack):
        for factor in (NUDGE, sp.Integer(0)):
            yield None, pairs, [*slack[:place], factor * term, *slack[place + 1 :]]


def _empty(premise: k.Theorem) -> bool:
    """Whether a premise is an equation between equal terms."""
    concl = k.sequent(premise).concl
    return isinstance(concl, k.Relation) and difference(concl.lhs, concl.rhs) == 0
