"""What stands on one sheet: the figures of a farm, field or region, put into sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from edaphon.effects.values import GRADES
from edaphon.portfolio.reasons import NONE, Reasons
from edaphon.practices.ledgers import present_value, rates_per_ha
from edaphon.practices.own import intervention_of
from edaphon.report.palette import intervention_colors
from edaphon.report.sheet_map import MOST_DRAWN, sheet_map

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Catalogue, Guards, Intervention
    from edaphon.problem.values import Problem
    from edaphon.report.sheet_text import SheetText

_TINY = 1e-9


@dataclass(frozen=True)
class SheetCase:
    """What every sheet of one portfolio is made from.

    Attributes
    ----------
    text : SheetText
    config : Config
    catalogue : Catalogue
    landscape : Landscape
    problem : Problem
    level : float
        Of intervals.
    plan : uint8 array, shape (n_units,)
    reasons : Reasons
        Of this plan.
    anonymous : bool
        Leave out fields and the map of them.
    """

    text: SheetText
    config: Config
    catalogue: Catalogue
    landscape: Landscape
    problem: Problem
    level: float
    plan: NDArray[np.uint8]
    reasons: Reasons
    anonymous: bool = False

    @cached_property
    def gains(self) -> NDArray[np.float64]:
        """Mean effects of the plan, shape (n_units, n_features)."""
        return self.problem.effects.chosen(self.plan)

    @cached_property
    def colors(self) -> tuple[str, ...]:
        """Color of each option."""
        return intervention_colors(self.problem.interventions)

    @cached_property
    def practices(self) -> dict[str, Intervention]:
        """The catalogue's rows by name."""
        return {one.name: one for one in self.catalogue.interventions}

    @property
    def years(self) -> float:
        """Horizon in years."""
        return self.config.horizon.to("yr")

    def at_rates(self, units: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether units cost what their options do per ha, not what a table says, (n,)."""
        if self.config.tables is None or not self.config.tables.costs:
            return np.ones(len(units), dtype=bool)
        rates = rates_per_ha(self.config, self.catalogue, self.problem.ledgers[:1], [])[:, 0]
        plan, area = self.plan[units], self.problem.area_ha[units]
        spent = self.problem.cost[units, plan, 0]
        return np.asarray(np.isclose(spent, area * rates[plan]), dtype=np.bool_)

    def called(self, option: int) -> str:
        """Return what an option is called on the sheet."""
        name = self.problem.interventions[option]
        one = self.practices.get(name)
        return self.text.named(name, one.title if one is not None else "")

    def parts(self, option: int) -> list[Intervention]:
        """Return the practices that an option is made of."""
        name = self.problem.interventions[option]
        one = self.practices.get(name)
        if one is None:
            return []
        known = {part.name: part for part in self.catalogue.parts} | self.practices
        return [known.get(part) or intervention_of(self.config, part) for part in one.parts] or [
            one
        ]

    def payment_per_ha(self, option: int) -> float:
        """Return what the config says is paid for an option, per ha and year."""
        name = self.problem.interventions[option]
        one = self.practices.get(name)
        names = {name, *(one.parts if one is not None else ())}
        options = self.config.interventions.options
        paid = [options[one].payment for one in sorted(names) if one in options]
        unit = f"{self.config.currency}/ha/yr"
        return sum(0.0 if one is None else one.to(unit) for one in paid)


def sheet_values(case: SheetCase, by: str, name: str, units: NDArray[np.intp]) -> dict[str, Any]:
    """Return what the template needs for one sheet.

    Parameters
    ----------
    case : SheetCase
    by : str
        "farm", "unit" or "region".
    name : str
        Of the farm, unit or region; "" for units of none.
    units : intp array, shape (n,)
        Its units.

    Returns
    -------
    dict
    """
    text = case.text
    treated = units[case.plan[units] > 0]
    options = [int(a) for a in np.unique(case.plan[treated])]
    values: dict[str, Any] = {
        "title": text.say(f"title_{by}", name=name) if name else text.say("title_none"),
        "place": list(_place(case, by, units)),
        "summary": _summary(case, units, treated),
        "measures": _measures(case, treated, options),
        "gains": list(_gains(case, treated)),
        "gain_note": text.say("gain_adoption") if case.config.adoption is not None else "",
        "money": _money(case, treated, options),
        "watch": [{"measure": case.called(a), "lines": list(_watch(case, a))} for a in options],
        "fields": [],
        "map": None,
        "map_note": "",
    }
    return values if case.anonymous else values | _where(case, units, treated)


def _summary(case: SheetCase, units: NDArray[np.intp], treated: NDArray[np.intp]) -> str:
    """Say how many fields get something new."""
    text = case.text
    area = text.fixed(float(case.problem.area_ha[units].sum()), 2)
    if len(units) == 1:
        return text.say("summary_one", area=area)
    if len(treated) == len(units):
        return text.say("summary_all", all=text.fixed(len(units), 0), area=area)
    return text.say(
        "summary",
        fields=text.fixed(len(treated), 0),
        all=text.fixed(len(units), 0),
        treated=text.fixed(float(case.problem.area_ha[treated].sum()), 2),
        area=area,
    )


def _place(case: SheetCase, by: str, units: NDArray[np.intp]) -> Iterator[str]:
    """Yield the region and the adviser of some units."""
    for key in ("region", "adviser"):
        names = getattr(case.landscape, key)
        if names is None or key == by or (case.anonymous and key == "adviser"):
            continue
        listed = [str(one) for one in np.unique(names[units]) if one]
        if listed:
            yield case.text.say(key, names=", ".join(listed))


def _measures(
    case: SheetCase, treated: NDArray[np.intp], options: list[int]
) -> list[dict[str, str]]:
    """Return the rows of what and how much: fields, area and grade of each option."""
    text, area = case.text, case.problem.area_ha
    at = np.searchsorted(case.reasons.units, treated)
    grades = case.reasons.grade[at]
    rows = []
    for a in options:
        mine = case.plan[treated] == a
        rows.append(
            {
                "measure": case.called(a),
                "color": case.colors[a],
                "fields": text.fixed(int(mine.sum()), 0),
                "area": text.fixed(float(area[treated[mine]].sum()), 2),
                "grade": GRADES[_weakest(grades[mine])],
            }
        )
    return rows


def _weakest(grades: NDArray[np.uint8]) -> int:
    """Return the weakest grade; no evidence is weaker than any."""
    return 0 if (grades == 0).any() else int(grades.max(initial=0))


def _where(case: SheetCase, units: NDArray[np.intp], treated: NDArray[np.intp]) -> dict[str, Any]:
    """Return the table of treated fields and the map of all."""
    text, problem, found = case.text, case.problem, case.reasons
    money = bool(problem.ledgers)
    fields = []
    for number, unit in enumerate(treated, start=1):
        k = int(np.searchsorted(found.units, unit))
        cost = float(found.spent[k, 0]) if money else np.nan
        fields.append(
            {
                "number": number,
                "id": str(problem.unit_ids[unit]),
                "measure": case.called(int(case.plan[unit])),
                "color": case.colors[case.plan[unit]],
                "area": text.fixed(float(problem.area_ha[unit]), 2),
                "cost": _amount(text, cost) if money else "",
                "why": " ".join(_why(case, k)),
                "grade": GRADES[found.grade[k]],
            }
        )
    if len(units) > MOST_DRAWN:
        return {"fields": fields, "map_note": text.say("map_too_large")}
    numbers = np.zeros(len(units), dtype=np.intp)
    numbers[case.plan[units] > 0] = np.arange(1, len(treated) + 1)
    drawn = sheet_map(case.landscape, units, [case.colors[a] for a in case.plan[units]], numbers)
    note = ""
    if drawn is not None:
        km = drawn.meters >= 1000
        width = f"{text.number(drawn.meters / (1000 if km else 1), 2)} {'km' if km else 'm'}"
        note = text.say("map_width", width=width)
    return {"fields": fields, "map": drawn, "map_note": note, "left": len(units) > len(treated)}


def _why(case: SheetCase, k: int) -> Iterator[str]:
    """Yield in sentences why the k-th treated unit gets what it gets."""
    text, found, problem = case.text, case.reasons, case.problem
    if found.next_best[k] == NONE:
        yield text.say("why_only")
    if found.main[k] == NONE:
        yield text.say("why_nothing")
    else:
        objective = text.inside(problem.objectives[found.main[k]].name)
        yield text.say(
            "why_main", share=text.percent(float(found.main_share[k])), objective=objective
        )
    if np.isfinite(found.beats[k]):
        yield text.say("why_beats", share=text.percent(float(found.beats[k])))
    if found.next_best[k] != NONE:
        best = int(found.next_best[k])
        other = text.inside(problem.interventions[best]) if best else text.say("baseline")
        money = float(found.next_money[k])
        if found.just_pays[k]:
            yield text.say("why_just_pays")
        elif found.tie[k]:
            said = text.say("why_tie", other=other)
            yield said[:1].upper() + said[1:]
        elif np.isfinite(money):
            amount = f"{_amount(text, money)} {problem.ledgers[0].unit}"
            yield text.say("why_next", other=other, money=amount)
        else:
            yield text.say("why_next_plain", other=other)
    if not found.applicable[k]:
        yield text.say("why_outside")


def _gains(case: SheetCase, treated: NDArray[np.intp]) -> Iterator[dict[str, str]]:
    """Yield what is expected to change: amount, interval, share of today's."""
    text, effects = case.text, case.problem.effects
    mean = case.gains[treated].sum(axis=0)
    alone = np.zeros_like(case.plan)
    alone[treated] = case.plan[treated]
    shared, local = effects.total_spread(alone)
    reach = float(ndtri(0.5 + case.level / 2)) * np.sqrt((shared**2).sum(axis=0) + local)
    today = effects.stock[treated].sum(axis=0)
    area = float(case.problem.area_ha[treated].sum())
    for f, feature in enumerate(case.problem.features):
        if abs(mean[f]) <= _TINY and reach[f] <= _TINY:
            continue
        factor = 1.0 / area if feature.relative else 1.0
        unit = "%" if feature.relative else feature.unit
        share = mean[f] / area / 100.0 if feature.relative else np.nan
        if today[f] > 0 and not feature.relative:
            share = mean[f] / today[f]
        yield {
            "name": text.named(feature.name, case.catalogue.outcomes.get(feature.name, "")),
            "change": f"{text.number(mean[f] * factor, sign=True)} {unit}",
            "lower": text.number((mean[f] - reach[f]) * factor, 2, sign=True),
            "upper": text.number((mean[f] + reach[f]) * factor, 2, sign=True),
            "unit": unit,
            "today": text.percent(share, sign=True) if np.isfinite(share) else "",
        }


def _money(case: SheetCase, treated: NDArray[np.intp], options: list[int]) -> dict[str, Any]:
    """Return what the options cost, what is paid for them, and what the other ledgers take."""
    text, problem = case.text, case.problem
    ledgers = problem.ledgers
    if not ledgers:
        return {"rows": [], "lines": [], "note": ""}
    plan, rate = case.plan[treated], case.config.discount_rate.to("%") / 100.0
    spent, at_rates = problem.cost[treated, plan], case.at_rates(treated)
    rows, lines, total = [], [], np.zeros(3)
    for a in options:
        mine = plan == a
        # nothing was taken off what a table of the planner's own says
        yearly = case.payment_per_ha(a) * float(problem.area_ha[treated[mine & at_rates]].sum())
        left, paid = float(spent[mine, 0].sum()), present_value(0.0, yearly, case.years, rate)
        figures = np.array([left + paid, paid, left])
        total += figures
        rows.append({"measure": case.called(a), "figures": [_amount(text, x) for x in figures]})
        if yearly:
            amount = _amount(text, yearly)
            lines.append(
                text.say(
                    "money_yearly", measure=case.called(a), amount=amount, unit=ledgers[0].unit
                )
            )
    if len(rows) > 1:
        rows.append({"measure": text.say("total"), "figures": [_amount(text, x) for x in total]})
    years = text.number(case.years)
    for number, ledger in enumerate(ledgers[1:], start=1):
        amount = _amount(text, float(spent[:, number].sum()))
        key = "ledger_yearly" if ledger.unit.endswith("/yr") else "ledger"
        known = {"years": years} if key == "ledger" else {}
        lines.append(
            text.say(key, name=text.named(ledger.name), amount=amount, unit=ledger.unit, **known)
        )
    note = text.say("money_note", unit=ledgers[0].unit, years=years, rate=text.percent(rate))
    if not at_rates.all():
        note = (
            f"{note} {text.say('money_note_part')}"
            if at_rates.any()
            else text.say("money_note_table", unit=ledgers[0].unit)
        )
    if (total[2] < 0) or any((spent[plan == a, 0].sum() < 0) for a in options):
        note += " " + text.say("money_surplus")
    return {"rows": rows, "lines": lines, "note": note}


def _amount(text: SheetText, value: float) -> str:
    """Return an amount of money in whole units, small ones with two decimals."""
    return text.fixed(value, 2 if abs(value) < 100 and value != round(value) else 0)


def _watch(case: SheetCase, option: int) -> Iterator[str]:
    """Yield what to watch with an option: time, needs, risks, guards."""
    text = case.text
    parts = case.parts(option)
    own = case.practices.get(case.problem.interventions[option])
    if own is not None and own.time_to_effect_yr:
        years = text.number(max(own.time_to_effect_yr.values()))
        yield text.say("watch_time", years=years)
    lines: list[str] = []
    for part in parts:
        risk = text.risks.get(part.name, part.risks)
        lines += [risk] if risk else []
        needs = text.needs.get(part.name, "; ".join(part.needs))
        lines += [text.say("watch_needs", needs=needs)] if needs else []
        lines += _guards(case, part.name, part.guards)
    yield from dict.fromkeys(lines)
    if not lines:
        yield text.say("watch_nothing")


def _guards(case: SheetCase, name: str, guards: Guards) -> Iterator[str]:
    """Yield what the guards of a practice mean to whoever carries it out."""
    text = case.text
    option = case.config.interventions.options.get(name)
    given = None if option is None else option.water_distance
    distance = guards.water_distance_m if given is None else given.to("m")
    law = text.law.get(name, guards.jurisdiction)
    if guards.live_release:
        yield text.say("guard_live")
    if guards.native_only:
        yield text.say("guard_native")
    if distance > 0:
        yield text.say("guard_water", distance=text.number(distance))
    if guards.antibiotic_resistance:
        yield text.say("guard_resistance")
    if guards.once_per_horizon:
        yield text.say("guard_once")
    if law:
        yield text.say("guard_law", law=law)
