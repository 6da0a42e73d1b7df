"""A run directory: who may write there, what stage it reached, how long and how much it took."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edaphon.config.reader import read_config
from edaphon.errors import EdaphonError, Finding, RunError, disk_fault, raise_errors
from edaphon.report.run_files import read_findings, read_state, write_aside, write_json
from edaphon.surrogates.features import feature_places

if TYPE_CHECKING:
    from edaphon.config.sections import Config

STAGES = ("fit", "effects", "solve", "report")

_OUTPUTS = {
    "fit": ("state.parquet", "layers.parquet", "surrogates.json", "surrogates.html", "surrogates"),
    "effects": ("problem.npz", "effects.parquet"),
    "solve": ("front.csv", "portfolios.parquet"),
    "report": (
        "report.html",
        "brief.pdf",
        "policy.html",
        "policy_regions.csv",
        "policy_indicators.csv",
        "portfolios.gpkg",
        "portfolios.geo.parquet",
        "portfolios.geojson",
        "portfolios.csv",
        "figures",
        "sheets",
        "carbon.csv",
        "gsocseq.csv",
        "units.parquet",
        "units.csv",
        "reasons.parquet",
        "reasons.csv",
    ),
}
_KEPT = {
    "counts": "effects",
    "problem_hash": "effects",
    "effects_written": "effects",
    "front": "solve",
    "adopted": "solve",
}
"""Keys of the record, and the stage that makes them."""

_PACKAGES = (
    "edaphon", "numpy", "scipy", "pandas", "scikit-learn", "pymoo", "geopandas", "shapely",
    "rasterio", "pyarrow",
)  # fmt: skip


def file_hash(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def peak_memory_mb() -> float | None:
    """Return the process's peak memory so far in MB, None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a source tree that is not installed
            found[package] = "unknown"
    return found


_LABELS = frozenset({"name", "base"})
"""Sections that decide nothing that is computed."""
_READ_FROM = {
    "report": frozenset({"report"}),
    "solve": frozenset({"solve"}),
    "effects": frozenset(
        {
            "interventions", "guards", "adoption", "locks", "trials", "evidence", "objectives",
            "constraints", "space",
        }
    ),
}  # fmt: skip
"""Sections that no stage before this one reads; fit may read all others."""


