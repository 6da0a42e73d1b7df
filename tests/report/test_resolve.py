"""The page solves again by itself: against the oracle, in the browser, and back into the run."""

from dataclasses import replace

import numpy as np
import pytest

from edaphon.errors import DataError
from edaphon.portfolio.adopt import adopt
from edaphon.portfolio.proposal import read_proposal
from edaphon.portfolio.shortlist import shortlist
from edaphon.problem.constraints import RegionShare
from edaphon.problem.evaluate import evaluate, formulate
from edaphon.problem.values import AreaLimit, Budget, Objective, Target
from edaphon.report.page import write_page
from edaphon.report.resolve import resolve_contents, why_not
from edaphon.solver.engine import make_engine
from edaphon.solver.linked import price_bound
from edaphon.solver.oracle import maximize
from edaphon.solver.prices import find_prices
from edaphon.solver.table import make_table, single_row
from edaphon.solver.weights import floored
from run_case import make_front, make_landscape, make_problem

N = 600
BUDGET = 250_000.0


def write_case(folder, name, problem, landscape):
    front = make_front(problem, 12)
    chosen = shortlist(problem, front, 4)
    write_page(
        folder / f"{name}.html",
        run={"name": name},
        landscape=landscape,
        problem=problem,
        front=front,
        shortlist=chosen,
        cards=[],
        findings=[],
        evidence=None,
    )
    return folder / f"{name}.html", problem, front


@pytest.fixture(scope="module")
def landscape():
    return make_landscape(N)


@pytest.fixture(scope="module")
def problem(landscape):
    made = make_problem(landscape, budget=BUDGET)
    allowed = made.allowed.copy()
    allowed[::7, 4] = 1
    allowed[5] = 1
    allowed[5, 1] = 0
    return replace(made, allowed=allowed, reasons=("allowed", "too steep"))


@pytest.fixture(scope="module")
def case(tmp_path_factory, problem, landscape):
    return write_case(tmp_path_factory.mktemp("resolve"), "fields", problem, landscape)


def slide(browser, name, value):
    browser.run(
        f"(() => {{ const s = document.getElementById('{name}'); s.value = {value};"
        "s.dispatchEvent(new Event('input')); })()"
    )


def found(browser):
    told = browser.run(
        "(() => { const f = edaphon.resolver.found();return f && {...f, place: [...f.place]}; })()"
    )
    return told and {**told, "place": np.array(told["place"], np.uint8)}


def said_of_the_proof(browser):
    return browser.run("document.getElementById('resolve-proof').innerText")


