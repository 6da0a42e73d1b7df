import numpy as np
import pytest
from test_shortlist import make_front

from edaphon.errors import ConfigError
from edaphon.portfolio.prefer import Rule, by_aims, by_rules, by_weights, parse_pairs, parse_rule
from edaphon.problem.values import Objective

OBJECTIVES = (
    Objective("carbon", "maximize", ("f",), unit="t"),
    Objective("cost", "minimize", ledgers=("cost",), unit="EUR"),
)


@pytest.fixture
def front():
    # (carbon, -cost): from much of both to none of either
    gains = [[100.0, -50.0], [85.0, -20.0], [80.0, -19.0], [40.0, -5.0], [0.0, 0.0]]
    return make_front(gains, objectives=OBJECTIVES)


def test_at_least_80_percent_of_the_best_at_the_lowest_cost(front):
    assert by_rules(front, [Rule("carbon", ">=", 0.8, share=True)], "cost") == 2
    assert by_rules(front, [parse_rule("carbon >= 85 %")], "cost") == 1
    assert by_rules(front, [parse_rule("cost<=20")], "carbon") == 1
    assert by_rules(front, [parse_rule("cost <= 30"), parse_rule("carbon >= 10")], "cost") == 3


def test_weights_choose_on_the_spans(front):
    assert by_weights(front, {"carbon": 1.0}) == 0
    assert by_weights(front, {"cost": 1.0}) == 4
    shares = np.array([[1, 0], [0.85, 0.6], [0.8, 0.62], [0.4, 0.9], [0, 1]])
    for weight in (0.2, 0.5, 0.8):
        row = by_weights(front, {"carbon": weight, "cost": 1 - weight})
        assert row == (shares @ [weight, 1 - weight]).argmax()


def test_aims_choose_the_nearest_or_the_most_even_beyond(front):
    assert by_aims(front, {"carbon": 100.0, "cost": 0.0}) == 2
    assert by_aims(front, {"carbon": 38.0, "cost": 4.0}) == 3
    assert by_aims(front, {"carbon": 100.0}) == 0


def test_rows_beside_the_front_are_never_chosen():
    kinds = ("policy", "front", "front")
    front = make_front([[9.0, 9.0], [1.0, 0.0], [0.0, 1.0]], kinds=kinds, objectives=OBJECTIVES)
    assert by_weights(front, {"carbon": 1}) == 1
    assert by_aims(front, {"carbon": 9.0, "cost": -9.0}) in (1, 2)
    assert by_rules(front, [], "cost") == 2


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda f: by_rules(f, [parse_rule("carbon >= 101")], "cost"), "carbon from 0 to 100"),
        (lambda f: by_rules(f, [parse_rule("cost >= 50 %")], "carbon"), "Give an amount"),
        (lambda f: by_rules(f, [parse_rule("carbn >= 5")], "cost"), "Did you mean 'carbon'"),
        (lambda f: by_weights(f, {"carbon": -1}), "0 or more"),
        (lambda f: by_weights(f, {}), "above 0"),
        (lambda f: by_aims(f, {}), "no aim"),
        (lambda f: parse_rule("carbon is good"), "not a condition"),
        (lambda f: parse_rule("carbon >= 1e999"), "not a condition"),
        (lambda f: parse_pairs(["carbon"]), "not NAME=NUMBER"),
    ],
)
def test_faults_are_told_in_words(front, ask, told):
    with pytest.raises(ConfigError, match=told):
        ask(front)


def test_pairs_are_read():
    assert parse_pairs(["carbon=2", "cost = 1e5"]) == {"carbon": 2.0, "cost": 1e5}
