"""The section `tables`: effects and costs that somebody else worked out, unit by unit."""

from __future__ import annotations

from edaphon.config.kinds import Text
from edaphon.config.section import Section


class TablesSection(Section):
    """Effects and costs from tables, instead of surrogates, evidence and costs per hectare."""

    effects: Text
    """CSV of unit_id, intervention, feature, amount: the change against the baseline in the
    feature's own unit; what is not listed changes nothing. Rows that stand twice are summed."""
    costs: str = ""
    """CSV of unit_id, intervention, cost: the whole cost in the config's currency; what is not
    listed costs nothing. Empty = costs per hectare, as without tables."""
    count_forbidden: bool = False
    """Whether shares in targets and objectives also count amounts where they are not allowed."""
