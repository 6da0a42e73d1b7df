"""Joint draws: their spread is the closed form's, shared parts are shared, blocks repeat."""

import numpy as np
import pytest

from edaphon.effects.draws import draw_effects
from edaphon.effects.expected import expected
from edaphon.effects.values import (
    BLOCK_UNITS,
    DenseEffects,
    EffectSizes,
    FactoredEffects,
    Modeled,
)

N_UNITS, N_OPTIONS, N_FEATURES, N_DRAWS = 300, 4, 2, 4000


def sizes(rng, n_strata=2):
    shape = (n_strata, N_OPTIONS, N_FEATURES)
    loading = rng.uniform(0.02, 0.2, (n_strata, N_OPTIONS, N_OPTIONS - 1, N_FEATURES))
    loading[:, 0] = 0.0
    lnrr = rng.normal(0, 0.2, shape)
    lnrr[:, 0] = 0.0
    local = np.full(shape, 0.3)
    local[:, 0] = 0.0
    return EffectSizes(
        strata=("temperate", "cold")[:n_strata],
        interventions=tuple("oabc"),
        features=("soc", "yield"),
        lnrr=lnrr,
        ratio_loading=loading,
        ratio_sd_local=local,
        grade=np.zeros(shape, np.uint8),
        basis=np.ones(shape, np.uint8),
        applicable=np.ones(shape, bool),
        source=np.full(shape, "", object),
        studies=np.zeros(shape, np.int32),
    )


def factored(seed=0, n_units=N_UNITS, modeled=False):
    rng = np.random.default_rng(seed)
    term = None
    if modeled:
        brought = rng.normal(0, 1, (2, N_OPTIONS, N_FEATURES))
        loading = rng.normal(0, 0.3, (2, N_OPTIONS, N_OPTIONS - 1, N_FEATURES))
        brought[:, 0] = loading[:, 0] = 0.0
        term = Modeled(rng.uniform(1, 2, (n_units, 2)), brought, loading)
    return FactoredEffects(
        stock=rng.uniform(5, 10, (n_units, N_FEATURES)),
        stock_sd=np.full((n_units, N_FEATURES), 0.5),
        stratum=rng.integers(0, 2, n_units).astype(np.int16),
        sizes=sizes(rng),
        state_applicable=np.ones((n_units, N_FEATURES), bool),
        modeled=term,
    )


def dense(seed=0):
    rng = np.random.default_rng(seed)
    shape = (N_UNITS, N_OPTIONS, N_FEATURES)
    sd = rng.uniform(0.1, 0.5, shape)
    sd[:, 0] = 0.0
    return DenseEffects(rng.normal(0, 1, shape), np.zeros((N_UNITS, N_FEATURES)), sd, sd)


def bounded(seed=0):
    plain = factored(seed, modeled=True)
    rng = np.random.default_rng(seed + 1)
    chance = rng.uniform(0.3, 1.0, (N_UNITS, N_OPTIONS))
    chance[:, 0] = 1.0
    return expected(plain, chance, np.full(plain.stock.shape, 6.0), None)


EVERY = [factored(), factored(modeled=True), dense(), bounded()]


def allocation(seed, n_units=N_UNITS):
    return np.random.default_rng(seed).integers(0, N_OPTIONS, n_units).astype(np.uint8)


def reach(values):
    low, high = np.quantile(values, [0.05, 0.95], axis=0)
    return high - low


@pytest.mark.parametrize("effects", EVERY)
def test_totals_have_the_mean_and_spread_of_the_closed_form(effects):
    chosen = allocation(3)
    totals = draw_effects(effects, 20_000).totals(chosen)
    loading, local = effects.total_spread(chosen)
    mean = effects.chosen(chosen).sum(axis=0)
    sd = np.sqrt((loading**2).sum(axis=0) + local)
    assert np.abs(np.median(totals, axis=0) - mean).max() < 0.05 * sd.max()
    # sums of a few heavy-tailed deviations reach a little farther than a normal of their sd
    assert reach(totals) / (3.29 * sd) == pytest.approx(np.ones(N_FEATURES), abs=0.12)


