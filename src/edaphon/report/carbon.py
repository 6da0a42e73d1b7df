"""The GSOCseq scenarios and the carbon of portfolios: tables, a map, and what the page shows."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import Image

from edaphon.portfolio.carbon import carbon_table
from edaphon.portfolio.shortlist import names_of
from edaphon.report.figures import value_figure
from edaphon.report.run_files import write_csv
from edaphon.report.show import beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edaphon.data.landscape import Landscape
    from edaphon.effects.gsocseq import CarbonRun
    from edaphon.problem.values import Front, Problem


def write_carbon(
    folder: Path,
    run: CarbonRun,
    *,
    landscape: Landscape,
    problem: Problem,
    front: Front,
    chosen: Sequence[int],
    anonymous: bool = False,
) -> dict[str, Any]:
    """Write gsocseq.csv, carbon.csv and figures/gsocseq.png and .svg.

    Parameters
    ----------
    folder : Path
        The run directory.
    run : CarbonRun
    landscape, problem, front
        Of the same units in the same order.
    chosen : sequence of int
        Rows of `front` that the page shows.
    anonymous : bool
        gsocseq.csv and the map go by region instead of by unit, and are left out where the
        landscape names no regions.

    Returns
    -------
    dict
        What the page shows: summary, portfolios (rows of carbon.csv: doing nothing new, present
        policy, the chosen), currency, map (PNG as data URI; "" if there is none), strongest (name
        of the scenario on the map) and above_scenarios (whether one of the chosen stores more than
        that scenario).
    """
    table = by_region(run.table, landscape) if anonymous else run.table
    if table is not None:
        write_table(folder / "gsocseq.csv", table)
    costs = carbon_table(problem, front, run.summary["feature"])
    write_table(folder / "carbon.csv", costs)
    rows = beside(front, chosen)
    shown = costs.iloc[rows].assign(what=names_of(problem, front, rows))
    strongest = run.summary["scenarios"][-1]
    column = f"{strongest['name'].lower()}_relative_t_ha"
    figure = value_figure(
        folder / "figures" / "gsocseq",
        landscape,
        run.table[column].to_numpy(),
        title=f"Carbon that {100 * strongest['increase']:g} % more input stores in "
        f"{run.summary['years']} years",
        label="t C/ha more than business as usual",
        anonymous=anonymous,
    )
    picture = ""
    if figure is not None:
        picture = _small_picture(figure)
    return {
        "summary": run.summary,
        "portfolios": shown.to_dict("records"),
        "currency": problem.ledgers[0].unit,
        "map": picture,
        "strongest": strongest["name"],
        "above_scenarios": bool(
            (costs["gain_t_c"].iloc[list(chosen)] > strongest["relative_t_c"]).any()
        ),
    }


def _small_picture(path: Path) -> str:
    """Return a PNG at half size and in 96 colors as a data URI, so that the page stays small."""
    with Image.open(path) as image:
        half = image.convert("RGB").reduce(2)
    few = half.quantize(96, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def by_region(table: pd.DataFrame, landscape: Landscape) -> pd.DataFrame | None:
    """Return the area-weighted means of each region; None where the landscape names none."""
    if landscape.region is None:
        return None
    kept = (table["left_out"] == "").to_numpy()
    area = table["area_ha"].to_numpy()[kept]
    names, codes = np.unique(np.asarray(landscape.region)[kept], return_inverse=True)
    whole = np.bincount(codes, weights=area, minlength=len(names))
    skipped = ("unit_id", "area_ha", "land_class", "left_out")
    means = {
        name: np.bincount(codes, weights=area * table[name].to_numpy()[kept], minlength=len(names))
        / whole
        for name in table.columns
        if name not in skipped
    }
    return pd.DataFrame({"region": names, "area_ha": whole, **means})


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table in full precision, empty where there is no figure."""
    write_csv(path, table)
