"""From samples to what a surrogate learns from: checked, encoded, on its scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.suggest import did_you_mean
from edaphon.data.messages import counted, name_some
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.surrogates.candidates import CANDIDATES, MONOTONE
from edaphon.surrogates.encode import Encoder, encode, fit_encoder
from edaphon.surrogates.ground import Ground, divide_ground
from edaphon.surrogates.intervals import CALIBRATIONS
from edaphon.surrogates.learner import Data
from edaphon.surrogates.place_time import COORDINATES, PlaceTime, use_dates
from edaphon.surrogates.transforms import (
    FEW,
    KINDS,
    TRANSFORMS,
    choose_transform,
    guess_kind,
    limits_of,
    off_bounds,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.data.landscape import Samples

FEWEST_SAMPLES = 20

_SMALLEST, _LARGEST = 1e-100, 1e100
"""Spreads of a response whose squares and sums of squares floats can hold."""

_DIRECTIONS = {"increasing": 1, "decreasing": -1}


@dataclass(frozen=True)
class Prepared:
    """What `edaphon.fit` learns from and tests on.

    Attributes
    ----------
    samples : Samples
        With the predictors in use.
    ground : Ground
        What is held out together.
    data : Data
    encoder : Encoder
        Of the predictors in the table.
    place_time : PlaceTime
        Of those made of coordinates and dates, whose columns follow the encoder's.
    kind : str
        Of response, one of `edaphon.surrogates.transforms.KINDS`.
    refused : dict of str to str
        Candidates that cannot do what is asked, with the reason.
    notes : tuple of str
        For the card.
    """

    samples: Samples
    ground: Ground
    data: Data
    encoder: Encoder
    place_time: PlaceTime
    kind: str
    refused: dict[str, str]
    notes: tuple[str, ...]


def prepare(
    samples: Samples,
    *,
    block: Quantity | float | str = 0.25,
    use: Sequence[str] = (),
    kind: str | None = None,
    transform: str | None = None,
    monotone: Mapping[str, str] | None = None,
    candidates: Sequence[str] | None = None,
    level: float = 0.9,
    calibration: str = "pooled",
    coordinates: bool = False,
    trend: bool = False,
    season: bool = False,
    older_than: tuple[float, float] | None = None,
    reference_year: float | None = None,
    seed: int = 0,
) -> Prepared:
    """Check and encode samples; the keywords are those of `edaphon.fit`.

    Returns
    -------
    Prepared

    Raises
    ------
    DataError
        If there are too few samples or places, a value is not finite, nothing varies, or a
        keyword names something that the samples do not have.
    ValueError
        If a keyword is none of its choices.
    """
    if not 0.5 <= level < 1:
        raise ValueError(f"level must lie between 0.5 and 1, got {level}")
    _known_choices(kind=kind, transform=transform, calibration=calibration)
    samples, ground = check_samples(samples, block=block, use=use)
    dated = use_dates(
        samples, coordinates=coordinates, trend=trend, season=season, older_than=older_than,
        reference_year=reference_year,
    )  # fmt: skip
    encoder = fit_encoder(samples.predictors)
    encoded, _ = encode(encoder, samples.predictors)
    made = dated.place_time.columns(samples.n_samples, samples.x, samples.y, dated.year)
    names, owners = _owners(samples, encoder, dated.place_time)
    signs = _signs(samples, monotone, owners, encoder)
    fitters, refused = _able(candidates, signs)
    response, kind, limits, chosen, notes = _scaled(samples, kind, transform)
    sets = samples.sets | ({COORDINATES: (COORDINATES,)} if coordinates else {})
    data = Data(
        matrix=np.hstack([encoded, made]), owners=owners, response=response,
        together=ground.together, transform=chosen, level=level, seed=seed, weights=dated.weights,
        limits=limits, signs=signs, offered=_offered(sets, names, owners), candidates=fitters,
        calibration=calibration, names=names,
    )  # fmt: skip
    return Prepared(
        samples, ground, data, encoder, dated.place_time, kind, refused, (*notes, *dated.notes)
    )


def _known_choices(**given: str | None) -> None:
    """Raise ValueError for a keyword that is none of its choices."""
    known = {"kind": KINDS, "transform": TRANSFORMS, "calibration": CALIBRATIONS}
    for name, value in given.items():
        if value is not None and value not in known[name]:
            raise ValueError(f"{name} must be one of {', '.join(known[name])}, got {value!r}")


def _owners(
    samples: Samples, encoder: Encoder, place_time: PlaceTime
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of all predictors, and the position of the one that each column comes from."""
    made = place_time.names
    raise_errors(
        Finding(
            f"{samples.source}: {name}",
            f"a predictor may not be called {name} where coordinates or dates are used",
            "Rename the column.",
        )
        for name in made
        if name in encoder.predictors
    )
    first = len(encoder.predictors)
    owners = np.repeat(first + np.arange(len(made)), place_time.widths)
    names = (*encoder.predictors, *made)
    return names, np.concatenate([encoder.owners, owners]).astype(np.int64)


