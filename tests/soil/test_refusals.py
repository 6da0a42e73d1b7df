"""Every public function of the soil stage refuses values outside its range, and says which."""

import inspect
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import edaphon.soil
from edaphon.errors import EdaphonError
from edaphon.soil import (
    contamination,
    derived,
    diversity,
    equal_mass,
    gsocseq,
    health,
    land_classes,
    life,
    nematodes,
    npp,
    profiles,
    ranges,
    rosetta,
    rothc,
    rothc_factors,
    rothc_response,
    rothc_year,
    stocks,
    texture,
    turnover,
    water,
)

SOILS = rothc.Soils.of([20.0], 30.0, 1.0)
YEAR = rothc.Months.of(np.full((1, 12), 10.0), 60.0, 50.0, plant=0.2)
FROZEN = rothc.Months.of(np.full((1, 12), -10.0), 60.0, 50.0, plant=0.2)
SHORT = rothc.Months.of(np.full((1, 11), 10.0), 60.0, 50.0, plant=0.2)
TWO = rothc.SoilState(np.zeros((2, 5)), np.zeros(2))
START = rothc.field_capacity(SOILS)
MAP = rothc_year.year_map(SOILS, YEAR)
CARBON = np.ones((1, 5))
LAYERS = profiles.order_horizons(["a", "a"], [0, 10], [10, 30])
MASS = equal_mass.soil_mass(LAYERS, [1.0, 0.5], 1.3)
ONE = np.ones(1)
FREE = ["bacterivore"]

