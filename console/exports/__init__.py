"""A report as a file: the same rows the screen shows, in a form that spreadsheets and programs can trust.

`plain` makes CSV and JSON, `xlsx` workbooks (of `cells`); `files` names them and writes them.
"""

from console.exports.files import FORMATS, MEDIA_TYPES, content, file_name, to_file, write
from console.exports.plain import STYLES, Style, cell, to_csv, to_csv_bytes, to_json

__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "STYLES",
    "Style",
    "cell",
    "content",
    "file_name",
    "to_csv",
    "to_csv_bytes",
    "to_file",
    "to_json",
    "write",
]
