import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import read_config
from edaphon.data.landscape import Landscape
from edaphon.errors import DataError
from edaphon.surrogates.features import build_state, feature_places
from edaphon.surrogates.state import Prediction

OUTCOMES = ("soc", "yield", "earthworm_abundance", "microbial_biomass")

CONFIG = """\
edaphon: 1
name: test
landscape: {file: units.gpkg}
predictors: {columns: [wheat]}
surrogates:
  carbon: {samples: soil.csv, response: soc, unit: "%", depth: 0-30 cm}
  density: {samples: soil.csv, response: bd, unit: kg/m3}
features:
FEATURES
interventions: {use: [cover_crop]}
objectives:
  first: {maximize: NAMES}
  cost: {minimize: cost}
"""


def landscape():
    columns = {
        "wheat": [5.0, 6.0, 7.0],
        "litter": [0.5, 1.0, 1.5],
        "bd": [1.2, 1.3, 1.4],
        "stones": [0.0, 10.0, 50.0],
        "broken": [1.0, np.nan, 3.0],
        "words": ["a", "2", "3"],
        "shares": [0.0, 0.1, 0.4],
        "heavy": [1200.0, 1300.0, 1400.0],
        "nodata": [5.0, -9999.0, 6.0],
    }
    return Landscape(
        ids=np.array(["A", "B", "C"]),
        area_ha=np.array([1.0, 2.0, 3.0]),
        attributes=pd.DataFrame(columns),
        latitude=np.full(3, 47.0),
        longitude=np.full(3, 15.0),
        source="units.gpkg",
    )


def told(values, spread=0.1):
    mean = np.array(values)
    applicable = np.array([True, True, False])
    return Prediction(mean, mean * spread, mean * 0.8, mean * 1.3, applicable, ~applicable)


PREDICTIONS = {"carbon": told([1.0, 2.0, 3.0]), "density": told([1200.0, 1300.0, 1400.0], 0.0)}
UNITS = {"carbon": "%", "density": "kg/m3"}


def state(tmp_path, features, names="[carbon]", extra=""):
    text = CONFIG.replace("FEATURES", features or "  {}").replace("NAMES", names) + extra
    path = tmp_path / "job.yaml"
    path.write_text(text)
    config = read_config(path)
    return build_state(config, landscape(), PREDICTIONS, UNITS, OUTCOMES)


def test_columns_surrogates_and_outcomes_each_have_their_state(tmp_path):
    found = state(
        tmp_path,
        "  grain: {column: wheat, unit: t/ha}",
        "[grain, carbon, earthworm_abundance]",
    )
    assert found.features == ("grain", "carbon", "earthworm_abundance")
    assert found.units == ("t/ha", "%", "%")
    assert found.source == ("column wheat", "surrogate carbon", "relative")
    np.testing.assert_array_equal(found.relative, [False, False, True])
    np.testing.assert_array_equal(found.mean, [[5, 1, 100], [6, 2, 100], [7, 3, 100]])
    np.testing.assert_array_equal(found.sd[:, [0, 2]], 0)
    np.testing.assert_array_equal(found.applicable[:, 1], [True, True, False])
    assert found.applicable[:, [0, 2]].all()
    assert found.mean.dtype == np.float64


def test_masses_per_area_become_tonnes_per_hectare(tmp_path):
    found = state(tmp_path, "  litter: {column: litter, unit: kg/m2}", "[litter]")
    assert found.units == ("t/ha",)
    np.testing.assert_allclose(found.mean[:, 0], [5, 10, 15])


@pytest.mark.parametrize(
    ("unit", "wanted", "factor"),
    [
        ("individuals/m2", "individuals/ha", 1e4),
        ("individuals m-2", "individuals/ha", 1e4),
        ("individuals/km2", "individuals/ha", 0.01),
        ("individuals/ha", "individuals/ha", 1.0),
    ],
)
def test_numbers_per_area_become_numbers_per_hectare(tmp_path, unit, wanted, factor):
    found = state(tmp_path, f"  litter: {{column: litter, unit: {unit}}}", "[litter]")
    base = state(tmp_path, "  litter: {column: litter, unit: t/ha}", "[litter]")
    assert found.units == (wanted,)
    np.testing.assert_allclose(found.mean, base.mean * factor)


@pytest.mark.parametrize(
    ("density", "coarse", "wanted"),
    [
        ("bulk_density: bd, ", "coarse: stones, ", [36.0, 70.2, 63.0]),
        ("bulk_density: density, ", "coarse: stones, ", [36.0, 70.2, 63.0]),
        ("bulk_density: 1.3 g/cm3, ", "coarse: 10 %, ", [35.1, 70.2, 105.3]),
    ],
)
def test_a_stock_is_carbon_times_density_times_depth(tmp_path, density, coarse, wanted):
    line = f"  stock: {{{density}{coarse}from: carbon, depth: 0-30 cm}}"
    found = state(tmp_path, line, "[stock]")
    assert found.units == ("t/ha",)
    np.testing.assert_allclose(found.mean[:, 0], wanted)
    np.testing.assert_allclose(found.sd[:, 0], 0.1 * np.array(wanted), rtol=1e-6)
    np.testing.assert_allclose(found.lower[:, 0], 0.8 * np.array(wanted))
    np.testing.assert_array_equal(found.applicable[:, 0], [True, True, False])


