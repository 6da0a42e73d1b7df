"""A synthetic valley of farm parcels whose soils, yields and practice effects are known.

``python -m edaphon.data.synthetic FOLDER`` writes the valley of data_samples again, value for
value. Nothing here is real but the place: near Feldbach in Styria, EPSG:3416.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from edaphon.data.synthetic_climate import monthly_climate
from edaphon.data.synthetic_parcels import Parcels, make_parcels
from edaphon.data.synthetic_surveys import CRS, draw_observations, draw_samples
from edaphon.data.synthetic_truth import (
    BUNDLE,
    FEATURE_UNITS,
    FEATURES,
    INTERVENTIONS,
    Truth,
    draw_lnrr,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Field = Callable[[float], NDArray[np.float64]]

SEED = 20
FILES = ("units.gpkg", "soil.csv", "species.csv", "climate.csv", "locks.csv", "README.md")

_MUNICIPALITIES = ("Oberwiesen", "Mittersteg", "Unterlohn")
_DEPTH_CM = 30.0


@dataclass(frozen=True)
class Valley:
    """A synthetic landscape with everything that was measured in it, and the truth.

    Attributes
    ----------
    units : GeoDataFrame, n_units rows
        Parcels in EPSG:3416 with the columns of units.gpkg.
    samples : DataFrame
        Soil samples: organic carbon with its measurement error.
    observations : DataFrame
        Earthworm counts by species and point, zeros included.
    climate : DataFrame
        Temperature, rain and potential evapotranspiration by parcel and month.
    locks : DataFrame
        unit_id, intervention, lock ("in" or "out").
    truth : Truth
    river : LineString
    """

    units: gpd.GeoDataFrame
    samples: pd.DataFrame
    observations: pd.DataFrame
    climate: pd.DataFrame
    locks: pd.DataFrame
    truth: Truth
    river: shapely.LineString


def valley(n_units: int = 600, seed: int = SEED) -> Valley:
    """Make a valley; the same arguments give the same values.

    Parameters
    ----------
    n_units : int
        Parcels of 1 to 10 ha, at least 20. Their size stays, the valley grows with their number.
    seed : int

    Returns
    -------
    Valley

    Raises
    ------
    ValueError
        If `n_units` is below 20.
    """
    if n_units < 20:
        raise ValueError(f"n_units: {n_units} is below 20, too few for a valley")
    rng = [np.random.default_rng([seed, part]) for part in range(7)]
    parcels = make_parcels(n_units, rng[0])
    field = _fields(parcels, rng[1])
    units = _soils(parcels, field, rng[2])
    _farms(units, parcels, rng[3])
    truth = _truth(units, field, rng[4])
    units["yield_t_ha"] = truth.state[:, 2]
    locks = _locks(units)
    _present_policy(units, locks, rng[5])
    return Valley(
        units=units,
        samples=draw_samples(units, parcels, truth, rng[6]),
        observations=draw_observations(units, truth, rng[6]),
        climate=monthly_climate(units),
        locks=locks,
        truth=truth,
        river=parcels.river,
    )


def _fields(parcels: Parcels, rng: np.random.Generator) -> Field:
    """Return a maker of smooth random fields (range in m, standard normal) at the parcels."""
    points = np.c_[parcels.s, parcels.t]

    def field(range_m: float, n_waves: int = 160) -> NDArray[np.float64]:
        waves = rng.normal(0.0, np.sqrt(2.0) / range_m, (2, n_waves))
        phase = rng.uniform(0.0, 2 * np.pi, n_waves)
        return np.asarray(np.sqrt(2.0 / n_waves) * np.cos(points @ waves + phase).sum(axis=1))

    return field


def _soils(parcels: Parcels, field: Field, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return terrain, climate, texture and land use of the parcels."""
    s, t, n = parcels.s, parcels.t, len(parcels.s)
    width = parcels.terrain.width_m
    rise = np.abs(t) / width
    elevation = 288.0 + 0.0042 * (parcels.terrain.length_m - s) + 0.085 * width * rise**2.1
    elevation += 7.0 * rise * field(500.0)
    slope = np.hypot(17.9 * rise**1.1 + 2.5 * rise * field(400.0), 0.6)
    near_river = np.exp(-((t / 330.0) ** 2))
    clay = 23.0 + 6.0 * field(900.0) + 6.0 * near_river - 0.12 * slope + rng.normal(0, 1.2, n)
    clay = np.clip(clay, 7.0, 46.0)
    sand = 37.0 - 0.8 * (clay - 23.0) + 6.0 * field(750.0) + 0.35 * slope
    sand = np.clip(sand, 6.0, 92.0 - clay)
    ph = 6.4 + 0.45 * field(1000.0) + 0.02 * (clay - 23.0) - 0.008 * slope
    twi = 9.8 - 0.14 * slope + 2.6 * near_river + 0.6 * field(350.0)
    south = np.sign(t) * np.cos(parcels.terrain.heading(s))
    units = gpd.GeoDataFrame(
        {
            "unit_id": [f"U{i:0{max(3, len(str(n)))}d}" for i in range(1, n + 1)],
            "municipality": "",
            "farm_id": "",
            "land_use": _land_use(slope, south, twi, rng),
            "elevation_m": np.round(elevation, 1),
            "slope_pct": np.round(slope, 1),
            "twi": np.round(twi, 2),
            "river_m": np.round(np.abs(t)),
            "mat_c": np.round(9.9 - 0.0058 * (elevation - 290.0) + 0.1 * field(2500.0), 2),
            "map_mm": np.round(815.0 + 0.45 * (elevation - 290.0) + 12.0 * field(2500.0)),
            "clay_pct": np.round(clay, 1),
            "sand_pct": np.round(sand, 1),
            "ph": np.round(np.clip(ph, 4.8, 7.9), 2),
            "coarse_pct": np.round(np.clip(2.0 + 0.45 * slope + rng.normal(0, 1.5, n), 0, 35), 1),
        },
        geometry=parcels.geometry,
        crs=CRS,
    )
    third = s / parcels.terrain.length_m * 3.0 + 0.12 * np.sin(t / 400.0)
    units["municipality"] = np.array(_MUNICIPALITIES)[np.clip(third.astype(int), 0, 2)]
    return units


