"""The students of a course, as a platform lists them: read_roster, Roster, Person."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cifg_edu.errors import UserError
from cifg_edu.grading.handed_in import Owner
from cifg_edu.grading.tables import Row, Table, read_table, require_columns

# What tells a student from all others in a Canvas gradebook export, and in a list of Moodle's.
CANVAS_KEYS = ("ID", "SIS User ID", "SIS Login ID")
MOODLE_KEYS = ("Username", "ID number", "Email address")
LAST_NAMES = ("Last name", "Surname")
# In a file's name a shorter number is more likely a lesson's, a copy's or a year's.
SHORTEST_NUMBER = 5

Words = tuple[str, ...]


class Person(NamedTuple):
    """A student of the course.

    label: the name by which all pages call the student; no two students share one.
    last, first: names; `first` may be empty.
    cells: the row of the roster, by heading.
    """

    label: str
    last: str
    first: str
    cells: dict[str, str]

    @property
    def email(self) -> str:
        """The address; "" where the roster has none."""
        address = self.cells.get("Email address") or self.cells.get("SIS Login ID", "")
        return address if "@" in address else ""

    @property
    def key(self) -> str:
        """The first identifier that the roster gives."""
        return next(key for heading in KEYS if (key := self.cells.get(heading, "").strip()))


KEYS = CANVAS_KEYS + MOODLE_KEYS


@dataclass(frozen=True)
class Roster:
    """The students of a course.

    path: of the file.
    canvas: whether it is an export of Canvas's gradebook, and not a list of Moodle's.
    headings: of the columns that say who a student is.
    columns: all of its headings.
    people: the students, in order.
    known: the students whom an identifier or a name fits.
    """

    path: Path
    canvas: bool
    headings: list[str]
    columns: list[str]
    people: list[Person]
    known: dict[Words, list[Person]] = field(default_factory=dict)

    def add(self, text: str, person: Person) -> None:
        """Let an identifier or a name stand for a student."""
        people = self.known.setdefault(_words(text), [])
        if _words(text) and person not in people:
            people.append(person)

    def find(self, text: str) -> list[Person]:
        """The students whom an identifier, a label or a name fits as a whole."""
        return self.known.get(_words(text), [])

    def owners(self, whose: Owner) -> list[Person]:
        """The students to whom the name of a file or folder may belong.

        A name that Canvas or Moodle made counts as a whole. In any other, an identifier or a name
        may stand anywhere; the longest that is found counts.

        Args:
            whose: what `handed_in.owner` reads from it.
        """
        before, _, number = whose.student.rpartition("_")
        if whose.number and self.canvas:
            return [one for one in self.find(number) if one.cells["ID"].strip() == number]
        if whose.named:
            return self.find(f"participant {number}") or self.find(before)
        words = _words(whose.student)
        found: dict[int, list[Person]] = {}
        for known, people in self.known.items():
            short = len(known) == 1 and known[0].isdecimal() and len(known[0]) < SHORTEST_NUMBER
            if not short and _holds(words, known):
                kept = found.setdefault(len(known), [])
                kept += [person for person in people if person not in kept]
        return found[max(found)] if found else []


def read_roster(path: Path) -> Roster:
    """Read an export of Canvas's gradebook, or a list of students that Moodle exports.

    Args:
        path: of a CSV file with the columns Student, ID and Section (Canvas), or First name, Last
            name and one of Username, ID number and Email address (Moodle).

    Returns:
        The students, in the file's order.

    Raises:
        UserError: the file cannot be read, lacks a column, or names a student twice.
    """
    table = read_table(path)
    canvas = {"Student", "ID"} <= set(table.headings)
    if canvas:
        require_columns(table, ["Section"])
        headings = table.headings[: table.headings.index("Section") + 1]
        # Two rows of an export are no students: the points, and which columns are posted by hand.
        rows = [
            row
            for row in table.rows
            if row.cells["Student"].strip() and "Points Possible" not in row.cells["Student"]
        ]
    else:
        last = next((name for name in LAST_NAMES if name in table.headings), LAST_NAMES[0])
        keys = [key for key in MOODLE_KEYS if key in table.headings]
        if "First name" not in table.headings or last not in table.headings or not keys:
            raise UserError(
                f"{path} is no roster: give an export of Canvas's gradebook (with the columns "
                "Student, ID and Section) or of Moodle's participants (First name, Last name, and "
                "Username, ID number or Email address)."
            )
        headings, rows = ["First name", last, *keys], table.rows
    if not rows:
        raise UserError(f"{path} lists no student: give the roster of the course.")
    roster = Roster(path, canvas, headings, table.headings, _people(rows))
    _refuse_doubles(table, rows)
    for person in roster.people:
        for key in KEYS:
            identifier = person.cells.get(key, "")
            roster.add(identifier, person)
            roster.add(identifier.partition("@")[0], person)
        for name in (person.label, f"{person.last} {person.first}", _full_name(person)):
            roster.add(name, person)
    return roster


def _people(rows: list[Row]) -> list[Person]:
    people = []
    for row in rows:
        last, _, first = row.cells.get("Student", "").partition(",")
        last = next((row.cells[name] for name in LAST_NAMES if name in row.cells), last)
        first = row.cells.get("First name", first)
        last, first = " ".join(last.split()), " ".join(first.split())
        label = ", ".join(filter(None, (last, first)))
        if not label or not any(row.cells.get(key, "").strip() for key in KEYS):
            raise UserError(f"{row.place}, has no name or no identifier: give both, or delete it.")
        people.append(Person(label, last, first, row.cells))
    counts = Counter(_words(person.label) for person in people)
    return [
        one._replace(label=f"{one.label} ({one.key})") if counts[_words(one.label)] > 1 else one
        for one in people
    ]


def _refuse_doubles(table: Table, rows: list[Row]) -> None:
    for heading in set(KEYS) & set(table.headings):
        seen: dict[Words, Row] = {}
        for row in rows:
            words = _words(row.cells[heading])
            if words and words in seen:
                raise UserError(
                    f"{row.place}, has the same {heading} as an earlier row, "
                    f"{row.cells[heading]!r}: keep one of the two."
                )
            seen[words] = row


def _full_name(person: Person) -> str:
    return f"{person.first} {person.last}".strip()


def _words(text: str) -> Words:
    """Letters and digits alone: case, accents' spelling and signs between words do not count."""
    return tuple(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))


def _holds(words: Words, part: Words) -> bool:
    """Whether `part` stands in `words`, in one piece."""
    last = len(words) - len(part)
    return bool(part) and any(words[k : k + len(part)] == part for k in range(last + 1))
