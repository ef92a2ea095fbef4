"""Of all that a student handed in the right notebook is graded, and every file is accounted for."""

import io
import json
import os
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cifg_edu.grading import handed_in, submissions
from cifg_edu.grading.handed_in import owner
from cifg_edu.grading.submissions import choose, common_lesson, find_submissions
from tests.grading.classroom import (
    HOME,
    RIGHT,
    answered,
    grade_class,
    lesson,
    needs_bubblewrap,
    references,
)

OLD, NEW = 1_000_000_000, 1_000_000_060


def version(mark):
    """A notebook of lesson 01 whose answers say which it is."""
    return answered(**{name: f"# {mark}\n{text}" for name, text in RIGHT.items()})


def put(folder, name, notebook, changed=OLD):
    """Write a file, changed at a given time."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    path.write_bytes(content)
    os.utime(path, (changed, changed))


def zipped(members, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, content in members.items():
            year = (2001, 9, 9, 1, 46, 40)
            member = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, year)
            member.compress_type = archive.compression
            archive.writestr(member, content if isinstance(content, bytes) else json.dumps(content))
    return file.getvalue()


def chosen(folder, number=1):
    """For each student what is graded, and what is said of it."""
    found = find_submissions(folder)
    return {name: choose(name, student, number) for name, student in found.students.items()}


def mark(submission):
    """Which version was taken."""
    return submission.answers["sigmoid"].split("# ")[1].split("\n")[0]


def said(submission):
    return " ".join(submission.problems)


@pytest.mark.parametrize("later", ["06 (1).ipynb", "06-Copy1.ipynb", "00.ipynb", "sub/06.ipynb"])
def test_the_notebook_that_was_changed_last_counts_whatever_its_name(tmp_path, later):
    put(tmp_path, "ada/06.ipynb", version("old"))
    put(tmp_path, f"ada/{later}", version("new"), NEW)
    put(tmp_path, "bob/06.ipynb", version("new"), NEW)
    put(tmp_path, f"bob/{later}", version("old"))
    by_student = chosen(tmp_path)
    assert mark(by_student["ada"]) == mark(by_student["bob"]) == "new"
    assert f"Of 2 notebooks ada/{later} was taken: it was changed last." in said(by_student["ada"])
    assert "Of 2 notebooks bob/06.ipynb was taken" in said(by_student["bob"])


@pytest.mark.parametrize("later", ["06 (2).ipynb", "06-Copy2.ipynb", "06 (10).ipynb"])
def test_where_times_do_not_differ_the_highest_copy_counts(tmp_path, later):
    for name in ("06.ipynb", "06 (1).ipynb", "06-Copy1.ipynb"):
        put(tmp_path, f"ada/{name}", version("old"), OLD + 1)
    put(tmp_path, f"ada/{later}", version("new"), OLD)
    ada = chosen(tmp_path)["ada"]
    assert mark(ada) == "new"
    assert "the last by its name, and the times do not differ" in said(ada)


def test_canvas_counts_its_submissions_and_marks_the_late(tmp_path):
    # The first has the later time here, as where files were unpacked in another order.
    put(tmp_path, "lovelaceada_123_4567_06.ipynb", version("old"), NEW)
    put(tmp_path, "lovelaceada_LATE_123_14001_06-1.ipynb", version("new"), OLD)
    put(tmp_path, "lovelaceada_124_4570_06.ipynb", version("namesake"))
    put(tmp_path, "LATE_anon_Ab3xY_4580_06.ipynb", version("anonymous"))
    by_student = chosen(tmp_path)
    assert {name: mark(one) for name, one in by_student.items()} == {
        "lovelaceada_123": "new",
        "lovelaceada_124": "namesake",
        "anon_Ab3xY": "anonymous",
    }
    assert "it has the highest number of the learning platform" in said(
        by_student["lovelaceada_123"]
    )
    for name, one in by_student.items():
        assert ("as late" in said(one)) == (name != "lovelaceada_124")


def test_moodle_names_one_student_in_several_folders_or_files(tmp_path):
    put(tmp_path, "Ada Lovelace_77_assignsubmission_file_/06.ipynb", version("ada"))
    put(tmp_path, "Ada Lovelace_77_assignsubmission_onlinetext_/onlinetext.html", b"<p>Done")
    put(tmp_path, "Bob Ross_78_assignsubmission_file_my 06.ipynb", version("bob"))
    put(tmp_path, "Eve_79_assignsubmission_file/06.ipynb", version("eve"))
    by_student = chosen(tmp_path)
    assert {name: mark(one) for name, one in by_student.items()} == {
        "Ada Lovelace_77": "ada",
        "Bob Ross_78": "bob",
        "Eve_79": "eve",
    }
    assert "Not taken: Ada Lovelace_77_assignsubmission_onlinetext_/onlinetext.html." in said(
        by_student["Ada Lovelace_77"]
    )


@pytest.mark.parametrize("name", ["ada_06", "hw_06_01_ada", "hw_6_2026_ada", "06 (1)", "ada-Copy1"])
def test_name_that_no_platform_made_is_a_student_by_itself(name):
    assert owner(f"{name}.ipynb").student == name
    assert not owner(f"{name}.ipynb").named


def test_course_folder_handed_in_whole_is_not_graded_on_our_answers(tmp_path):
    paths = [
        path for folder in ("lessons", "solutions") for path in (HOME / folder).glob("*.ipynb")
    ]
    for path in paths:
        changed = NEW if path.parent.name == "solutions" else OLD
        put(tmp_path, f"ada/cifg/{path.relative_to(HOME)}", path.read_bytes(), changed)
    put(tmp_path, "ada/cifg/lessons/01_gates_as_mixers.ipynb", version("own"))
    [path] = (HOME / "solutions").glob("01_*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []  # as after another run
    put(tmp_path, "bob.ipynb", notebook)
    by_student = chosen(tmp_path)
    assert mark(by_student["ada"]) == "own"
    assert by_student["bob"].answers == {}
    note = "Not graded, since it is the course's own solution:"
    assert f"{note} ada/cifg/solutions/01_gates_as_mixers.ipynb." in said(by_student["ada"])
    assert f"{note} bob.ipynb." in said(by_student["bob"])
    # All but the own notebook, the solution of this lesson, and those that are named.
    assert f" and {len(paths) - 2 - submissions.MOST_NAMED} more." in said(by_student["ada"])
    assert common_lesson({"bob": find_submissions(tmp_path).students["bob"]}) == 1


def test_untouched_lesson_that_was_fetched_later_does_not_hide_the_answers(tmp_path):
    put(tmp_path, "ada/01.ipynb", version("own"))
    put(tmp_path, "ada/01 (1).ipynb", lesson(), NEW)
    put(tmp_path, "bob/01.ipynb", lesson())
    put(tmp_path, "eve/lessons/01.ipynb", lesson())
    [solution] = (HOME / "solutions").glob("01_*.ipynb")
    put(tmp_path, "eve/solutions/01.ipynb", solution.read_bytes(), NEW)
    by_student = chosen(tmp_path)
    assert mark(by_student["ada"]) == "own"
    assert "Not taken: ada/01 (1).ipynb." in said(by_student["ada"])
    assert set(by_student["bob"].answers) == set(by_student["eve"].answers) == set(RIGHT)


def test_notebook_of_the_lesson_counts_before_a_newer_one_that_is_damaged_or_of_another(tmp_path):
    put(tmp_path, "ada/01.ipynb", version("own"))
    put(tmp_path, "ada/02.ipynb", answered(lesson(2), **references(2)), NEW)
    put(tmp_path, "ada/03.ipynb", b"{", NEW)
    ada = chosen(tmp_path)["ada"]
    assert mark(ada) == "own"
    assert (
        "Not taken: ada/02.ipynb, ada/03.ipynb (This file is not a notebook: it is no valid JSON)."
        in said(ada)
    )


def test_every_file_is_taken_or_named(tmp_path):
    for name in ("ada.IPYNB", "bob.ipynb.txt", "eve.ipynb.json", "dan/06.IPYNB.TXT"):
        put(tmp_path, name, version("own"))
    for name in ("fay.py", "gil.html", "notes.txt", "hal.rar"):
        put(tmp_path, name, b"1")
    put(tmp_path, "ida/06.py", b"1")
    put(tmp_path, "ida/06.html", b"1")
    put(tmp_path, "jonjon_123_4567_06.py", b"1")
    put(tmp_path, "kim/a/b/c/d/06.ipynb", version("own"))
    put(tmp_path, "kim/.ipynb_checkpoints/06.ipynb", version("old"), NEW)
    (tmp_path / "leo").mkdir()
    by_student = chosen(tmp_path)
    for student in ("ada", "bob", "eve", "dan"):
        assert mark(by_student[student]) == "own"
    assert set(by_student) == {"ada", "bob", "eve", "dan", "ida", "jonjon_123", "kim", "leo"}
    assert find_submissions(tmp_path).not_taken == ["fay.py", "gil.html", "hal.rar", "notes.txt"]
    assert "no notebook" in said(by_student["ida"])
    assert "Not taken: ida/06.html, ida/06.py." in said(by_student["ida"])
    assert "Not taken: jonjon_123_4567_06.py." in said(by_student["jonjon_123"])
    assert by_student["kim"].file == "kim/a/b/c/d"
    assert "below more than 4 folders" in said(by_student["kim"])
    assert "checkpoints" not in said(by_student["kim"])


def test_names_that_print_alike_stay_several_students_and_say_so(tmp_path):
    names = ["Zoe\u0308", "Zo\u00eb", "Zo\u00eb ", "zo\u00eb"]
    for name in names:
        put(tmp_path, f"{name}/01.ipynb", version(ascii(name)))
    put(tmp_path, "Zoe/01.ipynb", version("other"))
    by_student = chosen(tmp_path)
    for name in names:
        assert mark(by_student[name]) == ascii(name)
        assert f"This is {name!a}; another student's name looks like it" in said(by_student[name])
    assert not by_student["Zoe"].problems


def test_zip_file_is_opened(tmp_path):
    member = zipfile.ZipInfo("cifg/lessons/01 (1).ipynb", (2020, 1, 1, 0, 0, 0))
    members = {
        "cifg/lessons/01.ipynb": version("old"),
        member: version("new"),
        "cifg/notes.txt": b"1",
        "cifg/inner.zip": zipped({"01.ipynb": version("nested")}),
        "./__MACOSX/cifg/._01.ipynb": b"\0",
        "cifg/.ipynb_checkpoints/01.ipynb": version("old"),
    }
    put(tmp_path, "ada.ZIP", zipped(members))
    put(tmp_path, "bob/work.zip", zipped(members, compression=zipfile.ZIP_DEFLATED))
    put(tmp_path, "bobross_123_4567_work.zip", zipped({"./01.ipynb": version("canvas")}))
    by_student = chosen(tmp_path)
    assert mark(by_student["ada"]) == mark(by_student["bob"]) == "new"
    assert mark(by_student["bobross_123"]) == "canvas"
    assert by_student["bob"].file == "bob/work.zip/cifg/lessons/01 (1).ipynb"
    assert "Not taken: ada.ZIP/cifg/lessons/01.ipynb, ada.ZIP/cifg/notes.txt" in said(
        by_student["ada"]
    )
    assert "ada.ZIP/cifg/inner.zip" in said(by_student["ada"])
    assert "MACOSX" not in said(by_student["ada"])


def bomb():
    """A megabyte of zeros, packed, that says it holds a few bytes only, and one that says more."""
    content = zipped({"01.ipynb": b"0" * (17 << 20)}, compression=zipfile.ZIP_DEFLATED)
    return content, content.replace(struct.pack("<I", 17 << 20), struct.pack("<I", 100))


def with_password():
    content = bytearray(zipped({"01.ipynb": version("secret")}))
    content[content.index(b"PK\1\2") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (zipped({f"{n}.ipynb": b"" for n in range(201)}), "more than 200 files"),
        (bomb()[0], "larger than 16 MB"),
        (bomb()[1], "zip file is damaged"),
        (zipped({"01.ipynb": b""}, compression=zipfile.ZIP_LZMA), "packed in an unusual way"),
        (with_password(), "has a password"),
        (zipped({"../01.ipynb": version("up")}), "leads out of the folder"),
        (zipped({"a\\..\\..\\01.ipynb": version("up")}), "leads out of the folder"),
        (zipped({"/etc/01.ipynb": version("up")}), "leads out of the folder"),
        (zipped({"C:/01.ipynb": version("up")}), "leads out of the folder"),
        (zipped({".": version("dot")}), "leads out of the folder"),
        (zipped({"a/b/c/d/e/01.ipynb": version("deep")}), "below more than 4 folders"),
        (zipped({"01.ipynb": version("cut")})[:-30], "zip file is damaged"),
        (b"PK\3\4 no zip file", "zip file is damaged"),
        (zipped({"01.ipynb": version("crc")}).replace(b"# crc", b"# bad"), "zip file is damaged"),
        (b"0" * 2000, "zip file is damaged"),
        (zipped({"01.ipynb": b"{"}), "no valid JSON"),
        (zipped({"inner.zip": b""}), "no notebook"),
    ],
)  # fmt: skip
def test_hostile_zip_file_is_a_sentence(tmp_path, monkeypatch, content, sentence):
    monkeypatch.setattr(handed_in, "MOST_FILES", 200)
    put(tmp_path, "eve.zip", content)
    put(tmp_path, "ada.ipynb", version("honest"))
    by_student = chosen(tmp_path)
    assert by_student["eve"].answers == {}
    assert sentence in said(by_student["eve"])
    assert mark(by_student["ada"]) == "honest"


@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=8),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
)
def test_zip_file_with_any_names_and_changed_bytes_costs_nobody_else(tmp_path_factory, edits, name):
    folder = tmp_path_factory.mktemp("zip")
    content = bytearray(zipped({f"{name}.ipynb": b"{", "b.ipynb": b"{"}))
    for place, value in edits:
        content[place % len(content)] = value
    put(folder, "eve.zip", bytes(content))
    put(folder, "ada.ipynb", b"{")
    by_student = chosen(folder)
    assert said(by_student["ada"]).startswith("This file is not a notebook")
    assert by_student["eve"].answers == {}
    assert by_student["eve"].problems


def test_packed_zeros_are_never_unpacked_beyond_the_bound(tmp_path, monkeypatch):
    made = []
    original = zlib.decompressobj

    class Counting:
        def __init__(self, *arguments):
            self._real = original(*arguments)

        def decompress(self, data, most=0):
            part = self._real.decompress(data, most)
            made.append(len(part))
            return part

        def __getattr__(self, name):
            return getattr(self._real, name)

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    put(tmp_path, "eve.zip", bomb()[1])
    assert chosen(tmp_path)["eve"].answers == {}
    assert sum(made) < 1 << 20


def test_one_student_cannot_hand_in_more_than_the_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MOST_BYTES", 3 * len(json.dumps(version("a"))))
    members = {f"{n}.ipynb": version("a") for n in range(5)}
    put(tmp_path, "eve.zip", zipped(members))
    put(tmp_path, "ada.ipynb", version("honest"))
    by_student = chosen(tmp_path)
    assert "from eve.zip/3.ipynb on they were not read" in said(by_student["eve"])
    assert mark(by_student["ada"]) == "honest"


@needs_bubblewrap
def test_what_was_taken_is_what_is_graded_and_a_second_lesson_leaves_the_first(tmp_path):
    folder, out = tmp_path / "submissions", tmp_path / "grades"
    wrong = answered(**{**RIGHT, "sigmoid": "def sigmoid(a):\n    return a\n"})
    put(folder, "ada/01.ipynb", wrong)
    put(folder, "ada/01 (1).ipynb", answered(**RIGHT), NEW)
    put(folder, "Ada/01.ipynb", wrong, NEW)
    put(folder, os.fsdecode(b"\xff.ipynb"), wrong)
    put(folder, "\\udcff.ipynb", answered(**RIGHT))
    put(folder, "x\u202egpj.ipynb", b"")
    put(folder, "notes\u202e.txt", b"")
    graded = grade_class(folder, out, lesson=1)
    assert graded.share("ada") == 1
    assert graded.share("Ada") == 0
    assert graded.share("\udcff") == 0
    assert graded.share("\\udcff") == 1
    first = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for path, content in first.items():
        assert "\u202e".encode() not in content, path
    assert rb"x\u202egpj" in first[out / "lesson_01" / "index.html"]
    assert rb"notes\u202e.txt" in first[out / "lesson_01" / "index.html"]
    again = grade_class(folder, out, lesson=6)
    assert "a notebook of lesson 01, and lesson 06 is graded" in again.problems("ada")
    assert {path.name for path in out.iterdir()} == {"lesson_01", "lesson_06"}
    assert {path: path.read_bytes() for path in first} == first
