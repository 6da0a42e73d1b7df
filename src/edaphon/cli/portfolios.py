"""The commands on portfolios of runs that are done: show, compare and adopt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edaphon.cli.output import JsonOption, Output, QuietOption, reporting

if TYPE_CHECKING:
    from edaphon.errors import Finding
    from edaphon.portfolio.diverse import Diverse
    from edaphon.problem.values import Front, Problem
    from edaphon.report.comparison import Side
    from edaphon.report.runs import Run

_MOST_SIDES = 8

RunArgument = Annotated[
    Path, typer.Argument(help="A folder that edaphon run wrote.", metavar="RUN")
]


WeightsOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=NUMBER", help="Fit these weights of whole spans, as cost=1."),
]
AimsOption = Annotated[
    list[str] | None,
    typer.Option("--aim", metavar="NAME=NUMBER", help="Come nearest to these values."),
]
RulesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--keep", metavar="RULE", help='Keep this, as "soil_carbon >= 80 %" (of the best).'
    ),
]
ThenOption = Annotated[
    str, typer.Option(metavar="NAME", help="With --keep: best in this objective.")
]


def show(
    folder: RunArgument,
    shortlist: Annotated[
        int | None,
        typer.Option(min=1, max=26, help="Portfolios on the shortlist; default the run's."),
    ] = None,
    diverse: Annotated[
        bool, typer.Option(help="Choose those that differ most in what is done where.")
    ] = False,
    knees: Annotated[
        bool,
        typer.Option(help="Choose the bends, beside which every step costs more than it brings."),
    ] = False,
    gap: Annotated[
        float, typer.Option(min=0.0, max=100.0, help="Largest certified gap for --diverse, in %.")
    ] = 5.0,
    weights: WeightsOption = None,
    aims: AimsOption = None,
    rules: RulesOption = None,
    then: ThenOption = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Print the front and the shortlist of a run, or the portfolio that fits a preference."""
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.report.run_files import plain
        from edaphon.report.show import show_text, show_values
        from edaphon.report.text import as_shown

        run, problem, front = solved(folder)
        seen = as_shown(front, problem)
        chosen, fits, notes = _preferred(seen, weights or (), aims or (), rules or (), then)
        output.findings(notes)
        found = None
        if diverse:
            found = _different(problem, front, shortlist or _listed(run), gap)
            chosen = (*chosen, *(row for row in found.rows if row not in chosen))
        elif knees:
            chosen = _bends(front, shortlist or _listed(run))
        elif not fits:
            chosen = _shortlisted(run, problem, front, shortlist)
        values = {
            "run": str(folder),
            "name": run.record.get("name"),
            "preference": fits,
            **show_values(problem, front, chosen, diverse=found),
        }
        text = show_text(problem, front, chosen, diverse=found, fits=fits)
        output.result(text, dict(plain(values)), asked=True)


def _different(problem: Problem, front: Front, count: int, gap: float) -> Diverse:
    """Return the portfolios that differ most, with a certified gap of at most `gap` %."""
    from edaphon.portfolio.diverse import diverse

    return diverse(problem, front, count, gap / 100.0)


def solved(folder: Path) -> tuple[Run, Problem, Front]:
    """Read a run that has come as far as its front."""
    from edaphon.report.runs import solved as read

    return read(folder)


def _listed(run: Run) -> int:
    """Return how many portfolios the run's own shortlist has, five if it has none."""
    return len(run.record.get("shortlist") or ()) or 5


def _shortlisted(run: Run, problem: Problem, front: Front, count: int | None) -> tuple[int, ...]:
    """Return the rows of the run's own shortlist, or of one of `count` portfolios."""
    from edaphon.portfolio.shortlist import shortlist

    own = [one["portfolio"] for one in run.record.get("shortlist") or ()]
    if count is None and own and set(own) <= set(front.names):
        return tuple(front.names.index(name) for name in own)
    return shortlist(problem, front, count or _listed(run))


