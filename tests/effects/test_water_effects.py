"""Available water follows soil carbon: effects, spreads, what stands in, and portfolios."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.effects.build import build_effects, feature_outcomes
from edaphon.effects.sizes import effect_sizes
from edaphon.effects.values import BASES, Modeled
from edaphon.effects.water import joined
from edaphon.practices.catalogue import outcomes, read_catalogue
from edaphon.soil.water import available_water_change
from edaphon.surrogates.features import build_state
from edaphon.surrogates.state import Prediction

N = 30
WATER = {"model": "saxton_rawls", "depth": "0-30 cm", "from": "soc"}


def config_of(features=None, horizon="20 yr"):
    return config_from_mapping(
        {
            "name": "test",
            "horizon": horizon,
            "landscape": {"file": "units.gpkg"},
            "predictors": {"columns": ["clay_pct"]},
            "surrogates": {"soc": {"samples": "a.csv", "response": "soc_pct", "unit": "%"}},
            "features": {"water": WATER} if features is None else features,
            "interventions": {
                "use": ["cover_crop", "no_till", "compost", "organic"],
                "bundles": [["cover_crop", "no_till"], ["compost", "no_till"]],
            },
            "objectives": {"carbon": {"maximize": "soc"}, "water": {"maximize": "water"}},
        }
    )


def landscape_of(latitude=47.0):
    rng = np.random.default_rng(2)
    clay = rng.uniform(5, 50, N)
    return Landscape(
        ids=np.array([f"u{i}" for i in range(N)]),
        area_ha=rng.uniform(0.5, 9, N),
        attributes=pd.DataFrame({"clay_pct": clay, "sand_pct": 95 - clay}),
        latitude=np.broadcast_to(np.asarray(latitude, float), N).copy(),
        longitude=np.full(N, 15.0),
    )


def soc_of(spread=0.2):
    mean = np.linspace(0.8, 3.5, N)
    everywhere = np.ones(N, dtype=bool)
    return Prediction(mean, spread * mean, 0.7 * mean, 1.4 * mean, everywhere, ~everywhere)


def built(config=None, latitude=47.0, spread=0.2, catalogue=None):
    config = config_of() if config is None else config
    landscape = landscape_of(latitude)
    state = build_state(config, landscape, {"soc": soc_of(spread)}, {"soc": "%"}, outcomes())
    catalogue = read_catalogue(config) if catalogue is None else catalogue
    return build_effects(config, catalogue, landscape, state), state, landscape


def without(catalogue, *names):
    """The catalogue without the evidence of some interventions on soil carbon."""
    kept = tuple(e for e in catalogue.evidence if e.outcome != "soc" or e.intervention not in names)
    return replace(catalogue, evidence=kept)


def test_the_effect_is_the_water_that_the_gain_of_carbon_brings():
    config = config_of()
    effects, state, landscape = built(config)
    f = state.features.index("water")
    sizes = effect_sizes(read_catalogue(config), ("temperate",), [("water", "soc")], 20.0)
    table, soc = landscape.attributes, soc_of().mean
    block = effects.block(slice(None))[:, :, f]
    for a, name in enumerate(effects.sizes.interventions):
        gain = np.expm1(sizes.lnrr[0, a, 0])
        expected = state.lever[:, f] * landscape.area_ha * gain
        np.testing.assert_allclose(block[:, a], expected, err_msg=name)
        # the slope of today stands for the whole gain: off by a few percent of it at most
        after = np.minimum(soc * (1 + gain), 4.64)
        change = available_water_change(table.sand_pct, table.clay_pct, soc, after)
        whole = 30.0 * change * landscape.area_ha
        if 0 < gain < 0.3:
            assert whole.sum() == pytest.approx(expected.sum(), rel=0.05)


def test_water_is_linear_in_the_change_of_carbon():
    """Twice the relative gain of carbon brings exactly twice the water."""
    effects, state, _ = built()
    modeled = effects.modeled
    twice = replace(effects, modeled=replace(modeled, brought=2 * modeled.brought))
    f = state.features.index("water")
    np.testing.assert_allclose(
        twice.block(slice(None))[:, :, f], 2 * effects.block(slice(None))[:, :, f], rtol=1e-12
    )


def test_spreads_of_single_units_add_up_to_those_of_the_totals():
    effects, _, _ = built(latitude=np.linspace(40.0, 60.0, N))
    rng = np.random.default_rng(0)
    allocation = rng.integers(0, effects.shape[1], N)
    shared, local = effects.block_sd(slice(None))
    _, total_local = effects.total_spread(allocation)
    chosen = local[np.arange(N), allocation]
    np.testing.assert_allclose(total_local, (chosen**2).sum(axis=0))
    for unit, option in [(0, 1), (11, 4), (29, 5)]:
        alone = np.zeros(N, dtype=int)
        alone[unit] = option
        loading, _ = effects.total_spread(alone)
        np.testing.assert_allclose(np.sqrt((loading**2).sum(axis=0)), shared[unit, option])
    np.testing.assert_allclose(
        effects.chosen(allocation), effects.block(slice(None))[np.arange(N), allocation]
    )


def test_the_spread_is_that_of_carbon_and_of_the_lever():
    effects, state, landscape = built()
    config = config_of()
    f = state.features.index("water")
    carbon = effect_sizes(read_catalogue(config), ("temperate",), [("water", "soc")], 20.0)
    shared, local = effects.block_sd(slice(None))
    lever, lever_sd = (one[:, f] * landscape.area_ha for one in (state.lever, state.lever_sd))
    common = carbon.ratio_sd_shared[0, 1, 0]
    np.testing.assert_allclose(shared[:, 1, f], lever * common)
    own, gain = carbon.ratio_sd_local[0, 1, 0], np.expm1(carbon.lnrr[0, 1, 0])
    expected = np.sqrt((lever * own) ** 2 + lever_sd**2 * (gain**2 + own**2 + common**2))
    np.testing.assert_allclose(local[:, 1, f], expected)
    assert (local[:, 0, f] == 0).all()


def test_moisture_stands_in_for_practices_without_evidence_on_carbon():
    config = config_of()
    catalogue = without(read_catalogue(config), "no_till", "cover_crop+no_till")
    effects, state, landscape = built(config, catalogue=catalogue)
    f = state.features.index("water")
    a = catalogue.names.index("no_till")
    moisture = effect_sizes(catalogue, ("temperate",), [("water", "soil_water")], 20.0)
    gain = np.expm1(moisture.lnrr[0, a, 0])
    assert gain > 0
    expected = state.mean[:, f] * landscape.area_ha * gain
    np.testing.assert_allclose(effects.block(slice(None))[:, a, f], expected)
    assert BASES[effects.sizes.basis[0, a, f]] == "pooled"
    followed = effects.sizes.basis[0, catalogue.names.index("compost"), f]
    assert BASES[followed] == "model"


def test_evidence_names_both_steps_and_keeps_its_studies():
    effects, state, _ = built()
    f, a = state.features.index("water"), effects.sizes.interventions.index("cover_crop")
    carbon = effects.sizes.features.index("soc")
    assert effects.sizes.source[0, a, f].startswith("available water follows organic carbon")
    assert effects.sizes.source[0, a, carbon] in effects.sizes.source[0, a, f]
    for key in ("studies", "grade", "applicable"):
        held = getattr(effects.sizes, key)
        assert held[0, a, f] == held[0, a, carbon]
    assert not [one for one in effects.sizes.findings if "cover_crop on water" in one.what]


def test_evidence_from_other_climates_moves_no_water():
    effects, state, _ = built(latitude=60.0)
    f, a = state.features.index("water"), effects.sizes.interventions.index("no_till")
    assert (effects.block(slice(None))[:, a, f] == 0).all()
    assert not effects.sizes.applicable[0, a, f]
    said = [one for one in effects.sizes.findings if "no_till on water" in one.what]
    assert "the evidence on soc is temperate" in said[0].what
    shared, _ = effects.block_sd(slice(None))
    assert (shared[:, a, f] > 0).any()


def test_the_outcome_is_moisture_unless_stated():
    config = config_of({"water": {**WATER, "response_of": "infiltration"}})
    pairs, findings = feature_outcomes(config, read_catalogue(config), ("water", "soc"))
    assert dict(pairs)["water"] == "infiltration"
    pairs, findings = feature_outcomes(config_of(), read_catalogue(config), ("water", "soc"))
    assert dict(pairs)["water"] == "soil_water"
    assert not findings


def test_two_layers_stand_side_by_side():
    deep = {**WATER, "depth": "0-60 cm"}
    config = config_of({"water": WATER, "deep": deep, "soc": {"from": "soc"}})
    effects, state, _ = built(config)
    one, other = (state.features.index(name) for name in ("water", "deep"))
    block = effects.block(slice(None))
    np.testing.assert_allclose(block[:, :, other], 2 * block[:, :, one])


def test_terms_of_several_models_add_up():
    rng = np.random.default_rng(1)

    def model(terms, local=True):
        return Modeled(
            rng.random((5, terms)),
            rng.random((terms, 3, 2)),
            rng.random((terms, 3, 4, 2)),
            rng.random((terms, 3, 2)) if local else None,
            rng.random((5, terms)) if local else None,
        )

    one, other = model(2), model(3, local=False)
    both = joined(one, None, other)
    chosen = np.array([0, 1, 2, 1, 2])
    np.testing.assert_allclose(
        both.block(slice(None)), one.block(slice(None)) + other.block(slice(None))
    )
    np.testing.assert_allclose(
        both.total_loading(chosen), one.total_loading(chosen) + other.total_loading(chosen)
    )
    np.testing.assert_allclose(both.total_var_local(chosen), one.total_var_local(chosen))
    rows = both.block_var_local(slice(None))[np.arange(5), chosen]
    np.testing.assert_allclose(both.total_var_local(chosen), rows.sum(axis=0))
    assert joined(None, None) is None
    assert joined(None, one) is one