def click_a_unit(browser):
    """Click along the middle of the map until a unit is locked; gaps between fields do nothing."""
    node = "document.getElementById('resolve-map')"
    browser.run(f"{node}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
    browser.settle()
    x, y = browser.run(
        f"(() => {{ const b = {node}.getBoundingClientRect();"
        "return [b.left + b.width / 2, b.top + b.height / 2]; })()"
    )
    for off in range(6):
        for kind in ("mousePressed", "mouseReleased"):
            place = {"x": x + off, "y": y + off}
            browser.call(
                "Input.dispatchMouseEvent", type=kind, **place, button="left", clickCount=1
            )
        if browser.run("edaphon.resolver.asked.locks.size"):
            return


def oracle(problem, weights, scales, limit):
    """The package's answer at the same weights and budget, and its bound."""
    rules = formulate(replace(problem, constraints=(Budget("cost", limit),)))
    table = make_table(problem, rules, single_row(problem, rules))
    return maximize(table, floored(np.array(weights)) / scales)


def check_against_the_package(problem, front, told, weights, limit):
    """Stated figures hold for the exact ones, and the gap is the package's within 1e-4."""
    sense = np.array([1.0 if o.sense == "maximize" else -1.0 for o in problem.objectives])
    exact = evaluate(problem, told["place"])
    assert np.all(np.abs(exact.values - told["values"]) <= np.array(told["errors"]))
    assert exact.spent[0] <= limit * (1 + 1e-12)
    codes = problem.allowed[np.arange(problem.n_units), told["place"]]
    assert not codes.any()
    factors = floored(np.array(weights)) / front.scales
    reach = factors @ ((front.ideal - front.nadir) * sense)
    answer = oracle(problem, weights, front.scales, limit)
    best = factors @ answer.totals
    ours = factors @ (exact.values * sense)
    assert ours <= answer.bound + 1e-9 * abs(answer.bound)
    assert told["bound"] >= best
    gap = (answer.bound - best) / reach
    assert ours >= best - told["gap"] * reach
    assert gap - 1e-12 <= told["gap"] <= gap + 1e-4


def test_the_page_opens_with_the_best_portfolio_at_even_weights(browser, case):
    path, problem, front = case
    browser.open(path)
    told = found(browser)
    check_against_the_package(problem, front, told, [0.25] * 4, BUDGET)
    assert told["place"][5] == 1
    assert "Proven: no portfolio within this budget" in said_of_the_proof(browser)
    assert browser.complaints() == []


@pytest.mark.parametrize(
    ("sliders", "budget"),
    [((100, 0, 0, 0), 100), ((0, 100, 30, 5), 40), ((10, 10, 80, 0), 73), ((0, 0, 0, 9), 100)],
)
def test_sliders_agree_with_the_package(browser, case, sliders, budget):
    path, problem, front = case
    browser.open(path)
    before = browser.run("edaphon.resolver.hash()")
    for m, value in enumerate(sliders):
        slide(browser, f"resolve-weight-{m}", value)
    slide(browser, "resolve-budget", budget)
    told = found(browser)
    weights = np.array(sliders) / sum(sliders)
    check_against_the_package(problem, front, told, weights, BUDGET * budget / 100)
    assert browser.run("edaphon.resolver.hash()") != before
    rows = browser.run("document.querySelectorAll('#resolve-result tbody tr').length")
    assert rows == 4


def test_five_thousand_units_agree_with_the_package(browser, tmp_path):
    landscape = make_landscape(5_000)
    path, problem, front = write_case(
        tmp_path, "many", make_problem(landscape, budget=2e6), landscape
    )
    browser.open(path)
    slide(browser, "resolve-weight-1", 100)
    slide(browser, "resolve-budget", 80)
    check_against_the_package(
        problem, front, found(browser), np.array([50, 100, 50, 50]) / 250, 1.6e6
    )


def test_no_budget_leaves_what_costs_nothing(browser, case):
    path, _, _ = case
    browser.open(path)
    slide(browser, "resolve-budget", 0)
    assert found(browser) is None  # unit 5 is locked in to something that costs
    assert "Raise the budget" in said_of_the_proof(browser)
    slide(browser, "resolve-budget", 1)
    assert found(browser)["place"][5] == 1


def test_switches_and_locks_are_kept(browser, case):
    path, _, _ = case
    browser.open(path)
    slide(browser, "resolve-weight-0", 100)
    slide(browser, "resolve-weight-3", 0)
    assert (found(browser)["place"] == 4).any()
    browser.click("#resolve-option-4")
    browser.click("#resolve-option-1")
    told = found(browser)
    assert not (told["place"] == 4).any()
    assert np.flatnonzero(told["place"] == 1).tolist() == [5]
    assert told["forced"] == 1
    browser.click("#resolve-option-1")
    browser.run("document.getElementById('resolve-click').value = '2'")
    before = browser.run("edaphon.resolver.hash()")
    click_a_unit(browser)
    locks = browser.run("[...edaphon.resolver.asked.locks]")
    assert len(locks) == 1
    unit, option = locks[0]
    assert option == 2
    assert found(browser)["place"][unit] == 2
    assert browser.run("edaphon.resolver.hash()") != before
    assert "locked" in browser.run("document.getElementById('resolve-unit').innerText")
    browser.click("#resolve-unlock")
    assert browser.run("edaphon.resolver.asked.locks.size") == 0
    browser.run("document.getElementById('resolve-map').focus()")
    browser.key("ArrowRight")
    browser.key("Enter")
    (again,) = browser.run("[...edaphon.resolver.asked.locks]")
    assert again == [0, 2]
    assert browser.complaints() == []


def test_what_the_page_saves_is_adopted(browser, case, tmp_path):
    path, problem, front = case
    browser.open(path)
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    slide(browser, "resolve-weight-2", 90)
    slide(browser, "resolve-budget", 61)
    told = found(browser)
    browser.run("document.getElementById('resolve-name').value = '</script><b>Ours</b>'")
    browser.click("#resolve-save")
    file = tmp_path / "portfolio.csv"
    browser.run("new Promise((done) => setTimeout(done, 500))")
    assert file.read_text(encoding="utf-8") == browser.run("edaphon.resolver.file()")
    wider, taken = adopt(problem, front, read_proposal(file, problem))
    np.testing.assert_array_equal(taken.allocation, told["place"])
    assert taken.broken == ()
    assert taken.tag == "</script><b>Ours</b>"
    assert wider.kinds[-1] == "adopted"
    lines = file.read_text(encoding="utf-8").splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("# objective cost: "))
    value, error = (float(part) for part in lines[at].rpartition(": ")[2].split(" +- "))
    lines[at] = f"# objective cost: {value + 3 * error + 1} +- {error}"
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match="cost"):
        adopt(problem, front, read_proposal(file, problem))


