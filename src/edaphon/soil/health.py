"""Soil health: indicators scored within their stratum, never without the parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from edaphon.data.messages import name_some
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Combine = Literal["mean", "geometric", "minimum"]
FEWEST_IN_STRATUM = 20
"""With fewer values a stratum's mean and spread are those of all values (judgement)."""


@dataclass(frozen=True)
class MoreIsBetter:
    """Score ``Phi((x - mean) / sd)`` against a reference, one per stratum if not given.

    Attributes
    ----------
    mean, sd : float or None
        Reference in the unit of the indicator; None takes the stratum's own mean and sd.
    """

    mean: float | None = None
    sd: float | None = None


@dataclass(frozen=True)
class LessIsBetter:
    """Score ``1 - Phi((x - mean) / sd)``; attributes as `MoreIsBetter`."""

    mean: float | None = None
    sd: float | None = None


@dataclass(frozen=True)
class Optimum:
    """Score ``exp(-((x - best) / width)^2 / 2)``: 1 at the best, .61 one width away.

    Attributes
    ----------
    best, width : float
        In the unit of the indicator; width above 0.
    """

    best: float
    width: float


@dataclass(frozen=True)
class Trapezoid:
    """Score 0 up to `low`, rising to 1 at `good_from`, 1 to `good_to`, falling to 0 at `high`.

    Attributes
    ----------
    low, good_from, good_to, high : float
        Rising, in the unit of the indicator; `low` = `good_from` makes a step.
    """

    low: float
    good_from: float
    good_to: float
    high: float


Curve = MoreIsBetter | LessIsBetter | Optimum | Trapezoid


