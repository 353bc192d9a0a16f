"""Coq files of theorems: leaves, skeleton, hypotheses on trust, and numbers that satisfy them.

A file speaks of real numbers. An opaque term is a variable; a step that has no form in numbers is
a hypothesis named ``by_RULE_n``, and the header counts these. ``theorem`` is the statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hardinstances.errors import InputError, ProjectError
from signcheck.export.coq_atoms import expressible
from signcheck.export.coq_example import example
from signcheck.export.coq_gather import leaf_of
from signcheck.export.coq_leaves import Leaf
from signcheck.export.coq_names import legal
from signcheck.export.coq_prelude import FILE_NAME, PRELUDE
from signcheck.export.coq_skeleton import Skeleton
from signcheck.export.coq_syntax import refuse
from signcheck.export.coq_trust import FORBIDDEN
from signcheck.kernel.recheck import steps
from signcheck.kernel.theorem import Theorem, sequent

if TYPE_CHECKING:
    from signcheck.theory import Theory

__all__ = ["CoqFile", "coq_file", "theories", "write", "write_enclosures"]

HEAD = f"""Require Import {FILE_NAME}.
From Coq Require Import Reals Lra Lia ZArith.
Open Scope R_scope.
"""

SKELETONS = frozenset(
    {"L0", "L0-gap", "L0-matrix", "L1", "L1-pointwise", "T1", "T1a", "T1b", "T1c", "T1c-calls"}
    | {"L0-tent", "L0-matrix-gap", "L1-matrix-pointwise", "T2b", "T2c", "T3u", "T3u-l2"}
    | {"L1-matrix", "T5", "T5-exact", "T5-newton-schulz", "T5m", "T5m-exact"}
    | {"T1-rate", "T2-kappa", "T2-rate", "T2c-rate", "T3-ramps-rate", "T3-rate", "T3u-rate"}
    | {"T1m", "T10", "T10-minorant", "T10-range"}
    | {"T4", "T4-quiet", "T4-equal", "T4-even", "T4-odd", "T4-single", "T4-sparse"}
    | {"T8", "T8-A0", "T8-A1", "T8-A1-sharp", "T8-A2", "T8-flat-A1"}
    | {"T2", "T2-walk", "T3-ramps", "T3-unstable", "T6", "T6b", "T6c"}
)
"""Theorems whose skeleton coqc accepts; of any other one the leaves are written."""


@dataclass(frozen=True)
class CoqFile:
    """One theorem in Coq: module name, text, and what it takes on trust, by rule."""

    name: str
    text: str
    leaves: int
    lemmas: int
    trusted: dict[str, int]


def coq_file(theory: Theory) -> CoqFile:
    """The Coq text of a theorem.

    Raises
    ------
    ProofError
        If the theorem does not prove, or its conclusion has no form in real numbers.
    """
    statement = theory.statement
    formulas = statement.hypotheses
    fixed = statement.conclusion.free().union(*(h.free() for h in formulas.values()))
    known = {h: f"given_{k}" for k, h in enumerate(formulas.values()) if expressible(h)}
    skeleton = Skeleton(fixed, known)
    if theory.id not in SKELETONS:
        return _leaves_file(theory, skeleton)
    end = skeleton.derive(theory.theorem, {})
    while (again := skeleton.settled()) is not None:
        skeleton, end = again, again.derive(theory.theorem, {})
    if end is None or FORBIDDEN & set(skeleton.assumed):
        raise refuse(f"the skeleton of {theory.id}, of which only the leaves can be written,")
    leaves = dict(skeleton.leaves.values()) | _unused_leaves(theory, skeleton)
    given = [f"Hypothesis {n} : {skeleton.atoms.formula(h)}." for h, n in known.items()]
    trusted = {rule: len(names) for rule, names in skeleton.assumed.items()}
    lines = [
        _header(theory, trusted),
        HEAD,
        *(_lemma(name, leaf) for name, leaf in leaves.items()),
        "Section Statement.",
        *skeleton.atoms.declarations(),
        *given,
        *skeleton.blocks,
        f"Theorem theorem : {skeleton.atoms.formula(end.concl)}.\nProof. exact {end.name}. Qed.",
        "End Statement.",
        example(statement),
        "Print Assumptions theorem.",
    ]
    lemmas = sum("Lemma " in block for block in skeleton.blocks)
    return CoqFile(legal(f"thm_{theory.id}"), "\n".join(lines) + "\n", len(leaves), lemmas, trusted)


def _leaves_file(theory: Theory, skeleton: Skeleton) -> CoqFile:
    leaves = _unused_leaves(theory, skeleton)
    lines = [
        _header(theory, {}),
        "(* Leaves only: that they give the statement is not derived here. *)",
        HEAD,
        *(_lemma(name, leaf) for name, leaf in leaves.items()),
        example(theory.statement),
        *(f"Print Assumptions {name}." for name in list(leaves)[-1:]),
    ]
    return CoqFile(legal(f"thm_{theory.id}"), "\n".join(lines) + "\n", len(leaves), 0, {})


def _unused_leaves(theory: Theory, skeleton: Skeleton) -> dict[str, Leaf]:
    """Leaves of the proof as the kernel checked them, before any replacement."""
    found: dict[str, Leaf] = {}
    for thm in steps(theory.theorem):
        leaf = _readable(thm) if sequent(thm).rule != "sign_fact" else None
        if leaf is not None and leaf.statement() not in skeleton.leaves:
            found[skeleton.leaf(leaf)] = leaf
    return found


def _readable(thm: Theorem) -> Leaf | None:
    """The leaf of a step; None if a term in it has no form here."""
    try:
        leaf = leaf_of(thm)
        return leaf if leaf is None or leaf.proof() else None
    except (ProjectError, ValueError, TypeError):
        return None


def _lemma(name: str, leaf: Leaf) -> str:
    proof = "\n".join(f"  {line}" for line in leaf.proof())
    return f"Lemma {name}{leaf.statement()}\nProof.\n{proof}\nQed.\n"


def _header(theory: Theory, trusted: dict[str, int]) -> str:
    listed = ", ".join(f"{rule} ({n})" for rule, n in sorted(trusted.items())) or "none"
    title = theory.title.replace("(*", "( *").replace("*)", "* )")
    return (
        f"(* {theory.id}: {title}\n"
        f"   {theory.source}\n"
        "   Opaque terms (expectations, norms, values of f, profiles) are real variables.\n"
        "   Steps without a form in real numbers are hypotheses by_RULE_n, their scalar premises\n"
        "   included where these have a proof here; by_form_n is the sign of an opaque term.\n"
        f"   Here: {listed}. *)\n"
    )


def theories(names: Sequence[str]) -> list[Theory]:
    """Theorems by id, or of a certificate of ``signcheck pep`` by its file; all ids by default.

    Raises
    ------
    InputError
        If an id is unknown or a file cannot be read.
    """
    from signcheck import registry
    from signcheck.pep.certificate import Certificate
    from signcheck.pep.files import read
    from signcheck.pep.theorem import theory_of

    found = []
    for name in names or registry.ids():
        if not name.endswith(".json"):
            found.append(registry.load(name))
            continue
        certificate = read(Path(name))
        if not isinstance(certificate, Certificate):
            raise InputError(f"{name} holds no certificate of the separable class: name another.")
        found.append(theory_of(certificate, f"T9_{Path(name).stem}"))
    return found


def write(theories: list[Theory], folder: Path) -> list[CoqFile]:
    """Write the prelude and one file a theorem; returns what was written.

    Raises
    ------
    InputError
        If the folder cannot be written.
    ProofError
        As :func:`coq_file`.
    """
    files = [coq_file(theory) for theory in theories]
    _save(folder, {FILE_NAME: PRELUDE} | {file.name: file.text for file in files})
    return files


def write_enclosures(folder: Path) -> list[str]:
    """Write the files that need coq-interval; returns their module names.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    from signcheck.export.coq_enclosures import enclosures

    texts = enclosures()
    _save(folder, texts)
    return list(texts)


def _save(folder: Path, texts: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.v").write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written ({error.strerror}): name another folder with --out."
        ) from error
