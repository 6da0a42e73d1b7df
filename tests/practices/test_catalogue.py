"""The catalogue: what ships, what a config takes of it, and every fault at once."""

import dataclasses
import math
import tomllib

import pytest

from edaphon.config.filters import parse_filter
from edaphon.config.reader import config_from_mapping
from edaphon.errors import ConfigError
from edaphon.practices.catalogue import (
    catalogue_names,
    outcomes,
    read_catalogue,
    whole_catalogue,
)
from edaphon.practices.combinations import factors_of
from edaphon.practices.evidence import ANY, basis_of, best_grade, read_evidence
from edaphon.practices.shipped import CATALOGUE_FILE, filter_columns, shipped_pairs
from edaphon.practices.values import Intervention, Pair


def config_of(use, bundles=(), **more):
    options = more.pop("options", {})
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "interventions": {"use": list(use), "bundles": list(bundles), "options": options},
            "objectives": {"productivity": {"maximize": "yield"}},
            **more,
        }
    )


SIX = (
    "cover_crop",
    "no_till",
    "agroforestry",
    "compost",
    "diversified_rotation",
    "organic",
)


def single(name):
    return next(one for one in whole_catalogue().interventions if one.name == name)


def test_every_practice_of_the_field_ships_and_one_measured_bundle():
    names = catalogue_names()
    assert names[:6] == SIX
    assert {
        "mulch", "reduced_tillage", "silvopasture", "intercropping", "interseeding",
        "indigenous_crops", "reduced_pesticide", "manure", "biochar",
        "farmer_managed_regeneration", "mycorrhiza", "rhizobia", "microbial_consortia",
        "earthworm_release", "whole_soil_reintroduction", "bioremediation", "biostimulation",
        "bioaugmentation", "biosorption", "permaculture",
    } == set(names[6:])  # fmt: skip
    assert whole_catalogue().names == ("baseline", *names, "cover_crop+no_till")


@pytest.mark.parametrize("name", catalogue_names())
def test_every_shipped_row_is_complete(name):
    row = single(name)
    assert row.title
    assert row.cost_source.startswith("judgement") or len(row.cost_source) > 30
    assert row.risks
    assert row.currency_year >= 2000
    assert row.time_to_effect_yr["default"] > 0
    assert set(row.time_to_effect_yr) <= {*outcomes(), "default"}
    assert not row.where or parse_filter(row.where).columns
    assert set(parse_filter(row.where).columns) <= set(filter_columns())
    assert row.ease in range(1, 6)
    assert math.isfinite(row.labor_h_per_ha_yr)
    assert row.parent in ("", *catalogue_names())
    evidence = [one for one in read_evidence() if one.intervention == name]
    assert basis_of(evidence) in ("pooled", "literature", "judgement")
    assert best_grade(evidence) in "ABCD"


@pytest.mark.parametrize("name", catalogue_names())
def test_every_cost_lies_within_its_range(name):
    row = single(name)
    paid = row.establishment_per_ha
    if row.establishment_per_m3 is not None:
        paid = row.establishment_per_m3
        assert row.establishment_per_ha == pytest.approx(paid * row.treated_depth_m * 10_000)
    for cost, between in ((paid, row.establishment_range), (row.annual_per_ha, row.annual_range)):
        if between is not None:
            assert between[0] < between[1]
            assert between[0] <= cost <= between[1]
        else:
            assert cost == 0, "a cost without a range"


def test_the_file_holds_no_key_that_is_not_read():
    with CATALOGUE_FILE.open("rb") as file:
        content = tomllib.load(file)
    fields = {field.name for field in dataclasses.fields(Intervention)} | {"cost_note"}
    for name, entry in content["interventions"].items():
        assert set(entry) <= fields, name
    kept = {field.name for field in dataclasses.fields(Pair)}
    assert all(set(entry) <= kept for entry in content["pairs"])
    assert set(content) == {
        "outcomes",
        "columns",
        "exchange",
        "interventions",
        "bundles",
        "pairs",
    }


def test_pairs_name_practices_and_say_why():
    for pair in shipped_pairs():
        assert set(pair.practices) <= set(catalogue_names())
        assert len(pair.practices) == len(set(pair.practices)) >= 2
        assert pair.kind in ("excludes", "needs", "combines")
        assert pair.why
        assert pair.source
        assert (pair.factor is not None) == (pair.kind == "combines")
        if pair.factor is not None:
            assert pair.factor[0] < pair.factor[1]
            assert pair.outcome in (*outcomes(), "default")


