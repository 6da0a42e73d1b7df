import numpy as np
import pytest

from edaphon.data.indicators import indicators
from edaphon.errors import DataError
from edaphon.soil.derived import DERIVED, derive
from edaphon.soil.stocks import bulk_density_from_soc, soc_stock
from edaphon.soil.water import available_water, saxton_rawls_moisture

COLUMNS = {
    "soc": [1.0, 2.0, 3.0], "sand": [60.0, 20.0, 25.0], "clay": [10.0, 15.0, 50.0],
    "fine": [25.0, 40.0, 70.0], "cadmium": [1.0, 2.0, 9.0], "zinc": [100.0, 400.0, 30.0],
    "ph": [6.5, 7.5, 6.0],
}  # fmt: skip


def test_every_input_is_an_indicator():
    inputs = {key for recipe in DERIVED.values() for key in (*recipe.needs, *recipe.may_use)}
    assert inputs <= set(indicators())


@pytest.mark.parametrize("name", DERIVED)
def test_every_quantity_is_made(name):
    found = derive(name, COLUMNS)
    assert found.values.shape == (3,)
    assert np.isfinite(found.values).all()
    assert not [finding for finding in found.findings if finding.severity != "note"]


def test_they_are_the_functions_of_soil():
    soc, sand, clay = (np.array(COLUMNS[key]) for key in ("soc", "sand", "clay"))
    dry, moist = saxton_rawls_moisture(sand, clay, 1.724 * soc)
    awc = derive("awc", COLUMNS, depth_cm=50).values
    np.testing.assert_allclose(awc, available_water(moist, dry, 50))
    stock = derive("soc_stock", COLUMNS).values
    np.testing.assert_allclose(stock, soc_stock(soc, bulk_density_from_soc(soc), 30))
    measured = derive("soc_stock", {**COLUMNS, "bulk_density": [1.5] * 3, "coarse": [10] * 3})
    np.testing.assert_allclose(measured.values, soc_stock(soc, 1.5, 30, 0.1))
    np.testing.assert_allclose(derive("exceedance", COLUMNS).values, [1 / 3, 400 / 450, 3])
    assert derive("awc_per_soc", COLUMNS).values[2] == 0  # the clay, floored


def test_rows_outside_a_formula_are_unknown_and_named():
    columns = {"soc": [1.0, 5.0, np.nan, 1.0], "sand": [20.0] * 4, "clay": [20.0, 20, 20, 90]}
    found = derive("awc", columns, rows=["u1", "u2", "u3", "u4"], where="derive")
    assert np.isfinite(found.values).tolist() == [True, False, False, False]
    said = [str(finding) for finding in found.findings]
    assert "derive: awc is unknown in 1 row: clay is not from 0 to 60 (u4)" in said[0]
    assert "soc is missing (u3)" in said[1]
    assert "soc is not from 0 to 4.64 (u2)" in said[2]
    assert "sand and clay exceed 100 % (u4)" in said[3]
    with pytest.raises(DataError, match="cannot be computed in any of 1 row"):
        derive("awc", {"soc": [9.0], "sand": [20.0], "clay": [20.0]})


def test_missing_columns_and_names_have_hints():
    with pytest.raises(DataError, match="awc needs sand and clay"):
        derive("awc", {"soc": [1.0]})
    with pytest.raises(DataError, match="exceedance needs one of cadmium"):
        derive("exceedance", {"ph": [7.0]})
    with pytest.raises(DataError, match="Did you mean 'soc_clay_class'"):
        derive("soc_clay_clas", COLUMNS)
    with pytest.raises(ValueError, match="differ in shape"):
        derive("soc_clay_ratio", {"soc": [1.0], "clay": [1.0, 2.0]})


def test_classes_become_words_and_the_unknown_none():
    found = derive("soc_clay_class", {"soc": [1.0, 4.0, np.nan], "clay": [20.0, 20.0, 20.0]})
    assert found.columns["soc_clay_class"].tolist() == ["degraded", "very good", None]
    texture = derive("texture_class", {"sand": [90.0], "clay": [3.0]}).columns
    assert texture["texture_class"].tolist() == ["sand"]
    assert list(derive("awc", COLUMNS).columns) == ["awc"]


def test_exceedance_gives_the_count_the_names_and_a_ratio_for_each_metal():
    columns = {**COLUMNS, "cadmium": [1.0, 4.0, np.nan]}
    found = derive("exceedance", columns, rows=["a", "b", "c"], where="derive").columns
    assert list(found) == [
        "exceedance_ratio", "exceeded", "exceeded_metals", "exceedance_cadmium", "exceedance_zinc",
    ]  # fmt: skip
    np.testing.assert_allclose(found["exceedance_cadmium"], [1 / 3, 4 / 3, np.nan])
    assert found["exceeded"].tolist()[:2] == [0, 1]
    assert np.isnan(found["exceeded"][2])
    assert found["exceeded_metals"].tolist() == ["", "cadmium", None]
    lower = derive("exceedance", columns, limits="lower").columns
    assert lower["exceeded_metals"].tolist() == ["", "cadmium, zinc", None]
