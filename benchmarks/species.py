"""Species learned from presences alone, scored on independent presence-absence surveys (disdat).

For each species of the regions asked for: the candidates that ship, fitted on presence-only records
with target-group background, their mean scored by AUC and COR on survey sites that no choice ever
saw (settings come from blocked folds of the training records). Beside it the best published means.
The gate, which in `edaphon.surrogates.species.fit_species` stands before any use, is left out: it
would give species that the records cannot place the same suitability everywhere.

Run: OMP_NUM_THREADS=1 python benchmarks/species.py [--json] [--regions AWT,CAN,NZ] [--species N]
[--elapid N]; the data folder is EDAPHON_DATA (default ../shared/data).
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from edaphon.config.quantity import Quantity
from edaphon.data.observations import Observations
from edaphon.surrogates.encode import encode
from edaphon.surrogates.species.background import occurrence_of
from edaphon.surrogates.species.check import check_observations
from edaphon.surrogates.species.ensemble import CANDIDATES, fit_ensemble
from edaphon.surrogates.species.scores import auc, cor

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("EDAPHON_DATA", ROOT.parent / "shared" / "data")) / "disdat"
REGIONS = ("AWT", "CAN", "NZ")
CODES = {"AWT": (), "CAN": ("ontveg",), "NZ": ("age", "toxicats")}
"""Predictors that are codes, stored as whole numbers."""
BLOCK_M = {"AWT": 25_000, "CAN": 100_000, "NZ": 100_000}
"""Side of the blocks on which penalties are chosen: about a tenth of the region."""
KEYS = ["region", "group", "species"]


def read_region(region: str) -> Iterator[tuple[str, Observations, pd.DataFrame, pd.DataFrame]]:
    """Yield each biological group: training records, survey predictors, survey presences."""
    records = pd.read_csv(DATA / f"{region}train_po.csv.gz")
    env = list(records.columns[6:])
    for group, own in records.groupby("group"):
        place = own.groupby(["x", "y"]).ngroup()
        sites = own.assign(site=place).drop_duplicates("site").set_index("site").sort_index()
        table = pd.crosstab(place, own.spid).clip(upper=1).replace(0, np.nan)
        x, y = sites.x.to_numpy(), sites.y.to_numpy()
        if region == "CAN":
            x, y = _meters(x, y)
        observations = Observations.from_frames(
            table, _coded(sites[env], region), x=x, y=y, name=f"{region} {group}", source=region
        )
        suffix = f"_{group}" if region == "AWT" else ""
        surveyed = pd.read_csv(DATA / f"{region}test_env{suffix}.csv.gz")
        truth = pd.read_csv(DATA / f"{region}test_pa{suffix}.csv.gz")
        if list(surveyed.siteid) != list(truth.siteid):
            raise ValueError(f"{region}: survey predictors and presences are in different order")
        rows = (surveyed.group == group).to_numpy()
        yield str(group), observations, _coded(surveyed.loc[rows, env], region), truth[rows]


def _meters(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Meters on a cylindrical equal-area map that is true in the middle of the sites."""
    middle = np.cos(np.radians(latitude.mean()))
    degree = 111_195.0
    return longitude * degree * middle, np.sin(np.radians(latitude)) * degree * 57.29578 / middle


def _coded(table: pd.DataFrame, region: str) -> pd.DataFrame:
    """Codes as categories, everything else as amounts."""
    amounts = table.astype(float)
    codes = {name: table[name].astype(str).astype("category") for name in CODES[region]}
    return amounts.assign(**codes).reset_index(drop=True)


def scores(region: str, n_species: int | None = None, seed: int = 0) -> pd.DataFrame:
    """Score each species of a region.

    Parameters
    ----------
    region : {"AWT", "CAN", "NZ"}
    n_species : int, optional
        The first so many of each biological group; all if not given.
    seed : int

    Returns
    -------
    DataFrame
        region, group, species, presences, auc, cor, seconds (CPU, of fit and prediction).
    """
    rows = []
    for group, observations, surveyed, truth in read_region(region):
        block = Quantity(float(BLOCK_M[region]), "m")
        checked = check_observations(observations, block=block, seed=seed)
        asked, _ = encode(checked.encoder, surveyed)
        for species in observations.species[:n_species]:
            start = time.process_time()
            data, _ = occurrence_of(checked.ready, species)
            ensemble = fit_ensemble(data, seed, CANDIDATES)
            told = ensemble.each(asked).mean(axis=0)
            found = truth[species].to_numpy() > 0
            rows.append(
                {
                    "region": region,
                    "group": group,
                    "species": species,
                    "presences": int(data.found.sum()),
                    "auc": auc(told, found),
                    "cor": cor(told, found),
                    "seconds": time.process_time() - start,
                }
            )
    return pd.DataFrame(rows)


