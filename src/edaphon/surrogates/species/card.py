"""The card of a species: what it learned from, how it was tested, what it may not be used for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.surrogates.species.abundance import AbundanceFit, AbundanceScores
from edaphon.surrogates.species.learner import OccurrenceFit, OccurrenceScores
from edaphon.surrogates.species.notes import Tested, card_notes
from edaphon.surrogates.state import Card, Score

if TYPE_CHECKING:
    from edaphon.data.observations import Observations
    from edaphon.surrogates.species.check import Checked

_SHOWN = 1500

PROBABILITY = "probability"
SUITABILITY = "relative suitability"


def _unit(observations: Observations, prevalence: float | None) -> str:
    """Return the unit of what is told."""
    if observations.kind == "abundance":
        return observations.unit
    known = observations.kind == "presence_absence" or prevalence is not None
    return PROBABILITY if known else SUITABILITY


def species_card(
    checked: Checked,
    tested: Tested,
    *,
    level: float,
    prevalence: float | None = None,
    matched: str = "",
) -> Card:
    """Gather what a reader has to know of one species' surrogate.

    Parameters
    ----------
    checked : Checked
    tested : Tested
    level : float
    prevalence : float or None
        As given for presences alone.
    matched : str
        What the folds matched to the planning units held out, in words.

    Returns
    -------
    Card
        Without the shares of units, which the caller fills in.
    """
    observations, data = checked.ready.observations, tested.trial.data
    fit, folds = tested.fit, tested.tried.held.folds
    words = (
        f"{checked.ground.words}, {int(folds.max()) + 1} folds, "
        f"mean of {len(folds)} random assignments"
    )
    abundance = isinstance(fit, AbundanceFit)
    inside = fit.scores.inside if isinstance(fit, AbundanceFit) else fit.crossed.inside
    told = fit.scores.told if isinstance(fit, AbundanceFit) else fit.told
    first = tested.occurrence
    names = first.learner.ensemble.names if fit.used else ()
    refused = {}
    if first.chosen is not None:
        why = f"{first.chosen} alone has the lower log loss on held-out ground by more than two "
        refused = {
            name: f"{why}standard errors"
            for name in tested.tried.held.names
            if name != first.chosen
        }
    shown = np.unique(np.linspace(0, len(data.found) - 1, min(_SHOWN, len(data.found))).round())
    rows = shown.astype(np.int64)
    truth = data.found.astype(float) if tested.trial.amount is None else tested.trial.amount
    rise = tested.tried.rise if fit.used else np.zeros(len(tested.tried.rise))
    total = rise.sum()
    predictors = tuple(str(name) for name in observations.predictors.columns)
    return Card(
        name=observations.name,
        response=tested.trial.species,
        unit=_unit(observations, prevalence),
        n_samples=len(data.found),
        predictors=predictors,
        transform="log" if abundance else "none",
        model=_made_of(fit, names),
        held_out=_score(fit.scores, words, data.presence_only),
        random=_score(tested.at_random, "5 random folds", data.presence_only, optimistic=True),
        matched=None
        if tested.on_map is None
        else _score(tested.on_map, matched, data.presence_only),
        forest=None,
        skill=fit.scores.skill.share,
        skill_se=fit.scores.skill.error,
        level=level,
        coverage=inside[level],
        coverage_by_width=(),
        share_applicable=float("nan"),
        used=fit.used,
        reason=_reason(tested),
        importance=dict(zip(predictors, (rise / total).tolist(), strict=True)) if total else {},
        observed=tuple(truth[rows].tolist()),
        predicted=tuple(told[rows].tolist()),
        notes=card_notes(tested, checked.ready.background, prevalence),
        learns="species",
        coverage_at={str(each): inside[each] for each in (0.5, 0.8, 0.9)},
        refused=refused,
        thresholds=dict(first.cuts) if fit.used else {},
    )


def _made_of(fit: OccurrenceFit | AbundanceFit, names: tuple[str, ...]) -> dict[str, float]:
    """Weights of the models; of an abundance, those of finding it and of the amount apart."""
    found = {name: 1 / len(names) for name in names} or {"mean": 1.0}
    if isinstance(fit, OccurrenceFit) or not fit.used:
        return found
    stack = fit.learner.stack
    amounts = dict(zip(stack.names, stack.weights, strict=True))
    amounts["mean"] = 1 - sum(stack.weights)
    parts = {"finding it": found, "amount where found": amounts}
    return {
        f"{part}: {name}": round(weight, 6)
        for part, made in parts.items()
        for name, weight in made.items()
        if weight > 0
    }


def _score(
    scored: OccurrenceScores | AbundanceScores,
    folds: str,
    presence_only: bool,
    *,
    optimistic: bool = False,
) -> Score:
    """Held-out figures in the words of a card."""
    area = None if np.isnan(scored.auc) else scored.auc
    if isinstance(scored, AbundanceScores):
        return Score(
            folds, scored.rmse, scored.r2, scored.rmse_mean, "log1p", optimistic, area, scored.cor
        )
    return Score(
        folds,
        rmse=float(np.sqrt(scored.brier)),
        r2=1 - scored.brier / scored.variance,
        rmse_mean=float(np.sqrt(scored.brier_mean)),
        scale="record among background" if presence_only else PROBABILITY,
        optimistic=optimistic,
        auc=area,
        cor=scored.cor,
    )


def _reason(tested: Tested) -> str:
    """One sentence on what the gate said."""
    fit, data = tested.fit, tested.trial.data
    skill = fit.scores.skill
    verdict = "Used" if fit.used else "Refused"
    if isinstance(fit, OccurrenceFit) and data.presence_only:
        area = f"{fit.scores.auc:.3f}, standard error {skill.error / 2:.3f}"
        few = f", less than {skill.needed:.1f} of these above 0.5 (chance)"
        end = "." if fit.used else f"{few}; every unit gets the same suitability of 0.5."
        return f"{verdict}: AUC against the background on held-out ground {area}{end}"
    measure = "log loss" if isinstance(fit, OccurrenceFit) else "squared error of log(1 + amount)"
    stands = "prevalence" if isinstance(fit, OccurrenceFit) else "mean"
    more = "less" if skill.share >= 0 else "more"
    end = "." if fit.used else f"; the {stands} stands in."
    return (
        f"{verdict}: {abs(skill.share):.1%} {more} {measure} than the {stands} of the training "
        f"data on held-out ground, with a standard error of {skill.error:.1%}{end}"
    )
