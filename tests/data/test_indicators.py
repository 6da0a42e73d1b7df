import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.config.quantity import Quantity
from edaphon.config.units import check_unit
from edaphon.data.indicators import (
    better_of,
    check_indicator,
    check_units,
    impossible,
    indicator_of,
    indicators,
    unit_factor,
)
from edaphon.data.landscape_reader import read_landscape
from edaphon.data.predictors import read_predictors
from edaphon.data.tables import read_samples
from edaphon.errors import EdaphonError


def check(values, unit, name="soc", latitude=42.0, table=None, depth_cm=30.0):
    values = np.asarray(values, dtype=float)
    return check_units(
        values,
        unit,
        indicators()[name],
        table=pd.DataFrame({"v": values}) if table is None else table,
        latitude=np.full(len(values), latitude),
        column="v",
        where="unit",
        depth_cm=depth_cm,
    )


def test_registry_is_sound():
    seen = set()
    for indicator in indicators().values():
        low, high = indicator.possible
        assert low <= indicator.plausible[0] < indicator.plausible[1] <= high
        assert indicator.unit in indicator.units
        assert all(unit_factor(unit, indicator.unit) for unit in indicator.units)
        assert indicator.source
        assert indicator.title
        assert indicator.better in ("higher", "lower", "optimum", "neither")
        assert indicator.tier in (1, 2, 3)
        for unit in indicator.units:
            check_unit(unit)
        names = {name.replace("_", "") for name in (indicator.name, *indicator.aliases)}
        assert not names & seen
        seen |= names


REPORTED = [(one, unit) for one in indicators().values() for unit in one.units]


@given(st.sampled_from(REPORTED), st.floats(1e-6, 1e6))
def test_a_value_comes_back_from_every_unit_in_which_people_report_it(reported, value):
    indicator, unit = reported
    there = Quantity(value, unit).to(indicator.unit)
    assert there == pytest.approx(value * unit_factor(unit, indicator.unit), rel=1e-12)
    assert Quantity(there, indicator.unit).to(unit) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("SOC",), "soc"), (("soc_pct",), "soc"), (("OCSKGM", "soc"), "soc_stock"),
        (("BLD",), "bulk_density"), (("value", "clay"), "clay"), (("pH_H2O",), "ph"),
        (("none", "soc"), None), (("shoe_size",), None), (("",), None),
    ],
)  # fmt: skip
def test_guessing_an_indicator(names, expected):
    found = indicator_of(*names)
    assert (found.name if found else None) == expected


def test_which_direction_is_better():
    assert better_of("bulk_density") == "lower"
    assert better_of("", "SOC") == "higher"
    assert better_of("zinc") == "lower"
    assert better_of("pH") == better_of("clay") == better_of("shoe_size") == ""


def test_unknown_indicator_has_a_suggestion():
    (fault,) = check_indicator("bulk_densty", "where")
    assert "did you mean 'bulk_density'?" in fault.hint
    assert check_indicator("", "where") == check_indicator("none", "where") == ()


def test_units_and_possible_values():
    assert unit_factor("g/kg", "%") == pytest.approx(0.1)
    assert unit_factor("kg/m2", "t/ha") == pytest.approx(10)
    assert unit_factor("pH", "pH") == 1
    assert unit_factor("kg", "%") is None
    soc = indicators()["soc"]
    assert impossible(np.array([-1, 0, 57, 59]), "%", soc).tolist() == [True, False, False, True]
    assert not impossible(np.array([570.0]), "g/kg", soc).any()


