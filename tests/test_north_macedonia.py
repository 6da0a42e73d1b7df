"""The main job on real input: 18,448 cells of North Macedonia (slow; needs the real data)."""

import json

import numpy as np
import pandas as pd
import pytest

from command import edaphon

CONFIG = "configs/north_macedonia.yaml"


@pytest.fixture(scope="module")
def base(real_data):
    return real_data / "fao_macedonia_soc"


@pytest.fixture(scope="module")
def run(root, base, tmp_path_factory):
    out = tmp_path_factory.mktemp("nm") / "run"
    done = edaphon("run", CONFIG, "--set", f"base={base}", "--out", out, "--workers", 2, cwd=root)
    assert done.exit_code == 0, done.stderr
    return out


@pytest.mark.slow
def test_the_front_is_certified(run):
    front = pd.read_csv(run / "front.csv")
    front = front[front["kind"] == "front"]
    assert len(front) >= 30
    assert front["feasible"].all()
    assert front["certified_gap"].median() <= 1e-4
    values = front[["biodiversity", "productivity", "soil_carbon", "cost"]].to_numpy()
    values = values * [1, 1, 1, -1]
    dominated = [((values >= one).all(axis=1) & (values > one).any(axis=1)).any() for one in values]
    assert not any(dominated)
    assert len(pd.read_parquet(run / "portfolios.parquet")) == 18448


@pytest.mark.slow
def test_the_card_counts_on_held_out_ground(run):
    (card,) = json.loads((run / "surrogates.json").read_text())
    assert card["held_out"]["scale"] == "log"
    assert "0.25 degrees" in card["held_out"]["folds"]
    assert card["held_out"]["r2"] >= 0.36
    assert card["held_out"]["r2"] >= card["forest"]["r2"]
    assert card["random"]["optimistic"]
    assert card["random"]["r2"] > card["held_out"]["r2"]
    assert 0.87 <= card["coverage"] <= 0.93


@pytest.mark.slow
def test_impossible_carbon_is_refused_and_relative_yield_said(run):
    found = json.loads((run / "findings.json").read_text())
    assert any("58 %" in item["what"] and "4 of 2897" in item["what"] for item in found)
    state = pd.read_parquet(run / "state.parquet", columns=["feature", "mean"])
    assert (state.loc[state["feature"] == "yield", "mean"] == 100).all()
    stock = state.loc[state["feature"] == "soc_stock", "mean"]
    assert 30 < np.median(stock) < 150


@pytest.mark.slow
def test_the_tropics_do_not_move_it(run):
    effects = pd.read_parquet(
        run / "effects.parquet", columns=["intervention", "feature", "mean", "applicable"]
    )
    pair = (effects["intervention"] == "agroforestry") & (effects["feature"] == "yield")
    assert (effects.loc[pair, "mean"] == 0).all()
    assert not effects.loc[pair, "applicable"].any()


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["surrogates.soc.unit=g/kg"], ["tenfold too low", "g/kg", "SOC x bulk density"]),
        (
            ["surrogates.soc.response=OCSKGM", "surrogates.soc.unit=kg/m2"],
            ["tenfold too low", "OCSKGM", "0.993", "9.93"],
        ),
    ],
)
def test_the_unit_trap_is_seen(root, base, overrides, said):
    words = [part for text in overrides for part in ("--set", text)]
    done = edaphon("check", CONFIG, "--set", f"base={base}", *words, cwd=root)
    assert done.exit_code == 2
    for text in said:
        assert text in done.stderr


def test_percent_is_silent(root, base):
    words = ("--set", f"base={base}", "--set", "surrogates.soc.unit=%")
    done = edaphon("check", CONFIG, *words, cwd=root)
    assert done.exit_code == 0
    assert "too low" not in done.stderr


def test_scenarios_of_carbon_say_which_climate_is_missing(root, base):
    words = ("--set", f"base={base}", "--set", "gsocseq={stock: soc_stock}")
    done = edaphon("check", CONFIG, *words, cwd=root)
    assert done.exit_code == 2
    for text in (
        "gsocseq: RothC needs the monthly climate of the units",
        "temperature, rain and evaporation of each month. Means of a whole year are not enough",
        "gsocseq: RothC needs clay and land use of the units",
    ):
        assert text in done.stderr
