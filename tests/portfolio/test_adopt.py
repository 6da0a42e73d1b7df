"""Adopting a portfolio: what is read, what is refused, what is repaired, what the front gains."""

from dataclasses import replace

import numpy as np
import pytest

from edaphon.errors import DataError
from edaphon.portfolio.adopt import adopt
from edaphon.portfolio.proposal import Proposal, read_proposal
from edaphon.problem.evaluate import evaluate
from edaphon.problem.store import problem_hash
from edaphon.problem.values import Budget, Target
from run_case import make_front, make_landscape, make_problem


@pytest.fixture(scope="module")
def problem():
    return make_problem(make_landscape())


@pytest.fixture(scope="module")
def front(problem):
    return make_front(problem, 8)


def saved(problem, plan):
    """What the page would save, with exact figures: its head, and the choice of every unit."""
    values = evaluate(problem, plan).values
    head = {"name": "Mayor's, wish", "problem": problem_hash(problem)}
    for name, value in zip(problem.objective_names, values, strict=True):
        head[f"objective {name}"] = f"{float(value)!r} +- 0.0"
    rows = {
        str(unit): problem.interventions[a] for unit, a in zip(problem.unit_ids, plan, strict=True)
    }
    return head, rows


def written(head, rows):
    lines = [f"# {key}: {text}" for key, text in head.items()]
    return "\n".join([*lines, "unit_id,intervention", *(f"{u},{o}" for u, o in rows.items())])


def plan_within(problem):
    plan = np.zeros(problem.n_units, np.uint8)
    plan[3:9] = 2
    plan[20] = 4
    return plan


def read(tmp_path, content, problem, recorded=""):
    file = tmp_path / "own.csv"
    file.write_text(content if isinstance(content, str) else written(*content), encoding="utf-8")
    return read_proposal(file, problem, recorded)


def said(error):
    return " ".join(str(one) for one in error.value.findings)


def test_a_saved_portfolio_is_adopted_as_it_is(tmp_path, problem, front):
    plan = plan_within(problem)
    wider, found = adopt(problem, front, read(tmp_path, saved(problem, plan), problem))
    assert (found.name, found.tag, found.broken) == ("a01", "Mayor's wish", ())
    assert len(found.changed) == 0
    np.testing.assert_array_equal(wider.portfolios[-1], plan)
    np.testing.assert_array_equal(wider.values[-1], evaluate(problem, plan).values)
    assert wider.kinds[-1] == "adopted"
    assert wider.hypervolume == front.hypervolume
    np.testing.assert_array_equal(wider.ideal, front.ideal)
    np.testing.assert_array_equal(wider.portfolios[:-1], front.portfolios)


def test_the_certified_gap_of_a_front_portfolio_is_found_again(problem, front):
    """Taken out and adopted again, it has no smaller gap: some weights are no longer there."""
    row = int(np.argmax(np.where(front.on_front, front.treated_area_ha, -1.0)))
    keep = np.arange(len(front.names)) != row
    fields = [
        "portfolios", "values", "lower", "upper", "weights", "feasible", "certified_gap",
        "optimality_gap", "bound", "treated_area_ha", "spent", "share_outside_applicability",
    ]  # fmt: skip
    rest = replace(
        front,
        **{name: getattr(front, name)[keep] for name in fields},
        **{
            name: tuple(np.array(getattr(front, name), dtype=object)[keep])
            for name in ("names", "kinds", "certified_by", "tags")
        },
    )
    wider, _ = adopt(problem, rest, Proposal("x", "", front.portfolios[row]))
    assert wider.certified_gap[-1] >= front.certified_gap[row] - 1e-12
    assert wider.certified_gap[-1] < 0.2


def test_what_breaks_the_budget_is_repaired_and_said(problem, front):
    plan = np.full(problem.n_units, 4, np.uint8)
    wider, found = adopt(problem, front, Proposal("x", "all compost", plan))
    assert "budget" in found.broken[0].what
    assert 0 < len(found.changed) < problem.n_units
    assert wider.feasible[-1]
    assert wider.spent[-1, 0] <= 20_000


def test_several_rules_and_forbidden_pairs_are_repaired_together(problem):
    allowed = problem.allowed.copy()
    allowed[:6, 3] = 1
    allowed[10] = 1
    allowed[10, 2] = 0
    harder = replace(
        problem,
        allowed=allowed,
        reasons=("allowed", "too steep"),
        constraints=(Budget("cost", 20_000.0), Target("yield", 0.2)),
    )
    front = make_front(harder, 6)
    plan = np.zeros(harder.n_units, np.uint8)
    plan[:40] = 3
    _, found = adopt(harder, front, Proposal("x", "", plan))
    assert len(found.broken) >= 3
    assert found.allocation[10] == 2
    assert evaluate(harder, found.allocation).feasible


def test_farms_that_choose_as_one_keep_doing_so(problem):
    together = replace(problem, farm=np.array([f"farm {i % 6}" for i in range(problem.n_units)]))
    front = make_front(together, 5)
    plan = np.where(np.arange(problem.n_units) % 6 == 1, 2, 0).astype(np.uint8)
    plan[7] = 4
    _, found = adopt(together, front, Proposal("x", "", plan))
    assert found.changed.tolist() == [7]
    assert found.allocation[7] == 2


