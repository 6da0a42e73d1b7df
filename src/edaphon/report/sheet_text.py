"""The words of the sheets: English sentences, and a file of one's own in their place."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from edaphon.config.suggest import did_you_mean
from edaphon.data.messages import missing_file, name_some
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.portfolio.numbers import MINUS, significant
from edaphon.report.text import capital, words

SENTENCES = "sentences"
WORD_TABLES = ("names", "risks", "needs", "law")
SHIPPED = files("edaphon.report") / "templates" / "sheets_text.toml"


@dataclass(frozen=True)
class SheetText:
    """Sentences by key, and words for the names of a config.

    Attributes
    ----------
    sentences : mapping of str to str
        With places to fill in braces.
    names : mapping of str to str
        Words for interventions, objectives, features and ledgers.
    risks, needs, law : mapping of str to str
        By intervention, in place of the catalogue's.
    source : str
        The text of the file, to be handed on for translation.
    """

    sentences: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)
    risks: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    law: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its places filled."""
        return self.sentences[key].format(**values)

    def number(self, value: float, digits: int = 3, sign: bool = False) -> str:
        """Return a number as the language writes it, on request with a plus where it is above 0."""
        text = self._marked(significant(value, digits))
        return f"+{text}" if sign and value > 0 else text

    def fixed(self, value: float, decimals: int) -> str:
        """Return a number with so many decimals, as the language writes it."""
        return self._marked(f"{value:,.{decimals}f}".replace("-", MINUS))

    def percent(self, share: float, digits: int = 2, sign: bool = False) -> str:
        """Return a share as a percentage."""
        return f"{self.number(100.0 * share, digits, sign)}\u00a0%"

    def _marked(self, text: str) -> str:
        marks = {".": self.sentences["decimal_mark"], ",": self.sentences["thousands_mark"]}
        return "".join(marks.get(letter, letter) for letter in text)

    def inside(self, name: str) -> str:
        """Return one's own words for a name inside a sentence, else the name as words."""
        return self.names.get(name) or words(name)

    def named(self, name: str, title: str = "") -> str:
        """Return one's own words for a name, else `title`, else the name as words, capitalized."""
        return self.names.get(name) or capital(title or words(name))


def shipped_text() -> SheetText:
    """Return the English sentences."""
    source = SHIPPED.read_text(encoding="utf-8")
    return SheetText(tomllib.loads(source)[SENTENCES], source=source)


def read_sheet_text(
    path: Path, where: str, known: Mapping[str, Collection[str]]
) -> tuple[SheetText, tuple[Finding, ...]]:
    """Read a file of sentences.

    Parameters
    ----------
    path : Path
        TOML with the tables of the shipped file; each may be left out.
    where : str
        Where the config names it.
    known : mapping of str to collection of str
        Names that may stand in each table besides the sentences.

    Returns
    -------
    text : SheetText
        With the English sentence where the file has none.
    findings : tuple of Finding
        A warning that names the sentences which stay English; one for each word for a name that
        nothing has.

    Raises
    ------
    DataError
        For a file that is missing or no TOML, and for tables, keys, values and places to fill
        that are not known, all at once.
    """
    shipped = shipped_text()
    given = _parsed(path, where)
    findings = raise_errors(_faults(given, shipped.sentences, path.name), DataError)
    tables = {name: given.get(name, {}) for name in (SENTENCES, *WORD_TABLES)}
    for table in WORD_TABLES:
        for name in tables[table]:
            if name not in known[table]:
                what = f"nothing in this config is called {name!r}"
                place = f"{path.name}: {table}.{name}"
                findings += (Finding(place, what, did_you_mean(name, known[table]), "warning"),)
    missing = [key for key in shipped.sentences if key not in tables[SENTENCES]]
    if missing:
        what = f"has no words for {name_some(missing)}, which stay English"
        hint = "Copy them from text.toml in the folder sheets of a run, and translate them."
        findings += (Finding(path.name, what, hint, "warning"),)
    own = {**shipped.sentences, **tables.pop(SENTENCES)}
    return SheetText(own, **tables, source=path.read_text(encoding="utf-8-sig")), findings


def _parsed(path: Path, where: str) -> dict[str, Any]:
    if not path.is_file():
        raise DataError(missing_file(where, path))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        hint = "Start from text.toml in the folder sheets of a run; save it as UTF-8."
        raise DataError(Finding(path.name, f"is no TOML file: {error}", hint)) from None


def _faults(given: Mapping[str, Any], shipped: Mapping[str, str], name: str) -> Iterator[Finding]:
    """Yield what is wrong with tables, keys, values and places to fill."""
    tables = (SENTENCES, *WORD_TABLES)
    for table, content in given.items():
        if table not in tables:
            yield Finding(
                f"{name}: {table}", "this table is not known", did_you_mean(table, tables)
            )
        elif not isinstance(content, dict):
            yield Finding(f"{name}: {table}", "must be a table", f"Write [{table}] above its keys.")
        else:
            for key, text in content.items():
                place = f"{name}: {table}.{key}"
                if table == SENTENCES and key not in shipped:
                    yield Finding(place, "this key is not known", did_you_mean(key, shipped))
                elif not isinstance(text, str):
                    yield Finding(place, f"must be text, not {text!r}", "Put it in quotes.")
                elif table == SENTENCES:
                    yield from _place_faults(place, text, shipped[key])


def _place_faults(place: str, text: str, english: str) -> Iterator[Finding]:
    """Yield the places to fill that the English sentence does not have."""
    known = sorted(_places(english))
    try:
        unknown = _places(text) - set(known)
    except ValueError:
        hint = "Write {{ and }} for braces that are meant as such."
        yield Finding(place, "a brace opens or closes nothing", hint)
        return
    for one in sorted(unknown):
        shown = ", ".join(f"{{{name}}}" for name in known)
        hint = f"It may hold {shown}." if known else "It has no places to fill."
        yield Finding(place, f"{{{one}}} is not known here", hint)


def _places(text: str) -> set[str]:
    """Return the places to fill, with whatever format follows, as they are written."""
    found = set()
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is not None:
            found.add(
                name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            )
    return found
