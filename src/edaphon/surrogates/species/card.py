"""The card of a species: what it learned from, how it was tested, what it may not be used for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.surrogates.card import coverage_by_region, coverage_by_width
from edaphon.surrogates.ground import regions_of
from edaphon.surrogates.species.abundance import AbundanceFit, AbundanceScores
from edaphon.surrogates.species.learner import LEVELS, OccurrenceFit, OccurrenceScores
from edaphon.surrogates.species.notes import Tested, card_notes, parts_by_told
from edaphon.surrogates.state import PROBABILITY, RECORD, Card, Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.observations import Observations
    from edaphon.surrogates.species.check import Checked

_SHOWN = 1500

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
    regions = _set_regions(checked)
    predictors = tuple(str(name) for name in observations.predictors.columns)
    scored = partial(_score, presence_only=data.presence_only)
    return Card(
        name=observations.name,
        response=tested.trial.species,
        unit=_unit(observations, prevalence),
        n_samples=len(data.found),
        predictors=predictors,
        transform="log" if isinstance(fit, AbundanceFit) else "none",
        model=_made_of(tested),
        held_out=scored(fit.scores, words),
        random=scored(tested.at_random, "5 random folds", optimistic=True),
        matched=None if tested.on_map is None else scored(tested.on_map, matched),
        forest=None,
        skill=fit.scores.skill.share,
        skill_se=fit.scores.skill.error,
        level=level,
        share_applicable=float("nan"),
        used=fit.used,
        reason=_reason(tested),
        importance=_importance(tested, predictors),
        notes=card_notes(
            tested,
            checked.ready.background,
            prevalence,
            None if regions is None else regions[data.together],
        ),
        learns="species",
        refused=_not_kept(tested) | checked.not_modeled,
        thresholds=dict(tested.occurrence.cuts) if fit.used else {},
        **_pairs(tested),
        **_interval_figures(tested, regions, level),
    )


def _pairs(tested: Tested) -> dict[str, Any]:
    """Held-out counts and predictions, at most 1,500; of an occurrence the means of parts.

    A single site holds a species or does not, so that only parts can be laid beside a probability:
    the share of sites where it was found, among background that of records.
    """
    fit, amount = tested.fit, tested.trial.amount
    if isinstance(fit, AbundanceFit) and amount is not None:
        told, truth = fit.scores.told, amount
        shown = np.unique(np.linspace(0, len(told) - 1, min(_SHOWN, len(told))).round())
        parts = list(shown.astype(np.int64)[:, None])
    else:
        told = tested.occurrence.crossed.probability.mean(axis=0)
        truth = tested.trial.data.found.astype(float)
        parts = parts_by_told(told)
    return {
        "observed": tuple(float(truth[rows].mean()) for rows in parts),
        "predicted": tuple(float(told[rows].mean()) for rows in parts),
    }


def _interval_figures(
    tested: Tested, regions: NDArray[np.str_] | None, level: float
) -> dict[str, Any]:
    """Fields of the card that tell how intervals did on held-out ground.

    Of an amount, held-out counts are looked up in their intervals; of a probability, the numbers of
    presences in held-out blocks, since nobody can see a probability.
    """
    fit = tested.fit
    if isinstance(fit, AbundanceFit):
        sets, width = tested.trial.data.together, fit.scores.width
        inside: dict[float, NDArray[Any]] = dict(fit.scores.inside)
    else:
        sets, width = fit.blocks.labels, fit.blocks.width(level)
        inside = {each: fit.blocks.at(each) for each in fit.blocks.levels}
    return {
        "coverage": float(inside[level].mean()),
        "coverage_at": {str(each): float(inside[each].mean()) for each in LEVELS},
        "coverage_by_width": coverage_by_width(width, inside[level]) if fit.used else (),
        "coverage_by_region": coverage_by_region(
            inside[level], None if regions is None else regions[sets]
        ),
    }


def _set_regions(checked: Checked) -> NDArray[np.str_] | None:
    """Part of the ground in which most sites of each set lie, (n_sets,)."""
    observations, together = checked.ready.observations, checked.ready.together
    regions = regions_of(observations.samples(np.zeros(observations.n_sites)))
    if regions is None:
        return None
    names, own = np.unique(regions, return_inverse=True)
    n_sites = np.zeros((int(together.max()) + 1, len(names)))
    np.add.at(n_sites, (together, own), 1)
    return np.asarray(names[n_sites.argmax(axis=1)])


def _importance(tested: Tested, predictors: tuple[str, ...]) -> dict[str, float]:
    """Share of each predictor; nothing where nothing is kept."""
    rise = tested.tried.rise
    total = rise.sum() if tested.fit.used else 0.0
    return dict(zip(predictors, (rise / total).tolist(), strict=True)) if total else {}


def _not_kept(tested: Tested) -> dict[str, str]:
    """Candidates that one of them beat alone."""
    chosen = tested.occurrence.chosen
    if chosen is None:
        return {}
    why = f"{chosen} alone has the lower log loss on held-out ground by more than two "
    names = tested.tried.held.names
    return {name: f"{why}standard errors" for name in names if name != chosen}


def _made_of(tested: Tested) -> dict[str, float]:
    """Weights of the models; of an abundance, those of finding it and of the amount apart."""
    fit = tested.fit
    names = tested.occurrence.learner.ensemble.names if fit.used else ()
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
    *,
    presence_only: bool,
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
        scale=RECORD if presence_only else PROBABILITY,
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
