"""GPT-2's own byte-level BPE, from its merges alone.

The vocabulary is determined by the merges: 256 byte symbols in GPT-2's order, one token a merge in
the order of the file, then the end-of-text mark. The derived table is compared with the checksum of
GPT-2's published ``encoder.json`` before it is used.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from hardinstances.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

END_OF_TEXT = "<|endoftext|>"
VOCABULARY = 50257
MERGES_SHA256 = "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"
ENCODER_SHA256 = "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783"
_BATCH_CHARACTERS = 4_000_000


def asset(name: str, sha256: str) -> bytes:
    """Content of an embedded, xz-compressed asset.

    Raises
    ------
    DataError
        If the file is missing or its content does not have the checksum ``sha256``.
    """
    path = files("gpt2_validation").joinpath("assets", name)
    try:
        content = lzma.decompress(path.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        msg = f"The embedded file {name} cannot be read ({error}). Reinstall the package."
        raise DataError(msg) from error
    seen = hashlib.sha256(content).hexdigest()
    if seen != sha256:
        msg = (
            f"The embedded file {name} has sha256 {seen}, but {sha256} is expected. "
            "Reinstall the package."
        )
        raise DataError(msg)
    return content


def byte_symbols() -> dict[int, str]:
    """GPT-2's printable stand-in for each byte, in the order of the token ids 0 to 255."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = {byte: chr(byte) for byte in printable}
    missing = (byte for byte in range(256) if byte not in symbols)
    symbols.update({byte: chr(256 + index) for index, byte in enumerate(missing)})
    return symbols


@cache
def merges() -> tuple[tuple[str, str], ...]:
    """The 50,000 merges in order of priority."""
    lines = asset("gpt2_merges.txt.xz", MERGES_SHA256).decode().split("\n")[1:]
    pairs = [line.split(" ") for line in lines if line]
    return tuple((left, right) for left, right in pairs)


@cache
def vocabulary() -> dict[str, int]:
    """Token to id, derived from the merges.

    Raises
    ------
    DataError
        If the derived table is not GPT-2's.
    """
    tokens = [*byte_symbols().values(), *(left + right for left, right in merges()), END_OF_TEXT]
    table = {token: index for index, token in enumerate(tokens)}
    seen = hashlib.sha256(json.dumps(table).encode()).hexdigest()
    if seen != ENCODER_SHA256:
        msg = (
            f"The vocabulary derived from the merges has sha256 {seen}, but GPT-2's has "
            f"{ENCODER_SHA256}. Reinstall the package."
        )
        raise DataError(msg)
    return table


@cache
def tokenizer() -> Any:
    """GPT-2's tokenizer as a ``tokenizers.Tokenizer``.

    Raises
    ------
    DataError
        If the ``tokenizers`` package is missing, or the vocabulary is not GPT-2's.
    """
    try:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    except ImportError as error:
        msg = (
            "The package tokenizers is not installed. "
            "Install the extra gpt2: pip install 'signcheck[gpt2]'."
        )
        raise DataError(msg) from error
    result = Tokenizer(models.BPE(vocab=vocabulary(), merges=list(merges())))
    result.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    result.decoder = decoders.ByteLevel()
    return result


def encode(documents: Sequence[str]) -> NDArray[np.uint16]:
    """One stream of token ids, each document followed by the end-of-text mark.

    Returns
    -------
    Array of shape ``(tokens,)``, dtype uint16 (GPT-2's ids fit: 50,257 < 65,536).
    """
    end = np.array([vocabulary()[END_OF_TEXT]], dtype=np.uint16)
    parts: list[NDArray[np.uint16]] = []
    for batch in _batches(documents):
        for encoding in tokenizer().encode_batch(batch):
            parts.extend((np.array(encoding.ids, dtype=np.uint16), end))
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint16)


def decode(ids: NDArray[np.uint16]) -> str:
    """Text of a token stream; the end-of-text mark is left out."""
    end = vocabulary()[END_OF_TEXT]
    return str(tokenizer().decode([int(i) for i in ids if i != end]))


def _batches(documents: Iterable[str]) -> Iterable[list[str]]:
    # encode_batch keeps every token's text and offsets: bounded batches bound its memory.
    batch: list[str] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document)
        if size >= _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