BAD = {
    contamination.exceedance: (lambda f: f({"zinc": [-1.0]}, [6.5]), "zinc: -1 lies outside"),
    contamination.combined_threat: (lambda f: f({"erosion": 1.1}), "erosion: 1.1 lies outside"),
    derived.derive: (lambda f: f("awc", {}, depth_cm=0.0), "awc"),
    diversity.hill_number: (lambda f: f([[-1.0, 2.0]]), "abundance"),
    diversity.sample_coverage: (lambda f: f([[1.5, 2.0]]), "counts"),
    diversity.coverage_at_size: (lambda f: f([3, 2], -1.0), "size"),
    diversity.hill_at_size: (lambda f: f([3, 2], -1.0), "size"),
    diversity.hill_at_coverage: (lambda f: f([3, 2], 1.2), "coverage"),
    equal_mass.soil_mass: (lambda f: f(LAYERS, [120.0, 1.0], 1.3), "soc_percent: 120 lies"),
    equal_mass.mass_to_depth: (lambda f: f(MASS, -5.0), "depth_cm: -5 lies outside"),
    equal_mass.equal_mass_stock: (lambda f: f(MASS, 0.0), "reference_t_ha"),
    gsocseq.sequester: (lambda f: f([0.0], 20.0, YEAR), "soc_t_ha: 0 lies outside"),
    gsocseq.mean_rate_equilibrium: (lambda f: f(SOILS, FROZEN), "nothing decomposes"),
    health.soil_health: (lambda f: f({"ph": [6.0]}, {}), "ph"),
    land_classes.masked: (lambda f: f([50.0], ["cropland"], [130.0]), "sand_percent: 130 lies"),
    life.qbs_ar: (lambda f: f({"mites": [21.0]}), "mites"),
    life.microbial_biomass: (lambda f: f([-1.0], [0.0]), "extracted_fumigated_mg_kg: -1"),
    life.microbial_quotient: (lambda f: f([300.0], [0.0]), "soc_percent: 0 lies outside"),
    life.metabolic_quotient: (lambda f: f([-1.0], [300.0]), "respiration_mg_kg_h: -1"),
    life.mean_enzyme_activity: (lambda f: f([[-1.0, 2.0]]), "activities"),
    nematodes.maturity_index: (lambda f: f([[-1.0]], [2], FREE), "abundance"),
    nematodes.plant_parasite_index: (lambda f: f([[1.0]], [6], FREE), "colonizer_persister"),
    nematodes.food_web_indices: (lambda f: f([[1.0]], [0], FREE), "colonizer_persister"),
    npp.miami_npp: (lambda f: f(10.0, -1.0), "rain_mm: -1 lies outside"),
    profiles.order_horizons: (lambda f: f(["a"], [-5], [10]), "depths outside 0 to 2000"),
    profiles.harmonize: (lambda f: f(LAYERS, [1.0, 0.5], [30.0, 0.0]), "edges_cm"),
    ranges.inside: (lambda f: f("x", np.inf, 0.0, np.inf, "mm"), "x: inf lies outside"),
    ranges.sand_and_clay: (lambda f: f(-1.0, 20.0), "sand_percent: -1 lies outside"),
    rosetta.rosetta_retention: (lambda f: f(80.0, 40.0), "clay_percent: 120 lies"),
    rothc.run: (lambda f: f(SOILS, YEAR, TWO), "do not fit together"),
    rothc.spin_up: (lambda f: f(SOILS, FROZEN), "nothing decomposes"),
    rothc.blocks: (lambda f: list(f(SOILS, YEAR, TWO)), "do not fit together"),
    rothc_factors.inert_carbon: (lambda f: f(-1.0), "soc_t_ha: -1 lies outside"),
    rothc_factors.temperature_factor: (lambda f: f(283.15), "temperature_c: 283.15 lies"),
    rothc_factors.largest_deficit: (lambda f: f(120.0, 30.0), "clay_percent: 120 lies"),
    rothc_factors.formed_shares: (lambda f: f(-3.0), "clay_percent: -3 lies"),
    rothc_factors.pan_from_evapotranspiration: (lambda f: f(-100.0), "potential_mm: -100 lies"),
    rothc_response.equilibrium: (lambda f: f(MAP, -1.0), "plant: -1 lies"),
    rothc_response.input_for_stock: (lambda f: f(MAP, [0.5]), "soc_t_ha"),
    rothc_response.advance: (lambda f: f(MAP, -CARBON, 5, 1.0), "carbon: -1 lies"),
    rothc_response.gain_per_input: (lambda f: f(MAP, [2.5]), "years: 2.5 is no whole number"),
    rothc_response.share_kept: (lambda f: f(MAP, 0, [5]), "at least 1 year"),
    rothc_year.year_map: (lambda f: f(SOILS, SHORT), "11 months"),
    rothc_year.repeat: (lambda f: f(SOILS, YEAR, CARBON, -1), "years: -1"),
    rothc_year.whole_years: (lambda f: f(-1), "years: -1"),
    stocks.soc_stock: (lambda f: f(1.0, 13.0, 30.0), "bulk_density_g_cm3: 13 lies"),
    stocks.bulk_density_from_soc: (lambda f: f(60.0), "soc_percent: 60 lies"),
    stocks.soc_clay_ratio: (lambda f: f(1.0, 0.0), "clay_percent: 0 lies"),
    stocks.soc_clay_class: (lambda f: f(-1.0, 20.0), "soc_percent: -1 lies"),
    stocks.carbon_saturation: (lambda f: f(101.0), "fine_percent: 101 lies"),
    stocks.carbon_saturation_deficit: (lambda f: f(-1.0, 40.0), "fine_carbon_percent: -1"),
    texture.texture_class: (lambda f: f(70.0, 40.0), "clay_percent: 110 lies"),
    texture.texture_group: (lambda f: f(70.0, 40.0), "clay_percent: 110 lies"),
    turnover.hellinger: (lambda f: f([[-1.0, 1.0]]), "abundance"),
    turnover.beta_diversity: (lambda f: f([[np.nan, 1.0], [1.0, 1.0]]), "table"),
    turnover.beta_diversity_from: (lambda f: f([[0.0, -1.0], [-1.0, 0.0]]), "dissimilarity"),
    water.saxton_rawls: (lambda f: f(20.0, 70.0, 2.0), "clay_percent: 70 lies"),
    water.saxton_rawls_moisture: (lambda f: f(20.0, 20.0, 12.0), "organic_matter_percent: 12"),
    water.available_water: (lambda f: f(0.3, 0.1, -30.0), "depth_cm: -30 lies"),
    water.available_water_change: (lambda f: f(20.0, 20.0, -1.0, 1.0), "soc_before_percent: -1"),
    water.available_water_slope: (lambda f: f(20.0, 20.0, -1.0), "soc_percent: -1"),
    water.van_genuchten: (lambda f: f(-1.0, 0.05, 0.4, 0.02, 1.4), "suction_kpa: -1"),
}
"""Function: a call that is at fault, and what its message names."""

CHECKED_BEFORE = {
    rothc_factors.next_deficit, rothc_factors.moisture_factor, rothc_factors.input_by_pool,
    rothc.field_capacity, rothc_year.periodic_deficit, rothc_year.year_factors,
    rothc_year.monthly_shares, rothc_year.times,
}  # fmt: skip
"""They take `Soils` and `Months`, which refuse what is outside their ranges when they are made, or
arrays that only these modules make."""


@pytest.mark.parametrize("function", BAD, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_what_lies_outside_the_range_is_refused_by_name(function):
    call, named = BAD[function]
    with pytest.raises((ValueError, EdaphonError)) as caught:
        call(function)
    assert named in str(caught.value)


def test_no_public_function_is_forgotten():
    folder = Path(edaphon.soil.__file__).parent
    modules = [import_module(f"edaphon.soil.{file.stem}") for file in folder.glob("[!_]*.py")]
    there = {
        value
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and name[0] != "_"
    }
    assert there == BAD.keys() | CHECKED_BEFORE
    assert all("Raises\n" in inspect.getdoc(function) for function in BAD)


def test_soils_and_months_refuse_too():
    with pytest.raises(ValueError, match="clay_percent: 120 lies"):
        rothc.Soils.of([120.0], 30.0, 1.0)
    with pytest.raises(ValueError, match="temperature_c: 283 lies"):
        rothc.Months.of(np.full((1, 12), 283.0), 60.0, 50.0)
