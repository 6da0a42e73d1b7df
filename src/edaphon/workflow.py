"""The main job: read and check everything, then fit, effects, solve, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edaphon.config.reader import read_config
from edaphon.config.sections import Config
from edaphon.config.suggest import did_you_mean
from edaphon.data.landscape import Samples
from edaphon.effects.build import build_effects, effects_table
from edaphon.effects.gsocseq import run_gsocseq
from edaphon.effects.need import need_columns
from edaphon.effects.unit_evidence import judge_evidence
from edaphon.errors import ConfigError, Finding, InfeasibleError, RunError, raise_errors
from edaphon.inputs.beside import as_config
from edaphon.inputs.read import Inputs, Progress, read_inputs
from edaphon.inputs.structure import state_of
from edaphon.portfolio.adopt import KIND
from edaphon.portfolio.shortlist import names_of, shortlist, tag_front
from edaphon.problem.check import check_problem
from edaphon.problem.from_config import build_problem
from edaphon.problem.from_tables import problem_from_tables
from edaphon.problem.store import load_problem, problem_hash, save_problem
from edaphon.problem.values import Front, Problem
from edaphon.report import run_files
from edaphon.report.cards import write_cards_page
from edaphon.report.policy import policy_order
from edaphon.report.run_directory import STAGES, RunDirectory, other_config
from edaphon.report.runs import Run, no_front, read_run
from edaphon.report.sheets import sheet_order
from edaphon.report.write import write_report
from edaphon.solver.front import solve
from edaphon.solver.start import Start, start_from
from edaphon.surrogates.asked import stand_ins
from edaphon.surrogates.soil_columns import soil_columns
from edaphon.surrogates.soil_health import health_record
from edaphon.surrogates.state import Card, State
from edaphon.surrogates.store import save_surrogate
from edaphon.surrogates.train import train_all

MAX_EFFECT_ROWS = 5_000_000


def check(
    config: Config | str | Path | Mapping[str, Any],
    *,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    progress: Progress | None = None,
) -> tuple[Finding, ...]:
    """Read config and data and return warnings and notes; solve nothing.

    Parameters
    ----------
    config, overrides, progress
        As for `run`.

    Raises
    ------
    EdaphonError
        With every finding, if one of them is an error; InfeasibleError where the constraints
        contradict each other.
    """
    config = as_config(config, overrides, progress)
    _earlier(config)
    return read_inputs(config, progress).findings


def run(
    config: Config | str | Path | Mapping[str, Any],
    *,
    out: str | Path | None = None,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    workers: int = 1,
    start: str = "fit",
    until: str = "report",
    force: bool = False,
    all_effects: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Run the main job: from a config to a certified front and a report.

    Parameters
    ----------
    config : Config, path or mapping
        As `edaphon.read_config` returns or takes it.
    out : path, optional
        The run directory; default runs/NAME. Nothing is written outside it.
    overrides : sequence of str, or mapping
        What replaces keys of a config file: "key=value" texts, or values by their keys.
    workers : int
        Processes; the results are the same whatever their number.
    start, until : {"fit", "effects", "solve", "report"}
        First and last stage; a later start works from the files of the earlier stages.
    force : bool
        Write over the run of another config.
    all_effects : bool
        Write effects.parquet in full however many rows.
    progress : callable, optional
        Called with (stage, done, total).

    Returns
    -------
    Run

    Raises
    ------
    EdaphonError
        With every finding, where config, data or usage is at fault or nothing is feasible.
    KeyboardInterrupt
        Where it was interrupted; finished stages are kept, and so is the front found so far.
    """
    config = as_config(config, overrides, progress)
    begin, last = _stage_position(start), _stage_position(until)
    if begin > last:
        what = f"--from {start} comes after --until {until}"
        raise ConfigError(Finding("command", what, f"The stages are {', '.join(STAGES)}."))
    earlier = _earlier(config) if begin <= STAGES.index("solve") <= last else None
    inputs = read_inputs(config, progress)
    out = Path(out) if out is not None else Path("runs") / config.name
    folder = RunDirectory(out, config, config.input_files(), start, force)
    # the stage of effects says for the states found what the check could only foresee
    foreseen = inputs.foreseen if last >= 1 else ()
    folder.add(found for found in inputs.findings if found not in foreseen)
    job, state, cards = _fitted(_Job(inputs, folder, start, workers, progress, earlier))
    problem = job.effects(state, all_effects) if last >= 1 else None
    front = job.solve(problem) if problem is not None and last >= 2 else None
    if front is not None and front.interrupted:
        folder.stop("interrupted during solve")
        again = f"edaphon run {out / 'config.yaml'} --out {out} --from report"
        message = f"the front found so far is kept, and {again} goes on with it"
        raise KeyboardInterrupt(message)
    if problem is not None and front is not None and last >= 3:
        job.report(problem, front, cards, state)
    folder.finish(until)
    return Run(out, folder.record, problem, front, cards, tuple(folder.findings))


