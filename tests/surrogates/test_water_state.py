"""Available water as a state: amount, spread, lever, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.errors import DataError
from edaphon.soil.derived import derive
from edaphon.soil.water import available_water_change
from edaphon.surrogates.features import build_state
from edaphon.surrogates.state import Prediction, certain
from edaphon.surrogates.stock import StateInputs
from edaphon.surrogates.water import EQUATION_SD_MM, MAX_SOC, available_water_state

COLUMNS = {"sand_pct": [60.0, 30.0, 20.0], "clay_pct": [10.0, 20.0, 50.0]}
SOC = np.array([1.0, 2.0, 3.0])


def inputs(columns=None, soc=None, feature=None, surrogates=True, **sections):
    table = pd.DataFrame({**COLUMNS, **columns} if columns else COLUMNS)
    n = len(table)
    config = config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "predictors": {"columns": ["clay_pct"]},
            "surrogates": {"soc": {"samples": "a.csv", "response": "soc_pct", "unit": "%"}}
            if surrogates
            else {},
            "features": {"water": {"model": "saxton_rawls", "depth": "0-30 cm", **(feature or {})}},
            "interventions": {"use": ["cover_crop"]},
            "objectives": {"cost": {"minimize": "cost"}},
            **sections,
        }
    )
    landscape = Landscape(
        ids=np.array([f"u{i}" for i in range(n)]),
        area_ha=np.ones(n),
        attributes=table,
        latitude=np.full(n, 47.0),
        longitude=np.full(n, 15.0),
        source="units.gpkg",
    )
    told = {"soc": certain(SOC) if soc is None else soc} if surrogates else {}
    return StateInputs(config, landscape, told, {"soc": "%"}, ())


def faults(**given):
    with pytest.raises(DataError) as caught:
        available_water_state(inputs(**given), "water")
    return "\n".join(map(str, caught.value.findings))


def test_the_amount_is_that_of_the_soil_stage_in_cubic_meters():
    made = available_water_state(inputs(), "water")
    columns = {"sand": COLUMNS["sand_pct"], "clay": COLUMNS["clay_pct"], "soc": SOC}
    np.testing.assert_allclose(made.amount.mean, 10 * derive("awc", columns).values)
    stony = available_water_state(inputs({"coarse_pct": [0.0, 10.0, 50.0]}), "water")
    np.testing.assert_allclose(stony.amount.mean, made.amount.mean * [1.0, 0.9, 0.5])
    told = available_water_state(inputs({"coarse_pct": [0.0] * 3}, feature={"coarse": "20 %"}),
                                 "water")  # fmt: skip
    np.testing.assert_allclose(told.amount.mean, made.amount.mean * 0.8)


def test_the_lever_is_what_a_small_relative_gain_of_carbon_brings():
    made = available_water_state(inputs(), "water")
    small = 1e-4
    change = available_water_change(
        COLUMNS["sand_pct"], COLUMNS["clay_pct"], SOC, SOC * (1 + small)
    )
    np.testing.assert_allclose(made.lever * small, 3 * 10 * change, rtol=1e-3, atol=1e-9)
    assert made.lever[2] == 0  # the clay: floored


def test_the_spread_joins_carbon_and_equations():
    sure = available_water_state(inputs(), "water")
    error = EQUATION_SD_MM * 3 * 10
    np.testing.assert_allclose(sure.amount.sd, error)
    np.testing.assert_allclose(sure.lever_sd, 0)
    everywhere = np.ones(3, dtype=bool)
    vague = Prediction(SOC, 0.3 * SOC, 0.5 * SOC, 1.5 * SOC, everywhere, ~everywhere)
    made = available_water_state(inputs(soc=vague), "water")
    assert (made.amount.sd[:2] > error).all()
    assert (made.lever_sd[:2] > 0.2 * made.lever[:2]).all()
    assert (made.amount.lower < made.amount.mean).all()
    assert (made.amount.upper > made.amount.mean).all()
    assert made.amount.applicable.all()


def test_carbon_may_be_a_column_and_a_stated_surrogate_goes_first():
    column = available_water_state(inputs({"soc": [1.0, 2.0, 3.0]}, surrogates=False), "water")
    np.testing.assert_allclose(
        column.amount.mean, available_water_state(inputs(), "water").amount.mean
    )
    both = available_water_state(inputs({"soc": [4.0, 4.0, 4.0]}, feature={"from": "soc"}), "water")
    np.testing.assert_allclose(both.amount.mean, column.amount.mean)


def test_units_beyond_the_equations_are_not_applicable():
    made = available_water_state(
        inputs({"clay_pct": [10.0, 20.0, 70.0]}, soc=certain(np.array([1.0, 6.0, 2.0]))), "water"
    )
    assert made.amount.applicable.tolist() == [True, False, False]
    (said,) = made.findings
    assert said.severity == "warning"
    assert "60 % clay and 4.64 % carbon: 2 units (u1, u2)" in said.what
    assert np.isfinite(made.amount.mean).all()


def test_a_deep_layer_and_other_samples_are_doubted():
    deep = inputs(
        feature={"depth": "0-60 cm", "from": "soc"},
        surrogates=True,
    )
    said = "\n".join(map(str, available_water_state(deep, "water").findings))
    assert "water reaches down to 60 cm" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"surrogates": False}, "water needs soc (soil organic carbon)"),
        ({"columns": {"clay_pct": [10.0, np.nan, 20.0]}}, "no finite number in 1 unit (u1)"),
        ({"columns": {"clay_pct": [10.0, 90.0, 20.0]}}, "exceed 100 % in 1 unit (u1)"),
        ({"columns": {"coarse_pct": [10.0, 190.0, 20.0]}}, "no coarse fragments from 0 to 100 %"),
        ({"columns": {"clay": [10.0, 9.0, 20.0]}}, "clay stands in several columns"),
        ({"feature": {"coarse": "stones"}}, "'stones' is no column"),
    ],
)
def test_faults_are_told(given, said):
    assert said in faults(**given)


def test_the_state_holds_the_lever_and_nothing_for_others():
    given_ = inputs({"wheat": [5.0, 6.0, 7.0]})
    features = {"wheat": {"column": "wheat", "unit": "t/ha"}}
    config = given_.config.model_copy(
        update={"features": {**given_.config.features, **config_features(features)}}
    )
    state = build_state(config, given_.landscape, given_.predictions, given_.units, ())
    assert state.units == ("m3/ha", "t/ha")
    np.testing.assert_allclose(state.lever[:, 0], available_water_state(given_, "water").lever)
    assert np.isnan(state.lever[:, 1]).all()


def config_features(features):
    return config_from_mapping(
        {
            "name": "x",
            "landscape": {"file": "u.gpkg"},
            "features": features,
            "interventions": {"use": ["cover_crop"]},
            "objectives": {"cost": {"minimize": "cost"}},
        }
    ).features


def test_a_column_of_millimeters_is_a_volume():
    given_ = inputs({"awc_mm": [40.0, 50.0, 60.0]})
    features = config_features({"store": {"column": "awc_mm", "unit": "mm"}})
    config = given_.config.model_copy(update={"features": features})
    state = build_state(config, given_.landscape, given_.predictions, given_.units, ())
    assert state.units == ("m3/ha",)
    np.testing.assert_allclose(state.mean[:, 0], [400.0, 500.0, 600.0])
    assert state.lever is None


@given(
    st.lists(
        st.tuples(st.floats(0, 60), st.floats(0, 1), st.floats(0.05, MAX_SOC - 0.05)),
        min_size=1,
        max_size=5,
    )
)
def test_more_carbon_never_costs_water(soils):
    clay = np.array([one[0] for one in soils])
    sand = np.array([one[1] for one in soils]) * (100 - clay)
    soc = np.array([one[2] for one in soils])
    made = available_water_state(
        inputs({"sand_pct": sand, "clay_pct": clay}, soc=certain(soc)), "water"
    )
    assert (made.lever >= 0).all()
    assert (made.amount.mean > 0).all()
