"""Sheets as PDF: the same values and words as the HTML, laid out on paper."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.collections import PathCollection
from matplotlib.path import Path as Outline

from edaphon.report.figures import figure_style
from edaphon.report.paper import HIGH, LEFT, RIGHT, SOFT, WIDE, Flow
from edaphon.report.run_files import write_aside

if TYPE_CHECKING:
    from edaphon.report.sheet_map import SheetMap
    from edaphon.report.sheet_text import SheetText

_MAP_HIGH = 0.26
"""Share of the page that a map takes at most."""


def write_sheet_pdf(
    path: Path, sheets: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]
) -> None:
    """Write sheets as one PDF; each begins on a page of its own.

    Text can be selected. Letters are those of DejaVu Sans (Latin, Greek, Cyrillic and others); for
    other scripts, and those written from right to left, print the HTML.

    Parameters
    ----------
    path : Path
    sheets : sequence of mappings
        From `edaphon.report.sheet_values.sheet_values`.
    shared : mapping
        text, run, date, portfolio, years and level, as the HTML template gets them.
    """
    text: SheetText = shared["text"]
    heading = text.say("heading", run=shared["run"])

    def write(part: Path) -> None:
        about = {"Title": heading, "CreationDate": None, "Producer": None, "Creator": "edaphon"}
        with PdfPages(part, metadata=about) as pages:
            flow = Flow(pages)
            for sheet in sheets:
                flow.begin(f"{heading} · {sheet['title']}")
                _sheet(flow, sheet, shared)
                flow.end()

    with figure_style():
        write_aside(path, write)


def _sheet(flow: Flow, sheet: Mapping[str, Any], shared: Mapping[str, Any]) -> None:
    """Lay one sheet out, in the order of the HTML."""
    text: SheetText = shared["text"]
    flow.paragraph(sheet["title"], 16, after=0.1, weight="bold")
    if sheet["place"]:
        flow.paragraph(" · ".join(sheet["place"]), 8.5, color=SOFT)
    flow.paragraph(sheet["summary"], 10.5)
    flow.heading(text.say("what"))
    rows = sheet["measures"]
    flow.table(
        [text.say(key) for key in ("measure", "fields", "area", "evidence")],
        [[row[key] for key in ("measure", "fields", "area", "grade")] for row in rows],
        (5, 1.2, 1.6, 1.4),
        right=(1, 2),
        colors=[row["color"] for row in rows],
    )
    _money(flow, sheet["money"], text)
    _gains(flow, sheet, shared)
    _fields(flow, sheet, text)
    flow.heading(text.say("watch"))
    for one in sheet["watch"]:
        flow.paragraph(one["measure"], 9.5, after=0.1, weight="bold")
        for line in one["lines"]:
            flow.paragraph(line, bullet=True, after=0.15)
    flow.top -= 0.008
    flow.paragraph(text.say("grades"), 7.5, color=SOFT)
    intro = text.say("intro", portfolio=shared["portfolio"], date=shared["date"])
    flow.paragraph(intro, 7.5, color=SOFT)


def _money(flow: Flow, money: Mapping[str, Any], text: SheetText) -> None:
    """Write what it costs and pays; nothing where no money is known."""
    if not money["rows"]:
        return
    flow.heading(text.say("money"))
    keys = ("measure", "money_before", "money_payments", "money_left")
    rows = [[row["measure"], *row["figures"]] for row in money["rows"]]
    flow.table([text.say(key) for key in keys], rows, (4, 1.7, 1.7, 1.8), right=(1, 2, 3))
    for line in money["lines"]:
        flow.paragraph(line)
    flow.paragraph(money["note"], 7.5, color=SOFT)


def _gains(flow: Flow, sheet: Mapping[str, Any], shared: Mapping[str, Any]) -> None:
    """Write what it is expected to bring."""
    text: SheetText = shared["text"]
    flow.heading(text.say("gains"))
    if sheet["gains"]:
        heads = [
            text.say("gain_what"),
            text.say("gain_change", years=shared["years"]),
            text.say("gain_between", level=shared["level"]),
            text.say("gain_today"),
        ]
        rows = [
            [row["name"], row["change"], f"{row['lower']} … {row['upper']} {row['unit']}",
             row["today"]]
            for row in sheet["gains"]
        ]  # fmt: skip
        flow.table(heads, rows, (2.6, 2.2, 3.4, 1.8), right=(1, 2, 3))
    else:
        flow.paragraph(text.say("gains_none"))
    if sheet["gain_note"]:
        flow.paragraph(sheet["gain_note"], 7.5, color=SOFT)


def _fields(flow: Flow, sheet: Mapping[str, Any], text: SheetText) -> None:
    """Draw the map of the fields, and write why each gets what it gets."""
    if not sheet["fields"]:
        return
    flow.heading(text.say("where"))
    if sheet["map"]:
        _map(flow, sheet["map"])
    if sheet["map_note"]:
        flow.paragraph(sheet["map_note"], 7.5, color=SOFT)
    money = bool(sheet["money"]["rows"])
    keys = ["number", "field", "measure", "area", *(["money_left"] if money else []), "why",
            "evidence"]  # fmt: skip
    shares = [0.5, 1.6, 1.7, 0.8, *([1.0] if money else []), 4.9, 1.2]
    rows = [
        [str(row["number"]), row["id"], row["measure"], row["area"],
         *([row["cost"]] if money else []), row["why"], row["grade"]]
        for row in sheet["fields"]
    ]  # fmt: skip
    right = (3, 4) if money else (3,)
    colors = [row["color"] for row in sheet["fields"]]
    flow.table([text.say(key) for key in keys], rows, shares, right=right, colors=colors)


def _map(flow: Flow, drawn: SheetMap) -> None:
    """Draw the fields, the treated ones in color with their numbers."""
    wide = RIGHT - LEFT
    high = min(wide * WIDE / HIGH * drawn.height / drawn.width, _MAP_HIGH)
    flow.room(high + 0.03)
    panel = flow.figure.add_axes((LEFT, flow.top - high, wide, high))
    panel.set(xlim=(0, drawn.width), ylim=(drawn.height, 0), aspect="equal")
    panel.set_axis_off()
    panel.set_anchor("NW")
    paths = [_outline(shape["path"]) for shape in drawn.shapes]
    colors = [shape["color"] for shape in drawn.shapes]
    panel.add_collection(
        PathCollection(paths, facecolors=colors, edgecolors="white", linewidths=0.5)
    )
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8}
    for one in drawn.numbers:
        panel.text(
            one["x"], one["y"], str(one["number"]), fontsize=7, ha="center", va="center",
            weight="bold", bbox=box, parse_math=False,
        )  # fmt: skip
    flow.top -= high + 0.006


def _outline(path: str) -> Outline:
    """Turn the rings of an SVG path ("M0,0 5,0 5,5Z") into one outline with its holes."""
    rings = [
        np.array([point.split(",") for point in ring.split()], dtype=np.float64)
        for ring in re.findall(r"M([^Z]*)Z", path)
    ]
    closed = [np.concatenate([ring, ring[:1]]) for ring in rings if len(ring)]
    if not closed:
        return Outline(np.zeros((0, 2)))
    return Outline.make_compound_path(*(Outline(ring, closed=True) for ring in closed))
