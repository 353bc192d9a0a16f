"""Take out of the built pages what the theme puts there and the book must not have.

Thebe would fetch its code from the web and is declared twice. Fonts preloaded across origins are
refused where pages are opened as files; the style sheets load them all the same.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["clean", "clean_all"]

UNWANTED = (
    re.compile(r'<link rel="preload" as="font"[^>]*>\n?'),
    re.compile(r"<script>const THEBE_JS_URL.*?</script>\n?", re.DOTALL),
    re.compile(r'<script[^>]*src="[^"]*sphinx-thebe\.js[^"]*"[^>]*></script>\n?'),
    re.compile(r'<script type="text/x-thebe-config">.*?</script>\n?', re.DOTALL),
    re.compile(r"<script>kernelName = .*?</script>\n?", re.DOTALL),
    re.compile(r'<link rel="stylesheet"[^>]*sphinx-thebe\.css[^>]*>\n?'),
)


def clean(text: str) -> str:
    """One page without them, its theme following the reader's system unless they choose."""
    for pattern in UNWANTED:
        text = pattern.sub("", text)
    text = text.replace(
        'localStorage.getItem("mode") || ""', 'localStorage.getItem("mode") || "auto"'
    )
    return text.replace('data-default-mode=""', 'data-default-mode="auto"')


def clean_all(folder: Path) -> None:
    """Every page of a built book."""
    for path in sorted(folder.rglob("*.html")):
        text = path.read_text("utf-8")
        changed = clean(text)
        if changed != text:
            path.write_text(changed, "utf-8")