def test_nothing_is_adopted_twice(problem, front):
    with pytest.raises(DataError) as error:
        adopt(problem, front, Proposal("x", "", front.portfolios[3]))
    assert f"the same as {front.names[3]}" in said(error)
    wider, _ = adopt(problem, front, Proposal("x", "cheap", plan_within(problem)))
    again, found = adopt(problem, wider, Proposal("x", "cheap", np.roll(plan_within(problem), 1)))
    assert again.names[-2:] == ("a01", "a02")
    assert found.tag == "cheap (a02)"


def test_a_rule_that_single_changes_cannot_mend_is_refused(problem):
    front = make_front(problem, 4)
    impossible = replace(problem, constraints=(Target("yield", 1e9, kind="absolute"),))
    with pytest.raises(DataError) as error:
        adopt(impossible, front, Proposal("x", "", plan_within(problem)))
    assert "target of yield" in said(error)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"problem": "0" * 64}, "another problem"),
        ({"objective carbon": "a lot"}, "no value and error of carbon"),
        ({"objective carbon": "1.0 +- -1.0"}, "no value and error of carbon"),
        ({"objective carbn": "1.0 +- 0.0"}, "no objective 'carbn'"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(tmp_path, problem, change, what):
    head, rows = saved(problem, plan_within(problem))
    with pytest.raises(DataError) as error:
        read(tmp_path, (head | change, rows), problem)
    assert what in said(error)


def test_the_hash_that_the_run_recorded_is_as_good(tmp_path, problem):
    head, rows = saved(problem, plan_within(problem))
    content = (head | {"problem": "1" * 64}, rows)
    with pytest.raises(DataError, match="another problem"):
        read(tmp_path, content, problem)
    assert read(tmp_path, content, problem, "1" * 64).allocation.any()


def test_a_choice_that_does_not_fit_is_refused(tmp_path, problem):
    head, rows = saved(problem, plan_within(problem))
    first = next(iter(rows))
    with pytest.raises(DataError) as error:
        read(tmp_path, (head, rows | {first: "compots"}), problem)
    assert "Did you mean 'compost'" in said(error)
    del rows[first]
    with pytest.raises(DataError) as error:
        read(tmp_path, (head, rows), problem)
    assert "1 unit(s) are missing" in said(error)


def test_stated_objectives_are_checked_against_the_exact_ones(tmp_path, problem, front):
    head, rows = saved(problem, plan_within(problem))
    exact = float(head["objective carbon"].split(" ")[0])
    near = head | {"objective carbon": f"{exact + 2.0!r} +- 2.5"}
    adopt(problem, front, read(tmp_path, (near, rows), problem))
    far = head | {"objective carbon": f"{exact + 2.0!r} +- 1.5"}
    with pytest.raises(DataError) as error:
        adopt(problem, front, read(tmp_path, (far, rows), problem))
    assert "own.csv: carbon" in said(error)
    assert "rounding explains 1.5" in said(error)


def test_an_id_that_a_spreadsheet_would_run_comes_back(tmp_path, problem):
    ids = problem.unit_ids.astype("U8")
    ids[0] = "=1+1"
    named = replace(problem, unit_ids=ids)
    head, rows = saved(named, plan_within(named))
    content = written(head, rows).replace("\n=1+1,", "\n'=1+1,")
    got = read(tmp_path, content, named)
    np.testing.assert_array_equal(got.allocation, plan_within(named))


def test_a_table_made_by_hand_is_read(tmp_path, problem):
    plan = plan_within(problem)
    pairs = [
        (unit, problem.interventions[a] if a else "")
        for unit, a in zip(problem.unit_ids, plan, strict=True)
    ][::-1]
    lines = ["unit_id,intervention", *(f"{unit},{option}" for unit, option in pairs)]
    got = read(tmp_path, "\n".join(lines), problem)
    np.testing.assert_array_equal(got.allocation, plan)
    assert got.name == "own"
    assert got.stated == {}
    lines[5:7] = ["u9999,baseline", lines[8]]
    with pytest.raises(DataError) as error:
        read(tmp_path, "\n".join(lines), problem)
    for what in ("not in the landscape", "2 unit(s) are missing", "more than once"):
        assert what in said(error)


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path, problem):
    """Semicolons, an old encoding, quoted remarks, leading zeros gone."""
    numbered = replace(problem, unit_ids=np.array([f"{i:03d}" for i in range(problem.n_units)]))
    plan = plan_within(numbered)
    rows = [f"{i};{numbered.interventions[a]}" for i, a in enumerate(plan)]
    text = "\r\n".join(['"# name: größer";', ";", "Unit_ID; Intervention", *rows])
    (tmp_path / "own.csv").write_bytes(text.encode("cp1252"))
    got = read_proposal(tmp_path / "own.csv", numbered)
    np.testing.assert_array_equal(got.allocation, plan)
    assert got.name == "größer"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no column unit_id and no column intervention"),
        ("{}", "no column unit_id"),
        ("a,b\n1,2", "no column unit_id"),
    ],
)
def test_another_file_is_refused(tmp_path, problem, text, what):
    with pytest.raises(DataError) as error:
        read(tmp_path, text, problem)
    assert what in said(error)
    with pytest.raises(DataError):
        read_proposal(tmp_path / "nowhere.csv", problem)
