"""A CSV file as it comes: which encoding, which delimiter, which header, and its rows with line numbers.

What is wrong with the whole file is a Refused sentence naming file, line and what to do; what is wrong with
one row is a BadRow, and the others go on. Files are streamed: memory does not grow with them.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.errors import Refused

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
LONGEST_LINE = 1_000_000  # bytes; beyond it this is no table of ours
_MARK = b"\xef\xbb\xbf"
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # bytes Windows-1252 has no character for


class BadRow(Exception):
    """One row cannot be taken; the text says why."""


@dataclass(frozen=True)
class SourceFile:
    """A file whose encoding and header are known. Header names are as `plain` writes them."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    complete: bool  # ends with a line end

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True)
class Line:
    """One data row: the line it starts on, and its cells by header, or what is wrong with it."""

    number: int
    cells: dict[str, str]
    problem: str | None = None


def plain(header: str) -> str:
    """A header as it is compared: "Account ID", "account-id" and "account_id" are one."""
    return "_".join(re.findall(r"\w+", header.casefold().replace("_", " ")))


def refuse(path: Path, line: int | None, sentence: str) -> Refused:
    place = path.name if line is None else f"{path.name}, line {line}"
    return Refused(f"{place}: {sentence} Nothing was loaded.")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise refuse(
                        path,
                        number,
                        "The line is longer than 1 MB, so this is no CSV file. Export it as CSV.",
                    )
                yield number, line
    except OSError as error:
        raise refuse(path, None, "The file cannot be read. Check its path and its rights.") from error


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _encoding(path: Path) -> tuple[str, bool]:
    """(encoding, whether the file ends with a line end). Raises Refused for a mixture."""
    marked, utf8, other = False, 0, 0  # the first lines that are only one of the two
    number, last = 0, b""
    for number, last in _lines(path):
        if number == 1:
            marked = last.startswith(_MARK)
            if last.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in last:
                raise refuse(path, 1, "The file is UTF-16 or not text. Save it as CSV in UTF-8.")
        if last.isascii() or (number == 1 and last.removeprefix(_MARK).isascii()):
            continue
        if _is_utf8(last):
            utf8 = utf8 or number
        else:
            other = other or number
        if other and (utf8 or marked):
            raise refuse(
                path,
                other,
                "The line is not UTF-8, but "
                + (f"line {utf8} is" if utf8 else "the file is marked as UTF-8")
                + ": two encodings are mixed. Save the whole file as UTF-8.",
            )
        if _UNDEFINED.search(last) and other:
            raise refuse(
                path, number, "The line is neither UTF-8 nor Windows-1252. Save the whole file as UTF-8."
            )
    if number == 0:
        raise refuse(path, None, "The file is empty. Export it again.")
    encoding = "utf-8-sig" if marked else "cp1252" if other else "utf-8"
    return encoding, last.endswith((b"\n", b"\r"))


def _reader(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line the row starts on, cells). Raises Refused where quotes do not close: what follows is unknown."""
    with path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        start = 1
        try:
            for cells in rows:
                if cells:
                    yield start, cells
                start = rows.line_num + 1
        except csv.Error as error:
            raise refuse(
                path,
                start,
                "A quote is opened and not closed, or stands inside a text, or a text is longer than "
                f"{csv.field_size_limit():,} characters. The file may be cut: export it again.",
            ) from error


def _delimiter(header: str) -> str:
    unquoted = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=unquoted.count)


def open_file(path: Path) -> SourceFile:
    """Find out encoding, delimiter and header. Reads the whole file once. Raises Refused."""
    encoding, complete = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _delimiter(file.readline())
    first = next(_reader(path, encoding, delimiter), None)
    if first is None:
        raise refuse(path, 1, "There is no header. Export the file again, with headers.")
    header = tuple(plain(name) for name in first[1])
    for position, name in enumerate(header):
        if not name:
            raise refuse(path, 1, f"The header of column {position + 1} is empty. Name it.")
        if name in header[:position]:
            raise refuse(
                path, 1, f"The header “{first[1][position][:60]}” is there twice. Rename or remove one."
            )
    return SourceFile(path, encoding, delimiter, header, complete)


def lines(source: SourceFile) -> Iterator[Line]:
    """The data rows in the order of the file. Raises Refused where the file as a whole is broken."""
    width = len(source.header)
    rows = _reader(source.path, source.encoding, source.delimiter)
    next(rows)
    held = next(rows, None)
    while held is not None:
        number, cells = held
        held = next(rows, None)
        if len(cells) < width and held is None and not source.complete:
            raise refuse(
                source.path,
                number,
                f"The last line is cut: {len(cells)} of {width} fields. Export the file again, whole.",
            )
        yield Line(number, dict(zip(source.header, cells, strict=False)), _problem(cells, width))


def _problem(cells: list[str], width: int) -> str | None:
    if len(cells) != width:
        hint = "a field is missing" if len(cells) < width else "a text with a delimiter needs quotes"
        return f"The line has {len(cells)} fields, the header {width}: {hint}."
    if any("\0" in cell for cell in cells):
        return "A field contains a NUL character. Remove it."
    return None
