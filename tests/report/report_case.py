"""A small run for the tests of the report: parcels or cells, a front, a card, findings."""

import base64
import json
import re
import zlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from edaphon.data.landscape import Grid, Landscape
from edaphon.effects.values import EffectSizes, FactoredEffects
from edaphon.errors import Finding
from edaphon.portfolio.shortlist import shortlist, tag_front
from edaphon.practices.values import Ledger
from edaphon.problem.evaluate import evaluate
from edaphon.problem.values import Feature, Front, Objective, Problem
from edaphon.solver.front import solve
from edaphon.surrogates.state import Card, Score

INTERVENTIONS = ("baseline", "cover_crop", "agroforestry", "cover_crop+agroforestry")
KINDS = {
    "Int8": "i1",
    "Uint8": "u1",
    "Int16": "<i2",
    "Uint16": "<u2",
    "Int32": "<i4",
    "Float32": "<f4",
}


@dataclass(frozen=True)
class Case:
    landscape: Landscape
    problem: Problem
    front: Front
    shortlist: tuple
    card: Card
    findings: tuple
    sizes: EffectSizes
    run: dict

    def page(self):
        """Keyword arguments of `write_page` and `page_text`."""
        return {
            "run": self.run,
            "landscape": self.landscape,
            "problem": self.problem,
            "front": self.front,
            "shortlist": self.shortlist,
            "cards": [self.card],
            "findings": self.findings,
            "evidence": self.sizes,
        }

    def files(self):
        """Keyword arguments of the writers of figures and GeoPackage."""
        return {
            "landscape": self.landscape,
            "problem": self.problem,
            "front": self.front,
            "shortlist": self.shortlist,
        }