@pytest.mark.parametrize("effects", EVERY)
def test_the_units_of_a_draw_add_up_to_its_total(effects):
    chosen = allocation(4)
    draws = draw_effects(effects, 3, seed=5)
    loading, _ = effects.total_spread(chosen)
    for s in range(3):
        units = np.concatenate(list(draws.blocks(s, local=False)))
        total = units[np.arange(N_UNITS), chosen].sum(axis=0)
        shared = (draws.deviations[s] * loading).sum(axis=0)
        assert total == pytest.approx(effects.chosen(chosen).sum(axis=0) + shared)


def test_local_parts_of_units_have_the_local_sd():
    effects = factored()
    draws = draw_effects(effects, 400)
    away = np.array(
        [
            np.concatenate(list(draws.blocks(s)))
            - np.concatenate(list(draws.blocks(s, local=False)))
            for s in range(400)
        ]
    )
    _, sd = effects.block_sd(slice(None))
    ratio = away.std(axis=0)[:, 1:] / sd[:, 1:]
    assert ratio.mean() == pytest.approx(1.0, abs=0.01)
    assert (away[:, :, 0] == 0).all()


def test_only_what_differs_spreads_between_two_portfolios():
    effects = factored()
    one, other = allocation(1), allocation(1)
    other[:20] = (other[:20] + 1) % N_OPTIONS
    draws = draw_effects(effects, N_DRAWS)
    assert (draws.totals(one, one) == 0).all()
    apart = draws.totals(one, other)
    assert apart == pytest.approx(-draws.totals(other, one) + 2 * own_part(draws, one, other))
    shared = effects.total_spread(one)[0] - effects.total_spread(other)[0]
    kept = [np.where(one == other, 0, a) for a in (one, other)]
    local = sum(effects.total_spread(a)[1] for a in kept)
    sd = np.sqrt((shared**2).sum(axis=0) + local)
    assert reach(apart) / (3.29 * sd) == pytest.approx(np.ones(N_FEATURES), abs=0.12)
    assert (apart.std(axis=0) < 0.5 * draws.totals(one).std(axis=0)).all()


def own_part(draws, one, other):
    """The local part of a difference, which keeps its sign when the two are swapped."""
    loading = draws.effects.total_spread(one)[0] - draws.effects.total_spread(other)[0]
    mean = (draws.effects.chosen(one) - draws.effects.chosen(other)).sum(axis=0)
    return draws.totals(one, other) - mean - np.einsum("sdf,df->sf", draws.deviations, loading)


def test_the_same_seed_gives_the_same_draws_whatever_was_asked_before():
    effects = factored(n_units=BLOCK_UNITS + 10)
    first, again = draw_effects(effects, 2, seed=9), draw_effects(effects, 2, seed=9)
    whole = np.concatenate(list(first.blocks(1)))
    *_, last = again.blocks(1)
    assert whole.shape == (BLOCK_UNITS + 10, N_OPTIONS, N_FEATURES)
    assert np.array_equal(whole[BLOCK_UNITS:], last)
    assert not np.array_equal(first.deviations, draw_effects(effects, 2, seed=8).deviations)
    chosen = allocation(2, BLOCK_UNITS + 10)
    assert np.array_equal(first.totals(chosen), again.totals(chosen))


def test_shared_deviations_do_not_average_out():
    few, many = factored(n_units=100), factored(n_units=10_000)
    spread = []
    for effects in (few, many):
        chosen = np.ones(effects.shape[0], np.uint8)
        totals = draw_effects(effects, N_DRAWS).totals(chosen)
        spread.append(reach(totals) / effects.stock.sum(axis=0))
    assert (spread[1] < spread[0]).all()
    assert (spread[1] > 0.3 * spread[0]).all()
