"""What can go wrong, told to a planner: findings, and the few errors that carry them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


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
    """

    exit_code = 2

    def __init__(self, findings: Iterable[Finding] | Finding) -> None:
        self.findings: tuple[Finding, ...] = (
            (findings,) if isinstance(findings, Finding) else tuple(findings)
        )
        super().__init__("\n".join(str(finding) for finding in self.findings))


class ConfigError(EdaphonError):
    """The config file or an override is at fault."""


class DataError(EdaphonError):
    """An input file or array is at fault.

    Parameters
    ----------
    findings : iterable of Finding, or Finding
    partial : object, optional
        What could be read all the same, good for checking further and for nothing else.
    """

    def __init__(self, findings: Iterable[Finding] | Finding, partial: Any = None) -> None:
        super().__init__(findings)
        self.partial = partial


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
