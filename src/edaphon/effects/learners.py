"""Unit-level learners of effects: S, T, and of trials' ratios, each behind the surrogates' gate.

What a practice changes in one unit is predicted from that unit's predictors only where models have
skill on places or studies that they never saw. Where they have none, the pooled evidence stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.landscape import Samples
from edaphon.effects.moderators import FEWEST_STUDIES, means_by_cell
from edaphon.effects.pooling import PooledEffect, pool_practices
from edaphon.errors import DataError, Finding
from edaphon.practices.evidence import ANY

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from edaphon.surrogates.fit import Surrogate

FEWEST_TREATED = 20
"""Treated and untreated samples that a learner of both needs at least (judgement)."""
LEAST_SKILL = 0.02
"""Share of the squared error that a model of trials must save: less is not worth leaving pooled
evidence for, which can be cited (judgement)."""
TREATED = "treated"


@dataclass(frozen=True)
class UnitEffects:
    """Effects of one practice unit by unit, in the unit of the response.

    Attributes
    ----------
    used : bool
        The gate let the learner through; where not, `mean` is 0 and the evidence stands.
    reason : str
    mean, sd : float64 arrays, shape (n_units,)
        Treated less untreated, and its standard deviation: the root of the summed squares of both
        predictions' (an upper bound where their errors go together).
    applicable : bool array, shape (n_units,)
    """

    used: bool
    reason: str
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    applicable: NDArray[np.bool_]


@dataclass(frozen=True)
class TrialModel:
    """What a unit's predictors add to the pooled evidence, nothing where that has no skill.

    Attributes
    ----------
    used : bool
    reason : str
        Why the surrogates' gate let it through or refused it.
    surrogate : Surrogate or None
        Of what the pooled means leave; None where there were too few studies to try.
    pooled : dict of str to PooledEffect
        By practice.
    """

    used: bool
    reason: str
    surrogate: Surrogate | None
    pooled: dict[str, PooledEffect]

    def lnrr(self, table: pd.DataFrame, practice: str) -> NDArray[np.float64]:
        """Return the mean lnRR of a practice in each row of a table of predictors.

        Parameters
        ----------
        table : DataFrame, n rows
        practice : str

        Returns
        -------
        float64 array, shape (n,)
            The pooled mean of the practice, and what the model adds where it is used.
        """
        stands = self.pooled.get(practice, self.pooled[ANY])
        if not self.used or self.surrogate is None:
            return np.full(len(table), stands.mean)
        from edaphon.surrogates.fit import predict

        return stands.mean + predict(self.surrogate, table).mean


def learn_trials(
    lnrr: ArrayLike,
    study: ArrayLike,
    practice: ArrayLike,
    predictors: pd.DataFrame,
    *,
    name: str = "lnrr",
    seed: int = 0,
    candidates: tuple[str, ...] | None = None,
) -> TrialModel:
    """Learn from predictors where trials differ from the pooled mean of their practice.

    Parameters
    ----------
    lnrr : array_like, shape (n_pairs,)
    study, practice : array_like, shape (n_pairs,)
    predictors : DataFrame, (n_pairs, n_predictors)
        Numbers; what is missing counts as the median.
    name : str
    seed : int
    candidates : tuple of str, optional
        Models to weigh; all of the surrogates' if None.

    Returns
    -------
    TrialModel
        The gate is `edaphon.surrogates.card.judge` with whole studies held out, so against the
        pooled evidence: squared error of what its means leave, over three fold assignments, below
        that of the training mean by more than one standard error; and by `LEAST_SKILL`.
    """
    pooled = pool_practices(lnrr, study, practice, seed=seed)
    cells = pooled.cells
    if len(cells.studies) < FEWEST_STUDIES:
        reason = f"{len(cells.studies)} studies are too few to learn from"
        return TrialModel(False, reason, None, pooled.effects)
    from edaphon.surrogates.fit import fit

    asked = means_by_cell(cells, study, practice, predictors)
    asked = asked.fillna(asked.median()).fillna(0.0)
    left = cells.mean - np.array([pooled.effects[cells.practices[p]].mean for p in cells.practice])
    weight = 1.0 / (cells.variance + float(np.var(cells.mean)))
    samples = Samples(
        name=name,
        response=left,
        unit="1",
        predictors=asked,
        group=np.array(cells.studies)[cells.study],
        weight=weight / weight.mean(),
    )
    told = fit(samples, seed=seed, transform="none", candidates=candidates)
    card = told.card
    if card.used and card.skill < LEAST_SKILL:
        reason = f"Refused: {100 * card.skill:.1f}% less squared error is too little to tell by"
        return TrialModel(False, reason, told, pooled.effects)
    return TrialModel(card.used, card.reason, told, pooled.effects)


def learn_effects(
    samples: Samples,
    treated: NDArray[np.bool_],
    units: pd.DataFrame,
    *,
    learner: str = "T",
    seed: int = 0,
    **settings: Any,
) -> UnitEffects:
    """Learn what a practice changes from samples with and without it.

    Parameters
    ----------
    samples : Samples
        Of one property, from treated and untreated places.
    treated : bool array, shape (n_samples,)
    units : DataFrame, n rows
        The units' predictors.
    learner : {"S", "T"}
        One model with the treatment among its predictors, or one model each (Kuenzel et al. 2019,
        Proceedings of the National Academy of Sciences 116:4156-4165).
    seed : int
    **settings
        Of `edaphon.surrogates.fit.fit`.

    Returns
    -------
    UnitEffects
        Used only if every model passed the surrogates' gate, and the treatment is among what the S
        learner kept. Treated and untreated places may differ in more than what the predictors say;
        no learner can know.

    Raises
    ------
    DataError
        Fewer than 20 treated or 20 untreated samples: an effect needs both.
    ValueError
        If `learner` is neither S nor T.
    """
    if learner not in ("S", "T"):
        raise ValueError(f"learner must be 'S' or 'T', got {learner!r}")
    fewest = int(min(treated.sum(), (~treated).sum()))
    if fewest < FEWEST_TREATED:
        what = f"{int(treated.sum())} treated and {int((~treated).sum())} untreated samples"
        hint = f"An effect is learned from at least {FEWEST_TREATED} of each."
        raise DataError(Finding(samples.source, what, hint))
    from edaphon.surrogates.fit import fit, predict

    if learner == "S":
        known = samples.predictors.assign(**{TREATED: treated.astype(np.float64)})
        one = fit(replace(samples, predictors=known), seed=seed, **settings)
        models, tables = [one, one], [units.assign(**{TREATED: value}) for value in (1.0, 0.0)]
    else:
        parts = [_only(samples, np.flatnonzero(rows)) for rows in (treated, ~treated)]
        models, tables = [fit(part, seed=seed, **settings) for part in parts], [units, units]
    refused = [model.card.reason for model in models if not model.card.used]
    if refused:
        return _nothing(len(units), refused[0])
    if learner == "S" and TREATED not in models[0].card.predictors:
        return _nothing(len(units), "the treatment is not among the predictors that were kept")
    with_it, without = (predict(m, table) for m, table in zip(models, tables, strict=True))
    return UnitEffects(
        True,
        models[0].card.reason,
        with_it.mean - without.mean,
        np.hypot(with_it.sd, without.sd),
        with_it.applicable & without.applicable,
    )


def _nothing(n_units: int, reason: str) -> UnitEffects:
    """Return effects of a learner that the gate refused."""
    zero = np.zeros(n_units)
    return UnitEffects(False, reason, zero, zero, np.zeros(n_units, dtype=bool))


def _only(samples: Samples, kept: NDArray[np.intp]) -> Samples:
    """Return some of the samples."""

    def of(values: Any) -> Any:
        return None if values is None else values[kept]

    return replace(
        samples,
        response=of(samples.response),
        predictors=samples.predictors.iloc[kept].reset_index(drop=True),
        x=of(samples.x),
        y=of(samples.y),
        longitude=of(samples.longitude),
        latitude=of(samples.latitude),
        group=of(samples.group),
        weight=of(samples.weight),
        year=of(samples.year),
    )
