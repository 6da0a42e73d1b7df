"""What config alone can judge between its sections.

The checks read the plain content, so that they speak even where single values are wrong; they pass
over whatever has the wrong type, since the sections report that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from edaphon.config.faults import Remark, as_sentence
from edaphon.config.suggest import did_you_mean

Content = Mapping[str, Any]

FRONT_COLUMNS = (
    "portfolio", "kind", "feasible", "certified_gap", "optimality_gap", "bound", "certified_by",
    "treated_area_ha", "share_outside_applicability", "tags",
)  # fmt: skip
"""Columns of front.csv that no objective may be named like."""

MOST_OBJECTIVES = 6


def cross_checks(content: Content) -> list[Remark]:
    """Return every fault between the sections of a config.

    Parameters
    ----------
    content : mapping
        Plain values as the file holds them, valid or not.
    """
    checks: tuple[Callable[[Content], Iterable[Remark]], ...] = (
        _landscape, _predictors, _surrogates, _features, _interventions,
        _objectives, _objective_names, _safeguards,
    )  # fmt: skip
    return [remark for check in checks for remark in check(content)]


def _section(content: Content, *keys: str) -> Content:
    """Return a section, empty where it is not there or no section."""
    for key in keys:
        found = content.get(key)
        content = found if isinstance(found, Mapping) else {}
    return content


def _parts(content: Content, key: str) -> Iterator[tuple[str, Content]]:
    """Return the named sections below a key; one without a value is empty."""
    for name, part in _section(content, key).items():
        if part is None or isinstance(part, Mapping):
            yield str(name), part or {}


def _names(value: object) -> list[str]:
    """Return the texts of a list, or of a single text."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _unknown(key: str, name: object, known: Iterable[str], what: str) -> Iterator[Remark]:
    """Return a remark if a text is not among the known names."""
    choices = list(known)
    if isinstance(name, str) and name and name not in choices:
        hint = did_you_mean(name, choices)
        yield Remark(key, f"{what} {name!r}", as_sentence(hint))


def _repeated(key: str, names: list[str], what: str) -> Iterator[Remark]:
    """Return a remark for each name that stands twice."""
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Remark(f"{key}.{position}", f"{what} {name!r} stands twice", "Remove one.")


def _landscape(content: Content) -> Iterator[Remark]:
    if not isinstance(content.get("landscape"), Mapping):
        return
    landscape = _section(content, "landscape")
    given = [key for key in ("file", "cells") if landscape.get(key)]
    if not given:
        hint = "Give file (polygons), or cells (planning units made of raster cells)."
        yield Remark("landscape", "nothing says where the planning units are", hint)
    if len(given) == 2:
        what = "the planning units come from file or from cells, not from both"
        yield Remark("landscape.cells", what, "Remove one of the two.")
    hull = _section(landscape, "cells").get("hull_of")
    known = _section(content, "surrogates")
    yield from _unknown("landscape.cells.hull_of", hull, known, "there is no surrogate")


def _predictors(content: Content) -> Iterator[Remark]:
    columns, rasters = _predictor_names(content)
    yield from _repeated("predictors.columns", columns, "the predictor")
    for name in rasters:
        if name in columns:
            what = f"the predictor {name!r} is a column as well"
            yield Remark(f"predictors.rasters.{name}", what, "Rename the raster.")
    listed = _section(content, "predictors").get("categories")
    for position, name in enumerate(_names(listed)):
        key = f"predictors.categories.{position}"
        yield from _unknown(key, name, (*columns, *rasters), "there is no predictor")


def _predictor_names(content: Content) -> tuple[list[str], list[str]]:
    predictors = _section(content, "predictors")
    return _names(predictors.get("columns")), list(_section(predictors, "rasters"))


def _surrogates(content: Content) -> Iterator[Remark]:
    columns, rasters = _predictor_names(content)
    for name, surrogate in _parts(content, "surrogates"):
        chosen = _names(surrogate.get("predictors"))
        for position, predictor in enumerate(chosen):
            key = f"surrogates.{name}.predictors.{position}"
            yield from _unknown(key, predictor, (*columns, *rasters), "there is no predictor")
        if not (columns or rasters):
            what = "a surrogate predicts from predictors, and none is given"
            yield Remark(f"surrogates.{name}", what, "List them under predictors.")


