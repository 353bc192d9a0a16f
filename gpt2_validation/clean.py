"""From raw texts to clean, deduplicated documents: plain functions from strings to strings."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TAG = re.compile(r"<[^<>]{0,400}>")
_BLOCK_TAG = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|table|blockquote)\b[^<>]*>", re.IGNORECASE
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACE = re.compile(r"[ \t\u00a0\n]+")
_PARAGRAPH = re.compile(r"\n[ \t]*\n+")
_KEY = re.compile(r"[^a-z]+")
_MIN_LETTERS = 0.55
_MAX_CHARACTERS = 20_000


def strip_markup(text: str) -> str:
    """Text of an HTML or OSIS fragment: block tags become paragraph breaks, others vanish."""
    return html.unescape(_TAG.sub("", _BLOCK_TAG.sub("\n\n", text)))


def paragraphs(text: str) -> list[str]:
    """Paragraphs with hard line breaks undone and white space collapsed, mostly-letters only."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROL.sub("", text)
    candidates = (_SPACE.sub(" ", part).strip() for part in _PARAGRAPH.split(text))
    return [part for part in candidates if _is_prose(part)]


def _is_prose(part: str) -> bool:
    letters = sum(character.isalpha() or character == " " for character in part)
    return len(part) > 1 and letters >= _MIN_LETTERS * len(part)


class Deduplicator:
    """Drops a paragraph whose letters, lower-cased, were seen before (64-bit hashes)."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self.dropped = 0

    def is_new(self, paragraph: str) -> bool:
        """Whether the paragraph is new; remembers it."""
        letters = _KEY.sub("", paragraph.lower()) or paragraph
        key = hashlib.blake2b(letters.encode(), digest_size=8).digest()
        if key in self._seen:
            self.dropped += 1
            return False
        self._seen.add(key)
        return True


def clean(documents: Iterable[str], deduplicator: Deduplicator) -> Iterator[str]:
    """Cleaned documents of at most about 20,000 characters, without repeated paragraphs."""
    for document in documents:
        kept = [part for part in paragraphs(document) if deduplicator.is_new(part)]
        yield from _chunks(kept)


def _chunks(parts: list[str]) -> Iterator[str]:
    chunk: list[str] = []
    size = 0
    for part in parts:
        chunk.append(part)
        size += len(part)
        if size >= _MAX_CHARACTERS:
            yield "\n\n".join(chunk)
            chunk, size = [], 0
    if chunk:
        yield "\n\n".join(chunk)
