"""Counter-based random numbers: the same on numpy and torch, on any device, in any order.

Philox4x32-10 maps a key (seed, stream) and a counter (coordinate, step // 4, row, call) to four
32-bit words; word ``step % 4`` is the draw. ``row`` numbers independent copies (the leading axes
of a batch of points), ``call`` the oracle calls within a step.

Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC11; checked against the known answers of its reference implementation, Random123.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "MAX_WORD",
    "MULTIPLIERS",
    "WEYL",
    "Stream",
    "as_stream",
    "normals",
    "philox4x32",
    "uniforms",
]

MAX_WORD = 2**32
"""Words, seeds, streams and counters lie in ``[0, 2^32)``."""

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
"""Factors of a round of Philox4x32, for engines that compile the rounds themselves."""

WEYL = (0x9E3779B9, 0xBB67AE85)
"""What each round adds to the two words of the key."""

_LOW = 0xFFFFFFFF
_ROUNDS = 10
_CACHE_WORDS = 2**22


def _multiply(word: Any, constant: int, low: Any) -> tuple[Any, Any]:
    """High and low word of a 32 x 32 bit product.

    The product wraps around in signed 64-bit arithmetic; both words survive that.
    """
    product = word * constant
    return (product >> 32) & low, product & low


def philox4x32(
    counter: Sequence[Any], key: Sequence[Any], rounds: int = _ROUNDS
) -> tuple[Any, Any, Any, Any]:
    """Four words of Philox4x32 for each counter.

    Parameters
    ----------
    counter
        Four broadcasting int64 arrays (numpy or torch) with entries in ``[0, 2^32)``.
    key
        Two such arrays or ints.
    rounds
        10 in all our uses.

    Returns
    -------
    Four int64 arrays with entries in ``[0, 2^32)``.
    """
    import numpy as np

    c0, c1, c2, c3 = counter
    k0, k1 = key
    # numpy warns about a wrapped product of zero-dimensional arrays, which is what we want here.
    with np.errstate(over="ignore"):
        for _ in range(rounds):
            high0, low0 = _multiply(c0, MULTIPLIERS[0], _LOW)
            high1, low1 = _multiply(c2, MULTIPLIERS[1], _LOW)
            c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
            k0, k1 = (k0 + WEYL[0]) & _LOW, (k1 + WEYL[1]) & _LOW
    return c0, c1, c2, c3


def uniforms(words: Any) -> Any:
    """Words to float64 numbers in (0, 1), ``(word + 1/2)/2^32``: never 0, never 1."""
    from array_api_compat import array_namespace

    xp = array_namespace(words)
    return (xp.astype(words, xp.float64) + 0.5) * (1.0 / MAX_WORD)


def normals(first: Any, second: Any) -> tuple[Any, Any]:
    """Two standard normal float64 arrays from two arrays of words (Box and Muller 1958)."""
    from array_api_compat import array_namespace

    xp = array_namespace(first, second)
    radius = xp.sqrt(-2.0 * xp.log(uniforms(first)))
    angle = (2.0 * math.pi) * uniforms(second)
    return radius * xp.cos(angle), radius * xp.sin(angle)


def _checked_word(name: str, value: Any) -> Any:
    """An int, or an int64 array, with entries in ``[0, 2^32)``."""
    import numpy as np

    if isinstance(value, (bool, float)):
        raise InputError(f"{name} must be an integer, got {value!r}: give an int below 2^32.")
    array = np.asarray(value)
    if array.dtype.kind not in "iu":
        raise InputError(f"{name} must be an integer, got {value!r}: give an int below 2^32.")
    if array.size and (int(array.min()) < 0 or int(array.max()) >= MAX_WORD):
        raise InputError(f"{name} must lie in [0, 2^32), got {value!r}: reduce it.")
    return int(array) if array.ndim == 0 else array.astype(np.int64)


class Stream:
    """A stream of noise: a key and the step that the next oracle call uses.

    Parameters
    ----------
    seed
        One int in ``[0, 2^32)``, or an array of them: one per leading index of the batch of
        points, so that row ``r`` sees exactly the numbers of ``Stream(seed[r])``.
    stream
        A second key word, for independent uses of one seed.
    step
        Where to start.

    Raises
    ------
    InputError
        If a word is not an integer in ``[0, 2^32)``.
    """

    def __init__(self, seed: Any, stream: int = 0, step: int = 0) -> None:
        self.seed = _checked_word("seed", seed)
        self.stream = _checked_word("stream", stream)
        self.step: int = _checked_word("step", step)
        self._cached_for: tuple[Any, ...] = ()
        self._cache: dict[int, tuple[Any, Any, Any, Any]] = {}

    def __repr__(self) -> str:
        return f"Stream(seed={self.seed!r}, stream={self.stream}, step={self.step})"

    def advance(self) -> int:
        """The step to use now; the next call gets the one after it."""
        step = self.step
        self.step += 1
        return step

    def block(self, like: Any, coordinates: Any, step: int, call: int = 0) -> Any:
        """The four words that hold ``step``, each of the shape ``(*leading, n)``.

        Parameters
        ----------
        like
            An array whose namespace and device the words get and whose leading axes (all but the
            last) number the rows.
        coordinates
            Integer numpy array ``(n,)``.
        step, call
            Ints.
        """
        leading = tuple(like.shape[:-1])
        label = (step // 4, leading, id(coordinates), str(getattr(like, "device", "")), type(like))
        if label != self._cached_for:
            self._cached_for, self._cache = label, {}
        if call not in self._cache:
            words = self._compute(like, coordinates, step, call)
            if (len(self._cache) + 1) * 4 * math.prod(words[0].shape) > _CACHE_WORDS:
                return words
            # The array is kept too, so that its id cannot be given to another one meanwhile.
            self._kept = coordinates
            self._cache[call] = words
        return self._cache[call]

    def _compute(
        self, like: Any, coordinates: Any, step: int, call: int
    ) -> tuple[Any, Any, Any, Any]:
        from array_api_compat import array_namespace, device

        xp, place = array_namespace(like), device(like)
        leading = tuple(like.shape[:-1])
        rows = math.prod(leading)

        def integers(values: Any) -> Any:
            return xp.asarray(values, dtype=xp.int64, device=place)

        seed: Any = self.seed
        row = xp.reshape(xp.arange(rows, dtype=xp.int64, device=place), (*leading, 1))
        if not isinstance(seed, int):
            if seed.shape != leading:
                raise InputError(
                    f"The stream has seeds of shape {seed.shape} but the points have the leading "
                    f"axes {leading}: give one seed per point."
                )
            seed, row = integers(seed)[..., None], row * 0
        where = integers(coordinates)
        quad = integers([step // 4])
        zero = xp.zeros((*leading, where.shape[0]), dtype=xp.int64, device=place)
        return philox4x32(
            (where + zero, quad + zero, row + zero, integers([call]) + zero), (seed, self.stream)
        )

    def words(self, like: Any, coordinates: Any, step: int, call: int = 0) -> Any:
        """One word for each leading index and coordinate; arguments as in :meth:`block`."""
        return self.block(like, coordinates, step, call)[step % 4]

    def normals(self, like: Any, coordinates: Any, step: int, call: int = 0) -> Any:
        """One standard normal for each leading index and coordinate, float64.

        Words 0 and 1 of a block give the normals of its steps 0 and 1, words 2 and 3 the others.
        """
        words = self.block(like, coordinates, step, call)
        pair = normals(*words[:2]) if step % 4 < 2 else normals(*words[2:])
        return pair[step % 2]


def as_stream(generator: Any) -> Stream:
    """A :class:`Stream` as it is; a numpy or torch generator is used once, to draw the key.

    Raises
    ------
    InputError
        If ``generator`` is neither.
    """
    if isinstance(generator, Stream):
        return generator
    import numpy as np

    if isinstance(generator, np.random.Generator):
        key = generator.integers(0, MAX_WORD, size=2, dtype=np.int64)
        return Stream(int(key[0]), int(key[1]))
    if type(generator).__module__.partition(".")[0] == "torch":
        import torch

        if isinstance(generator, torch.Generator):
            drawn = torch.randint(
                0, MAX_WORD, (2,), generator=generator, device=generator.device, dtype=torch.int64
            )
            return Stream(int(drawn[0]), int(drawn[1]))
    raise InputError(
        f"The generator is a {type(generator).__name__}: give a hardinstances.rng.Stream, a "
        "numpy.random.Generator or a torch.Generator."
    )
