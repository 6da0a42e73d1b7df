"""The GSOCseq run of a landscape: masks, sums, ranges."""

from dataclasses import replace

import carbon_case as case
import numpy as np
import pytest

from edaphon.effects.carbon_sites import carbon_sites
from edaphon.effects.gsocseq import run_gsocseq
from edaphon.errors import ConfigError, DataError
from edaphon.soil.gsocseq import CO2_PER_C, sequester

LANDSCAPE, CLIMATE, STATE = case.landscape(), case.climate(), case.state()


def run_of(state=STATE, climate=CLIMATE, **section):
    config = case.config_of(gsocseq={"stock": "soc_stock", **section})
    return run_gsocseq(config, LANDSCAPE, state, climate)


def test_no_section_no_run():
    assert run_gsocseq(case.config_of(), LANDSCAPE, STATE, CLIMATE) is None


def test_units_are_those_of_the_soil_module():
    found = run_of(scenarios=["10 %"], years="30 yr")
    sites = carbon_sites(case.config_of(), LANDSCAPE, CLIMATE)
    alone = sequester(STATE.mean[:, 0], sites.clay_percent, sites.year, scenarios=(0.1,), years=30)
    table = found.table
    np.testing.assert_allclose(table["ssm1_relative_t_ha"], alone.relative[:, 0], rtol=1e-12)
    np.testing.assert_allclose(table["ssm1_rate_t_ha_yr"], alone.relative[:, 0] / 30, rtol=1e-12)
    low, high = alone.relative_range
    np.testing.assert_allclose(table["ssm1_relative_lower_t_ha"], low[:, 0])
    np.testing.assert_allclose(table["ssm1_relative_upper_t_ha"], high[:, 0])
    np.testing.assert_allclose(table["usual_uncertainty_pct"], 20.0)
    assert "ssm2_t_ha" not in table


def test_sums_are_the_tables_times_area():
    found = run_of()
    table, sums = found.table, found.summary
    assert [one["name"] for one in sums["scenarios"]] == ["SSM1", "SSM2", "SSM3"]
    for k, one in enumerate(sums["scenarios"], start=1):
        total = (table[f"ssm{k}_relative_t_ha"] * table["area_ha"]).sum()
        assert one["relative_t_c"] == pytest.approx(total)
        assert one["relative_t_co2e"] == pytest.approx(CO2_PER_C * total)
        assert one["lower_t_c"] < one["relative_t_c"] < one["upper_t_c"]
        assert one["rate_t_ha_yr"] == pytest.approx(total / table["area_ha"].sum() / 20)
    assert sums["area_ha"] == pytest.approx(LANDSCAPE.area_ha.sum())
    gains, kept = sums["gain_per_input"], sums["kept_after_stopping"]
    assert gains["5"] < gains["20"] < gains["50"]
    assert 1 > kept["5"] > kept["20"] > kept["50"] > 0


def test_what_the_manual_masks_is_left_out():
    state = case.state()
    state.mean[7, 0], state.mean[9, 0] = 250.0, 0.0
    found = run_of(state, sand="sand_pct")
    out = found.table.set_index("unit_id")["left_out"]
    assert out[out != ""].to_dict() == {
        "u4": "more than 90 % sand",
        "u7": "more than 200 t C/ha",
        "u9": "no organic carbon",
    }
    gone = (out != "").to_numpy()
    assert found.table.loc[gone, "ssm3_t_ha"].isna().all()
    assert found.table.loc[~gone, "ssm3_t_ha"].notna().all()
    left = found.summary["left_out"]
    assert sum(left.values()) == pytest.approx(LANDSCAPE.area_ha[gone].sum())
    assert found.summary["area_ha"] == pytest.approx(LANDSCAPE.area_ha[~gone].sum())


def test_the_scripts_behavior_is_named_in_the_summary():
    written, script = run_of(), run_of(behavior="gsocseq script")
    assert script.summary["behavior"] == "gsocseq script"
    inputs = [one.table["carbon_input_t_ha_yr"] for one in (written, script)]
    assert not np.allclose(*inputs, rtol=0.01)


def test_faults_are_told():
    with pytest.raises(DataError, match="RothC needs the monthly climate"):
        run_of(climate=None)
    with pytest.raises(ConfigError, match="soc_stock is in g/kg"):
        run_of(case.state("g/kg"))
    with pytest.raises(DataError, match="has no column 'ec'"):
        run_of(conductivity="ec")
    with pytest.raises(ConfigError, match="the feature soc_stock has no state"):
        run_of(replace(STATE, features=("other", "yield")))
    peaty = case.state()
    peaty.mean[:, 0] = 300.0
    with pytest.raises(DataError, match="every unit is left out: more than 200 t C/ha"):
        run_of(peaty)
