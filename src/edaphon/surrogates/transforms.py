"""The scale on which a response is modeled: none, log, log1p or logit, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit
from scipy.stats import skew

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRANSFORMS = ("none", "log", "log1p", "logit", "logit %")
"""Names of the scales; "logit" is of shares of 1, "logit %" of percents."""

KINDS = ("continuous", "proportion", "count")

SKEWED = 1.0
"""Skewness above which a transform is tried: judgement."""

FEW = 0.05
"""Share of values at a bound up to which they are moved off it, so that a logarithm exists."""


def to_modeled(response: NDArray[np.float64], transform: str) -> NDArray[np.float64]:
    """Bring a response to the modeled scale, any shape; one of `TRANSFORMS`."""
    if transform == "log":
        return np.log(response)
    if transform == "log1p":
        return np.log1p(response)
    if transform == "none":
        return response
    return np.asarray(logit(response / _whole(transform)), dtype=np.float64)


def to_response(values: NDArray[np.float64], transform: str) -> NDArray[np.float64]:
    """Bring values from the modeled scale back, any shape; the inverse of `to_modeled`."""
    if transform == "log":
        return np.exp(values)
    if transform == "log1p":
        return np.expm1(values)
    if transform == "none":
        return values
    return np.asarray(_whole(transform) * expit(values), dtype=np.float64)


def modeled_limits(limits: tuple[float, float], transform: str) -> tuple[float, float]:
    """Bring the least and largest possible response to the modeled scale."""
    if transform == "none":
        return limits
    return (0.0 if transform == "log1p" else -np.inf, np.inf)


def _whole(transform: str) -> float:
    return 100.0 if transform == "logit %" else 1.0


def guess_kind(response: NDArray[np.float64], unit: str) -> str:
    """Guess what kind of number a response is.

    Parameters
    ----------
    response : float64 array, shape (n,)
    unit : str

    Returns
    -------
    str
        "proportion" for percents and shares of volume or mass within their bounds, "count" for
        whole numbers from 0 on without a unit of measurement, else "continuous".
    """
    if np.isfinite(_largest(unit)) and response.min() >= 0 and response.max() <= _largest(unit):
        return "proportion"
    whole = bool((response == np.round(response)).all()) and response.min() >= 0
    return "count" if whole and unit in ("", "1", "count") else "continuous"


def _largest(unit: str) -> float:
    """Largest share in a unit; infinite for units that measure no share."""
    if unit in ("%", "percent"):
        return 100.0
    if unit in ("share", "fraction", "proportion"):
        return 1.0
    parts = unit.replace(" ", "").split("/")
    return 1.0 if len(parts) == 2 and parts[0] == parts[1] else np.inf


def limits_of(response: NDArray[np.float64], kind: str, unit: str) -> tuple[float, float]:
    """Return the least and largest possible value, from what is measured and its kind.

    Parameters
    ----------
    response : float64 array, shape (n,)
    kind : str
        One of `KINDS`.
    unit : str

    Returns
    -------
    tuple of float
        From 0 where nothing measured lies below, to 1 or 100 for proportions.
    """
    low = 0.0 if response.min() >= 0 else -np.inf
    if kind != "proportion" or low < 0:
        return low, np.inf
    whole = _largest(unit)
    if not np.isfinite(whole):
        whole = 1.0 if response.max() <= 1 else 100.0
    return low, whole if response.max() <= whole else np.inf


def off_bounds(
    response: NDArray[np.float64], limits: tuple[float, float]
) -> tuple[NDArray[np.float64], int]:
    """Move values at a bound half as far off it as the nearest other value lies.

    Parameters
    ----------
    response : float64 array, shape (n,)
    limits : tuple of float
        From `limits_of`.

    Returns
    -------
    response : float64 array, shape (n,)
    moved : int
        How many were moved.
    """
    low, high = limits
    above = response[response > low].min(initial=np.inf)
    below = response[response < high].max(initial=-np.inf)
    at_low, at_high = response == low, response == high
    lifted = np.where(at_low, low + (above - low) / 2 if np.isfinite(low) else low, response)
    lifted = np.where(at_high, high - (high - below) / 2 if np.isfinite(high) else high, lifted)
    return lifted, int((at_low | at_high).sum())


def choose_transform(
    response: NDArray[np.float64],
    kind: str = "continuous",
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> str:
    """Choose the scale on which a response is modeled.

    Parameters
    ----------
    response : float64 array, shape (n,)
    kind : str
        One of `KINDS`.
    limits : tuple of float
        Least and largest possible value.

    Returns
    -------
    str
        "none" unless the skewness exceeds `SKEWED` and a transform makes it smaller: for
        proportions that come near the upper bound a logit, for counts and for responses with
        zeros log1p, else the logarithm.

    Notes
    -----
    Roots are not offered: on North Macedonia's soil carbon they were worse than the logarithm on
    its own scale and no better in percent (judgement from one table).
    """
    raw = float(skew(response))
    high = limits[1]
    if kind == "proportion" and np.isfinite(high) and response.max() > high / 2:
        name = "logit %" if high == 100.0 else "logit"
        inside = response.min() > 0 and response.max() < high
        wanted = inside and abs(raw) > SKEWED
    else:
        name = "log" if response.min() > 0 and kind != "count" else "log1p"
        wanted = response.min() >= 0 and raw > SKEWED
    if not wanted:
        return "none"
    return name if abs(float(skew(to_modeled(response, name)))) < abs(raw) else "none"
