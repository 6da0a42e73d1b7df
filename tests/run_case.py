"""A run directory without surrogates, for what reads runs, and an example that is fitted fast."""

import numpy as np
import pandas as pd
import shapely

from edaphon.data.examples import write_example
from edaphon.data.landscape import Landscape
from edaphon.effects.values import EffectSizes, FactoredEffects
from edaphon.portfolio.shortlist import names_of, shortlist, tag_front
from edaphon.practices.values import Ledger
from edaphon.problem.store import problem_hash, save_problem
from edaphon.problem.values import Budget, Feature, Objective, Problem
from edaphon.report import run_files
from edaphon.solver.front import solve

OPTIONS = ("baseline", "cover_crop", "no_till", "cover_crop+no_till", "compost")


def make_landscape(n=48, names=None):
    """Fields of 3 to 5 ha in rows of eight, of two regions and six farms."""
    row, column = np.divmod(np.arange(n), 8)
    x, y = 500_000 + 220.0 * column, 5_200_000 - 200.0 * row
    ids = np.array([f"u{i:04d}" for i in range(n)]) if names is None else np.array(names)
    return Landscape(
        ids=ids,
        area_ha=3.0 + (np.arange(n) * 7 % 11) / 5.0,
        attributes=pd.DataFrame(index=range(n)),
        latitude=47.0 - 0.0018 * row,
        longitude=15.0 + 0.0029 * column,
        region=np.where(column < 4, "west", "east"),
        farm=np.array([f"farm {i % 6}" for i in range(n)]),
        geometry=np.asarray(shapely.box(x, y, x + 210, y + 190), dtype=object),
        crs="EPSG:32633",
    )


def make_sizes(options=OPTIONS):
    """One stratum; each practice has a deviation of its own, the bundle loads on its parts'."""
    names = [name for name in OPTIONS[1:] if "+" not in name]
    mean = {"cover_crop": (0.08, -0.01), "no_till": (0.03, 0.01), "compost": (0.12, 0.05)}
    spread = {"cover_crop": (0.03, 0.02), "no_till": (0.04, 0.01), "compost": (0.05, 0.03)}
    used = [name for name in names if any(name in option.split("+") for option in options)]
    shape = (1, len(options), 2)
    lnrr, loading = np.zeros(shape), np.zeros((1, len(options), len(used), 2))
    for a, option in enumerate(options):
        for part in option.split("+") if a else ():
            lnrr[0, a] += mean[part]
            loading[0, a, used.index(part)] = spread[part]
    known = np.ones(shape, np.uint8)
    known[0, 0] = 0
    return EffectSizes(
        strata=("temperate",),
        interventions=tuple(options),
        features=("soc_stock", "yield"),
        lnrr=lnrr,
        ratio_loading=loading,
        ratio_sd_local=np.where(known > 0, 0.1, 0.0),
        grade=known * 2,
        basis=known,
        applicable=np.ones(shape, bool),
        source=np.where(known > 0, "A study (2020)", "").astype(object),
        studies=known.astype(np.int32) * 9,
    )


def make_problem(landscape, options=OPTIONS, budget=20_000.0, benefit="linear", seed=2):
    """Carbon, yield, both as a share, and cost, under one budget."""
    rng = np.random.default_rng(seed)
    n = landscape.n_units
    stock = landscape.area_ha[:, None] * rng.uniform([30, 3], [90, 9], (n, 2))
    effects = FactoredEffects(
        stock, 0.1 * stock, np.zeros(n, np.int16), make_sizes(options), np.ones((n, 2), bool)
    )
    price = {"baseline": 0, "cover_crop": 300, "no_till": 90, "compost": 520}
    per_ha = np.array([sum(price[part] for part in option.split("+")) for option in options])
    cost = landscape.area_ha[:, None] * per_ha * rng.uniform(0.8, 1.2, (n, 1))
    return Problem(
        unit_ids=landscape.ids,
        interventions=tuple(options),
        features=(Feature("soc_stock", "t"), Feature("yield", "t")),
        effects=effects,
        cost=cost[:, :, None],
        ledgers=(Ledger("cost", "EUR"),),
        allowed=np.zeros((n, len(options)), np.uint8),
        reasons=("allowed",),
        objectives=(
            Objective("carbon", "maximize", ("soc_stock",), unit="t"),
            Objective("productivity", "maximize", ("yield",), unit="t"),
            Objective("both", "maximize", ("soc_stock", "yield"), benefit=benefit, unit="share"),
            Objective("cost", "minimize", ledgers=("cost",), unit="EUR"),
        ),
        constraints=(Budget("cost", budget),),
        area_ha=landscape.area_ha,
        region=landscape.region,
    )


def make_front(problem, portfolios=15):
    """Solve it, with a present policy of no-till on every fifth field."""
    policy = np.where(np.arange(problem.n_units) % 5 == 0, min(2, problem.n_interventions - 1), 0)
    return tag_front(solve(problem, portfolios=portfolios, seed=1, policy=policy))


def write_run(folder, name="small", **changes):
    """Write the run directory as far as the front; return landscape, problem, front."""
    landscape = make_landscape(names=changes.pop("names", None))
    problem = make_problem(landscape, **changes)
    front = make_front(problem)
    folder.mkdir(parents=True)
    save_problem(folder / "problem.npz", problem)
    run_files.write_front(folder / "front.csv", front, problem)
    run_files.write_portfolios(folder / "portfolios.parquet", front, problem)
    chosen = shortlist(problem, front, 4)
    names = names_of(problem, front, chosen)
    record = {
        "name": name,
        "status": "complete",
        "problem_hash": problem_hash(problem),
        "stages": {"effects": {}, "solve": {}},
        "front": run_files.front_record(front),
        "shortlist": [
            {"portfolio": front.names[row], "what": what}
            for row, what in zip(chosen, names, strict=True)
        ],
    }
    run_files.write_json(folder / "run.json", record)
    run_files.write_json(folder / "findings.json", [])
    return landscape, problem, front


QUICK = (
    ("    learns: state ", "    candidates: [ridge]\n"),
    ("    learns: species ", "    candidates: [logistic]\n"),
    ("  missing: refuse ", "  coordinates: false\n"),
)
"""Lines of the example, and what is put before them so that its surrogates are fitted fast."""


def quicken(config):
    """Let a config that is the example's try one plain model for each surrogate."""
    text = config.read_text(encoding="utf-8")
    for line, more in QUICK:
        assert text.count(line) == 1
        text = text.replace(line, more + line)
    config.write_text(text, encoding="utf-8")


def write_quick_example(folder, name="valley"):
    """Write an example whose surrogates are fitted fast."""
    config, *_ = write_example(folder, name)
    quicken(config)
