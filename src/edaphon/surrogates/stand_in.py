"""Surrogate species fitted to what they stand for: a ridge from their predictions to targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.models.linear import PENALTIES
from edaphon.surrogates.species.calibration import log_odds
from edaphon.surrogates.store import register

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.surrogates.crossed import CrossedSpecies


@register
@dataclass(frozen=True)
class StandIn:
    """Targets' probabilities from the signal of surrogate species: the mean of their log odds.

    Attributes
    ----------
    surrogates, targets : tuple of str
    center, scale : float
        Mean and standard deviation of the signal.
    slopes : float64 array, shape (n_targets,)
        Of each target's probability per standard deviation of the signal.
    prevalences : float64 array, shape (n_targets,)
    """

    surrogates: tuple[str, ...]
    targets: tuple[str, ...]
    center: float
    scale: float
    slopes: NDArray[np.float64]
    prevalences: NDArray[np.float64]

    def predict(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the targets' probabilities; their sum over targets is the expected richness.

        Parameters
        ----------
        probability : float64 array, shape (n, n_surrogates)
            Predicted, in the order of `surrogates`.

        Returns
        -------
        float64 array, shape (n, n_targets)
            0 to 1.
        """
        scaled = (log_odds(probability).mean(axis=1) - self.center) / self.scale
        return np.clip(np.outer(scaled, self.slopes) + self.prevalences, 0.0, 1.0)


def fit_stand_in(
    surrogates: tuple[str, ...],
    targets: tuple[str, ...],
    probability: NDArray[np.float64],
    found: NDArray[np.float64],
    folds: NDArray[np.int64],
) -> StandIn:
    """Fit all targets on the surrogates' common signal, by one penalty for all.

    Parameters
    ----------
    surrogates, targets : tuple of str
    probability : float64 array, shape (n, n_surrogates)
        Held-out predictions of the surrogates.
    found : float64 array, shape (n, n_targets)
        1 and 0.
    folds : int64 array, shape (n,)
        On which the penalty is chosen, by the squared error over all targets.

    Returns
    -------
    StandIn

    Notes
    -----
    Ridge regression: Hoerl & Kennard (1970), Technometrics 12, 55-67. As all targets share the
    penalty, their sum is the ridge of target richness on the same signal.

    One signal, not a coefficient per surrogate: the species' models all see the same predictors,
    and differences between their predictions hold traces of predictors that none of the species
    follows. Fitted with coefficients of their own, three species that had nothing to do with the
    targets went 37 % of the way from chance to the best in simulations (`benchmarks/audit.py`),
    by the predictors and not as species.
    """
    signal = log_odds(probability).mean(axis=1)
    center, spread = float(signal.mean()), float(signal.std())
    scale = spread if spread > 1e-9 else 1.0
    scaled = (signal - center) / scale
    errors = np.zeros(len(PENALTIES))
    for fold in np.unique(folds):
        held = folds == fold
        if held.all():
            continue
        slopes, means, middle = _ridges(scaled[~held], found[~held])
        away = scaled[held] - middle
        for k, slope in enumerate(slopes):
            errors[k] += ((found[held] - np.outer(away, slope) - means) ** 2).sum()
    slopes, means, _ = _ridges(scaled, found)
    return StandIn(surrogates, targets, center, scale, slopes[errors.argmin()], means)


def _ridges(
    scaled: NDArray[np.float64], found: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Slopes of every penalty (n_penalties, n_targets), means of targets and of the signal."""
    middle, means = float(scaled.mean()), found.mean(axis=0)
    away = scaled - middle
    damped = float(away @ away) + len(scaled) * PENALTIES
    return np.outer(1 / damped, away @ (found - means)), means, middle


def stand_in_layers(
    crossed: CrossedSpecies, surrogates: tuple[str, ...], targets: tuple[str, ...], *, fitted: bool
) -> NDArray[np.float64]:
    """Layers on which surrogates would have sites chosen, none of which saw its site's targets.

    Parameters
    ----------
    crossed : CrossedSpecies
    surrogates, targets : tuple of str
    fitted : bool
        Targets fitted on the surrogates' signal (a target that is a surrogate itself keeps its
        own model), each held-out part by the targets of the others; else the surrogates as they
        are.

    Returns
    -------
    float64 array, shape (n_assignments, n_sites, n_targets or n_surrogates)

    Notes
    -----
    The fit of one part sees the surrogates' predictions for the others by models that may have
    learned from surrogates in this part, which the planner has; never targets from it.
    """
    inputs = crossed.probability[:, :, crossed.columns(surrogates)]
    if not fitted:
        return inputs
    own = np.array([name in surrogates for name in targets], dtype=bool)
    columns = crossed.columns(targets)
    layers = crossed.probability[:, :, columns].copy()
    if own.all():
        return layers
    others = tuple(name for name, mine in zip(targets, own, strict=True) if not mine)
    for k, folds in enumerate(crossed.folds):
        for fold in np.unique(folds):
            held, rest = folds == fold, folds != fold
            found = crossed.found[rest][:, columns[~own]]
            fit = fit_stand_in(surrogates, others, inputs[k, rest], found, folds[rest])
            layers[k][np.ix_(held, ~own)] = fit.predict(inputs[k, held])
    return layers
