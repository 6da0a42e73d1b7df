"""The sections of the config file: frozen, closed (unknown keys refused), documented per key.

The text under each key becomes docs/reference/config.md and the JSON Schema.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from edaphon.config.benefit import Benefit
from edaphon.config.carbon import (
    ClimateSection,
    GsocseqSection,
    RothcSection,
)
from edaphon.config.context import AdoptionSection, NeedSection, ThreatsSection
from edaphon.config.derivable import DerivedName
from edaphon.config.evidence import EvidenceSection
from edaphon.config.interventions import InterventionsSection
from edaphon.config.kinds import (
    Depth,
    Distance,
    LedgerName,
    Measured,
    Name,
    Names,
    Price,
    Proportion,
    Seconds,
    Share,
    Text,
    Unit,
    Weight,
    Years,
)
from edaphon.config.learned import PredictorsSection, SurrogateSection
from edaphon.config.origin import Origin, as_spelled
from edaphon.config.quantity import Quantity
from edaphon.config.rules import ConstraintsSection
from edaphon.config.safety import GuardsSection
from edaphon.config.section import Section
from edaphon.config.soil import HealthSection, SoilSection
from edaphon.config.space import BoundaryPrice, SpaceSection
from edaphon.config.tables import TablesSection
from edaphon.config.values import BenefitValue


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
    derive: tuple[DerivedName, ...] = ()
    """Soil quantities computed from columns and surrogates (section `soil`), as columns of these
    names; exceedance gives exceedance_ratio, exceeded, exceeded_metals and one per metal."""


class FeatureSection(Section):
    """Something whose amount matters."""

    column: str = ""
    """Landscape column that holds the amount per unit of land today."""
    source: str = Field(default="", alias="from")
    """Name of the surrogate that predicts it."""
    unit: Unit = ""
    """Unit of the column."""
    better: Literal["higher", "lower"] | None = None
    """Whether more of it is better; empty = as the registry of indicators says, else higher."""
    depth: Depth = ""
    """Depth of a stock made from a concentration, or of available water, as 0-30 cm."""
    bulk_density: Measured = ""
    """Fine-earth bulk density of a stock: a column, a surrogate or a quantity ("1.3 g/cm3");
    empty = a pedotransfer function of organic carbon."""
    coarse: Proportion = ""
    """Coarse fragments by volume: a column or a quantity ("8 %"); empty = none (for available
    water: as found by name)."""
    response_of: str = ""
    """Outcome of the catalogue by which practices change it; empty = its own name, or that of the
    surrogate in `from`, or what that measures."""
    ceiling: str = ""
    """Most that a hectare can hold, a column or a quantity in the feature's unit: gains approach it
    and never pass it (carbon saturation)."""
    floor: str = ""
    """Least that a hectare falls to, as the ceiling."""
    price: Price | None = None
    """What a tonne of it earns each year; the ledger net_cost (`minimize: net_cost`) takes what
    practices change of it off their cost."""
    model: Literal["effect_sizes", "rothc", "saxton_rawls", "threats"] = "effect_sizes"
    """What practices change it by: the evidence's effect sizes; the carbon model RothC (for a stock
    of organic carbon in t/ha), which needs `climate`, `rothc` and a carbon input of each practice;
    or saxton_rawls, which makes it the available water of `depth` in m3/ha (1 mm is 10), from
    sand, clay and organic carbon (`from`, or found by name), changed through that carbon;
    or threats, which makes it the combined threat of `threats`, changed by the matrix of threats by
    practice."""


class ObjectiveSection(Section):
    """One objective: `maximize` features or `minimize` a ledger."""

    maximize: Names = ()
    """A feature, or several whose shares are summed; `connectivity`: how well what is treated hangs
    together over gaps (see `space`); `contiguity`: in how large pieces it lies (the effective mesh
    size in ha: the sum of the squared areas of patches of neighbors over the landscape's area)."""
    interventions: Names = ()
    """With `maximize: contiguity` or `connectivity`: only units with one of these interventions, or
    a bundle that holds one, count; empty = all but the baseline."""
    minimize: LedgerName = ""
    """`cost`, or another ledger: net_cost, labor, water, first_year, annual; `boundary`: the
    exposed boundary in m (see `space`)."""
    benefit: Benefit = BenefitValue()
    """What shares count: linear; saturating, {power: 0.5}, {log: 10} or {exponential: 5} (the
    first gains of a feature count more than later ones); {ramp: 30 %} or {ramp: {worms: 30 %}}
    (gains count up to that share: 100 less the points is the shortfall below it), {worst: 30 %}
    (the feature furthest below its share decides)."""
    weights: dict[str, Weight] = Field(default_factory=dict)
    """Relative weights of several features; equal if empty."""
    boundary: BoundaryPrice | None = None
    """With minimize: what a meter of exposed boundary costs besides ("4 EUR/m"); see `space`."""


class SolveSection(Section):
    """How the front is searched."""

    portfolios: Annotated[int, Field(ge=1, le=2000)] = 91
    """Most portfolios that answer weights; as many weights are asked, each where the gap between
    portfolios and proven bound is widest, and besides each objective alone, which only proves.
    Duplicates and dominated portfolios drop out, and the search ends early where no gap is left."""
    weights: Annotated[int, Field(ge=1, le=10000)] | None = None
    """Weights that are asked, each objective alone among them, where more answers are wanted to
    choose from: the portfolios shown are then those that together leave least of the gap."""
    generations: Annotated[int, Field(ge=0, le=100000)] = 60
    """Generations of NSGA-II for objectives without an oracle."""
    time_limit: Seconds = Quantity(60.0, "s")
    """Time limit of one mixed-integer program (several constraints)."""
    search_time: Seconds | None = None
    """Time after which no further weights are asked and no further generations made ("10 min"): the
    front found so far is kept."""
    start: str = ""
    """Folder of an earlier run, from `base` like every path: its portfolios (mended where they
    break a rule) and weights join the search, and the front is never worse for it. Units,
    interventions and objectives are found by name."""
    whole: bool = False
    """Find the whole Pareto front and prove it complete (small problems: some hundred units with
    two objectives, some tens with more)."""


class ReportSection(Section):
    """What the report shows."""

    shortlist: Annotated[int, Field(ge=1, le=20)] = 5
    """Portfolios on the shortlist."""
    anonymous: bool = False
    """Leave out ids, farms and geometry finer than the region."""
    sheets: Literal["", "farm", "unit", "region"] = ""
    """Write a sheet in plain words for each farm, planning unit or region where something new is
    done, for printing, into the folder sheets of the run; empty = none."""
    sheets_as: Literal["html", "pdf"] = "html"
    """What kind of files the sheets are: html also prints well and holds every script; pdf is laid
    out on A4, in letters of DejaVu Sans."""
    split_by: Literal["", "adviser", "region"] = ""
    """One file of sheets for each adviser or region; empty = one file in all."""
    sheets_of: str = ""
    """Portfolio that the sheets follow: its name (p07) or what it is called (cheapest); empty = the
    first of the shortlist, which is the balanced one where there is one."""
    text: str = ""
    """TOML of sentences in place of the sheets' own, for another language; text.toml in the folder
    sheets of a run is the one to start from."""
    people: str = ""
    """Landscape column of the people of each unit (residents, or who works there), for the policy
    tables by region; empty = tables without people."""


class Config(Section):
    """The whole config file."""

    edaphon: Literal[1] = 1
    """Version of this format."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    """Name of the run; the default run directory is runs/NAME."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
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
    climate: ClimateSection | None = None
    """Mean weather of each month, for RothC."""
    rothc: RothcSection | None = None
    """What RothC has to know of the units."""
    gsocseq: GsocseqSection | None = None
    """Run the scenarios of FAO's GSOCseq map."""
    soil: SoilSection = SoilSection()
    """Where soil properties of the units stand, as far as names do not say it."""
    soil_health: HealthSection | None = None
    """Score the soil health of the units."""
    interventions: InterventionsSection
    """What may be done."""
    guards: GuardsSection = GuardsSection()
    """Where practices are kept off for safety and law."""
    adoption: AdoptionSection | None = None
    """Who takes an intervention up; empty = everybody."""
    threats: ThreatsSection | None = None
    """What threatens the soil of the units."""
    need: NeedSection | None = None
    """Which units need intervention."""
    tables: TablesSection | None = None
    """Effects and costs of your own, unit by unit, instead of surrogates and evidence."""
    locks: str = ""
    """CSV of unit_id, intervention, lock (in or out; out closes bundles that hold it too)."""
    trials: str = ""
    """CSV of trials of your own: study, intervention, outcome (of the catalogue), control,
    treatment, and latitude where it is not the landscape's; they count as further studies."""
    evidence: EvidenceSection = EvidenceSection()
    """What makes effects differ between units."""
    objectives: dict[Name, ObjectiveSection]
    """What to maximize and minimize, one to six, by a name of your choice."""
    constraints: ConstraintsSection = ConstraintsSection()
    """Rules that every portfolio satisfies."""
    space: SpaceSection = SpaceSection()
    """Which units are neighbors, and which boundary between them counts."""
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

    @property
    def has_own_effects(self) -> bool:
        """Whether all effects stand in a table of the planner's own."""
        return self.tables is not None and bool(self.tables.effects)

    def resolve(self, name: str | Path) -> Path:
        """Return the path of a file that the config names.

        Where only the spelling of accents differs (Unicode normalization, as after a copy from
        another system), it is the file that is there.
        """
        return as_spelled(self.folder, name)

    def input_files(self) -> dict[str, Path]:
        """Return every file that the config names: name as written to path."""
        cells = self.landscape.cells
        names = [
            self.landscape.file,
            *([cells.raster, cells.clip] if cells else []),
            *self.predictors.files,
            *(surrogate.file for surrogate in self.surrogates.values()),
            *(surrogate.profiles for surrogate in self.surrogates.values()),
            *(self.climate.files if self.climate else ()),
            self.locks,
            self.trials,
            self.constraints.near.file if self.constraints.near else "",
            self.guards.law,
            self.space.boundaries,
            self.report.text,
            *((self.tables.effects, self.tables.costs) if self.tables else ()),
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
