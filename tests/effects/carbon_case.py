"""A small landscape with climate, soil and stocks, for the tests of carbon."""

import numpy as np
import pandas as pd

from edaphon.config.reader import config_from_mapping
from edaphon.data.climate import Climate
from edaphon.data.landscape import Landscape
from edaphon.surrogates.state import State

N = 24
FEATURES = ("soc_stock", "yield")
SWING = np.cos(2 * np.pi * (np.arange(12) - 0.5) / 12)


def config_of(options=None, *, features=None, use=("cover_crop", "compost"), **more):
    stock = {"column": "soc", "unit": "t/ha", "depth": "0-30 cm", "response_of": "soc"}
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "features": {
                "soc_stock": {**stock, "model": "rothc", **(features or {})},
                "yield": {"column": "wheat", "unit": "t/ha"},
            },
            "climate": {"file": "climate.csv"},
            "rothc": {"clay": "clay_pct", "cover": {"arable": "4-10"}},
            "interventions": {"use": list(use), "options": options or {}},
            "objectives": {"productivity": {"maximize": "yield"}},
            **more,
        }
    )


def landscape() -> Landscape:
    rng = np.random.default_rng(3)
    return Landscape(
        ids=np.array([f"u{i}" for i in range(N)]),
        area_ha=rng.uniform(0.5, 9.0, N),
        attributes=pd.DataFrame(
            {
                "land_use": np.where(np.arange(N) % 3 == 2, "meadow", "arable"),
                "clay_pct": rng.uniform(8, 45, N),
                "sand_pct": np.where(np.arange(N) == 4, 93.0, 30.0),
            }
        ),
        latitude=np.full(N, 47.0),
        longitude=np.full(N, 15.0),
    )


def climate() -> Climate:
    rng = np.random.default_rng(5)
    warmth = rng.uniform(8, 12, (N, 1)) - 10 * SWING
    rain = rng.uniform(50, 90, (N, 1)) * (1 - 0.5 * SWING)
    return Climate(warmth, rain, np.clip(10 + 6 * warmth, 0, None))


def state(unit: str = "t/ha") -> State:
    rng = np.random.default_rng(4)
    mean = np.column_stack([rng.uniform(40, 90, N), rng.uniform(3, 8, N)])
    return State(
        features=FEATURES,
        units=(unit, "t/ha"),
        mean=mean,
        sd=0.1 * mean,
        lower=0.8 * mean,
        upper=1.2 * mean,
        applicable=np.ones(mean.shape, dtype=bool),
        relative=np.zeros(2, dtype=bool),
        source=("column", "column"),
    )
