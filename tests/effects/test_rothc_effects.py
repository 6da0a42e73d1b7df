"""RothC in the effects: exact, linear, calibrated, and honest about what it does not know."""

import carbon_case as case
import numpy as np
import pytest

from edaphon.effects.build import build_effects
from edaphon.effects.choose import factor_of
from edaphon.effects.rothc import RATE_YEARS, carbon_plans, whole_years
from edaphon.effects.sizes import deviation_names
from edaphon.effects.values import BASES
from edaphon.errors import ConfigError, DataError
from edaphon.practices.catalogue import read_catalogue
from edaphon.soil.rothc import Months, Soils, SoilState, run
from edaphon.soil.rothc_factors import inert_carbon
from edaphon.soil.rothc_response import equilibrium, input_for_stock
from edaphon.soil.rothc_year import periodic_deficit, year_map

INPUT = {"cover_crop": {"carbon_input": "1.4 t C/ha/yr"}}
LANDSCAPE, CLIMATE, STATE = case.landscape(), case.climate(), case.state()
ARABLE = (LANDSCAPE.attributes["land_use"] == "arable").to_numpy()


def effects_of(config, state=STATE, climate=CLIMATE):
    return build_effects(config, read_catalogue(config), LANDSCAPE, state, climate)


def findings_of(config):
    return [str(one) for one in effects_of(config).sizes.findings]


def year_of(covered, plant):
    """The months of every unit; grassland DPM/RPM on the meadows."""
    return Months.of(
        CLIMATE.temperature_c,
        CLIMATE.rain_mm,
        CLIMATE.pan_mm,
        covered=covered,
        plant=plant,
        dpm_rpm=np.where(ARABLE, 1.44, 0.67)[:, None],
    )


def by_months(extra_input, extra_cover=(), years=20):
    """Gain in t/ha of `years` years, run month by month from today's equilibrium."""
    soc = STATE.mean[:, 0]
    soils = Soils.of(LANDSCAPE.attributes["clay_pct"].to_numpy(), 30.0, inert_carbon(soc))
    months = np.arange(1, 13)
    covered = np.where(ARABLE[:, None], (months >= 4) & (months <= 10), True)
    shares = covered / covered.sum(axis=1, keepdims=True)
    today = year_of(covered, shares)
    plant = input_for_stock(year_map(soils, today), soc)
    carbon = equilibrium(year_map(soils, today), plant)
    more = covered | np.isin(months, extra_cover)
    year = year_of(more, shares * (plant + extra_input)[:, None])
    names = ("temperature_c", "rain_mm", "pan_mm", "covered", "plant", "dpm_rpm")
    many = {name: np.tile(getattr(year, name), (1, years)) for name in names}
    weather = [many.pop(name) for name in names[:3]]
    start = SoilState(carbon, periodic_deficit(soils, year))
    return run(soils, Months.of(*weather, **many), start, every=12 * years).end.soc - soc


def test_the_effect_is_what_the_months_give():
    block = effects_of(case.config_of(INPUT)).block(slice(None))
    expected = by_months(1.4) * LANDSCAPE.area_ha
    np.testing.assert_allclose(block[:, 1, 0], expected, rtol=1e-8)
    assert (block[:, 0] == 0).all()


def test_more_cover_is_what_the_months_give():
    option = {"cover_crop": {"carbon_input": "0.7 t/ha/yr", "cover": [1, 2, 11, 12]}}
    block = effects_of(case.config_of(option)).block(slice(None))
    expected = by_months(0.7, (1, 2, 11, 12)) * LANDSCAPE.area_ha
    np.testing.assert_allclose(block[:, 1, 0], expected, rtol=1e-8)


@pytest.mark.parametrize("years", [5, 50])
def test_the_horizon_is_that_of_the_config(years):
    config = case.config_of(INPUT, horizon=f"{years} yr")
    block = effects_of(config).block(slice(None))
    expected = by_months(1.4, years=years) * LANDSCAPE.area_ha
    np.testing.assert_allclose(block[:, 1, 0], expected, rtol=1e-8)


def test_effects_are_linear_in_the_input():
    single, double = (
        effects_of(case.config_of({"cover_crop": {"carbon_input": f"{x} t/ha/yr"}})).block(
            slice(None)
        )
        for x in (0.7, 1.4)
    )
    np.testing.assert_allclose(double[:, 1, 0], 2 * single[:, 1, 0], rtol=1e-12)


def test_a_measured_rate_sets_the_input():
    """On cropland 20 years gain 20 times the rate on average, whatever the horizon."""
    config = case.config_of({"cover_crop": {"carbon_rate": "0.4 t/ha/yr"}})
    gain = effects_of(config).block(slice(None))[:, 1, 0] / LANDSCAPE.area_ha
    assert gain[ARABLE].mean() == pytest.approx(0.4 * RATE_YEARS, rel=1e-12)
    covered = {"carbon_rate": "0.4 t/ha/yr", "cover": [11, 12]}
    gain = effects_of(case.config_of({"cover_crop": covered})).block(slice(None))[:, 1, 0]
    assert (gain / LANDSCAPE.area_ha)[ARABLE].mean() == pytest.approx(0.4 * RATE_YEARS, rel=1e-12)


