"""Examples that `edaphon init` writes: a commented config and data that run as they are."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from edaphon.errors import DataError, Finding

EXAMPLES: tuple[str, ...] = ("valley", "valley_saturating")
"""Names for `edaphon init --example`, the first one the default."""

CONFIG_FILE = "edaphon.yaml"

_COMMENT_COLUMN = 30


def example_config(name: str = "valley", base: str = ".") -> str:
    """Return the config of an example as YAML text.

    Parameters
    ----------
    name : str
        One of `EXAMPLES`.
    base : str
        Folder of the data, relative to the config.

    Raises
    ------
    DataError
        If there is no such example.
    """
    if name not in EXAMPLES:
        what = f"there is no example '{name}'"
        raise DataError(Finding("--example", what, f"Known: {', '.join(EXAMPLES)}."))
    text = resources.files("edaphon").joinpath("templates", "valley.yaml").read_text("utf-8")
    benefit = "saturating" if name == "valley_saturating" else "linear"
    filled = {"{name}": name, "{base}": base, "{benefit}": benefit}
    return "\n".join(_fill(line, filled) for line in text.split("\n"))


def _fill(line: str, filled: dict[str, str]) -> str:
    """Return a line with its placeholders filled and its comment in the common column."""
    if not any(mark in line for mark in filled):
        return line
    for mark, value in filled.items():
        line = line.replace(mark, value)
    key, _, comment = line.partition("  # ")
    return f"{key:<{_COMMENT_COLUMN - 1}} # {comment}"


def refuse_taken(folder: Path, files: Iterable[str]) -> None:
    """Raise where a folder to fill is a file, or holds one of these files already.

    Raises
    ------
    DataError
        With a finding for each file.
    """
    if folder.exists() and not folder.is_dir():
        what = f"{folder} is a file, not a folder"
        raise DataError(Finding(str(folder), what, "Name another folder."))
    taken = [folder / file for file in files if (folder / file).exists()]
    if taken:
        hint = "Nothing was written. Name another folder, or move the file away."
        raise DataError(Finding(str(path), "exists already", hint) for path in taken)


def write_example(folder: str | Path, name: str = "valley") -> list[Path]:
    """Write an example into a folder: edaphon.yaml and its data.

    Parameters
    ----------
    folder : path
        Made if absent. Other files in it are left alone.
    name : str
        One of `EXAMPLES`.

    Returns
    -------
    list of Path
        The files written, the config first.

    Raises
    ------
    DataError
        If there is no such example, or files of it exist already (all are named); nothing is
        written then.
    """
    from edaphon.data.synthetic import FILES, write_valley

    folder = Path(folder)
    text = example_config(name)
    refuse_taken(folder, (CONFIG_FILE, *FILES))
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / CONFIG_FILE
    config.write_text(text, encoding="utf-8", newline="\n")
    return [config, *write_valley(folder)]
