"""A survey of soil fauna in the synthetic valley: species that follow clay and pH, and one that
follows nothing."""

import geopandas as gpd
import numpy as np
import pandas as pd

N_SITES, N_SPECIES = 160, 13


def write_fauna(project, name="fauna.csv", seed=1):
    """Write presences and absences of 13 species at 160 parcels; return the table by site."""
    units = gpd.read_file(project / "units.gpkg")
    rng = np.random.default_rng(seed)
    picked = rng.choice(len(units), N_SITES, replace=False)
    points = units.geometry.iloc[picked].representative_point().to_crs(4326)
    heavy, limed = (
        ((units[column] - units[column].mean()) / units[column].std()).to_numpy()[picked]
        for column in ("clay_pct", "ph")
    )
    strength = np.where(np.arange(N_SPECIES) == 0, 0.0, 1.3)
    odds = rng.normal(0, 0.6, N_SPECIES) + strength * (heavy + limed)[:, None]
    found = (rng.random(odds.shape) < 1 / (1 + np.exp(-odds))).astype(int)
    sites = pd.DataFrame(found, columns=[f"sp{k:02d}" for k in range(N_SPECIES)]).assign(
        site=[f"P{k:03d}" for k in range(N_SITES)], lon=points.x.values, lat=points.y.values
    )
    long = sites.melt(["site", "lon", "lat"], var_name="species", value_name="present")
    long.to_csv(project / name, index=False)
    return sites
