"""Bounds: the number of a theorem, read off its conclusion."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    pass
