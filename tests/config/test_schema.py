from edaphon.config.schema import json_schema, json_schema_text, reference_markdown

STALE = "generate it again: docs/reference/config.md says how"


def test_the_reference_page_is_not_stale(root):
    page = (root / "docs" / "reference" / "config.md").read_text(encoding="utf-8")
    assert page == reference_markdown(), STALE


def test_the_schema_file_is_not_stale(root):
    text = (root / "docs" / "reference" / "config.schema.json").read_text(encoding="utf-8")
    assert text == json_schema_text(), STALE


def every_property(schema):
    for section in [schema, *schema["$defs"].values()]:
        yield from section.get("properties", {}).items()


def test_every_key_has_a_meaning():
    schema = json_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["additionalProperties"] is False
    for key, value in every_property(schema):
        assert value.get("description") or "$ref" in value, key
    assert all(section["description"] for section in schema["$defs"].values())


def test_quantities_are_text_or_number_with_a_default_as_written():
    distance = json_schema()["$defs"]["LandscapeSection"]["properties"]["neighbour_distance"]
    assert [kind["type"] for kind in distance["anyOf"]] == ["string", "number"]
    assert distance["default"] == "10 m"
    assert "from" in json_schema()["$defs"]["FeatureSection"]["properties"]
