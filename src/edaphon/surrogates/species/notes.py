"""What a species' surrogate is and is not, in plain words for its card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import counted
from edaphon.surrogates.card import on_tenths, percent
from edaphon.surrogates.species.abundance import AbundanceFit, AbundanceScores
from edaphon.surrogates.species.background import WORDS
from edaphon.surrogates.species.check import FEW_PRESENCES
from edaphon.surrogates.species.learner import OccurrenceFit, OccurrenceScores

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edaphon.surrogates.species.held_out import Trial, Tried

_FEWEST_IN_PART = 25
"""Held-out sites at least in a part whose calibration is told (judgement)."""


@dataclass(frozen=True)
class Tested:
    """One species, fitted and tried.

    Attributes
    ----------
    trial : Trial
    tried : Tried
        On held-out ground.
    fit : OccurrenceFit or AbundanceFit
    at_random : OccurrenceScores or AbundanceScores
        On random folds.
    on_map : OccurrenceScores or AbundanceScores, optional
        On folds matched to the planning units.
    """

    trial: Trial
    tried: Tried
    fit: OccurrenceFit | AbundanceFit
    at_random: OccurrenceScores | AbundanceScores
    on_map: OccurrenceScores | AbundanceScores | None = None

    @property
    def occurrence(self) -> OccurrenceFit:
        """The occurrence part."""
        return self.fit.occurrence if isinstance(self.fit, AbundanceFit) else self.fit


def card_notes(
    tested: Tested,
    background: str,
    prevalence: float | None,
    regions: NDArray[np.str_] | None = None,
) -> tuple[str, ...]:
    """Say what a species' surrogate may and may not be used for.

    Parameters
    ----------
    tested : Tested
    background : str
        What presences alone are set against.
    prevalence : float or None
        As given for presences alone.
    regions : str array, shape (n_own_rows,), optional
        Part of the ground of each of the species' rows.

    Returns
    -------
    tuple of str
    """
    data, fit = tested.trial.data, tested.fit
    n_found = int(data.found.sum())
    notes = (
        _from_presences(tested, background, prevalence)
        if data.presence_only
        else [_from_surveys(n_found, len(data.found) - n_found)]
    )
    if n_found < FEW_PRESENCES:
        few = f"Fewer than {FEW_PRESENCES} presences"
        notes.append(f"{few}: no method has been found to be reliable with so few.")
    if tested.on_map is not None:
        notes.append(
            "The figure for this map comes from folds whose held-out sites lie about as far from "
            "the other sites as the units do from all of them. It is one figure for the whole map, "
            "not for its corners."
        )
    notes += (
        _of_counts(tested)
        if isinstance(fit, AbundanceFit)
        else [
            "The interval is for the share of like places that hold the species, not for finding "
            "it or not: how far whole blocks of ground strayed from their predictions, how far "
            "fits to different sites differ, and how far the candidates disagree.",
            "Nobody sees a probability, so coverage compares the number of presences in each "
            "held-out block with the interval of its probability, by how far other blocks strayed "
            "alone. A number counts by the share of its chances that lies inside.",
        ]
    )
    if fit.used and not data.presence_only:
        notes.append(_calibration(tested, regions))
    if isinstance(fit, AbundanceFit):
        counts = len(data.found), "sites"
    else:
        counts = len(fit.blocks.labels), "blocks"
    if fit.used:
        notes += on_tenths(counts[0], fit.learner.level, counts[1])
    notes.append(
        "It describes what is there today. It says nothing of what a practice would change."
    )
    if not fit.used:
        notes.append("The surrogate was refused: every unit gets the same value.")
    return tuple(notes)


def _from_surveys(n_found: int, n_absent: int) -> str:
    """Say how often the species was found."""
    if n_absent == 0:
        return (
            f"It was found at every one of {counted(n_found, 'site')}, so nothing is known of "
            "where it may be missing: only its amount is predicted, everywhere."
        )
    return (
        f"Learned from {counted(n_found, 'presence')} and {counted(n_absent, 'absence')}; what "
        "surveys miss counts as absent."
    )


def _from_presences(tested: Tested, background: str, prevalence: float | None) -> list[str]:
    """Limits of presences alone."""
    data = tested.trial.data
    places = counted(int((data.background > 0).sum()), "place")
    told = (
        "Its prevalence is unknown, so it tells a relative suitability, not a probability: how "
        "probable presence would be, were it as common as not. Ranks mean something, sums do not."
        if prevalence is None
        else f"Its prevalence was given as {prevalence:.3g}; the probabilities rest on it."
    )
    return [
        f"Learned from {counted(int(data.found.sum()), 'presence')} alone, set against "
        f"{WORDS[background]} ({places}).",
        told,
        "Whether probabilities are calibrated cannot be tested without absences; coverage is that "
        "of numbers of records among the background.",
    ]


def _of_counts(tested: Tested) -> list[str]:
    """Say what the interval of an amount is."""
    notes = [
        "The interval is for one new count; zeros are part of it, and the mean is unbiased over "
        "held-out sites."
    ]
    zeros = float((~tested.trial.data.found).mean())
    if zeros > 0:
        notes.append(
            f"{percent(zeros)} of the counts are 0. An interval that starts at 0 holds all of "
            "them and cannot be made to hold fewer, so intervals of low levels hold more than they "
            "promise."
        )
    return notes


def parts_by_told(told: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Split held-out sites into up to ten parts from the lowest to the highest told.

    Parameters
    ----------
    told : float64 array, shape (n,)

    Returns
    -------
    list of int64 array
        Positions, of at least 25 sites each; one part where there are fewer.
    """
    n_parts = int(np.clip(len(told) // _FEWEST_IN_PART, 1, 10))
    return np.array_split(np.argsort(told, kind="stable"), n_parts)


def _calibration(tested: Tested, regions: NDArray[np.str_] | None) -> str:
    """Compare what was told of held-out sites with what was found, in parts of them."""
    fit, amount = tested.fit, tested.trial.amount
    written: Callable[[float], str] = percent
    if isinstance(fit, AbundanceFit) and amount is not None:
        told, truth, written = fit.scores.told, amount, _amount
    else:
        told = tested.occurrence.crossed.probability.mean(axis=0)
        truth = tested.trial.data.found.astype(float)
    parts = parts_by_told(told)
    by_told = [
        f"{written(told[rows].mean())} told and {written(truth[rows].mean())} found"
        for rows in parts
    ]
    said = (
        f"Calibration on held-out ground, {counted(len(parts), 'part')} of about "
        f"{counted(len(parts[-1]), 'site')} from the lowest to the highest told: "
        f"{', '.join(by_told)}."
    )
    if regions is None:
        return said
    by_region = [
        f"{name} {written(told[rows].mean())} told and {written(truth[rows].mean())} found "
        f"({counted(int(rows.sum()), 'site')})"
        for name, rows in ((name, regions == name) for name in np.unique(regions))
    ]
    return f"{said} By region: {', '.join(by_region)}."


def _amount(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
