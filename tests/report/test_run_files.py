"""The files of a run directory: round trips, and no half-written file."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from report_case import make_case

from edaphon.errors import Finding, RunError
from edaphon.report import run_files
from edaphon.surrogates.state import State
from edaphon.workflow import read_run
from run_case import write_run


@pytest.fixture(scope="module")
def case():
    return make_case()


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "front.csv"
    path.write_text("old")

    def fail(part):
        part.write_text("half")
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - any failure of the disk
        run_files.write_aside(path, fail)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["front.csv"]


def test_json_holds_no_numbers_that_are_not_finite(tmp_path):
    values = {
        "a": np.float64("nan"),
        "b": np.array([1, 2]),
        "c": (math.inf, "ü"),
        3: np.bool_(True),
    }
    run_files.write_json(tmp_path / "x.json", values)
    read = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert read == {"a": None, "b": [1, 2], "c": [None, "ü"], "3": True}


def test_parquet_comes_in_row_groups(tmp_path):
    frames = (pd.DataFrame({"k": [k, k]}) for k in range(3))
    assert run_files.write_parquet(tmp_path / "x.parquet", frames) == 6
    assert pd.read_parquet(tmp_path / "x.parquet")["k"].tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("front.csv", None),
        ("front.csv", "portfolio,kind\np01,front\n"),
        ("portfolios.parquet", None),
        ("portfolios.parquet", "no parquet"),
        ("findings.json", '[{"where": "x"'),
        ("findings.json", '[{"place": "x"}]'),
        ("run.json", "{}"),
    ],
)
def test_a_file_that_is_missing_or_damaged_is_named(tmp_path, name, content):
    folder = tmp_path / "run"
    write_run(folder)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(RunError, match=r"is missing|is damaged|not the record of a run"):
        read_run(folder)


def test_layers_of_numbers_and_words_read_back(tmp_path):
    layers = {
        "awc": np.array([1.5, np.nan, 3.0]),
        "soc_clay_class": np.array(["good", None, "degraded"], dtype=object),
        "nothing": np.array([None, None, None], dtype=object),
    }
    path = tmp_path / "layers.parquet"
    run_files.write_layers(path, np.array(list("abc")), layers)
    again = run_files.read_layers(path)
    np.testing.assert_array_equal(again["awc"], layers["awc"])
    for name in ("soc_clay_class", "nothing"):
        assert again[name].tolist() == layers[name].tolist()
    assert run_files.read_layers(tmp_path / "none.parquet") == {}


def test_levers_of_a_state_read_back(tmp_path):
    rng = np.random.default_rng(3)
    columns = {key: rng.random((5, 2)) for key in ("mean", "sd", "lower", "upper", "lever_sd")}
    lever = np.column_stack([rng.random(5), np.full(5, np.nan)])
    state = State(
        features=("water", "yield"),
        units=("m3/ha", "t/ha"),
        applicable=np.ones((5, 2), dtype=bool),
        relative=np.zeros(2, dtype=bool),
        source=("sand, clay and carbon", "column y"),
        lever=lever,
        **columns,
    )
    ids = np.array(list("abcde"))
    run_files.write_state(tmp_path / "state.parquet", ids, state)
    again = run_files.read_state(tmp_path / "state.parquet")
    np.testing.assert_array_equal(again.lever, lever)
    np.testing.assert_array_equal(again.lever_sd, state.lever_sd)


def test_a_state_reads_back(tmp_path):
    rng = np.random.default_rng(3)
    state = State(
        features=("yield", "soc_stock"),
        units=("%", "t/ha"),
        mean=rng.random((5, 2)),
        sd=rng.random((5, 2)),
        lower=rng.random((5, 2)),
        upper=rng.random((5, 2)),
        applicable=rng.random((5, 2)) > 0.5,
        relative=np.array([True, False]),
        source=("relative", "surrogate soc"),
    )
    ids = np.array([f"u{k}" for k in range(5)])
    run_files.write_state(tmp_path / "state.parquet", ids, state)
    again = run_files.read_state(tmp_path / "state.parquet")
    for name in ("mean", "sd", "lower", "upper", "applicable", "relative"):
        np.testing.assert_array_equal(getattr(again, name), getattr(state, name))
    assert (again.features, again.units, again.source) == (
        state.features,
        state.units,
        state.source,
    )
    table = pd.read_parquet(tmp_path / "state.parquet")
    assert list(table.columns) == [
        "unit_id", "feature", "mean", "sd", "lower", "upper", "applicable",
    ]  # fmt: skip
    assert table["unit_id"].tolist() == [unit for unit in ids for _ in range(2)]


def test_a_front_and_cards_and_findings_read_back(tmp_path, case):
    problem, front = case.problem, case.front
    run_files.write_front(tmp_path / "front.csv", front, problem)
    run_files.write_portfolios(tmp_path / "portfolios.parquet", front, problem)
    run_files.write_json(tmp_path / "record.json", run_files.front_record(front))
    record = json.loads((tmp_path / "record.json").read_text())
    again = run_files.read_front(tmp_path, problem, record)
    for name in front.__dataclass_fields__:
        one, two = getattr(front, name), getattr(again, name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(two, one, err_msg=name)
        elif name != "objectives":
            assert two == one or (math.isnan(one) and math.isnan(two)), name
    run_files.write_cards(tmp_path / "surrogates.json", [case.card])
    assert run_files.read_cards(tmp_path / "surrogates.json") == (case.card,)
    found = (Finding("a.csv: x", "is odd", "Mend it.", "warning"),)
    run_files.write_json(tmp_path / "findings.json", [one.as_dict() for one in found])
    assert run_files.read_findings(tmp_path) == found


def test_front_csv_has_the_columns_of_the_contract(case):
    table = run_files.front_table(case.front, case.problem)
    names = case.problem.objective_names
    per_objective = [
        f"{name}{end}" for name in names for end in ("", "_lower", "_upper", "_weight")
    ]
    spent = [f"spent_{ledger.name}" for ledger in case.problem.ledgers]
    assert list(table.columns) == [
        "portfolio", "kind", *per_objective, "feasible", "certified_gap", "optimality_gap",
        "bound", "certified_by", "treated_area_ha", *spent, "share_outside_applicability", "tags",
    ]  # fmt: skip
    assert table["kind"].iloc[0] == "baseline"


def test_layers_read_back_and_none_is_no_file(tmp_path):
    path = tmp_path / "layers.parquet"
    run_files.write_layers(path, np.array(["b", "a"]), {})
    assert not path.exists()
    assert run_files.read_layers(path) == {}
    layers = {"life_richness": np.array([0.0, 1.0]), "life_function": np.array([np.nan, 0.5])}
    run_files.write_layers(path, np.array(["b", "a"]), layers)
    again = run_files.read_layers(path)
    assert list(again) == list(layers)
    for name, values in layers.items():
        np.testing.assert_array_equal(again[name], values)
