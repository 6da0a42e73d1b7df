"""edaphon: where on farmland and wild soil which practice goes.

Names load on first use, so that ``import edaphon`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edaphon.config.reader import read_config as read_config
    from edaphon.data.landscape import Landscape as Landscape
    from edaphon.data.landscape_reader import read_landscape as read_landscape
    from edaphon.errors import EdaphonError as EdaphonError
    from edaphon.errors import Finding as Finding
    from edaphon.portfolio.compare import compare as compare
    from edaphon.problem.evaluate import evaluate as evaluate
    from edaphon.problem.values import Front as Front
    from edaphon.problem.values import Problem as Problem
    from edaphon.solver.front import solve as solve
    from edaphon.surrogates.fit import fit as fit
    from edaphon.surrogates.fit import predict as predict
    from edaphon.workflow import Run as Run
    from edaphon.workflow import check as check
    from edaphon.workflow import read_run as read_run
    from edaphon.workflow import run as run

__version__ = "0.1.0"

_HOME = {
    "EdaphonError": "edaphon.errors",
    "Finding": "edaphon.errors",
    "Front": "edaphon.problem.values",
    "Landscape": "edaphon.data.landscape",
    "Problem": "edaphon.problem.values",
    "Run": "edaphon.workflow",
    "check": "edaphon.workflow",
    "compare": "edaphon.portfolio.compare",
    "evaluate": "edaphon.problem.evaluate",
    "fit": "edaphon.surrogates.fit",
    "predict": "edaphon.surrogates.fit",
    "read_config": "edaphon.config.reader",
    "read_landscape": "edaphon.data.landscape_reader",
    "read_run": "edaphon.workflow",
    "run": "edaphon.workflow",
    "solve": "edaphon.solver.front",
}

__all__ = [
    "EdaphonError",
    "Finding",
    "Front",
    "Landscape",
    "Problem",
    "Run",
    "check",
    "compare",
    "evaluate",
    "fit",
    "predict",
    "read_config",
    "read_landscape",
    "read_run",
    "run",
    "solve",
]


def __getattr__(name: str) -> object:
    """Load a public name from its module on first use."""
    if name not in _HOME:
        message = f"module 'edaphon' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
