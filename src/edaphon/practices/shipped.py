"""What ships: catalogue.toml as interventions, bundles, outcomes and exchange rates."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edaphon.practices.combinations import factors_of
from edaphon.practices.values import Guards, Intervention, Pair

if TYPE_CHECKING:
    from collections.abc import Mapping

CATALOGUE_FILE = Path(__file__).with_name("catalogue.toml")

INTERVAL_SDS = 3.29
"""Width of a 90 % interval in standard deviations (normal distribution)."""


def outcomes() -> dict[str, str]:
    """Return the outcomes that practices are known to change, name to title."""
    return dict(_shipped()["outcomes"])


def catalogue_names() -> tuple[str, ...]:
    """Return the names of the single interventions that ship, in the order of the file."""
    return tuple(_shipped()["interventions"])


def shipped_bundles() -> tuple[tuple[str, ...], ...]:
    """Return the parts of each bundle that is listed."""
    return tuple(tuple(name.split("+")) for name in _shipped()["bundles"])


def shipped_filter(name: str) -> str:
    """Return the row filter that ships with an intervention.

    Parameters
    ----------
    name : str
        A name of `catalogue_names`.

    Returns
    -------
    str
        In the grammar of the config; "" = anywhere.
    """
    return str(_shipped()["interventions"][name]["where"])


def shipped_intervention(name: str) -> Intervention:
    """Return one intervention as it ships.

    Parameters
    ----------
    name : str
        A name of `catalogue_names`.

    Returns
    -------
    Intervention
        Costs in the currency and year of their source.
    """
    entry = _shipped()["interventions"][name]
    note = entry.get("cost_note", "")
    per_m3, depth = entry.get("establishment_per_m3"), entry.get("treated_depth_m")
    return Intervention(
        name=name,
        title=entry["title"],
        where=entry["where"],
        establishment_per_ha=entry["establishment_per_ha"]
        if per_m3 is None
        else per_m3 * volume_per_ha(depth),
        annual_per_ha=entry["annual_per_ha"],
        currency=entry["currency"],
        currency_year=entry["currency_year"],
        cost_source=f"{entry['cost_source']}: {note}" if note else entry["cost_source"],
        time_to_effect_yr=dict(entry["time_to_effect_yr"]),
        risks=entry["risks"],
        carbon_rate=entry.get("carbon_rate"),
        carbon_source=entry.get("carbon_source", ""),
        establishment_range=_range(entry, "establishment_range"),
        annual_range=_range(entry, "annual_range"),
        establishment_per_m3=per_m3,
        treated_depth_m=depth,
        ease=entry["ease"],
        labor_h_per_ha_yr=entry["labor_h_per_ha_yr"],
        needs=tuple(entry["needs"]),
        parent=entry.get("parent", ""),
        establishment_probability=_range(entry, "establishment_probability"),
        greenhouse_to_field=_range(entry, "greenhouse_to_field"),
        guards=_guards(entry["guards"]),
    )


def shipped_pairs() -> tuple[Pair, ...]:
    """Return what practices do to each other, as it ships."""
    return tuple(
        Pair(
            practices=tuple(entry["practices"]),
            kind=entry["kind"],
            why=entry["why"],
            source=entry["source"],
            outcome=entry.get("outcome", ""),
            factor=_range(entry, "factor"),
        )
        for entry in _shipped()["pairs"]
    )


def filter_columns() -> dict[str, str]:
    """Return the columns that the catalogue's row filters read, name to meaning and unit."""
    return dict(_shipped()["columns"])


def volume_per_ha(depth_m: float) -> float:
    """Return the treated volume of a hectare, m3 (10,000 m2 times the depth)."""
    return 10_000.0 * depth_m


def joined(parts: tuple[str, ...], known: Mapping[str, Intervention]) -> Intervention:
    """Return a bundle of interventions.

    Parameters
    ----------
    parts : tuple of str
    known : mapping of str to Intervention
        The parts by name.

    Returns
    -------
    Intervention
        Summed costs (nan where the parts' currencies differ), all filters and risks, the slowest
        time to effect, and the factors on summed effects that ship for these parts, with their
        spread.
    """
    entry = _bundle_entry(parts)
    combination, spread, source = _combination(parts, entry)
    members = [known[part] for part in parts]
    filters = dict.fromkeys(member.where for member in members if member.where)
    same = len({member.currency for member in members}) == 1
    times = {key for member in members for key in member.time_to_effect_yr}
    return Intervention(
        name="+".join(parts),
        title=entry.get("title", " and ".join(member.title for member in members)),
        where=" and ".join(f"({text})" for text in filters)
        if len(filters) > 1
        else "".join(filters),
        establishment_per_ha=_sum([m.establishment_per_ha for m in members], same),
        annual_per_ha=_sum([m.annual_per_ha for m in members], same),
        currency=members[0].currency,
        currency_year=max(member.currency_year for member in members),
        cost_source=f"sum of {' and '.join(parts)}",
        time_to_effect_yr={key: max(_time(member, key) for member in members) for key in times},
        risks=" ".join(member.risks for member in members if member.risks),
        parts=parts,
        combination=combination,
        combination_sd=spread,
        combination_source=source,
    )


