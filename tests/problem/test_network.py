"""Connectivity against sums over all pairs, and what it cannot be combined with."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.data.landscape import Neighbours
from edaphon.errors import DataError
from edaphon.problem.boundary import Boundary
from edaphon.problem.evaluate import evaluate
from edaphon.problem.network import Connected, Network, connectivity_values
from edaphon.problem.store import load_problem, problem_hash, save_problem
from edaphon.problem.values import Problem


def by_hand(network, area, treated):
    """The index as it is defined, by Floyd and Warshall over units, patches merged for iic."""
    units = np.flatnonzero(treated)
    place = {int(unit): k for k, unit in enumerate(units)}
    links = [
        (place[i], place[j], p)
        for i, j, p in zip(network.first, network.second, network.probability, strict=True)
        if i in place and j in place
    ]
    label = list(range(len(units)))
    for _ in label:
        for i, j, p in links:
            if p == 1.0:
                label[i] = label[j] = min(label[i], label[j])
    names = sorted(set(label))
    size = np.array([area[units[np.array(label) == name]].sum() for name in names])
    step = np.full((len(names), len(names)), np.inf)
    np.fill_diagonal(step, 0.0)
    for i, j, p in links:
        a, b = names.index(label[i]), names.index(label[j])
        if a != b:
            cost = -np.log(p) if network.index == "pc" else 1.0
            step[a, b] = step[b, a] = min(step[a, b], cost)
    for k, i, j in product(range(len(names)), repeat=3):
        step[i, j] = min(step[i, j], step[i, k] + step[k, j])
    reach = np.exp(-step) if network.index == "pc" else 1.0 / (1.0 + step)
    return float(np.sqrt(size @ reach @ size)) if names else 0.0


def random_network(rng, n_units, index):
    pairs = np.array([(i, j) for i in range(n_units) for j in range(i)])
    pairs = pairs[rng.permutation(len(pairs))[: int(rng.integers(0, 2 * n_units))]].reshape(-1, 2)
    crossing = np.where(rng.random(len(pairs)) < 0.4, 1.0, rng.uniform(0.05, 0.95, len(pairs)))
    return Network(index, pairs[:, 0], pairs[:, 1], crossing)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["pc", "iic"]))
def test_areas_are_those_of_the_definition(seed, index):
    rng = np.random.default_rng(seed)
    n_units = int(rng.integers(2, 9))
    network, area = random_network(rng, n_units, index), rng.uniform(1, 5, n_units)
    connected = Connected(network, area)
    treated = rng.random(n_units) < 0.7
    for _ in range(4):
        assert connected.area(treated) == pytest.approx(by_hand(network, area, treated))
        treated = treated ^ (rng.random(n_units) < 0.2)


def test_a_chain_of_three_by_hand():
    ends = np.array([0, 1]), np.array([1, 2])
    area, all_three = np.array([2.0, 1.0, 3.0]), np.ones(3, dtype=bool)
    pc = Network("pc", *ends, np.array([0.5, 0.4]))
    expected = 4 + 1 + 9 + 2 * (2 * 0.5 + 3 * 0.4 + 6 * 0.2)
    assert Connected(pc, area).area(all_three) == pytest.approx(np.sqrt(expected))
    iic = Network("iic", *ends, np.array([0.5, 0.4]))
    expected = 4 + 1 + 9 + 2 * (2 / 2 + 3 / 2 + 6 / 3)
    assert Connected(iic, area).area(all_three) == pytest.approx(np.sqrt(expected))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_treating_more_never_connects_less(seed):
    rng = np.random.default_rng(seed)
    network, area = random_network(rng, 8, "pc"), rng.uniform(1, 5, 8)
    connected = Connected(network, area)
    few = rng.random(8) < 0.5
    assert connected.area(few) <= connected.area(few | (rng.random(8) < 0.5)) + 1e-12


def problem(objectives=None, **more):
    effects = np.zeros((4, 2, 1))
    effects[:, 1] = 1.0
    ways = Network("pc", np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([1.0, 0.5, 0.5]))
    return Problem.from_arrays(
        effects,
        np.ones((4, 2)) * [0.0, 1.0],
        None,
        objectives or {"linked": {"maximize": "connectivity"}, "cost": {"minimize": "cost"}},
        features=["worms"],
        **{"network": ways} | more,
    )


def test_an_objective_is_the_equivalent_connected_area():
    asked = problem()
    assert asked.objectives[0].unit == "ha"
    assert evaluate(asked, [1, 1, 0, 0]).values == pytest.approx([2.0, 2.0])
    assert evaluate(asked, [1, 0, 1, 0]).values == pytest.approx([np.sqrt(2.0), 2.0])
    assert evaluate(asked, [0, 1, 1, 0]).values[0] == pytest.approx(np.sqrt(3.0))
    assert evaluate(asked, [0, 0, 0, 0]).values[0] == 0.0


def test_the_network_is_kept_in_the_file_and_counts_in_the_hash(tmp_path):
    save_problem(tmp_path / "problem.npz", problem())
    again = load_problem(tmp_path / "problem.npz")
    assert problem_hash(again) == problem_hash(problem())
    assert evaluate(again, [0, 1, 1, 0]).values[0] == pytest.approx(np.sqrt(3.0))


ROW = Neighbours(np.arange(3, dtype=np.int32), np.arange(1, 4, dtype=np.int32), np.ones(3))


@pytest.mark.parametrize(
    ("objectives", "more", "said"),
    [
        ({"linked": {"maximize": "connectivity"}}, {}, "cannot stand alone"),
        (
            {
                "linked": {"maximize": "connectivity", "benefit": "saturating"},
                "cost": {"minimize": "cost"},
            },
            {},
            "has no benefit 'saturating'",
        ),
        (None, {"network": None}, "no ways between units"),
        (None, {"farm": ["a", "a", "b", "b"]}, "one choice per farm"),
        (None, {"neighbours": ROW, "boundary": Boundary(least_patch=2)}, "smallest patch"),
        (
            {"linked": {"maximize": "connectivity"}, "edge": {"minimize": "boundary"}},
            {"neighbours": ROW},
            "exposed boundary",
        ),
    ],
)
def test_what_cannot_be_is_refused(objectives, more, said):
    with pytest.raises(DataError, match=said):
        problem(objectives, **more)


def test_the_objective_is_told_by_name():
    assert "maximize linked [ha] (connectivity)" in str(problem())


WHOLE = {"maximize": "contiguity"}
COST = {"minimize": "cost"}


def patchwork(objectives, **more):
    """A grid of 2 x 3 units of 1 to 6 ha, with two practices and their bundle."""
    first, second = np.array([0, 1, 3, 4, 0, 1, 2]), np.array([1, 2, 4, 5, 3, 4, 5])
    lengths = np.ones(7)
    beside = Neighbours(first.astype(np.int32), second.astype(np.int32), lengths)
    names = ["mulch", "compost", "mulch+compost"]
    effects = np.ones((6, 4, 1)) * np.arange(4)[:, None]
    return Problem.from_arrays(
        effects,
        np.ones((6, 4)) * np.arange(4.0),
        None,
        objectives,
        interventions=names,
        features=["worms"],
        area_ha=np.arange(1.0, 7.0),
        **{"neighbours": beside} | more,
    )


def mesh_by_hand(counts, area):
    """Squared areas of patches found by walking over the grid, over the whole area."""
    left, total = {int(unit) for unit in np.flatnonzero(counts)}, 0.0
    while left:
        patch = [left.pop()]
        for unit in patch:
            row, column = divmod(unit, 3)
            near = {(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)}
            inside = {3 * i + j for i, j in near if 0 <= i < 2 and 0 <= j < 3} & left
            patch += sorted(inside)
            left -= inside
        total += float(area[patch].sum()) ** 2
    return total / float(area.sum())


def test_contiguity_is_the_effective_mesh_size_of_every_portfolio():
    only = {**WHOLE, "interventions": ["mulch"]}
    made = patchwork({"whole": WHOLE, "mulched": only, "cost": COST})
    assert [one.unit for one in made.objectives[:2]] == ["ha", "ha"]
    for plan in product(range(4), repeat=6):
        if sum(plan) % 5:  # a fifth of the 4,096 portfolios stands for all
            continue
        chosen = np.array(plan)
        found = connectivity_values(made, chosen)[:2]
        mulched = (chosen == 1) | (chosen == 3)
        expected = [mesh_by_hand(chosen > 0, made.area_ha), mesh_by_hand(mulched, made.area_ha)]
        assert found == pytest.approx(expected)


def test_one_reserve_and_two_by_hand():
    made = patchwork({"whole": WHOLE, "cost": COST})
    assert evaluate(made, [1, 1, 1, 1, 1, 1]).values[0] == pytest.approx(21.0)
    assert evaluate(made, [1, 0, 1, 0, 0, 0]).values[0] == pytest.approx((1 + 9) / 21)
    assert evaluate(made, [0, 1, 1, 0, 0, 0]).values[0] == pytest.approx(25 / 21)


def test_contiguity_and_what_it_counts_are_kept_in_the_file(tmp_path):
    only = {**WHOLE, "interventions": ["mulch"]}
    made = patchwork({"whole": WHOLE, "mulched": only, "cost": COST})
    save_problem(tmp_path / "problem.npz", made)
    again = load_problem(tmp_path / "problem.npz")
    assert again.objectives == made.objectives
    assert problem_hash(again) == problem_hash(made)
    assert "maximize mulched [ha] (contiguity of mulch)" in str(made)


@pytest.mark.parametrize(
    ("objectives", "more", "said"),
    [
        ({"whole": WHOLE}, {}, "contiguity has no bound that guides a search"),
        ({"whole": WHOLE, "cost": COST}, {"neighbours": None}, "contiguity needs neighbors"),
        ({"whole": {**WHOLE, "benefit": "log"}, "cost": COST}, {}, "has no benefit 'log'"),
        ({"a": WHOLE, "b": WHOLE, "cost": COST}, {}, "b asks for the same as a"),
        (
            {"whole": {**WHOLE, "interventions": ["mullch"]}, "cost": COST},
            {},
            "no intervention is called 'mullch'",
        ),
        (
            {"worms": {"maximize": "worms", "interventions": ["mulch"]}, "cost": COST},
            {},
            "go with connectivity and contiguity only",
        ),
        (
            {"whole": WHOLE, "cost": COST},
            {"boundary": Boundary(least_patch=2)},
            "contiguity cannot be combined with a smallest patch",
        ),
    ],
)
def test_contiguity_that_cannot_be_is_refused(objectives, more, said):
    with pytest.raises(DataError, match=said):
        patchwork(objectives, **more)
