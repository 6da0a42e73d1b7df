"""Made-up communities whose drivers are known, on ground with short and long gradients."""

import numpy as np
import pandas as pd

from edaphon.config.quantity import Quantity
from edaphon.data.observations import Observations

BLOCK = Quantity(10, "km")


def gradient(x, y, rng, length_m=4_000.0):
    """Smooth random surface of mean 0 and variance 1 (random Fourier features)."""
    waves = rng.normal(0, 1 / length_m, (60, 2))
    phase = rng.uniform(0, 2 * np.pi, 60)
    return np.sqrt(2 / 60) * np.cos(x[:, None] * waves[:, 0] + y[:, None] * waves[:, 1] + phase)\
        .sum(axis=1)  # fmt: skip


def made_up_community(n=220, n_targets=10, n_surrogates=3, seed=0, **options):
    """Targets driven by `a`; surrogates by `a` (true), by both (some) or by `b` (none).

    The two gradients have no correlation over the sites.
    """
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 100_000, (2, n))
    a, b, c = (gradient(x, y, rng) for _ in range(3))
    b = b - a * (a @ b) / (a @ a)
    b = b / b.std()

    def species(driver, count):
        slopes, levels = rng.uniform(1.5, 2.5, count), rng.uniform(-1.5, 0.0, count)
        return (rng.random((n, count)) < 1 / (1 + np.exp(-(levels + np.outer(driver, slopes))))) * 1

    tables = {"target": species(a, n_targets)}
    drivers = {"true": a, "some": 0.45 * a + 0.9 * b, "none": b}
    for name in options.get("kinds", drivers):
        tables[name] = species(drivers[name], n_surrogates)
    columns = {f"{name}{k}": t[:, k] for name, t in tables.items() for k in range(t.shape[1])}
    predictors = pd.DataFrame({"a": a, "b": b, "c": c}) + rng.normal(0, 0.1, (n, 3))
    return Observations.from_frames(
        pd.DataFrame(columns), predictors, kind="presence_absence", x=x, y=y, name="made up"
    )


def named(observations, kind):
    return tuple(name for name in observations.species if name.startswith(kind))