def test_more_than_the_budget_is_said_and_cut_back(browser, case, tmp_path):
    path, problem, front = case
    browser.open(path)
    slide(browser, "resolve-weight-3", 0)
    assert "more than the run" not in said_of_the_proof(browser)
    slide(browser, "resolve-budget", 130)
    assert "This is more than the run's budget" in said_of_the_proof(browser)
    file = tmp_path / "own.csv"
    file.write_text(browser.run("edaphon.resolver.file()"), encoding="utf-8")
    wider, taken = adopt(problem, front, read_proposal(file, problem))
    assert "budget" in taken.broken[0].what
    assert wider.feasible[-1]
    assert wider.spent[-1, 0] <= BUDGET


@pytest.fixture(scope="module")
def ruled(tmp_path_factory, landscape):
    """A page with a target, a limit of area and a floor of a region beside the budget."""
    rules = (
        Budget("cost", 240_000.0),
        Target("soc_stock", 0.3),
        AreaLimit("no_till", high_ha=360.0),
        RegionShare("west", "spending", 0.55),
    )
    plain = make_problem(landscape, budget=240_000.0)
    problem = replace(plain, constraints=rules)
    path = tmp_path_factory.mktemp("ruled") / "page.html"
    front = make_front(plain, 12)
    write_page(
        path,
        run={},
        landscape=landscape,
        problem=problem,
        front=front,
        shortlist=[3],
        cards=[],
        findings=[],
        evidence=None,
    )
    return path, problem, front


@pytest.mark.parametrize(
    "sliders", [(50, 50, 50, 50), (100, 0, 0, 0), (0, 0, 100, 10), (10, 10, 10, 100)]
)
def test_other_rules_are_kept_at_their_prices(browser, ruled, sliders):
    path, problem, front = ruled
    browser.open(path)
    for m, value in enumerate(sliders):
        slide(browser, f"resolve-weight-{m}", value)
    told = found(browser)
    assert evaluate(problem, told["place"]).feasible
    assert [rule["kept"] for rule in told["rules"]] == ["kept"] * 3
    badges = browser.run(
        "[...document.querySelectorAll('#resolve-rules .badge')]"
        ".map((b) => b.innerText.toLowerCase())"
    )
    assert badges == ["kept"] * 3
    assert "that keeps the rules below" in said_of_the_proof(browser)
    sense = np.array([1.0 if o.sense == "maximize" else -1.0 for o in problem.objectives])
    coefficients = floored(np.array(sliders) / sum(sliders)) / front.scales
    reach = coefficients @ ((front.ideal - front.nadir) * sense)
    linked = make_engine(problem, formulate(problem), 20.0).linked
    prices = find_prices(linked.rows, linked.limits, linked.table.value(coefficients)).prices
    bound = price_bound(linked, coefficients, prices)
    ours = coefficients @ (evaluate(problem, told["place"]).values * sense)
    assert ours <= min(bound, told["bound"])
    assert abs(told["bound"] - bound) <= 1e-3 * reach
    assert told["gap"] <= 0.01
    assert browser.complaints() == []


def test_a_rule_that_the_money_cannot_keep_is_missed_and_mended(browser, ruled, tmp_path):
    path, problem, front = ruled
    browser.open(path)
    share = 100
    told = found(browser)
    while share > 5 and told["rules"][0]["kept"] == "kept":
        share -= 5
        slide(browser, "resolve-budget", share)
        told = found(browser)
    assert told["rules"][0]["kept"] == "missed"
    assert "misses a rule below" in said_of_the_proof(browser)
    assert "Proven" not in said_of_the_proof(browser)
    assert evaluate(problem, told["place"]).spent[0] <= share / 100 * 240_000
    row = formulate(problem).rows[1]
    assert row.shortfall(told["place"]) > 0
    file = tmp_path / "own.csv"
    file.write_text(browser.run("edaphon.resolver.file()"), encoding="utf-8")
    _, taken = adopt(problem, front, read_proposal(file, problem))
    assert any("soc_stock" in broken.what for broken in taken.broken)
    assert evaluate(problem, taken.allocation).feasible


