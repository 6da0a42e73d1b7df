"""Fit species surrogates and judge them on held-out ground."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.observations import Observations
from edaphon.errors import Finding, expect
from edaphon.surrogates.applicability import fit_applicability
from edaphon.surrogates.folds import assign_folds
from edaphon.surrogates.matched import folds_for_map
from edaphon.surrogates.species.abundance import (
    AbundanceFit,
    AbundanceScores,
    fit_abundance,
    score_abundance,
)
from edaphon.surrogates.species.background import Ready, occurrence_of
from edaphon.surrogates.species.card import species_card
from edaphon.surrogates.species.check import Checked, check_observations
from edaphon.surrogates.species.ensemble import CANDIDATES, KNOWN
from edaphon.surrogates.species.held_out import (
    Progress,
    Trial,
    Tried,
    hold_out_species,
)
from edaphon.surrogates.species.learner import (
    OccurrenceFit,
    OccurrenceScores,
    cross,
    fit_occurrence,
    judge_occurrence,
)
from edaphon.surrogates.species.notes import Tested
from edaphon.surrogates.species.occurrence import N_FOLDS, n_sets
from edaphon.surrogates.species.predict import SpeciesSurrogate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.data.landscape import Predictors
    from edaphon.surrogates.applicability import Applicability


def fit_species(
    observations: Observations,
    *,
    species: Sequence[str] | None = None,
    area: Predictors | None = None,
    background: str = "target_group",
    block: Quantity | float | str = 0.25,
    level: float = 0.9,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
    use: Sequence[str] = (),
    candidates: Sequence[str] = CANDIDATES,
    combine: str = "mean",
    prevalence: Mapping[str, float] | None = None,
) -> SpeciesSurrogate:
    """Fit a surrogate of each species and test it on blocks of ground that it never saw.

    Parameters
    ----------
    observations : Observations
        Presences and absences, presences alone, or abundances with zeros.
    species : sequence of str, optional
        Those wanted; all if not given. A species' answers do not depend on which others are
        wanted with it.
    area : Predictors, optional
        The planning units, for the share of them inside the area of applicability, for folds
        whose distances resemble theirs, and for backgrounds that are drawn from them.
    background : {"target_group", "random", "density"}
        What presences alone are set against.
    block : Quantity, float or str
        Side of the blocks held out together, as "1 km"; a bare number is in degrees.
    level : float
        Level of the intervals, between 0.5 and 1.
    seed : int
    workers : int
        Processes; every result is the same for any number of them.
    progress : callable, optional
        Called with stage, tasks done, tasks in all.
    use : sequence of str
        Predictors to use; all if empty.
    candidates : sequence of str
        Of "logistic", "down_sampled", "down_weighted".
    combine : {"mean", "rank"}
        Whether the candidates' probabilities are averaged, or their ranks.
    prevalence : mapping of species to float, optional
        For presences alone: the known share of places that hold a species. Without it what is told
        is a relative suitability.

    Returns
    -------
    SpeciesSurrogate
        Species with too few presences are refused by name; one that does not beat its prevalence
        on held-out ground by more than a standard error tells that prevalence everywhere. Of
        presences alone the AUC must exceed one half by about two standard errors.

    Raises
    ------
    DataError
        With every fault found: too few sites or places, missing predictors, an unknown species or
        background, or no species left to model.
    ValueError
        If `level`, `combine`, a candidate or a prevalence is none of the above.
    """
    expect(observations=(observations, Observations))
    given = prevalence or {}
    _check_options(level, candidates, combine, given)
    checked = check_observations(
        observations, species=species, area=area, background=background, block=block, seed=seed,
        use=use,
    )  # fmt: skip
    held_out = partial(
        hold_out_species, names=tuple(candidates), owners=checked.encoder.owners, seed=seed,
        combine=combine, workers=workers, progress=progress,
    )  # fmt: skip
    tested, words = _test(checked, area, held_out, (seed, level, combine, given))
    cards = tuple(
        species_card(
            checked, one, level=level, prevalence=given.get(one.trial.species), matched=words
        )
        for one in tested
    )
    surrogate = SpeciesSurrogate(
        name=observations.name,
        kind=observations.kind,
        species=checked.species,
        cards=cards,
        learners=tuple(one.fit.learner for one in tested),
        encoder=checked.encoder,
        applicability=_applicability(checked, tested, seed),
        refused=checked.refused,
        findings=checked.findings,
    )
    return _with_area(surrogate, area)


def _test(
    checked: Checked,
    area: Predictors | None,
    held_out: Callable[..., list[Tried]],
    options: tuple[int, float, str, Mapping[str, float]],
) -> tuple[list[Tested], str]:
    """Try every species on held-out ground, on random folds and on the map's, and fit it.

    With it go words on the folds matched to the planning units.
    """
    seed, level, combine, given = options
    trials = [_trial(checked, name) for name in checked.species]
    held, at_random = held_out(trials), held_out(trials, random=True, n_assignments=1)
    matched = folds_for_map(checked.ready.observations, area, seed)
    on_map = {} if matched is None else _on_map(checked.ready, trials, matched.folds, held_out)
    tested = [
        Tested(
            trial,
            tried,
            _fit(trial, tried, seed, (level, combine, given.get(trial.species))),
            _scores(trial, hopeful, level),
            None if trial.species not in on_map else _scores(trial, on_map[trial.species], level),
        )
        for trial, tried, hopeful in zip(trials, held, at_random, strict=True)
    ]
    return tested, "" if matched is None else matched.words


def _check_options(
    level: float, candidates: Sequence[str], combine: str, prevalence: Mapping[str, float]
) -> None:
    """Refuse what only an analyst can get wrong."""
    if not 0.5 <= level < 1:
        raise ValueError(f"level must lie between 0.5 and 1, got {level}")
    unknown = sorted(set(candidates) - set(KNOWN))
    if unknown or not candidates or len(set(candidates)) < len(candidates):
        raise ValueError(f"candidates must be some of {KNOWN}, each once, got {candidates}")
    if combine not in ("mean", "rank"):
        raise ValueError(f"combine must be 'mean' or 'rank', got {combine!r}")
    wrong = {name: share for name, share in prevalence.items() if not 0 < share < 1}
    if wrong:
        raise ValueError(f"prevalences must lie between 0 and 1, got {wrong}")


def _trial(checked: Checked, species: str) -> Trial:
    """Gather one species' rows and amounts."""
    observations = checked.ready.observations
    data, sites = occurrence_of(checked.ready, species)
    if observations.kind != "abundance":
        return Trial(species, data, None)
    return Trial(species, data, observations.table[sites, observations.position(species)])


