"""What the config asks of each surrogate, and the units of what it will say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Predictors, Samples
from edaphon.data.observations import Observations
from edaphon.errors import DataError
from edaphon.soil.diversity import hill_number
from edaphon.surrogates.asked import expected_layers, measured, stand_in, stand_ins, unit_of
from edaphon.surrogates.state import Audit
from edaphon.surrogates.train import check_data, train, train_all

WORMS = {"learns": "species", "observations": "worms.csv", "block": "2 km"}


def config_of(surrogates, **more):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "predictors": {"columns": ["clay"], "rasters": {"dem": "dem.tif", "rain": "r.tif"}},
            "surrogates": surrogates,
            "interventions": {"use": ["cover_crop"]},
            "objectives": {"cost": {"minimize": "cost"}},
            **more,
        }
    )


def ground(n=120, seed=1):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 20_000, (2, n))
    clay = 20 + 5 * np.sin(x / 3000) + rng.normal(0, 1, n)
    table = pd.DataFrame({"clay": clay, "dem": rng.normal(500, 50, n)})
    place = {"x": x, "y": y, "longitude": x / 80_000, "latitude": y / 110_000}
    return table, place, rng


def observed(kind="presence_absence", n_species=3):
    table, place, rng = ground()
    odds = (table["clay"] - 20) / 2
    found = pd.DataFrame(
        {
            f"sp{k}": (rng.random(len(odds)) < 1 / (1 + np.exp(-odds))) * 1.0
            for k in range(n_species)
        }
    )
    unit = "individuals/m2" if kind == "abundance" else ""
    if kind == "abundance":
        found *= rng.integers(1, 9, found.shape)
    if kind == "presence_only":
        found = found.where(found > 0)
    return Observations.from_frames(found, table, kind=kind, unit=unit, name="worms", **place)


@pytest.mark.parametrize(
    ("kind", "keys", "unit"),
    [
        ("presence_absence", {}, "species"),
        ("presence_absence", {"species": ["sp1"]}, "ha/ha"),
        ("presence_only", {}, "score"),
        ("presence_only", {"prevalence": {"sp1": "30 %"}}, "score"),
        ("presence_only", {"species": ["sp1"], "prevalence": {"sp1": "30 %"}}, "ha/ha"),
        ("presence_only", {"prevalence": dict.fromkeys(["sp0", "sp1", "sp2"], "30 %")}, "species"),
        ("abundance", {}, "individuals/m2"),
        ("abundance", {"stands_for": "soil life", "species": ["sp1"]}, "individuals/m2"),
    ],
)
def test_units_are_known_before_the_fit(kind, keys, unit):
    config = config_of({"worms": {**WORMS, **keys}})
    assert unit_of(config, "worms", observed(kind)) == unit


def test_what_stands_for_many_species_counts_them():
    config = config_of({"worms": {**WORMS, "species": ["sp1"], "stands_for": "soil life"}})
    assert unit_of(config, "worms", observed("abundance", 14)) == "species"


def test_stand_ins_of_a_prediction_are_its_mean():
    data = observed("abundance")
    config = config_of({"worms": {**WORMS, "species": ["sp0", "sp2"]}})
    assert stand_in(config, "worms", data) == pytest.approx(data.table[:, [0, 2]].mean(0).sum())
    assert stand_in(config, "worms", observed("presence_only")) == 0.5


def test_unknown_candidates_are_told_in_their_place():
    table, place, _ = ground()
    samples = Samples("soc", table["clay"].to_numpy(), "%", table, **place)
    soc = {"samples": "s.csv", "response": "soc", "unit": "%", "candidates": ["ridge", "rigde"]}
    config = config_of({"soc": soc, "worms": {**WORMS, "candidates": ["logistik"]}})
    area = Predictors(table, place["x"], place["y"])
    with pytest.raises(DataError, match=r"soc\.candidates\.1: there is no candidate 'rigde'"):
        check_data(config, "soc", samples, area)
    with pytest.raises(DataError, match="'logistic'"):
        check_data(config, "worms", observed(), area)


def test_too_wide_blocks_are_told_at_their_key():
    table, place, _ = ground()
    samples = Samples("soc", table["clay"].to_numpy(), "%", table, **place)
    soc = {"samples": "s.csv", "response": "soc", "unit": "%", "block": "0.25 degrees"}
    config = config_of({"soc": soc})
    (warned,) = check_data(config, "soc", samples, Predictors(table, place["x"], place["y"]))
    assert warned.where == config.where("surrogates.soc.block")
    assert warned.hint.startswith("Write surrogates.soc.block: 3500 m, or")


def test_one_species_is_a_share_of_land_and_several_are_summed():
    table, place, _ = ground()
    area = Predictors(table, place["x"], place["y"])
    keys = {**WORMS, "candidates": ["logistic"], "level": "80 %"}
    one = train(config_of({"worms": {**keys, "species": ["sp0"]}}), "worms", observed(), area)
    assert one.unit == "ha/ha"
    assert ((one.prediction.mean > 0) & (one.prediction.mean < 1)).all()
    (card,) = one.cards
    assert card.level == 0.8
    assert card.share_applicable > 0.9
    both = train(
        config_of({"worms": {**keys, "species": ["sp0", "sp1"]}}), "worms", observed(), area
    )
    assert both.unit == "species"
    assert len(both.cards) == 2
    assert both.prediction.mean.mean() == pytest.approx(
        observed().table[:, :2].mean(0).sum(), rel=0.1
    )


def test_a_community_announces_its_columns():
    life = {"learns": "community", "observations": "life.csv"}
    soc = {"samples": "s.csv", "response": "soc", "unit": "%"}
    config = config_of({"soc": soc, "life": life, "more": {**life, "function": ["soc"]}})
    assert list(expected_layers(config)) == [
        "life_richness", "life_dissimilarity",
        "more_richness", "more_dissimilarity", "more_function",
        "soc_unseen", "life_unseen", "more_unseen",
    ]  # fmt: skip
    assert expected_layers(config)["more_function"] == "more"


def test_grades_reach_the_objectives_that_rest_on_them():
    table, place, _ = ground()
    area = Predictors(table, place["x"], place["y"])
    keys = {**WORMS, "candidates": ["logistic"], "species": ["sp0"]}
    config = config_of(
        {"worms": keys},
        features={"life": {"from": "worms", "response_of": "earthworm_abundance"}},
        objectives={"a": {"maximize": ["life", "yield"]}, "b": {"maximize": "worms"},
                    "c": {"maximize": "yield"}},
    )  # fmt: skip
    (card,) = train(config, "worms", observed(), area).cards
    assert stand_ins(config, [card]) == {}
    graded = replace(card, audit=Audit("soil life", "weak"))
    told = {"surrogate": "worms", "stands_for": "soil life", "grade": "weak"}
    assert stand_ins(config, [graded]) == {"a": [told], "b": [told]}


@pytest.mark.slow
def test_a_surrogate_is_graded_by_what_another_one_measured():
    table, place, rng = ground()
    clay = table["clay"].to_numpy()
    follows = Samples("soc", clay + rng.normal(0, 0.5, len(clay)), "%", table, **place)
    blind = Samples("ph", rng.normal(6, 0.5, len(clay)), "pH", table, **place)
    keys = {"samples": "s.csv", "response": "value", "block": "2 km", "candidates": ["ridge"]}
    config = config_of(
        {
            "soc": {**keys, "unit": "%", "stands_for": "worms"},
            "ph": {**keys, "unit": "pH", "stands_for": "worms"},
            "worms": {**WORMS, "candidates": ["logistic"], "species": ["sp0"]},
        }
    )
    area = Predictors(table, place["x"], place["y"])
    data = {"soc": follows, "ph": blind, "worms": observed("abundance")}
    made = train_all(config, data, area)
    assert list(made) == ["soc", "ph", "worms"]
    assert made["soc"].cards[0].audit.grade == "supported"
    assert made["soc"].fitted.card.audit == made["soc"].cards[0].audit
    assert made["ph"].cards[0].audit.grade != "supported"
    assert any("as a stand-in for worms" in found.what for found in made["ph"].findings)
    assert made["worms"].cards[0].audit is None
    alone = {"soc": follows, "worms": observed("presence_only")}
    nothing = train_all(config, alone, area)
    assert nothing["soc"].cards[0].audit.grade == "unaudited"
    assert "presences alone" in nothing["soc"].cards[0].audit.reason


def test_presences_with_a_known_prevalence_are_told_as_probabilities():
    seen = observed("presence_only", 3)
    keys = {"species": ["sp1"], "candidates": ["logistic"], "ensemble": "rank"}
    area = Predictors(seen.predictors, seen.x, seen.y)
    means = []
    for share in ("5 %", "40 %"):
        config = config_of({"worms": {**WORMS, **keys, "prevalence": {"sp1": share}}})
        made = train(config, "worms", seen, area)
        assert made.unit == "ha/ha"
        means.append(made.prediction.mean)
    assert abs(means[0].mean() - 0.05) < 0.03
    assert abs(means[1].mean() - 0.4) < 0.12
    assert (means[1] > means[0]).all()


def test_a_community_may_be_counted_by_its_common_species():
    life = {"learns": "community", "observations": "life.csv", "block": "2 km", "order": 2}
    config = config_of({"life": life})
    data = observed("abundance")
    told = measured(config, "life", data)
    np.testing.assert_allclose(told.response, hill_number(data.table, 2.0))
    area = Predictors(data.predictors, data.x, data.y)
    check_data(config, "life", data, area)
    with pytest.raises(DataError, match="a Hill number of order 2 needs abundances"):
        check_data(config, "life", observed(), area)
