"""Probabilities above which a species counts as present, each with its meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OMISSION = "10 % omission"
LARGEST_TSS = "largest TSS"
EQUAL = "equal sensitivity and specificity"
MATCHED = "prevalence matched"
MEANING = {
    OMISSION: "misses at most a tenth of the places where it was found: for not losing any",
    LARGEST_TSS: "most right answers, presences and absences counting alike",
    EQUAL: "presences and absences are missed equally often",
    MATCHED: "calls it present in as many places as hold it: for areas and maps",
}
"""What each threshold does, and what it is for."""


def thresholds(
    told: NDArray[np.float64],
    found: NDArray[np.bool_],
    weight: NDArray[np.float64],
    prevalence: float | None,
) -> dict[str, float]:
    """Thresholds by held-out predictions; a place counts as present at or above one.

    Parameters
    ----------
    told : float64 array, shape (n,)
        Held-out probabilities or suitabilities.
    found : bool array, shape (n,)
    weight : float64 array, shape (n,)
        How much each row counts.
    prevalence : float or None
        Share of places that hold the species; None where it is unknown.

    Returns
    -------
    dict of str to float
        "10 % omission": the highest that misses at most a tenth of the presences (the "10th
        percentile training presence" of Maxent, but on held-out predictions). "largest TSS": the
        one with the largest sensitivity + specificity - 1. "equal sensitivity and specificity":
        where the two are closest. "prevalence matched": the share of places at or above it comes
        closest to the prevalence; left out where that is unknown. Of ties, the lowest.

    Notes
    -----
    Liu et al. 2005, Ecography 28:385-393, compares them; for presence-only data specificity is
    against the background, and the largest TSS is the same as with absences (Liu et al. 2013,
    Journal of Biogeography 40:778-789).
    """
    cuts = np.unique(told)
    own, other = np.where(found, weight, 0.0), np.where(found, 0.0, weight)
    place = np.searchsorted(cuts, told)
    hits = np.bincount(place, weights=own, minlength=len(cuts))[::-1].cumsum()[::-1]
    alarms = np.bincount(place, weights=other, minlength=len(cuts))[::-1].cumsum()[::-1]
    sensitivity, specificity = hits / own.sum(), 1 - alarms / other.sum()
    chosen = {
        OMISSION: int(np.flatnonzero(sensitivity >= 0.9 - 1e-12).max()),
        LARGEST_TSS: _first(-(sensitivity + specificity)),
        EQUAL: _first(np.abs(sensitivity - specificity)),
    }
    if prevalence is not None:
        chosen[MATCHED] = _first(np.abs((hits + alarms) / weight.sum() - prevalence))
    return {name: float(cuts[position]) for name, position in chosen.items()}


def _first(values: NDArray[np.float64]) -> int:
    """Position of the first of the smallest values, equal up to rounding."""
    return int(np.flatnonzero(values <= values.min() + 1e-12)[0])
