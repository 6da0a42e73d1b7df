"""The grammar of row filters, read by recursive descent into a syntax tree.

    filter      = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation    = { "not" } ( "(" filter ")" | comparison )
    comparison  = operand ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) operand
                | column [ "not" ] "in" "(" literal { "," literal } ")"
    operand     = column | literal
    literal     = number | quoted text | true | false

A column's name is written as it is, or in backquotes where it holds blanks or signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Value = str | float | int | bool

SIGNS = ("==", "!=", "<", "<=", ">", ">=")
_DEEPEST = 60
_TOKEN = re.compile(
    r"(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))"
    r"|(?P<text>'[^']*'|\"[^\"]*\")|`(?P<quoted>[^`]+)`|(?P<word>[^\W\d]\w*)"
    r"|(?P<mark><=|>=|==|!=|[<>(),])"
)
_WORDS = ("and", "or", "not", "in", "true", "false")
_MISTAKES = {
    "=": "write == to compare", "&": "write and", "|": "write or", "!": "write not",
    "'": "the quote is not closed", '"': "the quote is not closed",
    "≤": "write <=", "≥": "write >=", "≠": "write !=",
    "`": "the backquote is not closed",
}  # fmt: skip


class FilterError(ValueError):
    """A filter that cannot be read, or does not fit the table.

    Attributes
    ----------
    message : str
    column : int
        Position in the filter's text, counted from 1.
    """

    def __init__(self, message: str, column: int) -> None:
        self.message, self.column = message, column
        super().__init__(f"{message} (at character {column})")


@dataclass(frozen=True)
class Column:
    """A column of the table, and where the filter names it."""

    name: str
    at: int


@dataclass(frozen=True)
class Constant:
    """A number, text, true or false."""

    value: Value
    at: int


@dataclass(frozen=True)
class Comparison:
    """Two operands, one of them a column."""

    left: Column | Constant
    sign: str
    right: Column | Constant


@dataclass(frozen=True)
class Among:
    """A column's value is (or is not) one of some literals."""

    column: Column
    choices: tuple[Constant, ...]
    negated: bool


@dataclass(frozen=True)
class Not:
    """The rows that a filter leaves out."""

    part: Node


@dataclass(frozen=True)
class Combined:
    """Rows of all parts ("and") or of any part ("or")."""

    word: Literal["and", "or"]
    parts: tuple[Node, ...]


Node = Comparison | Among | Not | Combined


def parse_node(text: str) -> Node:
    """Parse a row filter into its syntax tree.

    Raises
    ------
    FilterError
        With the position, counted from 1, and what would be right there.
    """
    reader = _Reader(text)
    node = reader.either(0)
    if reader.token.kind != "end":
        raise reader.unexpected("and, or or the end")
    return node


@dataclass(frozen=True)
class _Token:
    """One word of a filter: kind is "number", "text", "column", "mark", "word" or "end"."""

    kind: str
    text: str
    at: int


class _Reader:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.next = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.next]

    def take(self, *texts: str) -> _Token | None:
        """Move past a mark or word if it comes next."""
        token = self.token
        if token.kind not in ("mark", "word") or token.text not in texts:
            return None
        self.next += 1
        return token

    def need(self, text: str) -> None:
        if not self.take(text):
            raise self.unexpected(repr(text))

    def unexpected(self, wanted: str) -> FilterError:
        found = "the filter ends" if self.token.kind == "end" else f"{self.token.text!r} stands"
        return FilterError(f"{found} where {wanted} should follow", self.token.at)

    def either(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise FilterError("the filter is nested too deeply", self.token.at)
        parts = [self.both(depth)]
        while self.take("or"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Combined("or", tuple(parts))

    def both(self, depth: int) -> Node:
        parts = [self.negation(depth)]
        while self.take("and"):
            parts.append(self.negation(depth))
        return parts[0] if len(parts) == 1 else Combined("and", tuple(parts))

    def negation(self, depth: int) -> Node:
        negated = False
        while self.take("not"):
            negated = not negated
        if self.take("("):
            node = self.either(depth + 1)
            self.need(")")
        else:
            node = self.comparison()
        return Not(node) if negated else node

    def comparison(self) -> Node:
        left = self.operand()
        if self.token.text in ("in", "not") and self.token.kind == "word":
            return self.among(left)
        sign = self.take(*SIGNS)
        if sign is None:
            raise self.unexpected("a comparison (==, !=, <, <=, >, >=, in)")
        right = self.operand()
        if isinstance(left, Constant) and isinstance(right, Constant):
            raise FilterError("a comparison needs a column on one side", left.at)
        if self.token.kind == "mark" and self.token.text in SIGNS:
            message = "comparisons cannot be chained; write a < b and b < c"
            raise FilterError(message, self.token.at)
        return Comparison(left, sign.text, right)

    def among(self, column: Column | Constant) -> Among:
        negated = self.take("not") is not None
        self.need("in")
        if isinstance(column, Constant):
            raise FilterError("a column should stand before in", column.at)
        self.need("(")
        choices = [self.literal()]
        while self.take(","):
            if self.token.text == ")" and self.token.kind == "mark":
                break
            choices.append(self.literal())
        self.need(")")
        return Among(column, tuple(choices), negated)

    def literal(self) -> Constant:
        operand = self.operand()
        if isinstance(operand, Column):
            message = f"{operand.name!r} is no number and stands without quotes"
            raise FilterError(f"{message}; write '{operand.name}'", operand.at)
        return operand

    def operand(self) -> Column | Constant:
        token = self.token
        if token.kind == "word" and token.text in ("true", "false"):
            value: Value = token.text == "true"
        elif token.kind == "number":
            value = int(token.text) if token.text.lstrip("+-").isdigit() else float(token.text)
        elif token.kind == "text":
            value = token.text[1:-1]
        elif token.kind == "column":
            self.next += 1
            return Column(token.text, token.at)
        else:
            raise self.unexpected("a column, a number or a quoted text")
        self.next += 1
        return Constant(value, token.at)


def _tokens(text: str) -> Iterator[_Token]:
    """Split a filter; the last token is the end."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            hint = _MISTAKES.get(text[at], "put names with signs in backquotes")
            raise FilterError(f"{text[at]!r} has no meaning here; {hint}", at + 1)
        kind, token = found.lastgroup, found[found.lastgroup]
        if kind == "word" and token.lower() in _WORDS:
            token = token.lower()
        elif kind in ("word", "quoted"):
            kind = "column"
        yield _Token(kind, token, at + 1)
        at = found.end()
    yield _Token("end", "", len(text) + 1)
