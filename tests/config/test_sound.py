"""What is left of a faulty config, and what may only follow from what was left out."""

import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.config.sound import SoundPart, leave_out
from edaphon.errors import ConfigError, Finding

CONFIG = {
    "name": "valley",
    "landscape": {"file": "units.gpkg"},
    "features": {"a.b": {"column": "wheat", "unit": "t/ha"}},
    "interventions": {"use": ["cover_crop", "compost"]},
    "objectives": {"cost": {"minimize": "cost"}},
}


def test_names_with_dots_and_positions_are_found():
    content = {"features": {"a.b": {"unit": 3}, "a": {"b": 1}}, "use": ["x", "y", "z"]}
    taken = leave_out(content, ["features.a.b.unit", "use.0", "use.2"])
    assert taken == {("features", "a.b", "unit"), ("use", 0), ("use", 2)}
    assert content == {"features": {"a.b": {}, "a": {"b": 1}}, "use": ["y"]}


def test_a_missing_key_takes_what_should_hold_it():
    content = {"surrogates": {"soc": {"learns": "state"}, "ph": {}}}
    assert leave_out(content, ["surrogates.soc.response"]) == {("surrogates", "soc")}
    assert content == {"surrogates": {"ph": {}}}
    assert leave_out(content, ["objectives"]) is None


def test_the_name_decides_nothing():
    with pytest.raises(ConfigError) as caught:
        config_from_mapping({**CONFIG, "name": "my valley!"})
    sound = caught.value.partial
    assert not sound.lost
    assert not sound.follows(Finding("config: objectives.cost", "no ledger is called 'cots'"))


@pytest.mark.parametrize(
    ("left_out", "where", "what", "follows"),
    [
        (("features", "yield", "unit"), "c.yaml:9:3: features.yield.column", "no column", True),
        (("features", "yield", "unit"), "c.yaml:9:3: features.soc", "no column", False),
        (("features", "yield", "unit"), "c.yaml:20:1: constraints.targets.yield", "odd", True),
        (("features", "yield", "unit"), "units.gpkg: wheat", "text in yields", True),
        (("constraints", "targets", "soc"), "c.yaml:20:1: constraints.targets.worms", "?", False),
        (("interventions", "use", 1), "c.yaml:12:9: interventions.use.2", "unknown", True),
        (("solve", "portfolios"), "c.yaml:30:1: solve.start", "there is no run", True),
    ],
)
def test_what_follows(left_out, where, what, follows):
    sound = SoundPart(config_from_mapping(CONFIG), frozenset({left_out}))
    assert sound.follows(Finding(where, what)) is follows


@pytest.mark.parametrize(
    ("left_out", "lost"),
    [
        (("landscape", "region"), {"landscape"}),
        (("featurs",), {"featurs"}),
        (("features",), {"features"}),
        (("interventions", "use"), {"interventions"}),
        (("interventions", "use", 0), set()),
        (("horizon",), set()),
    ],
)
def test_what_is_lost_as_a_whole(left_out, lost):
    assert SoundPart(config_from_mapping(CONFIG), frozenset({left_out})).lost == lost