def test_the_catalogue_has_a_rate_of_cover_crops():
    config = case.config_of()
    plans = carbon_plans(config, read_catalogue(config))
    assert set(plans) == {"cover_crop"}
    assert plans["cover_crop"].is_rate
    gain = effects_of(config).block(slice(None))[:, 1, 0] / LANDSCAPE.area_ha
    assert gain[ARABLE].mean() == pytest.approx(0.316 * RATE_YEARS, rel=1e-12)


def test_practices_without_an_input_keep_their_effect_size_and_it_is_said():
    made, plain = (
        effects_of(case.config_of(INPUT, features={"model": model}))
        for model in ("rothc", "effect_sizes")
    )
    np.testing.assert_array_equal(made.block(slice(None))[:, 2], plain.block(slice(None))[:, 2])
    assert plain.modeled is None
    (warning,) = [text for text in findings_of(case.config_of(INPUT)) if "RothC" in text]
    assert "RothC knows no carbon input of compost: for soc_stock their effect sizes" in warning
    basis = np.array(BASES)[made.sizes.basis[0, :, 0]]
    assert basis.tolist() == ["none", "model", basis[2]]
    assert basis[2] != "model"


def test_other_features_are_left_alone():
    made, plain = (
        effects_of(case.config_of(INPUT, features={"model": model}))
        for model in ("rothc", "effect_sizes")
    )
    np.testing.assert_array_equal(made.block(slice(None))[..., 1], plain.block(slice(None))[..., 1])


def test_a_bundle_is_the_sum_of_its_parts_times_its_factor():
    parts = {"carbon_input": "1 t/ha/yr"}
    options = {"cover_crop": parts, "compost": {**parts, "carbon_kind": "manure"}}
    config = case.config_of(options, interventions={
        "use": ["cover_crop", "compost"], "bundles": [["cover_crop", "compost"]],
        "options": options,
    })  # fmt: skip
    block = effects_of(config).block(slice(None))[..., 0]
    bundle = read_catalogue(config).interventions[2]
    factor = bundle.combination.get("soc", bundle.combination["default"])
    np.testing.assert_allclose(block[:, 3], factor * (block[:, 1] + block[:, 2]), rtol=1e-12)
    assert (block[ARABLE, 2] > block[ARABLE, 1]).all(), "manure lasts longer than crop residues"


@pytest.mark.parametrize("sds", [("", ""), ("0.35 t/ha/yr", ""), ("0.35 t/ha/yr", "0.2 t/ha/yr")])
def test_the_factor_of_a_bundle_is_drawn_with_its_spread(sds):
    options = {
        name: {"carbon_input": "1.4 t/ha/yr", **({"carbon_sd": sd} if sd else {})}
        for name, sd in zip(("cover_crop", "compost"), sds, strict=True)
    }
    config = case.config_of(options, interventions={
        "use": ["cover_crop", "compost"], "bundles": [["cover_crop", "compost"]],
        "options": options,
    })  # fmt: skip
    effects = effects_of(config)
    catalogue = read_catalogue(config)
    factor, spread = factor_of(catalogue.interventions[2], "soc")
    assert spread > 0.05
    gain = effects.block(slice(None))[:, :, 0].sum(axis=0)
    chosen = [np.full(case.N, a) for a in range(4)]
    single, other, both = (effects.total_spread(one)[0][:, 0] for one in chosen[1:])
    axis = deviation_names(catalogue).index("cover_crop+compost")
    assert single[axis] == other[axis] == 0.0
    assert both[axis] == pytest.approx(spread * (gain[1] + gain[2]))
    for name, alone, own in (("cover_crop", single, sds[0]), ("compost", other, sds[1])):
        part = deviation_names(catalogue).index(name)
        # the evidence's spread is taken from quantiles of the whole exp(lnRR), not part by part
        assert both[part] == pytest.approx(factor * alone[part], rel=1e-9 if own else 0.15)


def test_the_spread_of_a_measured_bundle_is_that_of_its_trials():
    options = {
        "cover_crop": {"carbon_input": "1 t/ha/yr"},
        "no_till": {"carbon_input": "1 t/ha/yr"},
    }
    section = {"use": ["cover_crop"], "bundles": [["cover_crop", "no_till"]], "options": options}
    modeled, plain = (
        effects_of(case.config_of(interventions=section, features={"model": model}))
        for model in ("rothc", "effect_sizes")
    )
    told, sized = (one.block_sd(slice(None))[0][:, 2, 0] for one in (modeled, plain))
    np.testing.assert_allclose(told, sized)
    stated = {name: {**one, "carbon_sd": "0.3 t/ha/yr"} for name, one in options.items()}
    own = effects_of(case.config_of(interventions={**section, "options": stated}))
    config = case.config_of(interventions={**section, "options": stated})
    factor, spread = factor_of(read_catalogue(config).interventions[1], "soc")
    gain = own.block(slice(None))[:, 2, 0] / factor
    wanted = np.sqrt((spread * gain) ** 2 + 2 * (factor * 0.15 * gain) ** 2)
    np.testing.assert_allclose(own.block_sd(slice(None))[0][:, 2, 0], wanted, rtol=1e-9)


