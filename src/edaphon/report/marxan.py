"""From Marxan's files to a config with its tables, and from a run back to Marxan's files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from edaphon.config.yaml_text import write_yaml
from edaphon.data.examples import refuse_taken
from edaphon.data.marxan import LOCKED_IN, LOCKED_OUT
from edaphon.errors import DataError, Finding, disk_fault
from edaphon.problem.boundary import exposed_boundary
from edaphon.problem.constraints import Target
from edaphon.problem.evaluate import evaluate, formulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edaphon.data.marxan import MarxanData
    from edaphon.problem.values import Front, Problem

SELECT = "select"
"""The one intervention of an imported problem."""
CONFIG_FILE = "edaphon.yaml"
DEGREES, METERS = "EPSG:4326", "EPSG:6933"
"""CRS of positions that look like degrees, and of all others (an equal-area world in m)."""
_FAR = (1.7e7, 7.2e6)
"""Largest |x| and |y| of that world."""
_SIDE = 0.7
"""Side of a drawn unit over the distance to its nearest neighbor: no two squares overlap."""


def write_import(
    data: MarxanData, out: str | Path, *, name: str = "marxan", crs: str = "", currency: str = "EUR"
) -> tuple[list[Path], tuple[Finding, ...]]:
    """Write a config and tables that `edaphon run` takes.

    Parameters
    ----------
    data : MarxanData
    out : path
        Folder, made if absent.
    name : str
        Of the run.
    crs : str
        Of xloc and yloc, as EPSG:n; guessed if empty.
    currency : str
        What costs are called; Marxan's have no unit.

    Returns
    -------
    files : list of Path
        The config first.
    findings : tuple of Finding
        What was guessed or changed: targets beyond reach are lowered to all that can be reached.

    Raises
    ------
    DataError
        For a folder that cannot be written, or that holds a file of these names: a config that
        somebody has edited since is never written over.
    """
    findings = list(data.findings)
    targets = _shares(data, findings)
    tables: dict[str, pd.DataFrame] = {
        "amounts.csv": pd.DataFrame(
            {
                "unit_id": data.units[data.unit],
                "intervention": SELECT,
                "feature": np.array(data.features, dtype=object)[data.feature],
                "amount": data.amount,
            }
        ),
        "costs.csv": pd.DataFrame(
            {"unit_id": data.units, "intervention": SELECT, "cost": data.cost}
        ),
        "locks.csv": _locks(data),
        "features.csv": pd.DataFrame(
            {"feature": data.features, "target": data.target, "spf": data.penalty}
        ),
    }
    frame = drawn(data, crs, findings)
    config = _config(data, targets, name, currency, frame.crs.to_string())
    return written(Path(out), config, frame, tables | boundaries_of(data)), tuple(findings)


def boundaries_of(data: MarxanData) -> dict[str, pd.DataFrame]:
    """Return the table of boundaries, by its name; none without bound.dat."""
    if not len(data.length):
        return {}
    table = {
        "unit_id": data.units[data.first],
        "neighbor": data.units[data.second],
        "length_m": data.length,
    }
    return {"boundaries.csv": pd.DataFrame(table)}


def written(
    folder: Path,
    config: dict[str, Any],
    frame: geopandas.GeoDataFrame,
    tables: dict[str, pd.DataFrame],
) -> list[Path]:
    """Write a config, its units and its tables; return the files, the config first.

    Raises
    ------
    DataError
        For a folder that cannot be written, or that holds a file of these names.
    """
    files = [CONFIG_FILE, "units.gpkg", *tables]
    refuse_taken(folder, files)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG_FILE).write_text(write_yaml(config), encoding="utf-8")
        frame.to_file(folder / "units.gpkg", layer="units", driver="GPKG")
        for file, table in tables.items():
            table.to_csv(folder / file, index=False)
    except OSError as error:
        raise DataError(
            disk_fault(error) or Finding(str(folder), f"cannot be written: {error}")
        ) from error
    return [folder / file for file in files]


def _shares(data: MarxanData, findings: list[Finding]) -> dict[str, str]:
    """Targets as shares of the whole amount, locked-out units counted; none where it is 0."""
    total, reachable = data.total(), data.reachable()
    made = {}
    for name, target, whole, most in zip(
        data.features, data.target.tolist(), total.tolist(), reachable.tolist(), strict=True
    ):
        if target <= 0:
            continue
        share = 100.0 * target / whole if whole > 0 else 0.0
        share = round(share, 9)
        if target > most:
            share = 100.0 * most / whole if whole > 0 else 0.0
            what = (
                f"the target of {name} is {target:,.6g}, but units that are not locked out hold "
                f"{most:,.6g}: it is lowered to that"
            )
            findings.append(Finding("spec.dat", what, "", "warning"))
        if whole > 0 and most > 0:
            made[name] = f"{share:.17g} %"
    return made


def _locks(data: MarxanData) -> pd.DataFrame:
    """Locked units in the words of the config's locks."""
    locked = np.flatnonzero((data.status == LOCKED_IN) | (data.status == LOCKED_OUT))
    lock = np.where(data.status[locked] == LOCKED_IN, "in", "out")
    return pd.DataFrame({"unit_id": data.units[locked], "intervention": SELECT, "lock": lock})


