"""Unit-level learners of effects: S, T, and of trials' ratios, each behind the surrogates' gate.

What a practice changes in one unit is predicted from that unit's predictors only where models have
skill on places or studies that they never saw. Where they have none, the pooled evidence stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.landscape import Predictors, Samples
from edaphon.effects.moderators import FEWEST_STUDIES, means_by_cell
from edaphon.effects.pooling import PooledEffect, pool_practices
from edaphon.errors import DataError, Finding
from edaphon.practices.evidence import ANY

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from edaphon.surrogates.fit import Surrogate
    from edaphon.surrogates.state import Prediction

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
    ratio, ratio_sd : float64 arrays, shape (n_units,)
        Treated over untreated less 1, which carries over to whatever is made of the response, and
        its standard deviation by the delta method; 0 where the untreated is not above 0, which is
        then not applicable.
    """

    used: bool
    reason: str
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    applicable: NDArray[np.bool_]
    ratio: NDArray[np.float64]
    ratio_sd: NDArray[np.float64]


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
            The pooled mean of the practice, and what the model adds.
        """
        return self.pooled.get(practice, self.pooled[ANY]).mean + self.shift(table)

    def shift(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Return how much lnRR differs from the pooled mean in each row of a table of predictors.

        Parameters
        ----------
        table : DataFrame, n rows

        Returns
        -------
        float64 array, shape (n,)
            0 where the model was refused, and in rows outside its area of applicability.
        """
        if not self.used or self.surrogate is None:
            return np.zeros(len(table))
        from edaphon.surrogates.fit import predict

        told = predict(self.surrogate, table)
        return np.where(told.applicable, told.mean, 0.0)


def learn_trials(
    lnrr: ArrayLike,
    study: ArrayLike,
    practice: ArrayLike,
    predictors: pd.DataFrame,
    *,
    name: str = "lnrr",
    seed: int = 0,
    workers: int = 1,
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
    workers : int
        Processes; the result is the same for any number of them.
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
    told = fit(samples, seed=seed, workers=workers, transform="none", candidates=candidates)
    card = told.card
    if card.used and card.skill < LEAST_SKILL:
        reason = f"Refused: {100 * card.skill:.1f}% less squared error is too little to tell by"
        return TrialModel(False, reason, told, pooled.effects)
    return TrialModel(card.used, card.reason, told, pooled.effects)


def learn_effects(
    samples: Samples,
    treated: NDArray[np.bool_],
    units: Predictors | pd.DataFrame,
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
    units : Predictors or DataFrame, n rows
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

    tables: list[Predictors | pd.DataFrame] = [units, units]
    if learner == "S":
        known = samples.predictors.assign(**{TREATED: treated.astype(np.float64)})
        if settings.get("use"):
            settings["use"] = (*settings["use"], TREATED)
        one = fit(replace(samples, predictors=known), seed=seed, **settings)
        models, tables = [one, one], [_assigned(units, value) for value in (1.0, 0.0)]
    else:
        parts = [only(samples, np.flatnonzero(rows)) for rows in (treated, ~treated)]
        models = [fit(part, seed=seed, **settings) for part in parts]
    n_units = len(units.table if isinstance(units, Predictors) else units)
    refused = [model.card.reason for model in models if not model.card.used]
    if refused:
        return _nothing(n_units, refused[0])
    if learner == "S" and TREATED not in models[0].card.predictors:
        return _nothing(n_units, "the treatment is not among the predictors that were kept")
    with_it, without = (predict(m, table) for m, table in zip(models, tables, strict=True))
    return _between(models[0].card.reason, with_it, without)


def _assigned(units: Predictors | pd.DataFrame, value: float) -> Predictors | pd.DataFrame:
    """Return the units' predictors with all of them treated, or none."""
    if isinstance(units, Predictors):
        return replace(units, table=units.table.assign(**{TREATED: value}))
    return units.assign(**{TREATED: value})


def _between(reason: str, treated: Prediction, untreated: Prediction) -> UnitEffects:
    """Return the difference and the ratio of two predictions of the same units."""
    above = untreated.mean > 0
    divisor = np.where(above, untreated.mean, 1.0)
    quotient = treated.mean / divisor
    spread = np.hypot(treated.sd, quotient * untreated.sd) / divisor
    return UnitEffects(
        used=True,
        reason=reason,
        mean=treated.mean - untreated.mean,
        sd=np.hypot(treated.sd, untreated.sd),
        applicable=treated.applicable & untreated.applicable & above,
        ratio=np.where(above, quotient - 1.0, 0.0),
        ratio_sd=np.where(above, spread, 0.0),
    )


def _nothing(n_units: int, reason: str) -> UnitEffects:
    """Return effects of a learner that the gate refused."""
    zero = np.zeros(n_units)
    return UnitEffects(False, reason, zero, zero, np.zeros(n_units, dtype=bool), zero, zero)


def only(samples: Samples, kept: NDArray[np.intp]) -> Samples:
    """Return some of the samples.

    Parameters
    ----------
    samples : Samples
    kept : int array
        Their positions.

    Returns
    -------
    Samples
    """

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
        lines=of(samples.lines),
    )
