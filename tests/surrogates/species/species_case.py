"""Made-up species on made-up ground, with a known truth."""

import numpy as np
import pandas as pd

from edaphon.config.quantity import Quantity
from edaphon.data.landscape import Predictors
from edaphon.data.observations import Observations
from edaphon.surrogates.species.occurrence import Occurrence

SIDE = Quantity(1000.0, "m")


def ground(n, seed):
    """Sites on a square of 6 km; warmth rises eastward with noise, acid and wood are patchless."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 6000, (2, n))
    table = pd.DataFrame(
        {
            "warm": x / 3000 - 1 + rng.normal(0, 0.5, n),
            "acid": rng.normal(0, 1, n),
            "cover": pd.Categorical(rng.choice(["field", "wood"], n)),
        }
    )
    return table, x, y


def truth(table):
    """Probability of the made-up species "beetle"."""
    odds = -0.8 + 1.6 * table.warm - 0.8 * table.acid**2 + 1.0 * (table.cover == "wood")
    return 1 / (1 + np.exp(-odds.to_numpy(float)))


def survey(n=400, seed=0, kind="presence_absence"):
    """Observations of beetle (follows `truth`), moss (everywhere alike) and fern (rare)."""
    table, x, y = ground(n, seed)
    rng = np.random.default_rng(seed + 1)
    beetle = (rng.random(n) < truth(table)).astype(float)
    moss = (rng.random(n) < 0.4).astype(float)
    fern = np.zeros(n)
    fern[:3] = 1
    seen = pd.DataFrame({"beetle": beetle, "moss": moss, "fern": fern})
    if kind == "abundance":
        size = np.exp(1.0 + 0.8 * table.warm.to_numpy() + rng.normal(0, 0.6, n))
        seen = seen.mul(np.round(size) + 1, axis=0)
    if kind == "presence_only":
        seen = seen.where(seen > 0)
    return Observations.from_frames(seen, table, kind=kind, x=x, y=y, unit="per m2", source="s.csv")


def area(n=300, seed=9):
    table, x, y = ground(n, seed)
    return Predictors(table, x, y)


def occurrence(n=400, seed=0, presence_only=False):
    """The beetle, straight as arrays, with blocks of 1 km."""
    table, x, y = ground(n, seed)
    found = np.random.default_rng(seed + 1).random(n) < truth(table)
    matrix = np.column_stack([table.warm, table.acid, table.cover == "wood"]).astype(float)
    together = (x // 1000 * 6 + y // 1000).astype(np.int64)
    background = np.ones(n) if presence_only else (~found).astype(float)
    return Occurrence(matrix, found.astype(float), background, together, presence_only)


def blocks(deviation, seed=0, n_blocks=400, size=40):
    """Held-out probabilities, presences and blocks whose log odds share a shift."""
    rng = np.random.default_rng(seed)
    together = np.repeat(np.arange(n_blocks), size)
    probability = rng.uniform(0.1, 0.6, len(together))
    shift = rng.normal(0, deviation, n_blocks)[together]
    odds = np.log(probability / (1 - probability)) + shift
    return probability, rng.random(len(together)) < 1 / (1 + np.exp(-odds)), together
