"""Effects of single units beyond the pooled evidence, against their formulas."""

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.effects.build import build_effects
from edaphon.effects.choose import choose_size
from edaphon.effects.learners import UnitEffects
from edaphon.effects.unit_level import Shift, UnitEvidence
from edaphon.effects.values import BASES
from edaphon.practices.catalogue import read_catalogue
from edaphon.surrogates.state import OCCUPIED, State

N = 6
LATITUDE = np.array([47.0, 48.0, 30.0, 46.0, 29.0, 45.0])


def state_of(unit="t/ha"):
    mean = np.linspace(40.0, 80.0, N)[:, None] if unit == "t/ha" else np.full((N, 1), 0.3)
    return State(
        features=("soc",),
        units=(unit,),
        mean=mean,
        sd=0.1 * mean,
        lower=0.8 * mean,
        upper=1.2 * mean,
        applicable=np.ones((N, 1), dtype=bool),
        relative=np.zeros(1, dtype=bool),
        source=("surrogate soc",),
    )


def built(known=None, horizon="20 yr", state=None, use=("cover_crop", "mycorrhiza")):
    config = config_from_mapping(
        {
            "name": "test",
            "horizon": horizon,
            "landscape": {"file": "units.gpkg"},
            "features": {"soc": {"response_of": "soc"}},
            "interventions": {"use": list(use)},
            "objectives": {"carbon": {"maximize": "soc"}},
        }
    )
    landscape = Landscape(
        ids=np.array([f"u{k}" for k in range(N)]),
        area_ha=np.linspace(1.0, 3.0, N),
        attributes=pd.DataFrame({"land_use": ["arable"] * N}),
        latitude=LATITUDE,
        longitude=np.full(N, 15.0),
    )
    catalogue = read_catalogue(config)
    given = state_of() if state is None else state
    return build_effects(config, catalogue, landscape, given, known=known), catalogue


SHIFT = np.array([0.1, -0.05, 0.2, 0.0, -0.1, 0.05])
MOVED = UnitEvidence({"soc": Shift(SHIFT, ("cover_crop",), "moved by clay")})


@pytest.mark.parametrize(("horizon", "share"), [("20 yr", 1.0), ("2 yr", 0.4)])
def test_a_shift_adds_to_the_mean_of_each_climate_before_the_horizon_counts(horizon, share):
    effects, catalogue = built(MOVED, horizon)
    zones = np.where(LATITUDE > 35, "temperate", "subtropical")
    lnrr = [choose_size(catalogue, "cover_crop", "soc", zone, 100.0).lnrr for zone in zones]
    wanted = effects.stock[:, 0] * share * np.expm1(lnrr + SHIFT)
    assert len(set(lnrr)) == 2
    assert effects.block(slice(None))[:, 1, 0] == pytest.approx(wanted)
    plain, _ = built(None, horizon)
    assert effects.block(slice(None))[:, 2].tolist() == plain.block(slice(None))[:, 2].tolist()
    assert (effects.sizes.basis == plain.sizes.basis).all()
    shared, _ = effects.block_sd(slice(None))
    assert shared == pytest.approx(plain.block_sd(slice(None))[0])


def test_what_the_evidence_does_not_speak_for_is_not_shifted():
    both = UnitEvidence({"soc": Shift(SHIFT, ("cover_crop", "mycorrhiza"), "moved")})
    effects, _ = built(both)
    assert (effects.block(slice(None))[:, 2, 0] == 0.0).all()
    chance = state_of(OCCUPIED)
    shifted, _ = built(MOVED, state=chance)
    plain, _ = built(None, state=chance)
    assert np.array_equal(shifted.block(slice(None)), plain.block(slice(None)))


def learned():
    inside = np.array([True, True, False, True, False, True])
    ratio = np.linspace(-0.2, 0.3, N)
    mean = 10.0 * ratio
    return UnitEvidence(
        learned={
            ("cover_crop", "soc"): UnitEffects(
                True, "T learner", mean, np.ones(N), inside, ratio, np.full(N, 0.15)
            )
        }
    ), inside


def test_a_learned_effect_is_the_ratio_times_todays_stock():
    known, inside = learned()
    effects, _ = built(known)
    plain, _ = built()
    block, pooled = (one.block(slice(None))[:, 1, 0] for one in (effects, plain))
    ratio = known.learned["cover_crop", "soc"].ratio
    assert block[inside] == pytest.approx((effects.stock[:, 0] * ratio)[inside])
    assert block[~inside] == pytest.approx(pooled[~inside])
    assert set(np.array(BASES)[effects.sizes.basis[:, 1, 0]]) == {"model"}
    assert set(effects.sizes.source[:, 1, 0]) == {"T learner"}
    shared, local = (one[:, 1, 0] for one in effects.block_sd(slice(None)))
    plain_shared, plain_local = (one[:, 1, 0] for one in plain.block_sd(slice(None)))
    assert shared == pytest.approx(plain_shared)
    stock, sd = effects.stock[:, 0], effects.stock_sd[:, 0]
    common = shared / stock
    wanted = np.hypot(stock * 0.15, sd * np.hypot(ratio, common))
    assert local[inside] == pytest.approx(wanted[inside])
    assert local[~inside] == pytest.approx(plain_local[~inside], rel=0.02)


@pytest.mark.parametrize("known", [MOVED, learned()[0]])
def test_blocks_and_totals_agree(known):
    effects, _ = built(known)
    whole = effects.block(slice(None))
    chosen = np.array([1, 2, 1, 0, 1, 2])
    assert effects.chosen(chosen) == pytest.approx(whole[np.arange(N), chosen])
    shared, local = effects.block_sd(slice(None))
    for unit in range(N):
        alone = np.zeros(N, dtype=int)
        alone[unit] = 1
        loading, variance = effects.total_spread(alone)
        assert np.sqrt((loading**2).sum()) == pytest.approx(shared[unit, 1, 0])
        assert np.sqrt(variance[0]) == pytest.approx(local[unit, 1, 0])
