"""Where interventions may go, what they cost, and locks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.errors import DataError
from edaphon.practices.catalogue import read_catalogue
from edaphon.practices.ledgers import present_value
from edaphon.practices.options import build_options

LAND_USE = ["arable", "grassland", "arable", "orchard"]


def landscape_of(**columns):
    table = pd.DataFrame(columns if columns else {"land_use": LAND_USE})
    n = len(table)
    return Landscape(
        ids=np.array([f"u{i}" for i in range(n)]),
        area_ha=np.arange(1.0, n + 1.0),
        attributes=table,
        latitude=np.full(n, 47.0),
        longitude=np.full(n, 15.0),
    )


def config_of(use=("cover_crop", "agroforestry"), bundles=(), options=None, **more):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "interventions": {"use": list(use), "bundles": list(bundles), "options": options or {}},
            "objectives": {"productivity": {"maximize": "yield"}},
            **more,
        }
    )


def options_of(config, landscape, locks=(), **more):
    frame = pd.DataFrame(list(locks), columns=["unit", "intervention", "lock"])
    return build_options(config, read_catalogue(config), landscape, frame, **more)


def warnings_of(made):
    return [f for f in made.findings if f.severity == "warning"]


def test_filters_give_reasons():
    made = options_of(config_of(), landscape_of())
    reasons = np.array(made.reasons)[made.allowed]
    assert list(reasons[:, 0]) == ["allowed"] * 4
    assert list(reasons[:, 1] == "allowed") == [True, False, True, False]
    assert reasons[1, 1] == "not eligible: land_use == 'arable'"
    assert list(reasons[:, 2] == "allowed") == [True, True, True, False]
    assert not warnings_of(made)


def test_own_filter_replaces_the_shipped_one():
    options = {"cover_crop": {"where": "land_use == 'orchard'"}}
    made = options_of(config_of(options=options), landscape_of())
    assert list(made.allowed[:, 1] == 0) == [False, False, False, True]


def test_shipped_filter_without_its_column_is_skipped_with_a_warning():
    made = options_of(config_of(), landscape_of(slope=[1.0, 2.0]))
    assert (made.allowed == 0).all()
    assert any("cover_crop" in f.what and "'land_use'" in f.what for f in warnings_of(made))


def test_a_missing_column_passes_and_the_rest_of_the_shipped_filter_holds():
    far = {"water_distance_m": [500.0] * 4}
    made = options_of(config_of(["manure"]), landscape_of(land_use=LAND_USE, **far))
    assert list(made.allowed[:, 1] == 0) == [True, True, True, False]
    (finding,) = warnings_of(made)
    assert finding.severity == "warning"
    assert "assumed allowed: no column 'slope_pct'" in finding.what
    steep = landscape_of(land_use=LAND_USE, slope_pct=[1.0, 40.0, 15.0, 1.0], **far)
    made = options_of(config_of(["manure"]), steep)
    assert list(made.allowed[:, 1] == 0) == [True, False, True, False]
    assert not warnings_of(made)


def test_own_filter_naming_no_column_is_an_error():
    options = {
        "cover_crop": {"where": "land_uses == 'arable'"},
        "agroforestry": {"where": "slope_pct < 15"},
    }
    with pytest.raises(DataError) as caught:
        options_of(config_of(options=options), landscape_of())
    faults = [f for f in caught.value.findings if f.severity == "error"]
    assert len(faults) == 2
    assert "did you mean 'land_use'?" in faults[0].what
    assert "interventions.options.cover_crop.where" in faults[0].where


def test_an_intervention_that_no_unit_may_use_is_a_warning_with_the_values_seen():
    made = options_of(config_of(), landscape_of(land_use=["vineyard", "forest"]))
    assert len(made.findings) == 2
    assert all(f.severity == "warning" for f in made.findings)
    assert "no unit may use cover_crop" in made.findings[0].what
    assert "vineyard, forest" in made.findings[0].hint


def test_bundle_needs_all_parts_to_be_eligible():
    options = {"agroforestry": {"where": "land_use in ('grassland', 'arable') and slope < 5"}}
    config = config_of(bundles=[["cover_crop", "agroforestry"]], options=options)
    made = options_of(config, landscape_of(land_use=LAND_USE, slope=[1.0, 1.0, 9.0, 1.0]))
    both = (made.allowed[:, 1] == 0) & (made.allowed[:, 2] == 0)
    assert np.array_equal(made.allowed[:, 3] == 0, both)
    assert both.tolist() == [True, False, False, False]


def test_locks_in_and_out():
    locks = [(0, "cover_crop", "in"), (1, "agroforestry", "out"), (3, "baseline", "in")]
    made = options_of(config_of(), landscape_of(), locks)
    reasons = np.array(made.reasons)[made.allowed]
    assert reasons[0].tolist() == [
        "locked to another intervention",
        "allowed",
        "locked to another intervention",
    ]
    assert reasons[1, 2] == "locked out"
    assert reasons[3, 0] == "allowed"


def test_locking_out_a_part_locks_out_its_bundles():
    config = config_of(use=["cover_crop"], bundles=[["cover_crop", "no_till"]])
    locks = [(0, "cover_crop", "out"), (2, "no_till", "out")]
    made = options_of(config, landscape_of(), locks)
    assert (made.allowed[[0, 2]] == 0).tolist() == [[True, False, False], [True, True, False]]
    with pytest.raises(DataError, match="unknown intervention 'no_till'"):
        options_of(config, landscape_of(), [(0, "no_till", "in")])
    both = [(0, "cover_crop+no_till", "in"), (0, "no_till", "out")]
    with pytest.raises(DataError, match="locked into a bundle and out of a part of it"):
        options_of(config, landscape_of(), both)


def test_all_faults_of_locks_at_once():
    locks = [(0, "covercrop", "in"), (3, "cover_crop", "in"), (2, "baseline", "out")]
    locks += [(2, "cover_crop", "out"), (2, "agroforestry", "out")]
    with pytest.raises(DataError) as caught:
        options_of(config_of(locks="locks.csv"), landscape_of(), locks)
    texts = [str(f) for f in caught.value.findings if f.severity == "error"]
    assert len(texts) == 3
    assert texts[0].startswith("locks.csv: unit u0: unknown intervention 'covercrop'")
    assert "Did you mean 'cover_crop'?" in texts[0]
    assert "unit u3: cover_crop is locked in, but is not eligible: land_use" in texts[1]
    assert "unit u2: the locks leave no option" in texts[2]


def test_units_without_predictors_keep_the_baseline():
    keep = np.array([True, False, False, False])
    made = options_of(config_of(), landscape_of(), keep_baseline=keep)
    assert made.allowed[0].tolist()[0] == 0
    assert all(made.allowed[0, 1:] > 0)
    assert "predictor is missing" in made.reasons[made.allowed[0, 1]]


def test_costs_by_ledger():
    options = {
        "cover_crop": {"establishment": "10 EUR/ha", "annual": "80 EUR/ha/yr"},
        "agroforestry": {"establishment": "2000 EUR/ha", "annual": "-5 EUR/ha/yr"},
    }
    config = config_of(options=options, horizon="20 yr", constraints={"budget": "9000 EUR"})
    made = options_of(config, landscape_of())
    assert [ledger.name for ledger in made.ledgers] == ["cost"]
    assert made.ledgers[0].unit == "EUR"
    assert made.cost[:, 0].max() == 0
    assert made.cost[1, :, 0] == pytest.approx([0, 2 * (10 + 80 * 20), 2 * (2000 - 5 * 20)])
    budget = {"first_year": "9000 EUR/yr", "annual": "500 EUR/yr"}
    made = options_of(config_of(options=options, constraints={"budget": budget}), landscape_of())
    assert [ledger.name for ledger in made.ledgers] == ["cost", "first_year", "annual"]
    assert [ledger.money for ledger in made.ledgers] == [True, False, False]
    assert made.cost[0, 1] == pytest.approx([10 + 80 * 20, 90, 80])


@given(
    establishment=st.floats(0, 5000),
    annual=st.floats(-100, 1000),
    horizon=st.integers(1, 60),
    rate=st.floats(1e-9, 0.3),
)
def test_present_value_is_the_sum_of_discounted_payments(establishment, annual, horizon, rate):
    payments = sum(annual / (1 + rate) ** year for year in range(1, horizon + 1))
    value = present_value(establishment, annual, horizon, rate)
    assert value == pytest.approx(establishment + payments, rel=1e-9, abs=1e-6)


def test_present_value_without_discount():
    assert present_value(100.0, 10.0, 20.0, 0.0) == 300.0


def test_discount_rate_of_the_config_counts():
    options = {"cover_crop": {"establishment": 0, "annual": "100 EUR/ha/yr"}}
    config = config_of(["cover_crop"], options=options, horizon="10 yr", discount_rate="3 %")
    made = options_of(config, landscape_of())
    assert made.cost[0, 1, 0] == pytest.approx(100 * (1 - 1.03**-10) / 0.03)