def report_again(
    done: Run, front: Front, added: Sequence[dict[str, Any]], progress: Progress | None = None
) -> Run:
    """Write a run's front, with portfolios added to it, and its report again.

    Parameters
    ----------
    done : Run
        A run that has a front.
    front : Front
        Its front with rows more.
    added : sequence of dict
        What run.json keeps of each portfolio added.
    progress : callable, optional
    """
    path, problem = done.folder, done.problem
    if problem is None:
        raise RunError(no_front(path))
    config = read_config(path / "config.yaml")
    if config.hash != done.record.get("config_hash"):
        raise RunError(other_config(path, done.record, config))
    inputs = read_inputs(config, progress)
    directory = RunDirectory(path, config, config.input_files(), "report", force=False)
    directory.add(inputs.findings)
    directory.record["adopted"] = [*(directory.record["adopted"] or ()), *added]
    run_files.write_front(path / "front.csv", front, problem)
    run_files.write_portfolios(path / "portfolios.parquet", front, problem)
    job, state, cards = _fitted(_Job(inputs, directory, "report", 1, progress))
    job.report(problem, front, cards, state)
    directory.finish("report")
    return Run(path, directory.record, problem, front, cards, tuple(directory.findings))


def _fitted(job: _Job) -> tuple[_Job, State, tuple[Card, ...]]:
    """Return the job with the columns that surrogates add, the state and the cards."""
    state, cards, inputs = job.fit()
    config, record = inputs.config, job.folder.record
    record["stand_ins"] = stand_ins(config, cards)
    record["soil_health"] = health_record(config.soil_health, inputs.landscape)
    return replace(job, inputs=inputs), state, cards


