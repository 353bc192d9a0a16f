"""Theorem modules: lower bounds."""