def elapid_scores(region: str, n_species: int) -> pd.DataFrame:
    """The same of elapid's Maxent with its defaults (`pip install elapid` in an environment)."""
    try:
        import elapid
    except ImportError as missing:
        message = "elapid is not installed here: pip install elapid, which brings its own numpy"
        raise SystemExit(message) from missing
    rows = []
    for group, observations, surveyed, truth in read_region(region):
        matrix = observations.predictors.astype(float)
        for column, species in enumerate(observations.species[:n_species]):
            start = time.process_time()
            found = observations.table[:, column] > 0
            table = pd.concat([matrix[found], matrix], ignore_index=True)
            labels = np.r_[np.ones(int(found.sum())), np.zeros(len(matrix))]
            model = elapid.MaxentModel()
            model.fit(table, labels)
            told = np.asarray(model.predict(surveyed.astype(float)), dtype=float).ravel()
            present = truth[species].to_numpy() > 0
            rows.append(
                {
                    "region": region,
                    "group": group,
                    "species": species,
                    "auc": auc(told, present),
                    "cor": cor(told, present),
                    "seconds": time.process_time() - start,
                }
            )
    return pd.DataFrame(rows)


def published(part: pd.DataFrame, metric: str) -> float:
    """Return the best mean of the seven published forests over the same species."""
    scored = pd.read_csv(DATA / "published_scores.csv")
    same = scored[scored.species.isin(part.species) & (scored.metric == metric.upper())]
    return float(same.groupby("model")["value"].mean().max())


def _print_table(ours: pd.DataFrame, peers: pd.DataFrame | None) -> None:
    """Means by region and over all, beside the published ones."""
    print(f"{'':10}{'species':>8}{'AUC':>8}{'COR':>8}{'seconds':>9}   best published AUC, COR")
    for region, part in [*ours.groupby("region"), ("all", ours)]:
        print(f"{_line(region, part)}   {published(part, 'auc'):.4f}, {published(part, 'cor'):.4f}")
    if peers is not None:
        same = ours.merge(peers[KEYS], on=KEYS)
        print(_line("ours on", same) + "   the species given to elapid")
        print(_line("elapid", peers))
        said = (f"{mean:+.4f} ({error:.4f})" for mean, error in _paired(ours, peers).values())
        print(f"ours less elapid's, with standard errors over species: AUC, COR {', '.join(said)}")


def _paired(ours: pd.DataFrame, peers: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Mean difference over the same species and its standard error, of each metric."""
    same = ours.merge(peers, on=KEYS)
    found = {}
    for metric in ("auc", "cor"):
        away = (same[f"{metric}_x"] - same[f"{metric}_y"]).to_numpy()
        found[metric] = (float(away.mean()), float(away.std(ddof=1) / np.sqrt(len(away))))
    return found


def _line(name: str, part: pd.DataFrame) -> str:
    return (
        f"{name:10}{len(part):8d}{part.auc.mean():8.4f}{part.cor.mean():8.4f}"
        f"{part.seconds.sum():9.1f}"
    )


def main() -> None:
    """Print a table, or JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line per region and metric")
    parser.add_argument("--regions", default=",".join(REGIONS))
    parser.add_argument("--species", type=int, help="only the first N of each biological group")
    parser.add_argument("--elapid", type=int, metavar="N", help="elapid too, on N of each group")
    asked = parser.parse_args()
    regions = asked.regions.split(",")
    with threadpool_limits(limits=1):
        ours = pd.concat([scores(region, asked.species) for region in regions])
        peers = None
        if asked.elapid:
            peers = pd.concat([elapid_scores(region, asked.elapid) for region in regions])
    if not asked.json:
        _print_table(ours, peers)
        return
    for region, part in [*ours.groupby("region"), ("all", ours)]:
        for metric in ("auc", "cor"):
            line = {
                "table": f"disdat {region}",
                "metric": metric,
                "ours": round(float(part[metric].mean()), 4),
                "baseline": round(published(part, metric), 4),
                "coverage90": None,
                "interval_score": None,
                "n": len(part),
                "groups": part.group.nunique(),
                "seconds": round(float(part.seconds.sum()), 1),
            }
            print(json.dumps(line), flush=True)
    if peers is not None:
        for metric in ("auc", "cor"):
            same = ours.merge(peers[KEYS], on=KEYS)
            line = {
                "table": "disdat, elapid's species",
                "metric": metric,
                "ours": round(float(same[metric].mean()), 4),
                "elapid": round(float(peers[metric].mean()), 4),
                "difference_se": round(_paired(ours, peers)[metric][1], 4),
                "n": len(same),
                "seconds": round(float(same.seconds.sum()), 1),
                "elapid_seconds": round(float(peers.seconds.sum()), 1),
            }
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
