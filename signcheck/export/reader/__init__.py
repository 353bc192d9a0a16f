"""A second checker for exported proofs: plain Python, nothing of the kernel, no computer algebra.

``rows`` and ``terms`` hold the table of terms and say which are equal, ``worlds`` evaluates them,
``judge`` answers side conditions, ``check`` walks through a file. The rules in ``logic``,
``values``, ``calculus``, ``chance``, ``points``, ``profiles`` and ``problems`` are a few lines
each, and every one can be read alone.
"""

from signcheck.export.reader import calculus, chance, logic, points, problems, profiles, values
from signcheck.export.reader.check import RULES, Verdict, read, read_file

__all__ = [
    "RULES",
    "Verdict",
    "calculus",
    "chance",
    "logic",
    "points",
    "problems",
    "profiles",
    "read",
    "read_file",
    "values",
]