def _land_use(
    slope: ArrayLike, south: ArrayLike, twi: ArrayLike, rng: np.random.Generator
) -> NDArray[np.str_]:
    """Return arable, grassland, vineyard or orchard: the choice that suits a parcel best."""
    slope, south, twi = np.asarray(slope), np.asarray(south), np.asarray(twi)
    score = np.stack(
        [
            4.4 - 0.19 * slope,
            1.2 + 0.05 * slope + 0.75 * np.maximum(twi - 10.6, 0.0),
            -1.6 + 0.19 * slope + 1.6 * south,
            0.0 + 0.09 * slope + 0.4 * south,
        ],
        axis=1,
    )
    best = np.argmax(score + rng.gumbel(0.0, 0.8, score.shape), axis=1)
    return np.asarray(np.array(["arable", "grassland", "vineyard", "orchard"])[best])


def _farms(units: gpd.GeoDataFrame, parcels: Parcels, rng: np.random.Generator) -> None:
    """Give every parcel to a farm nearby; farms hold a few parcels, some far from the yard."""
    n = len(units)
    yards = rng.choice(n, size=max(3, round(n / 7)), replace=False)
    size = np.exp(rng.normal(0.0, 0.2, len(yards)))
    apart = np.hypot(parcels.s[:, None] - parcels.s[yards], parcels.t[:, None] - parcels.t[yards])
    reach = (apart + 60.0) / size * np.exp(rng.normal(0.0, 0.35, apart.shape))
    _, farm = np.unique(np.argmin(reach, axis=1), return_inverse=True)
    units["farm_id"] = [f"F{number + 1:03d}" for number in farm]


def _truth(units: gpd.GeoDataFrame, field: Field, rng: np.random.Generator) -> Truth:
    """Return true state and effects, and note bulk density, which is known, in the units."""
    n = len(units)
    clay, slope, twi = (units[name].to_numpy() for name in ("clay_pct", "slope_pct", "twi"))
    use = units["land_use"].to_numpy()
    grass, vine, orchard = (use == name for name in ("grassland", "vineyard", "orchard"))
    rise = units["elevation_m"].to_numpy() - 330.0
    log_soc = 0.52 + 0.016 * (clay - 23.0) + 0.36 * grass - 0.20 * vine + 0.10 * orchard
    log_soc += 0.05 * (twi - 9.8) + 0.0012 * rise + 0.13 * field(800.0) + rng.normal(0, 0.07, n)
    soc = np.exp(log_soc)
    density = 1.54 - 0.115 * soc + 0.002 * (units["sand_pct"] - 37.0) + rng.normal(0, 0.035, n)
    units["bulk_density_g_cm3"] = np.round(np.clip(density, 0.85, 1.65), 2)
    fine = 1.0 - units["coarse_pct"].to_numpy() / 100.0
    stock = soc * units["bulk_density_g_cm3"].to_numpy() * _DEPTH_CM * fine
    grain = 6.6 + 0.06 * (clay - 23.0) - 0.06 * slope + 0.45 * (soc - 1.8) + 0.45 * field(900.0)
    grain *= np.select([grass, vine, orchard], [0.72, 0.55, 0.68], 1.0)
    ph = units["ph"].to_numpy()
    worms = np.log(95.0) + 0.65 * grass - 0.45 * vine + 0.022 * (clay - 23.0)
    worms += 0.28 * (ph - 6.4) + 0.07 * (twi - 9.8) + 0.25 * field(700.0) + rng.normal(0, 0.15, n)
    microbes = np.log(0.017 * soc * 1e4) + 0.35 * grass + rng.normal(0, 0.12, n)
    state = np.stack(
        [np.exp(worms), np.exp(microbes), np.round(np.maximum(grain, 1.0), 2), stock], axis=1
    )
    poor, heavy = -_standard(log_soc), _standard(clay)
    moderators = np.stack([heavy, poor, _standard(-grain), _standard(poor + 0.6 * heavy)], axis=1)
    patchy = np.stack([field(700.0) for _ in range(len(INTERVENTIONS) - 2)], axis=1)
    return Truth(
        interventions=INTERVENTIONS,
        features=FEATURES,
        units=FEATURE_UNITS,
        soc_percent=soc,
        state=state,
        lnrr=draw_lnrr(moderators, patchy, rng),
        area_ha=shapely.area(units.geometry.to_numpy()) / 1e4,
    )


