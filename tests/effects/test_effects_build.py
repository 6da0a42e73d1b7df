"""Effects of a landscape: amounts, spreads in closed form, tables."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.effects.build import build_effects, effects_table, feature_outcomes
from edaphon.effects.values import DenseEffects
from edaphon.errors import ConfigError, DataError
from edaphon.practices.catalogue import catalogue_names, read_catalogue
from edaphon.surrogates.state import State

FEATURES = {
    "yield": {"column": "wheat", "unit": "t/ha"},
    "soc_stock": {"from": "soc", "depth": "0-30 cm"},
    "worms": {"column": "worms", "unit": "1/m2", "response_of": "earthworm_abundance"},
}


def config_of(features=None, **more):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "predictors": {"columns": ["clay_pct"]},
            "surrogates": {"soc": {"samples": "soil.csv", "response": "soc_pct", "unit": "%"}},
            "features": FEATURES if features is None else features,
            "interventions": {
                "use": list(catalogue_names()),
                "bundles": [["cover_crop", "no_till"], ["compost", "agroforestry"]],
            },
            "objectives": {"productivity": {"maximize": "yield"}},
            **more,
        }
    )


def landscape_of(n=40, latitude=47.0, seed=3):
    rng = np.random.default_rng(seed)
    return Landscape(
        ids=np.array([f"u{i}" for i in range(n)]),
        area_ha=rng.uniform(0.5, 9.0, n),
        attributes=pd.DataFrame({"land_use": ["arable"] * n}),
        latitude=np.broadcast_to(np.asarray(latitude, dtype=float), n).copy(),
        longitude=np.full(n, 15.0),
    )


def state_of(n, features=tuple(FEATURES), seed=4, sd=0.15):
    rng = np.random.default_rng(seed)
    mean = rng.uniform(3.0, 80.0, (n, len(features)))
    return State(
        features=features,
        units=("t/ha",) * len(features),
        mean=mean,
        sd=sd * mean,
        lower=mean * 0.8,
        upper=mean * 1.2,
        applicable=np.ones(mean.shape, dtype=bool),
        relative=np.zeros(len(features), dtype=bool),
        source=("column",) * len(features),
    )


@pytest.fixture(scope="module")
def effects():
    config = config_of()
    latitude = np.linspace(44.0, 61.0, 40)
    return build_effects(
        config, read_catalogue(config), landscape_of(latitude=latitude), state_of(40)
    )


def test_an_effect_is_state_times_area_times_relative_change():
    config, landscape, state = config_of(), landscape_of(), state_of(40)
    made = build_effects(config, read_catalogue(config), landscape, state)
    block = made.block(slice(3, 4))
    expected = state.mean[3] * landscape.area_ha[3] * np.expm1(made.sizes.lnrr[0])
    assert block[0] == pytest.approx(expected)
    assert made.sizes.strata == ("temperate",)
    assert (block[:, 0] == 0).all()


def test_strata_are_the_climates_of_the_units(effects):
    assert effects.sizes.strata == ("temperate", "cold")
    assert effects.stratum.min() == 0
    assert effects.stratum.max() == 1


def test_block_and_chosen_agree(effects):
    rng = np.random.default_rng(0)
    n_units, n_options, _ = effects.shape
    allocation = rng.integers(0, n_options, n_units)
    block = effects.block(np.arange(n_units))
    assert effects.chosen(allocation) == pytest.approx(block[np.arange(n_units), allocation])


def test_spreads_of_single_units_are_those_of_the_totals(effects):
    n_units, n_options, _ = effects.shape
    shared, local = effects.block_sd(slice(None))
    for unit, option in [(0, 1), (7, n_options - 1), (39, 3)]:
        allocation = np.zeros(n_units, dtype=int)
        allocation[unit] = option
        total_shared, total_local = effects.total_spread(allocation)
        assert np.sqrt((total_shared**2).sum(axis=0)) == pytest.approx(shared[unit, option])
        assert np.sqrt(total_local) == pytest.approx(local[unit, option])


@pytest.mark.parametrize("seed", range(3))
def test_total_spread_is_that_of_monte_carlo_draws(effects, seed):
    rng = np.random.default_rng(seed)
    n_units, n_options, n_features = effects.shape
    allocation = rng.integers(0, n_options, n_units)
    sizes, n_draws = effects.sizes, 40_000
    ratio = np.expm1(sizes.lnrr)[effects.stratum, allocation]
    loading = sizes.ratio_loading[effects.stratum, allocation]
    spread = sizes.ratio_sd_local[effects.stratum, allocation]
    totals = np.zeros((n_draws, n_features))
    for f in range(n_features):
        shared = rng.normal(size=(n_draws, loading.shape[1])) @ loading[:, :, f].T
        local = rng.normal(size=(n_draws, n_units)) * spread[:, f]
        amount = rng.normal(size=(n_draws, n_units)) * effects.stock_sd[:, f] + effects.stock[:, f]
        totals[:, f] = (amount * (ratio[:, f] + shared + local)).sum(axis=1)
    shared, local = effects.total_spread(allocation)
    closed = np.sqrt((shared**2).sum(axis=0) + local)
    assert totals.std(axis=0) == pytest.approx(closed, rel=0.02)
    error = 5 * closed / np.sqrt(n_draws)
    assert (np.abs(totals.mean(axis=0) - effects.chosen(allocation).sum(axis=0)) < error).all()


def test_spread_of_the_state_does_not_change_the_mean():
    config, landscape = config_of(), landscape_of()
    catalogue = read_catalogue(config)
    sure = build_effects(config, catalogue, landscape, state_of(40, sd=0.0))
    unsure = build_effects(config, catalogue, landscape, state_of(40, sd=0.9))
    assert np.array_equal(sure.block(slice(None)), unsure.block(slice(None)))
    assert (unsure.block_sd(slice(None))[1][:, 1:] > sure.block_sd(slice(None))[1][:, 1:]).all()


def test_agroforestry_yield_does_not_move_a_european_portfolio(effects):
    n_units, _, _ = effects.shape
    a = effects.sizes.interventions.index("agroforestry")
    f = effects.sizes.features.index("yield")
    allocation = np.full(n_units, a)
    assert (effects.chosen(allocation)[:, f] == 0).all()
    assert not effects.applicable(allocation).any()
    shared, local = effects.total_spread(allocation)
    assert np.abs(shared[:, f]).max() > 0
    assert local[f] > 0


def test_a_unit_outside_the_surrogates_area_is_outside(effects):
    state = np.ones_like(effects.state_applicable)
    state[5] = False
    made = replace(effects, state_applicable=state)
    cover = np.full(40, effects.sizes.interventions.index("cover_crop"))
    assert not made.applicable(cover)[5]
    assert made.applicable(np.zeros(40, dtype=int)).all()


def test_outcomes_of_features():
    config = config_of()
    pairs, findings = feature_outcomes(config, read_catalogue(config), (*FEATURES, "soil_water"))
    assert dict(pairs) == {
        "yield": "yield",
        "soc_stock": "soc",
        "worms": "earthworm_abundance",
        "soil_water": "soil_water",
    }
    assert findings == ()


def test_what_a_surrogate_measures_names_the_outcome():
    humus = {"samples": "boden.csv", "response": "Corg", "unit": "%"}
    stock = {"carbon": {"from": "humus", "depth": "0-30 cm"}}
    for more, outcome in (({"indicator": "soc"}, "soc"), ({}, "")):
        config = config_of(stock, surrogates={"humus": {**humus, **more}})
        pairs, _ = feature_outcomes(config, read_catalogue(config), ("carbon",))
        assert pairs == (("carbon", outcome),)


def test_a_feature_that_no_practice_changes_is_a_warning():
    config = config_of({"orchids": {"column": "orchids", "unit": "1/ha"}})
    pairs, (finding,) = feature_outcomes(config, read_catalogue(config), ("orchids",))
    assert pairs == (("orchids", ""),)
    assert finding.severity == "warning"
    assert "can be kept but not raised" in finding.what
    assert "features.orchids" in finding.where


def test_a_misspelt_response_is_an_error_with_a_suggestion():
    worms = {"column": "worms", "unit": "1/m2", "response_of": "earthworm_abundence"}
    config = config_of({"worms": worms})
    with pytest.raises(ConfigError) as caught:
        feature_outcomes(config, read_catalogue(config), ("worms",))
    (finding,) = caught.value.findings
    assert "did you mean 'earthworm_abundance'?" in finding.hint
    assert "features.worms.response_of" in finding.where


def test_state_and_landscape_must_match():
    config = config_of()
    with pytest.raises(DataError, match="39 units have a state"):
        build_effects(config, read_catalogue(config), landscape_of(), state_of(39))


def test_units_without_latitude_are_refused():
    config = config_of()
    with pytest.raises(DataError, match="no latitude"):
        build_effects(config, read_catalogue(config), landscape_of(latitude=np.nan), state_of(40))


def problem_of(effects, interventions, features):
    return SimpleNamespace(
        effects=effects,
        unit_ids=np.array([f"u{i}" for i in range(effects.shape[0])]),
        interventions=tuple(interventions),
        features=[SimpleNamespace(name=name) for name in features],
    )


def test_the_table_holds_every_pair(effects):
    problem = problem_of(effects, effects.sizes.interventions, effects.sizes.features)
    table = pd.concat(effects_table(problem))
    n_units, n_options, n_features = effects.shape
    assert len(table) == n_units * (n_options - 1) * n_features
    row = table.query("unit_id == 'u7' and intervention == 'organic' and feature == 'yield'")
    a = effects.sizes.interventions.index("organic")
    f = effects.sizes.features.index("yield")
    assert row["mean"].item() == pytest.approx(effects.block([7])[0, a, f])
    assert row["sd_local"].item() == pytest.approx(effects.block_sd([7])[1][0, a, f])
    assert row["basis"].item() == "literature"
    assert bool(row["applicable"].item())
    foreign = table.query("intervention == 'agroforestry' and feature == 'yield'")
    assert not foreign["applicable"].any()
    few = pd.concat(effects_table(problem, np.array([0, a, a])))
    assert set(few["intervention"]) == {"organic"}


def test_the_table_takes_effects_that_came_as_arrays():
    dense = DenseEffects(np.arange(12.0).reshape(2, 3, 2), np.zeros((2, 2)))
    table = pd.concat(effects_table(problem_of(dense, ("baseline", "a", "b"), ("x", "y"))))
    assert table["mean"].tolist() == [2.0, 3.0, 4.0, 5.0, 8.0, 9.0, 10.0, 11.0]
    assert set(table["basis"]) == {"given"}
    assert table["applicable"].all()


def test_a_probability_answers_on_the_logit_scale_and_stays_one():
    landscape = landscape_of()
    config = config_of()
    state = state_of(40)
    probability = np.linspace(0.02, 0.98, 40)
    mean, sd = state.mean.copy(), state.sd.copy()
    mean[:, 2], sd[:, 2] = probability, 0.1
    state = replace(state, units=("t/ha", "t/ha", "ha/ha"), mean=mean, sd=sd)
    catalogue = read_catalogue(config)
    effects = build_effects(config, catalogue, landscape, state)
    area = landscape.area_ha
    np.testing.assert_allclose(effects.stock[:, 2], probability * area)
    change = effects.block(slice(None))[:, :, 2] / area[:, None]
    after = probability[:, None] + change
    assert ((after >= 0) & (after <= 1)).all()
    odds = np.log(probability / (1 - probability))[:, None] + effects.sizes.lnrr[:, :, 2]
    np.testing.assert_allclose(after, 1 / (1 + np.exp(-odds)))
    a = int(np.argmax(effects.sizes.lnrr[0, :, 2]))
    others = build_effects(config, catalogue, landscape, replace(state, units=("t/ha",) * 3))
    np.testing.assert_array_equal(
        effects.block(slice(None))[:, :, :2], others.block(slice(None))[:, :, :2]
    )
    allocation = np.full(40, a)
    np.testing.assert_allclose(effects.chosen(allocation), effects.block(slice(None))[:, a])
    _, local = effects.block_sd(slice(None))
    _, total = effects.total_spread(allocation)
    np.testing.assert_allclose(total, (local[:, a] ** 2).sum(axis=0))
