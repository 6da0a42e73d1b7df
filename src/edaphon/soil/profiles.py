"""Soil profiles: horizons brought to fixed depths, and carbon stocks of equal soil mass.

Horizons come as long tables, one row each. `order_horizons` checks and sorts them once; the verbs
take its result and the values in the order of the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from edaphon.data.messages import counted, name_some
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

DEEPEST_CM = 2000.0
"""No horizon lies deeper (judgement: pits and cores of soil surveys end far above)."""


@dataclass(frozen=True)
class Horizons:
    """Sound horizons, sorted by profile and depth; no two of a profile overlap.

    Attributes
    ----------
    profiles : str array, shape (n_profiles,)
        Names, sorted.
    profile : intp array, shape (n,)
        Position in `profiles`.
    row : intp array, shape (n,)
        Row of the table that each horizon came from.
    n_rows : int
        Rows of that table, faulty ones too.
    top, bottom : float64 arrays, shape (n,)
        cm below the surface.
    findings : tuple of Finding
        What was wrong with the profiles left out.
    """

    profiles: NDArray[np.str_]
    profile: NDArray[np.intp]
    row: NDArray[np.intp]
    n_rows: int
    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    findings: tuple[Finding, ...] = ()

    @property
    def n_profiles(self) -> int:
        """Number of profiles."""
        return len(self.profiles)


@dataclass(frozen=True)
class Layers:
    """Values of every profile in fixed depths.

    Attributes
    ----------
    values : float64 array, shape (n_profiles, n_layers)
        Mean over the part of the layer that the horizons reach; nan where they reach nothing.
    covered : float64 array, shape (n_profiles, n_layers)
        Share of the layer's thickness that lies in horizons with a value.
    plain : bool array, shape (n_profiles,)
        Profiles whose spline left the range of possible values, so that the thickness-weighted
        mean stands instead.
    """

    values: NDArray[np.float64]
    covered: NDArray[np.float64]
    plain: NDArray[np.bool_]


def order_horizons(
    profile: ArrayLike,
    top_cm: ArrayLike,
    bottom_cm: ArrayLike,
    *,
    source: str = "horizons",
    faulty: Literal["refuse", "drop"] = "refuse",
    lines: ArrayLike | None = None,
) -> Horizons:
    """Check horizons and sort them by profile and depth.

    Parameters
    ----------
    profile : array_like, shape (n,)
        Name of the profile, taken as text.
    top_cm, bottom_cm : array_like, shape (n,)
        Depth below the surface.
    source : str
        File, for the findings.
    faulty : {"refuse", "drop"}
        Whether profiles with a fault stop everything or are left out with a warning.
    lines : array_like, shape (n,), optional
        Line of each row in its file, for the findings; else rows are counted from 1.

    Returns
    -------
    Horizons

    Raises
    ------
    DataError
        With one finding per kind of fault, naming profiles and rows (the first row is 1): depths
        that are missing, not finite, negative or below 2,000 cm; a bottom that is not below its
        top; duplicates; overlaps. Also if nothing is left.
    ValueError
        If the arrays differ in length.
    """
    names = np.asarray(profile).astype(str)
    top, bottom = (np.asarray(depth, dtype=np.float64) for depth in (top_cm, bottom_cm))
    if not names.shape == top.shape == bottom.shape or names.ndim != 1:
        raise ValueError(
            f"profile, top_cm and bottom_cm differ in shape: {names.shape}, {top.shape}, "
            f"{bottom.shape}"
        )
    order = np.lexsort((bottom, top, names))
    faults = _faults(names, top, bottom, order)
    severity: Literal["error", "warning"] = "error" if faulty == "refuse" else "warning"
    places = [f"row {k + 1}" for k in range(len(names))]
    if lines is not None:
        places = [f"line {line}" for line in np.asarray(lines).tolist()]
    findings = tuple(
        _finding(source, kind, names, rows, places=places, severity=severity)
        for kind, rows in faults
    )
    if findings and faulty == "refuse":
        raise DataError(findings)
    bad = np.concatenate([np.zeros(0, dtype=np.intp), *(rows for _, rows in faults)])
    kept = order[~np.isin(names[order], names[bad])]
    if not len(kept):
        what = "no profile is left" if findings else "there are no horizons"
        raise DataError((Finding(source, what, "Check the table."), *findings))
    profiles, position = np.unique(names[kept], return_inverse=True)
    return Horizons(
        profiles, position.astype(np.intp), kept, len(names), top[kept], bottom[kept], findings
    )


def _faults(
    names: NDArray[np.str_],
    top: NDArray[np.float64],
    bottom: NDArray[np.float64],
    order: NDArray[np.intp],
) -> list[tuple[str, NDArray[np.intp]]]:
    """Return every kind of fault with its rows."""
    finite = np.isfinite(top) & np.isfinite(bottom)
    deep = finite & ((top < 0) | (bottom > DEEPEST_CM))
    flat = finite & ~deep & (bottom <= top)
    sound = order[(finite & ~deep & ~flat)[order]]
    above, below = sound[:-1], sound[1:]
    same = names[above] == names[below]
    double = same & (top[above] == top[below]) & (bottom[above] == bottom[below])
    # the deepest bottom so far, within the profile: a thin horizon may hide in a thick one
    reach = np.empty(len(sound))
    for start, stop in _runs(names[sound]):
        reach[start:stop] = np.maximum.accumulate(bottom[sound[start:stop]])
    over = same & ~double & (top[below] < reach[:-1])
    found = [
        ("depths that are missing or not finite", np.flatnonzero(~finite)),
        (f"depths outside 0 to {DEEPEST_CM:g} cm", np.flatnonzero(deep)),
        ("a bottom that does not lie below the top", np.flatnonzero(flat)),
        ("the same depths twice", below[double]),
        ("horizons that overlap the one above", below[over]),
    ]
    return [(kind, rows) for kind, rows in found if len(rows)]


def _runs(names: NDArray[np.str_]) -> list[tuple[int, int]]:
    """Return start and stop of every run of equal names."""
    cuts = np.flatnonzero(names[1:] != names[:-1]) + 1
    return list(pairwise([0, *cuts.tolist(), len(names)]))


def _finding(
    source: str,
    kind: str,
    names: NDArray[np.str_],
    rows: NDArray[np.intp],
    *,
    places: Sequence[str],
    severity: Literal["error", "warning"],
) -> Finding:
    some = name_some(f"{places[row]}: {names[row]}" for row in rows)
    profiles = len(np.unique(names[rows]))
    what = f"{kind}: {counted(len(rows), 'row')} of {counted(profiles, 'profile')} ({some})"
    if severity == "warning":
        return Finding(source, what, "These profiles were left out.", severity)
    hint = "Mend or remove these rows; or leave out their profiles "
    hint += '(faulty="drop", in a config faulty_profiles: drop).'
    return Finding(source, what, hint)


def harmonize(
    horizons: Horizons,
    values: ArrayLike,
    edges_cm: ArrayLike,
    *,
    method: Literal["mean", "spline"] = "mean",
    smooth: float = 0.0,
    lowest: float = 0.0,
    highest: float = np.inf,
) -> Layers:
    """Bring a property from horizons to fixed depths.

    Parameters
    ----------
    horizons : Horizons
    values : array_like, shape (n_rows,)
        The property in the order of the table; nan where it was not measured.
    edges_cm : array_like, shape (n_layers + 1,)
        Rising depths, as ``[0, 30]`` or ``[0, 5, 15, 30]``.
    method : {"mean", "spline"}
        The thickness-weighted mean of the horizons; or the mean of a mass-preserving spline,
        which crosses gaps between horizons but never leaves the profile.
    smooth : float
        Lambda of the spline. With 0 the spline's mean over every horizon is the measured value;
        0.1, the default of other software, smooths them toward each other.
    lowest, highest : float
        Possible values. A profile whose spline gives a layer outside gets the mean instead.

    Returns
    -------
    Layers

    Raises
    ------
    ValueError
        If shapes or edges do not fit, a value is infinite, or `smooth` is negative.

    Notes
    -----
    Bishop, McBratney & Laslett (1999), Geoderma 89, 185-208: quadratic within horizons, linear
    between them, slope continuous and 0 at both ends; it minimizes mean((value - fitted)^2) +
    lambda x integral(slope^2). With lambda 0 and no gaps it is the derivative of the natural cubic
    spline through the cumulated amounts. With lambda 0.1 it gives the published example of the R
    package mpspline2.
    """
    amount, edges = np.asarray(values, dtype=np.float64), np.asarray(edges_cm, dtype=np.float64)
    if amount.shape != (horizons.n_rows,):
        raise ValueError(f"values: shape {amount.shape}, but the table has {horizons.n_rows} rows")
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all() or edges[0] < 0:
        raise ValueError("edges_cm: at least two depths, rising, from 0 on")
    if np.isinf(amount).any() or not smooth >= 0:
        raise ValueError("values must not be infinite, and smooth must not be negative")
    amount = amount[horizons.row]
    known = np.isfinite(amount)
    profile, top, bottom = horizons.profile[known], horizons.top[known], horizons.bottom[known]
    overlap = np.minimum(bottom[:, None], edges[1:]) - np.maximum(top[:, None], edges[:-1])
    overlap = np.maximum(overlap, 0.0)
    shape = (horizons.n_profiles, len(edges) - 1)
    thick, total = np.zeros(shape), np.zeros(shape)
    np.add.at(thick, profile, overlap)
    np.add.at(total, profile, overlap * amount[known][:, None])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(thick > 0, total / thick, np.nan)
    covered = thick / np.diff(edges)
    plain = np.zeros(horizons.n_profiles, dtype=bool)
    if method == "mean":
        return Layers(mean, covered, plain)
    splined = np.full(shape, np.nan)
    for members, rows in _by_length(profile):
        splined[members] = _spline_means(
            top[rows], bottom[rows], amount[known][rows], edges, smooth
        )
    with np.errstate(invalid="ignore"):
        plain = np.asarray(((splined < lowest) | (splined > highest)).any(axis=1))
    return Layers(np.where(plain[:, None], mean, splined), covered, plain)


def _by_length(profile: NDArray[np.intp]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Group profiles by their number of horizons: members (p,) and rows (p, number)."""
    members, first, count = np.unique(profile, return_index=True, return_counts=True)
    groups = []
    for number in np.unique(count):
        chosen = count == number
        groups.append((members[chosen], first[chosen][:, None] + np.arange(number)))
    return groups


