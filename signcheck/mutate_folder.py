"""``signcheck mutate --out``: one file a theorem, so that what was cut off goes on.

A file is written in one stroke when its theorem is finished, with a key of all that decides it: the
proof as it is exported, samples, notes, settings and versions. ``--resume`` keeps the files whose
key is the present one and makes the others again.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, as_completed
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardinstances.errors import DataError, InputError
from signcheck.pages import make_folder, save

if TYPE_CHECKING:
    from signcheck.mutate_report import Line
    from signcheck.theory import Theory
    from signcheck.verify import Progress

__all__ = ["key", "run", "settings"]

FORMAT = "signcheck/mutation/1"
LIBRARIES = ("signcheck", "sympy", "python-flint")


def settings() -> dict[str, Any]:
    """What decides a report besides the theorem: format, nudges, search, seed, versions."""
    from signcheck import countermodel, mutate, mutate_certificates

    versions = {"python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in LIBRARIES}
    return {
        "format": FORMAT,
        "nudge": str(mutate.NUDGE),
        "certificate_factors": [str(mutate_certificates.NUDGE), "0"],
        "countermodel_points": mutate.SEARCH,
        "seed": countermodel.SEED,
        "versions": versions,
    }


def key(theory: Theory) -> str:
    """SHA-256 of all that decides the report of a theorem.

    Raises
    ------
    ProofError
        If the theorem is not proved.
    """
    from signcheck.export.json import document

    samples = [
        [s.name, s.breaks, *sorted(f"{a} = {v}" for a, v in {**s.values, **s.caps}.items())]
        for s in theory.samples()
    ]
    decides = [settings(), document(theory)["digest"], samples, dict(theory.notes)]
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def run(
    ids: Sequence[str],
    out: Path,
    *,
    resume: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Line]:
    """Examine theorems into a folder; returns their reports in the order asked for.

    Writes ``ID.json`` for each theorem as it is finished, and ``README.md`` at the end.

    Parameters
    ----------
    ids
        Theorems.
    out
        Folder, made if it is not there.
    resume
        Keep the files that are still true and make the others of the folder anew; without it the
        folder may have none.
    workers
        Processes; 1 does everything here.
    progress
        Called with the theorem that was finished, how many are, and how many there are.

    Raises
    ------
    InputError
        If an id is unknown, the folder has results or cannot be written, workers is not a positive
        integer, or a worker died.
    DataError
        If a file to be kept is damaged.
    ProofError
        If a theorem does not prove.
    """
    from signcheck import registry
    from signcheck.mutate_readme import readme
    from signcheck.mutate_report import Line

    if workers < 1:
        raise InputError(f"workers must be a positive integer, got {workers}.")
    make_folder(out)
    # What lies in the folder is examined, too: the page speaks of all of it.
    there = [path.stem for path in sorted(out.glob("*.json"))]
    kept = {name: _old(out / f"{name}.json", resume) for name in (*ids, *there)}
    found: dict[str, dict[str, Any]] = {}
    for content in _examined(kept, workers):
        name = content["theorem"]
        if content is not kept[name]:
            save(out / f"{name}.json", _text(content))
        found[name] = content
        if progress is not None:
            progress(name, len(found), len(kept))
    names = sorted(found, key=registry.ids().index)
    lines = {name: Line.read(found[name]) for name in names}
    seconds = sum(content["seconds"] for content in found.values())
    page = readme([*lines.values()], _command(names, out, workers), settings(), seconds)
    save(out / "README.md", page)
    return [lines[name] for name in ids]


def _command(ids: Sequence[str], out: Path, workers: int) -> str:
    from signcheck import registry

    chosen = [] if list(ids) == registry.ids() else ids
    options = ["--out", str(out), "--resume", "--workers", str(workers)]
    return shlex.join(["signcheck", "mutate", *chosen, *options])


def _examined(kept: dict[str, dict[str, Any] | None], workers: int) -> Iterator[dict[str, Any]]:
    """The reports as they are finished, kept ones unchanged."""
    keys = {name: content.get("key", "") if content else "" for name, content in kept.items()}
    if workers == 1:
        yield from (_work(name, old) or kept[name] or {} for name, old in keys.items())
        return
    # Fresh interpreters: a forked child would inherit thread pools without their threads.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        tasks = {pool.submit(_work, name, old): name for name, old in keys.items()}
        try:
            for task in as_completed(tasks):
                yield task.result() or kept[tasks[task]] or {}
        except BrokenExecutor as error:
            raise InputError(
                f"A worker died ({error}); what was finished is in the folder: look for what "
                "killed it (memory?) and go on with --resume."
            ) from error
        finally:
            for task in tasks:
                task.cancel()


def _work(name: str, old: str) -> dict[str, Any] | None:
    """The report of a theorem as JSON data; None if its key is still the old one."""
    from signcheck import registry
    from signcheck.mutate_report import examine

    theory = registry.load(name)
    present = key(theory)
    if present == old:
        return None
    begin = time.process_time()
    content = examine(theory).plain()
    seconds = round(time.process_time() - begin, 2)
    return {**content, "key": present, "seconds": seconds, "settings": settings()}


def _old(path: Path, resume: bool) -> dict[str, Any] | None:
    """What a file holds; None if there is none."""
    if not path.exists():
        return None
    if not resume:
        raise InputError(
            f"{path} holds results already: continue with --resume, or choose another folder "
            "with --out."
        )
    from signcheck.mutate_report import Line

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        ours = content["theorem"] == path.stem and content["settings"]["format"].startswith(
            "signcheck/mutation/"
        )
        if ours and content["settings"]["format"] == FORMAT:
            _ = Line.read(content), content["key"] + "", content["seconds"] + 0
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} cannot be read ({error}): delete it and go on.") from error
    if not ours:
        raise DataError(f"{path} is no mutation report of {path.stem}: delete it and go on.")
    return dict(content)


def _text(content: dict[str, Any]) -> str:
    """JSON with a line for each mutant, so that a difference can be read."""
    rows = ",\n".join(json.dumps(row) for row in content["mutants"])
    rest = json.dumps({name: part for name, part in content.items() if name != "mutants"}, indent=1)
    return f'{rest[:-2]},\n "mutants": [\n{rows}\n ]\n}}\n'
