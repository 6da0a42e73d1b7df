"""The section `tables`: effects and costs that are known unit by unit."""

from __future__ import annotations

from edaphon.config.section import Section


class TablesSection(Section):
    """Effects from a table in place of surrogates and evidence, costs in place of those per ha."""

    effects: str = ""
    """CSV of unit_id, intervention, feature, amount: the change against the baseline in the
    feature's own unit; what is not listed changes nothing. Rows that stand twice are summed. Empty
    = effects of surrogates and evidence, as without tables."""
    costs: str = ""
    """CSV of unit_id, intervention, cost: the whole cost over the horizon in the config's currency;
    what is not listed costs what it does per hectare. Rows that stand twice are summed. Empty =
    costs per hectare, as without tables."""
    count_forbidden: bool = False
    """Whether shares in targets and objectives also count amounts where they are not allowed; for
    effects from a table."""
