"""Fit a surrogate, judge it on held-out ground, and predict with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.suggest import did_you_mean
from edaphon.data.landscape import Predictors, Samples
from edaphon.data.messages import counted, name_some
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.surrogates.applicability import Applicability, fit_applicability
from edaphon.surrogates.card import build_card, judge
from edaphon.surrogates.encode import Encoder, encode, fit_encoder
from edaphon.surrogates.ground import Ground, divide_ground
from edaphon.surrogates.held_out import Progress, hold_out
from edaphon.surrogates.learner import Data, Learner, answer, choose_transform, learn
from edaphon.surrogates.state import Card, Prediction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity

FEWEST_SAMPLES = 20

_SMALLEST, _LARGEST = 1e-100, 1e100
"""Spreads of a response whose squares and sums of squares floats can hold."""


@dataclass(frozen=True)
class Surrogate:
    """A fitted surrogate: its card and the arrays that it predicts with.

    Attributes
    ----------
    card : Card
    encoder : Encoder
    learner : Learner
        The mean alone where the gate refused the surrogate.
    applicability : Applicability
    findings : tuple of Finding
    """

    card: Card
    encoder: Encoder
    learner: Learner
    applicability: Applicability
    findings: tuple[Finding, ...] = ()


def fit(
    samples: Samples,
    *,
    area: Predictors | None = None,
    block: Quantity | float = 0.25,
    level: float = 0.9,
    seed: int = 0,
    workers: int = 1,
    transform: str | None = None,
    response: str = "",
    use: Sequence[str] = (),
    progress: Progress | None = None,
) -> Surrogate:
    """Fit a state surrogate and test it on blocks of ground that it never saw.

    Parameters
    ----------
    samples : Samples
    area : Predictors, optional
        The planning units, for the share of them inside the area of applicability.
    block : Quantity or float
        Side of the blocks held out together; a bare number is in degrees.
    level : float
        Level of the intervals, between 0.5 and 1.
    seed : int
    workers : int
        Processes; every result is the same for any number of them.
    transform : {"log", "none"}, optional
        Scale on which the response is modeled; chosen by its skewness if not given.
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
        If there are too few samples or places, a value is not finite, or nothing varies.
    ValueError
        If `level` or `transform` is none of the above.
    """
    if not 0.5 <= level < 1:
        raise ValueError(f"level must lie between 0.5 and 1, got {level}")
    if transform not in (None, "log", "none"):
        raise ValueError(f"transform must be 'log' or 'none', got {transform!r}")
    samples, ground = check_samples(samples, block=block, use=use)
    measured, notes = _above_zero(samples, transform)
    encoder = fit_encoder(samples.predictors)
    matrix, _ = encode(encoder, samples.predictors)
    data = Data(
        matrix=matrix,
        owners=encoder.owners,
        response=measured,
        together=ground.together,
        transform=transform or choose_transform(measured),
        level=level,
        seed=seed,
    )
    held = hold_out(data, workers=workers, progress=progress)
    at_random = hold_out(data, random=True, workers=workers, progress=progress)
    verdict = judge(data, held)
    learner = learn(data, seed) if verdict.used else learn(data, seed, ())
    gain = np.maximum(held.gain, 0.0) if verdict.used else np.zeros(len(encoder.predictors))
    applicability = fit_applicability(matrix, gain[data.owners], held.folds[0])
    card = build_card(
        samples,
        data=data,
        held=held,
        at_random=at_random,
        verdict=verdict,
        ground=ground.words,
        stack=learner.stack,
        gain=gain,
    )
    card = replace(card, response=response or samples.name, notes=card.notes + notes)
    surrogate = Surrogate(card, encoder, learner, applicability, ground.findings)
    share = float(np.mean(predict(surrogate, area).applicable)) if area is not None else np.nan
    card = replace(card, share_applicable=share)
    return replace(surrogate, card=card, findings=ground.findings + _verdict_findings(card))


def check_samples(
    samples: Samples, *, block: Quantity | float = 0.25, use: Sequence[str] = ()
) -> tuple[Samples, Ground]:
    """Say whether a surrogate can be fitted and tested on these samples; quick.

    Parameters
    ----------
    samples : Samples
    block : Quantity or float
        Side of the blocks held out together; a bare number is in degrees.
    use : sequence of str
        Predictors to use; all if empty.

    Returns
    -------
    samples : Samples
        With the predictors in use.
    ground : Ground
        The sets to hold out, with their findings.

    Raises
    ------
    DataError
        If there are too few samples or places, a value is not finite, or nothing varies.
    """
    samples = _chosen(samples, use)
    raise_errors(_faults(samples))
    return samples, divide_ground(samples, block)


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
        If a predictor is missing altogether or holds text instead of numbers.
    """
    table = predictors.table if isinstance(predictors, Predictors) else predictors
    matrix, complete = encode(surrogate.encoder, table)
    told = answer(surrogate.learner, matrix)
    inside = surrogate.applicability.inside(matrix) & complete
    return Prediction(told.mean, told.sd, told.lower, told.upper, inside, np.zeros_like(inside))


