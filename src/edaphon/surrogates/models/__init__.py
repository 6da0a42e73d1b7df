"""The candidates of a surrogate, kept as plain arrays.

Each fitted candidate is a frozen dataclass of arrays with ``predict(matrix) -> (n,)``; scikit-learn
grows the trees, and what is kept of them is their nodes, so a stored model executes nothing on
load.
"""

from edaphon.surrogates.models.base import ROWS, Model, column_spread, evened
from edaphon.surrogates.models.gaussian_process import GaussianProcess, fit_gaussian_process
from edaphon.surrogates.models.linear import PENALTIES, Ridge, fit_ridge
from edaphon.surrogates.models.splines import AdditiveSplines, fit_splines
from edaphon.surrogates.models.trees import Trees, fit_boosting, fit_trees, plain_forest

__all__ = [
    "PENALTIES",
    "ROWS",
    "AdditiveSplines",
    "GaussianProcess",
    "Model",
    "Ridge",
    "Trees",
    "column_spread",
    "evened",
    "fit_boosting",
    "fit_gaussian_process",
    "fit_ridge",
    "fit_splines",
    "fit_trees",
    "plain_forest",
]
