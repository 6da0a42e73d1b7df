"""Effects that come true with a probability, and approach ceilings and floors."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.effects.expected import ExpectedEffects, expected, saturate
from edaphon.effects.values import EffectSizes, FactoredEffects, Modeled

N, A, F, D = 30, 4, 2, 3


def plain_effects(seed=1, modeled=True):
    rng = np.random.default_rng(seed)
    shape = (2, A, F)
    lnrr = rng.normal(0.1, 0.2, shape)
    lnrr[:, 0] = 0.0
    loading = rng.uniform(0.0, 0.2, (2, A, D, F))
    local = rng.uniform(0.0, 0.3, shape)
    loading[:, 0], local[:, 0] = 0.0, 0.0
    if modeled:
        # as in a run, effect sizes hold nothing of what a process model gives
        lnrr[..., 1], loading[..., 1], local[..., 1] = 0.0, 0.0, 0.0
    sizes = EffectSizes(
        strata=("temperate", "cold"),
        interventions=("baseline", "a", "b", "c"),
        features=("x", "y"),
        lnrr=lnrr,
        ratio_loading=loading,
        ratio_sd_local=local,
        grade=np.ones(shape, np.uint8),
        basis=np.ones(shape, np.uint8),
        applicable=np.ones(shape, bool),
        source=np.full(shape, "", object),
        studies=np.ones(shape, np.int32),
    )
    brought = rng.normal(0.0, 0.4, (2, A, F))
    brought[:, 0] = 0.0
    spread = rng.uniform(0.0, 0.2, (2, A, D, F))
    spread[:, 0] = 0.0
    brought[..., 0], spread[..., 0] = 0.0, 0.0
    terms = Modeled(
        rng.uniform(0.0, 2.0, (N, 2)),
        brought,
        spread,
        np.abs(brought) / 3,
        rng.uniform(0.0, 0.2, (N, 2)),
    )
    stock = rng.uniform(1.0, 9.0, (N, F))
    return FactoredEffects(
        stock=stock,
        stock_sd=0.1 * stock,
        stratum=rng.integers(0, 2, N).astype(np.int16),
        sizes=sizes,
        state_applicable=np.ones((N, F), bool),
        modeled=terms if modeled else None,
    )


def chances(seed=2):
    p = np.random.default_rng(seed).uniform(0.1, 0.9, (N, A))
    p[:, 0] = 1.0
    return p


def rooms(seed=3):
    room = np.random.default_rng(seed).uniform(0.0, 3.0, (N, F))
    room[::5] = np.inf
    room[1::5] = 0.0
    return room


@pytest.fixture(params=[True, False])
def effects(request):
    odds = np.random.default_rng(6).uniform(0.0, 1.0, (N, F)) * [1, 0]
    made = expected(plain_effects(modeled=request.param), chances(), rooms(), rooms(4), odds)
    assert isinstance(made, ExpectedEffects)
    return made


def test_nothing_given_leaves_the_effects_as_they_are():
    plain = plain_effects()
    assert expected(plain) is plain
    sure = expected(plain, np.ones((N, A)), np.full((N, F), np.inf))
    np.testing.assert_allclose(sure.block(slice(None)), plain.block(slice(None)))
    for one, other in zip(sure.block_sd(slice(None)), plain.block_sd(slice(None)), strict=True):
        np.testing.assert_allclose(one, other)
    allocation = np.arange(N) % A
    for one, other in zip(
        sure.total_spread(allocation), plain.total_spread(allocation), strict=True
    ):
        np.testing.assert_allclose(one, other)


def test_chosen_is_what_the_block_holds(effects):
    allocation = np.random.default_rng(0).integers(0, A, N)
    block = effects.block(slice(None))
    np.testing.assert_allclose(effects.chosen(allocation), block[np.arange(N), allocation])
    rows = np.array([3, 17, 4])
    np.testing.assert_allclose(effects.block(rows), block[rows])
    np.testing.assert_allclose(effects.block_sd(rows)[1], effects.block_sd(slice(None))[1][rows])


def test_the_spread_of_one_unit_is_that_of_the_total(effects):
    shared, local = effects.block_sd(slice(None))
    for unit in range(0, N, 7):
        for a in range(1, A):
            allocation = np.zeros(N, dtype=int)
            allocation[unit] = a
            total, variance = effects.total_spread(allocation)
            np.testing.assert_allclose(np.sqrt((total**2).sum(axis=0)), shared[unit, a], atol=1e-12)
            np.testing.assert_allclose(np.sqrt(variance), local[unit, a], atol=1e-12)


def test_the_spread_of_totals_is_that_of_draws_that_adopt_or_not():
    plain = replace(plain_effects(modeled=False), stock_sd=np.zeros((N, F)))
    p = chances()
    made = expected(plain, p)
    rng = np.random.default_rng(5)
    allocation = rng.integers(0, A, N)
    draws, sizes = 60_000, plain.sizes
    at = (plain.stratum, allocation)
    ratio, spread = np.expm1(sizes.lnrr)[at], sizes.ratio_sd_local[at]
    common = rng.normal(size=(draws, D)) @ sizes.ratio_loading[at][:, :, 0].T
    local = rng.normal(size=(draws, N)) * spread[:, 0]
    done = rng.random((draws, N)) < p[np.arange(N), allocation]
    totals = (done * plain.stock[:, 0] * (ratio[:, 0] + common + local)).sum(axis=1)
    shared, variance = made.total_spread(allocation)
    sd = np.sqrt((shared[:, 0] ** 2).sum() + variance[0])
    assert totals.std() == pytest.approx(sd, rel=0.02)
    assert abs(totals.mean() - made.chosen(allocation)[:, 0].sum()) < 5 * sd / np.sqrt(draws)


@given(
    effect=st.floats(-1e3, 1e3),
    up=st.one_of(st.floats(0, 1e3), st.just(np.inf)),
    down=st.one_of(st.floats(0, 1e3), st.just(np.inf)),
)
def test_an_effect_never_passes_the_room_nor_changes_sign(effect, up, down):
    bounded, slope = saturate(np.array([effect]), np.array([up]), np.array([down]))
    assert -down <= bounded[0] <= up
    assert bounded[0] * effect >= 0
    assert abs(bounded[0]) <= abs(effect) * (1 + 1e-12)
    assert 0 <= slope[0] <= 1


def test_the_slope_is_the_derivative():
    effect, room, step = np.array([-2.0, -0.3, 0.4, 3.0]), np.array([1.5]), 1e-6
    _, slope = saturate(effect, room, room)
    ends = [saturate(effect + s, room, room)[0] for s in (-step, step)]
    np.testing.assert_allclose((ends[1] - ends[0]) / (2 * step), slope, rtol=1e-6)


def test_odds_change_by_the_ratio():
    plain = plain_effects(modeled=False)
    q = np.random.default_rng(7).uniform(0.0, 1.0, (N, F))
    area = 3.0
    whole = replace(plain, stock=q * area, answering=q * (1 - q) * area)
    change = expected(whole, odds=q).block(slice(None)) / area
    k = np.exp(plain.sizes.lnrr)[plain.stratum]
    before = (q / (1 - q))[:, None, :]
    np.testing.assert_allclose(q[:, None, :] + change, before * k / (1 + before * k))


def test_the_slope_of_odds_is_that_of_the_logit():
    plain = plain_effects(modeled=False)
    plain = replace(plain, stock_sd=np.zeros((N, F)))
    q = np.full((N, F), 0.3)
    whole = replace(plain, stock=q, answering=q * (1 - q), answering_sd=np.zeros((N, F)))
    shared, _ = expected(whole, odds=q).block_sd(slice(None))
    ratio, sd = np.expm1(plain.sizes.lnrr), plain.sizes.ratio_sd_shared
    step = 1e-6
    ends = [0.3 * (1 + r) / (1 + 0.3 * r) for r in (ratio - step, ratio + step)]
    slope = (ends[1] - ends[0]) / (2 * step)
    np.testing.assert_allclose(shared, (slope * sd)[plain.stratum], rtol=1e-6)
