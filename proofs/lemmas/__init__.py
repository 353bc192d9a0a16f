"""Theorem modules: facts that the bounds rest on."""
