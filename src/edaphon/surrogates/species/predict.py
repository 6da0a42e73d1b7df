"""Predict with species surrogates, one species or several together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.suggest import did_you_mean
from edaphon.data.landscape import Predictors
from edaphon.errors import DataError, Finding, expect
from edaphon.surrogates.applicability import Applicability
from edaphon.surrogates.encode import Encoder, encode
from edaphon.surrogates.species.abundance import AbundanceLearner, answer_abundance
from edaphon.surrogates.species.basis import HingeBasis
from edaphon.surrogates.species.calibration import PlattLine
from edaphon.surrogates.species.ensemble import OccurrenceEnsemble
from edaphon.surrogates.species.learner import (
    OccurrenceAnswer,
    OccurrenceLearner,
    answer_occurrence,
)
from edaphon.surrogates.species.logistic import LeveledLogistic
from edaphon.surrogates.state import Card, Prediction
from edaphon.surrogates.store import register

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class SpeciesSurrogate:
    """Fitted surrogates of several species from the same observations.

    Attributes
    ----------
    name : str
    kind : str
        "presence_absence", "presence_only" or "abundance".
    species : tuple of str
        Those that are modeled.
    cards : tuple of Card
        One per species.
    learners : tuple of OccurrenceLearner or AbundanceLearner
        One per species; without candidates where the gate refused it.
    encoder : Encoder
    applicability : Applicability
        Of all sites.
    refused : dict of str to str
        Species that could not be modeled, with the reason.
    findings : tuple of Finding
    """

    name: str
    kind: str
    species: tuple[str, ...]
    cards: tuple[Card, ...]
    learners: tuple[OccurrenceLearner | AbundanceLearner, ...]
    encoder: Encoder
    applicability: Applicability
    refused: dict[str, str]
    findings: tuple[Finding, ...] = ()

    def card(self, species: str) -> Card:
        """Return the card of a species.

        Raises
        ------
        DataError
            If it is not modeled.
        """
        return self.cards[self.position(species)]

    def position(self, species: str) -> int:
        """Return the position of a species among those that are modeled.

        Raises
        ------
        DataError
            If it is not modeled, with the reason or "did you mean".
        """
        if species in self.species:
            return self.species.index(species)
        where = f"surrogates: {self.name}"
        if species in self.refused:
            what = f"{species} is not modeled: {self.refused[species]}"
            raise DataError(Finding(where, what, "Leave it out, or gather more observations."))
        what = f"there is no species '{species}'"
        raise DataError(Finding(where, what, did_you_mean(species, self.species)))

    def flags(
        self, predictors: Predictors | pd.DataFrame
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether rows are applicable, and whether a predictor is beyond the sampled range."""
        matrix, complete = encode(self.encoder, _table(predictors))
        return self.applicability.inside(matrix) & complete, self.applicability.beyond(matrix)


for _kind in (
    SpeciesSurrogate, OccurrenceLearner, AbundanceLearner, OccurrenceEnsemble, PlattLine,
    LeveledLogistic, HingeBasis,
):  # fmt: skip
    register(_kind)


def predict_species(
    surrogate: SpeciesSurrogate,
    predictors: Predictors | pd.DataFrame,
    species: Sequence[str] | None = None,
) -> dict[str, Prediction]:
    """Predict species with mean, spread, interval and area of applicability.

    Parameters
    ----------
    surrogate : SpeciesSurrogate
    predictors : Predictors or DataFrame, n rows
        Must hold the surrogate's predictors; where one is missing in a row, or a category was
        never seen, the training median stands in and the row is not applicable.
    species : sequence of str, optional
        All that are modeled if not given.

    Returns
    -------
    dict of str to Prediction
        Arrays of shape (n,). Of presences and absences the probability that a place holds the
        species, of presences alone its relative suitability (or the probability, where a
        prevalence was given), both with the spread of that share between places of the kind, not
        of finding the species or not; of abundances the amount in its unit, with the spread and
        interval of one new count.

    Raises
    ------
    DataError
        If a species is not modeled, or a predictor is missing altogether.
    """
    expect(
        surrogate=(surrogate, SpeciesSurrogate), predictors=(predictors, (Predictors, pd.DataFrame))
    )
    chosen = surrogate.species if species is None else tuple(species)
    learners = [surrogate.learners[surrogate.position(name)] for name in chosen]
    matrix, complete = encode(surrogate.encoder, _table(predictors))
    inside = surrogate.applicability.inside(matrix) & complete
    beyond = surrogate.applicability.beyond(matrix)
    told = {}
    for name, learner in zip(chosen, learners, strict=True):
        answer = _answer(learner, matrix)
        told[name] = Prediction(answer.mean, answer.sd, answer.lower, answer.upper, inside, beyond)
    return told


def combine_species(predictions: Mapping[str, Prediction], how: str = "sum") -> Prediction:
    """Bring several species' predictions into one.

    Parameters
    ----------
    predictions : mapping of species to Prediction
    how : {"sum", "mean"}
        The sum of probabilities is the expected number of species, that of abundances the whole
        amount; of relative suitabilities only the mean has a meaning.

    Returns
    -------
    Prediction
        Spread and bounds are summed too, as if all species strayed together: what makes one
        species rarer than predicted on some ground often does so for others, and this is the
        widest it can be.

    Raises
    ------
    ValueError
        If there are no predictions, or `how` is none of the above.
    """
    if how not in ("sum", "mean") or not predictions:
        raise ValueError("how must be 'sum' or 'mean', of one species or more")
    parts = list(predictions.values())
    share = 1.0 if how == "sum" else 1 / len(parts)

    def total(field: str) -> NDArray[np.float64]:
        return np.asarray(share * np.sum([getattr(part, field) for part in parts], axis=0))

    return Prediction(
        total("mean"),
        total("sd"),
        total("lower"),
        total("upper"),
        np.all([part.applicable for part in parts], axis=0),
        np.any([part.beyond for part in parts], axis=0),
    )


def _table(predictors: Predictors | pd.DataFrame) -> pd.DataFrame:
    return predictors.table if isinstance(predictors, Predictors) else predictors


def _answer(
    learner: OccurrenceLearner | AbundanceLearner, matrix: NDArray[np.float64]
) -> OccurrenceAnswer:
    if isinstance(learner, AbundanceLearner):
        return answer_abundance(learner, matrix)
    return answer_occurrence(learner, matrix)
