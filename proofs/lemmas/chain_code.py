"""Why no four columns of the flat rotation are dependent, for every m.

A row is a pair (a, b) of elements of GF(2^m), a column an element c != 0, the sign is
(-1)**tr(a c + b c**3). The product of the columns c_1, ..., c_j has the sign (-1)**tr(a s + b u)
with s = sum c_i and u = sum c_i**3, and sums to 0 over all rows unless s = u = 0: for s != 0 the
map a -> tr(a s) is linear over GF(2) and not zero (tr is a polynomial of degree 2**(m-1), fewer
than the 2**m elements), so it takes both values equally often. Where s = 0:

- two columns: s = 0 says that they are equal;
- three, c_3 = c_1 + c_2: u = c_1 c_2 (c_1 + c_2) = c_1 c_2 c_3;
- four, c_4 = c_1 + c_2 + c_3: u = (c_1 + c_2)(c_1 + c_3)(c_2 + c_3).

So u = 0 needs a column 0 or two equal ones. With equal columns a product reduces to that of the
others, which is what ``4-wise independent rows`` in ``chain_rotation`` says for a, b, c < k. The
identities are checked here once for all m; ``FlatRotation.verify`` counts for each m that is run.

Source: theory sheet, T8-flat; MacWilliams and Sloane 1977, chapter 7 (two-error correcting codes).
"""

from __future__ import annotations

import sympy as sp

from hardinstances.errors import ProofError

_COLUMNS = sp.symbols("c1 c2 c3")
_X, _Y, _Z = _COLUMNS
IDENTITIES: dict[int, tuple[sp.Expr, sp.Expr]] = {
    3: (_X**3 + _Y**3 + (_X + _Y) ** 3, _X * _Y * (_X + _Y)),
    4: (_X**3 + _Y**3 + _Z**3 + (_X + _Y + _Z) ** 3, (_X + _Y) * (_X + _Z) * (_Y + _Z)),
}
"""Number of columns -> (sum of their cubes where their sum is 0, its factors)."""


def check_identities() -> None:
    """Check the identities in GF(2)[c1, c2, c3].

    Raises
    ------
    ProofError
        Naming the number of columns whose identity fails.
    """
    for count, (cubes, factors) in IDENTITIES.items():
        if not sp.Poly(cubes - factors, *_COLUMNS, modulus=2).is_zero:
            raise ProofError(f"the identity for {count} columns fails over GF(2).")
