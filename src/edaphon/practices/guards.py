"""Guards: what safety and law forbid, whatever the row filters say, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.columns import unit_numbers
from edaphon.data.messages import counted, unknown_column
from edaphon.errors import Finding
from edaphon.practices.costs import FEW, place_of
from edaphon.practices.grounds import BLACK_SOIL, CONTAMINATED, EVERYWHERE, PEAT, rows_of
from edaphon.practices.own import intervention_of
from edaphon.practices.shipped import shipped_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edaphon.config.interventions import OptionSection
    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.eligibility import Permits
    from edaphon.practices.grounds import Grounds
    from edaphon.practices.values import Guards, Intervention


@dataclass(frozen=True)
class Ruling:
    """Units that one guard keeps a practice off.

    Attributes
    ----------
    units : bool array, shape (n_units,)
    reason : str
        Completes "is guarded: ...".
    hint : str
    common : str
        The same for all practices, where it holds for many: notes of it are told as one.
    """

    units: NDArray[np.bool_]
    reason: str
    hint: str
    common: str = ""


@dataclass(frozen=True)
class GuardCase:
    """What the guards of a config are held against.

    Attributes
    ----------
    config : Config
    landscape : Landscape
    grounds : Grounds
        Of that landscape.
    faults : list of Finding
        Errors of the config's own filters and columns, found on the way.
    common : dict of str to dict of str to Finding
        By `Ruling.common`: the practices that lost units by it, and the note of each.
    """

    config: Config
    landscape: Landscape
    grounds: Grounds
    faults: list[Finding] = field(default_factory=list)
    common: dict[str, dict[str, Finding]] = field(default_factory=dict)

    def rulings(self, whole: str, name: str) -> Iterator[Ruling]:
        """Yield what the guards of a practice forbid, alone or as part of the bundle `whole`."""
        guards = intervention_of(self.config, name).guards
        yield from self._release(whole, name, guards)
        yield from self._land(name, guards)
        yield from self._water(name, guards)
        yield from self._dose(name, guards)
        yield from self._law(name)

    def _option(self, name: str) -> OptionSection | None:
        return self.config.interventions.options.get(name)

    def _all(self) -> NDArray[np.bool_]:
        return np.ones(self.landscape.n_units, dtype=bool)

    def _release(self, whole: str, name: str, guards: Guards) -> Iterator[Ruling]:
        """Release what is alive only if it is assessed; native where aliens are forbidden."""
        options = [one for one in (self._option(whole), self._option(name)) if one is not None]
        if guards.native_only and "alien" in [one.origin for one in options]:
            yield Ruling(
                self._all(), f"{name} of alien species is forbidden", "Use what is native here."
            )
        assessed = any(one.risk_assessed for one in options)
        if guards.live_release and guards.needs_risk_assessment and not assessed:
            hint = (
                f"Have it assessed for this landscape, then write interventions.options.{name}: "
                "{risk_assessed: true}."
            )
            reason = f"{name} releases live organisms whose risk has not been assessed"
            yield Ruling(self._all(), reason, hint)
        native = self._rows(name, "native_where")
        if native is not None:
            yield Ruling(~native, f"what {name} releases is not native there", "Leave it at that.")

    def _land(self, name: str, guards: Guards) -> Iterator[Ruling]:
        """Keep off protected and contaminated land."""
        land = self.grounds.land
        kinds = dict.fromkeys(guards.excluded_land_uses)
        if guards.converts_land:
            kinds |= dict.fromkeys((PEAT, BLACK_SOIL))
        for kind in kinds:
            if kind in land:
                words = kind.replace("_", " ")
                reason = (
                    f"{words} is protected from the change of use by {name}"
                    if guards.converts_land
                    else f"{name} never goes on {words}"
                )
                yield Ruling(land[kind], reason, f"guards.{kind} says where {words} lies.")
        if CONTAMINATED in self.grounds.pending:
            return
        bad = land.get(CONTAMINATED, ~self._all())
        hint = "guards.contaminated says which units are contaminated."
        if guards.contaminated_only:
            yield Ruling(~bad, f"not contaminated, and {name} is for contaminated units", hint)
        elif guards.edible:
            reason = f"contaminated, and the product of {name} is eaten"
            hint += " They take remediation, or what nobody eats."
            yield Ruling(bad, reason, hint, "contaminated, and what it brings is eaten")

    def _water(self, name: str, guards: Guards) -> Iterator[Ruling]:
        """Keep the distance to wells and water."""
        option = self._option(name)
        own = None if option is None else option.water_distance
        least = guards.water_distance_m if own is None else own.to("m")
        if self.grounds.water_m is None or least <= 0:
            return
        near = ~(self.grounds.water_m >= least)
        reason = f"closer than {least:g} m to wells or water, or the distance is unknown"
        yield Ruling(
            near, reason, f"interventions.options.{name}.water_distance sets the distance."
        )

    def _dose(self, name: str, guards: Guards) -> Iterator[Ruling]:
        """Give one dose within the horizon: the last one lies longer back."""
        option, columns = self._option(name), self.landscape.attributes.columns
        asked = "" if option is None else option.years_since
        column = asked or f"years_since_{name}"
        if not guards.once_per_horizon:
            return
        if column not in columns:
            if asked:
                where = self.config.where(f"interventions.options.{name}.years_since")
                self.faults.append(unknown_column(where, column, columns, self.landscape.source))
            return
        since, found = unit_numbers(self.landscape, column)
        self.faults.extend(found)
        horizon = self.config.horizon.to("yr")
        reason = f"{name} was given within the last {horizon:g} years, and one dose is allowed"
        yield Ruling(since < horizon, reason, f"The column {column} says when.")

    def _law(self, name: str) -> Iterator[Ruling]:
        """Obey the law, by jurisdiction or by the planner's filter."""
        for law in (law for law in self.grounds.laws if law.intervention == name):
            here = self.grounds.jurisdiction
            units = (
                self._all()
                if law.jurisdiction == EVERYWHERE or here is None
                else here == law.jurisdiction
            )
            place = "" if law.jurisdiction == EVERYWHERE else f" of {law.jurisdiction}"
            why = f" ({law.why})" if law.why else ""
            hint = f"It stands in {self.config.guards.law}."
            yield Ruling(units, f"law{place} forbids {name}{why}", hint)
        legal = self._rows(name, "legal_where")
        if legal is not None:
            hint = f"interventions.options.{name}.legal_where says so."
            yield Ruling(~legal, f"law does not allow {name} there", hint)

    def _rows(self, name: str, key: str) -> NDArray[np.bool_] | None:
        """Return the units that a filter in a practice's options lets pass, None without one."""
        option = self._option(name)
        text = "" if option is None else str(getattr(option, key))
        if not text:
            return None
        where = self.config.where(f"interventions.options.{name}.{key}")
        return rows_of(text, where, self.landscape, self.faults)


