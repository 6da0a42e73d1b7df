"""What presences alone are set against: sites of the same recorders, or places of the area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import gaussian_kde

from edaphon.config.suggest import did_you_mean
from edaphon.errors import DataError, Finding
from edaphon.surrogates.encode import encode
from edaphon.surrogates.species.occurrence import Occurrence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.landscape import Predictors
    from edaphon.data.observations import Observations
    from edaphon.surrogates.encode import Encoder

BACKGROUNDS = ("target_group", "random", "density")
WORDS = {
    "target_group": "the sites where any species of its group was recorded",
    "random": "places of the area, drawn at random",
    "density": "places of the area, weighted by the density of the group's records",
}

MOST_PLACES = 10_000
"""Places of the area that are taken, Maxent's own number (Phillips and Dudik 2008, Ecography
31:161-175; from memory, not verified)."""


@dataclass(frozen=True)
class Places:
    """Places of the area, for backgrounds that are no sites.

    Attributes
    ----------
    matrix : float64 array, shape (n_places, p)
    xy : float64 array, shape (n_places, 2), or None
        Meters, in the projection of the sites.
    """

    matrix: NDArray[np.float64]
    xy: NDArray[np.float64] | None


@dataclass(frozen=True)
class Ready:
    """Observations, encoded and divided, from which each species takes its rows.

    Attributes
    ----------
    observations : Observations
    matrix : float64 array, shape (n_sites, p)
    together : int64 array, shape (n_sites,)
        Sites held out together.
    background : str
        One of `BACKGROUNDS`.
    places : Places or None
        As `read_places` gives them.
    """

    observations: Observations
    matrix: NDArray[np.float64]
    together: NDArray[np.int64]
    background: str = "target_group"
    places: Places | None = None


def read_places(
    observations: Observations,
    area: Predictors | None,
    encoder: Encoder,
    background: str,
    seed: int,
) -> Places | None:
    """Draw the places of a background from the observations' own or from the units.

    Parameters
    ----------
    observations : Observations
    area : Predictors or None
        The planning units, taken where the observations bring no background.
    encoder : Encoder
    background : str
        One of `BACKGROUNDS`.
    seed : int

    Returns
    -------
    Places or None
        None for target-group background and for observations with absences.

    Raises
    ------
    DataError
        If the background is unknown, or needs an area or coordinates that there are not.
    """
    where = f"surrogates: {observations.name}.background"
    if background not in BACKGROUNDS:
        what = f"'{background}' is no background"
        raise DataError(Finding(where, what, did_you_mean(background, BACKGROUNDS)))
    if observations.kind != "presence_only" or background == "target_group":
        return None
    given = observations.background
    if given is not None:
        xy = given[["x", "y"]].to_numpy(float) if {"x", "y"} <= set(given.columns) else None
        table = given
    elif area is not None:
        table, xy = area.table, site_coordinates(area)
    else:
        what = f"a {background} background needs an area to draw places from"
        raise DataError(Finding(where, what, "Give an area, or write background: target_group."))
    if background == "density" and (xy is None or site_coordinates(observations) is None):
        what = "a background weighted by the density of records needs coordinates of both"
        raise DataError(Finding(where, what, "Write background: target_group or random."))
    matrix, complete = encode(encoder, table)
    rows = np.flatnonzero(complete)
    if not len(rows):
        what = "no place of the area has all predictors"
        raise DataError(Finding(where, what, "Fill them in, or write background: target_group."))
    if len(rows) > MOST_PLACES:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_PLACES, replace=False))
    return Places(matrix[rows], None if xy is None else xy[rows])


def site_coordinates(sites: Observations | Predictors) -> NDArray[np.float64] | None:
    """Return x and y side by side, (n, 2), or None where there are none."""
    if sites.x is None or sites.y is None:
        return None
    return np.column_stack([sites.x, sites.y])


def occurrence_of(ready: Ready, species: str) -> tuple[Occurrence, NDArray[np.int64]]:
    """Gather what one species' occurrence is learned from.

    Parameters
    ----------
    ready : Ready
    species : str

    Returns
    -------
    data : Occurrence
        Presences and absences where somebody looked; presences with target-group sites, the
        species' own among them (Phillips et al. 2009, Ecological Applications 19:181-197, as
        Valavi et al. 2021 do it); or presences, and then places of the area, which are held out
        with the site nearest to them.
    sites : int64 array, shape (n_own_rows,)
        Site of each of the first rows; places come after them.
    """
    observations, matrix, together = ready.observations, ready.matrix, ready.together
    column = observations.position(species)
    values = observations.table[:, column]
    weight = np.ones(len(values)) if observations.weight is None else observations.weight
    weight = weight / weight.mean()
    found = values > 0
    if observations.kind != "presence_only":
        looked = np.flatnonzero(np.isfinite(values))
        presence = np.where(found, weight, 0.0)[looked]
        absence = np.where(found, 0.0, weight)[looked]
        data = Occurrence(matrix[looked], presence, absence, together[looked], False)
        return data, looked
    group = recorded(observations, column)
    places = ready.places
    if places is None:
        rows = np.flatnonzero(group)
        presence = np.where(found, weight, 0.0)[rows]
        return Occurrence(matrix[rows], presence, weight[rows], together[rows], True), rows
    rows = np.flatnonzero(found)
    behind = np.ones(len(places.matrix))
    if ready.background == "density":
        behind = record_density(observations, group, places)
    nearest = _nearest(observations, places)
    data = Occurrence(
        np.vstack([matrix[rows], places.matrix]),
        np.r_[weight[rows], np.zeros(len(behind))],
        np.r_[np.zeros(len(rows)), behind],
        np.r_[together[rows], together[nearest]],
        True,
    )
    return data, rows


def recorded(observations: Observations, column: int) -> NDArray[np.bool_]:
    """Sites where any species of a species' group was recorded, shape (n_sites,)."""
    groups = observations.taxon_group
    if groups is None:
        return np.asarray((observations.table > 0).any(axis=1))
    own = np.array([group == groups[column] for group in groups])
    return np.asarray((observations.table[:, own] > 0).any(axis=1))


def record_density(
    observations: Observations, rows: NDArray[np.bool_], places: Places
) -> NDArray[np.float64]:
    """Density of recorded sites at places, scaled to a mean of 1.

    Parameters
    ----------
    observations : Observations
    rows : bool array, shape (n_sites,)
        Sites that count.
    places : Places
        With coordinates.

    Returns
    -------
    float64 array, shape (n_places,)
        Gaussian kernel density with Scott's bandwidth (Scott 1992, Multivariate Density
        Estimation), as a weight of each place rather than a chance to be drawn; never quite 0.

    Raises
    ------
    ValueError
        If sites or places have no coordinates.
    """
    sites = site_coordinates(observations)
    if sites is None or places.xy is None:
        raise ValueError("a density of records needs coordinates")
    density = gaussian_kde(sites[rows].T)(places.xy.T)
    return np.asarray(np.maximum(density / density.mean(), 1e-9), dtype=np.float64)


def _nearest(observations: Observations, places: Places) -> NDArray[np.int64]:
    """Site nearest to each place; sites in turn where there are no coordinates."""
    sites = site_coordinates(observations)
    if sites is None or places.xy is None:
        return np.arange(len(places.matrix)) % observations.n_sites
    _, nearest = cKDTree(sites).query(places.xy)
    return np.asarray(nearest, dtype=np.int64)
