"""Everything that people look at: the page, the figures, the GeoPackage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edaphon.effects.values import FactoredEffects
from edaphon.report.brief import write_brief
from edaphon.report.brief_text import Brief
from edaphon.report.carbon import write_carbon
from edaphon.report.exports import write_exports
from edaphon.report.figures import write_figures
from edaphon.report.geopackage import write_geopackage
from edaphon.report.page import write_page
from edaphon.report.policy import PolicyOrder, write_policy
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
    policy: PolicyOrder | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Finding, ...]:
    """Write report.html, brief.pdf, figures/, portfolios.gpkg, and tables of units and of carbon.

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
    policy : PolicyOrder, optional
        What the policy tables need; without it there are none.
    progress : callable, optional

    Returns
    -------
    tuple of Finding
        `findings`, and notes on what could not be drawn.
    """
    found = list(findings)
    solved: dict[str, Any] = {"landscape": landscape, "problem": problem, "front": front}
    shown = {**solved, "shortlist": chosen, "anonymous": anonymous}
    asked = {**solved, "chosen": chosen, "anonymous": anonymous}

    def tell(done: int) -> None:
        if progress is not None:
            progress("report", done, 4)

    found += write_figures(folder / "figures", **shown)
    tell(1)
    found += write_geopackage(folder / "portfolios.gpkg", **shown)
    found += write_exports(folder, **shown)
    tell(2)
    reasons = write_unit_tables(folder, **asked)
    if sheets is not None:
        found += write_sheets(folder / FOLDER, sheets, record=record, reasons=reasons, **asked)
    tell(3)
    if policy is not None:
        write_policy(folder, policy, record=record, chosen=chosen, cards=cards, **solved)
    case = Brief(record, landscape, problem, front, chosen, cards, found, anonymous)
    write_brief(folder / "brief.pdf", case)
    write_page(
        folder / "report.html",
        run=record,
        cards=cards,
        findings=found,
        evidence=problem.effects.sizes if isinstance(problem.effects, FactoredEffects) else None,
        carbon=None if carbon is None else write_carbon(folder, carbon, **asked),
        reasons=reasons,
        **shown,
    )
    tell(4)
    return tuple(found)