class RunDirectory:
    """One run's folder and its record, run.json.

    Parameters
    ----------
    path : Path
        Where the run goes; made if it is not there.
    config : Config
    inputs : mapping of str to Path
        Input files by the name the config gives them; their hashes enter the record.
    start : str
        First stage to compute; the files of the earlier ones must be there.
    force : bool
        Continue although config or inputs differ from those of the run that stands there.

    Raises
    ------
    RunError
        If `path` holds something else, another config's run, or lacks what `start` needs.
    """

    def __init__(
        self, path: Path, config: Config, inputs: Mapping[str, Path], start: str, force: bool
    ) -> None:
        self.path = path
        self.findings: list[Finding] = []
        hashes = {name: file_hash(file) for name, file in sorted(inputs.items())}
        earlier = self._earlier(config, hashes, start, force)
        self._was_run = bool(earlier)
        before = STAGES[: STAGES.index(start)]
        self.record: dict[str, Any] = {
            "name": config.name,
            "status": "running",
            "config_hash": config.hash,
            "inputs": hashes,
            "seed": config.seed,
            "horizon_years": config.horizon.to("yr"),
            "discount_rate": config.discount_rate.to("%") / 100.0,
            "versions": _versions(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "stages": {stage: earlier["stages"][stage] for stage in before},
            **{key: earlier.get(key) if made in before else None for key, made in _KEPT.items()},
        }
        if before:
            self.findings += read_findings(path)[: earlier["stages"][before[-1]]["findings"]]
        _make(path)
        config_text = config.as_yaml(path)
        write_aside(
            path / "config.yaml", lambda part: part.write_text(config_text, encoding="utf-8")
        )
        self.write_record()

    def _earlier(
        self, config: Config, hashes: Mapping[str, str], start: str, force: bool
    ) -> dict[str, Any]:
        earlier = self._read_earlier(force)
        where = str(self.path)
        if earlier and earlier.get("config_hash") != config.hash:
            used = _used_before(self.path, config, start)
            if used:
                raise RunError(used)
            if not force:
                raise RunError(other_config(self.path, earlier, config, start))
        needed = STAGES[: STAGES.index(start)]
        missing = [stage for stage in needed if stage not in earlier.get("stages", {})]
        if missing:
            what = f"--from {start} needs the stage {missing[0]}, which has not run here"
            raise RunError(
                Finding(where, what, f"Run without --from, or with --from {missing[0]}.")
            )
        unseen = _not_predicted(self.path, config) if start == "effects" else ()
        raise_errors(unseen, RunError)
        changed = [
            name for name, value in hashes.items() if earlier.get("inputs", {}).get(name) != value
        ]
        if needed and changed and not force:
            what = f"{', '.join(changed)} changed since the earlier stages ran"
            raise RunError(
                Finding(where, what, "Run without --from, or add --force to go on all the same.")
            )
        return earlier

    def _read_earlier(self, force: bool) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        if not self.path.is_dir():
            raise RunError(Finding(str(self.path), "--out is a file", "Name a folder."))
        if (self.path / "run.json").exists():
            return read_record(self.path)
        if any(self.path.iterdir()) and not force:
            what = "the folder holds files that are not a run's"
            raise RunError(Finding(str(self.path), what, "Choose an empty folder, or add --force."))
        return {}

    def write_record(self) -> None:
        """Write run.json and findings.json as they stand."""
        write_json(self.path / "run.json", self.record)
        write_json(self.path / "findings.json", [found.as_dict() for found in self.findings])

    def add(self, findings: Iterable[Finding]) -> None:
        """Take up findings, each once."""
        self.findings.extend(
            found for found in dict.fromkeys(findings) if found not in self.findings
        )

    def renew(self, before: Iterable[Finding], now: Iterable[Finding]) -> None:
        """Put findings in place of those that were made with less known."""
        kept = tuple(now)
        outdated = set(before).difference(kept)
        self.findings = [found for found in self.findings if found not in outdated]
        self.add(kept)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; if it does not end, run.json says where the run stopped."""
        self.record["status"] = f"running: {name}"
        begin = time.perf_counter()
        try:
            self._clear(name)
            self.write_record()
            yield
        except KeyboardInterrupt:
            self.stop(f"interrupted during {name}")
            raise
        except EdaphonError as error:
            self.add(error.findings)
            self.stop(f"stopped in {name}: {error.findings[0].what}")
            raise
        except BaseException:
            self.stop(f"failed in {name}")
            raise
        self.record["stages"][name] = {
            "seconds": round(time.perf_counter() - begin, 3),
            "peak_memory_mb": peak_memory_mb(),
            "findings": len(self.findings),
        }
        self.write_record()

    def _clear(self, name: str) -> None:
        """Remove what this stage and the later ones of an earlier run wrote: nothing is mixed."""
        if not self._was_run:  # a folder taken with --force may hold somebody's own files
            return
        for stage in STAGES[STAGES.index(name) :]:
            for output in _OUTPUTS[stage]:
                path = self.path / output
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)

    def stop(self, status: str) -> None:
        """Write the record with a status that says where and why the run ended early."""
        self.record["status"] = status
        self.write_record()

    def finish(self, last: str) -> None:
        """Write the record with its final status."""
        self.record["status"] = "complete" if last == STAGES[-1] else f"complete until {last}"
        self.write_record()


def _make(path: Path) -> None:
    """Make a run directory.

    Raises
    ------
    RunError
        If the system refuses it, or its drive is not there.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder cannot be made: {(error.strerror or str(error)).lower()}"
        told = disk_fault(error) or Finding(str(path), what, "Choose another --out.")
        raise RunError(told) from error


def _used_before(path: Path, config: Config, start: str) -> Finding | None:
    """Say which sections changed that stages before `start` have read; None if none is known to.

    Even --force must not mix them: the run would hold one problem and tell of another.
    """
    try:
        old, new = read_config(path / "config.yaml").as_mapping(), config.as_mapping()
    except EdaphonError:
        return None
    changed = {key for key in {*old, *new} - _LABELS if old.get(key) != new.get(key)}
    begins = min((_first_stage(key) for key in changed), key=STAGES.index, default=start)
    if STAGES.index(begins) >= STAGES.index(start):
        return None
    what = f"{', '.join(sorted(changed))} changed since the stages before {start} ran here"
    again = "without --from" if begins == STAGES[0] else f"with --from {begins}"
    return Finding(str(path), what, f"Run {again} and --force, or into another --out.")


def _not_predicted(path: Path, config: Config) -> Iterator[Finding]:
    """Find the features that a config names now and did not when fit ran here."""
    file = path / "state.parquet"
    if config.has_own_effects or not file.exists():  # whoever reads it says that it is missing
        return
    there = read_state(file).features
    for name, place in feature_places(config).items():
        if name not in there:
            what = f"the stage fit ran in {path} without the feature {name} and predicted no state"
            hint = "Run without --from and with --force, or into another --out."
            yield Finding(place, f"{what} of it", hint)


def _first_stage(section: str) -> str:
    """First stage that reads a section of the config."""
    return next((stage for stage, read in _READ_FROM.items() if section in read), STAGES[0])


def other_config(
    path: Path, record: Mapping[str, Any], config: Config, start: str = STAGES[0]
) -> Finding:
    """Say why the run in a folder cannot go on with a config: its config was read otherwise.

    Parameters
    ----------
    path : Path
        The run directory.
    record : mapping
        Its run.json.
    config : Config
        Whose hash is not that of the record.
    start : str
        First stage to compute.
    """
    file = path / "config.yaml"
    made, here = record.get("versions", {}).get("edaphon"), _versions()["edaphon"]
    again = f"Run it anew: edaphon run {file} --out {path} --force"
    if made != here:
        what = (
            f"edaphon {made or 'of an unknown version'} made the run {record.get('name')!r} here, "
            f"and this is {here}: it may read the same config in another way, so what was computed "
            "then is not mixed with what it would compute now"
        )
        return Finding(str(file), what, f"{again}, or use another --out.")
    try:
        same = read_config(file).hash == config.hash
    except EdaphonError:
        same = False
    if same:
        what = "this is not the config of the run: it was changed, or another version wrote it"
        return Finding(str(file), what, again)
    what = f"this run directory holds the run {record.get('name')!r} of another config"
    hint = "Choose another --out, or add --force to write over it."
    if start != STAGES[0]:
        hint = (
            f"If what changed concerns only the stages from {start} on, add --force; else run "
            "without --from into another --out."
        )
    return Finding(str(path), what, hint)


def read_record(path: Path) -> dict[str, Any]:
    """Read run.json.

    Raises
    ------
    RunError
        If it is not there or not readable.
    """
    file = path / "run.json"
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = "Name the folder that edaphon run wrote."
        raise RunError(Finding(str(path), "there is no run.json here", hint)) from None
    except (OSError, ValueError) as error:
        hint = "Run again into another folder."
        raise RunError(Finding(str(file), f"cannot be read: {error}", hint)) from None
    if not isinstance(record, dict) or not isinstance(record.get("stages"), dict):
        raise RunError(Finding(str(file), "is not the record of a run", "Run again."))
    return record
