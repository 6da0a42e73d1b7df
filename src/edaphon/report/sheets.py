"""Sheets in plain words: what to do on each farm, field or region, why, and what to watch."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.data.messages import counted, name_some
from edaphon.errors import Finding
from edaphon.portfolio.reasons import Reasons, reasons_for
from edaphon.portfolio.shortlist import find_row, names_of, rows_by_name
from edaphon.practices.ledgers import ledgers_of
from edaphon.report.environment import environment
from edaphon.report.palette import BASELINE_COLOR
from edaphon.report.run_files import write_aside
from edaphon.report.sheet_pdf import write_sheet_pdf
from edaphon.report.sheet_text import SheetText, read_sheet_text, shipped_text
from edaphon.report.sheet_values import SheetCase, sheet_values
from edaphon.report.text import title, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Catalogue
    from edaphon.problem.values import Front, Problem

MOST_SHEETS = 2_000
"""Sheets that one run writes at most: as many pages of paper."""
FOLDER = "sheets"


@dataclass(frozen=True)
class SheetOrder:
    """The sheets that a config asks for.

    Attributes
    ----------
    by : str
        "farm", "unit" or "region".
    split_by : str
        "adviser", "region" or "" for one file in all.
    kind : str
        "html" or "pdf".
    portfolio : str
        Name or tag of a portfolio; "" = the first of the shortlist.
    where : mapping of str to str
        Where the keys sheets, split_by and sheets_of stand.
    text : SheetText
    config : Config
    catalogue : Catalogue
    """

    by: str
    split_by: str
    kind: str
    portfolio: str
    where: Mapping[str, str]
    text: SheetText
    config: Config
    catalogue: Catalogue


def sheet_order(
    config: Config, catalogue: Catalogue
) -> tuple[SheetOrder | None, tuple[Finding, ...]]:
    """Return the sheets that a config asks for, None where it asks for none, and its findings.

    Raises
    ------
    DataError
        Where the file of sentences is at fault.
    """
    asked = config.report
    if not asked.sheets:
        return None, ()
    text = shipped_text()
    findings: tuple[Finding, ...] = ()
    if asked.text:
        text, findings = read_sheet_text(
            config.resolve(asked.text), config.where("report.text"), _known_names(config, catalogue)
        )
    order = SheetOrder(
        by=asked.sheets,
        split_by=asked.split_by,
        kind=asked.sheets_as,
        portfolio=asked.sheets_of,
        where={k: config.where(f"report.{k}") for k in ("sheets", "split_by", "sheets_of")},
        text=text,
        config=config,
        catalogue=catalogue,
    )
    return order, findings


def _known_names(config: Config, catalogue: Catalogue) -> dict[str, list[str]]:
    """Return the names that each table of a file of sentences may hold."""
    practices = [one.name for one in (*catalogue.interventions, *catalogue.parts)]
    others = [
        *config.objectives,
        *(name for one in config.objectives.values() for name in one.maximize),
        *config.features, *config.surrogates, *catalogue.outcomes,
        *(ledger.name for ledger in ledgers_of(config)),
    ]  # fmt: skip
    own = list(dict.fromkeys(practices))
    return {
        "names": list(dict.fromkeys((*own, *others, "baseline", "net_cost"))),
        "risks": own, "needs": own, "law": own,
    }  # fmt: skip


def write_sheets(
    folder: Path,
    order: SheetOrder,
    *,
    record: Mapping[str, Any],
    landscape: Landscape,
    problem: Problem,
    front: Front,
    chosen: Sequence[int],
    reasons: Mapping[int, Reasons] | None = None,
    anonymous: bool = False,
) -> tuple[Finding, ...]:
    """Write the sheets of one portfolio as HTML or PDF, and the sentences that they are made of.

    Every farm (unit, region) where the portfolio does something new gets one. The rows of a farm
    whose units have several advisers stand with the one of most of its area.

    Parameters
    ----------
    folder : Path
        Where the files go: sheets.html, or one sheets-NAME.html per adviser or region (or .pdf);
        text.toml.
    order : SheetOrder
    record : mapping
        run.json: name, started.
    landscape, problem, front
        Of the same units in the same order.
    chosen : sequence of int
        Rows of the shortlist.
    reasons : mapping, optional
        By row of the front; worked out where they are missing.
    anonymous : bool
        Leave out fields and the map of them.

    Returns
    -------
    tuple of Finding
        Warnings where nothing could be written; notes on farms without a sheet.
    """
    known = rows_by_name(problem, front, chosen)
    row = find_row(known, order.portfolio) if order.portfolio else next(iter(chosen), None)
    if row is None:
        what = f"there is no portfolio {order.portfolio!r}, so there are no sheets"
        hint = did_you_mean(order.portfolio, [name for name in known if ", " not in name])
        return (Finding(order.where["sheets_of"], what, hint, "warning"),)
    plan = front.portfolios[row]
    groups = _labels(landscape, order.by)
    treated = sorted(set(groups[plan > 0].tolist()))
    if not treated or len(treated) > MOST_SHEETS:
        what = f"{counted(len(treated), 'sheet')} by {order.by}"
        hint = "This portfolio does nothing new anywhere; choose another by sheets_of."
        if treated:
            what += f" are more than the {MOST_SHEETS:,} that are written"
            hint = "Sort them by farm or region."
        return (Finding(order.where["sheets"], f"{what}, so there are none", hint, "warning"),)
    case = SheetCase(
        order.text, order.config, order.catalogue, landscape, problem, front.level, plan,
        (reasons or {}).get(row) or reasons_for(problem, front, row), anonymous,
    )  # fmt: skip
    (label,) = names_of(problem, front, [row])
    shared = _shared(case, record, label)
    files, findings = _files(order, landscape, problem, groups, treated)
    for name, listed in files.items():
        sheets = [sheet_values(case, order.by, one, np.flatnonzero(groups == one))
                  for one in listed]  # fmt: skip
        if order.kind == "pdf":
            write_sheet_pdf(folder / name, sheets, shared)
            continue
        page = environment().get_template("sheets.html.j2").render(sheets=sheets, **shared)
        _write(folder / name, page)
    _write(folder / "text.toml", order.text.source)
    return (*findings, *_without(order, groups, treated))


def _shared(case: SheetCase, record: Mapping[str, Any], label: str) -> dict[str, Any]:
    """Return what all sheets of a portfolio say alike."""
    text = case.text
    return {
        "text": text,
        "run": title(str(record.get("name", ""))),
        "date": str(record.get("started", ""))[:10],
        "portfolio": words(label),
        "years": text.number(case.years),
        "level": text.percent(case.level),
        "untreated": BASELINE_COLOR,
    }


def _write(path: Path, text: str) -> None:
    write_aside(path, lambda part: part.write_text(text, encoding="utf-8"))


def _labels(landscape: Landscape, by: str) -> NDArray[np.str_]:
    """Return the farm, region, adviser or id of every unit; empty where it has none."""
    values = landscape.ids if by == "unit" else getattr(landscape, by)
    none = np.full(landscape.n_units, "")
    return np.asarray(none if values is None else values, dtype=str)


def _files(
    order: SheetOrder,
    landscape: Landscape,
    problem: Problem,
    groups: NDArray[np.str_],
    treated: Sequence[str],
) -> tuple[dict[str, list[str]], list[Finding]]:
    """Sort the sheets into files, by the adviser or region of most of a sheet's area."""
    if not order.split_by:
        return {f"sheets.{order.kind}": list(treated)}, []
    owners = _labels(landscape, order.split_by)
    sorted_: dict[str, list[str]] = {}
    several = []
    for one in treated:
        mine = groups == one
        who, codes = np.unique(owners[mine], return_inverse=True)
        most = int(np.argmax(np.bincount(codes, weights=problem.area_ha[mine])))
        sorted_.setdefault(str(who[most]), []).append(one)
        several += [one] if len(who) > 1 else []
    names = sorted(sorted_)
    files = dict(zip(_file_names(names, order.kind), map(sorted_.get, names), strict=True))
    found = []
    if several:
        what = (
            f"{name_some(several)} have more than one {order.split_by}; their sheets stand with "
            "that of most of their area"
        )
        found.append(Finding(order.where["split_by"], what, severity="note"))
    return {name: listed or [] for name, listed in files.items()}, found


def _file_names(names: Sequence[str], kind: str) -> Iterator[str]:
    """Yield a file name for each name that every file system takes, no two the same."""
    taken: set[str] = set()
    for name in names:
        plain = unicodedata.normalize("NFKC", name).casefold()
        stem = re.sub(r"[\W_]+", "-", plain).strip("-")[:60].strip("-") or "none"
        number, found = 1, f"sheets-{stem}.{kind}"
        while found in taken:
            number += 1
            found = f"sheets-{stem}-{number}.{kind}"
        taken.add(found)
        yield found


def _without(
    order: SheetOrder, groups: NDArray[np.str_], treated: Sequence[str]
) -> Iterator[Finding]:
    """Say how many farms or regions get no sheet."""
    count = len(set(groups.tolist()) - set(treated))
    if count and order.by != "unit":
        what = f"{counted(count, order.by)} of {count + len(treated):,} get no sheet"
        reason = "the portfolio does nothing new there"
        yield Finding(order.where["sheets"], f"{what}: {reason}", severity="note")
