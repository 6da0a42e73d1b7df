"""The sections of the config file: frozen, closed (unknown keys refused), documented per key.

The text under each key becomes docs/reference/config.md and the JSON Schema.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from edaphon.config.kinds import (
    Annual,
    Area,
    Budget,
    Depth,
    Distance,
    Establishment,
    Keep,
    Measured,
    Name,
    Names,
    Proportion,
    ResponseUnit,
    RowFilter,
    Seconds,
    Share,
    Side,
    Target,
    Text,
    Unit,
    Weight,
    Years,
)
from edaphon.config.origin import Origin
from edaphon.config.quantity import Quantity
from edaphon.config.units import currency_of


class Section(BaseModel):
    """Base of all sections; a key without a value counts as not given."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty(cls, value: object) -> object:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            return value
        known = {one.alias or name for name, one in cls.model_fields.items()}
        return {key: item for key, item in value.items() if item is not None or key not in known}


class CellsSection(Section):
    """Planning units made of raster cells."""

    raster: Text
    """Raster of classes whose grid becomes the planning units."""
    classes: tuple[int, ...] = ()
    """Cells of these values are planning units; empty = every cell with data."""
    hull_of: str = ""
    """Name of a surrogate: only cells whose center lies in the convex hull of its samples."""
    clip: str = ""
    """Vector file: only cells whose center lies in one of its polygons."""


class LandscapeSection(Section):
    """Where the planning units are; give `file` or `cells`."""

    file: str = ""
    """GeoPackage, GeoParquet, GeoJSON, FlatGeobuf or Shapefile of polygons."""
    layer: str = ""
    """Layer of a GeoPackage with several."""
    cells: CellsSection | None = None
    """Build the planning units from a raster instead of a file."""
    id: str = ""
    """Column of unique unit ids; empty = the row number."""
    crs: str = ""
    """CRS of a file that does not state one, as EPSG:n."""
    region: str = ""
    """Column of regions (municipality, district)."""
    farm: str = ""
    """Column of farms."""
    adviser: str = ""
    """Column of advisers."""
    policy: str = ""
    """Column of the present policy as intervention names; empty cells = baseline."""
    neighbour_distance: Distance = Quantity(10.0, "m")
    """Units within this distance are neighbors; 0 = exact shared edges."""


class PredictorsSection(Section):
    """What the surrogates predict from."""

    columns: tuple[str, ...] = ()
    """Columns of the landscape (and of the samples, or else of the unit a sample lies in)."""
    rasters: dict[str, str] = Field(default_factory=dict)
    """Name: raster file; read at the samples and averaged over each unit."""
    categories: tuple[str, ...] = ()
    """Predictors whose values are codes, not amounts."""
    missing: Literal["refuse", "impute", "baseline"] = "refuse"
    """Units with a missing predictor: refuse to run, impute the median, or keep the baseline."""


class SurrogateSection(Section):
    """One surrogate model."""

    learns: Literal["state"] = "state"
    """What it learns: the state of an indicator."""
    samples: Text
    """CSV of point measurements."""
    response: Text
    """Column to learn."""
    unit: ResponseUnit
    """Unit of that column: "%", g/kg, t/ha, kg/m2, pH, ..."""
    indicator: str = ""
    """What is measured, from the registry (soc, soc_stock, bulk_density, ...); empty = guessed."""
    x: str = ""
    """Column of longitude or easting; empty = found by name."""
    y: str = ""
    """Column of latitude or northing; empty = found by name."""
    crs: str = "EPSG:4326"
    """CRS of x and y."""
    group: str = ""
    """Column of study, provider or profile: its rows never part in folds."""
    depth: Depth = ""
    """Depth that the response describes, as 0-30 cm."""
    predictors: tuple[str, ...] = ()
    """Use these predictors only; empty = all."""
    block: Side = Quantity(0.25, "degrees")
    """Side of the blocks of ground held out together: degrees, or a length."""
    response_of: str = ""
    """Outcome of the catalogue by which practices change it; empty = the surrogate's name."""


