"""What config alone can judge of predictors and surrogates, between their keys."""

from __future__ import annotations

from collections.abc import Iterator

from edaphon.config.content import Content, named_parts, names_in, repeated, section_in, unknown
from edaphon.config.faults import Remark, keys_of
from edaphon.config.learned import KEYS_OF, NEEDED, SurrogateSection
from edaphon.config.readings import NONE


def check_predictors(content: Content) -> Iterator[Remark]:
    """Return what is wrong between the keys of ``predictors``."""
    columns, rasters = predictor_names(content)
    section = section_in(content, "predictors")
    yield from repeated("predictors.columns", columns, "the predictor")
    for name in rasters:
        if name in columns:
            what = f"the predictor {name!r} is a column as well"
            yield Remark(f"predictors.rasters.{name}", what, "Rename the raster.")
    categories = names_in(section.get("categories"))
    for position, name in enumerate(categories):
        key = f"predictors.categories.{position}"
        yield from unknown(key, name, (*columns, *rasters), "there is no predictor")
    terrain = section.get("terrain")
    if terrain in columns:
        what = f"the terrain is computed from a raster of heights, and {terrain!r} is a column"
        yield Remark("predictors.terrain", what, f"Name a raster, or write terrain: {NONE}.")
    elif terrain in categories:
        what = f"the terrain is computed from heights, and {terrain!r} holds codes"
        yield Remark("predictors.terrain", what, f"Name another raster, or write terrain: {NONE}.")
    elif terrain != NONE:
        yield from unknown("predictors.terrain", terrain, rasters, "there is no raster")


def predictor_names(content: Content) -> tuple[list[str], list[str]]:
    """Return the columns and the rasters that a config names as predictors."""
    predictors = section_in(content, "predictors")
    return names_in(predictors.get("columns")), list(section_in(predictors, "rasters"))


def check_surrogates(content: Content) -> Iterator[Remark]:
    """Return what is wrong between the keys of each surrogate."""
    columns, rasters = predictor_names(content)
    for name, surrogate in named_parts(content, "surrogates"):
        key = f"surrogates.{name}"
        chosen = names_in(surrogate.get("predictors"))
        for position, predictor in enumerate(chosen):
            place = f"{key}.predictors.{position}"
            yield from unknown(place, predictor, (*columns, *rasters), "there is no predictor")
        if not (columns or rasters):
            what = "a surrogate predicts from predictors, and none is given"
            yield Remark(key, what, "List them under predictors.")
        known = chosen or [*columns, *rasters]
        for predictor in section_in(surrogate, "monotone"):
            place = f"{key}.monotone.{predictor}"
            yield from unknown(place, predictor, known, "there is no predictor")
        yield from _kind_of_surrogate(key, surrogate)
        yield from _dates(key, surrogate)
        yield from _species(key, surrogate)
        yield from _other_surrogates(name, surrogate, content)


def _kind_of_surrogate(key: str, surrogate: Content) -> Iterator[Remark]:
    """Say which keys are missing for what it learns, and which go with something else."""
    learns = surrogate.get("learns", "state")
    if not isinstance(learns, str) or learns not in KEYS_OF:
        return
    meanings = keys_of(SurrogateSection)
    for needed in NEEDED[learns]:
        if surrogate.get(needed) is None:
            hint = f"It holds: {' '.join(meanings[needed].split())}"
            yield Remark(f"{key}.{needed}", "this key is missing", hint)
        elif surrogate[needed] == "":
            yield Remark(f"{key}.{needed}", "must not be empty")
    for given, value in surrogate.items():
        owners = [kind for kind, keys in KEYS_OF.items() if given in keys]
        if value and owners and learns not in owners:
            what = f"this key goes with learns: {' or '.join(owners)}, and this is learns: {learns}"
            yield Remark(f"{key}.{given}", what, "Remove it, or change learns.")


def _dates(key: str, surrogate: Content) -> Iterator[Remark]:
    if surrogate.get("date"):
        return
    for needs in ("trend", "season", "older_than"):
        if surrogate.get(needs):
            yield Remark(f"{key}.{needs}", "it needs dates", "Name their column: date: COLUMN.")


def _species(key: str, surrogate: Content) -> Iterator[Remark]:
    yield from repeated(f"{key}.species", names_in(surrogate.get("species")), "the species")
    if surrogate.get("effort") and not surrogate.get("unit"):
        what = "nothing says in which unit counts divided by the effort are"
        hint = "Write unit: individuals/m2, or what the quotient is."
        yield Remark(f"{key}.effort", what, hint)
    survey = surrogate.get("survey")
    if surrogate.get("background") and survey not in (None, "presence_only"):
        what = f"only presence-only records need a background, and survey is {survey}"
        yield Remark(f"{key}.background", what, "Remove it, or write survey: presence_only.")
    given = section_in(surrogate, "prevalence")
    if given and survey not in (None, "presence_only"):
        what = f"the prevalence follows from the records themselves where survey is {survey}"
        yield Remark(f"{key}.prevalence", what, "Remove it, or write survey: presence_only.")
    species = names_in(surrogate.get("species"))
    for name in given:
        if species and not surrogate.get("together"):
            place = f"{key}.prevalence.{name}"
            yield from unknown(place, name, species, "this surrogate learns no species")


def _other_surrogates(name: str, surrogate: Content, content: Content) -> Iterator[Remark]:
    """Check the names of other surrogates."""
    key = f"surrogates.{name}"
    states = [
        other
        for other, section in named_parts(content, "surrogates")
        if section.get("learns", "state") == "state"
    ]
    for position, other in enumerate(names_in(surrogate.get("function"))):
        what = "there is no state surrogate"
        yield from unknown(f"{key}.function.{position}", other, states, what)
    stands_for = surrogate.get("stands_for")
    if surrogate.get("ensemble") == "rank" and stands_for:
        what = "the audit of what species stand for averages what the candidates say"
        yield Remark(f"{key}.ensemble", what, "Write ensemble: mean, or remove stands_for.")
    if stands_for == name:
        hint = "Name what it is used for, as another surrogate or in words."
        yield Remark(f"{key}.stands_for", "a surrogate cannot stand for itself", hint)
    elif surrogate.get("learns", "state") != "species" and stands_for:
        others = [other for other in section_in(content, "surrogates") if other != name]
        yield from unknown(f"{key}.stands_for", stands_for, others, "there is no surrogate")