@pytest.mark.parametrize(
    ("values", "unit", "keys", "severity"),
    [
        ([2.0, 2.6, 3.0], "%", {}, None),
        ([20, 26, 30], "g/kg", {}, None),
        ([2.0, 2.6, 3.0], "g/kg", {}, "error"),
        ([2.0, 2.6, 3.0], "g/kg", {"latitude": 14.0}, "warning"),  # the Sahel: may be right
        ([2.0, 2.6, 3.0], "g/kg", {"depth_cm": 100.0}, "warning"),  # subsoil: may be right
        ([20, 26, 30], "%", {}, "warning"),  # peat, or g/kg
        ([45, 50, 52], "%", {}, None),  # peat that no other unit explains better
        ([1.3, 1.5], "g/cm3", {"name": "bulk_density"}, None),
        ([130, 150], "g/cm3", {"name": "bulk_density"}, "warning"),
        ([65, 70], "pH", {"name": "ph"}, "warning"),
        ([60, 80], "t/ha", {"name": "soc_stock"}, None),
        ([6, 8], "t/ha", {"name": "soc_stock"}, "error"),
        ([6, 8], "kg/m2", {"name": "soc_stock"}, None),
    ],
)
def test_medians_outside_the_usual(values, unit, keys, severity):
    found = check(values, unit, **keys)
    if keys.get("name") is None and values[0] == 45:
        assert all(one.severity == "warning" for one in found)
    else:
        assert [one.severity for one in found] == ([severity] if severity else [])
    assert all("indicator: none" in one.hint for one in found)


def test_the_formula_is_shown_with_both_figures():
    n = 50
    soc = np.linspace(2, 3, n)
    table = pd.DataFrame({"SOC": soc, "BLD": 1.4, "CRFVOL": 10.0})
    (fault,) = check(soc, "g/kg", table=table)
    low = 0.25 * 1.4 * 30 * 0.9
    assert f"0.25 % x 1.4 g/cm3 x 30 cm x (1 - 0.1) = {low:.3g} t/ha" in fault.what
    assert f"in % it would be 2.5 % and {low * 10:.3g} t/ha" in fault.what
    assert 'write unit: "%"' in fault.hint


def test_a_stock_that_its_own_columns_rebuild_is_an_error_anywhere():
    soc = np.linspace(2, 3, 50)
    table = pd.DataFrame({"SOC": soc, "BLD": 1.4, "CRFVOL": 10.0})
    stock = soc * 0.3 * 1.4 * 0.9
    (fault,) = check(stock, "kg/m2", "soc_stock", latitude=14.0, table=table)
    assert fault.severity == "error"
    assert "In 50 of 50 rows it equals SOC x 0.3 x BLD x (1 - CRFVOL/100)" in fault.what
    (fault,) = check(stock, "kg/m2", "soc_stock", latitude=14.0)
    assert fault.severity == "warning"


@pytest.mark.parametrize(
    ("response", "unit", "expected"),
    [
        ("SOC", "%", ()),
        ("SOC", "g/kg", ("tenfold too low", "0.261 %", "10.4 t/ha", "2.61 % and 104 t/ha")),
        ("OCSKGM", "kg/m2", ("tenfold too low", "SOC x 0.3 x BLD x (1 - CRFVOL/100)",
                             "median 0.993 kg/m2", "9.93 kg/m2", "2,897 of 2,897 rows")),
    ],
)  # fmt: skip
def test_the_unit_trap_of_north_macedonia(real_data, make_config, response, unit, expected):
    config = make_config(
        real_data / "fao_macedonia_soc",
        landscape={"file": None, "id": None, "cells": {"raster": "LCEE10.tif", "classes": [3]}},
        predictors={"columns": None, "rasters": {"DEMENV5": "DEMENV5.tif"}},
        surrogates={"soc": {"samples": "MKD_RegMatrix.csv", "response": response, "unit": unit}},
    )
    landscape = read_landscape(config)
    predictors = read_predictors(config, landscape)
    if not expected:
        samples = read_samples(config, "soc", landscape, predictors)
        assert samples.n_samples == 2893
        (found,) = [one for one in samples.findings if one.severity != "note"]
        assert "4 of 2897 values are refused" in found.what
        return
    with pytest.raises(EdaphonError) as caught:
        read_samples(config, "soc", landscape, predictors)
    (fault,) = caught.value.findings
    assert fault.where == "config: surrogates.soc.unit"
    for text in expected:
        assert text in fault.what
