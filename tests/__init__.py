"""Tests; the folders mirror the source. A package, so that shared strategies and helpers import."""
