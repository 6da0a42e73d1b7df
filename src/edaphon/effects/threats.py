"""Threats to the soil, combined, and what practices take off them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.data.messages import counted
from edaphon.data.shares import share_column
from edaphon.effects.choose import choose_size
from edaphon.effects.climate import climate_of
from edaphon.effects.sizes import deviation_names
from edaphon.effects.values import BASES, Modeled
from edaphon.errors import ConfigError, DataError, Finding, raise_errors
from edaphon.practices.costs import place_of
from edaphon.practices.threats import MEASURED, Reduction, threat_matrix
from edaphon.soil.contamination import combined_threat

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.effects.values import EffectSizes
    from edaphon.practices.values import Catalogue

THREAT = "threat"
"""Column of the combined threat."""
OWN_SD = 0.1
"""Sd of a reduction that the config gives: a judgement."""
NOTHING = Reduction(0.0, 0.0, "", judged=False)


def combine(
    layers: Mapping[str, NDArray[np.float64]], weights: Mapping[str, float], how: str
) -> NDArray[np.float64]:
    """Return one threat from several, 0 to 1.

    Parameters
    ----------
    layers : mapping of str to float64 array, shape (n,)
        Intensities, 0 to 1.
    weights : mapping of str to float
        Share of the full intensity that counts; 1 if not given.
    how : {"product", "max", "sum"}
        ``1 - product of (1 - weight x intensity)``, the largest ``weight x intensity``, or their
        sum, at most 1.

    Returns
    -------
    float64 array, shape (n,)
    """
    if how == "product":
        return combined_threat(layers, weights)
    parts = np.stack([weights.get(name, 1.0) * values for name, values in layers.items()])
    joined = parts.max(axis=0) if how == "max" else np.minimum(parts.sum(axis=0), 1.0)
    return np.asarray(joined)


def with_threats(config: Config, landscape: Landscape) -> Landscape:
    """Return the landscape with the column `threat` where the config names threats.

    Raises
    ------
    DataError
        Layers that are not there, or hold text or values outside 0 to 1; weights and reductions of
        threats without a layer; a column `threat` that is there already.
    """
    section = config.threats
    if section is None:
        return landscape
    findings: list[Finding] = []
    if THREAT in landscape.attributes.columns:
        what = f"{landscape.source} has a column {THREAT!r}, which the section threats adds"
        findings.append(Finding(config.where("threats"), what, "Rename the column."))
    asked = {f"weights.{name}": name for name in section.weights}
    for practice, own in section.reductions.items():
        asked |= {f"reductions.{practice}.{name}": name for name in own}
    for key, name in asked.items():
        if name not in section.layers:
            where = config.where(f"threats.{key}")
            what = f"there is no threat {name!r}"
            findings.append(Finding(where, what, did_you_mean(name, section.layers)))
    layers = _layers(config, landscape, findings)
    findings += _acted_on_by_none(config)
    raise_errors(findings, DataError)
    combined = combine(layers, section.weights, section.combine)
    table = landscape.attributes.assign(**{THREAT: combined})
    return replace(landscape, attributes=table, findings=(*landscape.findings, *findings))


def threat_pairs(
    config: Config, catalogue: Catalogue, features: Sequence[str]
) -> dict[tuple[str, str], str]:
    """Return the pairs of intervention and feature that the matrix speaks for, with its source."""
    section = config.threats
    asked = [name for name in features if counts_threats(config, name)]
    if section is None or not asked:
        return {}
    pairs: dict[tuple[str, str], str] = {}
    for one in catalogue.interventions:
        names = one.parts or (one.name,)
        known = any(
            (name, threat) in threat_matrix()
            or threat in section.reductions.get(name, {})
            or _measured(catalogue, name, threat)
            for name in (*names, one.name)
            for threat in section.layers
        )
        if known:
            pairs |= {(one.name, feature): "threats by practice: threats.csv" for feature in asked}
    return pairs


def counts_threats(config: Config, feature: str) -> bool:
    """Whether a feature is the combined threat."""
    section = config.features.get(feature)
    return section is not None and section.model == "threats"


def threat_effects(
    config: Config, catalogue: Catalogue, landscape: Landscape, sizes: EffectSizes
) -> tuple[Modeled | None, EffectSizes, tuple[Finding, ...]]:
    """Return what each intervention changes in the combined threat.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    landscape : Landscape
        As `with_threats` returned it.
    sizes : EffectSizes
        With basis "model" for the pairs of `threat_pairs`.

    Returns
    -------
    modeled : Modeled or None
        ``(threat after - threat today) x area``, each layer t lowered to t (1 - r): below 0 where
        an intervention helps. Parts of a bundle lower a layer one after the other, 1 - product of
        (1 - r). Two terms for each intervention, its change and the shared sd of it: half of what
        lies between every reduction being one sd smaller and one sd larger.
    sizes : EffectSizes
        Without the spread that is held there.
    findings : tuple of Finding
        A note that counts the reductions that rest on judgement.
    """
    asked = [f for f, name in enumerate(sizes.features) if counts_threats(config, name)]
    section = config.threats
    if not asked or section is None:
        return None, sizes, ()
    _check_practices(config, catalogue)
    layers = _layers(config, landscape, [])
    today = combine(layers, section.weights, section.combine)
    n_options, deviations = len(catalogue.names), deviation_names(catalogue)
    shape = (2 * (n_options - 1), n_options)
    response = np.zeros((landscape.n_units, shape[0]))
    brought = np.zeros((*shape, len(sizes.features)))
    loading = np.zeros((*shape, len(deviations), len(sizes.features)))
    judged = 0
    for a, name in enumerate(catalogue.names[1:], start=1):
        taken = {
            threat: _reduction(config, catalogue, name, threat, landscape) for threat in layers
        }
        judged += sum(one[2] for one in taken.values())
        now, fewer, more = (
            combine(
                {
                    threat: np.clip(values * (1.0 - _shifted(taken[threat], shift)), 0.0, 1.0)
                    for threat, values in layers.items()
                },
                section.weights,
                section.combine,
            )
            for shift in (0.0, -1.0, 1.0)
        )
        response[:, 2 * a - 2] = (now - today) * landscape.area_ha
        response[:, 2 * a - 1] = (more - fewer) / 2.0 * landscape.area_ha
        brought[2 * a - 2, a, asked] = 1.0
        loading[2 * a - 1, a, deviations.index(name), asked] = 1.0
    kept = _without_spread(sizes, asked)
    return Modeled(response, brought, loading), kept, _told(config, catalogue, judged, layers)


def _without_spread(sizes: EffectSizes, features: Sequence[int]) -> EffectSizes:
    """Return effect sizes without spread in the pairs that the matrix speaks for."""
    loading, local = sizes.ratio_loading.copy(), sizes.ratio_sd_local.copy()
    for f in features:
        s, a = np.nonzero(sizes.basis[:, :, f] == BASES.index("model"))
        loading[s, a, :, f] = 0.0
        local[s, a, f] = 0.0
    return replace(sizes, ratio_loading=loading, ratio_sd_local=local)


def _layers(
    config: Config, landscape: Landscape, findings: list[Finding]
) -> dict[str, NDArray[np.float64]]:
    """Read the layers of threats; missing values count as none, with a note."""
    section = config.threats
    layers = {}
    for name, column in ({} if section is None else section.layers).items():
        where = config.where(f"threats.layers.{name}")
        values = share_column(landscape, column, where, findings)
        missing = np.isnan(values)
        if missing.any() and column in landscape.attributes.columns:
            what = f"no value of {column} in {counted(int(missing.sum()), 'unit')}: no threat there"
            findings.append(Finding(where, what, severity="note"))
        layers[name] = np.where(missing, 0.0, values)
    return layers


def _acted_on_by_none(config: Config) -> Iterator[Finding]:
    """Warn of layers that neither the matrix nor the config's own reductions name."""
    section = config.threats
    if section is None:
        return
    known = {threat for _, threat in threat_matrix()} | set(MEASURED)
    given = {threat for own in section.reductions.values() for threat in own}
    for name in section.layers:
        if name not in known | given:
            what = f"no practice is known to lower the threat {name!r}"
            hint = f"{did_you_mean(name, sorted(known))} Or give figures under threats.reductions."
            yield Finding(config.where(f"threats.layers.{name}"), what, hint, "warning")