@dataclass(frozen=True)
class SoilHealth:
    """A score with its parts.

    Attributes
    ----------
    score : float64 array, shape (n,)
        0 to 1; nan where an indicator is missing.
    parts : mapping of str to float64 array, shape (n,)
        Score of each indicator, 0 to 1.
    limiting : str array, shape (n,)
        The indicator with the lowest score, "" where one is missing.
    combine : {"mean", "geometric", "minimum"}
    reference : mapping of str to mapping of str to (float, float)
        Mean and sd used, by indicator and stratum, for the curves that need them.
    findings : tuple of Finding
        Strata with too few values of their own.
    """

    score: NDArray[np.float64]
    parts: Mapping[str, NDArray[np.float64]]
    limiting: NDArray[np.str_]
    combine: Combine
    reference: Mapping[str, Mapping[str, tuple[float, float]]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        """Return median and quartiles of the score and of every part, one line each."""
        rows = [(f"soil health ({self.combine} of parts)", self.score)]
        rows += [(f"  {name}", part) for name, part in self.parts.items()]
        width = max(len(name) for name, _ in rows)
        lines = [f"{'':{width}}  lower quartile  median  upper quartile  limiting in"]
        for name, values in rows:
            known = values[np.isfinite(values)]
            low, middle, high = (
                np.quantile(known, (0.25, 0.5, 0.75)) if len(known) else (np.nan,) * 3
            )
            worst = int((self.limiting == name.strip()).sum())
            last = f"{worst:>11}" if name.startswith(" ") else f"{'':>11}"
            lines.append(
                f"{name:{width}}  {low:>14.2f}  {middle:>6.2f}  {high:>14.2f}  {last}".rstrip()
            )
        return "\n".join(lines)


def soil_health(
    indicators: Mapping[str, ArrayLike],
    curves: Mapping[str, Curve],
    *,
    stratum: ArrayLike | None = None,
    combine: Combine = "mean",
) -> SoilHealth:
    """Score soils by several indicators, each within its stratum.

    Parameters
    ----------
    indicators : mapping of str to array_like, shape (n,)
        Measured or predicted values; nan where missing.
    curves : mapping of str to Curve
        How each indicator is scored; the same names.
    stratum : array_like, shape (n,), optional
        Texture group, climate or land use within which values are compared; one for all if not
        given.
    combine : {"mean", "geometric", "minimum"}
        The mean lets a good part make up for a bad one, the geometric mean less so, and the
        minimum not at all.

    Returns
    -------
    SoilHealth
        Print it to see the parts.

    Raises
    ------
    DataError
        If names differ, an indicator is unknown everywhere or does not vary where a reference is
        needed.
    ValueError
        If shapes differ, a value is infinite, or a curve's numbers make no sense.

    Notes
    -----
    More-is-better and less-is-better are cumulative normal curves by texture group as in the
    Comprehensive Assessment of Soil Health (Fine, van Es & Schindelbeck 2017, Soil Science Society
    of America Journal 81, 589-601); optimum curves as in the Soil Management Assessment Framework
    (Andrews, Karlen & Cambardella 2004, the same journal 68, 1945-1962), whose own curves differ in
    form. A score compares a soil with the others of its stratum: where all are poor, the middling
    one scores .5.
    """
    if set(indicators) != set(curves) or not indicators:
        odd = sorted(set(indicators) ^ set(curves))
        what = f"indicators and curves differ: {', '.join(odd) or 'none is given'}"
        raise DataError(Finding("soil health", what, "Give each indicator one curve."))
    if combine not in ("mean", "geometric", "minimum"):
        raise ValueError(f"combine must be 'mean', 'geometric' or 'minimum', got {combine!r}")
    values = {name: np.asarray(column, dtype=np.float64) for name, column in indicators.items()}
    shapes = {column.shape for column in values.values()}
    if len(shapes) > 1 or len(next(iter(shapes))) != 1:
        raise ValueError(f"indicators differ in shape or are no columns: {sorted(shapes)}")
    (n,) = next(iter(shapes))
    label = np.full(n, "all") if stratum is None else np.asarray(stratum).astype(str)
    if label.shape != (n,):
        raise ValueError(f"stratum: shape {label.shape}, but the indicators have {(n,)}")
    parts, reference, findings = {}, {}, list[Finding]()
    for name, column in values.items():
        if np.isinf(column).any():
            raise ValueError(f"{name}: a value is infinite")
        parts[name], used, found = _part(name, column, curves[name], label)
        findings += found
        if used:
            reference[name] = used
    table = np.column_stack(list(parts.values()))
    complete = np.asarray(np.isfinite(table).all(axis=1))
    names = np.array(list(parts))
    limiting = np.where(complete, names[np.where(complete[:, None], table, 0.0).argmin(axis=1)], "")
    score = _combined(table, combine)
    return SoilHealth(score, parts, limiting, combine, reference, tuple(findings))


def _combined(table: NDArray[np.float64], combine: Combine) -> NDArray[np.float64]:
    if combine == "minimum":
        return np.asarray(table.min(axis=1))
    if combine == "mean":
        return np.asarray(table.mean(axis=1))
    return np.asarray(np.prod(table, axis=1) ** (1.0 / table.shape[1]))


def _part(
    name: str, values: NDArray[np.float64], curve: Curve, label: NDArray[np.str_]
) -> tuple[NDArray[np.float64], dict[str, tuple[float, float]], list[Finding]]:
    """Return the scores of one indicator, the references used, and findings."""
    from scipy.special import ndtr

    if isinstance(curve, Optimum):
        if not curve.width > 0:
            raise ValueError(f"{name}: the width of an optimum must be above 0, got {curve.width}")
        return np.exp(-(((values - curve.best) / curve.width) ** 2) / 2), {}, []
    if isinstance(curve, Trapezoid):
        return _trapezoid(name, values, curve), {}, []
    used, findings = _reference(name, values, curve, label)
    mean, sd = (np.array([used[one][k] for one in label.tolist()]) for k in (0, 1))
    z = (values - mean) / sd
    return ndtr(z if isinstance(curve, MoreIsBetter) else -z), used, findings


def _trapezoid(name: str, values: NDArray[np.float64], curve: Trapezoid) -> NDArray[np.float64]:
    low, start, stop, high = curve.low, curve.good_from, curve.good_to, curve.high
    if not low <= start <= stop <= high:
        raise ValueError(f"{name}: the corners of a trapezoid must rise, got {curve}")
    up = (values - low) / (start - low) if start > low else (values >= start).astype(float)
    down = (high - values) / (high - stop) if high > stop else (values <= stop).astype(float)
    score = np.clip(np.minimum(up, down), 0.0, 1.0)
    return np.where(np.isfinite(values), score, np.nan)


def _reference(
    name: str,
    values: NDArray[np.float64],
    curve: MoreIsBetter | LessIsBetter,
    label: NDArray[np.str_],
) -> tuple[dict[str, tuple[float, float]], list[Finding]]:
    """Return mean and sd by stratum; small strata get those of all values."""
    strata = np.unique(label).tolist()
    if curve.mean is not None and curve.sd is not None:
        if not curve.sd > 0:
            raise ValueError(f"{name}: the sd of a reference must be above 0, got {curve.sd}")
        return dict.fromkeys(strata, (curve.mean, curve.sd)), []
    if (curve.mean is None) != (curve.sd is None):
        raise ValueError(f"{name}: give both mean and sd of a reference, or none")
    overall = _moments(values)
    if overall is None:
        what = f"{name} does not vary, so there is nothing to compare with"
        hint = "Give a reference with mean and sd, or leave the indicator out."
        raise DataError(Finding("soil health", what, hint))
    own = {one: _moments(values[label == one], FEWEST_IN_STRATUM) for one in strata}
    few = [one for one in strata if own[one] is None]
    findings = []
    if few and len(strata) > 1:
        what = (
            f"{name}: fewer than {FEWEST_IN_STRATUM} values, or all the same, in {name_some(few)}; "
            "compared with all soils instead"
        )
        findings.append(Finding("soil health", what, "Merge strata or sample more.", "warning"))
    return {one: own[one] or overall for one in strata}, findings


def _moments(values: NDArray[np.float64], fewest: int = 2) -> tuple[float, float] | None:
    """Mean and standard deviation, None where there are too few values or they do not vary."""
    known = values[np.isfinite(values)]
    if len(known) < fewest or np.ptp(known) == 0:
        return None
    return float(known.mean()), float(known.std(ddof=1))
