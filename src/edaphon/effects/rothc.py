"""Effects of practices on a stock of organic carbon by RothC: exact, and linear in the input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from edaphon.data.messages import counted, name_some
from edaphon.effects.carbon_sites import carbon_sites, needed_climate, topsoil_depth
from edaphon.effects.choose import factor_of
from edaphon.effects.sizes import deviation_names
from edaphon.effects.values import Modeled
from edaphon.errors import ConfigError, DataError, Finding
from edaphon.practices.shipped import catalogue_names, shipped_intervention
from edaphon.soil.rothc import Soils
from edaphon.soil.rothc_factors import inert_carbon
from edaphon.soil.rothc_response import advance, equilibrium, gain_per_input, input_for_stock
from edaphon.soil.rothc_year import YearMap, year_map

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.config.sections import Config
    from edaphon.data.climate import Climate
    from edaphon.data.landscape import Landscape
    from edaphon.effects.carbon_sites import CarbonSites
    from edaphon.effects.values import EffectSizes
    from edaphon.practices.values import Catalogue, Intervention
    from edaphon.surrogates.state import State

    Floats = NDArray[np.float64]

SOURCE = "RothC-26.3 (Coleman & Jenkinson 1996)"
RATE_YEARS = 20
"""A measured rate is taken as the mean over so many years, the horizon of IPCC and GSOCseq; trials
last from a few years to decades (judgement)."""
LARGEST_SOC_T_HA = 800.0
"""More than mineral topsoil holds down to any depth that RothC takes (judgement)."""


@dataclass(frozen=True)
class CarbonPlan:
    """What one practice brings into the soil.

    Attributes
    ----------
    flow : float
        t C/ha and year: its input, or the rate of gain that trials measured.
    is_rate : bool
    sd : float or None
        Of `flow`; None = the spread of the evidence.
    manure : bool
    cover : tuple of int
        Months with plants besides the land use's.
    source : str
    """

    flow: float
    is_rate: bool
    sd: float | None
    manure: bool
    cover: tuple[int, ...]
    source: str


class _Part(NamedTuple):
    """One practice in an option: its plan, whose deviation it has, the factor on it and its sd.

    `sd` is that of the plan; None = the effect sizes hold it. `factor_sd` is common to the parts of
    a bundle.
    """

    plan: CarbonPlan
    name: str
    sd: float | None
    factor: float = 1.0
    factor_sd: float = 0.0


def carbon_plans(config: Config, catalogue: Catalogue) -> dict[str, CarbonPlan]:
    """Return what each practice of a config brings, its own options before the catalogue's.

    Practices without `carbon_input` and `carbon_rate` are not in it.

    Raises
    ------
    ConfigError
        Where both are given.
    """
    known = {one.name: one for one in catalogue.interventions}
    for name in deviation_names(catalogue):
        if name not in known and name in catalogue_names():
            known[name] = shipped_intervention(name)
    found = {name: _plan(config, name, one) for name, one in known.items()}
    return {name: plan for name, plan in found.items() if plan is not None}


def _plan(config: Config, name: str, shipped: Intervention) -> CarbonPlan | None:
    """Return the plan of one practice, None where nothing says what it brings."""
    option = config.interventions.options.get(name)

    def flow(quantity: Quantity) -> float:
        return quantity.to("t/ha/yr")

    if option is None or (option.carbon_input is None and option.carbon_rate is None):
        if shipped.carbon_rate is None:
            return None
        cover = () if option is None else option.cover
        source = f"{SOURCE}; input set by the rate {shipped.carbon_source}"
        return CarbonPlan(shipped.carbon_rate, True, None, False, cover, source)
    if option.carbon_input is not None and option.carbon_rate is not None:
        what = f"{name} has a carbon_input and a carbon_rate"
        where = config.where(f"interventions.options.{name}.carbon_rate")
        raise ConfigError(Finding(where, what, "Remove one: the rate sets the input."))
    given = option.carbon_input if option.carbon_input is not None else option.carbon_rate
    if given is None:
        return None
    return CarbonPlan(
        flow=flow(given),
        is_rate=option.carbon_input is None,
        sd=None if option.carbon_sd is None else flow(option.carbon_sd),
        manure=option.carbon_kind == "manure",
        cover=option.cover,
        source=f"{SOURCE}; {'rate' if option.carbon_input is None else 'input'} of the config",
    )


def parts_of(
    catalogue: Catalogue, plans: dict[str, CarbonPlan], name: str, outcome: str
) -> list[_Part]:
    """Return what makes up an option's effect; empty where RothC cannot say.

    A bundle with a plan of its own counts by that, else as the sum of its parts times the factor
    that its summed effect sizes take too, with the factor's spread, provided that every part has a
    plan. Where trials measured the bundle itself their spread stands, unless every part states its
    own.
    """
    if name in plans:
        return [_Part(plans[name], name, plans[name].sd)]
    bundle = next((one for one in catalogue.interventions if one.name == name and one.parts), None)
    if bundle is None or not all(part in plans for part in bundle.parts):
        return []
    factor, spread = factor_of(bundle, outcome)
    sds = [plans[part].sd for part in bundle.parts]
    if None in sds and any(
        row.intervention == name and row.outcome == outcome and row.basis != "judgement"
        for row in catalogue.evidence
    ):
        sds, spread = [None] * len(sds), 0.0
    return [
        _Part(plans[part], part, sd, factor, spread)
        for part, sd in zip(bundle.parts, sds, strict=True)
    ]


def modeled_pairs(
    config: Config, catalogue: Catalogue, outcomes: tuple[tuple[str, str], ...]
) -> tuple[dict[tuple[str, str], str], tuple[Finding, ...]]:
    """Return the pairs of intervention and feature that RothC speaks for, with their source.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    outcomes : tuple of (str, str)
        Name and outcome of each feature.

    Returns
    -------
    pairs : dict of (str, str) to str
    findings : tuple of Finding
        A warning that names the practices without a carbon input: their effect sizes stand in. A
        note where the horizon is not whole years.
    """
    pairs: dict[tuple[str, str], str] = {}
    findings: list[Finding] = []
    plans: dict[str, CarbonPlan] | None = None
    for feature, outcome in outcomes:
        section = config.features.get(feature)
        if section is None or section.model != "rothc":
            continue
        plans = carbon_plans(config, catalogue) if plans is None else plans
        horizon = config.horizon.to("yr")
        if horizon != whole_years(horizon):
            what = f"RothC counts whole years: {whole_years(horizon)} instead of {horizon:g}"
            findings.append(Finding(config.where("horizon"), what, severity="note"))
        silent = []
        for name in catalogue.names[1:]:
            parts = parts_of(catalogue, plans, name, outcome)
            if parts:
                pairs[name, feature] = "; ".join(dict.fromkeys(one.plan.source for one in parts))
            else:
                silent.append(name)
        if silent:
            what = f"RothC knows no carbon input of {name_some(silent, 8)}: for {feature} their "
            what += "effect sizes stand in"
            hint = f"Give interventions.options.{silent[0]}.carbon_input, as 1 t/ha/yr."
            where = config.where(f"features.{feature}.model")
            findings.append(Finding(where, what, hint, "warning"))
    return pairs, tuple(findings)


def model_effects(
    config: Config,
    catalogue: Catalogue,
    landscape: Landscape,
    state: State,
    *,
    climate: Climate | None,
    sizes: EffectSizes,
    outcomes: Sequence[tuple[str, str]],
) -> tuple[Modeled | None, EffectSizes]:
    """Return RothC's effects, and the effect sizes without the spread that RothC holds itself.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    landscape : Landscape
    state : State
        Of the same units; the stock of each feature with `model: rothc` in t/ha.
    climate : Climate or None
    sizes : EffectSizes
        With basis "model" for the pairs of `modeled_pairs`.
    outcomes : sequence of (str, str)
        Name and outcome of each feature: a bundle's parts are joined by the outcome's factor.

    Returns
    -------
    modeled : Modeled or None
        None where no feature asks for RothC. In t C of the whole unit at the end of the horizon
        (whole years), against going on as today: the soil starts in the equilibrium that holds
        today's stock under the land use's cover.
    sizes : EffectSizes

    Raises
    ------
    ConfigError, DataError
        Without climate or a section `rothc`, for a feature that is no stock in t/ha, a depth that
        is not topsoil, stocks outside RothC's range, a rate that no input gives.
    """
    asked = [name for name in state.features if _asks(config, name)]
    if not asked:
        return None, sizes
    months = needed_climate(config, climate, f"features.{asked[0]}.model")
    sites = carbon_sites(config, landscape, months)
    plans = carbon_plans(config, catalogue)
    axis = {name: d for d, name in enumerate(deviation_names(catalogue))}
    shape = (len(catalogue.names), len(axis), len(state.features))
    made: list[tuple[Floats, Floats, Floats]] = []
    held = np.zeros(shape, dtype=bool)
    for feature in asked:
        f = state.features.index(feature)
        soil = _Ground.of(config, landscape, sites, state, feature)
        for a, name in enumerate(catalogue.names):
            for part in parts_of(catalogue, plans, name, outcomes[f][1]) if a else ():
                where = config.where(f"interventions.options.{part.name}.carbon_rate")
                for response, flow, sd in soil.terms(part, where):
                    mean = np.zeros((shape[0], shape[2]))
                    mean[a, f] = part.factor * flow
                    loading = np.zeros(shape)
                    loading[a, axis[part.name], f] = part.factor * sd
                    loading[a, axis[name], f] += part.factor_sd * flow
                    made.append((response * landscape.area_ha, mean, loading))
                held[a, :, f] |= part.sd is not None and part.name == name
                held[a, axis[part.name], f] |= part.sd is not None
                held[a, axis[name], f] |= part.factor_sd > 0
    kept = np.where(held, 0.0, sizes.ratio_loading)
    return _merged(made), replace(sizes, ratio_loading=kept)


def whole_years(horizon_yr: float) -> int:
    """Return the years that RothC runs for a horizon: the nearest whole number, at least 1."""
    return max(1, round(horizon_yr))


def _asks(config: Config, feature: str) -> bool:
    section = config.features.get(feature)
    return section is not None and section.model == "rothc"


def _merged(made: list[tuple[Floats, Floats, Floats]]) -> Modeled | None:
    """Join terms that have the same response, so that options share columns."""
    if not made:
        return None
    groups: dict[bytes, list[Floats]] = {}
    for response, mean, loading in made:
        held = groups.setdefault(response.tobytes(), [response, 0.0 * mean, 0.0 * loading])
        held[1] = held[1] + mean
        held[2] = held[2] + loading
    columns, brought, loadings = zip(*groups.values(), strict=True)
    return Modeled(np.stack(columns, axis=1), np.stack(brought), np.stack(loadings))


@dataclass(frozen=True)
class _Ground:
    """The soil of one feature, with the year maps of the covers that practices make."""

    soils: Soils
    sites: CarbonSites
    soc: Floats
    years: int
    maps: dict[tuple[int, ...], YearMap]
    plant: Floats
    rested: Floats
    judged: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        config: Config,
        landscape: Landscape,
        sites: CarbonSites,
        state: State,
        feature: str,
    ) -> _Ground:
        """Find the input that holds today's stock."""
        f = state.features.index(feature)
        where = config.where(f"features.{feature}.model")
        if state.units[f] != "t/ha":
            what = f"RothC counts t C/ha, and {feature} is in {state.units[f]}"
            raise ConfigError(Finding(where, what, "Use it for a stock of organic carbon."))
        soc = state.mean[:, f]
        bad = ~((soc >= 0) & (soc <= LARGEST_SOC_T_HA))
        if bad.any():
            some = f"{counted(bad.sum(), 'unit')} ({name_some(landscape.ids[bad])})"
            what = f"a stock outside 0 to {LARGEST_SOC_T_HA:g} t C/ha in {some}"
            raise DataError(Finding(where, what, "RothC is made for mineral topsoil."))
        soils = Soils.of(sites.clay_percent, topsoil_depth(config, feature), inert_carbon(soc))
        today = year_map(soils, sites.year)
        plant = input_for_stock(today, soc)
        crops = sites.land_class == "cropland"
        years = whole_years(config.horizon.to("yr"))
        judged = crops if crops.any() else np.ones(len(soc), dtype=bool)
        rested = equilibrium(today, plant)
        return cls(soils, sites, soc, years, {(): today}, plant, rested, judged)

    def terms(self, part: _Part, where: str) -> Iterator[tuple[Floats, float, float]]:
        """Yield response per ha, what the practice brings and its sd, for each of its terms."""
        plan = part.plan
        year = self._map(plan.cover)
        gain, still = self._answers(plan, year, self.years)
        flow, sd = plan.flow, part.sd or 0.0
        if plan.is_rate:
            per_input, cover = (one[self.judged] for one in self._answers(plan, year, RATE_YEARS))
            flow = (plan.flow * RATE_YEARS - cover.mean()) / per_input.mean()
            sd = sd * RATE_YEARS / per_input.mean()
            if flow < 0:
                what = f"the cover of {part.name} alone gains more than {plan.flow:g} t C/ha/yr"
                raise ConfigError(Finding(where, what, "Leave out its cover, or mend the rate."))
        yield gain, float(flow), float(sd)
        if plan.cover:
            yield still, 1.0, 0.0

    def _map(self, cover: tuple[int, ...]) -> YearMap:
        """Year map with more months under plants, made once."""
        if cover not in self.maps:
            more = self.sites.year.covered | np.isin(np.arange(1, 13), cover)
            self.maps[cover] = year_map(self.soils, replace(self.sites.year, covered=more))
        return self.maps[cover]

    def _answers(self, plan: CarbonPlan, year: YearMap, years: int) -> tuple[Floats, Floats]:
        """Gain per t C/ha/yr after some years, and the change by the cover alone, t C/ha."""
        gain = gain_per_input(year, (years,), manure=plan.manure)[:, 0]
        if not plan.cover:
            return gain, np.zeros_like(gain)
        return gain, advance(year, self.rested, years, self.plant).sum(axis=1) - self.soc