def _on_map(
    ready: Ready,
    trials: Sequence[Trial],
    folds: NDArray[np.int64],
    held_out: Callable[..., list[Tried]],
) -> dict[str, Tried]:
    """Try species on folds of the sites, (n_sites,), that resemble the planning units.

    Left out are those whose presences lie in one fold, without which there are none to learn from.
    """
    by_fold = replace(ready, together=folds)
    own = {trial.species: occurrence_of(by_fold, trial.species)[0].together for trial in trials}
    able = [one for one in trials if n_sets(own[one.species], one.data.found) > 1]
    tried = held_out(able, matched=[own[one.species] for one in able])
    return {trial.species: one for trial, one in zip(able, tried, strict=True)}


def _fit(
    trial: Trial, tried: Tried, seed: int, options: tuple[float, str, float | None]
) -> OccurrenceFit | AbundanceFit:
    """Fit one species on all its rows, and judge it by what its folds said."""
    level, combine, prevalence = options
    data, own = trial.data, trial.seed(seed)
    if trial.amount is None or tried.logs is None:
        return fit_occurrence(
            data, tried.held, seed=own, level=level, combine=combine, prevalence=prevalence
        )
    return fit_abundance(
        data, trial.amount, tried.held, tried.logs, seed=own, level=level, combine=combine
    )


def _scores(trial: Trial, tried: Tried, level: float) -> OccurrenceScores | AbundanceScores:
    """Score one species by folds that it is not judged by."""
    crossed = cross(trial.data, tried.held)
    if trial.amount is None or tried.logs is None:
        return judge_occurrence(trial.data, crossed)
    held = (crossed.probability, tried.logs)
    return score_abundance(trial.data, trial.amount, tried.held.folds, held, level)


def _applicability(checked: Checked, tested: Sequence[Tested], seed: int) -> Applicability:
    """One area of applicability for all species: the sites, weighted by mean importance."""
    ready = checked.ready
    shares = [one.tried.rise / one.tried.rise.sum() for one in tested if one.tried.rise.any()]
    gain = np.mean(shares, axis=0) if shares else np.zeros(len(checked.encoder.predictors))
    folds = assign_folds(ready.together, min(N_FOLDS, int(ready.together.max()) + 1), seed)
    return fit_applicability(ready.matrix, gain[checked.encoder.owners], folds)


def _with_area(surrogate: SpeciesSurrogate, area: Predictors | None) -> SpeciesSurrogate:
    """Add the shares of units to the cards, and the findings on gates and units."""
    cards = surrogate.cards
    findings = list(surrogate.findings)
    where = f"surrogates: {surrogate.name}"
    if area is not None:
        inside, beyond = (float(np.mean(flags)) for flags in surrogate.flags(area))
        if inside < 0.9:
            what = f"{1 - inside:.0%} of the units lie outside the area of applicability"
            hint = "Their intervals hold no guarantee; survey ground like theirs."
            findings.append(Finding(where, what, hint, "warning"))
        cards = tuple(replace(card, share_applicable=inside, share_beyond=beyond) for card in cards)
    for card in cards:
        if not card.used:
            hint = "Add observations or predictors; until then every unit gets the same value."
            findings.append(Finding(f"{where}: {card.response}", card.reason, hint, "warning"))
    return replace(surrogate, cards=cards, findings=tuple(findings))
