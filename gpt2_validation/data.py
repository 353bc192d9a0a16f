"""Token shards on disk: made atomically, checked by checksum, served by sequence number.

A corpus is a directory with ``train-*.u16.xz`` and ``validation-*.u16.xz`` (little-endian uint16
GPT-2 token ids, xz) and ``manifest.json``, which is written last inside a temporary directory that
is then renamed: a directory without manifest, or with other checksums, is never used.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hardinstances.errors import DataError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANIFEST = "manifest.json"
FORMAT = 1
_BLOCK = 4096
_SHARD = 8_388_608
_SPLIT_SEED = 20_260_506


@dataclass(frozen=True)
class Corpus:
    """Token streams in memory, dtype uint16, with the manifest that describes them."""

    train: NDArray[np.uint16]
    validation: NDArray[np.uint16]
    manifest: dict[str, Any]

    @property
    def digest(self) -> str:
        """Short checksum of the token content: the same corpus has the same digest anywhere."""
        return str(self.manifest["digest"])


def split_blocks(
    tokens: NDArray[np.uint16], fraction: float = 0.01
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Shuffle blocks of 4,096 tokens with a fixed seed; the first ``fraction`` is validation.

    Parameters
    ----------
    tokens
        Shape ``(n,)``; a last incomplete block is dropped.

    Raises
    ------
    DataError
        If there are fewer than two blocks.
    """
    count = len(tokens) // _BLOCK
    if count < 2:
        msg = (
            f"The source gave {len(tokens)} tokens, but a corpus needs at least {2 * _BLOCK}. "
            "Add more text."
        )
        raise DataError(msg)
    order = np.random.Generator(np.random.PCG64(_SPLIT_SEED)).permutation(count)
    blocks = tokens[: count * _BLOCK].reshape(count, _BLOCK)[order]
    held = max(1, round(fraction * count))
    return blocks[held:].reshape(-1), blocks[:held].reshape(-1)


def write_corpus(
    directory: Path,
    train: NDArray[np.uint16],
    validation: NDArray[np.uint16],
    description: dict[str, Any],
) -> dict[str, Any]:
    """Write shards and manifest into ``directory`` atomically; returns the manifest.

    Raises
    ------
    DataError
        If the disk refuses (no space, no permission).
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    try:
        partial = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        try:
            manifest = _fill(partial, {"train": train, "validation": validation}, description)
            old = directory.with_name(f".{directory.name}-old-{os.getpid()}")
            if directory.exists():
                directory.rename(old)
            partial.rename(directory)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        msg = f"The corpus cannot be written to {directory}: {error}. Free space or pass --out."
        raise DataError(msg) from error
    return manifest


def _fill(
    partial: Path, parts: dict[str, NDArray[np.uint16]], description: dict[str, Any]
) -> dict[str, Any]:
    shards: list[dict[str, Any]] = []
    for name, tokens in parts.items():
        for number, start in enumerate(range(0, len(tokens), _SHARD)):
            raw = tokens[start : start + _SHARD].astype("<u2").tobytes()
            file = f"{name}-{number:03d}.u16.xz"
            (partial / file).write_bytes(lzma.compress(raw, preset=6))
            shards.append(
                {
                    "file": file,
                    "part": name,
                    "tokens": len(raw) // 2,
                    "sha256": hashlib.sha256(raw).hexdigest(),
                }
            )
    joined = "".join(f"{shard['part']}:{shard['sha256']};" for shard in shards)
    manifest = {
        "format": FORMAT,
        **description,
        "tokens": {name: len(tokens) for name, tokens in parts.items()},
        "digest": hashlib.sha256(joined.encode()).hexdigest()[:16],
        "shards": shards,
    }
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def load_corpus(directory: Path) -> Corpus:
    """Read and check a corpus.

    Raises
    ------
    DataError
        If there is no manifest, its format is another one, or a shard is missing or damaged.
    """
    path = directory / MANIFEST
    if not path.exists():
        msg = (
            f"There is no prepared corpus in {directory} ({MANIFEST} is missing). "
            "Run: python -m gpt2_validation prepare --source moby-dick"
        )
        raise DataError(msg)
    manifest = json.loads(path.read_text())
    if manifest.get("format") != FORMAT:
        msg = (
            f"The corpus in {directory} has format {manifest.get('format')}, but {FORMAT} is "
            "expected. Run prepare again."
        )
        raise DataError(msg)
    with ThreadPoolExecutor() as pool:
        shards = list(pool.map(lambda shard: _read_shard(directory, shard), manifest["shards"]))
    parts: dict[str, list[NDArray[np.uint16]]] = {"train": [], "validation": []}
    for shard, tokens in zip(manifest["shards"], shards, strict=True):
        parts[shard["part"]].append(tokens)
    return Corpus(np.concatenate(parts["train"]), np.concatenate(parts["validation"]), manifest)


def _read_shard(directory: Path, shard: dict[str, Any]) -> NDArray[np.uint16]:
    path = directory / shard["file"]
    try:
        raw = lzma.decompress(path.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        msg = f"The shard {path} cannot be read: {error}. Run prepare again."
        raise DataError(msg) from error
    seen = hashlib.sha256(raw).hexdigest()
    if seen != shard["sha256"]:
        msg = (
            f"The shard {path} has sha256 {seen}, but the manifest says {shard['sha256']}. "
            "Run prepare again."
        )
        raise DataError(msg)
    return np.frombuffer(raw, dtype="<u2").astype(np.uint16)


class Sampler:
    """Windows of a token stream: which sequence comes when is a pure function of the seed.

    Every pass over the stream cuts it into non-overlapping windows of ``length + 1`` tokens (input
    and shifted target) at a random offset and visits them in a random order. Nothing is carried
    from step to step, so a run that resumes at a step sees the same batches.
    """

    def __init__(self, tokens: NDArray[np.uint16], length: int, seed: int) -> None:
        self.windows = (len(tokens) - length) // (length + 1)
        if self.windows < 1:
            msg = (
                f"The stream has {len(tokens)} tokens, too few for one window of {length + 1}. "
                "Use a shorter context or a larger corpus."
            )
            raise InputError(msg)
        self._tokens, self._length, self._seed = tokens, length, seed
        self._epoch = -1
        self._starts = np.zeros(0, dtype=np.int64)

    def batch(self, first: int, count: int) -> NDArray[np.int64]:
        """Sequences ``first`` to ``first + count - 1``: shape ``(count, length + 1)``."""
        rows = [self._window(index) for index in range(first, first + count)]
        return np.stack(rows).astype(np.int64)

    def passes(self, sequences: int) -> float:
        """Passes over the stream after that many sequences."""
        return sequences / self.windows

    def _window(self, index: int) -> NDArray[np.uint16]:
        epoch, position = divmod(index, self.windows)
        if epoch != self._epoch:
            generator = np.random.Generator(np.random.PCG64([self._seed, epoch]))
            offset = int(generator.integers(self._length + 1))
            offset = min(offset, len(self._tokens) - self.windows * (self._length + 1))
            order = generator.permutation(self.windows)
            self._starts = offset + order * (self._length + 1)
            self._epoch = epoch
        start = int(self._starts[position])
        return self._tokens[start : start + self._length + 1]
