"""Files that are made to hold the grader up, or to lead it astray, cost one sentence each."""

import io
import json
import os
import socket
import stat
import struct
import zipfile

import pytest

from cifg_edu.grading import submissions
from cifg_edu.grading.submissions import choose, find_submissions
from tests.grading.classroom import RIGHT, SIGMOID, answered

WHOLE = json.dumps(answered(**RIGHT)).encode()
BOTH = {"sigmoid", "interpolate"}
TOO_MUCH = "more code than in several copies of the course"


def taken(folder):
    """For each student the exercises that have an answer, and what is said."""
    found = find_submissions(folder).students
    chosen = [choose(name, student, 1) for name, student in found.items()]
    return {one.student: (set(one.answers), " ".join(one.problems)) for one in chosen}


def notebook(*sources, name="exercise-sigmoid"):
    cells = [{"cell_type": "code", "id": "x", "source": source} for source in sources]
    cells[-1]["id"] = name
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def packed(*members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


def one_member_many_times(times):
    """A zip file whose table of contents names the same fifteen megabytes again and again."""
    content = packed(("06.ipynb", b" " * (15 << 20) + WHOLE))
    table, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    entries = content[table:end] * times
    last = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, times, times, len(entries), table, 0)
    return content[:table] + entries + last


def linked(target):
    member = zipfile.ZipInfo("06.ipynb")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return packed((member, target))


# What is handed in as `eve.ipynb` or `eve.zip`, which answers there are then, and what is said.
FILES = {
    "a hundred thousand cells": (notebook(*["x = 1"] * 100_000, SIGMOID), set(), TOO_MUCH),
    "empty cells": (notebook(*[""] * 30_000, SIGMOID), set(), TOO_MUCH),
    "a chain of helpers": (
        notebook(*(f"def f{n}(a):\n    return f{n - 1}(a)" for n in range(12_000)), SIGMOID),
        {"sigmoid"},
        "300,000 characters",
    ),
    "nested metadata": (
        '{"cells": [], "metadata": ' + '{"a": ' * 50_000 + "1" + "}" * 50_001, set(), "JSON"
    ),
    "a source in many lists": (
        f'{{"cells": [{{"cell_type": "code", "source": {"[" * 900}"x"{"]" * 900}}}]}}', set(), ""
    ),
    "numbers that are none": (
        WHOLE.replace(b'"nbformat": 4', b'"nbformat": NaN, "x": [Infinity, -Infinity]'), BOTH, ""
    ),
    "a source that is no number": (
        '{"cells": [{"cell_type": "code", "id": "exercise-sigmoid", "source": [NaN, 1e999]}]}',
        {"sigmoid"},
        "",
    ),
    "half a letter": (notebook(f"# \ud800\n{SIGMOID}"), {"sigmoid"}, "does not read"),
    "half a letter as an identity": (notebook(SIGMOID, name="\udfff"), {"sigmoid"}, ""),
    "a long line of prompts": (notebook((">>> " * 2_000 + "!" * 2_000 + "\n") * 20), set(), ""),
    "a million lines": (
        json.dumps({"cells": [{"cell_type": "code", "source": ["\n"] * 10**6}]}), set(), ""
    ),
    "keys twice, and cells of every kind": (
        '{"cells": 3, "worksheets": [{"cells": 3}, null], "cells": [[], null, true, '
        '{"cell_type": ["code"]}, {"cell_type": "code", "id": {}, "source": {"a": 1}}]}',
        set(),
        "",
    ),
    "UTF-16": (json.dumps(answered(**RIGHT)).encode("utf-16"), BOTH, ""),
    "one member many times": (one_member_many_times(5_000), BOTH, "32 MB of notebooks"),
    "a link in a zip file": (linked("/etc/passwd"), set(), "not a notebook"),
    "a zip file in a zip file": (packed(("in.zip", packed(("06.ipynb", WHOLE)))), set(), "in.zip"),
    "a name with a zero byte": (packed(("06.ipynb\0.txt", WHOLE)), BOTH, ""),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_file_is_read_within_bounds(tmp_path, monkeypatch, what):
    monkeypatch.setattr(submissions, "MOST_BYTES", 32 << 20)
    content, answers, sentence = FILES[what]
    content = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
    ending = "zip" if content.startswith(b"PK") else "ipynb"
    (tmp_path / f"eve.{ending}").write_bytes(content)
    [(found, said)] = taken(tmp_path).values()
    assert found == answers
    assert sentence in said


def test_many_notebooks_of_one_student_are_read_up_to_a_bound_of_their_code(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MOST_CODE", 100_000)
    for number in range(9):
        (tmp_path / "eve").mkdir(exist_ok=True)
        text = notebook(f"# {'x' * 20_000}\n{SIGMOID}")
        (tmp_path / "eve" / f"{number}.ipynb").write_text(text)
        os.utime(tmp_path / "eve" / f"{number}.ipynb", (number * 100, number * 100))
    (tmp_path / "ada.ipynb").write_bytes(WHOLE)
    found = taken(tmp_path)
    assert found["eve"][0] == {"sigmoid"}
    assert "Of 4 notebooks eve/3.ipynb was taken" in found["eve"][1]
    assert TOO_MUCH in found["eve"][1]
    assert found["ada"] == (BOTH, "")


def test_what_holds_nothing_is_named_and_never_opened(tmp_path):
    """Devices that give bytes for ever or wait, pipes, sockets, and files larger than any disk."""
    eve = tmp_path / "eve"
    eve.mkdir()
    for name in ("pipe.ipynb", "pipe.zip"):
        os.mkfifo(eve / name)
    here = os.getcwd()
    os.chdir(eve)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.ipynb")
    os.chdir(here)
    for name in ("sparse.ipynb", "sparse.zip"):
        with (eve / name).open("wb") as file:
            file.truncate(1 << 40)
    if os.geteuid() == 0:
        for name, minor in (("zero.ipynb", 5), ("full.zip", 7)):
            os.mknod(eve / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))
    for name, target in (("a.ipynb", "/dev/zero"), ("b.zip", "/proc/self/mem"), ("c", "c")):
        (eve / name).symlink_to(target)
    files = sorted(path.name for path in eve.iterdir())
    (eve / "06.ipynb").write_bytes(WHOLE)
    [(found, said)] = taken(tmp_path).values()
    assert found == BOTH
    assert "eve/a.ipynb (This is a symbolic link, which is not followed" in said
    student = find_submissions(tmp_path).students["eve"]
    named = {one.file for one in student.submissions} | set(student.others)
    assert named == {f"eve/{name}" for name in [*files, "06.ipynb"]}


@pytest.mark.parametrize(
    "name",
    ["$(id)", "`id`", "--help", "%s%n{0}{{x}}", "\u202egpj.exe", "\u200b", "\r", "COM1", "a\x1b[2J",
     os.fsdecode(b"\xed\xa0\x80\xff")],
)  # fmt: skip
def test_name_with_a_trick_is_a_student_like_any_other(tmp_path, name):
    (tmp_path / f"{name}.ipynb").write_bytes(WHOLE)
    assert taken(tmp_path) == {name: (BOTH, "")}
