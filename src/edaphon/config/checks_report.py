"""What config alone can judge of the sheets: what they are sorted by has to be known."""

from __future__ import annotations

from collections.abc import Iterator

from edaphon.config.content import Content, section_in
from edaphon.config.faults import Remark

_SORTED = {"farm": "farms", "region": "regions", "adviser": "advisers"}


def check_report(content: Content) -> Iterator[Remark]:
    """Yield the faults between the section of the report and the landscape.

    Parameters
    ----------
    content : mapping
        Plain values as the file holds them, valid or not.

    Yields
    ------
    Remark
    """
    report, landscape = section_in(content, "report"), section_in(content, "landscape")
    sheets = report.get("sheets")
    if not sheets:
        for key in ("sheets_as", "split_by", "sheets_of", "text"):
            if report.get(key) and report[key] != "html":  # the default, in a resolved config
                what = "there are no sheets for which this could count"
                yield Remark(f"report.{key}", what, "Add sheets: farm, or remove it.")
        return
    for key in ("sheets", "split_by"):
        by = report.get(key)
        if isinstance(by, str) and by in _SORTED and not landscape.get(by):
            what = f"the landscape does not say which {_SORTED[by]} there are"
            yield Remark(f"report.{key}", what, f"Name their column in landscape.{by}.")
        if report.get("anonymous") and by in ("farm", "unit", "adviser"):
            what = f"sheets by {by} name what an anonymous report leaves out"
            yield Remark(f"report.{key}", what, "Take region, or leave anonymous out.")
