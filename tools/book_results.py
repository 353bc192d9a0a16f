"""Committed results on pages: their reports, pictures and numbers, as they are committed."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

__all__ = ["embed", "make"]

ROOT = Path(__file__).resolve().parent.parent
REPORTS = {
    "pep": ("results/pep", "README.md"),
    "gauntlet": ("results/gauntlet", "report.md"),
    "gauntlet_files": ("results/gauntlet", "README.md"),
    "gpt2": ("gpt2_validation/results", "README.md"),
    "rates": ("results/rates", "README.md"),
    "audit": ("results/audit", "README.md"),
    "mutation": ("results/mutation", "README.md"),
}
"""Name on pages (``{{ report_NAME }}``), folder, report."""

PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)(?:\n\n\*([^*\n]+)\*)?")
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)([^)\s]+)\)")


def make(source: Path) -> tuple[dict[str, str], dict[str, str]]:
    """No pages of their own; every report as a text to put on a page, and single numbers."""
    values = {}
    for name, (folder, report) in REPORTS.items():
        values[f"report_{name}"] = embed(source, name, ROOT / folder, report)
    return {}, values | _gauntlet() | _gpt2() | {"errata": _errata(source)}


def embed(source: Path, name: str, folder: Path, report: str) -> str:
    """A report as the body of a page; its pictures are copied and get captions.

    A folder or report that is not there yields the sentence that says so.
    """
    path = _report(folder, report)
    if path is None:
        short = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
        return f"No result is committed yet under `{short}`: nothing is claimed here."
    text = path.read_text("utf-8")
    text = re.sub(r"\A# .*\n+", "", text)
    text = re.sub(r"^(#+) ", r"#\1 ", text, flags=re.MULTILINE)
    text = re.sub(r"^### ", "## ", text, flags=re.MULTILINE)
    text = LINK.sub(r"\1 (`\2`)", text)
    text = _indented_code(text)
    pictures = source / "pictures" / name

    def picture(match: re.Match[str]) -> str:
        alt, file, caption = match.groups()
        pictures.mkdir(parents=True, exist_ok=True)
        shutil.copy(path.parent / file, pictures)
        target = f"/pictures/{name}/{Path(file).name}"
        words = caption or f"{alt[:1].upper()}{alt[1:].rstrip('.')} (`{file}`)."
        return f"```{{figure}} {target}\n:alt: {alt}\n\n{words}\n```"

    return PICTURE.sub(picture, text)


def _report(folder: Path, report: str) -> Path | None:
    """The report, or whatever single page of Markdown the folder has in its place."""
    named = [folder / report, folder / "README.md", folder / "report.md"]
    others = sorted(folder.glob("*.md"))
    return next((path for path in [*named, *others] if path.is_file()), None)


def _indented_code(text: str) -> str:
    """Indented code blocks as fenced ones, so that they are not read as anything else."""

    def fenced(match: re.Match[str]) -> str:
        return f"```text\n{_out(match.group())}```\n"

    return re.sub(r"(?:^    .+\n?)+", fenced, text, flags=re.MULTILINE)


def _out(block: str) -> str:
    return "".join(line[4:] for line in block.splitlines(keepends=True)).rstrip("\n") + "\n"


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def _gauntlet() -> dict[str, str]:
    found = _json(ROOT / "results/gauntlet/report.json")
    if found is None:
        return {"gauntlet_summary": "The gauntlet has not been run for this version."}
    counts, claims = found["counts"], found["claims"]
    consistent = sum(claim["verdict"] == "consistent" for claim in claims)
    optimizers = {cell["optimizer"] for cell in found["cells"]}
    text = (
        f"{len(optimizers)} optimizers, {len(claims)} instances: {counts['ran']} cells ran, "
        f"{counts['covered']} of them inside the class of methods that the level covers. "
        f"{consistent} of {len(claims)} claims are consistent with every run."
    )
    return {"gauntlet_summary": text}


def _gpt2() -> dict[str, str]:
    folder = ROOT / "gpt2_validation/results/runs"
    runs = [_json(path) for path in sorted(folder.glob("*/run.json"))]
    comparisons = _json(ROOT / "gpt2_validation/results/comparisons.json") or []
    verdicts = [entry["verdict"] for entry in comparisons]
    final, paper = (len(list(folder.glob(f"{phase}-*/run.json"))) for phase in ("final", "paper"))
    lead = [e for e in comparisons if e["question"].startswith("T4")]
    return {
        "gpt2_prediction": lead[0]["predicted"] if lead else "(not compared yet)",
        "gpt2_lead": "; ".join(_lead(entry) for entry in lead) or "(not compared yet)",
        "gpt2_lead_verdicts": _counted([e["verdict"] for e in lead]),
        "gpt2_summary": (
            f"{len(runs)} runs are recorded: {final} final ones, {paper} with the paper's "
            f"settings, the others for tuning. The verdicts of the {len(verdicts)} comparisons "
            f"with the theory: {_counted(verdicts)}."
        ),
    }


def _counted(verdicts: list[str]) -> str:
    return ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(verdicts)) or "none"


def _lead(entry: dict[str, str]) -> str:
    """One comparison of the tokens that two methods needed: the loss and the quotient."""
    loss = entry["question"].rpartition("loss ")[2]
    measured = entry["measured"].partition(" ")[2].removeprefix("= ")
    return f"{measured} at loss {loss}"


def _errata(source: Path) -> str:
    del source
    text = (ROOT / "proofs/ERRATA.md").read_text("utf-8")
    return re.sub(r"\A# .*\n+", "", text)
