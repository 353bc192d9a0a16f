"""Check a built book: links, anchors, scripts, pictures, orphans, formulas.

``python -m tools.book_check FOLDER`` prints one line for each complaint and exits with 1 if there
are any. Formulas are rendered with the MathJax that the book bundles, under Node.js: the one on the
path, or the one inside the playwright package.
"""

from __future__ import annotations

import html
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["Page", "check", "formulas", "node", "read"]

NOT_PAGES = {"genindex.html", "search.html", "prf-prf.html", "py-modindex.html"}
"""Made by Sphinx, reached from no table of contents."""

LOADS = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
LOADED_LINKS = {"stylesheet", "icon", "shortcut icon", "preload", "modulepreload", "prefetch"}
Formula = tuple[str, bool]
TEX = Path(__file__).with_name("book_tex.js")


@dataclass
class Page:
    """What a page of HTML refers to."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    unnamed: list[str] = field(default_factory=list)
    figures: int = 0
    captions: int = 0
    math: list[tuple[str, bool]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._math: list[str] | None = None
        self._depth = 0
        self._article = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.page.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        kinds = found.get("class", "").split()
        if tag == "a" and found.get("href"):
            self.page.links.append(found["href"])
        if tag == "link" and found.get("rel") not in LOADED_LINKS:
            return
        if tag in LOADS and found.get(LOADS[tag]):
            self.page.loaded.append(found[LOADS[tag]])
        self._article = self._article or tag == "article"
        if tag == "img" and self._article and not found.get("alt", "").strip():
            self.page.unnamed.append(found.get("src", "?"))
        self.page.figures += tag == "figure"
        self.page.captions += tag == "figcaption"
        if self._math is not None:
            self._depth += 1
        elif tag in ("span", "div") and "math" in kinds and "notranslate" in kinds:
            self._math, self._depth = [], 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        depth = self._depth
        self.handle_starttag(tag, attrs)
        self._depth = depth

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._article = False
        if self._math is None or tag in ("br", "img"):
            return
        self._depth -= 1
        if self._depth == 0:
            text = "".join(self._math).strip()
            self._math = None
            for left, right, large in ((r"\(", r"\)", False), (r"\[", r"\]", True)):
                begin = text.find(left)  # a numbered formula has its number in front
                if begin >= 0 and text.endswith(right):
                    self.page.math.append((text[begin + 2 : -2], large))
                    return
            self.page.math.append((text, True))

    def handle_data(self, data: str) -> None:
        if self._math is not None:
            self._math.append(data)


def read(path: Path) -> Page:
    """What one page refers to."""
    reader = _Reader()
    reader.feed(path.read_text("utf-8"))
    reader.close()
    return reader.page


def check(folder: Path) -> list[str]:
    """Every complaint about a built book, one sentence each; none if all is well."""
    folder = folder.resolve()
    pages = {path: read(path) for path in sorted(folder.rglob("*.html"))}
    if not pages:
        return [f"{folder} holds no page: build the book first."]
    pages = {path: page for path, page in pages.items() if "_static" not in path.parts}
    found = [line for path in pages for line in _references(folder, path, pages)]
    found += _orphans(folder, pages)
    for path, page in pages.items():
        name = path.relative_to(folder)
        found += [f"{name}: the picture {src} has no alternative text." for src in page.unnamed]
        if page.captions < page.figures:
            found.append(f"{name}: {page.figures} figures, but {page.captions} captions.")
    return [*found, *_bad_formulas(folder, pages)]


def _references(folder: Path, path: Path, pages: dict[Path, Page]) -> Iterator[str]:
    name, page = path.relative_to(folder), pages[path]
    for target in page.loaded:
        if urlsplit(target).scheme not in ("", "data") or target.startswith("//"):
            yield f"{name}: {target} is loaded from outside of the book."
    for target in [*page.links, *page.loaded]:
        parts = urlsplit(target)
        if parts.scheme or target.startswith("//"):
            continue
        file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            yield f"{name}: the link {target} leads nowhere."
        elif parts.fragment and file in pages and not _anchored(pages[file], parts.fragment):
            yield f"{name}: {target} names an anchor that {file.name} does not have."


def _anchored(page: Page, fragment: str) -> bool:
    return fragment in page.anchors or unquote(fragment) in page.anchors


def _orphans(folder: Path, pages: dict[Path, Page]) -> Iterator[str]:
    """Pages that cannot be reached by links from the first one."""
    reached, pending = set(), [folder / "index.html"]
    while pending:
        path = pending.pop()
        if path in reached or path not in pages:
            continue
        reached.add(path)
        for target in pages[path].links:
            parts = urlsplit(target)
            if not parts.scheme and parts.path:
                pending.append((path.parent / unquote(parts.path)).resolve())
    for path in pages:
        if path not in reached and path.name not in NOT_PAGES:
            yield f"{path.relative_to(folder)} cannot be reached from the first page."


# ---------------------------------------------------------------- formulas


def node() -> str | None:
    """A Node.js: on the path, or inside playwright; None if there is none."""
    found = shutil.which("node")
    spec = find_spec("playwright")
    if found is None and spec is not None and spec.origin:
        inside = Path(spec.origin).parent / "driver" / "node"
        found = str(inside) if inside.exists() else None
    return found


def _bad_formulas(folder: Path, pages: dict[Path, Page]) -> Iterator[str]:
    where: dict[tuple[str, bool], str] = {}
    for path, page in pages.items():
        for formula in page.math:
            where.setdefault(formula, str(path.relative_to(folder)))
    if not where:
        return
    program = node()
    if program is None:
        yield "No Node.js to render formulas with: install node, or playwright (extra book)."
        return
    for (tex, _), error in formulas(program, folder, list(where)).items():
        yield f"{where[tex, _]}: bad TeX ({error}): {tex[:200]}"


def formulas(program: str, folder: Path, wanted: list[Formula]) -> dict[Formula, str]:
    """Render formulas with the MathJax of a built book; what went wrong, by formula.

    Parameters
    ----------
    program
        Path of Node.js.
    folder
        The built book.
    wanted
        (TeX, whether it is displayed) pairs.
    """
    bundled = sorted(folder.glob("_static/**/mathjax/core.js"))
    if not bundled:
        return {wanted[0]: "the book bundles no MathJax"} if wanted else {}
    done = subprocess.run(
        [program, str(TEX), str(bundled[0].parent)],
        input=json.dumps([[html.unescape(tex), large] for tex, large in wanted]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return {wanted[0]: f"MathJax did not start: {done.stderr.strip()[-300:]}"}
    errors = json.loads(done.stdout)
    return {formula: error for formula, error in zip(wanted, errors, strict=True) if error}


if __name__ == "__main__":
    complaints = check(Path(sys.argv[1]))
    print("\n".join(complaints) or "no complaint")
    sys.exit(bool(complaints))