def test_a_bundle_may_have_its_own_input():
    options = {**INPUT, "cover_crop+no_till": {"carbon_input": "2.8 t/ha/yr"}}
    config = case.config_of(interventions={
        "use": ["cover_crop"], "bundles": [["cover_crop", "no_till"]], "options": options,
    })  # fmt: skip
    block = effects_of(config).block(slice(None))[..., 0]
    np.testing.assert_allclose(block[:, 2], 2 * block[:, 1], rtol=1e-12)


def test_block_chosen_and_rows_agree():
    effects = effects_of(case.config_of(INPUT))
    chosen = np.random.default_rng(0).integers(0, 3, case.N)
    whole = effects.block(slice(None))
    np.testing.assert_array_equal(effects.chosen(chosen), whole[np.arange(case.N), chosen])
    rows = np.array([3, 7, 21])
    np.testing.assert_array_equal(effects.block(rows), whole[rows])


@pytest.mark.parametrize("sd", ["", "0.5 t/ha/yr"])
def test_spreads_of_single_units_are_those_of_the_totals(sd):
    option = {"carbon_input": "1.4 t/ha/yr", **({"carbon_sd": sd} if sd else {})}
    effects = effects_of(case.config_of({"cover_crop": option}))
    shared, local = effects.block_sd(slice(None))
    for unit, option in ((0, 1), (8, 2), (23, 1)):
        allocation = np.zeros(case.N, dtype=int)
        allocation[unit] = option
        loading, variance = effects.total_spread(allocation)
        assert np.sqrt((loading**2).sum(axis=0)) == pytest.approx(shared[unit, option])
        assert np.sqrt(variance) == pytest.approx(local[unit, option])


def test_the_spread_is_the_evidences_or_the_inputs():
    plain = effects_of(case.config_of(INPUT, features={"model": "effect_sizes"}))
    modeled = effects_of(case.config_of(INPUT))
    stated = {"cover_crop": {"carbon_input": "1.4 t/ha/yr", "carbon_sd": "0.35 t/ha/yr"}}
    own = effects_of(case.config_of(stated))
    evidence, same, shared = (
        one.block_sd(slice(None))[0][:, 1, 0] for one in (plain, modeled, own)
    )
    np.testing.assert_allclose(same, evidence)
    gain = own.block(slice(None))[:, 1, 0]
    np.testing.assert_allclose(shared, 0.25 * gain, rtol=1e-12)
    loading, _ = own.total_spread(np.ones(case.N, dtype=int))
    assert np.abs(loading[:, 0]).sum() == pytest.approx(0.25 * gain.sum()), "shared: no averaging"


def test_the_mean_ratio_is_gain_over_stock():
    effects = effects_of(case.config_of(INPUT))
    mean, spread = effects.mean_ratio()
    gain = effects.block(slice(None))[:, :, 0].sum(axis=0)
    np.testing.assert_allclose(mean[0, :, 0], gain / effects.stock[:, 0].sum(), rtol=1e-12)
    assert (spread[0, 1:, 0] > 0).all()


def test_the_horizon_is_rounded_to_years_and_it_is_said():
    assert [whole_years(one) for one in (0.2, 7.4, 7.6, 20.0)] == [1, 7, 8, 20]
    texts = findings_of(case.config_of(INPUT, horizon="7.4 yr"))
    assert any("RothC counts whole years: 7 instead of 7.4" in text for text in texts)


@pytest.mark.parametrize(
    ("options", "features", "message"),
    [
        ({"cover_crop": {"carbon_input": "1 t/ha/yr", "carbon_rate": "1 t/ha/yr"}}, {},
         "cover_crop has a carbon_input and a carbon_rate"),
        ({"cover_crop": {"carbon_rate": "0.01 t/ha/yr", "cover": "1-12"}}, {},
         "the cover of cover_crop alone gains more than 0.01 t C/ha/yr"),
        (INPUT, {"depth": "30-60 cm"}, "RothC describes topsoil"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(options, features, message):
    with pytest.raises(ConfigError, match=message):
        effects_of(case.config_of(options, features=features))


def test_rothc_needs_climate_stock_and_sense():
    config = case.config_of(INPUT)
    with pytest.raises(DataError, match="RothC needs the monthly climate"):
        effects_of(config, climate=None)
    with pytest.raises(ConfigError, match="RothC counts t C/ha, and soc_stock is in g/kg"):
        effects_of(config, state=case.state("g/kg"))
    huge = case.state()
    huge.mean[3, 0] = 1500.0
    with pytest.raises(DataError, match=r"outside 0 to 800 t C/ha in 1 unit \(u3\)"):
        effects_of(config, state=huge)