def drawn(data: MarxanData, crs: str, findings: list[Finding]) -> geopandas.GeoDataFrame:
    """Draw a square for every unit around its position: Marxan's files hold no shapes."""
    n_units = len(data.units)
    x, y, given = data.x, data.y, crs
    if x is not None and y is not None and not crs:
        if np.abs(x).max() <= 180.0 and np.abs(y).max() <= 90.0:
            crs = DEGREES
        elif np.abs(x).max() <= _FAR[0] and np.abs(y).max() <= _FAR[1]:
            crs = METERS
        else:
            x = y = None
    if x is None or y is None:
        columns = int(np.ceil(np.sqrt(n_units)))
        row, column = np.divmod(np.arange(n_units), columns)
        x, y, crs = 1000.0 * column, -1000.0 * row, METERS
        what = "units have no usable position: they are drawn in rows, in the order of the file"
        hint = "Only the map shows it. With xloc and yloc in pu.dat it would show where they lie."
        if data.x is not None and data.y is not None:
            hint = "Only the map shows it. Give --crs, the CRS of xloc and yloc."
    else:
        what = f"units are drawn as squares around their positions, taken as {crs}"
        hint = "Only the map shows it." + ("" if given else " If it is another, give --crs.")
    findings.append(Finding("pu.dat", what, hint, "note"))
    points = np.stack([x, y], axis=1)
    near = np.full(n_units, 1.0)
    if n_units > 1:
        near = cKDTree(points).query(points, k=2)[0][:, 1]
    usual = float(np.median(near[near > 0])) if (near > 0).any() else 1.0
    half = _SIDE / 2 * np.where(near > 0, np.minimum(near, usual), 1e-3 * usual)
    squares = shapely.box(x - half, y - half, x + half, y + half)
    table = {"unit_id": data.units, "status": data.status.astype(np.int64)}
    return geopandas.GeoDataFrame(table, geometry=squares, crs=crs)


def _config(
    data: MarxanData, targets: dict[str, str], name: str, currency: str, crs: str
) -> dict[str, Any]:
    """Return the content of the config file."""
    cost: dict[str, Any] = {"minimize": "cost"}
    if data.boundary_price > 0 and len(data.length):
        cost["boundary"] = f"{data.boundary_price!r} {currency}/m"
    tables = {"effects": "amounts.csv", "costs": "costs.csv", "count_forbidden": True}
    content: dict[str, Any] = {
        "edaphon": 1,
        "name": name,
        "currency": currency,
        "landscape": {"file": "units.gpkg", "id": "unit_id", "crs": crs},
        "interventions": {"use": [SELECT], "own": {SELECT: {"title": "selected"}}},
        "tables": tables,
        "objectives": {"cost": cost},
    }
    if np.isin(data.status, (LOCKED_IN, LOCKED_OUT)).any():
        content["locks"] = "locks.csv"
    if len(data.length):
        content["space"] = {"between": "treated", "boundaries": "boundaries.csv"}
    if targets:
        content["constraints"] = {"targets": targets}
    return content


