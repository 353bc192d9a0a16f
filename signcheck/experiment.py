"""Experiments: how a theorem's bound meets a run, or a statement meets exact numbers.

A theorem module lists them in ``Theory.runs``; :mod:`signcheck.verify` carries them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from hardinstances.instance import Instance
    from signcheck.bound import Bound
    from signcheck.simulate.methods import Method
    from signcheck.theory import Statement

__all__ = ["Evaluation", "Experiment"]


@dataclass(frozen=True, eq=False)
class Experiment:
    """A method on a hard instance, against a theorem's bound at the parameters that were run.

    Parameters
    ----------
    name
        What the table calls the run.
    family, parameters
        What :func:`hardinstances.make` needs; free parameters that are left out are chosen there.
    method
        Makes the method from its stepsize.
    steps, batch
        T and B of the run, integers >= 1.
    seeds
        Number of sampled copies, fixed in advance; None evolves the exact law instead.
    against
        Id of the theorem with the opposite sense whose bound is printed beside, or None.
    """

    name: str
    family: str
    parameters: Mapping[str, Any]
    method: Callable[[float], Method]
    steps: int
    batch: int = 1
    seeds: int | None = None
    against: str | None = None

    @property
    def engine(self) -> Literal["reference", "exact-law"]:
        """Which engine runs it."""
        return "exact-law" if self.seeds is None else "reference"

    @cached_property
    def instance(self) -> Instance:
        """The instance, made and certified on first use."""
        import hardinstances

        return hardinstances.make(self.family, **self.parameters)

    def numbers(self, bound: Bound) -> dict[str, Any]:
        """The keys of ``bound`` at the parameters that were run, tau included."""
        instance = self.instance
        known = {"T": self.steps, "B": self.batch, "N": self.steps * self.batch}
        settings = asdict(cast("Any", self.method(float(self.parameters["eta"]))))
        known |= {"sigma": instance.sigma, **settings, **instance.parameters}
        missing = [n for n, key in bound.keys.items() if key.required and n not in known]
        if missing:
            raise InputError(
                f"The run {self.name} fixes no {', '.join(missing)}, which {bound.theorem} needs: "
                "choose another instance."
            )
        return {name: known[name] for name in bound.keys if name in known}


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Both sides of an inequality at an exact class member or law; no sampling.

    Parameters
    ----------
    name
        What the table calls it.
    parameters
        The numbers behind it.
    values
        Exact numbers for the atoms of the conclusion (symbols, norms, expectations), computed
        from the member when called.
    """

    name: str
    parameters: Mapping[str, Any]
    values: Callable[[], Mapping[Any, Any]]

    def sides(self, statement: Statement) -> tuple[float, float]:
        """Left and right side of the conclusion.

        Raises
        ------
        InputError
            If the conclusion is no inequality, or an atom is left without a value.
        """
        import sympy as sp

        from signcheck.kernel import Le

        conclusion = statement.conclusion
        values = {atom: sp.sympify(number) for atom, number in self.values().items()}
        if not isinstance(conclusion, Le):
            raise InputError(f"{self.name}: {conclusion} is no inequality between numbers.")
        left, right = (side.xreplace(values) for side in conclusion.terms())
        if not (left.is_number and right.is_number):
            rest = sorted(map(str, left.free_symbols | right.free_symbols))
            raise InputError(f"{self.name} gives no value to {', '.join(rest)}: add it.")
        return float(left), float(right)
