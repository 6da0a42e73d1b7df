"""Scores of state surrogates on real tables, by groups that the fit never saw.

    python benchmarks/surrogates.py [--json] [--tables a,b] [--part all|design|sealed]
                                    [--assignments 10] [--seed 0] [--workers 2]

Ours is the whole procedure of `edaphon.fit`, nested within every outer fold of whole groups. The
baseline is the best of an untuned forest, histogram boosting, ridge and the mean on the same folds,
the best by its held-out score, hindsight that favors it. Scores are pooled over rows and averaged
over ten assignments of groups to folds; over three, a tenth of the widths of a small table holds
few rows, and interval scores move by a tenth of a percent. Differences are paired, their standard
error is clustered by group.
All figures are on the scale that the table states (theta as measured, log SOC, log1p of counts),
whatever scale the fit chose. With --part sealed, everything is fitted on the design part and scored
once on the sealed groups. disdat, which has survey sites of its own for the score, is left out of
--part design.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from tables import DATA, TABLES, Table, is_sealed, read
from threadpoolctl import threadpool_limits

from edaphon.surrogates.card import coverage_by_width
from edaphon.surrogates.conformal import interval_scores
from edaphon.surrogates.encode import encode
from edaphon.surrogates.held_out import Held, hold_out
from edaphon.surrogates.learner import Data
from edaphon.surrogates.place_time import COORDINATES
from edaphon.surrogates.prepare import prepare
from edaphon.surrogates.transforms import to_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SCALES: dict[str, Callable[[Array], Array]] = {
    "none": lambda values: values,
    "log": lambda values: np.log(np.maximum(values, 1e-300)),
    "log1p": lambda values: np.log1p(np.maximum(values, 0.0)),
}
COVERED = {"50": (0.44, 0.56), "80": (0.74, 0.86), "90": (0.87, 0.95)}
NARROWEST = 0.78
ASSIGNMENTS = 10
SPECIES = "disdat"


@dataclass(frozen=True)
class Told:
    """What a procedure said of held-out rows, on the table's scale.

    Attributes
    ----------
    truth : (n,)
    ours : (n_assignments, n)
    lower, upper, pooled_lower, pooled_upper : (3, n_assignments, n)
        At 50, 80 and 90 %, of ours, and of its plain pooled residuals.
    others : dict of str to (n_assignments, n)
    together : (n,)
        Rows of one group.
    """

    truth: Array
    ours: Array
    lower: Array
    upper: Array
    pooled_lower: Array
    pooled_upper: Array
    others: dict[str, Array]
    together: NDArray[np.int64]


def prepared(table: Table, learned: NDArray[np.bool_], seed: int) -> Data:
    """The table as `edaphon.fit` learns from it; nothing but `learned` rows chooses anything."""
    known = prepare(
        table.only(learned).samples,
        block=table.block,
        coordinates=table.coordinates,
        seed=seed,
    )
    if learned.all():
        return known.data
    samples = table.samples
    encoded, _ = encode(known.encoder, samples.predictors)
    made = known.place_time.columns(samples.n_samples, samples.x, samples.y, samples.year)
    response = samples.response.copy()
    response[learned] = known.data.response
    return replace(
        known.data,
        matrix=np.hstack([encoded, made]),
        response=response,
        together=np.unique(table.labels, return_inverse=True)[1],
    )


def ask(
    table: Table, *, sealed: bool, seed: int, assignments: int, workers: int
) -> tuple[Told, Data]:
    """Hold groups out and collect what ours and the baselines say of them."""
    to_seal = np.array([is_sealed(label) for label in table.labels])
    data = prepared(table, ~to_seal if sealed else np.ones_like(to_seal), seed)
    if not sealed:
        held = hold_out(data, assignments=assignments, peer=False, workers=workers)
        return _told(table, data, held, held.folds, np.ones_like(to_seal), workers), data
    once = np.where(to_seal, 0, -1)
    rounds = [
        hold_out(replace(data, seed=seed + k), matched=once, peer=False, workers=workers)
        for k in range(assignments)
    ]
    held = rounds[0]
    rows = {
        name: np.concatenate([getattr(one, name) for one in rounds], axis=-2)
        for name in ("fitted", "mean", "lower", "upper", "pooled_lower", "pooled_upper")
    }
    held = replace(held, folds=np.tile(once, (assignments, 1)), **rows)
    return _told(table, data, held, held.folds, to_seal, workers), data


def _told(
    table: Table,
    data: Data,
    held: Held,
    folds: NDArray[np.int64],
    asked: NDArray[np.bool_],
    workers: int,
) -> Told:
    """Bring all that was held out to the table's scale."""
    scale = SCALES[table.scale]
    if data.transform == table.scale:
        ours = held.fitted
    elif table.scale == "none":
        ours = held.mean
    else:
        ours = scale(to_response(held.fitted, data.transform))
    at = [held.levels.index(level) for level in (0.5, 0.8, 0.9)]
    bounds = {
        name: scale(getattr(held, name)[at][..., asked])
        for name in ("lower", "upper", "pooled_lower", "pooled_upper")
    }
    truth = scale(table.samples.response)
    others = baselines(data, truth, folds, workers)
    return Told(
        truth=truth[asked],
        ours=ours[:, asked],
        **bounds,
        others={name: values[:, asked] for name, values in others.items()},
        together=np.unique(data.together[asked], return_inverse=True)[1],
    )


