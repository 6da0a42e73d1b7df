"""Fit a surrogate, judge it on held-out ground, and predict with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.data.landscape import Predictors, Samples
from edaphon.errors import Finding, expect
from edaphon.surrogates.applicability import Applicability, fit_applicability
from edaphon.surrogates.card import Verdict, beyond_findings, build_card, judge
from edaphon.surrogates.encode import Encoder, encode
from edaphon.surrogates.feature_sets import Choice
from edaphon.surrogates.held_out import N_ASSIGNMENTS, Held, Progress, hold_out
from edaphon.surrogates.learner import Data, Learner, answer, learn, settled
from edaphon.surrogates.matched import folds_for_map
from edaphon.surrogates.models import ROWS
from edaphon.surrogates.place_time import PlaceTime
from edaphon.surrogates.prepare import Prepared, check_samples, prepare
from edaphon.surrogates.state import Card, Prediction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity

__all__ = ["Surrogate", "check_samples", "fit", "predict", "prepare"]

MANY_SAMPLES = 5_000
PREDICTED_ROWS = 16 * ROWS
"""Units encoded at a time, whole blocks of the models', so that memory stays flat."""


@dataclass(frozen=True)
class Surrogate:
    """A fitted surrogate: its card and the arrays that it predicts with.

    Attributes
    ----------
    card : Card
    encoder : Encoder
        Of the predictors that are used.
    learner : Learner
        The mean alone where the gate refused the surrogate.
    applicability : Applicability
    findings : tuple of Finding
    place_time : PlaceTime
        Of the predictors made of coordinates and dates.
    """

    card: Card
    encoder: Encoder
    learner: Learner
    applicability: Applicability
    findings: tuple[Finding, ...] = ()
    place_time: PlaceTime = field(default_factory=PlaceTime)


def fit(
    samples: Samples,
    *,
    area: Predictors | None = None,
    block: Quantity | float | str = 0.25,
    level: float = 0.9,
    seed: int = 0,
    workers: int = 1,
    kind: str | None = None,
    transform: str | None = None,
    monotone: Mapping[str, str] | None = None,
    candidates: Sequence[str] | None = None,
    calibration: str = "pooled",
    coordinates: bool = False,
    trend: bool = False,
    season: bool = False,
    older_than: tuple[float, float] | None = None,
    reference_year: float | None = None,
    response: str = "",
    use: Sequence[str] = (),
    progress: Progress | None = None,
) -> Surrogate:
    """Fit a state surrogate and test it on blocks of ground that it never saw.

    Blocks are assigned to folds at random five times over, above 5,000 samples three times; single
    rows, and folds matched to the area, are held out once.

    Parameters
    ----------
    samples : Samples
        Its `weight` says how much each sample counts, in fitting, scores and the gate; its `sets`
        of predictors are accepted or refused as a whole.
    area : Predictors, optional
        The planning units, for the share of them inside the area of applicability and for folds
        whose distances resemble theirs.
    block : Quantity, float or str
        Side of the blocks held out together, as "1 km"; a bare number is in degrees.
    level : float
        Level of the intervals, between 0.5 and 1.
    seed : int
    workers : int
        Processes; every result is the same for any number of them.
    kind : {"continuous", "proportion", "count"}, optional
        Of the response; guessed from unit and values if not given.
    transform : {"none", "log", "log1p", "logit"}, optional
        Scale on which the response is modeled; chosen by kind and skewness if not given.
    monotone : mapping of str to {"increasing", "decreasing"}, optional
        Predictors with which the prediction may only rise or fall. Candidates that cannot honor
        this are left out.
    candidates : sequence of str, optional
        Models to weigh, from `edaphon.surrogates.candidates.CANDIDATES`; all if not given.
    calibration : {"pooled", "typical group"}
        Intervals for one more sample like these, or for a sample of a typical new group.
    coordinates : bool
        Offer coordinates as a set of predictors of their own, taken only where it helps.
    trend, season : bool
        Use the year, the time of the year of the samples as predictors.
    older_than : tuple of float, optional
        (years, factor): samples taken more years before the reference year count by the factor.
    reference_year : float, optional
        Year that predictions are for; that of the latest sample if not given.
    response : str
        Name of the measured column, for the card; the surrogate's name if empty.
    use : sequence of str
        Predictors to use; all if empty.
    progress : callable, optional
        Called with stage, tasks done, tasks in all.

    Returns
    -------
    Surrogate
        The gate (`edaphon.surrogates.card.judge`) decides whether it predicts by the stack or by
        the training mean.

    Raises
    ------
    DataError
        If there are too few samples or places, a value is not finite, nothing varies, or a
        keyword names something that the samples do not have.
    ValueError
        If a keyword is none of its choices.
    """
    expect(samples=(samples, Samples))
    prepared = prepare(
        samples, block=block, use=use, kind=kind, transform=transform, monotone=monotone,
        candidates=candidates, level=level, calibration=calibration, coordinates=coordinates,
        trend=trend, season=season, older_than=older_than, reference_year=reference_year, seed=seed,
    )  # fmt: skip
    data = prepared.data
    test = partial(hold_out, data, workers=workers, progress=progress)
    held, at_random = test(assignments=_assignments(len(data.response))), test(random=True)
    matched = folds_for_map(prepared.samples, area, seed)
    verdict = judge(data, held)
    shipped = _ship(data, held, verdict)
    card = build_card(
        prepared.samples, data=data, held=held, at_random=at_random, verdict=verdict,
        ground=prepared.ground.words, stack=shipped.learner.stack, gain=shipped.gain,
        on_map=None if matched is None else (matched, test(matched=matched.folds)),
    )  # fmt: skip
    card = replace(card, response=response or prepared.samples.name)
    surrogate = _assembled(prepared, shipped, card)
    if area is not None:
        surrogate = replace(surrogate, card=_with_shares(surrogate.card, predict(surrogate, area)))
    card = surrogate.card
    findings = (*prepared.ground.findings, *_verdict_findings(card), *beyond_findings(card))
    return replace(surrogate, findings=findings)