def _bends(front: Front, count: int) -> tuple[int, ...]:
    """Return the bends of the front; the balanced portfolio where it has none."""
    from edaphon.portfolio.shortlist import knee, knees

    middle = knee(front)
    return knees(front, count) or (() if middle is None else (middle,))


def _preferred(
    front: Front, weights: Any, aims: Any, rules: Any, then: str
) -> tuple[tuple[int, ...], str, list[Finding]]:
    """Return the row that fits the preference, the preference in words, and notes on it.

    Nothing without a preference. The front is in the units that people see.
    """
    from edaphon.errors import ConfigError, Finding
    from edaphon.portfolio import prefer

    asked = [
        name
        for name, given in zip(
            ("--weights", "--aim", "--keep"), (weights, aims, rules), strict=True
        )
        if given
    ]
    if len(asked) > 1:
        what = f"{' and '.join(asked)} are different kinds of preference"
        raise ConfigError(Finding("command", what, "Give one of them."))
    if weights:
        row = prefer.by_weights(front, prefer.parse_pairs(weights))
        return (row,), f"the best at {', '.join(weights)}", []
    if aims:
        row = prefer.by_aims(front, prefer.parse_pairs(aims))
        return (row,), f"nearest to {', '.join(aims)}", []
    if rules:
        costs = [o.name for o in front.objectives if o.sense == "minimize"]
        last = then or (costs[0] if costs else front.objectives[0].name)
        wanted = [prefer.parse_rule(rule) for rule in rules]
        row = prefer.by_rules(front, wanted, last)
        fits = f"best {last} with {prefer.in_words(front, wanted)}"
        return (row,), fits, prefer.idle_rules(front, wanted)
    return (), "", []


def compare(
    portfolios: Annotated[
        list[str],
        typer.Argument(
            help="Two or more; of a RUN alone its first shortlisted, of one RUN the shortlist.",
            metavar="RUN[:PORTFOLIO]...",
        ),
    ],
    page: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", help="Write one HTML page, too.")
    ] = None,
    level: Annotated[float, typer.Option(help="Level of the intervals, as 0.9.")] = 0.9,
    swaps: Annotated[int, typer.Option(min=0, help="Single units to list for each pair.")] = 10,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compare portfolios: what differs, how sure that is, where, what it costs, who gains."""
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.report.comparison import compare_sides, comparison_text
        from edaphon.report.comparison_values import comparison_values
        from edaphon.report.run_files import plain

        sides = _sides(portfolios)
        found = compare_sides(sides, level)
        output.findings(dict.fromkeys(one for pair in found for one in pair.findings))
        values = {**comparison_values(sides, found)}
        text = comparison_text(sides, found, swaps)
        if page is not None:
            from edaphon.report.comparison_page import write_comparison

            write_comparison(page, sides, found, _split(portfolios[0])[0])
            values["page"] = str(page)
            text = f"{text}\n\nopen {page}"
        output.result(text, dict(plain(values)), asked=True)


def adopt(
    folder: RunArgument,
    file: Annotated[
        Path,
        typer.Argument(
            help="What the page saved, or a CSV with unit_id and intervention.", metavar="FILE"
        ),
    ],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take a portfolio made in the page or by hand into a run: evaluated, repaired, added."""
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.additions import adopt as adopt_file
        from edaphon.report.adoption import adoption_text
        from edaphon.report.run_files import plain

        with output.progress() as progress:
            _, found = adopt_file(folder, file, progress=progress)
        _, problem, front = solved(folder)
        values = {
            "run": str(folder),
            "portfolio": found.name,
            "name": found.tag,
            "objectives": dict(zip(problem.objective_names, found.worth.values, strict=True)),
            "broken": [one.as_dict() for one in found.broken],
            "units_changed": len(found.changed),
        }
        output.result(adoption_text(folder, problem, front, found), dict(plain(values)))


