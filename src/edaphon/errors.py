"""What can go wrong, told to a planner: findings, and the few errors that carry them."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

Severity = Literal["error", "warning", "note"]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """One result of a check.

    Parameters
    ----------
    where : str
        ``file:line:column: key`` for the config, ``file: field`` or ``unit 17: field`` for data.
    what : str
        What is wrong, in one sentence with the figures.
    hint : str
        How to mend it; empty where nothing has to be mended.
    severity : {"error", "warning", "note"}
        Errors stop the run (exit code 2), warnings and notes do not.
    """

    where: str
    what: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        """One line: ``where: what. hint``."""
        text = self.what if self.what.endswith((".", "?", "!")) else f"{self.what}."
        hint = self.hint[:1].upper() + self.hint[1:]
        return f"{self.where}: {text} {hint}".rstrip()

    def as_dict(self) -> dict[str, str]:
        """Return the keys of findings.json: where, what, hint, severity."""
        return asdict(self)


class EdaphonError(Exception):
    """A fault that the user can mend; the command prints its findings and ends with `exit_code`.

    Parameters
    ----------
    findings : iterable of Finding, or Finding
        Everything found, all at once.
    partial : object, optional
        What could be read all the same, good for checking further and for nothing else.
    """

    exit_code = 2

    def __init__(self, findings: Iterable[Finding] | Finding, partial: Any = None) -> None:
        self.findings: tuple[Finding, ...] = (
            (findings,) if isinstance(findings, Finding) else tuple(findings)
        )
        self.partial = partial
        super().__init__(self.findings)  # what pickle builds the error from in another process

    def __str__(self) -> str:
        """One finding a line."""
        return "\n".join(map(str, self.findings))


class ConfigError(EdaphonError):
    """The config file or an override is at fault."""


class DataError(EdaphonError):
    """An input file or array is at fault."""


class InfeasibleError(EdaphonError):
    """No portfolio satisfies every constraint; the findings name the conflict."""

    exit_code = 3


class RunError(EdaphonError):
    """A run directory cannot be read, continued or written."""


def raise_errors(
    findings: Iterable[Finding], kind: type[EdaphonError] = DataError
) -> tuple[Finding, ...]:
    """Raise `kind` with all findings if one of them is an error, else return them.

    Raises
    ------
    EdaphonError
        Of type `kind`, carrying every finding (warnings and notes too).
    """
    found = tuple(findings)
    if any(finding.severity == "error" for finding in found):
        raise kind(found)
    return found


def wrong_kind(name: str, value: object, wanted: str) -> Finding:
    """Return the finding for an argument that is something else than what is wanted."""
    return Finding(name, f"this is of the type {type(value).__name__}", f"Give {wanted}.")


def path_of(value: object, name: str, wanted: str, kind: type[EdaphonError] = DataError) -> Path:
    """Return a path that the user gave.

    Parameters
    ----------
    value : object
        Text or path-like.
    name : str
        Of the argument.
    wanted : str
        What it should be, in a few words.
    kind : type
        Of the error.

    Raises
    ------
    EdaphonError
        Of type `kind`, if it is neither.
    """
    if isinstance(value, str | PathLike):
        return Path(value)
    raise kind(wrong_kind(name, value, wanted))


def expect(**given: tuple[object, type | tuple[type, ...]]) -> None:
    """Check what an analyst hands over, before a line far below trips over it.

    Parameters
    ----------
    **given : tuple of object and type
        Each argument by its name, and the class, or the classes, that it should have.

    Raises
    ------
    DataError
        With every argument of another kind.
    """
    wrong = []
    for name, (value, kind) in given.items():
        if not isinstance(value, kind):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            wanted = "an object of class " + " or ".join(one.__name__ for one in kinds)
            wrong.append(wrong_kind(name, value, wanted))
    raise_errors(wrong)


@dataclass
class Faults:
    """Gathers the findings of several steps, so that all are reported at once.

    Attributes
    ----------
    findings : list of Finding
    kinds : list of type
        Of the errors that the steps raised; empty where none did.
    """

    findings: list[Finding] = field(default_factory=list)
    kinds: list[type[EdaphonError]] = field(default_factory=list)

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what the function returns; where it raises, what could be read all the same."""
        try:
            value = function(*args, **kwargs)
        except EdaphonError as error:
            self.findings += error.findings
            self.kinds.append(type(error))
            partial: T | None = error.partial
            return partial
        self.findings += getattr(value, "findings", ())
        return value

    def error(self) -> EdaphonError:
        """Return one error that carries every finding, each once; faults go before conflicts."""
        faults = [kind for kind in self.kinds if kind is not InfeasibleError]
        kind = (faults or self.kinds or [DataError])[0]
        return kind(dict.fromkeys(self.findings))


_DISK = {
    errno.EACCES: "Choose a place that you may use, or close the program that holds it.",
    errno.EPERM: "Choose a place that you may use, or close the program that holds it.",
    errno.EROFS: "It is read-only: choose another place.",
    errno.ENOSPC: "Make room, or choose another disk.",
    errno.EDQUOT: "Make room, or choose another disk.",
    errno.EFBIG: "Choose another disk.",
    errno.EISDIR: "Name a file.",
    errno.ENOTDIR: "A file stands where a folder should: check the path.",
    errno.EEXIST: "Choose another name.",
    errno.ENAMETOOLONG: "Shorten the path.",
    errno.ELOOP: "Its links lead in a circle: name the file itself.",
    errno.EIO: "Check the disk.",
}
"""What the user's disk may refuse, and what to do then; other faults of the system are bugs."""


def disk_fault(fault: OSError) -> Finding | None:
    """Return the finding for a file or folder that the user's system refuses, else None.

    Parameters
    ----------
    fault : OSError
        As raised by reading or writing; a missing file is not among them, since whoever reads a
        file that the user names says so himself.
    """
    hint = _DISK.get(fault.errno or 0)
    if hint is None:
        return None
    where = str(fault.filename2 or fault.filename or "disk")
    return Finding(where, (fault.strerror or "the system refuses it").lower(), hint)
