"""How indicators are measured: codes of methods, and whether a table mixes methods."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.data.indicators import Indicator, indicators, plain
from edaphon.data.messages import counted, name_some
from edaphon.errors import Finding

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Method:
    """One way to measure an indicator.

    Attributes
    ----------
    indicator, code, title : str
    procedure : str
        GLOSOLAN procedure, ISO standard or paper; "none" where we know of none.
    checked : str
        How the procedure's number was checked: "read in a second source", "title page read",
        "memory" (not verified) or "none".
    aliases : tuple of str
        Other words for the code.
    """

    indicator: str
    code: str
    title: str
    procedure: str
    checked: str
    aliases: tuple[str, ...]


@lru_cache(maxsize=1)
def methods() -> dict[str, tuple[Method, ...]]:
    """Return the methods by indicator, read from the package's indicator_methods.csv."""
    text = files("edaphon.data").joinpath("indicator_methods.csv").read_text(encoding="utf-8")
    found: dict[str, tuple[Method, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        aliases = tuple(alias for alias in row["aliases"].split("|") if alias)
        name, code = row["indicator"], row["code"]
        method = Method(name, code, row["title"], row["procedure"], row["checked"], aliases)
        found[name] = (*found.get(name, ()), method)
    return found


def method_of(text: str, indicator: Indicator) -> Method | None:
    """Return the method that a text names, None if the registry does not know it.

    Parameters
    ----------
    text : str
        Code or other word; letter case and punctuation do not count.
    indicator : Indicator
    """
    for method in methods().get(indicator.name, ()):
        if plain(text) in {plain(known) for known in (method.code, *method.aliases)}:
            return method
    return None


def check_methods(texts: ArrayLike, indicator: Indicator, where: str) -> tuple[Finding, ...]:
    """Say where samples of one indicator were measured by different or unknown methods.

    Parameters
    ----------
    texts : array_like of str, shape (n,)
        The samples' ``method`` column, "" where empty.
    indicator : Indicator
    where : str
        File and column, for the findings.

    Returns
    -------
    tuple of Finding
        A warning where methods differ, since their values do; notes on methods that the registry
        does not know and on samples without one. Nothing where the registry has no methods of this
        indicator and the texts agree.
    """
    given = Counter(str(text).strip() for text in np.asarray(texts).astype(str).tolist())
    silent = given.pop("", 0)
    kinds: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for text, count in sorted(given.items()):
        method = method_of(text, indicator)
        kinds[method.code if method else text] += count
        if method is None:
            unknown[text] += count
    findings = []
    title = indicator.title.lower()
    if len(kinds) > 1:
        some = name_some(f"{code}: {count:,}" for code, count in kinds.most_common())
        what = f"{title} was measured by {len(kinds)} methods ({some}), whose values differ"
        hint = "Keep one, convert the others, or name method among the predictors."
        findings.append(Finding(where, what, hint, "warning"))
    known = [method.code for method in methods().get(indicator.name, ())]
    if unknown and known:
        some = name_some(f"'{text}': {count:,}" for text, count in unknown.most_common())
        hint = did_you_mean(next(iter(unknown)), known)
        what = f"methods of {title} that we do not know ({some})"
        findings.append(Finding(where, what, hint, "note"))
    if silent and given:
        what = f"no method in {counted(silent, 'sample')} of {title}"
        findings.append(Finding(where, what, "They are taken to be comparable.", "note"))
    return tuple(findings)


def indicator_table() -> list[dict[str, str]]:
    """Return the registry as rows of text for the reference page."""
    return [
        {
            "name": one.name,
            "what": one.title,
            "group": one.group,
            "unit": one.unit,
            "possible": f"{one.possible[0]:g} to {one.possible[1]:g}",
            "plausible median": f"{one.plausible[0]:g} to {one.plausible[1]:g}",
            "better": one.better,
            "tier": str(one.tier),
            "also read": ", ".join(one.aliases),
            "ranges from": one.source,
        }
        for one in indicators().values()
    ]


def method_table() -> list[dict[str, str]]:
    """Return the methods as rows of text for the reference page."""
    return [
        {
            "indicator": one.indicator,
            "code": one.code,
            "what": one.title,
            "procedure": one.procedure,
            "number checked": one.checked,
            "also read": ", ".join(one.aliases),
        }
        for group in methods().values()
        for one in group
    ]