def test_a_stock_of_another_depth_than_the_samples_is_a_warning(tmp_path):
    found = state(tmp_path, "  stock: {from: carbon, depth: 0-60 cm}", "[stock]")
    assert [finding.severity for finding in found.findings] == ["warning"]
    assert "0-30 cm" in found.findings[0].what


def test_a_feature_may_respond_as_an_outcome_without_a_state(tmp_path):
    found = state(tmp_path, "  worms: {response_of: earthworm_abundance}", "[worms]")
    assert found.features == ("worms",)
    assert found.relative.all()


def test_unknown_names_are_told_with_place_and_remedy(tmp_path):
    with pytest.raises(DataError) as caught:
        state(
            tmp_path,
            "  grain: {column: weat, unit: t/ha}\n"
            "  stock: {from: carbon, depth: 0-30 cm, coarse: ston}\n"
            "  lost: {better: lower}",
            "[grain, earthworm_abundanc]",
            "constraints: {targets: {carbom: 30 %}, keep: {grain: -2 %}}\n",
        )
    text = str(caught.value)
    assert len(caught.value.findings) == 5
    for part in (
        "job.yaml:9:",
        "id you mean 'wheat'",
        "id you mean 'stones'",
        "the feature lost has no column",
        "job.yaml:14:",
        "id you mean 'earthworm_abundance'",
        "constraints.targets.carbom",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{column: broken, unit: t/ha}", "no finite number in 1 unit (B)"),
        ("{column: words, unit: t/ha}", "(unit A: 'a')"),
        ("{column: wheat}", "has no unit"),
        ("{from: density, depth: 0-30 cm}", "no concentration"),
        ("{from: carbon, bulk_density: bd}", "need a depth"),
        ("{from: carbon, depth: 0-30 cm, bulk_density: wheat}", "bulk densities in g/cm3"),
        ("{from: carbon, depth: 0-30 cm, bulk_density: 1300 g/cm3}", "impossible"),
        ("{from: carbon, depth: 0-30 cm, bulk_density: carbon}", "no unit of bulk density"),
        ("{from: carbon, depth: 0-30 cm, coarse: ston}", "id you mean 'stones'"),
        ("{from: carbon, depth: 0-30 cm, coarse: 120 %}", "impossible"),
    ],
)
def test_broken_features_are_findings(tmp_path, line, part):
    with pytest.raises(DataError) as caught:
        state(tmp_path, f"  thing: {line}", "[thing]")
    assert part in str(caught.value)
    assert len(caught.value.findings) == 1


def test_without_a_unit_nothing_is_said_of_the_range(tmp_path):
    with pytest.raises(DataError) as caught:
        state(tmp_path, "  clay: {column: stones}", "[clay]")
    assert [finding.what for finding in caught.value.findings] == ["the column stones has no unit"]


@pytest.mark.parametrize(
    ("name", "line", "part", "hint"),
    [
        ("yield", "{column: wheat, unit: kg/ha}", "a thousandfold too low as kg/ha", "t/ha"),
        ("stock", "{from: carbon, depth: 0-30 cm, coarse: shares}", "look like shares", "by 100"),
    ],
)
def test_columns_in_another_unit_are_doubted(tmp_path, name, line, part, hint):
    (found,) = state(tmp_path, f"  {name}: {line}", f"[{name}]").findings
    assert found.severity == "warning"
    assert part in found.what
    assert hint in found.hint


def test_impossible_amounts_and_densities_in_kilograms_are_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        state(
            tmp_path,
            "  yield: {column: nodata, unit: t/ha}\n"
            "  stock: {from: carbon, depth: 0-30 cm, bulk_density: heavy}",
            "[yield, stock]",
        )
    yields, density = caught.value.findings
    assert str(yields).startswith("units.gpkg: nodata: outside the possible 0 to 250 t/ha")
    assert "1 unit (B)" in yields.what
    assert "divide the column by 1,000" in density.hint


def test_density_guessed_for_organic_soils_is_a_warning(tmp_path):
    text = CONFIG.replace("FEATURES", "  stock: {from: carbon, depth: 0-30 cm}")
    path = tmp_path / "job.yaml"
    path.write_text(text.replace("NAMES", "[stock]"))
    peat = PREDICTIONS | {"carbon": told([1.0, 30.0, 40.0])}
    found = build_state(read_config(path), landscape(), peat, UNITS, OUTCOMES)
    (warning,) = found.findings
    assert "2 units with more than 12 % carbon" in warning.what


def test_feature_places_names_each_feature_once(tmp_path):
    path = tmp_path / "job.yaml"
    text = CONFIG.replace("FEATURES", "  grain: {column: wheat, unit: t/ha}")
    path.write_text(text.replace("NAMES", "[carbon, grain, soc]"))
    places = feature_places(read_config(path))
    assert list(places) == ["grain", "carbon", "soc"]
    assert "job.yaml:12:" in places["soc"]