def baselines(data: Data, truth: Array, folds: NDArray[np.int64], workers: int) -> dict[str, Array]:
    """Predictions of untuned models for the same held-out rows, each (n_assignments, n).

    They get the table's own predictors: coordinates, which only some surrogates take, spoil them.
    """
    from sklearn.dummy import DummyRegressor
    from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    models = {
        "mean": DummyRegressor(),
        "ridge": make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 13))),
        "forest": RandomForestRegressor(100, random_state=0, n_jobs=workers),
        "boosting": HistGradientBoostingRegressor(random_state=0),
    }
    matrix = np.delete(data.matrix, data.offered.get(COORDINATES, ()), axis=1)
    out = {name: np.full(folds.shape, np.nan) for name in models}
    for k, row in enumerate(folds):
        for fold in range(int(row.max()) + 1):
            test = row == fold
            for name, model in models.items():
                model.fit(matrix[~test], truth[~test])
                out[name][k, test] = model.predict(matrix[test])
    return out


def r2(truth: Array, predicted: Array) -> float:
    """1 - squared error / squares around the mean of all rows, mean over assignments."""
    return float(1 - ((truth - predicted) ** 2).mean() / truth.var())


def paired(losses: Array, together: NDArray[np.int64]) -> tuple[float, float]:
    """Mean of per-row differences, (n,), and its standard error clustered by group."""
    sums = np.bincount(together, weights=losses)
    n_groups, n = len(sums), len(losses)
    apart = sums - np.bincount(together) * losses.mean()
    return float(losses.mean()), float(np.sqrt(n_groups / (n_groups - 1) * (apart**2).sum()) / n)


def worst_by_chance(
    inside: NDArray[np.bool_], width: Array, together: NDArray[np.int64]
) -> tuple[float, float]:
    """The worst tenth of widths if widths told nothing of who is missed.

    Rows stand in the order of their groups, and who is inside is moved on along them by every
    number of rows (up to 500 of these, evenly spaced): as many are missed as before, and as much
    in the same groups, but by other widths. Returns the mean of the worst tenth and the share of
    moves that make it as low as it is.
    """
    order = np.argsort(together, kind="stable")
    inside, width = inside[:, order], width[:, order]
    steps = np.unique(np.linspace(1, len(order) - 1, min(500, len(order) - 1)).round().astype(int))
    moved = [min(coverage_by_width(width, np.roll(inside, step, axis=1))) for step in steps]
    worst = min(coverage_by_width(width, inside))
    return float(np.mean(moved)), float(np.mean(np.array(moved) <= worst))