FEW_COPIES = 0.1
"""Share of samples up to which repeats may be chance, as where values are rounded (judgement)."""


def check_samples(
    samples: Samples, *, block: Quantity | float | str = 0.25, use: Sequence[str] = ()
) -> tuple[Samples, Ground]:
    """Say whether a surrogate can be fitted and tested on these samples; quick.

    Parameters
    ----------
    samples : Samples
    block : Quantity, float or str
        Side of the blocks held out together, as "1 km"; a bare number is in degrees.
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
    ground = divide_ground(samples, block)
    return samples, replace(ground, findings=(*ground.findings, *_repeated(samples)))


def _repeated(samples: Samples) -> tuple[Finding, ...]:
    """Tell of samples that repeat another in everything: a copy adds weight, no knowledge."""
    x, y = (samples.longitude, samples.latitude) if samples.x is None else (samples.x, samples.y)
    if x is None or y is None:
        return ()
    facts = {"x": x, "y": y, "response": samples.response}
    facts |= {} if samples.year is None else {"year": samples.year}
    copies = int(pd.concat([pd.DataFrame(facts), samples.predictors], axis=1).duplicated().sum())
    if not copies:
        return ()
    what = f"{counted(copies, 'sample')} of {samples.n_samples:,} repeat another one: same place, "
    return (
        Finding(
            f"{samples.source}: {samples.name}",
            f"{what}predictors and value",
            "If they are copies, keep one of each: the figure on random folds promises too much.",
            "warning" if copies > FEW_COPIES * samples.n_samples else "note",
        ),
    )


def _chosen(samples: Samples, use: Sequence[str]) -> Samples:
    """Keep the predictors that are to be used."""
    known = [str(name) for name in samples.predictors.columns]
    where = f"surrogates: {samples.name}.predictors"
    raise_errors(
        Finding(where, f"there is no predictor '{name}'", did_you_mean(name, known))
        for name in use
        if name not in known
    )
    kept = list(use) if use else known
    sets = {name: tuple(c for c in held if c in kept) for name, held in samples.sets.items()}
    sets = {name: held for name, held in sets.items() if held}
    return replace(samples, predictors=samples.predictors[kept], sets=sets)


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
    if samples.weight is not None:
        unfit = int((~((samples.weight > 0) & np.isfinite(samples.weight))).sum())
        if unfit:
            what = f"{counted(unfit, 'weight')} not finite or not above 0"
            findings.append(Finding(place, what, "Weights lie above 0."))
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


def _signs(
    samples: Samples,
    monotone: Mapping[str, str] | None,
    owners: NDArray[np.int64],
    encoder: Encoder,
) -> NDArray[np.int64] | None:
    """Sign of each column, or None where none is bound."""
    if not monotone:
        return None
    where = f"surrogates: {samples.name}.monotone"
    signs, findings = np.zeros(len(owners), dtype=np.int64), []
    for name, direction in monotone.items():
        if name not in encoder.predictors:
            hint = did_you_mean(name, encoder.predictors)
            findings.append(Finding(where, f"there is no predictor '{name}'", hint))
        elif name in encoder.codes:
            what = f"{name} is a category, which has no order"
            findings.append(Finding(where, what, "Name predictors that are amounts."))
        elif direction not in _DIRECTIONS:
            hint = did_you_mean(direction, list(_DIRECTIONS))
            findings.append(Finding(where, f"'{direction}' is no direction", hint))
        else:
            signs[owners == encoder.predictors.index(name)] = _DIRECTIONS[direction]
    raise_errors(findings)
    return signs


def _able(
    candidates: Sequence[str] | None, signs: NDArray[np.int64] | None
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Candidates that can do what is asked, and why the others cannot."""
    wanted = CANDIDATES if candidates is None else tuple(candidates)
    raise_errors(
        Finding("candidates", f"there is no candidate '{name}'", did_you_mean(name, CANDIDATES))
        for name in wanted
        if name not in CANDIDATES
    )
    if not wanted:
        hint = f"Name some of {', '.join(CANDIDATES)}."
        raise DataError(Finding("candidates", "there are no candidates", hint))
    reason = "its predictions cannot be kept from rising or falling with a predictor"
    refused = {name: reason for name in wanted if signs is not None and name not in MONOTONE}
    able = tuple(name for name in wanted if name not in refused)
    if not able:
        hint = f"Add one of {', '.join(MONOTONE)}."
        raise DataError(Finding("candidates", f"no candidate is left: {reason}", hint))
    return able, refused