def between(
    folder: RunArgument,
    first: Annotated[str, typer.Argument(help="A portfolio, as p03.", metavar="PORTFOLIO")],
    second: Annotated[str, typer.Argument(help="Another, as p07.", metavar="PORTFOLIO")],
    count: Annotated[int, typer.Option(min=1, max=100, help="Most portfolios to find.")] = 3,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find more portfolios between two of a run, also where no weights lead, and add them."""
    output = Output(as_json, quiet)
    with reporting(output):
        from edaphon.additions import add_between
        from edaphon.report.adoption import between_text
        from edaphon.report.run_files import plain

        with output.progress() as progress:
            run, found = add_between(folder, first, second, count=count, progress=progress)
        late = () if run.front is None else run.front.findings
        output.findings(late)
        _, problem, front = solved(folder)
        values = {
            "run": str(folder),
            "found": [
                {
                    "portfolio": one.name,
                    "name": one.tag,
                    "objectives": dict(zip(problem.objective_names, one.worth.values, strict=True)),
                    "certified_gap": front.certified_gap[front.names.index(one.name)],
                }
                for one in found
            ],
            "findings": [one.as_dict() for one in late],
        }
        text = between_text(folder, problem, front, (first, second), found)
        output.result(text, dict(plain(values)))


def _sides(words: list[str]) -> list[Side]:
    """Read what is compared: RUN, or RUN:PORTFOLIO where RUN is a folder that exists."""
    from edaphon.errors import ConfigError, Finding

    runs: dict[Path, tuple[Run, Problem, Front]] = {}
    named = [_split(word) for word in words]
    for folder, _ in named:
        if folder not in runs:
            runs[folder] = solved(folder)
    if len(named) == 1 and not named[0][1]:
        (folder, _), (run, problem, front) = named[0], runs[named[0][0]]
        named = [(folder, front.names[row]) for row in _shortlisted(run, problem, front, None)]
    alike = len({folder.resolve().name for folder in runs}) < len(runs)
    called = {folder: str(folder) if alike else folder.resolve().name for folder in runs}
    sides = [_side(folder, called[folder], *runs[folder], portfolio) for folder, portfolio in named]
    if not 2 <= len(sides) <= _MOST_SIDES:
        what = f"{len(sides)} portfolio(s) to compare"
        raise ConfigError(Finding("command", what, f"Name two to {_MOST_SIDES}."))
    return sides


def _split(word: str) -> tuple[Path, str]:
    """Part RUN from PORTFOLIO at the last colon, if an existing folder stands before it."""
    run, colon, portfolio = word.rpartition(":")
    if colon and Path(run).is_dir() and not Path(word).is_dir():
        return Path(run), portfolio
    return Path(word), ""


def rows_called(
    folder: Path, run: Run, problem: Problem, front: Front, names: Sequence[str]
) -> tuple[int, ...]:
    """Return the rows of portfolios by their names or by what they are called.

    Without names the run's shortlist.
    """
    from edaphon.config.suggest import did_you_mean
    from edaphon.errors import ConfigError, Finding
    from edaphon.portfolio.shortlist import find_row, rows_by_name

    chosen = _shortlisted(run, problem, front, None)
    if not names:
        return chosen
    known = rows_by_name(problem, front, chosen)
    found = [find_row(known, name) for name in names]
    unknown = [name for name, row in zip(names, found, strict=True) if row is None]
    if unknown:
        faults = [
            Finding(str(folder), f"there is no portfolio {name!r}", did_you_mean(name, known))
            for name in unknown
        ]
        raise ConfigError(faults)
    return tuple(dict.fromkeys(row for row in found if row is not None))


def _side(
    folder: Path, called: str, run: Run, problem: Problem, front: Front, portfolio: str
) -> Side:
    """Find a portfolio by its name or by what it is called."""
    from edaphon.portfolio.shortlist import names_of
    from edaphon.report.comparison import Side
    from edaphon.report.run_files import read_groups

    rows = rows_called(folder, run, problem, front, [portfolio] if portfolio else [])
    row = next(iter(rows), 0)
    (what,) = names_of(problem, front, [row])
    farm = read_groups(folder, problem).get("farm")
    hidden = bool(run.record.get("anonymous"))
    return Side(f"{called}:{front.names[row]}", what, problem, front, row, farm, hidden)
