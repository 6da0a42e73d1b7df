"""The values of the data stage: Landscape, Neighbours, Grid and Samples (no reading here)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.data.messages import counted, name_some
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


@dataclass(frozen=True, eq=False)
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
    outer_m : float64 array, shape (n_units,), or None
        Boundary toward the outside, where a table of boundaries states it.
    grid : Grid or None
        Only for landscapes made of raster cells.
    findings : tuple of Finding
        Notes and warnings collected while reading.
    source : str
        The file it was read from, for messages.
    expected : tuple of str
        Columns of numbers that surrogates will add to the attributes: known names whose values
        are not there before the fit. A row filter lets pass what may pass by them.
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
    expected: tuple[str, ...] = ()
    outer_m: NDArray[np.float64] | None = None

    def __repr__(self) -> str:
        """Say how many units, how much land and how many columns."""
        columns = counted(len(self.attributes.columns), "column")
        return (
            f"Landscape({counted(self.n_units, 'unit')}, {self.area_ha.sum():,.6g} ha, {columns})"
        )

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


@dataclass(frozen=True, eq=False)
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
    x, y : float64 arrays, shape (n_samples,), or None
        Coordinates in meters of a local equal-area projection (for blocks and distances).
    longitude, latitude : float64 arrays, shape (n_samples,), or None
        Degrees, WGS 84.
    group : str array, shape (n_samples,), or None
        Study, provider or profile; rows of one group never part in folds. Samples without
        coordinates need groups.
    findings : tuple of Finding
    source : str
        File name, for messages.
    weight : float64 array, shape (n_samples,), or None
        How much each sample counts, above 0.
    year : float64 array, shape (n_samples,), or None
        When it was taken, as a decimal year.
    sets : dict of str to tuple of str
        Optional sets of predictors, as "focal", by their columns: the fit accepts or refuses each
        as a whole. Columns in no set are always used.
    lines : int64 array, shape (n_samples,), or None
        Line of each sample in its file.
    """

    name: str
    response: NDArray[np.float64]
    unit: str
    predictors: pd.DataFrame
    x: NDArray[np.float64] | None = None
    y: NDArray[np.float64] | None = None
    longitude: NDArray[np.float64] | None = None
    latitude: NDArray[np.float64] | None = None
    group: NDArray[np.str_] | None = None
    findings: tuple[Finding, ...] = ()
    source: str = "samples"
    weight: NDArray[np.float64] | None = None
    year: NDArray[np.float64] | None = None
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lines: NDArray[np.int64] | None = None

    def __repr__(self) -> str:
        """Say of what, how many, and with which predictors."""
        what = f"{self.name!r}: {counted(self.n_samples, 'sample')} in {self.unit or 'no unit'}"
        return f"Samples({what}; {name_some(self.predictors.columns)})"

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.response)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        response: str,
        predictors: Sequence[str],
        unit: str = "",
        group: str | None = None,
        longitude: str | None = None,
        latitude: str | None = None,
        x: str | None = None,
        y: str | None = None,
        weight: str | None = None,
        date: str | None = None,
        name: str = "",
        categories: Sequence[str] = (),
        sets: Mapping[str, Sequence[str]] | None = None,
    ) -> Samples:
        """Take samples from a table; see `edaphon.data.sample_frame.samples_from_frame`."""
        from edaphon.data.sample_frame import samples_from_frame

        return samples_from_frame(
            frame,
            response=response,
            predictors=predictors,
            unit=unit,
            group=group,
            longitude=longitude,
            latitude=latitude,
            x=x,
            y=y,
            weight=weight,
            date=date,
            name=name,
            categories=categories,
            sets=sets,
        )


@dataclass(frozen=True, eq=False)
class Predictors:
    """The predictors of every planning unit.

    Attributes
    ----------
    table : DataFrame, (n_units, n_predictors)
        Numeric columns, and pandas categoricals for categories.
    x, y : float64 arrays, shape (n_units,)
        Representative points in the same local projection (m) as the samples'.
    findings : tuple of Finding
    sets : dict of str to tuple of str
        Optional sets of predictors, as those of `Samples`.
    """

    table: pd.DataFrame
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    findings: tuple[Finding, ...] = field(default=())
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say of how many units, and which."""
        return f"Predictors({counted(len(self.table), 'unit')}; {name_some(self.table.columns)})"
