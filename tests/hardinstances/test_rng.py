"""The generator gives the published words, the same ones everywhere, and uniform ones."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from hardinstances.rng import MAX_WORD, Stream, as_stream, normals, philox4x32, uniforms

# Known answers for philox4x32-10 from Random123's kat_vectors.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((MAX_WORD - 1,) * 4, (MAX_WORD - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_known_answers_on_numpy_and_torch(counter, key, words):
    ours = philox4x32([np.asarray([c], dtype=np.int64) for c in counter], key)
    assert tuple(int(w[0]) for w in ours) == words
    theirs = philox4x32([torch.tensor([c], dtype=torch.int64) for c in counter], key)
    assert tuple(int(w[0]) for w in theirs) == words


@given(
    counter=st.tuples(*[st.integers(0, MAX_WORD - 1)] * 4),
    key=st.tuples(*[st.integers(0, MAX_WORD - 1)] * 2),
)
def test_agrees_with_arbitrary_precision_integers(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p, q = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        low = MAX_WORD - 1
        c = [(q >> 32) ^ c[1] ^ k[0], q & low, (p >> 32) ^ c[3] ^ k[1], p & low]
        k = [(k[0] + 0x9E3779B9) & low, (k[1] + 0xBB67AE85) & low]
    ours = philox4x32([np.asarray([c], dtype=np.int64) for c in counter], key)
    assert [int(w[0]) for w in ours] == c


def test_one_coordinate_sees_the_same_words_whatever_is_drawn_beside_it():
    alone = Stream(7, 3).words(np.zeros(1), np.array([5]), step=11)
    among = Stream(7, 3).words(np.zeros(9), np.arange(9), step=11)
    assert among[5] == alone[0]


def test_words_are_those_of_the_documented_counter():
    stream = Stream(7, 3)
    like = np.zeros((2, 2))
    for step in (0, 1, 6, 4_000_003):
        got = stream.words(like, np.array([4, 9]), step, call=6)
        for row in range(2):
            for column, coordinate in enumerate((4, 9)):
                counter = [np.asarray([c]) for c in (coordinate, step // 4, row, 6)]
                assert got[row, column] == philox4x32(counter, (7, 3))[step % 4][0]


def test_seed_array_gives_each_row_the_words_of_its_own_stream():
    seeds = np.array([3, 8, 3])
    rows = Stream(seeds).words(np.zeros((3, 4)), np.arange(4), step=2)
    for row, seed in enumerate(seeds):
        np.testing.assert_array_equal(
            rows[row], Stream(int(seed)).words(np.zeros(4), np.arange(4), step=2)
        )


def test_seed_array_of_the_wrong_shape_is_refused():
    with pytest.raises(InputError, match="one seed per point"):
        Stream(np.array([1, 2])).words(np.zeros((3, 4)), np.arange(4), step=0)


def test_torch_and_numpy_agree_on_words_and_normals():
    coordinates = np.arange(50)
    for step in range(6):
        ours = Stream(5).normals(np.zeros((2, 50)), coordinates, step)
        theirs = Stream(5).normals(torch.zeros(2, 50), coordinates, step)
        np.testing.assert_allclose(theirs.numpy(), ours, rtol=1e-13, atol=1e-15)
        np.testing.assert_array_equal(
            Stream(5).words(torch.zeros(2, 50), coordinates, step).numpy(),
            Stream(5).words(np.zeros((2, 50)), coordinates, step),
        )


def test_cache_changes_nothing():
    stream = Stream(2)
    for step, count in [(0, 3), (1, 3), (1, 4), (5, 4), (4, 4), (0, 3)]:
        coordinates = np.arange(count)
        np.testing.assert_array_equal(
            stream.words(np.zeros(count), coordinates, step, call=step % 2),
            Stream(2).words(np.zeros(count), coordinates, step, call=step % 2),
        )


def test_uniforms_stay_inside_the_open_interval():
    ends = uniforms(np.array([0, MAX_WORD - 1], dtype=np.int64))
    assert 0 < ends[0] < ends[1] < 1
    assert np.all(np.isfinite(normals(np.array([0, MAX_WORD - 1]), np.array([0, MAX_WORD - 1]))))


def test_normals_have_the_moments_of_the_normal_law():
    n = 200_000
    sample = np.concatenate([Stream(1).normals(np.zeros(n), np.arange(n), step) for step in (0, 3)])
    size = sample.size
    # Five standard errors of each sample moment.
    assert abs(sample.mean()) < 5 / np.sqrt(size)
    assert abs((sample**2).mean() - 1) < 5 * np.sqrt(2 / size)
    assert abs((sample**3).mean()) < 5 * np.sqrt(15 / size)
    assert abs((sample**4).mean() - 3) < 5 * np.sqrt(96 / size)


def test_words_of_neighbours_are_uncorrelated():
    u = np.stack(
        [uniforms(Stream(1).words(np.zeros(50_000), np.arange(50_000), step)) for step in range(5)]
    )
    correlation = np.corrcoef(np.concatenate([u, u[:, ::-1]]))
    off_diagonal = correlation - np.eye(10)
    assert np.abs(off_diagonal).max() < 5 / np.sqrt(50_000)


def test_stream_advances_one_step_a_call():
    stream = Stream(1, step=4)
    assert [stream.advance(), stream.advance(), stream.step] == [4, 5, 6]


@pytest.mark.parametrize("seed", [-1, MAX_WORD, 1.5, True, "1", np.array([0.5])])
def test_bad_seeds_are_refused(seed):
    with pytest.raises(InputError, match="seed"):
        Stream(seed)


def test_library_generators_are_used_once():
    ours = np.random.default_rng(3)
    stream = as_stream(ours)
    again = np.random.default_rng(3).integers(0, MAX_WORD, size=2, dtype=np.int64)
    assert (stream.seed, stream.stream) == tuple(again)
    assert as_stream(stream) is stream
    torches = [as_stream(torch.Generator().manual_seed(1)) for _ in range(2)]
    assert torches[0].seed == torches[1].seed
    with pytest.raises(InputError, match="Stream"):
        as_stream(3)
