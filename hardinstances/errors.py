"""Every exception of the project.

A message is one or two sentences: what was wrong, the value that was seen, what to do next.
The command lines print ``str(error)`` and exit with ``error.exit_code``; nothing else of ours
turns an exception into text, so a message written here is what the user reads.
"""

from __future__ import annotations


class ProjectError(Exception):
    """Root of all errors that the project raises on purpose."""

    exit_code = 1


class InputError(ProjectError, ValueError):
    """A parameter, shape, id, key or file that cannot be used: bad input never yields a number."""

    exit_code = 2


class BudgetError(InputError):
    """Parameters that do not fit the problem class (curvature, gap or variance budget).

    Parameters
    ----------
    budget
        Which budget fails: ``"curvature"``, ``"gap"`` or ``"variance"``.
    excess
        By how much it is exceeded, in the budget's own unit.
    parameter
        The parameter to move.
    """

    def __init__(self, message: str, *, budget: str, excess: float, parameter: str) -> None:
        super().__init__(message)
        self.budget = budget
        self.excess = excess
        self.parameter = parameter


class CertificateError(ProjectError):
    """A certificate, instance file or dual solution that does not verify."""


class ProofError(ProjectError):
    """A derivation step that does not check.

    Parameters
    ----------
    step
        Name of the rule or of the derivation step that failed.
    residual
        What is left over, as text (an expression, or a hypothesis that is missing).
    counterexample
        Numbers that satisfy the hypotheses and make the residual negative, where one was found.
    """

    def __init__(
        self,
        message: str,
        *,
        step: str = "",
        residual: str = "",
        counterexample: dict[str, float] | None = None,
    ) -> None:
        super().__init__(message)
        self.step = step
        self.residual = residual
        self.counterexample = counterexample


class ForgeryError(ProjectError, TypeError):
    """An attempt to make a Theorem without a rule."""


class SolverError(ProjectError):
    """A numerical solver that failed or answered with an inaccurate status."""


class OptimizerError(ProjectError):
    """An optimizer that cannot be made, fails, changes the point's shape or diverges."""


class DataError(ProjectError):
    """A data source, download, checksum or shard that cannot be used."""


class DeviceError(InputError):
    """A device or backend that was asked for and is not there."""
