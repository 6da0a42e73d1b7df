"""Species whose true probability is known everywhere, learned on half of the ground."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from species_case import SIDE

from edaphon.config.quantity import Quantity
from edaphon.data.observations import Observations
from edaphon.surrogates.species import fit_species, predict_species

BLOCK = Quantity(5 * SIDE.to("m"), "m")


def surface(x, y, rng, length_m):
    """Smooth random surface of mean 0 and variance 1 (random Fourier features)."""
    waves, phase = rng.normal(0, 1 / length_m, (60, 2)), rng.uniform(0, 2 * np.pi, 60)
    angles = x[:, None] * waves[:, 0] + y[:, None] * waves[:, 1] + phase
    return np.sqrt(2 / 60) * np.cos(angles).sum(axis=1)


def held_shares(seed, unseen):
    """Share of true probabilities inside 90 % intervals on unsampled ground, and of blocks."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 60_000, (2, 3300))
    a, b, c = (surface(x, y, rng, 8_000) for _ in range(3))
    chance = expit(-0.5 + 1.2 * a - 0.6 * b**2 + unseen * surface(x, y, rng, 5_000))
    table = pd.DataFrame({"a": a, "b": b, "c": c})
    cell = (x // 10_000 * 6 + y // 10_000).astype(int)
    sampled = np.isin(cell, rng.choice(36, 18, replace=False))
    rows = np.flatnonzero(sampled)[:300]
    found = pd.DataFrame({"beetle": (rng.random(len(rows)) < chance[rows]) * 1.0})
    sites = Observations.from_frames(
        found, table.iloc[rows].reset_index(drop=True), kind="presence_absence", x=x[rows],
        y=y[rows],
    )  # fmt: skip
    fitted = fit_species(sites, block=BLOCK, seed=seed)
    told = predict_species(fitted, table[~sampled].reset_index(drop=True))["beetle"]
    inside = (chance[~sampled] >= told.lower) & (chance[~sampled] <= told.upper)
    return inside.mean(), fitted.card("beetle").coverage


@pytest.mark.slow
@pytest.mark.parametrize("unseen", [0.0, 0.8])
def test_true_probabilities_lie_in_their_intervals_on_unsampled_ground(unseen):
    """Clumps of three or four sites; with 0.8, a driver that no predictor shows."""
    held, on_card = np.mean([held_shares(seed, unseen) for seed in range(12)], axis=0)
    assert on_card == pytest.approx(0.9, abs=0.02)
    assert 0.78 < held < 0.96