def test_whatever_brings_organisms_in_has_its_risk_assessed():
    alive = {one.name for one in whole_catalogue().interventions if one.guards.live_release}
    assert alive == {
        "mycorrhiza", "rhizobia", "microbial_consortia", "earthworm_release",
        "whole_soil_reintroduction", "bioremediation", "bioaugmentation",
    }  # fmt: skip
    assert all(single(name).guards.needs_risk_assessment for name in alive)
    assert single("earthworm_release").guards.native_only
    assert single("manure").guards.antibiotic_resistance
    assert single("manure").guards.water_distance_m > 0
    assert single("biochar").guards.once_per_horizon
    assert "native_grassland" in single("agroforestry").guards.excluded_land_uses
    kinds = [one for one in whole_catalogue().interventions if one.parent == "bioremediation"]
    assert {one.name for one in kinds} == {"biostimulation", "bioaugmentation", "biosorption"}
    assert all(one.guards.contaminated_only for one in (*kinds, single("bioremediation")))


def test_a_practice_on_judgement_is_said_to_be_one():
    named = read_catalogue(config_of(["interseeding", "mulch"], options=FREE))
    (finding,) = [f for f in named.findings if "rests on judgement" in f.what]
    assert finding.severity == "warning"
    assert finding.what.startswith("interseeding")
    worms = read_catalogue(config_of(["earthworm_release"])).findings
    assert any("earthworm_release rests on judgement" in f.what for f in worms)


def test_many_judgements_of_a_kind_are_told_as_one():
    use = ["interseeding", "indigenous_crops", "reduced_pesticide", "farmer_managed_regeneration"]
    findings = read_catalogue(config_of(use)).findings
    effects, costs = (
        [f for f in findings if words in f.what]
        for words in ("practices rest on judgement", "practices are judgements")
    )
    assert len(findings) == 2
    for (finding,) in (effects, costs):
        assert finding.severity == "warning"
        assert all(name in finding.what for name in use)
    assert "edaphon catalogue" in costs[0].hint


FREE = {
    "interseeding": {"establishment": 0, "annual": "10 EUR/ha/yr"},
    "mulch": {"establishment": 0, "annual": "10 EUR/ha/yr"},
}


def test_a_cost_by_volume_follows_the_treated_depth():
    shipped = read_catalogue(config_of(["biostimulation"])).interventions[0]
    assert shipped.establishment_per_ha == pytest.approx(125.4 * 3_000 / 1.0530)
    deeper = {"biostimulation": {"depth": "0-60 cm"}}
    twice = read_catalogue(config_of(["biostimulation"], options=deeper)).interventions[0]
    assert twice.establishment_per_ha == pytest.approx(2 * shipped.establishment_per_ha)
    own = {"biostimulation": {"establishment": "90 EUR/m3", "depth": "0.2-0.5 m", "annual": 0}}
    (priced,) = read_catalogue(config_of(["biostimulation"], options=own)).interventions
    assert priced.establishment_per_ha == pytest.approx(90 * 3_000)
    assert priced.establishment_range is None
    assert priced.cost_source == "given in the config"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"establishment": "90 EUR/m3"}, "depth is not known"),
        ({"depth": "0-30 cm"}, "not paid by treated volume"),
        ({"establishment": "90 EUR/ha", "depth": "0-30 cm"}, "not paid by treated volume"),
    ],
)
def test_a_volume_without_depth_and_a_depth_without_volume_are_errors(option, said):
    with pytest.raises(ConfigError) as caught:
        read_catalogue(config_of(["compost"], options={"compost": option}))
    (finding,) = [f for f in caught.value.findings if f.severity == "error"]
    assert said in finding.what


def test_order_and_bundles_follow_the_config():
    catalogue = read_catalogue(config_of(["compost", "no_till"], [["cover_crop", "no_till"]]))
    assert catalogue.names == ("baseline", "compost", "no_till", "cover_crop+no_till")
    used = {row.intervention for row in catalogue.evidence}
    assert used == {"compost", "no_till", "cover_crop", "cover_crop+no_till", ANY}


def test_a_bundle_written_in_another_order_keeps_its_evidence_and_factor():
    catalogue = read_catalogue(config_of(["no_till"], [["no_till", "cover_crop"]]))
    bundle = catalogue.interventions[-1]
    assert bundle.name == "no_till+cover_crop"
    assert bundle.combination["soc"] == factors_of(("cover_crop", "no_till"))["soc"].mean
    assert any(row.intervention == bundle.name for row in catalogue.evidence)


