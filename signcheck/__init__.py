"""Proof kernel, simulation, statistics and command line for bounds on sign-based optimizers.

Importing this package loads nothing else: take what you need from ``signcheck.kernel``,
``signcheck.simulate``, ``signcheck.stats`` and so on.
"""

from signcheck._version import __version__

__all__ = ["__version__"]
