"""Guards of practices in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edaphon.practices.values import Guards


def guard_texts(guards: Guards) -> tuple[str, ...]:
    """Return all guards of a practice, each as a clause.

    Parameters
    ----------
    guards : Guards

    Returns
    -------
    tuple of str
        Those of `observed` first.
    """
    uses = ", ".join(use.replace("_", " ") for use in guards.excluded_land_uses)
    told = (
        (guards.once_per_horizon, "one dose within the horizon"),
        (guards.edible, "its product is eaten: not on contaminated units"),
        (bool(uses), f"never on {uses}"),
        (guards.converts_land, "changes the land use: not on peat and black soil"),
        (bool(guards.jurisdiction), f"law: {guards.jurisdiction}"),
    )
    return (*observed(guards), *(text for holds, text in told if holds))


def observed(guards: Guards) -> tuple[str, ...]:
    """Return the guards that a planner has to observe before such a practice is used at all.

    Parameters
    ----------
    guards : Guards

    Returns
    -------
    tuple of str
    """
    release = "it brings live organisms in"
    if guards.needs_risk_assessment:
        release += ", whose risk has to be assessed before"
    distance = f"it keeps {guards.water_distance_m:g} m from wells and water"
    told = (
        (guards.live_release, release),
        (guards.native_only, "alien species are forbidden"),
        (guards.water_distance_m > 0, distance),
        (guards.antibiotic_resistance, "it may spread genes of antibiotic resistance"),
        (guards.contaminated_only, "it is for contaminated units only"),
    )
    return tuple(text for holds, text in told if holds)
