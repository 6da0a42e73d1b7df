"""The YAML of the pages is what a config may hold."""

import re

import pytest
from ruamel.yaml import YAML

from edaphon.config.reader import config_from_mapping

SOC = {"samples": "soil.csv", "response": "soc_pct", "unit": "%"}
REST = {
    "name": "page",
    "landscape": {"file": "units.gpkg", "farm": "farm_id", "adviser": "adviser"},
    "predictors": {"columns": ["clay_pct"]},
    "surrogates": {"soc": SOC},
    "interventions": {"use": ["cover_crop", "compost"]},
    "objectives": {"productivity": {"maximize": "yield"}},
}
LEARNED = {"samples", "observations"}


@pytest.mark.parametrize(
    ("page", "blocks"),
    [
        ("explanation/guards", 1),
        ("explanation/context", 4),
        ("how-to/constraints", 1),
        ("how-to/own-data", 11),
        ("how-to/soil", 5),
    ],
)
def test_the_blocks_of_a_page_are_read(root, page, blocks):
    text = (root / "docs" / f"{page}.md").read_text(encoding="utf-8")
    found = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(found) == blocks
    for block in found:
        content = YAML(typ="safe").load(block)
        for name, part in content.get("surrogates", {}).items():
            content["surrogates"][name] = {**(SOC if not LEARNED & set(part) else {}), **part}
        whole = {**REST, **content}
        land = content.get("landscape", {})
        whole["landscape"] = land if "cells" in land else {**REST["landscape"], **land}
        for key in ("predictors", "surrogates", "interventions"):
            whole[key] = {**REST[key], **content.get(key, {})}
        config_from_mapping(whole)
