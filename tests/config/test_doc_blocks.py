"""The YAML of the pages on guards and context is what a config may hold."""

import re

import pytest
from ruamel.yaml import YAML

from edaphon.config.reader import config_from_mapping

REST = {
    "name": "page",
    "landscape": {"file": "units.gpkg"},
    "interventions": {"use": ["cover_crop"]},
    "objectives": {"productivity": {"maximize": "yield"}},
}


@pytest.mark.parametrize(("page", "blocks"), [("guards", 1), ("context", 4)])
def test_the_blocks_of_a_page_are_read(root, page, blocks):
    text = (root / "docs" / "explanation" / f"{page}.md").read_text(encoding="utf-8")
    found = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(found) == blocks
    for block in found:
        config_from_mapping({**REST, **YAML(typ="safe").load(block)})
