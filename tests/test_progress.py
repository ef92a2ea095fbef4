"""What a student has done is kept between notebooks, and listed."""

import json

import numpy as np
import pytest

from cifg_edu.__main__ import main
from cifg_edu.checks import EXERCISES, check, progress
from cifg_edu.errors import UserError


def right_sigmoid(a):
    return (1 + np.tanh(a / 2)) / 2


def unfinished(*arguments):
    raise NotImplementedError


def states(printed):
    """The state of each exercise in what the command printed."""
    rows = [line.split() for line in printed.splitlines()[:-1]]
    return {row[1]: row[2] for row in rows}


def test_command_lists_every_exercise_as_passed_tried_or_open(capsys):
    check("sigmoid", right_sigmoid)
    check("interpolate", lambda old, new, i: old)
    capsys.readouterr()
    assert main(["progress"]) == 0
    printed = capsys.readouterr().out
    expected = dict.fromkeys(EXERCISES, "open") | {"sigmoid": "passed", "interpolate": "tried"}
    assert states(printed) == expected
    assert printed.splitlines()[-1] == f"1 of {len(EXERCISES)} exercises passed."


def test_what_once_passed_stays_passed_and_every_try_counts():
    check("sigmoid", right_sigmoid)
    check("sigmoid", lambda a: a)
    assert progress.read().exercises == {"sigmoid": {"passed": True, "tries": 2}}


def test_stub_is_no_try():
    check("sigmoid", unfinished)
    assert progress.read().exercises == {}


def test_damaged_file_is_named_and_does_not_stop_a_check(capsys):
    progress.record("sigmoid", passed=False)
    progress.progress_path().write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="is damaged: move it away"):
        progress.read()
    assert check("sigmoid", right_sigmoid) is right_sigmoid
    printed = capsys.readouterr().out
    assert "✔ sigmoid" in printed
    assert "Not noted in your progress" in printed
    assert main(["progress"]) == 2


def test_a_home_that_cannot_be_written_has_an_empty_list_and_stops_no_check(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "home").touch()  # a file where a folder is needed
    monkeypatch.delenv("CIFG_EDU_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "share"))
    assert progress.read() == ({}, {}, {}, [])
    assert check("sigmoid", right_sigmoid) is right_sigmoid
    printed = capsys.readouterr().out
    assert "✔ sigmoid" in printed
    assert "cannot be written (Not a directory)" in printed
    assert "Set CIFG_EDU_HOME to one to keep your progress there." in printed
    assert main(["progress"]) == 0


def test_a_file_that_cannot_be_read_is_not_called_damaged(monkeypatch):
    progress.progress_path().mkdir(parents=True)
    with pytest.raises(UserError, match=r"cannot be read \(Is a directory\): make it readable, or"):
        progress.read()


@pytest.mark.parametrize("number", [0, 1])
def test_file_of_an_older_version_opens_and_is_written_in_this_one(number):
    path = progress.progress_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    old = {"sigmoid": {"passed": True, "tries": 3}}
    path.write_text(json.dumps(old if number == 0 else {"format": 1, "exercises": old}))
    assert progress.read() == (old, {}, {}, [])
    progress.record("sigmoid", passed=False)
    new = {"sigmoid": {"passed": True, "tries": 4}}
    written = {"format": 2, "exercises": new, "predictions": {}, "hunts": {}, "shown": []}
    assert json.loads(path.read_text()) == written
    assert progress.read() == (new, {}, {}, [])


def test_file_of_a_newer_version_is_named_and_stays_whole(capsys):
    path = progress.progress_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    newer = json.dumps({"format": 3, "what": "nothing here knows"})
    path.write_text(newer)
    check("sigmoid", right_sigmoid)
    assert main(["progress"]) == 2
    sentence = "was written by a newer version of this course (format 3"
    assert all(sentence in printed for printed in capsys.readouterr())
    assert path.read_text() == newer
