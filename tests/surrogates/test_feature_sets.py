import numpy as np
import pytest

from edaphon.surrogates.feature_sets import choose_sets


@pytest.fixture(scope="module")
def ground():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(30), 10)
    helpful, base = rng.normal(size=(300, 2)), rng.normal(size=(300, 2))
    names_the_group = np.column_stack([group + rng.normal(0, 0.01, 300), rng.normal(size=300)])
    effect = rng.normal(0, 1.0, 30)[group]
    response = base[:, 0] + helpful[:, 1] + effect + rng.normal(0, 0.3, 300)
    matrix = np.column_stack([base, helpful, names_the_group])
    return matrix, response, group


def test_what_helps_on_new_ground_is_taken_and_what_names_the_group_is_not(ground):
    matrix, response, group = ground
    offered = {"helpful": (2, 3), "naming": (4, 5)}
    choice = choose_sets(matrix, response, group % 5, group, offered, seed=0)
    np.testing.assert_array_equal(choice.columns, [0, 1, 2, 3])
    assert list(choice.accepted) == ["helpful"]
    assert "less squared error with it" in choice.accepted["helpful"]
    assert list(choice.refused) == ["naming"]
    assert "with a standard error of" in choice.refused["naming"]
    within = choose_sets(matrix, response, np.arange(300) % 5, np.arange(300), offered, seed=0)
    assert "naming" in within.accepted


def test_what_clearly_neither_helps_nor_harms_is_taken_unless_it_names_the_place(ground):
    matrix, response, group = ground
    noise = np.random.default_rng(0).normal(size=(300, 2))
    wider, offered = np.column_stack([matrix[:, :4], noise]), {"noise": (4, 5)}
    choice = choose_sets(wider, response, group % 5, group, offered, seed=0)
    assert "more squared error" in choice.accepted["noise"]
    wary = choose_sets(wider, response, group % 5, group, offered, seed=0, doubted=("noise",))
    assert wary.refused == choice.accepted
    np.testing.assert_array_equal(wary.columns, [0, 1, 2, 3])


def test_all_predictors_may_be_optional(ground):
    matrix, response, group = ground
    choice = choose_sets(matrix[:, :4], response, group % 5, group,
                         {"base": (0, 1), "helpful": (2, 3)}, seed=0)  # fmt: skip
    assert set(choice.accepted) == {"base", "helpful"}
    nothing = choose_sets(matrix[:, 4:], response, group % 5, group, {"naming": (0, 1)}, seed=0)
    assert len(nothing.columns) == 0