@dataclass(frozen=True)
class _Shipped:
    """What is fitted on all samples: by it units are predicted."""

    used: Data
    choice: Choice
    learner: Learner
    applicability: Applicability
    gain: NDArray[np.float64]


def _ship(data: Data, held: Held, verdict: Verdict) -> _Shipped:
    """Fit the procedure that was tested on all samples, or their mean where it was refused."""
    used, choice = settled(data, data.seed)
    learner = learn(used, data.seed) if verdict.used else learn(used, data.seed, ())
    kept = np.isin(data.names, used.names) & verdict.used
    gain = np.where(kept, np.maximum(held.gain, 0.0), 0.0)
    applicability = fit_applicability(
        used.matrix, gain[data.owners[choice.columns]], held.folds, used.owners
    )
    return _Shipped(used, choice, learner, applicability, gain)


def _assembled(prepared: Prepared, shipped: _Shipped, card: Card) -> Surrogate:
    """Put the parts together, the card told of what was taken and what was not."""
    names = shipped.used.names
    card = replace(
        card,
        predictors=names,
        notes=(*card.notes, *prepared.notes, *_taken(shipped.choice.accepted)),
        importance={name: card.importance[name] for name in names if card.importance},
        refused=_not_kept(prepared, shipped.learner, shipped.choice.refused),
    )
    return Surrogate(
        card,
        prepared.encoder.only(names),
        shipped.learner,
        shipped.applicability,
        place_time=prepared.place_time.only(names),
    )


def _with_shares(card: Card, told: Prediction) -> Card:
    """Say how much of the planning units is applicable, and beyond the sampled range."""
    return replace(
        card,
        share_applicable=float(np.mean(told.applicable)),
        share_beyond=float(np.mean(told.beyond)),
    )


def _assignments(n_samples: int) -> int:
    """How many times blocks are assigned to folds: with many samples fewer say as much."""
    return 5 if n_samples <= MANY_SAMPLES else N_ASSIGNMENTS


def _taken(accepted: Mapping[str, str]) -> tuple[str, ...]:
    """Say which optional sets were taken."""
    return tuple(
        f"The set of predictors '{name}' was taken: {why}." for name, why in accepted.items()
    )


def _not_kept(prepared: Prepared, learner: Learner, sets: Mapping[str, str]) -> dict[str, str]:
    """Candidates and sets that were offered and not kept, with the reason."""
    kept = learner.stack.names
    light = {
        name: "its predictions on held-out ground added nothing to those of the others"
        for name in prepared.data.candidates
        if kept and name not in kept
    }
    return {**prepared.refused, **light, **{f"set {name}": why for name, why in sets.items()}}


def predict(
    surrogate: Surrogate,
    predictors: Predictors | pd.DataFrame,
) -> Prediction:
    """Predict with mean, spread, interval and area of applicability.

    Parameters
    ----------
    surrogate : Surrogate
    predictors : Predictors or DataFrame, n rows
        Must hold the surrogate's predictors; where one is missing in a row, or a category was
        never sampled, the training median stands in and the row is not applicable.

    Returns
    -------
    Prediction
        Arrays of shape (n,), in the unit of the response. The standard deviation is that of a
        new measurement, at the card's level of interval.

    Raises
    ------
    DataError
        If a predictor is missing altogether or holds text instead of numbers, or coordinates are
        used and the rows have none.
    """
    expect(surrogate=(surrogate, Surrogate), predictors=(predictors, (Predictors, pd.DataFrame)))
    table = predictors.table if isinstance(predictors, Predictors) else predictors
    x, y = (predictors.x, predictors.y) if isinstance(predictors, Predictors) else (None, None)
    parts = []
    for start in range(0, max(len(table), 1), PREDICTED_ROWS):
        rows = slice(start, start + PREDICTED_ROWS)
        here = (None, None) if x is None or y is None else (x[rows], y[rows])
        parts.append(_predict_rows(surrogate, table.iloc[rows], *here))
    return Prediction(
        **{
            told.name: np.concatenate([getattr(part, told.name) for part in parts])
            for told in fields(Prediction)
        }
    )


def _predict_rows(
    surrogate: Surrogate,
    table: pd.DataFrame,
    x: NDArray[np.float64] | None,
    y: NDArray[np.float64] | None,
) -> Prediction:
    """Predict some rows of a table."""
    matrix, complete = encode(surrogate.encoder, table)
    matrix = np.hstack([matrix, surrogate.place_time.columns(len(table), x, y)])
    told = answer(surrogate.learner, matrix)
    inside = surrogate.applicability.inside(matrix) & complete
    beyond = surrogate.applicability.beyond(matrix)
    return Prediction(told.mean, told.sd, told.lower, told.upper, inside, beyond)


def _verdict_findings(card: Card) -> tuple[Finding, ...]:
    """Warn of a refused surrogate and of units outside the area of applicability."""
    findings = []
    where = f"surrogates: {card.name}"
    if not card.used:
        hint = "Add samples or predictors; until then every unit gets the mean of the samples."
        findings.append(Finding(where, card.reason, hint, "warning"))
    if card.share_applicable < 0.9:
        what = f"{1 - card.share_applicable:.0%} of the units lie outside the area of applicability"
        hint = "Their intervals hold no guarantee; sample ground like theirs."
        findings.append(Finding(where, what, hint, "warning"))
    return tuple(findings)
