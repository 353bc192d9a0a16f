"""Shards on disk and the order of sequences."""

from __future__ import annotations

import json
import lzma
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2_validation import data
from gpt2_validation.data import Sampler, load_corpus, split_blocks, write_corpus
from hardinstances.errors import DataError, InputError

if TYPE_CHECKING:
    from pathlib import Path


def tokens(count: int) -> np.ndarray:
    return (np.arange(count) % 65_536).astype(np.uint16)


def test_shards_round_trip_and_carry_checksums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "_SHARD", 1000)
    written = write_corpus(tmp_path / "c", tokens(3500), tokens(700), {"source": "x"})
    assert [shard["tokens"] for shard in written["shards"]] == [1000, 1000, 1000, 500, 700]
    corpus = load_corpus(tmp_path / "c")
    assert np.array_equal(corpus.train, tokens(3500))
    assert np.array_equal(corpus.validation, tokens(700))
    again = write_corpus(tmp_path / "c", tokens(3500), tokens(700), {"source": "y"})
    assert again["digest"] == written["digest"]
    assert (
        write_corpus(tmp_path / "d", tokens(3499), tokens(700), {})["digest"] != written["digest"]
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "d"]


def test_damaged_or_unfinished_corpora_are_never_used(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    write_corpus(folder, tokens(3000), tokens(700), {})
    shard = folder / "train-000.u16.xz"
    good = shard.read_bytes()
    shard.write_bytes(good[:-20])
    with pytest.raises(DataError, match="prepare again"):
        load_corpus(folder)
    shard.write_bytes(lzma.compress(tokens(2999).tobytes()))
    with pytest.raises(DataError, match="sha256"):
        load_corpus(folder)
    shard.write_bytes(good)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 0}))
    with pytest.raises(DataError, match="format 0"):
        load_corpus(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(DataError, match="no prepared corpus"):
        load_corpus(folder)


def test_a_full_disk_leaves_the_old_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "c"
    write_corpus(folder, tokens(3000), tokens(700), {})

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(data, "_fill", full)
    with pytest.raises(DataError, match="No space left"):
        write_corpus(folder, tokens(10), tokens(10), {})
    monkeypatch.undo()
    assert len(load_corpus(folder).train) == 3000
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_blocks_are_split_without_overlap() -> None:
    stream = np.repeat(np.arange(50, dtype=np.uint16), 4096)
    train, validation = split_blocks(stream, 0.1)
    assert len(validation) == 5 * 4096
    assert set(np.unique(train)) | set(np.unique(validation)) == set(range(50))
    assert not set(np.unique(train)) & set(np.unique(validation))
    with pytest.raises(DataError, match="at least"):
        split_blocks(tokens(5000))


@given(st.integers(40, 400), st.integers(1, 12), st.integers(0, 5))
def test_every_pass_visits_every_window_once(count: int, length: int, seed: int) -> None:
    sampler = Sampler(tokens(count), length, seed)
    windows = sampler.windows
    for turn in range(2):
        batch = sampler.batch(turn * windows, windows)
        assert batch.shape == (windows, length + 1)
        assert (np.diff(batch, axis=1) == 1).all()
        starts = np.sort(batch[:, 0])
        assert (np.diff(starts) == length + 1).all()
        assert batch.max() < count


def test_order_depends_on_the_sequence_number_alone() -> None:
    one, other = Sampler(tokens(2000), 7, 3), Sampler(tokens(2000), 7, 3)
    whole = one.batch(0, 600)
    pieces = [other.batch(first, 50) for first in range(550, -1, -50)]
    assert np.array_equal(whole, np.concatenate(pieces[::-1]))
    assert not np.array_equal(whole, Sampler(tokens(2000), 7, 4).batch(0, 600))
    assert one.passes(one.windows) == 1.0
    with pytest.raises(InputError, match="too few"):
        Sampler(tokens(7), 7, 0)
