"""Effects and costs from tables: what is refused, and how it reads."""

import geopandas
import pytest
import shapely

from edaphon.config.reader import config_from_mapping
from edaphon.errors import DataError
from edaphon.inputs.read import read_inputs
from edaphon.problem.from_tables import problem_from_tables

AMOUNTS = "unit_id,intervention,feature,amount\na,hedge,birds,4\nb,hedge,birds,2\na,hedge,birds,1\n"
COSTS = "unit_id,intervention,cost\na,hedge,10\nc,hedge,30\n"


def config(folder, amounts=AMOUNTS, costs=COSTS, **sections):
    boxes = [shapely.box(k, 0, k + 1, 1) for k in range(3)]
    frame = geopandas.GeoDataFrame({"unit_id": list("abc")}, geometry=boxes, crs="EPSG:3035")
    frame.geometry = frame.geometry.affine_transform([100, 0, 0, 100, 4_400_000, 2_700_000])
    frame.to_file(folder / "units.gpkg", driver="GPKG")
    (folder / "amounts.csv").write_text(amounts, encoding="utf-8")
    tables = {"effects": "amounts.csv"}
    if costs:
        (folder / "costs.csv").write_text(costs, encoding="utf-8")
        tables["costs"] = "costs.csv"
    return config_from_mapping(
        {
            "name": "test",
            "base": str(folder),
            "landscape": {"file": "units.gpkg", "id": "unit_id"},
            "interventions": {"use": ["hedge"], "own": {"hedge": {"title": "a hedge"}}},
            "tables": tables,
            "objectives": {"birds": {"maximize": "birds"}, "cost": {"minimize": "cost"}},
            **sections,
        }
    )


def posed(made):
    inputs = read_inputs(made)
    return problem_from_tables(made, inputs.landscape, inputs.catalogue, inputs.options)[0]


def test_amounts_and_costs_find_their_places(tmp_path):
    problem = posed(config(tmp_path))
    assert problem.interventions == ("baseline", "hedge")
    assert problem.effects.block(slice(None))[:, 1, 0].tolist() == [5.0, 2.0, 0.0]
    assert problem.cost[:, 1, 0].tolist() == [10.0, 0.0, 30.0]
    assert problem.features[0].name == "birds"


def test_features_take_their_unit_from_the_config(tmp_path):
    problem = posed(config(tmp_path, features={"birds": {"unit": "t/ha"}}))
    assert problem.features[0].unit == "t/ha"


@pytest.mark.parametrize(
    ("amounts", "complaint"),
    [
        ("unit_id,feature,amount\na,birds,1\n", "no column intervention"),
        (AMOUNTS.replace("b,hedge", "d,hedge"), "line 3: no unit is called 'd'"),
        (AMOUNTS.replace("b,hedge", "b,hedgerow"), "no intervention is called 'hedgerow'"),
        (AMOUNTS.replace("birds,2", "birds,two"), "line 3: the amount is no number"),
        (AMOUNTS.replace("b,hedge", "b,baseline"), "the baseline has a value of 2"),
    ],
)
def test_faults_are_told_with_their_line(tmp_path, amounts, complaint):
    with pytest.raises(DataError, match=complaint):
        read_inputs(config(tmp_path, amounts))


def test_unknown_features_of_objectives_are_told(tmp_path):
    from edaphon.errors import EdaphonError

    with pytest.raises(EdaphonError, match="no feature is called 'bird'"):
        read_inputs(config(tmp_path, objectives={"birds": {"maximize": "bird"}}))


def test_costs_below_zero_are_told_once(tmp_path):
    made = config(tmp_path, costs="unit_id,intervention,cost\na,hedge,10\nb,hedge,-3\nc,hedge,-7\n")
    (told,) = [one for one in read_inputs(made).findings if "below 0" in one.what]
    assert told.severity == "warning"
    assert "2 of 3 costs are below 0" in told.what
    assert "-7 of hedge in unit c" in told.what
