"""Marxan with Zones: what a run finds is what trying all zonings finds."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from command import edaphon as command
from edaphon.data.marxan import read_marxan
from edaphon.data.marxan_zones import read_zones
from edaphon.errors import DataError
from edaphon.report.marxan_zones import write_zones
from edaphon.workflow import run

N = 6
CONTRIBUTION = {(1, 7): 0.1, (2, 7): 0.5, (3, 7): 1.0, (2, 8): 1.0, (3, 8): 0.6}
PAIRS = [(1, 2, 4), (2, 3, 1), (4, 5, 2), (5, 6, 3), (1, 4, 2), (2, 5, 5), (3, 6, 1), (1, 1, 9)]


def zone_files(folder, bounds="1,2,1\n1,3,1\n2,3,1\n", contribution=True):
    rng = np.random.default_rng(5)
    folder.mkdir(exist_ok=True)
    pu = pd.DataFrame({"id": range(1, N + 1)})
    pu["Land"], pu["Fishing"] = rng.integers(5, 30, N), rng.integers(0, 20, N)
    pu["xloc"], pu["yloc"] = np.arange(N) % 3 * 100.0, np.arange(N) // 3 * 100.0
    pu.to_csv(folder / "pu.dat", index=False)
    (folder / "spec.dat").write_text("id,prop,name\n7,0.5,worms\n8,0.4,fungi\n")
    amounts = rng.integers(1, 9, (N, 2))
    wide = pd.DataFrame(amounts, columns=["7", "8"])
    wide.insert(0, "pu", range(1, N + 1))
    wide.to_csv(folder / "puvspr.dat", index=False)
    pd.DataFrame(PAIRS, columns=["id1", "id2", "boundary"]).to_csv(
        folder / "bound.dat", index=False
    )
    (folder / "zones.dat").write_text(
        'zoneid,zonename\n1,"available"\n2,Part Use\n3,Full reserve\n'
    )
    (folder / "costs.dat").write_text("costid,costname\n1,Land\n2,Fishing\n")
    (folder / "zonecost.dat").write_text("zoneid,costid,fraction\n1,2,0.1\n2,2,0.5\n3,1,1\n3,2,1\n")
    if contribution:
        rows = "".join(f"{z},{s},{f}\n" for (z, s), f in CONTRIBUTION.items())
        (folder / "zonecontrib.dat").write_text("zoneid,speciesid,fraction\n" + rows)
    (folder / "zonetarget.dat").write_text(
        "zoneid,speciesid,target,targettype\n3,7,0.2,1\n2,-1,1,0\n"
    )
    if bounds:
        (folder / "zoneboundcost.dat").write_text("zoneid1,zoneid2,cost\n" + bounds)
    (folder / "pulock.dat").write_text("puid,zoneid\n4,3\n")
    (folder / "puzone.dat").write_text("puid,zoneid\n1,1\n1,2\n")
    (folder / "input.dat").write_text("BLM 2\n")
    return pu, amounts


def best_of_all(pu, amounts, bounds, contribution):
    """Least cost and boundary, the available zone's cost counted, targets met."""
    land, fishing = pu["Land"].to_numpy(), pu["Fishing"].to_numpy()
    cost = np.stack([0.1 * fishing, 0.5 * fishing, land + fishing], axis=1)
    total = amounts.sum(axis=0)
    part = np.array([[contribution.get((z, s), 0.0) for s in (7, 8)] for z in (1, 2, 3)])
    best = np.inf
    for plan in product(range(3), repeat=N):
        zone = np.array(plan)
        if zone[3] != 2 or zone[0] == 2:
            continue
        held = (part[zone] * amounts).sum(axis=0)
        if (held < np.array([0.5, 0.4]) * total - 1e-9).any():
            continue
        if amounts[zone == 2, 0].sum() < 0.2 * total[0] - 1e-9:
            continue
        if (amounts[zone == 1].sum(axis=0) < 1.0).any():
            continue
        edge = sum(
            length * bounds.get(tuple(sorted((zone[i - 1] + 1, zone[j - 1] + 1))), 0.0)
            for i, j, length in PAIRS
            if i != j
        )
        best = min(best, cost[np.arange(N), zone].sum() + 2.0 * edge)
    return best, cost[:, 0].sum()


