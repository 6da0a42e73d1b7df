"""A run with threats, need, adoption, ceilings, payments and ledgers in one config."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from edaphon.config.reader import read_config
from edaphon.effects.expected import ExpectedEffects
from edaphon.workflow import run

CONFIG = """
edaphon: 1
name: context
landscape: {file: units.gpkg, id: unit_id}
predictors: {columns: [clay_pct]}
features:
  yield: {column: wheat_t_ha, unit: t/ha, price: 200 EUR/t}
  soc: {column: soc_t_ha, unit: t/ha, ceiling: 60 t/ha}
  pressure: {model: threats}
threats:
  layers: {erosion: washed, monoculture: single}
need:
  of: {soc: {reference: 45 t/ha}}
  least: 50 %
adoption: {column: willing}
interventions:
  use: [cover_crop, diversified_rotation]
  bundles: [[cover_crop, diversified_rotation]]
  options:
    cover_crop: {annual: 80 EUR/ha/yr, payment: 30 EUR/ha/yr, where: threat > 0.1}
    diversified_rotation: {annual: 50 EUR/ha/yr}
objectives:
  carbon: {maximize: soc}
  relief: {maximize: pressure}
  money: {minimize: net_cost}
constraints:
  budget: {labor: 15 h/yr}
solve: {portfolios: 9}
report: {shortlist: 2}
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("context")
    squares = [box(k % 6, k // 6, k % 6 + 1, k // 6 + 1) for k in range(24)]
    shapes = gpd.GeoSeries(squares, crs=32633).affine_transform([100, 0, 0, 100, 5e5, 5.2e6])
    columns = {
        "unit_id": [f"f{k}" for k in range(24)],
        "land_use": "arable",
        "clay_pct": 20.0,
        "wheat_t_ha": np.linspace(3.0, 7.0, 24),
        "soc_t_ha": np.where(np.arange(24) < 16, 40.0, 50.0),
        "washed": np.where(np.arange(24) % 2, 0.6, 0.0),
        "single": 0.1,
        "willing": np.linspace(0.2, 0.9, 24),
    }
    gpd.GeoDataFrame(columns, geometry=shapes).to_file(folder / "units.gpkg")
    (folder / "edaphon.yaml").write_text(CONFIG, encoding="utf-8")
    return run(read_config(folder / "edaphon.yaml"), out=folder / "out", until="solve")


def test_need_and_threats_decide_where(done):
    allowed = done.problem.allowed == 0
    assert not allowed[16:, 1:].any()
    assert allowed[:16, 2].all()
    assert allowed[:16, 1].tolist() == [bool(k % 2) for k in range(16)]
    reasons = " ".join(done.problem.reasons)
    assert "not needed" in reasons
    layers = pd.read_parquet(done.folder / "layers.parquet")
    assert layers["need"].tolist() == [1.0] * 16 + [0.0] * 8


def test_probability_and_ceiling_are_in_the_effects(done):
    effects = done.problem.effects
    assert isinstance(effects, ExpectedEffects)
    assert effects.probability[:, 1] == pytest.approx(np.linspace(0.2, 0.9, 24))
    assert effects.room_up[0, 1] == pytest.approx(20.0, rel=1e-2)


def test_ledgers_are_bounded_and_shown(done):
    names = [ledger.name for ledger in done.problem.ledgers]
    assert names == ["cost", "labor", "net_cost"]
    front = done.front
    assert front.on_front.sum() > 1
    assert (front.spent[front.on_front][:, 1] <= 15.0 * 20.0 + 1e-9).all()
    assert front.feasible[front.on_front].all()


def test_a_guard_is_told_of_once_by_what_need_leaves(done, tmp_path):
    bad = "guards.contaminated=clay_pct == 20 and single < washed"
    config = read_config(done.folder / "config.yaml", overrides=[bad])
    told = [f.what for f in run(config, out=tmp_path, until="effects").findings]
    (rotation,) = [text for text in told if text.startswith("diversified_rotation is kept off")]
    assert "8 units, 8 are left" in rotation
    assert sum("intervention and feature rest on" in text for text in told) == 1
    again = [f.what for f in run(config, out=tmp_path, start="effects", until="effects").findings]
    assert sorted(again) == sorted(told)


def test_a_later_stage_starts_from_the_files(done):
    again = run(read_config(done.folder / "config.yaml"), out=done.folder, start="solve")
    assert np.array_equal(again.front.portfolios, done.front.portfolios)
    assert np.array_equal(again.problem.allowed, done.problem.allowed)
    assert (done.folder / "report.html").exists()
