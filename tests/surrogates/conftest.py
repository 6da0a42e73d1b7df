"""Small made-up ground with a known truth."""

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from edaphon.data.landscape import Predictors, Samples
from edaphon.surrogates.fit import fit


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    with threadpool_limits(1):
        yield


def made_up(n=140, seed=0, signal=0.8):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 6000, (2, n))
    cover = rng.choice(["arable", "forest"], n)
    table = pd.DataFrame(
        {"clay": rng.uniform(5, 50, n), "rain": x / 100, "cover": pd.Categorical(cover)}
    )
    trend = (table.clay - 27) / 15 + (cover == "forest") * 0.8
    response = np.exp(0.5 + signal * trend + rng.normal(0, 0.4, n))
    lon, lat = 15 + x / 76_000, 47 + y / 111_000
    samples = Samples("soc", response.to_numpy(), "%", table, x, y, lon, lat)
    return samples, Predictors(table.drop(index=[0]).reset_index(drop=True), x[1:], y[1:])


@pytest.fixture(scope="session")
def ground():
    return made_up()


@pytest.fixture(scope="session")
def surrogate(ground):
    samples, area = ground
    return fit(samples, area=area, block=1000.0 / 111_000, response="soc_pct", seed=3)


@pytest.fixture(scope="session")
def refused():
    samples, area = made_up(60, seed=5, signal=0.0)
    return fit(samples, area=area, block=0.01, transform="log")