def interval_figures(told: Told) -> dict[str, Any]:
    """Coverage at three levels and by decile of width, and interval scores at 90 %."""
    inside = (told.truth >= told.lower) & (told.truth <= told.upper)
    width = told.upper[2] - told.lower[2]
    deciles = coverage_by_width(width, inside[2])
    by_chance, as_low = worst_by_chance(inside[2], width, told.together)
    groups = np.bincount(told.together, weights=inside[2].mean(axis=0)) / np.bincount(told.together)
    scores = interval_scores(told.truth, told.lower[2], told.upper[2], 0.9).mean(axis=0)
    pooled = interval_scores(told.truth, told.pooled_lower[2], told.pooled_upper[2], 0.9).mean(
        axis=0
    )
    difference, error = paired(scores - pooled, told.together)
    return {
        "coverage50": float(inside[0].mean()),
        "coverage80": float(inside[1].mean()),
        "coverage90": float(inside[2].mean()),
        "coverage90_mean_of_groups": float(groups.mean()),
        "worst_width_decile": min(deciles),
        "worst_width_decile_by_chance": by_chance,
        "share_as_low_by_chance": as_low,
        "width_deciles": list(deciles),
        "interval_score": float(scores.mean()),
        "interval_score_pooled": float(pooled.mean()),
        "interval_score_difference": difference,
        "interval_score_difference_se": error,
    }


def measure(
    table: Table,
    *,
    part: str = "all",
    seed: int = 0,
    assignments: int = ASSIGNMENTS,
    workers: int = 2,
) -> dict[str, Any]:
    """All figures of one table.

    Parameters
    ----------
    table : Table
        Whole; `part` cuts it.
    part : str
        "all", "design", or "sealed": fit on the design part, score the sealed groups.
    seed, assignments, workers : int
    """
    start = time.perf_counter()
    sealed = part == "sealed"
    told, data = ask(
        table if sealed else table.part(part),
        sealed=sealed,
        seed=seed,
        assignments=assignments,
        workers=workers,
    )
    scores = {name: r2(told.truth, values) for name, values in told.others.items()}
    best = max(scores, key=scores.__getitem__)
    losses = ((told.truth - told.ours) ** 2 - (told.truth - told.others[best]) ** 2).mean(axis=0)
    less, error = paired(losses / told.truth.var(), told.together)
    return {
        "table": table.name,
        "metric": "r2" if table.scale == "none" else f"r2 of {table.scale}",
        "ours": r2(told.truth, told.ours),
        "baseline": scores[best],
        **interval_figures(told),
        "n": len(told.truth),
        "groups": int(told.together.max()) + 1,
        "best_baseline": best,
        "baselines": scores,
        "difference": -less,
        "difference_se": error,
        "goal": table.goal,
        "part": part,
        "assignments": assignments,
        "transform": data.transform,
        "seconds": time.perf_counter() - start,
    }


def missed(row: dict[str, Any]) -> list[str]:
    """The goals that a row misses, in words; for the whole table, and told for its parts too."""
    said = []
    goal = row["goal"] if row["goal"] is not None else row["baselines"]["mean"]
    if row["ours"] < goal:
        said.append(f"r2 {row['ours']:.3f} < {goal:.3f}")
    for level, (low, high) in COVERED.items():
        if not low <= row[f"coverage{level}"] <= high:
            said.append(f"{level} % intervals cover {row[f'coverage{level}']:.3f}")
    if row["worst_width_decile"] < NARROWEST:
        said.append(
            f"a width decile covers {row['worst_width_decile']:.3f} (by chance alone "
            f"{row['worst_width_decile_by_chance']:.2f} on average, so low or lower in "
            f"{row['share_as_low_by_chance']:.0%})"
        )
    if row["interval_score"] > row["interval_score_pooled"]:
        more = (row[f"interval_score_difference{end}"] for end in ("", "_se"))
        share, error = (100 * one / row["interval_score_pooled"] for one in more)
        said.append(
            f"interval score above plain pooled residuals by {share:.3f} % (se {error:.3f})"
        )
    return said


