"""Rigorous numbers: enclosures of terms by ball arithmetic (python-flint)."""

from signcheck.intervals.evaluate import enclose

__all__ = ["enclose"]