def write_export(
    problem: Problem, front: Front, out: str | Path, portfolio: str = ""
) -> list[Path]:
    """Write the portfolios of a run as Marxan writes its solutions.

    Parameters
    ----------
    problem, front
    out : path
        Folder, made if absent.
    portfolio : str
        The one that becomes output_best.csv; the first of the front if empty.

    Returns
    -------
    list of Path
        output_r00001.csv and so on, one per portfolio of the front, output_best.csv,
        output_mvbest.csv (targets), output_ssoln.csv (how often each unit is selected),
        output_solutionsmatrix.csv and output_sum.csv. With several interventions the solution is
        a zone: 1 is the baseline, 2 the first intervention.

    Raises
    ------
    DataError
        For a portfolio that is not on the front, a front without any, a folder that cannot be
        written.
    """
    rows = np.flatnonzero(front.on_front)
    names = [front.names[k] for k in rows]
    if portfolio and portfolio not in names:
        what = f"no portfolio of the front is called {portfolio!r}"
        raise DataError(Finding("portfolio", what, f"There are {', '.join(names[:10])}."))
    if not names:
        raise DataError(Finding("run", "has no portfolio on its front"))
    plans = front.portfolios[rows].astype(np.int64)
    many = problem.n_interventions > 2
    label, shown = ("zone", plans + 1) if many else ("solution", plans)
    units = problem.unit_ids
    best = names.index(portfolio) if portfolio else 0

    def solution(plan: NDArray[np.int64]) -> pd.DataFrame:
        return pd.DataFrame({"planning_unit": units, label: plan})

    tables = {f"output_r{k + 1:05d}.csv": solution(plan) for k, plan in enumerate(shown)}
    tables |= {
        "output_best.csv": solution(shown[best]),
        "output_mvbest.csv": _held(problem, plans[best]),
        "output_ssoln.csv": pd.DataFrame(
            {"planning_unit": units, "number": (plans > 0).sum(axis=0)}
        ),
        "output_solutionsmatrix.csv": pd.DataFrame(
            shown, columns=[f"P{unit}" for unit in units.tolist()], index=names
        ).reset_index(names="SolutionsMatrix"),
        "output_sum.csv": _summary(problem, front, rows),
    }
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, table in tables.items():
            table.to_csv(folder / file, index=False)
    except OSError as error:
        raise DataError(
            disk_fault(error) or Finding(str(folder), f"cannot be written: {error}")
        ) from error
    return [folder / file for file in tables]


def _held(problem: Problem, plan: NDArray[np.int64]) -> pd.DataFrame:
    """Return what a portfolio holds of every feature, beside its target over all units."""
    worth = evaluate(problem, plan)
    rules = zip(problem.constraints, formulate(problem).rows, strict=True)
    asked = {
        rule.feature: row.low
        for rule, row in rules
        if isinstance(rule, Target) and rule.region is None
    }
    features = [feature.name for feature in problem.features]
    found = [re.match(r"(\d+)(?: (.*))?$", name) for name in features]
    target = np.array([asked.get(name, 0.0) for name in features])
    return pd.DataFrame(
        {
            "Conservation Feature": [
                f + 1 if one is None else int(one[1]) for f, one in enumerate(found)
            ],
            "Feature Name": [
                name if one is None else one[2] or ""
                for name, one in zip(features, found, strict=True)
            ],
            "Target": target,
            "Amount Held": worth.held,
            "Target Met": np.where(worth.held >= target * (1.0 - 1e-12), "yes", "no"),
        }
    )


def _summary(
    problem: Problem, front: Front, rows: Sequence[int] | NDArray[np.intp]
) -> pd.DataFrame:
    """One row per portfolio: what it is worth, costs, selects and exposes."""
    shared = formulate(problem)
    plans = front.portfolios[rows].astype(np.intp)
    missing = [
        sum(
            isinstance(rule, Target) and row.shortfall(plan) > 0
            for rule, row in zip(problem.constraints, shared.rows, strict=True)
        )
        for plan in plans
    ]
    return pd.DataFrame(
        {
            "Run_Number": np.arange(1, len(plans) + 1),
            "Portfolio": [front.names[k] for k in rows],
            "Score": front.values[rows][:, 0],
            "Cost": front.spent[rows][:, 0],
            "Planning_Units": (plans > 0).sum(axis=1),
            "Connectivity": [exposed_boundary(problem, plan) for plan in plans],
            "Missing_Values": missing,
            "Optimality_Gap": front.optimality_gap[rows],
        }
    )
