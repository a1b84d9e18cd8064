"""Encodings, delimiters and headers; what is wrong with a file or a row, in words."""

from pathlib import Path

import pytest

from console.errors import Refused
from console.loading import files
from console.loading.files import Line, lines, open_file, plain


def made(folder: Path, content: bytes) -> Path:
    path = folder / "accounts.csv"
    path.write_bytes(content)
    return path


def rows(folder: Path, content: bytes) -> list[Line]:
    return list(lines(open_file(made(folder, content))))


@pytest.mark.parametrize(
    ("encoding", "found"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252")]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_and_delimiters(
    tmp_path: Path, encoding: str, found: str, delimiter: str, line_end: str
) -> None:
    text = line_end.join(["Key{0}Näme", '1{0}Åsa "€"', '2{0}"x{0}y"', ""]).format(delimiter)
    path = made(tmp_path, text.encode(encoding))
    source = open_file(path)
    assert (source.encoding, source.delimiter, source.header) == (found, delimiter, ("key", "näme"))
    assert [line.cells["näme"] for line in lines(source)] == ['Åsa "€"', f"x{delimiter}y"]


def test_headers_are_compared_plainly() -> None:
    assert {plain(name) for name in ("Account ID", "account_id", " account-id ", "ACCOUNT  id")} == {
        "account_id"
    }


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    found = rows(tmp_path, b'a,b\n1,"two\nlines"\n\n2,x\n3\n4,x,y\n5,\0\n6,z\n')
    assert [line.number for line in found] == [2, 5, 6, 7, 8, 9]
    assert [line.problem for line in found] == [
        None,
        None,
        "The line has 1 fields, the header 2: a field is missing.",
        "The line has 3 fields, the header 2: a text with a delimiter needs quotes.",
        "A field contains a NUL character. Remove it.",
        None,
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "accounts.csv: The file is empty."),
        (b"\n\n", "line 1: There is no header."),
        (b"a,b,A\n1,2,3\n", "line 1: The header “A” is there twice."),
        (b"a,,c\n1,2,3\n", "line 1: The header of column 2 is empty."),
        ("a,b\n1,ä\n".encode("utf-16"), "line 1: The file is UTF-16"),
        ("a,b\n1,ä\n".encode() + b"2,\xe4\n", "line 3: The line is not UTF-8, but line 2 is"),
        (b"a,b\n1,\xe4\n" + "2,ä\n".encode(), "line 2: The line is not UTF-8, but line 3 is"),
        (b"\xef\xbb\xbfa,b\n1,\xe4\n", "line 2: The line is not UTF-8, but the file is marked"),
        (b"a,b\n1,\xe4\n2,\x81\n", "line 3: The line is neither UTF-8 nor Windows-1252"),
        (b'a,b\n1,2\n3,"open\n4,5\n', "line 3: A quote is opened and not closed"),
        (b'a,b\n1,"x" y\n', "line 2: A quote is opened and not closed, or stands inside"),
        (b'a,b\n1,"' + b"x" * 200_000 + b'"\n', "line 2: .* longer than 131,072 characters"),
        (b"a,b\n1,2\n3", "line 3: The last line is cut: 1 of 2 fields"),
    ],
)
def test_a_broken_file_is_refused_with_line_and_reason(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence) as caught:
        rows(tmp_path, content)
    assert str(caught.value).endswith("Nothing was loaded.")


def test_a_line_without_end_is_refused_before_memory_ends(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="line 2: The line is longer than 1 MB"):
        rows(tmp_path, b"a,b\n" + b"x" * (files.LONGEST_LINE + 1))


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        open_file(tmp_path)