def apply_guards(permits: Permits, a: int, intervention: Intervention, *, case: GuardCase) -> bool:
    """Forbid an intervention where a guard of it, or of one of its parts, forbids it.

    Parameters
    ----------
    permits : Permits
        Changed in place, with one finding for each guard that takes options away: a note, and a
        warning where it leaves none. Notes that many may share wait for `common_notes`.
    a : int
        Position of the intervention.
    intervention : Intervention
    case : GuardCase

    Returns
    -------
    bool
        Whether a guard took the last unit.
    """
    where = place_of(case.config, (intervention.parts or (intervention.name,))[0])
    rulings = [*_together(case.config, intervention, case.landscape)]
    for name in intervention.parts or (intervention.name,):
        rulings += case.rulings(intervention.name, name)
    permits.findings += case.faults
    case.faults.clear()
    emptied = False
    for ruling in rulings:
        open_before = permits.allowed[:, a] == 0
        removed = int((open_before & ruling.units).sum())
        permits.forbid(ruling.units, a, f"guarded: {ruling.reason}")
        left = int(open_before.sum()) - removed
        if removed:
            emptied = emptied or left == 0
            what = (
                f"{intervention.name} is kept off {counted(removed, 'unit')}, "
                f"{left:,} are left: {ruling.reason}"
            )
            finding = Finding(where, what, ruling.hint, "note" if left else "warning")
            if left and ruling.common:
                case.common.setdefault(ruling.common, {})[intervention.name] = finding
            else:
                permits.findings.append(finding)
    return emptied


def common_notes(case: GuardCase) -> Iterator[Finding]:
    """Tell what one guard did to many practices as one note, to up to three one by one.

    Parameters
    ----------
    case : GuardCase
        After `apply_guards` of all interventions.

    Yields
    ------
    Finding
    """
    for common, notes in case.common.items():
        if len(notes) <= FEW:
            yield from notes.values()
            continue
        yield Finding(
            where=case.config.where("interventions.use"),
            what=f"{len(notes)} interventions are kept off some units: {common}: "
            f"{', '.join(notes)}",
            hint=next(iter(notes.values())).hint,
            severity="note",
        )


