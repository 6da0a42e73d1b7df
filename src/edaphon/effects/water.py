"""Effects of practices on available water: through the soil carbon that they bring."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.effects.sizes import effect_sizes
from edaphon.effects.values import BASES, EffectSizes, Modeled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.errors import Finding
    from edaphon.practices.values import Catalogue
    from edaphon.surrogates.state import State

CARBON, MOISTURE = "soc", "soil_water"
"""Outcomes of the catalogue: what available water follows, and what stands in for practices without
evidence on carbon."""

SOURCE = "available water follows organic carbon (Saxton & Rawls 2006); carbon: "


@dataclass(frozen=True)
class Followers:
    """Pairs of intervention and feature whose effect follows soil carbon.

    Attributes
    ----------
    carbon : EffectSizes or None
        Of organic carbon, with one feature; None where no feature follows it.
    pairs : dict of (str, str) to str
        Intervention and feature, with the source.
    findings : tuple of Finding
        Warnings where the evidence on carbon comes from other climates only.
    """

    carbon: EffectSizes | None = None
    pairs: dict[tuple[str, str], str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def followers(
    config: Config,
    catalogue: Catalogue,
    strata: Sequence[str],
    features: Sequence[str],
    places: Mapping[str, str],
) -> Followers:
    """Return the pairs that follow soil carbon: those with evidence on it.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    strata, features : sequence of str
    places : mapping of str to str
        Where the config names each intervention.

    Returns
    -------
    Followers
    """
    asked = [name for name in features if follows_carbon(config, name)]
    if not asked:
        return Followers()
    horizon = config.horizon.to("yr")
    pairs: dict[tuple[str, str], str] = {}
    findings: list[Finding] = []
    carbon = None
    for feature in asked:
        carbon = effect_sizes(catalogue, strata, [(feature, CARBON)], horizon, places=places)
        findings += [found for found in carbon.findings if found.severity == "warning"]
        for a, name in enumerate(catalogue.names):
            known = carbon.basis[:, a, 0] != BASES.index("none")
            if a > 0 and known.any():
                sources = dict.fromkeys(str(text) for text in carbon.source[known, a, 0])
                pairs[name, feature] = SOURCE + "; ".join(sources)
    return Followers(carbon, pairs, tuple(findings))


def follows_carbon(config: Config, feature: str) -> bool:
    """Return whether a feature is available water, which practices change through carbon."""
    section = config.features.get(feature)
    return section is not None and section.model == "saxton_rawls"


def water_effects(
    found: Followers,
    state: State,
    area_ha: NDArray[np.float64],
    stratum: NDArray[np.integer],
    sizes: EffectSizes,
) -> tuple[Modeled | None, EffectSizes]:
    """Return the effects on available water, and effect sizes without what is held there.

    Parameters
    ----------
    found : Followers
    state : State
        With the lever of each feature that follows carbon.
    area_ha : float64 array, shape (n_units,)
    stratum : int array, shape (n_units,)
    sizes : EffectSizes
        With basis "model" for the pairs of `found`.

    Returns
    -------
    modeled : Modeled or None
        ``effect[i, a, f] = lever[i, f] x area_ha[i] x (exp(lnRR of carbon) - 1)``, in m3: linear
        in the change of carbon, exactly. One term for each feature and stratum. Its spread is that
        of the evidence on carbon and of the lever.
    sizes : EffectSizes
    """
    if found.carbon is None or not found.pairs or state.lever is None or state.lever_sd is None:
        return None, sizes
    carbon, n_strata = found.carbon, len(sizes.strata)
    followed = [f for f, name in enumerate(sizes.features) if np.isfinite(state.lever[:, f]).all()]
    shape = (len(followed) * n_strata, *sizes.lnrr.shape[1:])
    response, response_sd = (np.zeros((len(area_ha), shape[0])) for _ in range(2))
    brought, local = np.zeros(shape), np.zeros(shape)
    loading = np.zeros((*shape[:2], sizes.ratio_loading.shape[2], shape[2]))
    changed = {
        key: getattr(sizes, key).copy()
        for key in ("ratio_loading", "ratio_sd_local", "grade", "applicable", "studies")
    }
    for block, f in enumerate(followed):
        names = enumerate(sizes.interventions)
        a = np.array([a for a, name in names if (name, sizes.features[f]) in found.pairs])
        for s in range(n_strata):
            k, here = block * n_strata + s, stratum == s
            response[here, k] = state.lever[here, f] * area_ha[here]
            response_sd[here, k] = state.lever_sd[here, f] * area_ha[here]
            brought[k, a, f] = np.expm1(carbon.lnrr[s, a, 0])
            local[k, a, f] = carbon.ratio_sd_local[s, a, 0]
            loading[k, a, :, f] = carbon.ratio_loading[s, a, :, 0]
        changed["ratio_loading"][:, a, :, f] = 0.0
        changed["ratio_sd_local"][:, a, f] = 0.0
        for key in ("grade", "applicable", "studies"):
            changed[key][:, a, f] = getattr(carbon, key)[:, a, 0]
    return Modeled(response, brought, loading, local, response_sd), replace(sizes, **changed)


def joined(*given: Modeled | None) -> Modeled | None:
    """Return the terms of several models side by side, None where there is none.

    Parameters
    ----------
    *given : Modeled or None
        Of the same units, interventions and features.
    """
    parts = [one for one in given if one is not None]
    if len(parts) < 2:
        return parts[0] if parts else None
    local = [np.zeros_like(one.brought) if one.local is None else one.local for one in parts]
    spread = [
        np.zeros_like(one.response) if one.response_sd is None else one.response_sd for one in parts
    ]
    return Modeled(
        np.concatenate([one.response for one in parts], axis=1),
        np.concatenate([one.brought for one in parts]),
        np.concatenate([one.loading for one in parts]),
        np.concatenate(local),
        np.concatenate(spread, axis=1),
    )
