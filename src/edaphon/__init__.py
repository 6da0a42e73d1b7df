"""edaphon: where on farmland and wild soil which practice goes.

Names load on first use, so that ``import edaphon`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edaphon.additions import add_between as add_between
    from edaphon.additions import adopt as adopt
    from edaphon.config.quantity import Quantity as Quantity
    from edaphon.config.reader import read_config as read_config
    from edaphon.data.landscape import Landscape as Landscape
    from edaphon.data.landscape import Predictors as Predictors
    from edaphon.data.landscape import Samples as Samples
    from edaphon.data.landscape_reader import read_landscape as read_landscape
    from edaphon.data.observations import Observations as Observations
    from edaphon.effects.draws import draw_effects as draw_effects
    from edaphon.errors import EdaphonError as EdaphonError
    from edaphon.errors import Finding as Finding
    from edaphon.portfolio.between import between as between
    from edaphon.portfolio.compare import compare as compare
    from edaphon.portfolio.diverse import diverse as diverse
    from edaphon.portfolio.importance import importance as importance
    from edaphon.portfolio.reasons import reasons_for as reasons_for
    from edaphon.problem.evaluate import evaluate as evaluate
    from edaphon.problem.values import Front as Front
    from edaphon.problem.values import Problem as Problem
    from edaphon.report.runs import Run as Run
    from edaphon.report.runs import read_run as read_run
    from edaphon.solver.front import solve as solve
    from edaphon.solver.start import start_from as start_from
    from edaphon.surrogates.audit import audit as audit
    from edaphon.surrogates.audit_indicator import audit_indicator as audit_indicator
    from edaphon.surrogates.community import fit_community as fit_community
    from edaphon.surrogates.community import predict_community as predict_community
    from edaphon.surrogates.fit import fit as fit
    from edaphon.surrogates.fit import predict as predict
    from edaphon.surrogates.proxy import fit_proxy as fit_proxy
    from edaphon.surrogates.proxy import predict_proxy as predict_proxy
    from edaphon.surrogates.species import combine_species as combine_species
    from edaphon.surrogates.species import fit_species as fit_species
    from edaphon.surrogates.species import predict_species as predict_species
    from edaphon.surrogates.store import load_surrogate as load_surrogate
    from edaphon.surrogates.store import save_surrogate as save_surrogate
    from edaphon.workflow import check as check
    from edaphon.workflow import run as run

__version__ = "0.1.0"

_HOME = {
    "EdaphonError": "edaphon.errors",
    "Finding": "edaphon.errors",
    "Front": "edaphon.problem.values",
    "Landscape": "edaphon.data.landscape",
    "Observations": "edaphon.data.observations",
    "Predictors": "edaphon.data.landscape",
    "Problem": "edaphon.problem.values",
    "Quantity": "edaphon.config.quantity",
    "Run": "edaphon.report.runs",
    "Samples": "edaphon.data.landscape",
    "add_between": "edaphon.additions",
    "adopt": "edaphon.additions",
    "audit": "edaphon.surrogates.audit",
    "audit_indicator": "edaphon.surrogates.audit_indicator",
    "between": "edaphon.portfolio.between",
    "check": "edaphon.workflow",
    "combine_species": "edaphon.surrogates.species",
    "compare": "edaphon.portfolio.compare",
    "diverse": "edaphon.portfolio.diverse",
    "draw_effects": "edaphon.effects.draws",
    "evaluate": "edaphon.problem.evaluate",
    "fit": "edaphon.surrogates.fit",
    "fit_community": "edaphon.surrogates.community",
    "fit_proxy": "edaphon.surrogates.proxy",
    "fit_species": "edaphon.surrogates.species",
    "importance": "edaphon.portfolio.importance",
    "load_surrogate": "edaphon.surrogates.store",
    "predict": "edaphon.surrogates.fit",
    "predict_community": "edaphon.surrogates.community",
    "predict_proxy": "edaphon.surrogates.proxy",
    "predict_species": "edaphon.surrogates.species",
    "read_config": "edaphon.config.reader",
    "read_landscape": "edaphon.data.landscape_reader",
    "read_run": "edaphon.report.runs",
    "reasons_for": "edaphon.portfolio.reasons",
    "run": "edaphon.workflow",
    "save_surrogate": "edaphon.surrogates.store",
    "solve": "edaphon.solver.front",
    "start_from": "edaphon.solver.start",
}

__all__ = [
    "EdaphonError",
    "Finding",
    "Front",
    "Landscape",
    "Observations",
    "Predictors",
    "Problem",
    "Quantity",
    "Run",
    "Samples",
    "add_between",
    "adopt",
    "audit",
    "audit_indicator",
    "between",
    "check",
    "combine_species",
    "compare",
    "diverse",
    "draw_effects",
    "evaluate",
    "fit",
    "fit_community",
    "fit_proxy",
    "fit_species",
    "importance",
    "load_surrogate",
    "predict",
    "predict_community",
    "predict_proxy",
    "predict_species",
    "read_config",
    "read_landscape",
    "read_run",
    "reasons_for",
    "run",
    "save_surrogate",
    "solve",
    "start_from",
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