def guard_notes(
    config: Config,
    interventions: tuple[Intervention, ...],
    grounds: Grounds,
    allowed: NDArray[np.uint8],
) -> Iterator[Finding]:
    """Say what guards could not see to, and what a planner has to know of what is allowed.

    Parameters
    ----------
    config : Config
    interventions : tuple of Intervention
    grounds : Grounds
    allowed : uint8 array, shape (n_units, n_interventions)

    Yields
    ------
    Finding
        Notes: land that nothing tells of, antibiotic resistance, what has to be there first. A
        warning where no distance to water is known.
    """
    used = [one for a, one in enumerate(interventions, start=1) if (allowed[:, a] == 0).any()]
    names = dict.fromkeys(part for one in used for part in one.parts or (one.name,))
    guards = {name: intervention_of(config, name).guards for name in names}
    yield from _unseen(config, guards, grounds)
    for name in (name for name, own in guards.items() if own.antibiotic_resistance):
        yield Finding(
            where=place_of(config, name),
            what=f"{name} may spread genes of antibiotic resistance, which last in soil for up to "
            "two years",
            hint="Ask for stored or composted manure of untreated animals; compost spreads fewer.",
            severity="note",
        )
    yield from _unmet_needs(config, used)


def guard_texts(guards: Guards) -> tuple[str, ...]:
    """Return all guards of a practice, each as a clause.

    Parameters
    ----------
    guards : Guards

    Returns
    -------
    tuple of str
    """
    uses = ", ".join(use.replace("_", " ") for use in guards.excluded_land_uses)
    release = "it brings live organisms in"
    if guards.needs_risk_assessment:
        release += ": only with risk_assessed: true"
    told = (
        (guards.live_release, release),
        (guards.native_only, "alien species are forbidden"),
        (
            guards.water_distance_m > 0,
            f"it keeps {guards.water_distance_m:g} m from wells and water",
        ),
        (guards.antibiotic_resistance, "it may spread genes of antibiotic resistance"),
        (guards.contaminated_only, "for contaminated units only"),
        (guards.once_per_horizon, "one dose within the horizon"),
        (guards.edible, "its product is eaten: not on contaminated units"),
        (bool(uses), f"never on {uses}"),
        (guards.converts_land, "changes the land use: not on peat and black soil"),
        (bool(guards.jurisdiction), f"law: {guards.jurisdiction}"),
    )
    return tuple(text for holds, text in told if holds)


def _together(config: Config, bundle: Intervention, landscape: Landscape) -> Iterator[Ruling]:
    """Yield what forbids the parts of a bundle to stand together."""
    parts = set(bundle.parts)
    every = np.ones(landscape.n_units, dtype=bool)
    for pair in shipped_pairs():
        if pair.kind == "excludes" and len(parts & set(pair.practices)) > 1:
            names = " and ".join(pair.practices)
            yield Ruling(every, f"{names} exclude each other: {pair.why}", "Take one of them out.")
    doses = [n for n in bundle.parts if intervention_of(config, n).guards.once_per_horizon]
    if len(doses) > 1:
        reason = f"{' and '.join(doses)} are two doses, and one is allowed within the horizon"
        yield Ruling(every, reason, "Take one of them out.")


def _unseen(config: Config, guards: dict[str, Guards], grounds: Grounds) -> Iterator[Finding]:
    """Say which guards nothing in the landscape speaks to."""
    missing: dict[str, list[str]] = {}
    for name, own in guards.items():
        kinds = [*own.excluded_land_uses, *((PEAT, BLACK_SOIL) if own.converts_land else ())]
        for kind in dict.fromkeys(kinds):
            if kind not in grounds.land and kind not in grounds.pending:
                missing.setdefault(kind, []).append(name)
    if missing:
        kinds_said = ", ".join(kind.replace("_", " ") for kind in missing)
        names = ", ".join(dict.fromkeys(name for listed in missing.values() for name in listed))
        yield Finding(
            where=config.where("guards"),
            what=f"nothing says where there is {kinds_said}, so {names} may go there",
            hint=f"Say it under guards: {', '.join(missing)}.",
            severity="note",
        )
    for name, own in guards.items():
        option = config.interventions.options.get(name)
        given = None if option is None else option.water_distance
        least = own.water_distance_m if given is None else given.to("m")
        if least > 0 and grounds.water_m is None:
            yield Finding(
                where=place_of(config, name),
                what=f"{name} keeps {least:g} m from wells and water, but no column says how far "
                "they are; assumed allowed everywhere",
                hint="Name columns of distances in guards.water_distance.",
                severity="warning",
            )


def _unmet_needs(config: Config, used: list[Intervention]) -> Iterator[Finding]:
    """Say what has to be there first and is in no bundle."""
    for pair in (pair for pair in shipped_pairs() if pair.kind == "needs"):
        first, others = pair.practices[0], pair.practices[1:]
        alone = [
            one
            for one in used
            if first in (one.parts or (one.name,)) and not set(others) & set(one.parts)
        ]
        if alone:
            names = " and ".join(one.name for one in alone)
            lacking = "and stands alone" if names == first else f"and {names} has none"
            yield Finding(
                where=place_of(config, first),
                what=f"{first} needs one of {', '.join(others)} ({pair.why}) {lacking}; units are "
                "taken to have it already",
                hint=f"Bundle it with one of them, or say where under "
                f"interventions.options.{first}.where.",
                severity="note",
            )
