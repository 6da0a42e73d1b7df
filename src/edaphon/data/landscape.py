"""The values of the data stage: Landscape, Neighbours, Grid and Samples (no reading here)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.errors import Finding

if TYPE_CHECKING:
    import geopandas
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Neighbours:
    """Pairs of neighboring planning units, each pair once with ``first < second``.

    Attributes
    ----------
    first, second : int32 arrays, shape (n_pairs,)
        Positions of the two units.
    length_m : float64 array, shape (n_pairs,)
        Boundary length along which the two lie within `distance_m`, in m.
    distance_m : float
        The distance up to which units count as neighbours; 0 = exact shared edges.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    length_m: NDArray[np.float64]
    distance_m: float = 10.0


@dataclass(frozen=True)
class Grid:
    """Where the units of a landscape made of raster cells lie on their grid.

    Attributes
    ----------
    row, column : int32 arrays, shape (n_units,)
        Position of each unit's cell, row 0 at the top.
    shape : tuple of int
        Rows and columns of the grid.
    transform : tuple of float
        The six numbers of the affine transform (a, b, c, d, e, f): x = a col + b row + c,
        y = d col + e row + f, of the upper left corner of a cell.
    """

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    shape: tuple[int, int]
    transform: tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Landscape:
    """All planning units with their attributes.

    Attributes
    ----------
    ids : str array, shape (n_units,)
        Unique unit ids, as text.
    area_ha : float64 array, shape (n_units,)
        Geodesic area in hectares.
    attributes : DataFrame, n_units rows
        Every other column of the file, in the order of `ids`, with a plain RangeIndex.
    latitude, longitude : float64 arrays, shape (n_units,)
        A representative point of the unit in degrees (WGS 84).
    region, farm, adviser, policy : str array of shape (n_units,) or None
        The columns that the config names; `policy` holds intervention names, empty = baseline.
    geometry : array of shapely polygons, shape (n_units,), or None
        In the landscape's CRS; None for a landscape made of plain arrays.
    crs : str or None
        The CRS as ``EPSG:n`` or WKT.
    neighbours : Neighbours or None
    grid : Grid or None
        Only for landscapes made of raster cells.
    findings : tuple of Finding
        Notes and warnings collected while reading.
    source : str
        The file it was read from, for messages.
    """

    ids: NDArray[np.str_]
    area_ha: NDArray[np.float64]
    attributes: pd.DataFrame
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    region: NDArray[np.str_] | None = None
    farm: NDArray[np.str_] | None = None
    adviser: NDArray[np.str_] | None = None
    policy: NDArray[np.str_] | None = None
    geometry: NDArray[np.object_] | None = None
    crs: str | None = None
    neighbours: Neighbours | None = None
    grid: Grid | None = None
    findings: tuple[Finding, ...] = ()
    source: str = "landscape"

    @property
    def n_units(self) -> int:
        """Number of planning units."""
        return len(self.ids)

    @classmethod
    def from_geodataframe(
        cls,
        frame: geopandas.GeoDataFrame,
        *,
        id: str | None = None,
        region: str | None = None,
        farm: str | None = None,
        adviser: str | None = None,
        policy: str | None = None,
        neighbour_distance_m: float = 10.0,
    ) -> Landscape:
        """Build a landscape from a GeoDataFrame; see `edaphon.data.vector.landscape_from_frame`."""
        from edaphon.data.vector import landscape_from_frame

        return landscape_from_frame(
            frame,
            id=id,
            region=region,
            farm=farm,
            adviser=adviser,
            policy=policy,
            neighbour_distance_m=neighbour_distance_m,
        )


@dataclass(frozen=True)
class Samples:
    """Point measurements that a state surrogate learns from.

    Attributes
    ----------
    name : str
        The surrogate's name.
    response : float64 array, shape (n_samples,)
        Measured values in `unit`.
    unit : str
        Unit of the response as declared.
    predictors : DataFrame, (n_samples, n_predictors)
        Same columns, dtypes and order as the predictors of the units.
    x, y : float64 arrays, shape (n_samples,)
        Coordinates in meters of a local equal-area projection (for blocks and distances).
    longitude, latitude : float64 arrays, shape (n_samples,)
        Degrees, WGS 84.
    group : str array, shape (n_samples,), or None
        Study, provider or profile; rows of one group never part in folds.
    findings : tuple of Finding
    source : str
        File name, for messages.
    """

    name: str
    response: NDArray[np.float64]
    unit: str
    predictors: pd.DataFrame
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    group: NDArray[np.str_] | None = None
    findings: tuple[Finding, ...] = ()
    source: str = "samples"

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.response)


@dataclass(frozen=True)
class Predictors:
    """The predictors of every planning unit.

    Attributes
    ----------
    table : DataFrame, (n_units, n_predictors)
        Numeric columns, and pandas categoricals for categories.
    x, y : float64 arrays, shape (n_units,)
        Representative points in the same local projection (m) as the samples'.
    findings : tuple of Finding
    """

    table: pd.DataFrame
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    findings: tuple[Finding, ...] = field(default=())