def _features(content: Content) -> Iterator[Remark]:
    surrogates = _section(content, "surrogates")
    for name, feature in _parts(content, "features"):
        key = f"features.{name}"
        yield from _unknown(f"{key}.from", feature.get("from"), surrogates, "there is no surrogate")
        if feature.get("from") and feature.get("column"):
            what = "today's amount comes from a column or from a surrogate, not from both"
            yield Remark(f"{key}.from", what, "Remove column or from.")


def _interventions(content: Content) -> Iterator[Remark]:
    section = _section(content, "interventions")
    use = _names(section.get("use"))
    if isinstance(section.get("use"), list) and not section["use"]:
        yield Remark("interventions.use", "no intervention is named", "See edaphon catalogue.")
    yield from _repeated("interventions.use", use, "the intervention")
    if "baseline" in use:
        what = "baseline is always among the options"
        yield Remark(f"interventions.use.{use.index('baseline')}", what, "Remove it here.")
    bundles = section.get("bundles")
    for position, bundle in enumerate(bundles if isinstance(bundles, list) else ()):
        key = f"interventions.bundles.{position}"
        if isinstance(bundle, list) and len(bundle) < 2:
            yield Remark(key, "a bundle has two interventions or more", "Write [a, b].")
        yield from _repeated(key, _names(bundle), "the intervention")


def _objectives(content: Content) -> Iterator[Remark]:
    found = content.get("objectives")
    if isinstance(found, Mapping) and not found:
        yield Remark("objectives", "there is no objective", "Write cost: {minimize: cost}.")
    for name, objective in _parts(content, "objectives"):
        key = f"objectives.{name}"
        given = [sense for sense in ("maximize", "minimize") if objective.get(sense)]
        features = _names(objective.get("maximize"))
        if len(given) != 1:
            what = "an objective either maximizes features or minimizes a ledger"
            hint = "Remove one of the two." if given else "Write maximize: FEATURE."
            yield Remark(key, what, hint)
        yield from _repeated(f"{key}.maximize", features, "the feature")
        weights = _section(objective, "weights")
        for feature in weights:
            what = "this objective does not maximize"
            yield from _unknown(f"{key}.weights.{feature}", feature, features, what)
        if weights and not any(weights.values()):
            yield Remark(f"{key}.weights", "all weights are 0", "Give one feature a weight.")
        if "minimize" in given and objective.get("benefit") == "saturating":
            what = "only what is maximized can saturate"
            yield Remark(f"{key}.benefit", what, "Remove it.")


def _objective_names(content: Content) -> Iterator[Remark]:
    names = [str(name) for name in _section(content, "objectives")]
    if len(names) > MOST_OBJECTIVES:
        what = f"{len(names)} objectives are more than a front can show ({MOST_OBJECTIVES})"
        hint = "Join some: maximize: [a, b] sums the shares of several features."
        yield Remark(f"objectives.{names[MOST_OBJECTIVES]}", what, hint)
    taken = {f"{name}_{end}": name for name in names for end in ("lower", "upper", "weight")}
    for name in names:
        if name in FRONT_COLUMNS or name.startswith("spent_"):
            what = f"front.csv has a column {name!r} of its own"
            yield Remark(f"objectives.{name}", what, "Choose another name.")
        if name in taken:
            what = f"front.csv has a column {name!r} for the objective {taken[name]!r}"
            yield Remark(f"objectives.{name}", what, "Choose another name.")


def _safeguards(content: Content) -> Iterator[Remark]:
    has_region = _section(content, "landscape").get("region")
    for name, rule in _section(content, "constraints", "keep").items():
        if isinstance(rule, Mapping) and rule.get("by") == "region" and not has_region:
            what = "there are no regions to keep it in"
            hint = "Name the column of regions in landscape.region."
            yield Remark(f"constraints.keep.{name}.by", what, hint)
