"""Reads just enough ClickHouse SQL: where an insert's payload begins, and what a read-only user may say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>\s+ | --[^\n]* | \#[\ !][^\n]* | /\*.*?\*/)
      | (?P<string>'(?:[^'\\]|\\.|'')*')
      | (?P<quoted>`(?:[^`\\]|\\.|``)*` | "(?:[^"\\]|\\.|"")*")
      | (?P<word>[^\W\d]\w*)
      | (?P<number>\d\w*(?:\.\w*)?)
      | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_READS = frozenset(("SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS"))
_NOT_PAYLOAD = frozenset(("SELECT", "WITH", "VALUES", "WATCH", "INFILE"))

SAFE_TABLE_FUNCTIONS = frozenset(
    ("numbers", "numbers_mt", "zeros", "zeros_mt", "generateseries", "generate_series", "values", "null",
     "generaterandom", "format", "view", "dictionary", "primes", "sqlstandardvalues")
)  # fmt: skip
"""Table functions, lower case, that reach neither files nor the network nor other processes."""
UNSAFE_FUNCTIONS = frozenset(("file", "catboostevaluate", "addresstoline", "joinget", "joingetornull"))
"""Plain functions, lower case, that reach files or name a table in a string."""
_UNSAFE_SETTING = re.compile(r"additional_\w*filter\w*|format_schema\w*|\w*_path\w*|readonly", re.IGNORECASE)

READONLY, ACCESS_DENIED, SYNTAX_ERROR = 164, 497, 62
CANNOT_DECOMPRESS, SUPPORT_IS_DISABLED = 271, 344


_NAMES = {
    READONLY: "READONLY",
    ACCESS_DENIED: "ACCESS_DENIED",
    SYNTAX_ERROR: "SYNTAX_ERROR",
    CANNOT_DECOMPRESS: "CANNOT_DECOMPRESS",
    SUPPORT_IS_DISABLED: "SUPPORT_IS_DISABLED",
}


class Refused(Exception):
    """A statement that is not run. `code` is ClickHouse's own error code."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {why} ({_NAMES[code]})")
        self.code = code


class Token(NamedTuple):
    """One meaningful piece of a statement; `name` is upper case for words, unquoted for quoted names."""

    kind: str
    text: str
    name: str
    start: int
    end: int
    depth: int


@dataclass(frozen=True, slots=True)
class PayloadInsert:
    """An insert whose rows follow the statement: `target` INSERT INTO t (..), then rows in `format`."""

    target: str
    settings: str
    format: str
    payload_at: int

    def from_file(self, path: str) -> str:
        """Return the statement that inserts the rows of a file instead."""
        quoted = path.replace("\\", "\\\\").replace("'", "\\'")
        return f"{self.target} FROM INFILE '{quoted}' {self.settings} FORMAT {self.format}"


def tokens(sql: str) -> Iterator[Token]:
    """Split a statement, without spaces and comments; lazily, so a payload behind it is never read."""
    depth = 0
    for match in _TOKEN.finditer(sql):
        kind, text = match.lastgroup or "sign", match.group()
        if kind == "space":
            continue
        if text in _CLOSING:
            depth -= 1
        name = text.upper() if kind == "word" else text[1:-1] if kind == "quoted" else text
        yield Token(kind, text, name, match.start(), match.end(), depth)
        if text in _OPENING:
            depth += 1


def payload_insert(head: str) -> PayloadInsert | None:
    """Return the insert at the start of `head` if its rows follow it, else None.

    The statement ends behind the format's name; one line break there belongs to it.
    """
    settings_at = 0
    found = tokens(head)
    for place, token in enumerate(found):
        if place == 0 and token.name != "INSERT":
            return None
        if token.kind != "word" or token.depth:
            continue
        if token.name in _NOT_PAYLOAD:
            return None
        if token.name == "SETTINGS":
            settings_at = token.start
        if token.name == "FORMAT":
            form = next(found, None)
            if form is None or form.kind != "word" or form.name in _NOT_PAYLOAD:
                return None
            target = head[: settings_at or token.start].rstrip()
            settings = head[settings_at : token.start].strip() if settings_at else ""
            return PayloadInsert(target, settings, form.text, _skip_line_break(head, form.end))
    return None


def _skip_line_break(text: str, start: int) -> int:
    match = re.compile(r"[ \t\r]*\n?").match(text, start)
    return match.end() if match else start


def trailing_format(sql: str) -> str:
    """Return X of a `FORMAT X` outside parentheses, "" if there is none."""
    last, answer = "", ""
    for token in tokens(sql):
        if token.kind == "word" and token.depth == 0 and last == "FORMAT":
            answer = token.text
        last = token.name if token.depth == 0 else ""
    return answer


def refuse_several(sql: str) -> None:
    """Raise Refused if a second statement follows, as a ClickHouse server does."""
    ended = False
    for token in tokens(sql):
        if ended and token.text != ";":
            raise Refused(SYNTAX_ERROR, "Syntax error (Multi-statements are not allowed)")
        ended = ended or (token.text == ";" and token.depth == 0)


def refuse_for_reader(
    sql: str, table_functions: frozenset[str], parameters: dict[str, str], settings: dict[str, str]
) -> None:
    """Raise Refused for anything but a read of tables.

    `table_functions` holds the engine's own, lower case. The engine refuses writes too (readonly=2), but lets
    a reader open files, URLs and other servers; its database `default` even takes a file's name for a table.
    """
    found = list(tokens(sql))
    first = next((t for t in found if t.text != "("), None)
    if first is None or first.name not in _READS:
        raise Refused(READONLY, "Cannot execute query in readonly mode: this user may only read")
    for token, following in zip(found, [*found[1:], None], strict=True):
        _refuse_token(token, following.text if following else "", table_functions)
    for setting in settings:
        if _UNSAFE_SETTING.fullmatch(setting):
            raise Refused(READONLY, f"Cannot modify '{setting}' setting in readonly mode")
    for name, colon, kind in zip(found, found[1:], found[2:], strict=False):
        if colon.text != ":" or kind.name != "IDENTIFIER":
            continue
        value = parameters.get(name.text, "")
        if not re.fullmatch(r"\w+(\.\w+)?", value) or value.split(".")[0].lower() == "default":
            raise Refused(ACCESS_DENIED, "Not enough privileges: this name is not one of a table to read")


def _refuse_token(token: Token, following: str, table_functions: frozenset[str]) -> None:
    name = token.name.lower()
    is_name = token.kind in ("word", "quoted")
    if token.kind == "quoted" and ("\\" in name or "/" in name):
        raise Refused(ACCESS_DENIED, "Not enough privileges: a name with a slash could be that of a file")
    if token.kind == "sign" and token.text in "$‘’“”`\"'":
        raise Refused(ACCESS_DENIED, f"Not enough privileges: {token.text} is not understood here")
    if token.kind == "word" and token.name == "OUTFILE":
        raise Refused(READONLY, "Cannot execute query in readonly mode: INTO OUTFILE writes a file")
    if is_name and following == "(":
        unsafe = name in UNSAFE_FUNCTIONS or (name in table_functions and name not in SAFE_TABLE_FUNCTIONS)
        if unsafe:
            raise Refused(ACCESS_DENIED, f"Not enough privileges: {token.text} reads from outside the tables")
    if is_name and name == "default" and following == ".":
        raise Refused(ACCESS_DENIED, "Not enough privileges: database default would read files by name")
    if is_name and _UNSAFE_SETTING.fullmatch(name) and following == "=":
        raise Refused(READONLY, f"Cannot modify '{token.text}' setting in readonly mode")
