"""The score on a real landscape: soil organic carbon of North Macedonia on new ground."""

import numpy as np
import pandas as pd
import pytest
import rasterio

from edaphon.data.landscape import Samples
from edaphon.surrogates.fit import fit, predict


@pytest.mark.slow
def test_held_out_score_of_soil_organic_carbon(real_data):
    folder = real_data / "fao_macedonia_soc"
    table = pd.read_csv(folder / "MKD_RegMatrix.csv").query("SOC <= 58").reset_index(drop=True)
    columns = {}
    for path in sorted(folder.glob("*.tif")):
        with rasterio.open(path) as raster:
            columns[path.stem] = [
                float(value[0]) for value in raster.sample(zip(table.X, table.Y, strict=True))
            ]
    predictors = pd.DataFrame(columns)
    predictors["LCEE10"] = predictors["LCEE10"].astype(int).astype("category")
    lon, lat = table.X.to_numpy(), table.Y.to_numpy()
    samples = Samples(
        "soc", table.SOC.to_numpy(), "%", predictors, lon * 83_000, lat * 111_000, lon, lat
    )
    assert predictors.shape == (2893, 13)
    surrogate = fit(samples, block=0.25)
    card = surrogate.card
    assert card.forest is not None
    assert card.transform == "log"
    assert card.used
    assert "mean of 5 random assignments" in card.held_out.folds
    assert card.held_out.r2 >= 0.36
    assert card.held_out.r2 >= card.forest.r2
    assert card.random.r2 > card.held_out.r2
    assert 0.87 <= card.coverage <= 0.93
    assert all(part >= 0.78 for part in card.coverage_by_width)
    assert np.mean(card.predicted) == pytest.approx(table.SOC.mean(), rel=0.03)
    assert predict(surrogate, predictors).applicable.mean() > 0.99
