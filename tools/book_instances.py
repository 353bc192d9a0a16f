"""The gallery: a page for each family of hard instances, written from the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.book_proof import label
from tools.book_status import nearest
from tools.book_tex import display, escape

__all__ = ["make"]

EXAMPLE: dict[str, Any] = {
    "L": 1.0,
    "Delta": 1.0,
    "eta": 0.1,
    "T": 100,
    "B": 1,
    "sigma": [0.1, 0.05, 0, 0],
    "K": 7,
    "p": 0.25,
}
"""Parameters at which every family is shown; families of their own keys use their defaults."""

SPECIAL: dict[str, dict[str, Any]] = {
    "signsgd-tight-forever": {"sigma": [0.02, 0.01, 0, 0]},
    "lattice-wells": {"d": 2},
    "sgd-noise-floor": {"sigma": [0.5, 0, 0, 0]},
}


def example(family: Any) -> dict[str, Any]:
    """Parameters for the required keys of a family."""
    chosen = EXAMPLE | SPECIAL.get(family.id, {})
    extra = SPECIAL.get(family.id, {})
    return {n: chosen[n] for n, key in family.keys.items() if key.required or n in extra}


def make(source: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Pages by file name, and the gallery's list."""
    del source
    from hardinstances import CATALOGUE

    families = [f for f in CATALOGUE.values() if "rotation" not in f.keys]
    pages = {f"instances/{family.id}.md": _page(family) for family in families}
    rows = ["| family | theorem | cannot be beaten by |", "|---|---|---|"]
    for family in CATALOGUE.values():
        name = (
            f"{{ref}}`{family.id} <inst-{family.id}>`" if family in families else f"`{family.id}`"
        )
        rows.append(f"| {name} | {_theorem(family)} | {escape(family.defeats)} |")
    values = {"instance_table": "\n".join(rows), "count_families": str(len(CATALOGUE))}
    return pages, values


def _theorem(family: Any) -> str:
    from signcheck import registry

    name = family.theorem
    if name is None:
        return "none"
    target = nearest(name, registry.ids())
    return f"{{ref}}`{name} <{label(target)}>`" if target else f"{name} (not in the registry yet)"


def _page(family: Any) -> str:
    lines = [f"(inst-{family.id})=", f"# {family.id}", ""]
    lines += [f"Defeats {escape(family.defeats)}. {escape(family.why)}", ""]
    lines += _level(family)
    lines += ["| parameter | meaning |", "|---|---|"]
    for name, key in family.keys.items():
        lines.append(f"| `{name}` | {escape(key.text)} |")
    return "\n".join([*lines, "", *_use(family), *_pictures(family)]) + "\n"


def _level(family: Any) -> list[str]:
    import sympy as sp

    if family.level is None:
        return ["No level is claimed for it.", ""]
    tex = sp.latex(family.level.expr)
    head = f"No such method gets below the level of theorem {_theorem(family)},"
    return [head, "", display(tex), ""]


def _use(family: Any) -> list[str]:
    arguments = ", ".join(f"{n}={v!r}" for n, v in example(family).items())
    call = f'hardinstances.make("{family.id}", {arguments})'.replace(", )", ")")
    if len(call) > 80:
        call = f'hardinstances.make(\n    "{family.id}", {arguments}\n)'
    return [
        "## Use it",
        "",
        "```{code-cell} ipython3",
        "import hardinstances",
        "",
        f"instance = {call}",
        "instance.certificate.verify()  # derives every claim again, exactly",
        "claims = instance.certificate",
        'print("smoothness", float(claims.L), " gap", float(claims.Delta))',
        'print("certified level", instance.level_value, " dimension", instance.d)',
        "```",
        "",
    ]


def _pictures(family: Any) -> list[str]:
    blocks = bool(family.profiles)
    what = (
        "derivative and value along one coordinate of each block (dot: the start), and the "
        "landscape over the first coordinates of two blocks"
        if blocks
        else "landscape over the first two coordinates, all others at the start"
    )
    runs = (
        "Stationarity of SignSGD, Signum ($\\beta = 0.9$) and SGD on the instance made above, all "
        "with the stepsize that it was made for (0.1 where it has none): mean of 32 noise seeds "
        "where there is noise, and the certified level (dotted)."
    )
    shape = f"The instance made above: {what}."
    alt = f"Stationarity of SignSGD, Signum and SGD on {family.id}."
    return [
        *_figure(f"The {family.id} instance.", f"{family.id}-shape", shape, "anatomy"),
        *_figure(alt, f"{family.id}-runs", runs, "race"),
    ]


def _figure(alt: str, name: str, caption: str, code: str) -> list[str]:
    return [
        "```{code-cell} ipython3",
        "---",
        "tags: [remove-input]",
        "mystnb:",
        "  image:",
        f"    alt: {alt}",
        "  figure:",
        f"    name: fig-inst-{name}",
        "    caption: |",
        f"      {caption}",
        "---",
        "import figures",
        "",
        f"figures.{code}(instance)",
        "```",
        "",
    ]
