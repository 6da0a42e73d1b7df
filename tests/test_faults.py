"""Wrong input ends with exit 2 or 3 and a sentence that says where, what and how to mend it."""

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Polygon

from command import edaphon
from edaphon.data.examples import write_example


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    write_example(folder)
    return folder


@pytest.fixture
def project(example, tmp_path):
    """A copy of the example that a test may spoil."""
    shutil.copytree(example, tmp_path / "project")
    return tmp_path / "project"


def replace(project, old, new):
    path = project / "edaphon.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def rewrite(project, change):
    path = project / "units.gpkg"
    frame = change(gpd.read_file(path))
    path.unlink()
    frame.to_file(path, driver="GPKG")


def typo_in_a_key(project):
    replace(project, "\nfeatures:", "\nfeaturs:")


def wrong_unit(project):
    replace(project, 'unit: "%"', "unit: g/kg")


def missing_file(project):
    (project / "soil.csv").unlink()


def missing_crs(project):
    frame = gpd.read_file(project / "units.gpkg")
    frame.set_crs(None, allow_override=True).to_parquet(project / "units.parquet")
    replace(project, "file: units.gpkg", "file: units.parquet")


def duplicated_ids(project):
    def change(frame):
        frame.loc[3, "unit_id"] = frame.loc[5, "unit_id"]
        return frame

    rewrite(project, change)


def bow_tie(project):
    def change(frame):
        west, south, east, north = frame.geometry.iloc[7].bounds
        frame.loc[7, "geometry"] = Polygon(
            [(west, south), (east, north), (east, south), (west, north)]
        )
        return frame

    rewrite(project, change)


def nan_predictor(project):
    def change(frame):
        frame.loc[11, "clay_pct"] = np.nan
        return frame

    rewrite(project, change)


def text_in_a_number(project):
    table = pd.read_csv(project / "soil.csv", dtype=str)
    table.loc[4, "soc_pct"] = "about two"
    table.to_csv(project / "soil.csv", index=False)


def negative_budget(project):
    replace(project, "budget: ", "budget: -")


def locked_above_budget(project):
    replace(project, "budget: ", "budget: 10 EUR  # ")


def filter_without_column(project):
    replace(project, "twi < 12", "wetness < 12")


def unreadable_raster(project):
    (project / "wet.tif").write_bytes(b"this is not a raster")
    replace(project, "predictors:\n", "predictors:\n  rasters: {wet: wet.tif}\n")


FAULTS = [
    (typo_in_a_key, 2, ["edaphon.yaml:", "featurs", "Did you mean 'features'"]),
    (wrong_unit, 2, ["edaphon.yaml:", "tenfold too low", "%"]),
    (missing_file, 2, ["soil.csv", "edaphon.yaml:"]),
    (missing_crs, 2, ["units.parquet", "CRS", "landscape: {crs"]),
    (duplicated_ids, 2, ["unit_id", "units.gpkg"]),
    (bow_tie, 2, ["Self-intersection", "units.gpkg"]),
    (nan_predictor, 2, ["clay_pct", "impute"]),
    (text_in_a_number, 2, ["soil.csv", "line 6", "about two"]),
    (negative_budget, 2, ["edaphon.yaml:", "budget", "negative"]),
    (locked_above_budget, 3, ["edaphon.yaml:", "budget", "lock"]),
    (filter_without_column, 2, ["edaphon.yaml:", "wetness"]),
    (unreadable_raster, 2, ["wet.tif", "edaphon.yaml:"]),
]


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("spoil", "code", "said"), FAULTS, ids=[fault[0].__name__ for fault in FAULTS]
)
def test_a_fault_is_told(project, spoil, code, said, command):
    spoil(project)
    done = edaphon(command, "edaphon.yaml", cwd=project)
    assert done.exit_code == code, done.stderr
    for words in said:
        assert words in done.stderr
    assert not (project / "runs").exists()
    lines = [line for line in done.stderr.splitlines() if line.startswith("error ")]
    assert lines
    for line in lines:  # where: what. hint
        assert ": " in line
        assert line.rstrip().endswith((".", "?", "'", '"', ")")), line


def test_all_faults_are_told_in_one_go(project):
    duplicated_ids(project)
    bow_tie(project)
    text_in_a_number(project)
    filter_without_column(project)
    replace(project, "maximize: yield", "maximize: yeild")
    replace(project, "use: [cover_crop,", "use: [cover_corp,")
    done = edaphon("check", "edaphon.yaml", "--json", cwd=project)
    assert done.exit_code == 2
    told = json.loads(done.stdout)
    assert told["exit_code"] == 2
    text = json.dumps([found for found in told["findings"] if found["severity"] == "error"])
    for words in ("U006", "U008", "about two", "cover_corp", "yeild"):
        assert words in text, words
    replace(project, "use: [cover_corp,", "use: [cover_crop,")
    text = edaphon("check", "edaphon.yaml", cwd=project).stderr
    for words in ("U006", "U008", "about two", "wetness"):
        assert words in text, words


def test_a_budget_of_zero_and_an_intervention_no_unit_may_use_are_warnings(project):
    replace(project, "budget: ", "budget: 0 EUR  # ")
    replace(project, "locks: locks.csv", "# locks: locks.csv")
    replace(
        project, "land_use == 'arable' and slope_pct < 18", "land_use == 'arable' and slope_pct < 0"
    )
    done = edaphon("check", "edaphon.yaml", "--json", cwd=project)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)["findings"]
    warnings = " ".join(item["what"] for item in found if item["severity"] == "warning")
    assert "budget" in warnings
    assert "agroforestry" in warnings


def test_usage_faults_end_with_2(project):
    for words in (["run"], ["run", "nowhere.yaml"], ["run", "edaphon.yaml", "--from", "fitt"]):
        done = edaphon(*words, cwd=project)
        assert done.exit_code == 2, done.stderr


def test_another_configs_run_is_not_written_over(project):
    (project / "mine").mkdir()
    (project / "mine" / "letter.txt").write_text("keep me", encoding="utf-8")
    done = edaphon("run", "edaphon.yaml", "--out", "mine", cwd=project)
    assert done.exit_code == 2
    assert "--force" in done.stderr
    assert sorted(path.name for path in Path(project / "mine").iterdir()) == ["letter.txt"]


def test_too_few_samples_are_told_before_anything_is_fitted(project):
    table = pd.read_csv(project / "soil.csv", dtype=str)
    table.head(9).to_csv(project / "soil.csv", index=False)
    done = edaphon("check", "edaphon.yaml", cwd=project)
    assert done.exit_code == 2
    assert "soil.csv" in done.stderr