def make_landscape(rows=6, columns=10, grid=False, region=True):
    row, column = np.divmod(np.arange(rows * columns), columns)
    n = len(row)
    if grid:
        transform = (0.01, 0.0, 20.0, 0.0, -0.01, 42.0)
        where = {
            "grid": Grid(row.astype("i4"), column.astype("i4"), (rows, columns), transform),
            "crs": "EPSG:4326",
        }
    else:
        x, y = 500_000 + 200.0 * column, 5_200_000 - 150.0 * row
        shapes = shapely.box(x, y, x + 190, y + 140)
        shapes[0] = shapes[0].difference(shapely.box(x[0] + 50, y[0] + 40, x[0] + 90, y[0] + 80))
        where = {"geometry": np.asarray(shapes, dtype=object), "crs": "EPSG:32633"}
    return Landscape(
        ids=np.array([f"parcel-{i:03d}" for i in range(n)]),
        area_ha=np.full(n, 2.66) + 0.01 * column,
        attributes=pd.DataFrame(index=range(n)),
        latitude=47.0 - 0.0013 * row,
        longitude=15.0 + 0.0026 * column,
        region=np.where(column < columns // 2, "Westerland", "Osterland") if region else None,
        farm=np.array([f"Huber farm {i % 7}" for i in range(n)]),
        **where,
    )


def make_sizes():
    shape = (1, 4, 3)
    lnrr = np.zeros(shape)
    lnrr[0, 1:] = [[0.1, 0.01, 0.3], [0.2, -0.05, 0.0], [0.3, -0.04, 0.3]]
    loading = np.zeros((1, 4, 2, 3))
    loading[0, 1, 0], loading[0, 2, 1] = 0.04, 0.06
    loading[0, 3] = loading[0, 1] + loading[0, 2]
    basis = np.ones(shape, np.uint8)
    basis[0, 0], basis[0, 2, 2] = 0, 0
    applicable = np.ones(shape, bool)
    applicable[0, 3, 1] = False
    return EffectSizes(
        strata=("temperate",),
        interventions=INTERVENTIONS,
        features=("soc_stock", "yield", "earthworms"),
        lnrr=lnrr,
        ratio_loading=loading,
        ratio_sd_local=np.full(shape, 0.1),
        grade=basis,
        basis=basis,
        applicable=applicable,
        source=np.where(basis > 0, "A study (2020)", "").astype(object),
        studies=np.where(basis > 0, 12, 0).astype(np.int32),
    )


def make_problem(landscape, sizes):
    n, rng = landscape.n_units, np.random.default_rng(4)
    stock = rng.uniform(20, 60, (n, 3))
    effects = FactoredEffects(
        stock, 0.1 * stock, np.zeros(n, np.int16), sizes, rng.random((n, 3)) > 0.1
    )
    cost = landscape.area_ha[:, None] * np.array([0.0, 900.0, 2500.0, 3300.0])
    cost[:, 2] += rng.uniform(0, 50, n)
    return Problem(
        unit_ids=landscape.ids,
        interventions=INTERVENTIONS,
        features=(
            Feature("soc_stock", "t"),
            Feature("yield", "t"),
            Feature("earthworms", "ha %", relative=True),
        ),
        effects=effects,
        cost=cost[:, :, None],
        ledgers=(Ledger("cost", "EUR"),),
        allowed=np.zeros((n, 4), np.uint8),
        reasons=("allowed",),
        objectives=(
            Objective("soil_life", "maximize", ("earthworms", "soc_stock"), unit="share"),
            Objective("productivity", "maximize", ("yield",), unit="t"),
            Objective("cost", "minimize", ledgers=("cost",), unit="EUR"),
        ),
        constraints=(),
        area_ha=landscape.area_ha,
        region=landscape.region,
    )


def make_front(problem, n_portfolios=7):
    rng = np.random.default_rng(5)
    n = problem.n_units
    levels = np.linspace(0.15, 0.9, n_portfolios)
    portfolios = np.array(
        [
            np.zeros(n),
            (rng.random(n) < 0.1) * 1,
            *((rng.random(n) < level) * rng.choice([1, 2, 3], n) for level in levels),
        ]
    ).astype(np.uint8)
    found = [evaluate(problem, allocation) for allocation in portfolios]
    values = np.array([one.values for one in found])
    count = len(portfolios)
    gap = np.where(np.arange(count) < 2, np.nan, 1e-5 * np.arange(count))
    front = values[2:]
    ideal = np.array([front[:, 0].max(), front[:, 1].max(), front[:, 2].min()])
    nadir = np.array([front[:, 0].min(), front[:, 1].min(), front[:, 2].max()])
    return tag_front(
        Front(
            portfolios=portfolios,
            names=("baseline", "policy", *(f"p{k:02d}" for k in range(1, count - 1))),
            kinds=("baseline", "policy", *("front",) * (count - 2)),
            objectives=problem.objectives,
            values=values,
            lower=np.array([one.lower for one in found]),
            upper=np.array([one.upper for one in found]),
            weights=np.full(values.shape, np.nan),
            feasible=np.ones(count, bool),
            certified_gap=gap,
            optimality_gap=gap,
            bound=gap,
            certified_by=("none", "none", *("lp_dual",) * (count - 2)),
            treated_area_ha=np.array([one.treated_area_ha for one in found]),
            spent=np.array([one.spent for one in found]),
            share_outside_applicability=np.array([x.share_outside_applicability for x in found]),
            tags=("",) * count,
            scales=np.ones(3),
            ideal=ideal,
            nadir=nadir,
            reference_point=nadir,
            hypervolume=0.6,
            sandwich_ratio=0.93,
        )
    )


def make_card():
    rng = np.random.default_rng(6)
    observed = np.exp(rng.normal(0.5, 0.5, 80))
    held_out = Score("blocks of 0.25 degrees", 0.5, 0.38, 0.64, "log")
    return Card(
        name="soc",
        response="OC",
        unit="%",
        n_samples=80,
        predictors=("slope", "ndvi"),
        transform="log",
        model={"forest": 1.0},
        held_out=held_out,
        random=Score("random folds", 0.45, 0.48, 0.64, "log", optimistic=True),
        forest=None,
        skill=0.38,
        skill_se=0.03,
        level=0.9,
        coverage=0.89,
        coverage_by_width=(0.9, 0.88, 0.89, 0.9, 0.88),
        share_applicable=0.93,
        used=True,
        reason="Beats the mean of its training data on held-out ground.",
        importance={"slope": 0.7, "ndvi": 0.3},
        observed=tuple(observed),
        predicted=tuple(observed**0.7),
        notes=("Depths below 30 cm.",),
    )


def make_case(rows=6, columns=10, grid=False, region=True):
    landscape = make_landscape(rows, columns, grid, region)
    sizes = make_sizes()
    problem = make_problem(landscape, sizes)
    front = make_front(problem)
    findings = (
        Finding("valley.gpkg: geometry", "3 units overlap a little", severity="note"),
        Finding("unit parcel-007: soc", "lies outside", "Take a sample.", "warning"),
        Finding("valley.gpkg: farm", "the fields of Huber farm 3 touch", severity="note"),
    )
    run = {
        "name": "small_valley",
        "started": "2026-01-02T03:04:05+00:00",
        "config_hash": "0123456789abcdef",
        "seed": 7,
        "versions": {"edaphon": "0.1.0"},
        "horizon_years": 20.0,
        "discount_rate": 0.03,
    }
    return Case(
        landscape, problem, front, shortlist(problem, front, 4), make_card(), findings, sizes, run
    )


def make_solved(objectives):
    """The small run with other objectives, solved, as keyword arguments of `page_text`."""
    case = make_case()
    problem = replace(case.problem, objectives=objectives)
    front = tag_front(solve(problem, portfolios=6, seed=1))
    chosen = shortlist(problem, front, 3)
    return {**case.page(), "problem": problem, "front": front, "shortlist": chosen}


def unpack(text):
    """Read a page's contents and arrays back as its script does."""
    contents = re.search(r'<script type="application/json" id="contents">(.*?)</script>', text)[1]
    block = re.search(r'<script type="text/plain" id="block">(.*?)</script>', text)[1]
    contents = json.loads(contents)
    data = zlib.decompress(base64.b64decode(block))
    arrays = {
        name: np.frombuffer(data, KINDS[kind], count, offset)
        for name, (kind, offset, count, *_) in contents["arrays"].items()
    }
    return contents, arrays, data