def exchange_rate(shipped: Intervention, currency: str) -> float | None:
    """Return what one unit of an intervention's currency was worth in another, in its year.

    Parameters
    ----------
    shipped : Intervention
    currency : str

    Returns
    -------
    float or None
        From the annual means of the European Central Bank's reference rates; None if not known.
    """
    if shipped.currency == currency:
        return 1.0
    year = str(shipped.currency_year)
    rates: dict[str, dict[str, float]] = _shipped()["exchange"]["per_euro"]
    per_euro = {"EUR": {year: 1.0}, **rates}
    old, new = (per_euro.get(name, {}).get(year) for name in (shipped.currency, currency))
    return None if old is None or new is None else new / old


def exchange_source() -> str:
    """Return the source of the exchange rates."""
    return str(_shipped()["exchange"]["source"])


@cache
def _shipped() -> dict[str, Any]:
    """Content of catalogue.toml."""
    with CATALOGUE_FILE.open("rb") as file:
        return tomllib.load(file)


def _range(entry: Mapping[str, Any], key: str) -> tuple[float, float] | None:
    """Return two numbers of an entry, None where it has none."""
    if key not in entry:
        return None
    low, high = entry[key]
    return float(low), float(high)


def _guards(entry: Mapping[str, Any]) -> Guards:
    """Return the guards of an entry; a list becomes a tuple."""
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    return Guards(**given)


def _sum(costs: list[float], same_currency: bool) -> float:
    return sum(costs) if same_currency else float("nan")


def _time(intervention: Intervention, outcome: str) -> float:
    times = intervention.time_to_effect_yr
    return times.get(outcome, times.get("default", 0.0))


def _combination(
    parts: tuple[str, ...], entry: Mapping[str, Any]
) -> tuple[dict[str, float], dict[str, float], str]:
    """Return factors on the parts' summed lnRR by outcome, their spread, and where they are from.

    A factor that is judged spreads as much as the one that stands in where nothing was measured,
    unless the pair's range says how much: that counts as a 90 % interval.
    """
    measured = factors_of(parts)
    ranges = _pair_ranges(parts)
    judged: dict[str, float] = {name: (low + high) / 2.0 for name, (low, high) in ranges.items()}
    judged |= entry.get("combination", {})
    stand_in = measured["default"]
    known = [outcome for outcome in measured if outcome != "default" and outcome not in judged]
    texts = [f"{outcome} {measured[outcome].mean:.2f}" for outcome in known]
    sources = dict.fromkeys(measured[outcome].source for outcome in known)
    texts = [f"observed over summed lnRR: {', '.join(texts)} ({'; '.join(sources)})"] * bool(known)
    texts += [f"{outcome} {factor:.2f} (judgement)" for outcome, factor in judged.items()]
    others = (
        f"others {stand_in.mean:.2f}, the factor of cover crop and no-till on soil organic carbon "
        "(judgement)"
    )
    texts += [others] * ("default" not in judged)
    mean = {outcome: factor.mean for outcome, factor in measured.items()} | judged
    spread = {outcome: factor.sd for outcome, factor in measured.items()}
    spread |= dict.fromkeys(judged, stand_in.sd)
    spread |= {name: (high - low) / INTERVAL_SDS for name, (low, high) in ranges.items()}
    return mean, spread, "; ".join(texts)


def _pair_ranges(parts: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """Return the ranges of factors, by outcome, that the pairs of the catalogue judge."""
    return {
        pair.outcome: pair.factor
        for pair in shipped_pairs()
        if pair.kind == "combines" and pair.factor is not None and set(pair.practices) == set(parts)
    }


def _bundle_entry(parts: tuple[str, ...]) -> dict[str, Any]:
    """Return what is said of these parts, in whatever order."""
    bundles: dict[str, dict[str, Any]] = _shipped()["bundles"]
    return next((one for name, one in bundles.items() if set(name.split("+")) == set(parts)), {})