def species_rows(part: str) -> Iterator[dict[str, Any]]:
    """AUC and COR of species learned from presences alone, by region (`benchmarks/species.py`)."""
    import pandas as pd
    import species

    regions = {region: species.scores(region) for region in species.REGIONS}
    for region, found in [*regions.items(), ("all", pd.concat(regions.values()))]:
        for metric in ("auc", "cor"):
            yield {
                "table": f"disdat {region}",
                "metric": metric,
                "ours": float(found[metric].mean()),
                "baseline": species.published(found, metric),
                "coverage90": None,
                "interval_score": None,
                "n": len(found),
                "groups": int(found["group"].nunique()),
                "best_baseline": "published",
                "part": part,
                "seconds": float(found["seconds"].sum()),
            }


WIDTHS = (14, 6, 7, 6, 7, 6, 16, 16, 19, 7, 22, 6)
HEADER = (
    "table", "n", "groups", "times", "ours", "goal", "baseline", "difference", "covered 50/80/90",
    "decile", "interval score", "s",
)  # fmt: skip


def aligned(cells: Sequence[str]) -> str:
    others = [f"{cell:>{width}}" for cell, width in zip(cells[1:], WIDTHS[1:], strict=True)]
    return " ".join([f"{cells[0]:<{WIDTHS[0]}}", *others])


def shown(row: dict[str, Any]) -> str:
    """A row of the table for people, and a line for every goal that it misses."""
    baseline = f"{row['best_baseline']} {row['baseline']:.3f}"
    times = str(row.get("assignments", ""))
    head = [row["table"], str(row["n"]), str(row["groups"]), times, f"{row['ours']:.3f}"]
    if row["coverage90"] is None:
        head[0] = f"{row['table']} {row['metric']}"
        return aligned([*head, "", baseline, "", "", "", "", f"{row['seconds']:.0f}"])
    line = aligned(
        [
            *head,
            "mean" if row["goal"] is None else f"{row['goal']:.2f}",
            baseline,
            f"{row['difference']:+.3f} se {row['difference_se']:.3f}",
            "/".join(f"{row[f'coverage{level}']:.3f}" for level in COVERED),
            f"{row['worst_width_decile']:.3f}",
            f"{row['interval_score']:.3f} (plain {row['interval_score_pooled']:.3f})",
            f"{row['seconds']:.0f}",
        ]
    )
    return "\n".join([line, *(f"    misses: {words}" for words in missed(row))])


def main() -> None:
    names = (*TABLES, SPECIES)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON line per table")
    parser.add_argument("--tables", help=f"of {', '.join(names)}; all if not given")
    parser.add_argument("--part", choices=("all", "design", "sealed"), default="all")
    parser.add_argument("--assignments", type=int, default=ASSIGNMENTS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    asked = given.tables.split(",") if given.tables else list(names)
    if unknown := sorted(set(asked) - set(names)):
        parser.error(f"no table {', '.join(unknown)}; there are {', '.join(names)}")
    if given.part == "design" and SPECIES in asked:
        if given.tables:
            parser.error(f"{SPECIES} has no design part: its survey sites are for the final score")
        asked.remove(SPECIES)
    if not DATA.is_dir():
        parser.error(f"no real data at {DATA}; set EDAPHON_DATA")
    if not given.json:
        print(aligned(HEADER))
    for name in asked:
        settings = {
            "part": given.part,
            "seed": given.seed,
            "assignments": given.assignments,
            "workers": given.workers,
        }
        rows = species_rows(given.part) if name == SPECIES else [measure(read(name), **settings)]
        for row in rows:
            print(json.dumps(row) if given.json else shown(row), flush=True)


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
