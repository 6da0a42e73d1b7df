"""Everything that people look at: the page, the figures, the GeoPackage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edaphon.effects.values import FactoredEffects
from edaphon.report.carbon import write_carbon
from edaphon.report.figures import write_figures
from edaphon.report.geopackage import write_geopackage
from edaphon.report.page import write_page
from edaphon.report.sheets import FOLDER, SheetOrder, write_sheets
from edaphon.report.units import write_unit_tables

if TYPE_CHECKING:
    from edaphon.data.landscape import Landscape
    from edaphon.effects.gsocseq import CarbonRun
    from edaphon.errors import Finding
    from edaphon.problem.values import Front, Problem
    from edaphon.surrogates.state import Card


def write_report(
    folder: Path,
    *,
    record: Mapping[str, Any],
    landscape: Landscape,
    problem: Problem,
    front: Front,
    chosen: Sequence[int],
    cards: Sequence[Card],
    findings: Sequence[Finding],
    carbon: CarbonRun | None = None,
    anonymous: bool = False,
    sheets: SheetOrder | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Finding, ...]:
    """Write report.html, figures/, portfolios.gpkg and the tables of units, and carbon's tables.

    Parameters
    ----------
    folder : Path
    record : mapping
        run.json.
    landscape, problem, front
        As solved.
    chosen : sequence of int
        Positions of the shortlist.
    cards : sequence of Card
    findings : sequence of Finding
    carbon : CarbonRun, optional
        The GSOCseq scenarios, where the config asks for them.
    anonymous : bool
        Leave out ids, farms and geometry finer than the region.
    sheets : SheetOrder, optional
        The sheets that the config asks for.
    progress : callable, optional

    Returns
    -------
    tuple of Finding
        `findings`, and notes on what could not be drawn.
    """
    sizes = problem.effects.sizes if isinstance(problem.effects, FactoredEffects) else None
    found = list(findings)

    def tell(done: int) -> None:
        if progress is not None:
            progress("report", done, 4)

    found += write_figures(
        folder / "figures", landscape, problem, front, chosen, anonymous=anonymous
    )
    tell(1)
    found += write_geopackage(
        folder / "portfolios.gpkg", landscape, problem, front, chosen, anonymous=anonymous
    )
    tell(2)
    reasons = write_unit_tables(
        folder,
        landscape=landscape,
        problem=problem,
        front=front,
        chosen=chosen,
        anonymous=anonymous,
    )
    if sheets is not None:
        found += write_sheets(
            folder / FOLDER,
            sheets,
            record=record,
            landscape=landscape,
            problem=problem,
            front=front,
            chosen=chosen,
            reasons=reasons,
            anonymous=anonymous,
        )
    tell(3)
    told = None
    if carbon is not None:
        told = write_carbon(
            folder,
            carbon,
            landscape=landscape,
            problem=problem,
            front=front,
            chosen=chosen,
            anonymous=anonymous,
        )
    write_page(
        folder / "report.html",
        run=record,
        landscape=landscape,
        problem=problem,
        front=front,
        shortlist=chosen,
        cards=cards,
        findings=found,
        evidence=sizes,
        carbon=told,
        reasons=reasons,
        anonymous=anonymous,
    )
    tell(4)
    return tuple(found)
