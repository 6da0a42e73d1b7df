"""Neighbors from a table of boundaries."""

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.boundaries import with_boundaries
from edaphon.data.landscape import Landscape
from edaphon.errors import ConfigError, DataError


def landscape():
    flat = np.zeros(3)
    ids = np.array(["a", "b", "c"])
    return Landscape(ids, np.ones(3), pd.DataFrame(index=range(3)), flat, flat)


def config(folder, text=None, **sections):
    if text is not None:
        (folder / "boundaries.csv").write_text(text, encoding="utf-8")
        sections["space"] = {"boundaries": "boundaries.csv"}
    return config_from_mapping(
        {
            "name": "test",
            "base": str(folder),
            "landscape": {"file": "units.gpkg"},
            "interventions": {"use": ["cover_crop"]},
            "objectives": {"cost": {"minimize": "cost"}},
            **sections,
        }
    )


def test_pairs_and_outer_boundary(tmp_path):
    text = "Unit_ID,neighbor,length_m\nb,a,10\na,b,5\nc,b,2.5\na,a,7\n"
    made = with_boundaries(config(tmp_path, text), landscape())
    assert made.neighbours.first.tolist() == [0, 1]
    assert made.neighbours.second.tolist() == [1, 2]
    assert made.neighbours.length_m.tolist() == [15.0, 2.5]
    assert made.outer_m.tolist() == [7.0, 0.0, 0.0]


def test_without_a_table_nothing_changes(tmp_path):
    given = landscape()
    assert with_boundaries(config(tmp_path), given) is given


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("unit_id,length_m\na,1\n", "no column neighbor"),
        ("unit_id,neighbor,length_m\na,d,1\n", "no unit is called 'd'"),
        ("unit_id,neighbor,length_m\na,b,-1\n", "the length is"),
        ("unit_id,neighbor,length_m\na,b,far\n", "the length is"),
    ],
)
def test_faults_are_told_with_their_line(tmp_path, text, complaint):
    with pytest.raises(DataError, match=complaint):
        with_boundaries(config(tmp_path, text), landscape())


def test_prices_of_boundary_go_with_minimize(tmp_path):
    objectives = {"cost": {"minimize": "cost", "boundary": "4 EUR/km"}}
    made = config(tmp_path, objectives=objectives)
    assert made.objectives["cost"].boundary.to("EUR/m") == pytest.approx(0.004)
    assert made.space.between == "treated"
    wrong = {"yield": {"maximize": "yield", "boundary": "4 EUR/m"}}
    with pytest.raises(ConfigError, match="only what is minimized pays"):
        config(tmp_path, objectives=wrong)
