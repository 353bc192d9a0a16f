"""``prepare``: from a named source to a checked corpus of token shards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gpt2_validation import tokenizer
from gpt2_validation.clean import Deduplicator, clean
from gpt2_validation.data import split_blocks, write_corpus
from gpt2_validation.packages import PACKAGES, fetch
from gpt2_validation.readers import READERS
from hardinstances.errors import DataError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MOBY_SHA256 = "fe282a57094ed62e7144fb7c804a9748fc1c909bf3b49d06e7276015f9f67240"
HF_DATASETS = {"c4": ("allenai/c4", "en"), "fineweb": ("HuggingFaceFW/fineweb", "sample-10BT")}
Report = "Callable[[str], None]"


def prepare(
    source: str,
    names: Sequence[str],
    out: Path,
    *,
    cache: Path,
    tokens: int = 40_000_000,
    report: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Build a corpus in ``out`` and return its manifest.

    Parameters
    ----------
    source
        ``"moby-dick"``, ``"packages"``, ``"files"`` (``names`` are paths) or ``"hf"`` (``names`` is
        one of ``c4`` and ``fineweb``, or a dataset's name).
    tokens
        Where to stop reading a streamed source (``hf``), in tokens.

    Raises
    ------
    InputError
        If the source is unknown or ``names`` does not fit it.
    DataError
        If a file, package, checksum, network or disk fails.
    """
    if source == "moby-dick":
        streams = {"moby-dick": _documents([moby_dick()])}
        fraction = 0.1
    elif source == "packages":
        streams = _package_streams(cache, report)
        fraction = 0.01
    elif source == "files":
        streams = {"files": _documents(_read_files(names))}
        fraction = 0.05
    elif source == "hf":
        streams = {f"hf:{names[0] if names else ''}": _hf_stream(names, tokens)}
        fraction = 0.01
    else:
        msg = f"The source {source!r} is unknown. Use moby-dick, packages, files or hf."
        raise InputError(msg)
    train, validation = split_blocks(np.concatenate(list(streams.values())), fraction)
    description = {
        "source": source,
        "names": list(names),
        "streams": {name: len(stream) for name, stream in streams.items()},
        "packages": _pins() if source == "packages" else [],
    }
    return write_corpus(out, train, validation, description)


def moby_dick() -> str:
    """The embedded text of Moby-Dick."""
    return tokenizer.asset("moby_dick.txt.xz", MOBY_SHA256).decode()


def _documents(documents: Iterable[str]) -> NDArray[np.uint16]:
    return tokenizer.encode(list(clean(documents, Deduplicator())))


def _package_streams(cache: Path, report: Callable[[str], None]) -> dict[str, NDArray[np.uint16]]:
    # One deduplicator for all: a paragraph that two packages share is kept once.
    deduplicator = Deduplicator()
    streams: dict[str, NDArray[np.uint16]] = {}
    for package in PACKAGES:
        archive = fetch(package, cache)
        documents = list(clean(READERS[package.reader](archive), deduplicator))
        streams[package.name] = tokenizer.encode(documents)
        report(f"{package.name} {package.version}: {len(streams[package.name]):,} tokens")
    return streams


def _pins() -> list[dict[str, str]]:
    return [
        {
            "client": package.client,
            "name": package.name,
            "version": package.version,
            "sha256": package.sha256,
            "licence": package.licence,
        }
        for package in PACKAGES
    ]


def _read_files(names: Sequence[str]) -> list[str]:
    from pathlib import Path

    if not names:
        msg = "The source files needs at least one path. Add: files PATH [PATH ...]"
        raise InputError(msg)
    texts = []
    for name in names:
        try:
            texts.append(Path(name).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            msg = f"The file {name} cannot be read as UTF-8 text: {error}. Pass plain text files."
            raise DataError(msg) from error
    return texts


def _hf_stream(names: Sequence[str], tokens: int) -> NDArray[np.uint16]:
    if len(names) != 1:
        msg = (
            f"The source hf needs one dataset name, but {len(names)} were given. Use c4 or fineweb."
        )
        raise InputError(msg)
    name, subset = HF_DATASETS.get(names[0], (names[0], None))
    try:
        from datasets import load_dataset

        rows = load_dataset(name, subset, split="train", streaming=True)
        return _stream_until((row["text"] for row in rows), tokens)
    except ImportError as error:
        msg = "The package datasets is not installed. Run: pip install 'signcheck[gpt2]'"
        raise DataError(msg) from error
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        msg = (
            f"The dataset {name} could not be streamed: {error}. Check the network and the name, "
            "or use --source packages or moby-dick."
        )
        raise DataError(msg) from error


def _stream_until(texts: Iterable[str], tokens: int) -> NDArray[np.uint16]:
    deduplicator = Deduplicator()
    parts: list[NDArray[np.uint16]] = []
    total = 0
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == 1000:
            parts.append(tokenizer.encode(list(clean(batch, deduplicator))))
            total += len(parts[-1])
            batch = []
        if total >= tokens:
            break
    parts.append(tokenizer.encode(list(clean(batch, deduplicator))))
    return np.concatenate(parts)[:tokens]
