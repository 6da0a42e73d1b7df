"""Inoculants: effects count by the chance that they stay and by what is left outdoors."""

from dataclasses import replace

import numpy as np
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.effects.choose import choose_size
from edaphon.effects.establishment import Uptake, established, uptake_of
from edaphon.practices.catalogue import read_catalogue, whole_catalogue
from edaphon.practices.evidence import read_evidence


def config_of(use, options=None, bundles=()):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "interventions": {"use": list(use), "bundles": list(bundles), "options": options or {}},
            "objectives": {"productivity": {"maximize": "yield"}},
        }
    )


def size_of(use, name, outcome="yield", options=None, bundles=(), climate="temperate"):
    catalogue = read_catalogue(config_of(use, options, bundles))
    return choose_size(catalogue, name, outcome, climate, 20.0)


def published(name, outcome):
    row = next(r for r in read_evidence() if (r.intervention, r.outcome) == (name, outcome))
    return row.lnrr


def test_an_inoculant_counts_by_the_chance_that_it_stays():
    size = size_of(["mycorrhiza"], "mycorrhiza")
    assert np.expm1(size.lnrr) == pytest.approx(0.5 * np.expm1(published("mycorrhiza", "yield")))
    sure = size_of(["mycorrhiza"], "mycorrhiza", options={"mycorrhiza": {"establishes": "100 %"}})
    assert sure.lnrr == pytest.approx(published("mycorrhiza", "yield"))
    likely = size_of(["mycorrhiza"], "mycorrhiza", options={"mycorrhiza": {"establishes": "80 %"}})
    assert np.expm1(likely.lnrr) == pytest.approx(0.8 * np.expm1(sure.lnrr))


def test_a_greenhouse_effect_is_discounted_in_the_field():
    size = size_of(["microbial_consortia"], "microbial_consortia", "plant_growth")
    whole = np.expm1(published("microbial_consortia", "plant_growth"))
    assert np.expm1(size.lnrr) == pytest.approx(0.5 * 0.5 * whole)
    size = size_of(["bioremediation"], "bioremediation", "contaminant_removal")
    whole = np.expm1(published("bioremediation", "contaminant_removal"))
    assert np.expm1(size.lnrr) == pytest.approx(0.5 * whole)


def test_what_releases_nothing_is_left_as_it_is():
    plain = size_of(["cover_crop"], "cover_crop", "soc")
    assert established(plain, None) == plain
    for one in whole_catalogue().interventions:
        alive = one.establishment_probability or one.greenhouse_to_field
        assert (uptake_of(one) == Uptake()) == (alive is None)
        assert not alive or one.guards.live_release


def test_a_part_counts_so_in_a_bundle_too():
    alone = size_of(["mycorrhiza", "no_till"], "mycorrhiza")
    bundle = [["mycorrhiza", "no_till"]]
    together = size_of(["no_till"], "mycorrhiza", bundles=bundle)
    assert together.lnrr == pytest.approx(alone.lnrr)
    assert together.deviations == pytest.approx(alone.deviations)


def test_the_spread_is_that_of_draws():
    size = size_of(["mycorrhiza"], "mycorrhiza", options={"mycorrhiza": {"establishes": "100 %"}})
    size = replace(size, deviations={"mycorrhiza": 0.04}, local=0.05)
    one = next(i for i in whole_catalogue().interventions if i.name == "microbial_consortia")
    uptake = uptake_of(one)
    made = established(size, one)
    rng = np.random.default_rng(1)
    draws, units = 20_000, 40
    factor = rng.normal(uptake.chance, uptake.chance_sd, draws) * rng.normal(
        uptake.outdoors, uptake.outdoors_sd, draws
    )
    lnrr = size.lnrr + rng.normal(0, 0.04, draws)
    shared = np.log1p(factor * np.expm1(lnrr))
    assert shared.std() == pytest.approx(made.shared, rel=0.08)
    stays = rng.random((draws, units)) < uptake.chance
    local = size.lnrr + rng.normal(0, 0.05, (draws, units))
    effect = uptake.outdoors * stays * np.expm1(local)
    assert np.exp(made.lnrr) * made.local == pytest.approx(effect.std(), rel=0.05)
    assert effect.mean() == pytest.approx(np.expm1(made.lnrr), rel=0.02)