class FeatureSection(Section):
    """Something whose amount matters."""

    column: str = ""
    """Landscape column that holds the amount per unit of land today."""
    source: str = Field(default="", alias="from")
    """Name of the surrogate that predicts it."""
    unit: Unit = ""
    """Unit of the column."""
    better: Literal["higher", "lower"] = "higher"
    """Whether more of it is better."""
    depth: Depth = ""
    """Depth of a stock made from a concentration, as 0-30 cm."""
    bulk_density: Measured = ""
    """Fine-earth bulk density of a stock: a column, a surrogate or a quantity ("1.3 g/cm3");
    empty = a pedotransfer function of organic carbon."""
    coarse: Proportion = ""
    """Coarse fragments by volume: a column or a quantity ("8 %"); empty = none."""
    response_of: str = ""
    """Outcome of the catalogue by which practices change it; empty = its own name or `from`."""


class OptionSection(Section):
    """What the planner changes in one row of the catalogue."""

    establishment: Establishment | None = None
    """Cost of establishing it."""
    annual: Annual | None = None
    """Cost of each year."""
    where: RowFilter = ""
    """Row filter that replaces the catalogue's: "land_use == 'arable' and slope_pct < 15"."""


class InterventionsSection(Section):
    """What may be done."""

    use: tuple[str, ...]
    """Interventions of the catalogue."""
    bundles: tuple[tuple[str, ...], ...] = ()
    """Interventions applied together in one unit, each bundle a list of names."""
    options: dict[str, OptionSection] = Field(default_factory=dict)
    """Costs and places of your own, by intervention (a bundle's name joins its parts with +)."""


class ObjectiveSection(Section):
    """One objective: `maximize` features or `minimize` a ledger."""

    maximize: Names = ()
    """A feature, or several whose shares are summed."""
    minimize: str = ""
    """`cost`, or the name of a ledger."""
    benefit: Literal["linear", "saturating"] = "linear"
    """Saturating: the first gains of a feature count more than later ones."""
    weights: dict[str, Weight] = Field(default_factory=dict)
    """Relative weights of several features; equal if empty."""


class ConstraintsSection(Section):
    """Rules that every portfolio satisfies."""

    budget: Budget | None = None
    """"500000 EUR" bounds the present value, "25000 EUR/yr" the payments of each year,
    {annual: 25000 EUR/yr} the annual costs alone."""
    targets: dict[str, Target] = Field(default_factory=dict)
    """Feature: "30 %" of the largest gain, {gain: 10 %} of today's stock, or "1200 t"."""
    keep: dict[str, Keep] = Field(default_factory=dict)
    """Feature: "-2 %", how far it may fall below today's stock; {min: -2 %, by: region}."""
    area: dict[str, Area] = Field(default_factory=dict)
    """Intervention: {max: 20 %} of the landscape's area, {min: 50 ha}."""

    @property
    def budgets(self) -> tuple[tuple[str, Quantity], ...]:
        """The ledgers that the budget bounds, with their limits.

        "cost" is the present value, "first_year" the undiscounted payments of year 1
        (establishment and annual cost), "annual" the annual cost alone.
        """
        if self.budget is None:
            return ()
        if isinstance(self.budget, dict):
            return tuple(self.budget.items())
        plain = self.budget.unit == currency_of(self.budget.unit)
        return (("cost" if plain else "first_year", self.budget),)


class SolveSection(Section):
    """How the front is searched."""

    portfolios: Annotated[int, Field(ge=1, le=2000)] = 91
    """Number of weights (the nearest simplex lattice); duplicates and dominated ones drop out."""
    generations: Annotated[int, Field(ge=0, le=100000)] = 60
    """Generations of NSGA-II for objectives without an oracle."""
    time_limit: Seconds = Quantity(60.0, "s")
    """Time limit of one exact solve (targets, area limits)."""


class ReportSection(Section):
    """What the report shows."""

    shortlist: Annotated[int, Field(ge=1, le=20)] = 5
    """Portfolios on the shortlist."""
    anonymous: bool = False
    """Leave out ids, farms and geometry finer than the region."""


