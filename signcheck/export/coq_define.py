"""Sequences that a proof defines by recursion, as definitions in Coq.

The rule ``recursion`` drops the defining equations of a sequence because such a sequence exists. In
the file it is there: a ``Definition`` takes the place of the ``Variable`` that stands for its
members, the equations are lemmas, and every step that assumes them uses these. The members of a
sequence of vectors stand inside of opaque terms, where no lemma has its equations as premises: the
file says in a comment which sequence is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signcheck.export.coq_atoms import expressible
from signcheck.export.coq_steps import Mapped
from signcheck.kernel import Eq, ForAll, Formula, Sym, Theorem, sequent
from signcheck.kernel.terms import Ap, Term

if TYPE_CHECKING:
    from signcheck.export.coq_skeleton import Skeleton

__all__ = ["define"]

VALUE = "value"
"""The member before, in the text of a definition."""


def define(skeleton: Skeleton, thm: Theorem, to: Mapped) -> bool:
    """Define the sequence of a ``recursion`` step, unless its equations are known already.

    Returns whether no lemma needs the equations as premises: not if the name stands for another
    sequence or the equations speak of more than the statement's numbers.
    """
    positional, named = sequent(thm).arguments
    given = {**dict(zip(("thm", "head", "start", "step"), positional, strict=False)), **named}
    start, step = (given[name].subst(to) for name in ("start", "step"))
    if start in skeleton.known and step in skeleton.known:
        return True
    if not (expressible(start) or expressible(step)):
        return _in_opaque_terms(skeleton, given["head"], start, step)
    first, then = _equation(start), _equation(step)
    before = _before(step, then.lhs)
    numbers = {s for s in start.free() | step.free() if s.sort in ("int", "real", "random")}
    own = numbers - skeleton.atoms.fixed
    name = skeleton.atoms.real(before).strip("()").split()[0]
    drawn = skeleton.atoms.draws.get(before.args[0], frozenset())
    if not own <= drawn:
        skeleton.sequences[before.args[0]] = drawn | own  # one sequence for each of their values
    if not own <= drawn or name in skeleton.atoms.definitions:
        return False
    skeleton.atoms.definitions[name] = _text(skeleton, name, before, first.rhs, then.rhs)
    for formula, proof in ((start, "reflexivity."), (step, "apply along_step; assumption.")):
        lemma = f"defined_{len(skeleton.known)}"
        text = skeleton.atoms.formula(formula)
        numbers_ = sorted(drawn, key=str)
        head = "".join(f"forall {skeleton.atoms.binder(s)}, " for s in numbers_)
        skeleton.blocks.append(f"Lemma {lemma} : {head}{text}.\nProof. intros; {proof} Qed.")
        args = " ".join([lemma, *map(skeleton.atoms.name, numbers_)])
        skeleton.known[formula] = f"({args})" if numbers_ else lemma
    return True


def _in_opaque_terms(skeleton: Skeleton, head: Sym, start: Formula, step: Formula) -> bool:
    """Name a sequence of vectors; two of one name, or one for each number, are none."""
    loose = {s for s in start.free() | step.free() if s.sort in ("int", "real", "random")}
    known = skeleton.vectors.get(head)
    if loose - skeleton.atoms.fixed or known not in (None, (start, step)):
        return False
    if known is None:
        skeleton.vectors[head] = (start, step)
        text = f"{start}; {step}".replace("(*", "( *").replace("*)", "* )")
        skeleton.blocks.append(f"(* In the opaque terms: {text} *)")
    return True


def _equation(formula: Formula) -> Eq:
    while isinstance(formula, ForAll):
        formula = formula.body
    assert isinstance(formula, Eq)
    return formula


def _before(step: Formula, member: Term) -> Term:
    """The member at t, from the one at t + 1."""
    assert isinstance(step, ForAll)
    return Ap(member.args[0], step.var, *member.args[2:])


def _text(skeleton: Skeleton, name: str, before: Term, first: Term, then: Term) -> str:
    atoms = skeleton.atoms
    indices: list[Sym] = list(before.args[1:])
    drawn = sorted(atoms.draws.get(before.args[0], ()), key=str)
    binders = " ".join(f"({atoms.binder(i)})" for i in (*indices, *drawn))
    t = atoms.name(indices[0])
    rest = atoms.real(then).replace(atoms.real(before), VALUE)
    step = f"(fun ({t} : Z) ({VALUE} : R) => {rest})"
    return f"Definition {name} {binders} : R :=\n  along {atoms.real(first)} {step} {t}."
