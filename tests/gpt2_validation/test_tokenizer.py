"""GPT-2's tokenizer from its merges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2_validation import tokenizer
from gpt2_validation.prepare import MOBY_SHA256, moby_dick
from hardinstances.errors import DataError


def test_published_ids() -> None:
    assert tokenizer.vocabulary()["<|endoftext|>"] == 50256
    assert len(tokenizer.vocabulary()) == tokenizer.VOCABULARY
    assert tokenizer.encode(["Hello world"]).tolist() == [15496, 995, 50256]


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4))
def test_text_survives_the_round_trip(texts: list[str]) -> None:
    ids = tokenizer.encode(texts)
    assert (ids == 50256).sum() >= len(texts)
    assert tokenizer.decode(ids[ids != 50256]) == "".join(
        t.encode("utf-8", "replace").decode() for t in texts
    )


def test_it_is_the_tokenizer_of_transformers() -> None:
    from transformers import GPT2TokenizerFast

    reference = GPT2TokenizerFast(vocab=tokenizer.vocabulary(), merges=list(tokenizer.merges()))
    text = moby_dick()[:20_000]
    assert tokenizer.encode([text])[:-1].tolist() == reference(text)["input_ids"]


def test_batches_do_not_change_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [moby_dick()[i : i + 500] for i in range(0, 5000, 500)]
    whole = tokenizer.encode(documents)
    monkeypatch.setattr(tokenizer, "_BATCH_CHARACTERS", 700)
    assert np.array_equal(tokenizer.encode(documents), whole)


def test_a_damaged_asset_is_refused() -> None:
    with pytest.raises(DataError, match="Reinstall"):
        tokenizer.asset("moby_dick.txt.xz", "0" * 64)
    with pytest.raises(DataError, match="cannot be read"):
        tokenizer.asset("absent.xz", MOBY_SHA256)
