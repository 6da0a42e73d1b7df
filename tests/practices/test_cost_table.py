"""Costs unit by unit beside effects of the catalogue."""

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.errors import ConfigError, DataError
from edaphon.practices.catalogue import read_catalogue
from edaphon.practices.options import build_options


def config_of(folder, rows=None, more=None, **tables):
    if rows is not None:
        (folder / "costs.csv").write_text("unit_id,intervention,cost\n" + rows, encoding="utf-8")
        tables["costs"] = "costs.csv"
    return config_from_mapping(
        {
            "name": "test",
            "base": str(folder),
            "landscape": {"file": "units.gpkg"},
            "interventions": {"use": ["cover_crop", "no_till"]},
            "objectives": {"productivity": {"maximize": "yield"}},
            **({"tables": tables} if tables else {}),
            **(more or {}),
        }
    )


def options_of(config):
    landscape = Landscape(
        ids=np.array(["a", "b"]),
        area_ha=np.array([1.0, 3.0]),
        attributes=pd.DataFrame({"land_use": ["arable"] * 2}),
        latitude=np.full(2, 47.0),
        longitude=np.full(2, 15.0),
    )
    return build_options(config, read_catalogue(config), landscape)


def test_listed_pairs_cost_their_rows_and_others_what_they_do_per_hectare(tmp_path):
    usual = options_of(config_of(tmp_path))
    made = options_of(config_of(tmp_path, "b,cover_crop,700\nb,cover_crop,50\n"))
    assert made.cost[:, 1, 0].tolist() == [usual.cost[0, 1, 0], 750.0]
    assert np.array_equal(made.cost[:, 2], usual.cost[:, 2])
    spread = dict(usual.ledgers[0].spread)
    assert spread["cover_crop"][1] > 0
    assert dict(made.ledgers[0].spread) == {
        name: sds for name, sds in spread.items() if name != "cover_crop"
    }


def test_a_listed_cost_may_be_nothing(tmp_path):
    made = options_of(config_of(tmp_path, "a,cover_crop,0\n"))
    assert made.cost[0, 1, 0] == 0.0
    assert made.cost[1, 1, 0] > 0


BOTH = "cover_crop+no_till"


@pytest.mark.parametrize(
    ("rows", "options", "told"),
    [
        ("a,no_till,5\n", {}, 1),
        (f"a,no_till,5\na,{BOTH},7\n", {}, 0),
        ("a,no_till,5\n", {BOTH: {"annual": "90 EUR/ha/yr"}}, 0),
    ],
)
def test_a_bundle_that_is_not_listed_beside_its_part_is_told(tmp_path, rows, options, told):
    used = {"use": ["no_till"], "bundles": [["cover_crop", "no_till"]], "options": options}
    config = config_of(tmp_path, rows, {"interventions": used})
    found = [one for one in options_of(config).findings if "none of the bundle" in one.what]
    assert [(one.severity, BOTH in one.what) for one in found] == [("warning", True)] * told


def test_a_budget_per_year_beside_a_table_is_told(tmp_path):
    budget = {"constraints": {"budget": "9000 EUR/yr"}}
    usual, made = (
        options_of(config_of(tmp_path, rows, budget)) for rows in (None, "a,cover_crop,5\n")
    )
    assert np.array_equal(made.cost[:, :, 1], usual.cost[:, :, 1])
    found = [one for one in made.findings if "of one year" in one.what]
    assert [(one.severity, one.where) for one in found] == [("warning", "config: tables.costs")]


def test_judged_costs_are_told_as_those_of_what_is_not_listed(tmp_path):
    judged = [one.hint for one in read_catalogue(config_of(tmp_path, "a,cover_crop,5\n")).findings
              if "cost of" in one.what]  # fmt: skip
    assert judged
    assert all(hint.endswith("It counts where tables.costs lists none.") for hint in judged)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("c,cover_crop,1\n", "line 2: no unit is called 'c'"),
        ("a,covercrop,1\n", "no intervention is called 'covercrop'"),
        ("a,cover_crop,dear\n", "line 2: the cost is no number"),
        ("a,baseline,5\n", "the baseline has a value of 5"),
    ],
)
def test_faults_are_told_with_their_line(tmp_path, rows, complaint):
    with pytest.raises(DataError, match=complaint):
        options_of(config_of(tmp_path, rows))


def test_a_section_without_a_table_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no table is named"):
        config_of(tmp_path, effects="")
    with pytest.raises(ConfigError, match="only effects from a table"):
        config_of(tmp_path, "a,cover_crop,1\n", count_forbidden=True)
