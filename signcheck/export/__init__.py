"""Proofs as data for independent checkers: Coq files and JSON certificates."""
