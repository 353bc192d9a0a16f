"""Theorem modules: upper bounds."""