@pytest.mark.parametrize(
    ("bounds", "kind"),
    [
        ("1,2,1\n1,3,1\n2,3,1\n", "interventions"),
        pytest.param("1,2,1.5\n1,3,1.5\n", "treated", marks=pytest.mark.slow),
        pytest.param("", "", marks=pytest.mark.slow),
    ],
)
def test_a_run_finds_what_trying_all_finds(tmp_path, bounds, kind):
    pu, amounts = zone_files(tmp_path / "zones", bounds)
    data = read_marxan(tmp_path / "zones")
    zones = read_zones(tmp_path / "zones", data)
    assert zones.names == ("baseline", "part_use", "full_reserve")
    assert zones.between == kind
    files, findings = write_zones(data, zones, tmp_path / "in")
    assert any("add" in one.what for one in findings)
    done = run(files[0], out=tmp_path / "run", until="solve")
    (row,) = np.flatnonzero(done.front.on_front)
    pairs = {
        tuple(int(z) for z in line.split(",")[:2]): float(line.split(",")[2])
        for line in bounds.split()
    }
    best, first = best_of_all(pu, amounts, pairs, CONTRIBUTION)
    assert done.front.values[row, 0] + first == pytest.approx(best)
    assert done.front.bound[row] + first == pytest.approx(best, rel=1e-6)


def test_without_a_file_every_zone_but_the_first_contributes_in_full(tmp_path):
    zone_files(tmp_path / "zones", contribution=False)
    data = read_marxan(tmp_path / "zones")
    zones = read_zones(tmp_path / "zones", data)
    assert zones.contribution.tolist() == [[0, 0], [1, 1], [1, 1]]
    (tmp_path / "zones" / "zonecost.dat").unlink()
    plain = read_zones(tmp_path / "zones", data)
    assert (plain.cost[:, 0] == 0).all()
    assert (plain.cost[:, 1] == plain.cost[:, 2]).all()


def test_of_two_targets_of_a_feature_in_a_zone_the_later_one_counts(tmp_path):
    zone_files(tmp_path / "zones")
    (tmp_path / "zones" / "zonetarget2.dat").write_text("zoneid,target,targettype\n2,3,0\n3,0,0\n")
    data = read_marxan(tmp_path / "zones")
    zones = read_zones(tmp_path / "zones", data)
    assert zones.zone.tolist() == [1, 1]
    assert zones.target.tolist() == [3, 3]
    files, _ = write_zones(data, zones, tmp_path / "in")
    held = pd.read_csv(files[0].parent / "amounts.csv")
    assert not held.duplicated(["unit_id", "intervention", "feature"]).any()


def test_costs_of_boundary_that_differ_by_pair_are_told(tmp_path):
    zone_files(tmp_path / "zones", "1,2,1\n1,3,2\n2,3,1\n")
    zones = read_zones(tmp_path / "zones", read_marxan(tmp_path / "zones"))
    assert zones.between == ""
    assert any("differ by pair of zones" in one.what for one in zones.findings)


def test_unknown_zones_are_told_by_line(tmp_path):
    zone_files(tmp_path / "zones")
    (tmp_path / "zones" / "pulock.dat").write_text("puid,zoneid\n4,9\n")
    with pytest.raises(DataError, match=r"pulock\.dat: line 2: no zone has id 9"):
        read_zones(tmp_path / "zones", read_marxan(tmp_path / "zones"))


def test_the_command_takes_zones_by_itself(tmp_path):
    zone_files(tmp_path / "zones")
    done = command("import", "marxan", tmp_path / "zones", "--out", tmp_path / "in")
    assert done.exit_code == 0, done.output
    text = (tmp_path / "in" / "edaphon.yaml").read_text()
    assert "full_reserve" in text
    assert read_zones(tmp_path / "in", read_marxan(tmp_path / "zones")) is None


@pytest.mark.parametrize("bounds", ["", "1,1,1\n"])
def test_one_zone_leaves_nothing_to_choose(tmp_path, bounds):
    zone_files(tmp_path / "in", bounds=bounds)
    (tmp_path / "in" / "zones.dat").write_text("zoneid,zonename\n1,available\n")
    done = command("import", "marxan", tmp_path / "in", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "zones.dat: there is one zone, so there is nothing to choose" in done.stderr