class Config(Section):
    """The whole config file."""

    edaphon: Literal[1] = 1
    """Version of this format."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Name of the run; the default run directory is runs/NAME."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of every random choice."""
    base: str = "."
    """Folder where paths start, relative to this file's folder (to the working directory where it
    comes from --set)."""
    currency: str = "EUR"
    """The one currency of this config, as ISO code."""
    horizon: Years = Quantity(20.0, "yr")
    """Years over which effects and costs are counted."""
    discount_rate: Share = Quantity(0.0, "%")
    """Discount rate per year."""
    landscape: LandscapeSection
    """Where the planning units are."""
    predictors: PredictorsSection = PredictorsSection()
    """What the surrogates predict from."""
    surrogates: dict[Name, SurrogateSection] = Field(default_factory=dict)
    """Models of what is there today, by a name of your choice."""
    features: dict[Name, FeatureSection] = Field(default_factory=dict)
    """What matters, by a name of your choice; surrogates and outcomes of the catalogue are features
    without being listed."""
    interventions: InterventionsSection
    """What may be done."""
    locks: str = ""
    """CSV of unit_id, intervention, lock (in or out)."""
    objectives: dict[Name, ObjectiveSection]
    """What to maximize and minimize, one to six, by a name of your choice."""
    constraints: ConstraintsSection = ConstraintsSection()
    """Rules that every portfolio satisfies."""
    solve: SolveSection = SolveSection()
    """How the front is searched."""
    report: ReportSection = ReportSection()
    """What the report shows."""

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @property
    def path(self) -> Path | None:
        """The config file; None if the config was built in Python."""
        return self._origin.path

    @property
    def folder(self) -> Path:
        """Where the config's paths start."""
        return self._origin.folder

    @property
    def hash(self) -> str:
        """Sha256 of the resolved content as canonical JSON.

        `base` does not enter: it differs from machine to machine, and input files are hashed
        on their own.
        """
        content = {key: item for key, item in self.as_mapping().items() if key != "base"}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def where(self, key: str, index: int | None = None) -> str:
        """Return where a key stands, for the findings of any stage.

        Parameters
        ----------
        key : str
            Dotted, as "landscape.file".
        index : int, optional
            Position in the key's list.

        Returns
        -------
        str
            "file:line:column: key", or "config: key" for a config built in Python. A key that the
            file leaves out has the position of the section that would hold it.
        """
        return self._origin.where(key if index is None else f"{key}.{index}")

    def resolve(self, name: str | Path) -> Path:
        """Return the path of a file that the config names."""
        return self.folder / name

    def input_files(self) -> dict[str, Path]:
        """Return every file that the config names: name as written to path."""
        cells = self.landscape.cells
        names = [
            self.landscape.file,
            *([cells.raster, cells.clip] if cells else []),
            *self.predictors.rasters.values(),
            *(surrogate.samples for surrogate in self.surrogates.values()),
            self.locks,
        ]
        return {name: self.resolve(name) for name in names if name}

    def as_mapping(self) -> dict[str, Any]:
        """Return the resolved content as plain values; what says nothing is left out."""
        return {
            key: item
            for key, item in _plain(self.model_dump(mode="json", by_alias=True)).items()
            if item is not None
        }

    def as_yaml(self, run_dir: Path) -> str:
        """Return the resolved config, runnable again from the run directory.

        Parameters
        ----------
        run_dir : Path
            Where the text will lie; `base` is stated relative to it (absolute on another drive).
        """
        from edaphon.config.yaml_text import write_yaml

        try:
            base = Path(os.path.relpath(self.folder, run_dir)).as_posix()
        except ValueError:
            base = self.folder.absolute().as_posix()
        return write_yaml({**self.as_mapping(), "base": base})


def _plain(value: Any) -> Any:
    """Leave out texts, lists and sections that are empty."""
    if not isinstance(value, dict):
        return value
    parts = {key: _plain(item) for key, item in value.items()}
    return {key: item for key, item in parts.items() if item not in (None, "", [], {})}
