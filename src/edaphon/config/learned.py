"""The sections of what is learned: predictors and surrogates.

The text under each key becomes docs/reference/config.md and the JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edaphon.config.kinds import (
    Age,
    Date,
    Depth,
    Level,
    Names,
    Radii,
    RasterFiles,
    Side,
    SiteShare,
    Unit,
)
from edaphon.config.quantity import Quantity
from edaphon.config.readings import share
from edaphon.config.section import Section

Prevalence = Annotated[Quantity, share(0.01, 100.0, "a prevalence")]
Learns = Literal["state", "species", "community"]

KEYS_OF: dict[Learns, tuple[str, ...]] = {
    "state": (
        "samples", "response", "indicator", "kind", "transform", "monotone", "candidates", "depth",
        "calibration", "trend", "season", "profile", "top", "bottom", "profiles", "harmonize",
        "faulty_profiles",
    ),
    "species": (
        "observations", "species", "together", "species_column", "count_column", "site", "effort",
        "survey", "background", "taxon", "candidates", "ensemble", "prevalence",
    ),
    "community": (
        "observations", "species", "species_column", "count_column", "site", "effort", "survey",
        "function", "order",
    ),
}  # fmt: skip
"""Keys that only some surrogates have; those in no list go with every one."""

NEEDED: dict[Learns, tuple[str, ...]] = {
    "state": ("samples", "response", "unit"),
    "species": ("observations",),
    "community": ("observations",),
}


class PredictorsSection(Section):
    """What the surrogates predict from.

    From rasters more columns are computed and offered as sets, `focal` (means of the surroundings)
    and `terrain` (slope, exposition, position, ruggedness); so are the coordinates. Within each
    training set a surrogate takes a set unless that predicts held-out ground clearly worse, and
    coordinates only where they help; its card says which were refused.
    """

    columns: tuple[str, ...] = ()
    """Columns of the landscape (and of the samples, or else of the unit a sample lies in)."""
    rasters: dict[str, RasterFiles] = Field(default_factory=dict)
    """Name: raster file; read at the samples and averaged over each unit. With dates, as
    {2018: a.tif, 2022: b.tif}, a sample takes the layer nearest to its date, and the units that
    nearest to `reference`."""
    categories: tuple[str, ...] = ()
    """Predictors whose values are codes, not amounts."""
    missing: Literal["refuse", "impute", "baseline"] = "refuse"
    """Units with a missing predictor: refuse to run, impute the median, or keep the baseline."""
    focal: Radii = (Quantity(2.0), Quantity(6.0))
    """Radii of focal means of every numeric raster: numbers of cells, or lengths as 5 km; `none`
    switches them off."""
    terrain: str = ""
    """Raster of heights whose slope, exposition, position and ruggedness are computed; empty =
    found by name (elevation, dem, altitude, height), `none` = switched off."""
    coordinates: bool = True
    """Offer the coordinates themselves: they help where samples lie close, and are refused where
    they do not."""
    reference: Date = ""
    """Date for which the units are predicted, as 2024 or 2024-06-30; empty = the latest layer, the
    latest sample."""

    @property
    def files(self) -> tuple[str, ...]:
        """Every raster file."""
        given = (
            [file] if isinstance(file, str) else list(file.values())
            for file in self.rasters.values()
        )
        return tuple(name for names in given for name in names)


class SurrogateSection(Section):
    """One surrogate model. Keys marked (state), (species) or (community) go with that `learns`."""

    learns: Learns = "state"
    """What it learns: the state of an indicator, how likely or how abundant species are, or how
    rich and how special a community is."""
    samples: str = ""
    """(state, required) CSV of point measurements."""
    response: str = ""
    """(state, required) Column to learn."""
    observations: str = ""
    """(species, community; required) CSV of a row per site and species, or of a row per site and a
    column per species."""
    species: Names = ()
    """(species, community) Species to learn: values of `species_column`, or columns; empty =
    all."""
    together: bool = False
    """(species) Learn these species as one group: their sum, or whether any of them is there."""
    species_column: str = ""
    """(species, community) Column of species' names; empty = found by name, else every species is a
    column."""
    count_column: str = ""
    """(species, community) Column of counts, amounts, or 1 and 0; empty = found by name, else each
    row is a presence."""
    site: str = ""
    """(species, community) Column of sites; empty = rows with the same place and date."""
    effort: str = ""
    """(species, community) Column by which counts are divided, as the area sampled; `unit` is that
    of the quotient."""
    survey: Literal["presence_absence", "presence_only", "abundance"] | None = None
    """(species, community) What was recorded; empty = guessed from the values, and said."""
    background: Literal["target_group", "random", "density"] | None = None
    """(species) What presence-only records are compared with: places where any species was recorded
    (the default), random places of the landscape, or places in proportion to the density of
    records."""
    taxon: str = ""
    """(species) Column of the group that the same recorders look for (bird, plant): the target
    group of its species."""
    ensemble: Literal["mean", "rank"] | None = None
    """(species) Average what the candidates say (the default), or the ranks of the places by each:
    the better choice where candidates agree on order and not on level."""
    prevalence: dict[str, Prevalence] = Field(default_factory=dict)
    """(species) Of presence-only records: species and the share of places that hold it, where that
    is known, as {Orchis militaris: 4 %}. It is then predicted as a probability instead of a
    relative suitability."""
    function: tuple[str, ...] = ()
    """(community) State surrogates whose mean makes the hotspots of function."""
    order: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 0.0
    """(community) Of the Hill number that is learned: 0 counts the species; 1 weighs them by their
    share, 2 counts the common ones, both from counts or amounts."""
    unit: Unit = ""
    """Unit of what is learned: "%", g/kg, t/ha, kg/m2, pH, individuals/m2, ...; required for a
    state, and where `effort` is given."""
    indicator: str = ""
    """(state) What is measured, from the registry (soc, soc_stock, bulk_density, ...); empty =
    guessed, none = not checked."""
    kind: Literal["continuous", "proportion", "count"] | None = None
    """(state) What the values are; empty = guessed from values and unit."""
    transform: Literal["none", "log", "log1p", "logit"] | None = None
    """(state) Scale on which it is modeled; empty = chosen by the values. Means are unbiased in the
    unit whatever the scale."""
    monotone: dict[str, Literal["increasing", "decreasing"]] = Field(default_factory=dict)
    """(state) Predictor: the direction in which the prediction may go with it."""
    candidates: tuple[str, ...] = ()
    """(state, species) Models to choose among; empty = all."""
    depth: Depth = ""
    """(state) Depth that the response describes, as 0-30 cm."""
    profile: str = ""
    """(state) Column of profiles, where the rows of `samples` are horizons: with `top` and `bottom`
    they are brought to `depth`, one value for each profile."""
    top: str = ""
    """(state) Column of the upper depth of horizons, in cm below the surface."""
    bottom: str = ""
    """(state) Column of their lower depth."""
    profiles: str = ""
    """(state) CSV of the profiles, with a row and coordinates for each, where `samples` has none;
    joined by `profile`."""
    harmonize: Literal["mean", "spline"] | None = None
    """(state) Mean of the horizons by thickness (the default), or of a mass-preserving spline."""
    faulty_profiles: Literal["refuse", "drop"] | None = None
    """(state) Profiles whose horizons overlap, stand twice or have impossible depths: an error (the
    default), or left out with a warning."""
    calibration: Literal["pooled", "typical group"] | None = None
    """(state) For whom intervals hold: a new sample (pooled, the default), or one of a typical new
    group, however many samples it has."""
    trend: bool = False
    """(state) Let the response change with the years of `date`."""
    season: bool = False
    """(state) Let the response change with the time of the year of `date`."""
    x: str = ""
    """Column of longitude or easting; empty = found by name."""
    y: str = ""
    """Column of latitude or northing; empty = found by name."""
    crs: str = "EPSG:4326"
    """CRS of x and y."""
    date: str = ""
    """Column of dates, as 2022, 2022-07-18 or 18.07.2022; rows without one are left out."""
    group: str = ""
    """Column of study, provider or profile: its rows never part in folds."""
    weight: str = ""
    """Column of how much each row counts, above 0."""
    older_than: Age | None = None
    """Rows this much older than the reference count less: 15 yr for half as much, or
    {age: 15 yr, weight: 0.2}."""
    predictors: tuple[str, ...] = ()
    """Use these predictors only; empty = all."""
    block: Side = Quantity(0.25, "degrees")
    """Side of the blocks of ground held out together: degrees, or a length."""
    level: Level = Quantity(90.0, "%")
    """Level of the intervals, 50 % to below 100 %."""
    response_of: str = ""
    """Outcome of the catalogue by which practices change it; empty = the surrogate's name, or its
    `indicator`."""
    stands_for: str = ""
    """What it is used for: another surrogate; or, of species, in words the community of the other
    observed species, whose number it then predicts, fitted on its own. The audit says how well it
    stands for that, and the report says so beside the objective."""
    budget: SiteShare = Quantity(30.0, "%")
    """Share of the sites that the audit may choose."""

    @property
    def file(self) -> str:
        """The CSV that it learns from."""
        return self.samples or self.observations
