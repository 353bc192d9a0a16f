"""What ``make coq`` left of a theorem: whether coqc accepted its file, leaf by leaf, how long.

Nothing is run here. A file counts only if it has the text that the theorem is exported to now and
coqc made its ``.vo`` from it; everything else is said in words and is no check.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardinstances.errors import ProjectError

if TYPE_CHECKING:
    from signcheck.kernel import Theorem
    from signcheck.theory import Theory

__all__ = ["FOLDER", "CoqLog", "coq_log"]

FOLDER = Path("build/coq")
"""Where ``make coq`` works."""

ACCEPTED = "accepted"
NOT_RUN = "not run"

_LEAF = re.compile(rb"^Lemma leaf_\w+(.*?)\nProof\.\n.*?^Qed\.$", re.DOTALL | re.MULTILINE)
_TIME = re.compile(rb"^Chars (\d+) - \d+ .* secs \(([\d.]+)u,([\d.]+)s\)", re.MULTILINE)


@dataclass(frozen=True)
class CoqLog:
    """What coqc says of one theorem.

    Attributes
    ----------
    verdict
        ``"accepted"``, or in words why nothing was checked: not run, refused, another text.
    seconds
        Processor time of all commands of the file; 0 if coqc was not asked for times.
    whole
        Whether the statement is derived in the file, not its leaves alone.
    trusted
        Steps of the derivation that are hypotheses there.
    lemmas
        Seconds of each accepted leaf, by the text of its statement.
    """

    verdict: str
    seconds: float = 0.0
    whole: bool = False
    trusted: int = 0
    lemmas: Mapping[str, float] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether coqc accepted the file of this very theorem."""
        return self.verdict == ACCEPTED

    def of(self, step: Theorem) -> dict[str, float]:
        """Seconds under ``"Coq"``; empty unless an accepted lemma has the statement of the leaf."""
        from signcheck.export.coq_gather import leaf_of

        # A term without a form in Coq: the leaf has no lemma.
        with suppress(ProjectError, ValueError, TypeError):
            leaf = leaf_of(step) if self.lemmas else None
            if leaf is not None and (text := leaf.statement()) in self.lemmas:
                return {"Coq": self.lemmas[text]}
        return {}

    def __str__(self) -> str:
        if not self.accepted:
            return self.verdict
        time = f"in {self.seconds:.1f} s" if self.seconds else "(not timed)"
        if not self.whole:
            return f"accepted {time}, leaves only"
        trust = f"{self.trusted} steps on trust" if self.trusted else "nothing on trust"
        return f"accepted {time}, {trust}"

    def plain(self) -> dict[str, Any]:
        """JSON data, without the leaves."""
        return {name: part for name, part in vars(self).items() if name != "lemmas"}


def coq_log(theory: Theory, folder: Path = FOLDER) -> CoqLog:
    """Read what coqc left of a theorem.

    Parameters
    ----------
    theory
        Whose export is looked for.
    folder
        Where ``make coq`` worked.

    Raises
    ------
    ProofError
        If the theorem does not prove.
    """
    from signcheck.export.coq import coq_file
    from signcheck.export.coq_names import legal
    from signcheck.export.coq_prelude import FILE_NAME, PRELUDE

    _ = theory.theorem
    source = folder / f"{legal(f'thm_{theory.id}')}.v"
    log, made = source.with_suffix(".v.log"), source.with_suffix(".vo")
    if not (source.is_file() and log.is_file()):
        return CoqLog(NOT_RUN)
    try:
        file = coq_file(theory)
    except ProjectError as error:
        return CoqLog(f"not exported: {str(error).rstrip('.')}")
    text = file.text.encode()
    prelude = folder / f"{FILE_NAME}.v"
    ours = prelude.is_file() and prelude.read_bytes() == PRELUDE.encode()
    if source.read_bytes() != text or not ours:
        return CoqLog(f"{NOT_RUN} on this version of the proof")
    written = max(path.stat().st_mtime for path in (source, prelude))
    if log.stat().st_mtime < written:
        return CoqLog(NOT_RUN)
    if not made.is_file() or made.stat().st_mtime < written:
        return CoqLog("refused")
    spent = _TIME.findall(log.read_bytes())
    times = [(int(at), float(own) + float(system)) for at, own, system in spent]
    return CoqLog(
        ACCEPTED,
        sum(taken for _, taken in times),
        "\nTheorem theorem :" in file.text,
        sum(file.trusted.values()),
        _lemmas(text, times),
    )


def _lemmas(text: bytes, times: list[tuple[int, float]]) -> dict[str, float]:
    """Seconds between each leaf's ``Lemma`` and its ``Qed``."""
    found: dict[str, Any] = {}
    for match in _LEAF.finditer(text):
        spent = sum(taken for at, taken in times if match.start() <= at < match.end())
        found[match.group(1).decode()] = spent
    return found
