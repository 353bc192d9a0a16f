"""Hard instances with certificates: functions that provably no method of a named class beats.

``make(ID, key=value, ...)`` builds one; ``hardinstances list`` on the command line names them.
Nothing heavy is imported until it is used, torch only for torch arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hardinstances.catalogue import CATALOGUE, load, make
    from hardinstances.drive import run, run_optax
    from hardinstances.instance import Instance
    from hardinstances.rng import Stream

__all__ = ["CATALOGUE", "Instance", "Stream", "load", "make", "run", "run_optax"]

_HOMES = {
    "CATALOGUE": "catalogue",
    "Instance": "instance",
    "Stream": "rng",
    "load": "catalogue",
    "make": "catalogue",
    "run": "drive",
    "run_optax": "drive",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