def _measured(catalogue: Catalogue, name: str, threat: str) -> bool:
    """Whether trials measured what an intervention does to a threat, in whatever climate."""
    outcome = MEASURED.get(threat, "")
    return any(
        row.intervention == name and row.outcome == outcome and row.basis != "judgement"
        for row in catalogue.evidence
    )


def _reduction(
    config: Config, catalogue: Catalogue, name: str, threat: str, landscape: Landscape
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return mean and sd of a reduction by unit, and how many judgements it holds.

    The config goes before the evidence, that before the parts of a bundle, which lower a threat one
    after the other and whose sds add in quadrature, and those before the matrix.
    """
    section = config.threats
    given = None if section is None else section.reductions.get(name, {}).get(threat)
    if given is None and _measured(catalogue, name, threat):
        return _from_evidence(config, catalogue, name, threat, landscape)
    parts = next((one.parts for one in catalogue.interventions if one.name == name), ())
    n = landscape.n_units
    if given is None and parts:
        left, variance, judged = np.ones(n), np.zeros(n), 0
        for part in parts:
            mean, sd, count = _reduction(config, catalogue, part, threat, landscape)
            left, variance, judged = left * (1.0 - mean), variance + sd**2, judged + count
        return 1.0 - left, np.sqrt(variance), judged
    if given is not None:
        return np.full(n, given.to("%") / 100.0), np.full(n, OWN_SD), 0
    found = threat_matrix().get((name, threat), NOTHING)
    return np.full(n, found.mean), np.full(n, found.sd), int(found.judged)


def _from_evidence(
    config: Config, catalogue: Catalogue, name: str, threat: str, landscape: Landscape
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return 1 - exp(lnRR) of the evidence of each unit's climate; 0 where that is of others."""
    zones = climate_of(landscape.latitude)
    mean, sd = np.zeros(len(zones)), np.zeros(len(zones))
    for zone in np.unique(zones):
        here = zones == zone
        size = choose_size(catalogue, name, MEASURED[threat], str(zone), config.horizon.to("yr"))
        mean[here] = -np.expm1(size.lnrr)
        sd[here] = np.exp(size.lnrr) * size.shared
    return mean, sd, 0


def _shifted(
    taken: tuple[NDArray[np.float64], NDArray[np.float64], int], shift: float
) -> NDArray[np.float64]:
    return np.asarray(np.minimum(taken[0] + shift * taken[1], 1.0))


def _check_practices(config: Config, catalogue: Catalogue) -> None:
    """Raise for reductions of interventions that are not used, or above 100 %."""
    section = config.threats
    used = {*catalogue.names[1:], *(part for one in catalogue.interventions for part in one.parts)}
    faults = []
    for name, own in ({} if section is None else section.reductions).items():
        where = config.where(f"threats.reductions.{name}")
        if name not in used:
            what = f"{name!r} is not used by this config"
            faults.append(Finding(where, what, did_you_mean(name, used)))
        for threat, given in own.items():
            if not -100.0 <= given.to("%") <= 100.0:
                what = f"a reduction lies from -100 % to 100 %, and {given} does not"
                faults.append(Finding(config.where(f"threats.reductions.{name}.{threat}"), what))
    raise_errors(faults, ConfigError)


def _told(
    config: Config, catalogue: Catalogue, judged: int, layers: Mapping[str, object]
) -> tuple[Finding, ...]:
    """Say how many of the reductions are judgements."""
    if not judged:
        return ()
    pairs = len(layers) * len(catalogue.interventions)
    what = (
        f"what practices take off the threats {', '.join(layers)} rests on judgement in {judged} "
        f"of {pairs} pairs (threats.csv)"
    )
    hint = "Give your own figures under threats.reductions."
    first = catalogue.interventions[0]
    where = config.where("threats.reductions") if config.threats else place_of(config, first.name)
    return (Finding(where, what, hint, "warning"),)