def _scaled(
    samples: Samples, kind: str | None, transform: str | None
) -> tuple[NDArray[np.float64], str, tuple[float, float], str, tuple[str, ...]]:
    """Response off its bounds where need be, kind, limits, transform, and notes."""
    measured = np.asarray(samples.response, dtype=np.float64)
    kind = kind or guess_kind(measured, samples.unit)
    limits = limits_of(measured, kind, samples.unit)
    if transform == "logit" and limits[1] == 100.0:
        transform = "logit %"
    near_top = kind == "proportion" and measured.max() > limits[1] / 2
    lifted, moved = off_bounds(measured, limits if near_top else (limits[0], np.inf))
    few = 0 < moved <= FEW * len(measured) and kind != "count"
    chosen = transform or choose_transform(lifted if few else measured, kind, limits)
    place = f"{samples.source}: {samples.name}"
    if chosen in ("none", "log1p"):
        if chosen == "log1p" and measured.min() <= -1:
            what = "values of -1 or below have no logarithm of 1 + value"
            raise DataError(Finding(place, what, "Use transform none."))
        return measured, kind, limits, chosen, ()
    if chosen.startswith("logit") and not np.isfinite(limits[1]):
        what = "the values are no shares of 1 or 100, so they have no logit"
        raise DataError(Finding(place, what, "Use transform log or none."))
    inside = lifted if few else measured
    if inside.min() <= 0 or inside.max() >= limits[1]:
        what = (
            "values of 0 or below have no logarithm"
            if inside.min() <= 0
            else f"values of {limits[1]:g} have no logit"
        )
        raise DataError(Finding(place, what, "Use transform log1p or none."))
    if not few:
        return measured, kind, limits, chosen, ()
    note = (
        f"{counted(moved, 'value')} at the bound of what is possible moved off it, half as far as "
        "the nearest other value lies."
    )
    return lifted, kind, limits, chosen, (note,)


def _offered(
    sets: dict[str, tuple[str, ...]], names: tuple[str, ...], owners: NDArray[np.int64]
) -> dict[str, tuple[int, ...]]:
    """Columns of the matrix that belong to each optional set."""
    return {
        name: tuple(
            int(column)
            for column in np.flatnonzero(np.isin(owners, [names.index(held) for held in part]))
        )
        for name, part in sets.items()
    }
