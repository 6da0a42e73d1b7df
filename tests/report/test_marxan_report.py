"""From Marxan's files to a run and back."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from edaphon.data.marxan import read_marxan
from edaphon.errors import DataError
from edaphon.report.marxan import write_export, write_import
from edaphon.workflow import check, run


def marxan_files(folder, blm=2.0, n_units=9, seed=3, spec="id,prop,name\n7,0.4,worms\n8,0.3,\n"):
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    ids = np.arange(1, n_units + 1)
    status = np.zeros(n_units, int)
    status[0], status[-1] = 2, 3
    cost = rng.integers(5, 50, n_units)
    pu = pd.DataFrame({"id": ids, "cost": cost, "status": status})
    pu["xloc"], pu["yloc"] = (ids - 1) % 3 * 100.0, (ids - 1) // 3 * 100.0
    pu.to_csv(folder / "pu.dat", index=False)
    (folder / "spec.dat").write_text(spec, encoding="utf-8")
    amounts = rng.integers(0, 9, (n_units, 2))
    wide = pd.DataFrame(amounts, columns=["7", "8"])
    wide.insert(0, "pu", ids)
    wide.to_csv(folder / "puvspr.dat", index=False, sep="\t")
    pairs = [(i, i + 1, 4) for i in ids if i % 3] + [(i, i + 3, 3) for i in ids[:-3]]
    pairs += [(1, 1, 5), (9, 9, 6)]
    pd.DataFrame(pairs, columns=["id1", "id2", "boundary"]).to_csv(
        folder / "bound.dat", index=False
    )
    (folder / "input.dat").write_text(f"BLM {blm}\n", encoding="utf-8")
    return status, cost, amounts, pairs


def cheapest(status, cost, amounts, pairs, blm, shares):
    """Marxan's objective of the best selection, by trying all."""
    best, n_units = np.inf, len(cost)
    for plan in product((0, 1), repeat=n_units):
        x = np.array(plan)
        if (x[status == 2] == 0).any() or (x[status == 3] == 1).any():
            continue
        if (x @ amounts < shares * amounts.sum(axis=0) - 1e-9).any():
            continue
        edge = sum(b * (x[i - 1] if i == j else x[i - 1] != x[j - 1]) for i, j, b in pairs)
        best = min(best, x @ cost + blm * edge)
    return best


@pytest.mark.parametrize("blm", [0.0, 2.0])
def test_a_run_finds_what_trying_all_finds(tmp_path, blm):
    parts = marxan_files(tmp_path / "marxan", blm)
    files, _ = write_import(read_marxan(tmp_path / "marxan"), tmp_path / "in")
    done = run(files[0], out=tmp_path / "run", until="solve")
    (row,) = np.flatnonzero(done.front.on_front)
    best = cheapest(*parts, blm, np.array([0.4, 0.3]))
    assert done.front.values[row, 0] == pytest.approx(best, rel=1e-9)
    assert done.front.feasible[row]
    assert done.front.bound[row] <= best + 1e-6
    assert done.problem.total_counts_forbidden
    assert not [found for found in done.findings if found.severity == "warning"]


def test_solutions_come_back(tmp_path):
    status, cost, amounts, _ = marxan_files(tmp_path / "marxan")
    files, _ = write_import(read_marxan(tmp_path / "marxan"), tmp_path / "in", name="small")
    done = run(files[0], out=tmp_path / "run")
    assert (tmp_path / "run" / "report.html").is_file()
    written = write_export(done.problem, done.front, tmp_path / "out")
    assert {file.name for file in written} == {
        "output_r00001.csv", "output_best.csv", "output_mvbest.csv", "output_ssoln.csv",
        "output_solutionsmatrix.csv", "output_sum.csv",
    }  # fmt: skip
    best = pd.read_csv(tmp_path / "out" / "output_best.csv")
    assert best["planning_unit"].tolist() == list(range(1, 10))
    plan = best["solution"].to_numpy()
    assert plan[status == 2].all()
    assert not plan[status == 3].any()
    held = pd.read_csv(tmp_path / "out" / "output_mvbest.csv").set_index("Conservation Feature")
    assert sorted(held.index) == [7, 8]
    assert held.loc[[7, 8], "Amount Held"].tolist() == (plan @ amounts).tolist()
    assert held.loc[[7, 8], "Target"].tolist() == pytest.approx(
        (np.array([0.4, 0.3]) * amounts.sum(axis=0)).tolist()
    )
    assert (held["Target Met"] == "yes").all()
    whole = pd.read_csv(tmp_path / "out" / "output_sum.csv")
    assert whole["Cost"].item() == pytest.approx(plan @ cost)
    assert whole["Score"].item() == pytest.approx(
        whole["Cost"].item() + 2.0 * whole["Connectivity"].item()
    )
    assert whole["Planning_Units"].item() == plan.sum()
    matrix = pd.read_csv(tmp_path / "out" / "output_solutionsmatrix.csv")
    assert matrix.iloc[0, 1:].tolist() == plan.tolist()
    again = run(files[0], out=tmp_path / "run", start="solve", until="solve").front
    np.testing.assert_array_equal(again.portfolios, done.front.portfolios)
    with pytest.raises(DataError, match="no portfolio of the front is called 'p99'"):
        write_export(done.problem, done.front, tmp_path / "out", "p99")