def _standard(values: ArrayLike) -> NDArray[np.float64]:
    """Return values with mean 0 and standard deviation 1."""
    array = np.asarray(values, dtype=np.float64)
    return np.asarray((array - array.mean()) / array.std())


def _present_policy(units: gpd.GeoDataFrame, locks: pd.DataFrame, rng: np.random.Generator) -> None:
    """Plan by farm, as programs do: cover crops on a quarter of them, a few other practices.

    The plan obeys the locks, and drills no field with a wetness index of 12 or more.
    """
    farms = np.unique(units["farm_id"])
    plan = rng.choice(
        ["", "cover_crop", "no_till", "organic", "diversified_rotation"],
        p=[0.56, 0.26, 0.08, 0.05, 0.05],
        size=len(farms),
    )
    planned = plan[np.searchsorted(farms, units["farm_id"].to_numpy())]
    takes_part = rng.random(len(units)) < 0.75
    takes_part &= units["land_use"].to_numpy() == "arable"
    locked_in, locked_out = (
        units["unit_id"].isin(locks.loc[locks["lock"] == lock, "unit_id"]) for lock in ("in", "out")
    )
    unfit = (planned == "no_till") & (locked_out | (units["twi"] >= 12.0))
    planned = np.where(takes_part & ~unfit, planned, "")
    units["planned_practice"] = np.where(locked_in, "agroforestry", planned)


def _locks(units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return what is settled: tree rows already contracted, no drilling on some wet fields."""
    arable = units[units["land_use"] == "arable"].reset_index(drop=True)
    pick = arable[arable["slope_pct"].between(5.0, 14.0)].nsmallest(3, "ph")["unit_id"]
    free = arable[~arable["unit_id"].isin(pick) & (arable["twi"] < 12.0)]
    wet = free.nlargest(6, "twi")["unit_id"]
    rows = [(unit, "agroforestry", "in") for unit in sorted(pick)]
    rows += [(unit, name, "out") for unit in sorted(wet) for name in ("no_till", "+".join(BUNDLE))]
    return pd.DataFrame(rows, columns=["unit_id", "intervention", "lock"])


def write_valley(folder: str | Path, n_units: int = 600, seed: int = SEED) -> list[Path]:
    """Write a valley's data files, and a README that says what they hold.

    Parameters
    ----------
    folder : path
        Made if absent; the files named in `FILES` are written over.
    n_units, seed : int
        As for `valley`.

    Returns
    -------
    list of Path
        The files written, in the order of `FILES`.
    """
    made = valley(n_units, seed)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in FILES]
    units, *csv, readme = paths
    units.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-01-01T00:00:00.000Z"})
    try:
        made.units.to_file(units, layer="units", driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    tables = (made.samples, made.observations, made.climate, made.locks)
    for path, table in zip(csv, tables, strict=True):
        table.to_csv(path, index=False, lineterminator="\n")
    text = resources.files("edaphon").joinpath("templates", "valley_readme.md").read_text("utf-8")
    text = text.replace("{n_units}", str(n_units)).replace("{seed}", str(seed))
    readme.write_text(text, encoding="utf-8", newline="\n")
    return paths


def main(arguments: list[str]) -> None:
    """Write the valley of data_samples into the folder named on the command line."""
    if len(arguments) != 1:
        raise SystemExit("usage: python -m edaphon.data.synthetic FOLDER")
    write_valley(arguments[0])


if __name__ == "__main__":
    main(sys.argv[1:])