def test_a_bundle_costs_the_sum_of_its_parts_and_matures_with_the_slowest():
    options = {"cover_crop": {"annual": "85 EUR/ha/yr"}, "no_till": {"establishment": "40 EUR/ha"}}
    config = config_of(["cover_crop", "no_till"], [["cover_crop", "no_till"]], options=options)
    bundle = read_catalogue(config).interventions[-1]
    assert bundle.establishment_per_ha == 40.0
    assert bundle.annual_per_ha == 85.0
    assert bundle.time_to_effect_yr["soc"] == 10.0
    own = {**options, "cover_crop+no_till": {"annual": "70 EUR/ha/yr"}}
    config = config_of(["cover_crop", "no_till"], [["cover_crop", "no_till"]], options=own)
    assert read_catalogue(config).interventions[-1].annual_per_ha == 70.0


def test_own_costs_leave_nothing_to_say():
    options = {"cover_crop": {"annual": "85 EUR/ha/yr", "establishment": "0 EUR/ha"}}
    catalogue = read_catalogue(config_of(["cover_crop"], options=options))
    assert catalogue.interventions[0].annual_per_ha == 85.0
    assert catalogue.findings == ()


def test_a_cost_of_another_currency_is_converted_and_said():
    catalogue = read_catalogue(config_of(["cover_crop"]))
    (finding,) = catalogue.findings
    assert catalogue.interventions[0].annual_per_ha == pytest.approx(91.0 / 1.1195)
    assert finding.severity == "note"
    assert "91 USD/ha/yr of 2019" in finding.what
    dollars = read_catalogue(config_of(["cover_crop"], currency="USD"))
    assert dollars.interventions[0].annual_per_ha == 91.0


def test_a_cost_by_judgement_is_a_warning_that_asks_for_the_own():
    (finding,) = read_catalogue(config_of(["compost"])).findings
    assert finding.severity == "warning"
    assert "judgement" in finding.what
    assert "interventions.options.compost" in finding.hint


def test_a_currency_without_a_rate_asks_for_own_costs():
    with pytest.raises(ConfigError) as caught:
        read_catalogue(config_of(["cover_crop", "compost"], currency="CHF"))
    faults = [f for f in caught.value.findings if f.severity == "error"]
    assert len(faults) == 2
    assert "no rate to CHF" in faults[0].what
    options = {
        "cover_crop": {"annual": "90 CHF/ha/yr"},
        "compost": {"annual": "500 CHF/ha/yr"},
    }
    own = read_catalogue(config_of(["cover_crop", "compost"], currency="CHF", options=options))
    assert own.interventions[1].annual_per_ha == 500.0


def test_all_unknown_names_are_found_at_once_with_a_suggestion():
    config = config_of(
        ["cover_crops", "no_till"],
        [["no_till", "compots"], ["no_till", "compost"], ["compost", "no_till"]],
        options={"organic": {"annual": "1 EUR/ha/yr"}},
    )
    with pytest.raises(ConfigError) as caught:
        read_catalogue(config)
    texts = [str(finding) for finding in caught.value.findings]
    assert len(texts) == 4
    assert "config: interventions.use.0" in texts[0]
    assert "Did you mean 'cover_crop'?" in texts[0]
    assert any("is listed twice" in text for text in texts)
    assert any("Did you mean 'compost'?" in text for text in texts)
    assert any("'organic' is not used" in text for text in texts)


def test_whole_catalogue_leaves_mixed_currencies_unsummed():
    assert math.isnan(whole_catalogue().interventions[-1].annual_per_ha)


def test_annual_costs_below_zero_are_told_once():
    own = {"hedge": {"title": "a hedge", "annual": "-5 EUR/ha/yr"}}
    config = config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "interventions": {
                "use": ["cover_crop", "no_till", "hedge"],
                "own": own,
                "options": {
                    "cover_crop": {"annual": "-20 EUR/ha/yr"},
                    "no_till": {"annual": 0, "payment": "-7 EUR/ha/yr"},
                },
            },
            "objectives": {"productivity": {"maximize": "yield"}},
        }
    )
    told = [found for found in read_catalogue(config).findings if "below 0" in found.what]
    assert [found.severity for found in told] == ["warning", "warning"]
    annual, payment = told
    assert "cover_crop (-20 EUR/ha/yr), hedge (-5 EUR/ha/yr)" in annual.what
    assert "money saved" in annual.what
    assert "minus" in annual.hint
    assert "no_till (-7 EUR/ha/yr) is below 0 and counts as a fee" in payment.what


def test_costs_of_the_catalogue_below_zero_are_no_slip():
    config = config_of(["no_till"])
    assert not [one for one in read_catalogue(config).findings if "below 0" in one.what]
