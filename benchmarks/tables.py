"""Real tables that surrogates are scored on, as Samples with the groups that are held out.

None of them ships with edaphon; ``EDAPHON_DATA`` names the folder that holds them. A table is cut
by the checksum of its group labels: on its design part methods may be compared freely, its sealed
part is scored once, with what the design part was fitted with.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.data.derived import focal_mean, terrain
from edaphon.data.geometry import WGS84
from edaphon.data.landscape import Samples
from edaphon.data.rasters import Raster, read_raster, values_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(os.environ.get("EDAPHON_DATA", Path(__file__).parents[2] / "shared" / "data"))

RADII = (2, 5)
"""Half widths in cells of the squares whose means the focal predictors are."""


@dataclass(frozen=True)
class Table:
    """A real table.

    Attributes
    ----------
    name : str
    samples : Samples
        The response as measured, without transform.
    scale : str
        "none", "log" or "log1p": the scale on which r2 and interval scores are stated.
    labels : str array, shape (n,)
        Publication or block of ground of each row.
    goal : float
        Pooled r2 on held-out groups that is asked for; None: that of the training mean.
    block : float
        Side of the blocks in degrees, where rows have coordinates.
    coordinates : bool
        Coordinates are offered as a set of predictors.
    """

    name: str
    samples: Samples
    scale: str
    labels: NDArray[np.str_]
    goal: float | None
    block: float = 0.25
    coordinates: bool = False

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(np.unique(self.labels))

    def only(self, rows: NDArray[np.bool_]) -> Table:
        """Return some of the rows."""
        kept: dict[str, object] = {}
        for field in fields(self.samples):
            value = getattr(self.samples, field.name)
            if isinstance(value, np.ndarray):
                kept[field.name] = value[rows]
        kept["predictors"] = self.samples.predictors[rows].reset_index(drop=True)
        return replace(self, samples=replace(self.samples, **kept), labels=self.labels[rows])

    def part(self, which: str) -> Table:
        """Return the "design" part, the "sealed" part or "all"."""
        if which == "all":
            return self
        sealed = np.array([is_sealed(label) for label in self.labels])
        return self.only(sealed if which == "sealed" else ~sealed)


def is_sealed(label: str) -> bool:
    """Whether a group is kept for the final score: a quarter of them, whatever the table."""
    return zlib.crc32(str(label).encode()) % 4 == 0


def blocks_of(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64], side: float
) -> NDArray[np.str_]:
    """Labels "column_row" of square blocks of ground, shape (n,)."""
    columns = np.floor(longitude / side).astype(int).astype(str)
    rows = np.floor(latitude / side).astype(int).astype(str)
    return np.strings.add(np.strings.add(columns, "_"), rows)


def read(name: str, folder: Path = DATA) -> Table:
    """Read a table by its name, one of `TABLES`.

    Parameters
    ----------
    name : str
    folder : Path
        Holds the folders of the data sets.

    Returns
    -------
    Table
    """
    return TABLES[name](folder)


def theta(folder: Path, column: str, goal: float) -> Table:
    """Water retained by UNSODA's soils at 33 or 1,500 kPa, m3/m3, by publication.

    Soils with texture and bulk density; where organic matter or depth is unknown its median
    stands in, and a column says so.
    """
    table = pd.read_csv(folder / "unsoda" / "unsoda_wide.csv", dtype={"publication": str})
    table = table.dropna(subset=[column, "clay", "silt", "sand", "BD"]).reset_index(drop=True)
    table["depth"] = (table["depth_upper"] + table["depth_lower"]) / 2
    table["OM_known"] = table["OM"].notna().astype(float)
    predictors = ["clay", "silt", "sand", "BD", "OM", "OM_known", "depth"]
    table[predictors] = table[predictors].fillna(table[predictors].median())
    samples = Samples.from_frame(
        table,
        response=column,
        unit="m3/m3",
        predictors=predictors,
        group="publication",
    )
    return Table(column.replace("th", "theta"), samples, "none", samples.group, goal)


def macedonia_soc(folder: Path) -> Table:
    """Soil organic carbon 0-30 cm of North Macedonia, percent, by blocks of 0.25 degrees.

    From the 13 rasters at the profile and what can be computed from them: means of the
    surroundings, and the shape of the terrain. Values above 58 % (pure organic carbon) are left
    out as impossible.
    """
    base = folder / "fao_macedonia_soc"
    table = pd.read_csv(base / "MKD_RegMatrix.csv").query("SOC <= 58").reset_index(drop=True)
    lon, lat = table["X"].to_numpy(), table["Y"].to_numpy()
    columns: dict[str, NDArray[np.float64]] = {}
    layers: dict[str, dict[str, Raster]] = {"focal": {}, "terrain": {}}
    for path in sorted(base.glob("*.tif")):
        raster = read_raster(path, path.name)
        columns[path.stem] = values_at(raster, lon, lat, WGS84)
        if path.stem != "LCEE10":
            for radius in RADII:
                mean = focal_mean(raster.values, (radius, radius))
                layers["focal"][f"{path.stem}_mean{radius}"] = replace(raster, values=mean)
        if path.stem == "DEMENV5":
            shape = terrain(raster)
            layers["terrain"] |= {name: replace(raster, values=shape[name]) for name in shape}
    for held in layers.values():
        columns |= {name: values_at(layer, lon, lat, WGS84) for name, layer in held.items()}
    sets = {name: tuple(held) for name, held in layers.items()}
    predictors = pd.DataFrame(columns)
    table = table[["X", "Y", "SOC"]].join(predictors.fillna(predictors.median()))
    table["LCEE10"] = table["LCEE10"].round().astype(int)
    samples = Samples.from_frame(
        table,
        response="SOC",
        unit="%",
        predictors=list(predictors),
        longitude="X",
        latitude="Y",
        categories=["LCEE10"],
        sets=sets,
    )
    return Table("macedonia_soc", samples, "log", blocks_of(lon, lat, 0.25), 0.39, 0.25, True)


def nematodes(folder: Path) -> Table:
    """Soil nematodes per 100 g of dry soil, by blocks of 5 degrees, from 73 covariates."""
    table = pd.read_csv(folder / "nematodes" / "nematode_aggregated_wCovariateData.csv")
    counts = ["Bacterivores", "Fungivores", "Herbivores", "Omnivores", "Predators", "Unidentified"]
    measured = [*counts, "Total_Number", "Pixel_Lat", "Pixel_Long"]
    predictors = [name for name in table.columns if name not in measured]
    table[predictors] = table[predictors].fillna(table[predictors].median())
    table["WWF_Biome"] = table["WWF_Biome"].round().astype(int)
    samples = Samples.from_frame(
        table,
        response="Total_Number",
        unit="1/100 g",
        predictors=predictors,
        longitude="Pixel_Long",
        latitude="Pixel_Lat",
        categories=["WWF_Biome"],
    )
    blocks = blocks_of(samples.longitude, samples.latitude, 5.0)
    return Table("nematodes", samples, "log1p", blocks, 0.43, 5.0, True)


def earthworms(folder: Path) -> Table:
    """Earthworms per m2 of sWorm's sites, by blocks of 5 degrees, from coordinates only."""
    base = folder / "earthworms_sworm"
    records = pd.read_csv(base / "SppOccData_sWorm_v2.csv")
    records = records[records["Abundance_Unit"] == "Individuals per m2"]
    total = records.groupby("ID")["Abundance"].sum()
    sites = pd.read_csv(base / "SiteData_sWorm_v2.csv").drop_duplicates("ID").set_index("ID")
    places = ["Longitude_decimal_degrees", "Latitude_decimal_degrees"]
    table = sites.join(total, how="inner").dropna(subset=[*places, "Abundance"])
    samples = Samples.from_frame(
        table,
        response="Abundance",
        unit="1/m2",
        predictors=places,
        longitude=places[0],
        latitude=places[1],
    )
    blocks = blocks_of(samples.longitude, samples.latitude, 5.0)
    return Table("earthworms", samples, "log1p", blocks, None, 5.0)


TABLES: dict[str, Callable[[Path], Table]] = {
    "theta33": lambda folder: theta(folder, "th33", 0.80),
    "theta1500": lambda folder: theta(folder, "th1500", 0.79),
    "macedonia_soc": macedonia_soc,
    "nematodes": nematodes,
    "earthworms": earthworms,
}
