"""Pages of A4 drawn with matplotlib: lines of text, rules, and a flow that turns the page."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

if TYPE_CHECKING:
    from matplotlib.backends.backend_pdf import PdfPages

WIDE, HIGH = 8.27, 11.69
"""A4 in inches."""
LEFT, RIGHT = 0.09, 0.91
"""Margins as shares of the width."""
INK, SOFT, RULE, ACCENT = "#1f2421", "#4a514d", "#8a918c", "#00593f"
PALE = "#d8dbd6"
_LINE = 1.35
"""Height of a line, in heights of its letters."""
_LETTER = 0.51
"""Width of a letter of DejaVu Sans, in heights, on average (measured on the brief's text)."""
_TOP, _FLOOR = 0.945, 0.06
_GUTTER = 0.012


def blank() -> Figure:
    """Return an empty page."""
    return Figure(figsize=(WIDE, HIGH))


def say(figure: Figure, x: float, y: float, text: str, **style: Any) -> None:
    """Write one line, its foot at y; nothing in it is taken for a formula."""
    given = {"color": INK, "va": "baseline", **style}
    figure.text(x, y, text, parse_math=False, **given)


def rule(figure: Figure, y: float, color: str = RULE) -> None:
    """Draw a line from margin to margin."""
    line = mpl.lines.Line2D([LEFT, RIGHT], [y, y], color=color, linewidth=0.8)
    figure.add_artist(line)


def line_height(size: float) -> float:
    """Height of a line of text as a share of the page."""
    return _LINE * size / 72.0 / HIGH


def wrapped(text: str, size: float, width: float = RIGHT - LEFT) -> list[str]:
    """Break a text into lines of some share of the page's width; longer words are cut."""
    letters = max(int(width * WIDE * 72.0 / (_LETTER * size)), 1)
    return textwrap.wrap(text, letters, break_on_hyphens=False)


class Flow:
    """Text, tables and pictures one below the other, on as many pages as it takes.

    Parameters
    ----------
    pages : PdfPages
        Where full pages go.
    """

    def __init__(self, pages: PdfPages) -> None:
        self._pages = pages
        self.kicker = ""
        self.figure = blank()
        self.top = _TOP

    def begin(self, kicker: str) -> None:
        """Begin with an empty page; `kicker` stands at the head of it and of those that follow."""
        self.kicker = kicker
        self.figure, self.top = blank(), _TOP
        say(self.figure, LEFT, _TOP, kicker, size=8, color=SOFT)
        self.top -= 0.5 * line_height(8)

    def end(self) -> None:
        """Hand the page over."""
        self._pages.savefig(self.figure)

    def room(self, height: float) -> None:
        """Turn the page where less than `height` is left of it."""
        if self.top - height < _FLOOR:
            self.end()
            self.begin(self.kicker)

    def paragraph(
        self,
        text: str,
        size: float = 9.0,
        *,
        after: float = 0.4,
        bullet: bool = False,
        **style: Any,
    ) -> None:
        """Write a paragraph, with a dot before it on request."""
        indent = 0.018 if bullet else 0.0
        for number, line in enumerate(wrapped(text, size, RIGHT - LEFT - indent)):
            self.room(line_height(size))
            self.top -= line_height(size)
            if bullet and number == 0:
                say(self.figure, LEFT, self.top, "\u2022", size=size, **style)
            say(self.figure, LEFT + indent, self.top, line, size=size, **style)
        self.top -= after * line_height(size)

    def heading(self, text: str, size: float = 11.0, color: str = ACCENT) -> None:
        """Write a heading that stays with what follows it."""
        self.room(5.5 * line_height(size))
        self.top -= 0.4 * line_height(size)
        self.paragraph(text, size, after=0.2, weight="bold", color=color)

    def table(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        shares: Sequence[float],
        *,
        right: Sequence[int] = (),
        colors: Sequence[str] = (),
    ) -> None:
        """Write a table whose head comes again on every page.

        Parameters
        ----------
        heads : sequence of str
        rows : sequence of sequences of str
        shares : sequence of float
            Widths of the columns as shares of the whole.
        right : sequence of int
            Columns of figures, written to the right.
        colors : sequence of str
            A little box before each row; none if empty.
        """
        grid = _Grid(shares, right, 0.02 if colors else 0.0)
        head = grid.cells(heads, 7.5)
        self.room(head.height + (grid.cells(rows[0], 8.5).height if rows else 0.0))
        self._row(head, 7.5, weight="bold", color=SOFT)
        rule(self.figure, self.top)
        for number, row in enumerate(rows):
            cells = grid.cells(row, 8.5)
            if self.top - cells.height < _FLOOR:
                self.room(1.0)
                self._row(head, 7.5, weight="bold", color=SOFT)
                rule(self.figure, self.top)
            if colors:
                self._box(colors[number])
            self._row(cells, 8.5)
            rule(self.figure, self.top, PALE)
        self.top -= 0.5 * line_height(8.5)

    def _row(self, cells: _Cells, size: float, **style: Any) -> None:
        for edge, side, lines in cells.texts:
            for number, line in enumerate(lines, start=1):
                y = self.top - number * line_height(size)
                say(self.figure, edge, y, line, size=size, ha=side, **style)
        self.top -= cells.height

    def _box(self, color: str) -> None:
        size = line_height(8.5)
        box = Rectangle(
            (LEFT, self.top - 1.02 * size), 0.55 * size * HIGH / WIDE, 0.6 * size,
            facecolor=color, edgecolor=RULE, linewidth=0.4,
        )  # fmt: skip
        self.figure.add_artist(box)


class _Cells:
    """The broken texts of a row with where they stand, and its height."""

    def __init__(self, texts: list[tuple[float, str, list[str]]], size: float) -> None:
        self.texts = texts
        self.height = (max(len(lines) for _, _, lines in texts) + 0.45) * line_height(size)


class _Grid:
    """The columns of a table."""

    def __init__(self, shares: Sequence[float], right: Sequence[int], indent: float) -> None:
        whole = RIGHT - LEFT - indent
        widths = [share / sum(shares) * whole for share in shares]
        starts = [LEFT + indent + sum(widths[:k]) for k in range(len(widths))]
        self._columns = [
            (x + width - _GUTTER, "right", width) if k in right else (x, "left", width)
            for k, (x, width) in enumerate(zip(starts, widths, strict=True))
        ]

    def cells(self, texts: Sequence[str], size: float) -> _Cells:
        """Break the texts of a row."""
        made = [
            (edge, side, wrapped(text, size, width - _GUTTER) or [""])
            for text, (edge, side, width) in zip(texts, self._columns, strict=True)
        ]
        return _Cells(made, size)