def _spline_means(
    top: NDArray[np.float64],
    bottom: NDArray[np.float64],
    value: NDArray[np.float64],
    edges: NDArray[np.float64],
    smooth: float,
) -> NDArray[np.float64]:
    """Mean of the spline between edges, for p profiles of n horizons each; nan outside."""
    p, n = value.shape
    thick, gap = bottom - top, top[:, 1:] - bottom[:, :-1]
    slope = np.zeros((p, n + 1))
    fitted = value
    if n > 1:
        # fitted means and slopes at the borders: penalty @ slope = differences of the means
        inner = np.arange(n - 1)
        penalty = np.zeros((p, n - 1, n - 1))
        penalty[:, inner, inner] = (thick[:, :-1] + thick[:, 1:]) / 3 + gap
        penalty[:, inner[1:], inner[:-1]] = penalty[:, inner[:-1], inner[1:]] = thick[:, 1:-1] / 6
        steps = np.eye(n)[1:] - np.eye(n)[:-1]
        bend = np.linalg.solve(penalty, np.broadcast_to(steps, (p, n - 1, n)))
        if smooth > 0:
            left = np.eye(n) + n * smooth * (steps.T @ bend)
            fitted = np.linalg.solve(left, value[:, :, None])[:, :, 0]
        slope[:, 1:-1] = (bend @ fitted[:, :, None])[:, :, 0]
    start = fitted - thick * (2 * slope[:, :-1] + slope[:, 1:]) / 6
    end = fitted + thick * (slope[:, :-1] + 2 * slope[:, 1:]) / 6
    # pieces in order of depth: horizon, gap, horizon, ...
    pieces = [
        _pieces(top, gap_top) for top, gap_top in (
            (top, bottom[:, :-1]), (thick, gap), (start, end[:, :-1]),
            (slope[:, :-1], slope[:, 1:-1]), (slope[:, 1:], slope[:, 1:-1]),
        )
    ]  # fmt: skip
    begin, length, level, first, last = (piece[:, :, None] for piece in pieces)
    t = np.clip(edges - begin, 0.0, length)
    curve = np.divide(last - first, length, out=np.zeros_like(length), where=length > 0)
    below = (level * t + first * t**2 / 2 + curve * t**3 / 6).sum(axis=1)
    reach = t.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.diff(reach) > 0, np.diff(below) / np.diff(reach), np.nan)


def _pieces(horizon: NDArray[np.float64], gap: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interleave what holds for n horizons and n - 1 gaps, shape (p, 2 n - 1)."""
    both = np.empty((len(horizon), horizon.shape[1] + gap.shape[1]))
    both[:, ::2], both[:, 1::2] = horizon, gap
    return both
