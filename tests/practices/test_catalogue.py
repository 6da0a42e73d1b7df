"""The catalogue: what ships, what a config takes of it, and every fault at once."""

import math

import pytest

from edaphon.config.filters import parse_filter
from edaphon.config.reader import config_from_mapping
from edaphon.errors import ConfigError
from edaphon.practices.catalogue import (
    catalogue_names,
    catalogue_table,
    evidence_table,
    outcomes,
    read_catalogue,
    whole_catalogue,
)
from edaphon.practices.evidence import ANY


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


def test_six_interventions_and_one_measured_bundle_ship():
    catalogue = whole_catalogue()
    assert len(catalogue_names()) == 6
    assert catalogue.names == ("baseline", *catalogue_names(), "cover_crop+no_till")


@pytest.mark.parametrize("name", catalogue_names())
def test_every_shipped_row_is_complete(name):
    row = next(i for i in whole_catalogue().interventions if i.name == name)
    assert row.title
    assert row.cost_source
    assert row.risks
    assert row.currency_year >= 2000
    assert row.time_to_effect_yr["default"] > 0
    assert set(row.time_to_effect_yr) <= {*outcomes(), "default"}
    assert not row.where or parse_filter(row.where).columns


def test_order_and_bundles_follow_the_config():
    catalogue = read_catalogue(config_of(["compost", "no_till"], [["cover_crop", "no_till"]]))
    assert catalogue.names == ("baseline", "compost", "no_till", "cover_crop+no_till")
    used = {row.intervention for row in catalogue.evidence}
    assert used == {"compost", "no_till", "cover_crop", "cover_crop+no_till", ANY}


def test_a_bundle_written_in_another_order_keeps_its_evidence_and_factor():
    catalogue = read_catalogue(config_of(["no_till"], [["no_till", "cover_crop"]]))
    bundle = catalogue.interventions[-1]
    assert bundle.name == "no_till+cover_crop"
    assert bundle.combination["soc"] == 0.53
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


def test_the_tables_show_everything_as_text():
    rows = catalogue_table()
    assert [row["intervention"] for row in rows] == list(whole_catalogue().names[1:])
    assert rows[-1]["annual"] == "sum of its parts"
    evidence = evidence_table()
    assert all(isinstance(value, str) for row in (*rows, *evidence) for value in row.values())
    worms = next(
        r
        for r in evidence
        if (r["intervention"], r["outcome"]) == ("no_till", "earthworm_abundance")
    )
    assert worms["change"] == "+137.0 %"


def test_whole_catalogue_leaves_mixed_currencies_unsummed():
    assert math.isnan(whole_catalogue().interventions[-1].annual_per_ha)
