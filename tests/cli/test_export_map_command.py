"""`edaphon export map`: any portfolio of a run for a GIS."""

import json

import geopandas
import numpy as np
import pandas as pd
import pytest

from command import edaphon
from edaphon.report.geopackage import LAYER, write_geopackage
from run_case import write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "small"
    landscape, problem, front = write_run(folder)
    write_geopackage(folder / "portfolios.gpkg", landscape, problem, front, [2])
    return folder, landscape, problem, front


def export(folder, out, *words):
    return edaphon("export", "map", folder, "--out", out, *words)


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "parquet", "csv"])
def test_a_portfolio_that_is_not_shortlisted_is_written(run, tmp_path, kind):
    folder, landscape, problem, front = run
    row = int(np.flatnonzero(front.on_front)[3])
    name = front.names[row]
    out = tmp_path / f"one.{kind}"
    done = export(folder, out, "--portfolio", name, "--portfolio", "cheapest")
    assert done.exit_code == 0, done.stderr
    read = {"csv": pd.read_csv, "parquet": geopandas.read_parquet}.get(kind, geopandas.read_file)
    table = read(out)
    assert table["unit_id"].astype(str).tolist() == problem.unit_ids.tolist()
    expected = np.array(problem.interventions)[front.portfolios[row]]
    assert table[name].tolist() == expected.tolist()
    assert len([column for column in table if column in front.names]) == 2
    if kind == "geojson":
        assert table.crs.to_epsg() == 4326
    elif kind != "csv":
        assert table.crs == landscape.crs
    if kind == "gpkg":
        styles = geopandas.read_file(out, layer="layer_styles")
        assert name in set(styles["styleName"])
        assert LAYER in set(styles["f_table_name"])


def test_the_shortlist_is_meant_where_none_is_named(run, tmp_path):
    folder, _, _, _ = run
    done = export(folder, tmp_path / "all.csv", "--json")
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    names = [one["portfolio"] for one in record["shortlist"]]
    assert json.loads(done.stdout)["portfolios"] == names


def test_what_cannot_be_written_ends_with_2(run, tmp_path):
    folder, _, _, _ = run
    for words, said in (
        (("a.xlsx",), "End it in .gpkg"),
        (("",), "is a folder, and a file is written"),
        (("a.csv", "--portfolio", "cheapst"), "Did you mean 'cheapest'"),
    ):
        done = export(folder, tmp_path / words[0], *words[1:])
        assert done.exit_code == 2
        assert said in done.stderr
    bare = tmp_path / "bare"
    write_run(bare)
    done = export(bare, tmp_path / "a.geojson")
    assert done.exit_code == 2
    assert "no shapes" in done.stderr
    record = json.loads((bare / "run.json").read_text(encoding="utf-8"))
    (bare / "run.json").write_text(json.dumps({**record, "anonymous": True}), encoding="utf-8")
    done = export(bare, tmp_path / "a.csv")
    assert done.exit_code == 2
    assert "anonymous" in done.stderr
    assert not list(tmp_path.glob("a.*"))


def test_marxan_files_take_the_same_words_for_a_portfolio(run, tmp_path):
    folder, _, _, front = run
    done = edaphon("export", "marxan", folder, "--out", tmp_path / "out", "--portfolio", "cheapest")
    assert done.exit_code == 0, done.stderr
    best = pd.read_csv(tmp_path / "out" / "output_best.csv").iloc[:, 1].to_numpy()
    cheapest = next(k for k, tag in enumerate(front.tags) if "cheapest" in tag)
    several = front.portfolios.max() > 1
    assert (best == front.portfolios[cheapest].astype(int) + several).all()
    bad = edaphon("export", "marxan", folder, "--out", tmp_path / "out", "--portfolio", "cheapst")
    assert bad.exit_code == 2
    assert "Did you mean 'cheapest'" in bad.stderr