@dataclass(frozen=True)
class _Job:
    """The four stages; one before `start` is read from the run directory instead of computed."""

    inputs: Inputs
    folder: RunDirectory
    start: str
    workers: int
    progress: Progress | None
    earlier: Run | None = None

    def _computes(self, stage: str) -> bool:
        return STAGES.index(self.start) <= STAGES.index(stage)

    def fit(self) -> tuple[State, tuple[Card, ...], Inputs]:
        """Train and judge the surrogates; predict the state of every unit.

        The inputs gain the columns that surrogates add, and the options that filters on them leave.
        """
        config, landscape, path = self.inputs.config, self.inputs.landscape, self.folder.path
        if not self._computes("fit"):
            cards = run_files.read_cards(path / "surrogates.json")
            inputs = self.inputs.with_layers(run_files.read_layers(path / "layers.parquet"))
            self.folder.renew(self.inputs.options.findings, inputs.options.findings)
            return run_files.read_state(path / "state.parquet"), cards, inputs
        with self.folder.stage("fit"):
            trained = train_all(
                config,
                self.inputs.data,
                self.inputs.predictors,
                workers=self.workers,
                progress=self.progress,
            )
            for name, one in trained.items():
                self.folder.add(one.findings)
                save_surrogate(one.fitted, path / "surrogates" / name)
            cards = tuple(card for one in trained.values() for card in one.cards)
            layers = {key: values for one in trained.values() for key, values in one.layers.items()}
            predictions = {name: one.prediction for name, one in trained.items()}
            units = {name: one.unit for name, one in trained.items()}
            wider = replace(landscape, attributes=landscape.attributes.assign(**layers))
            soil = soil_columns(config, wider, predictions, units)
            self.folder.add(soil.findings)
            layers |= soil.columns
            wider = replace(landscape, attributes=landscape.attributes.assign(**layers))
            run_files.write_cards(path / "surrogates.json", cards)
            write_cards_page(path / "surrogates.html", self.folder.record, cards)
            state = state_of(config, wider, predictions, units)
            self.folder.add(state.findings)
            run_files.write_state(path / "state.parquet", landscape.ids, state)
            layers |= need_columns(config, wider, state)
            run_files.write_layers(path / "layers.parquet", landscape.ids, layers)
            inputs = self.inputs.with_layers(layers)
            self.folder.renew(self.inputs.options.findings, inputs.options.findings)
        return state, cards, inputs

    def effects(self, state: State, all_effects: bool) -> Problem:
        """Predict what each intervention would change; build the problem."""
        path = self.folder.path
        if not self._computes("effects"):
            return load_problem(path / "problem.npz")
        with self.folder.stage("effects"):
            problem, findings = self._problem(state)
            self.folder.add(findings)
            self.folder.add(raise_errors(check_problem(problem), InfeasibleError))
            save_problem(path / "problem.npz", problem)
            self.folder.record["problem_hash"] = problem_hash(problem)
            self.folder.record["counts"] = self._counts(problem)
            whole = all_effects or bool(np.prod(problem.effects.shape) <= MAX_EFFECT_ROWS)
            self.folder.record["effects_written"] = "all" if whole else "shortlist"
            if whole:
                run_files.write_parquet(path / "effects.parquet", effects_table(problem))
        return problem

    def _problem(self, state: State) -> tuple[Problem, tuple[Finding, ...]]:
        """Build the problem from states and evidence, or from tables."""
        inputs, config = self.inputs, self.inputs.config
        parts = (config, inputs.landscape, inputs.catalogue)
        if config.has_own_effects:
            return problem_from_tables(*parts, inputs.options)
        known = judge_evidence(
            config,
            inputs.landscape,
            inputs.predictors,
            inputs.trials,
            inputs.data,
            workers=self.workers,
        )
        self.folder.add(known.findings)
        effects = build_effects(
            config, inputs.catalogue, inputs.landscape, state, inputs.climate, known=known
        )
        self.folder.add(effects.sizes.findings)
        return build_problem(*parts, state, effects, inputs.options)

    def _counts(self, problem: Problem) -> dict[str, Any]:
        """Return how many of each there are, for run.json."""
        return {
            "n_units": problem.n_units,
            "n_interventions": problem.n_interventions - 1,
            "n_features": len(problem.features),
            "n_allowed_pairs": int((problem.allowed[:, 1:] == 0).sum()),
            "n_samples": {
                name: found.n_samples if isinstance(found, Samples) else found.n_sites
                for name, found in self.inputs.data.items()
            },
        }

    def solve(self, problem: Problem) -> Front:
        """Search the front and certify it."""
        path = self.folder.path
        if not self._computes("solve"):
            return run_files.read_front(path, problem, self.folder.record["front"])
        with self.folder.stage("solve"):
            settings = self.inputs.config.solve
            limit = settings.search_time
            front = solve(
                problem,
                portfolios=settings.portfolios,
                weights=settings.weights,
                seed=self.inputs.config.seed,
                workers=self.workers,
                progress=self.progress,
                policy=self.inputs.policy,
                generations=settings.generations,
                time_limit=settings.time_limit.to("s"),
                whole=settings.whole,
                search_time=np.inf if limit is None else limit.to("s"),
                start=self._start(problem),
            )
            self.folder.add(front.findings)
            front = tag_front(front)
            run_files.write_front(path / "front.csv", front, problem)
            run_files.write_portfolios(path / "portfolios.parquet", front, problem)
            self.folder.record["front"] = run_files.front_record(front)
        return front

    def _start(self, problem: Problem) -> Start | None:
        """Return what the earlier run found that ``solve.start`` names."""
        done = self.earlier
        if done is None or done.front is None or done.problem is None:
            return None
        return start_from(done.front, done.problem, problem)

    def report(self, problem: Problem, front: Front, cards: tuple[Card, ...], state: State) -> None:
        """Write the page, the figures and the GeoPackage of the shortlist; run GSOCseq if asked."""
        config, path = self.inputs.config, self.folder.path
        with self.folder.stage("report"):
            adopted = (row for row, kind in enumerate(front.kinds) if kind == KIND)
            chosen = (*shortlist(problem, front, config.report.shortlist), *adopted)
            self.folder.record["anonymous"] = config.report.anonymous
            named = zip(chosen, names_of(problem, front, chosen), strict=True)
            self.folder.record["shortlist"] = [
                {"portfolio": front.names[row], "what": what} for row, what in named
            ]
            carbon = run_gsocseq(config, self.inputs.landscape, state, self.inputs.climate)
            if carbon is not None:
                self.folder.record["gsocseq"] = carbon.summary
            if self.folder.record["effects_written"] == "shortlist":
                options = np.unique(front.portfolios[list(chosen)])
                run_files.write_parquet(path / "effects.parquet", effects_table(problem, options))
            self.folder.add(
                write_report(
                    path,
                    record=self.folder.record,
                    landscape=self.inputs.landscape,
                    problem=problem,
                    front=front,
                    chosen=chosen,
                    cards=cards,
                    findings=self.folder.findings,
                    carbon=carbon,
                    anonymous=config.report.anonymous,
                    sheets=sheet_order(config, self.inputs.catalogue)[0],
                    policy=policy_order(
                        config, self.inputs.catalogue, self.inputs.landscape, problem
                    ),
                    progress=self.progress,
                )
            )


def _earlier(config: Config) -> Run | None:
    """Read the run that ``solve.start`` names."""
    if not config.solve.start:
        return None
    where, path = config.where("solve.start"), config.resolve(config.solve.start)
    try:
        done = read_run(path)
    except RunError as error:
        told = [replace(one, where=where, what=f"{path}: {one.what}") for one in error.findings]
        raise ConfigError(told) from error
    if done.front is None:
        raise ConfigError(replace(no_front(path), where=where))
    return done


def _stage_position(stage: str) -> int:
    if stage not in STAGES:
        hint = did_you_mean(stage, STAGES)
        raise ConfigError(Finding("command", f"there is no stage {stage!r}", hint))
    return STAGES.index(stage)
