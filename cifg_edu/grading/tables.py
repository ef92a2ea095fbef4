"""Tables as platforms and spreadsheets exchange them: read_table, table_text."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from cifg_edu.errors import UserError

LARGEST_TABLE = 16 << 20


class Row(NamedTuple):
    """One row of a table.

    place: the file and the line, for a message.
    cells: the text under each heading.
    """

    place: str
    cells: dict[str, str]


class Table(NamedTuple):
    """A table with its headings, and its rows in order."""

    path: Path
    headings: list[str]
    rows: list[Row]


def read_table(path: Path) -> Table:
    """Read a CSV file whose cells are divided by commas, semicolons or tabs.

    Args:
        path: of a file in UTF-8, with or without a byte order mark.

    Returns:
        All its rows but the empty ones. Spaces around a heading are left out.

    Raises:
        UserError: it cannot be read, is no such table, or has a heading twice.
    """
    try:
        if path.stat().st_size > LARGEST_TABLE:
            raise UserError(f"{path} is larger than {LARGEST_TABLE >> 20} MB: give a CSV file.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): give a CSV file.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not in UTF-8: save it as CSV in UTF-8.") from error
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        headings = [cell.strip() for cell in next(reader, [])]
        rows = []
        for cells in reader:
            place = f"{path}, line {reader.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(headings):
                raise UserError(
                    f"{place}, has more cells than headings: put quotation marks around a text "
                    "that holds a comma or semicolon."
                )
            padded = cells + [""] * (len(headings) - len(cells))
            rows.append(Row(place, dict(zip(headings, padded, strict=True))))
    except csv.Error as error:
        raise UserError(f"{path} is no CSV file ({error}): save it as CSV in UTF-8.") from error
    for heading in headings:
        if heading and headings.count(heading) > 1:
            raise UserError(f"{path} has two columns {heading!r}: give each its own heading.")
    return Table(path, headings, rows)


def require_columns(table: Table, wanted: Iterable[str]) -> None:
    """Refuse a table that lacks a column.

    Raises:
        UserError: a heading is missing.
    """
    missing = [heading for heading in wanted if heading not in table.headings]
    if missing:
        raise UserError(f"{table.path} has no column {missing[0]!r}: add one with this heading.")


def table_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV with commas, which `read_table` and every platform read."""
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()