@pytest.mark.slow
def test_a_hundred_thousand_units_agree_with_the_package(browser, tmp_path):
    landscape = make_landscape(100_000)
    path, problem, front = write_case(
        tmp_path, "large", make_problem(landscape, budget=3e7), landscape
    )
    browser.open(path)
    slide(browser, "resolve-weight-0", 100)
    slide(browser, "resolve-budget", 70)
    weights = np.array([100, 50, 50, 50]) / 250
    check_against_the_package(problem, front, found(browser), weights, 2.1e7)
    rules = (
        Budget("cost", 4e7),
        Target("soc_stock", 0.3),
        AreaLimit("no_till", high_ha=60_000.0),
        RegionShare("west", "spending", 0.55),
    )
    ruled = replace(problem, constraints=rules)
    write_page(
        path,
        run={},
        landscape=landscape,
        problem=ruled,
        front=front,
        shortlist=[3],
        cards=[],
        findings=[],
        evidence=None,
    )
    browser.open(path)
    told = found(browser)
    assert evaluate(ruled, told["place"]).feasible
    assert told["gap"] <= 0.01


def test_a_run_without_a_budget_gets_a_slider_that_begins_without_limit(
    browser, tmp_path, landscape
):
    problem = replace(make_problem(landscape), constraints=())
    path, problem, front = write_case(tmp_path, "free", problem, landscape)
    browser.open(path)
    slide(browser, "resolve-weight-3", 0)
    free = found(browser)
    assert free["price"] == 0
    slide(browser, "resolve-budget", 30)
    limit = browser.run("edaphon.resolver.asked.limit")
    told = found(browser)
    assert evaluate(problem, told["place"]).spent[0] <= limit
    check_against_the_package(problem, front, told, np.array([50, 50, 50, 0]) / 150, limit)


def test_rounded_figures_are_as_near_as_they_say(problem):
    arrays = {}
    front = make_front(problem, 4)
    contents = resolve_contents(arrays, problem, front, anonymous=False)
    codes = arrays["resolve_codes"]
    assert codes.dtype == np.uint16
    assert len(codes) == 4  # the budget is the cost objective turned round
    gains = problem.effects.block(slice(None))[:, :, 0].T
    parts = contents["columns"][0]
    near = np.array(parts["low"])[:, None] + np.array(parts["step"])[:, None] * codes[0]
    off = np.abs(near - gains)[arrays["resolve_open"] == 1]
    assert off.max() <= max(parts["error"])
    assert max(parts["error"]) <= 0.5001 * max(parts["step"])
    assert parts["error"][0] == 0


def test_it_is_said_why_a_page_cannot_solve_by_itself(problem, landscape):
    assert why_not(problem, anonymous=False) == ""
    assert "anonymous" in why_not(problem, anonymous=True)
    curved = replace(
        problem, objectives=(Objective("both", "maximize", ("yield",), benefit="saturating"),)
    )
    assert "diminishing" in why_not(curved, anonymous=False)
    farms = replace(problem, farm=landscape.farm)
    assert "Farms" in why_not(farms, anonymous=False)
    assert "neighboring" in why_not(
        replace(problem, objectives=(Objective("edge", "minimize", boundary=1.0),)), False
    )
    arrays = {}
    assert "why" in resolve_contents(arrays, curved, make_front(problem, 4), anonymous=False)
    assert arrays == {}


def test_rules_that_do_not_bind_change_nothing(browser, tmp_path, problem, landscape):
    loose = replace(problem, constraints=(*problem.constraints, AreaLimit("no_till", 0, 1e6)))
    front = make_front(problem, 12)
    write_page(
        tmp_path / "page.html",
        run={},
        landscape=landscape,
        problem=loose,
        front=front,
        shortlist=[3],
        cards=[],
        findings=[],
        evidence=None,
    )
    browser.open(tmp_path / "page.html")
    told = found(browser)
    assert [rule["kept"] for rule in told["rules"]] == ["kept"]
    check_against_the_package(problem, front, told, [0.25] * 4, BUDGET)