def test_an_import_never_writes_over_a_config(tmp_path):
    marxan_files(tmp_path / "marxan")
    data = read_marxan(tmp_path / "marxan")
    (config, *_), _ = write_import(data, tmp_path / "in")
    config.write_text(f"{config.read_text()}# mine\n")
    with pytest.raises(DataError, match=r"edaphon\.yaml: exists already"):
        write_import(data, tmp_path / "in", name="other")
    assert config.read_text().endswith("# mine\n")


def test_targets_beyond_reach_are_lowered_and_told(tmp_path):
    marxan_files(tmp_path / "marxan", spec="id,prop,name\n7,1,worms\n8,0.3,\n")
    files, findings = write_import(read_marxan(tmp_path / "marxan"), tmp_path / "in")
    assert any("it is lowered to that" in str(found) for found in findings)
    assert not [found for found in check(files[0]) if found.severity == "error"]


def test_units_without_positions_are_drawn_in_rows(tmp_path):
    marxan_files(tmp_path / "marxan")
    place = tmp_path / "marxan" / "pu.dat"
    pd.read_csv(place).drop(columns=["xloc", "yloc"]).to_csv(place, index=False)
    files, findings = write_import(read_marxan(tmp_path / "marxan"), tmp_path / "in")
    assert any("drawn in rows" in str(found) for found in findings)
    check(files[0])


@pytest.mark.slow
def test_the_published_example_is_solved_to_proof(real_data, tmp_path):
    files, _ = write_import(read_marxan(real_data / "marxan_example"), tmp_path / "in")

    def front(price):
        priced = [f"objectives.cost.boundary={price} EUR/m"]
        return run(files[0], out=tmp_path / str(price), overrides=priced, until="solve").front

    free = front(0)
    (row,) = np.flatnonzero(free.on_front)
    assert free.values[row, 0] == pytest.approx(95_722_060.31, abs=0.01)
    assert free.optimality_gap[row] < 1e-9
    compact = front(4.4)
    (row,) = np.flatnonzero(compact.on_front)
    assert compact.feasible[row]
    assert compact.values[row, 0] < 111_703_116 * 1.003
    assert compact.bound[row] < 111_703_116


def test_crs_is_asked_for_only_where_it_would_help(tmp_path):
    marxan_files(tmp_path / "marxan")
    data = read_marxan(tmp_path / "marxan")

    def hint(folder, **words):
        _, findings = write_import(data, tmp_path / folder, **words)
        return next(one.hint for one in findings if one.what.startswith("units are drawn"))

    assert "give --crs" in hint("guessed")
    assert "--crs" not in hint("given", crs="EPSG:3035")
    pu = pd.read_csv(tmp_path / "marxan" / "pu.dat").drop(columns=["xloc", "yloc"])
    pu.to_csv(tmp_path / "marxan" / "pu.dat", index=False)
    _, findings = write_import(read_marxan(tmp_path / "marxan"), tmp_path / "bare", crs="EPSG:3035")
    (note,) = [one for one in findings if one.where == "pu.dat"]
    assert "no usable position" in note.what
    assert "--crs" not in note.hint
