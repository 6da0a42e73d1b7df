"""Effect sizes by stratum, intervention and feature, from the evidence of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.effects.choose import Size, choose_size
from edaphon.effects.spread import ratio_sd_local, ratio_sd_shared
from edaphon.effects.values import BASES, GRADES, EffectSizes
from edaphon.errors import Finding
from edaphon.practices.evidence import ALL
from edaphon.practices.values import BASELINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from edaphon.practices.values import Catalogue

Key = tuple[int, int, int]
BASIS_WORDS = {
    "pooled": "pooled trials",
    "literature": "published figures",
    "bundle": "the parts of a bundle",
    "model": "a model",
    "none": "nothing",
}


def effect_sizes(
    catalogue: Catalogue,
    strata: Sequence[str],
    features: Sequence[tuple[str, str]],
    horizon_yr: float,
    *,
    findings: tuple[Finding, ...] = (),
    places: Mapping[str, str] | None = None,
    modeled: Mapping[tuple[str, str], str] | None = None,
) -> EffectSizes:
    """Return the effect sizes that a catalogue's evidence gives.

    Parameters
    ----------
    catalogue : Catalogue
    strata : sequence of str
        Climate classes; see `edaphon.effects.climate.climate_of`.
    features : sequence of (str, str)
        Name and outcome of each feature; outcome "" = no practice is known to change it.
    horizon_yr : float
        Years over which effects are counted.
    findings : tuple of Finding
        Found before, put first.
    places : mapping of str to str, optional
        Where the config names each intervention, for the findings; "evidence" if not given.
    modeled : mapping of (str, str) to str, optional
        Pairs of intervention and feature whose mean effect a process model gives, with its source:
        their lnRR is 0 here, their basis "model", their spread that of the evidence.

    Returns
    -------
    EffectSizes
        Spread enters the standard deviations only, never the means. Findings: a warning for each
        intervention and feature whose evidence comes from other climates only, a note that lists
        which pairs rest on what.
    """
    names = catalogue.names
    sizes = {
        (s, a, f): choose_size(catalogue, name, outcome, stratum, horizon_yr)
        for s, stratum in enumerate(strata)
        for a, name in enumerate(names)
        for f, (_, outcome) in enumerate(features)
        if a > 0
    }
    for (s, a, f), size in sizes.items():
        source = (modeled or {}).get((names[a], features[f][0]))
        if source is not None:
            sizes[s, a, f] = replace(size, basis="model", applicable=True, source=source)
    shape = (len(strata), len(names), len(features))
    labels = tuple(name for name, _ in features)
    lnrr = _filled(shape, {key: size.lnrr for key, size in sizes.items()})
    local = _filled(shape, {key: size.local for key, size in sizes.items()})
    sd_local = ratio_sd_local(lnrr, local)
    basis = _filled(shape, {key: BASES.index(size.basis) for key, size in sizes.items()})
    texts = np.full(shape, "", dtype=object)
    for key, size in sizes.items():
        texts[key] = size.source
    applicable = _filled(shape, {key: size.applicable for key, size in sizes.items()}) > 0
    applicable[:, 0, :] = True
    return EffectSizes(
        strata=tuple(strata),
        interventions=names,
        features=labels,
        lnrr=np.where(basis == BASES.index("model"), 0.0, lnrr),
        ratio_loading=_loadings(catalogue, sizes, shape),
        ratio_sd_local=sd_local,
        grade=_filled(shape, {k: GRADES.index(v.grade) for k, v in sizes.items()}).astype(np.uint8),
        basis=basis.astype(np.uint8),
        applicable=applicable,
        source=texts,
        studies=_filled(shape, {k: v.studies for k, v in sizes.items()}).astype(np.int32),
        findings=(*findings, *_findings(catalogue, places or {}, sizes, tuple(strata), features)),
    )


def _filled(shape: Key, values: Mapping[Key, float]) -> np.ndarray[Key, np.dtype[np.float64]]:
    """Zeros, and the given entries."""
    array = np.zeros(shape)
    for key, value in values.items():
        array[key] = value
    return array


def deviation_names(catalogue: Catalogue) -> tuple[str, ...]:
    """Return whose the shared deviations are: the interventions', then their parts'."""
    parts = (part for intervention in catalogue.interventions for part in intervention.parts)
    return tuple(dict.fromkeys((*catalogue.names[1:], *parts)))


def _loadings(
    catalogue: Catalogue, sizes: Mapping[Key, Size], shape: Key
) -> np.ndarray[tuple[int, int, int, int], np.dtype[np.float64]]:
    """Shared sd of the relative change, split over the deviations in proportion to theirs."""
    axis = {name: d for d, name in enumerate(deviation_names(catalogue))}
    loading = np.zeros((shape[0], shape[1], len(axis), shape[2]))
    for (s, a, f), size in sizes.items():
        total = float(ratio_sd_shared(size.lnrr, size.shared))
        for name, sd in size.deviations.items():
            loading[s, a, axis[name], f] = total * sd / size.shared
    return loading


def _findings(
    catalogue: Catalogue,
    places: Mapping[str, str],
    sizes: Mapping[Key, Size],
    strata: tuple[str, ...],
    features: Sequence[tuple[str, str]],
) -> Iterator[Finding]:
    """Warn of evidence from other climates, and note what each pair rests on."""
    for a, name in enumerate(catalogue.names):
        for f, (feature, outcome) in enumerate(features):
            here = {strata[s]: sizes[s, a, f] for s in range(len(strata)) if a > 0}
            foreign = [c for c, z in here.items() if z.basis != "none" and not z.applicable]
            if foreign:
                place = places.get(name, "evidence")
                yield _foreign_finding(catalogue, place, name, (feature, outcome), foreign)
    if sizes:
        unknown = any(size.basis == "none" for size in sizes.values())
        yield Finding(
            where=places.get(BASELINE, "evidence"),
            what=_bases(catalogue.names, sizes, strata, features),
            hint="On nothing: the mean effect is 0 and its spread wide." if unknown else "",
            severity="note",
        )


def _bases(
    names: Sequence[str],
    sizes: Mapping[Key, Size],
    strata: Sequence[str],
    features: Sequence[tuple[str, str]],
) -> str:
    """List which pairs of intervention and feature rest on what.

    Interventions of which all pairs rest on the same are listed once, not by feature.
    """
    groups: dict[str, dict[str, list[str]]] = {}
    for f, (feature, _) in enumerate(features):
        for a, name in enumerate(names[1:], start=1):
            here = (sizes[s, a, f] for s in range(len(strata)))
            words = " or ".join(dict.fromkeys(_basis_words(one) for one in here))
            groups.setdefault(words, {}).setdefault(feature, []).append(name)
    told = []
    for words, listed in groups.items():
        count = sum(map(len, listed.values()))
        throughout = [
            name
            for name in names[1:]
            if len(features) > 1 and sum(name in ones for ones in listed.values()) == len(features)
        ]
        lines = {"every feature": throughout} | {
            feature: [name for name in ones if name not in throughout]
            for feature, ones in listed.items()
        }
        pairs = "; ".join(f"{on}: {', '.join(ones)}" for on, ones in lines.items() if ones)
        told.append(f"{words} {count} ({pairs})")
    pairs_in_all = (len(names) - 1) * len(features)
    return f"what {pairs_in_all} pairs of intervention and feature rest on: {', '.join(told)}"


def _basis_words(size: Size) -> str:
    """Say what an effect size rests on."""
    if size.basis != "none" and not size.applicable:
        return "trials of other climates only"
    return BASIS_WORDS[size.basis]


def _foreign_finding(
    catalogue: Catalogue,
    place: str,
    name: str,
    changed: tuple[str, str],
    climates: Sequence[str],
) -> Finding:
    """Say that an effect on a feature and its outcome rests on other climates."""
    feature, outcome = changed
    rows = [e for e in catalogue.evidence if e.outcome == outcome and e.climate != ALL]
    parts = next((i.parts for i in catalogue.interventions if i.name == name), ())
    own = [e for e in rows if e.intervention == name]
    speaking = own or [e for e in rows if e.intervention in parts]
    sources = {e.climate: e.studies for e in speaking if e.climate not in climates}
    seen = ", ".join(f"{climate} ({n} studies)" if n else climate for climate, n in sources.items())
    seen = seen or "from fewer than three studies in any one climate"
    return Finding(
        where=place,
        what=f"{name} on {feature}: the units are {' and '.join(climates)}, "
        f"the evidence on {outcome} is {seen}: the mean effect is set to 0 and only its "
        "spread is kept",
        hint="Without local trials, do not count on this intervention for this feature.",
        severity="warning",
    )
