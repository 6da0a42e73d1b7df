"""What config alone can judge between its sections.

The checks read the plain content, so that they speak even where single values are wrong; they pass
over whatever has the wrong type, since the sections report that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from edaphon.config.checks_carbon import check_carbon
from edaphon.config.checks_learned import check_predictors, check_surrogates
from edaphon.config.checks_report import check_report
from edaphon.config.checks_soil import check_soil
from edaphon.config.content import Content, named_parts, names_in, repeated, section_in, unknown
from edaphon.config.faults import Remark
from edaphon.config.limits import LEDGER_UNITS
from edaphon.config.sections import SolveSection
from edaphon.config.space import LINKED

FRONT_COLUMNS = (
    "portfolio", "kind", "feasible", "certified_gap", "optimality_gap", "bound", "certified_by",
    "treated_area_ha", "share_outside_applicability", "tags",
)  # fmt: skip
"""Columns of front.csv that no objective may be named like."""

LEDGERS = (*LEDGER_UNITS, "labour", "boundary", "treated_area", "changed_area", "change")
"""What an objective can minimize."""

MOST_OBJECTIVES = 6


def cross_checks(content: Content) -> list[Remark]:
    """Return every fault between the sections of a config.

    Parameters
    ----------
    content : mapping
        Plain values as the file holds them, valid or not.
    """
    checks: tuple[Callable[[Content], Iterable[Remark]], ...] = (
        _landscape, check_predictors, check_surrogates, _features, _interventions,
        _objectives, _objective_names, _safeguards, check_carbon,
        check_soil, check_report, _tables, _solve,
    )  # fmt: skip
    return [remark for check in checks for remark in check(content)]


def _landscape(content: Content) -> Iterator[Remark]:
    if not isinstance(content.get("landscape"), Mapping):
        return
    landscape = section_in(content, "landscape")
    given = [key for key in ("file", "cells") if landscape.get(key)]
    if not given:
        hint = "Give file (polygons), or cells (planning units made of raster cells)."
        yield Remark("landscape", "nothing says where the planning units are", hint)
    if len(given) == 2:
        what = "the planning units come from file or from cells, not from both"
        yield Remark("landscape.cells", what, "Remove one of the two.")
    hull = section_in(landscape, "cells").get("hull_of")
    known = section_in(content, "surrogates")
    yield from unknown("landscape.cells.hull_of", hull, known, "there is no surrogate")


def _features(content: Content) -> Iterator[Remark]:
    surrogates = section_in(content, "surrogates")
    for name, feature in named_parts(content, "features"):
        key = f"features.{name}"
        yield from unknown(f"{key}.from", feature.get("from"), surrogates, "there is no surrogate")
        if feature.get("from") and feature.get("column"):
            what = "today's amount comes from a column or from a surrogate, not from both"
            yield Remark(f"{key}.from", what, "Remove column or from.")


def _interventions(content: Content) -> Iterator[Remark]:
    section = section_in(content, "interventions")
    use = names_in(section.get("use"))
    if isinstance(section.get("use"), list) and not section["use"]:
        yield Remark("interventions.use", "no intervention is named", "See edaphon catalogue.")
    yield from repeated("interventions.use", use, "the intervention")
    if "baseline" in use:
        what = "baseline is always among the options"
        yield Remark(f"interventions.use.{use.index('baseline')}", what, "Remove it here.")
    bundles = section.get("bundles")
    for position, bundle in enumerate(bundles if isinstance(bundles, list) else ()):
        key = f"interventions.bundles.{position}"
        if isinstance(bundle, list) and len(bundle) < 2:
            yield Remark(key, "a bundle has two interventions or more", "Write [a, b].")
        yield from repeated(key, names_in(bundle), "the intervention")


def _objectives(content: Content) -> Iterator[Remark]:
    found = content.get("objectives")
    if isinstance(found, Mapping) and not found:
        yield Remark("objectives", "there is no objective", "Write cost: {minimize: cost}.")
    for name, objective in named_parts(content, "objectives"):
        key = f"objectives.{name}"
        given = [sense for sense in ("maximize", "minimize") if objective.get(sense)]
        features = names_in(objective.get("maximize"))
        if len(given) != 1:
            what = "an objective either maximizes features or minimizes a ledger"
            missing = "Write maximize: FEATURE or minimize: cost."
            hint = "Remove one of the two." if given else missing
            yield Remark(key, what, hint)
        yield from repeated(f"{key}.maximize", features, "the feature")
        own = {*section_in(content, "features"), *section_in(content, "surrogates")}
        for area in LINKED:
            if area in features[1:] + features[:-1] and area not in own:
                what = f"{area} is an area of the whole and cannot be summed with features"
                hint = f"Write an objective of its own: {area}: {{maximize: {area}}}."
                yield Remark(f"{key}.maximize", what, hint)
        ledger = objective.get("minimize")
        yield from unknown(f"{key}.minimize", ledger, LEDGERS, "no ledger is called")
        weights = section_in(objective, "weights")
        for feature in weights:
            what = "this objective does not maximize"
            yield from unknown(f"{key}.weights.{feature}", feature, features, what)
        if weights and not any(weights.values()):
            yield Remark(f"{key}.weights", "all weights are 0", "Give one feature a weight.")
        if "minimize" not in given and objective.get("boundary"):
            what = "only what is minimized pays for exposed boundary"
            yield Remark(f"{key}.boundary", what, "Write it below minimize: cost.")
        if "minimize" in given and objective.get("benefit", "linear") != "linear":
            what = "only what is maximized can have a benefit"
            yield Remark(f"{key}.benefit", what, "Remove it.")


def _objective_names(content: Content) -> Iterator[Remark]:
    names = [str(name) for name in section_in(content, "objectives")]
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
    has_region = section_in(content, "landscape").get("region")
    for name, rule in section_in(content, "constraints", "keep").items():
        if isinstance(rule, Mapping) and rule.get("by") == "region" and not has_region:
            what = "there are no regions to keep it in"
            hint = "Name the column of regions in landscape.region."
            yield Remark(f"constraints.keep.{name}.by", what, hint)


def _tables(content: Content) -> Iterator[Remark]:
    """Find a section without any table, and what counts only beside effects."""
    tables = section_in(content, "tables")
    if tables.get("effects") or not isinstance(content.get("tables"), Mapping):
        return
    if not tables.get("costs"):
        yield Remark("tables", "no table is named", "Write effects: FILE, costs: FILE, or both.")
    if tables.get("count_forbidden"):
        what = "only effects from a table can count where they are not allowed"
        yield Remark("tables.count_forbidden", what, "Add effects: FILE, or remove it.")


def _solve(content: Content) -> Iterator[Remark]:
    section = section_in(content, "solve")
    shown = section.get("portfolios", SolveSection.model_fields["portfolios"].default)
    asked = section.get("weights")
    if isinstance(asked, int) and isinstance(shown, int) and asked < shown:
        what = f"{asked} weights are too few for {shown} portfolios"
        hint = f"Write at least {shown}, or fewer portfolios; weights beyond them only prove."
        yield Remark("solve.weights", what, hint)