def _chosen(samples: Samples, use: Sequence[str]) -> Samples:
    """Keep the predictors that are to be used."""
    known = [str(name) for name in samples.predictors.columns]
    where = f"surrogates: {samples.name}.predictors"
    raise_errors(
        Finding(where, f"there is no predictor '{name}'", did_you_mean(name, known))
        for name in use
        if name not in known
    )
    return replace(samples, predictors=samples.predictors[list(use)]) if use else samples


def _faults(samples: Samples) -> list[Finding]:
    """Everything that keeps these samples from being learned from."""
    findings = []
    place = f"{samples.source}: {samples.name}"
    if samples.n_samples < FEWEST_SAMPLES:
        what = f"only {counted(samples.n_samples, 'sample')}, a surrogate needs {FEWEST_SAMPLES}"
        hint = "Sample more, or give the feature a landscape column instead."
        findings.append(Finding(place, what, hint))
    bad = int((~np.isfinite(samples.response)).sum())
    if bad:
        what = f"{bad} of {samples.n_samples} measured values are not finite"
        findings.append(Finding(place, what, "Remove these rows or fill in the values."))
    elif samples.n_samples and np.ptp(samples.response) == 0:
        what = f"all measured values are {samples.response[0]:g}, so there is nothing to learn"
        findings.append(Finding(place, what, "Check the response column."))
    elif samples.n_samples and not _SMALLEST < np.ptp(samples.response) < _LARGEST:
        what = (
            f"the measured values differ by {np.ptp(samples.response):.3g}, which no model resolves"
        )
        findings.append(Finding(place, what, "Give the response in another unit."))
    if samples.predictors.shape[1] == 0:
        findings.append(Finding(place, "there are no predictors", "Name some under predictors."))
    for name in samples.predictors.columns:
        column = samples.predictors[name]
        missing = column.isna().to_numpy()
        if pd.api.types.is_numeric_dtype(column):
            missing = ~np.isfinite(column.to_numpy(float))
        if missing.any():
            rows = name_some(np.flatnonzero(missing) + 1)
            lacking = counted(missing.sum(), "sample")
            what = f"predictor {name} is missing or not finite in {lacking} (rows {rows})"
            hint = "Fill it in, remove the rows, or drop the predictor."
            findings.append(Finding(f"{samples.source}: {name}", what, hint))
    return findings


def _above_zero(
    samples: Samples, transform: str | None
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Lift a few zeros to half the smallest positive value, so that a skewed response has a log."""
    response = np.asarray(samples.response, dtype=np.float64)
    zeros = response == 0
    least = response[response > 0].min(initial=np.inf)
    lifted = np.where(zeros, least / 2, response)
    few = 0 < zeros.sum() <= 0.05 * len(response)
    wanted = transform == "log" or (transform is None and few and choose_transform(lifted) == "log")
    if wanted and transform == "log" and (response.min() < 0 or not (few or zeros.sum() == 0)):
        what = "values of 0 or below have no logarithm"
        raise DataError(Finding(f"{samples.source}: {samples.name}", what, "Use transform none."))
    if not (wanted and few):
        return response, ()
    note = f"{zeros.sum()} values of 0 were read as {least / 2:g}, half the smallest one above 0."
    return lifted, (note,)


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
