"""Random but sensible sites for the tests of RothC."""

import numpy as np

from edaphon.soil.rothc import Months, Soils
from edaphon.soil.rothc_factors import DPM_RPM


def random_sites(n: int, seed: int = 0) -> tuple[Soils, Months]:
    """Temperate to subtropical sites, wet and dry, some of them bare for some months."""
    rng = np.random.default_rng(seed)
    month = np.arange(12)
    swing = np.cos(2 * np.pi * (month - 0.5) / 12)
    warmth = rng.uniform(8, 20, (n, 1)) - rng.uniform(2, 11, (n, 1)) * swing
    rain = rng.uniform(25, 120, (n, 1)) * (1 + rng.uniform(-0.7, 0.7, (n, 1)) * swing)
    pan = np.clip(20 + 5 * warmth, 5, None) * rng.uniform(0.7, 1.2, (n, 1))
    year = Months.of(
        warmth,
        rain,
        pan,
        covered=rng.random((n, 12)) < 0.7,
        plant=rng.random((n, 12)) * 0.5,
        dpm_rpm=rng.choice(list(DPM_RPM.values()), (n, 1)),
    )
    return Soils.of(rng.uniform(3, 60, n), 30.0, rng.uniform(1, 6, n)), year
