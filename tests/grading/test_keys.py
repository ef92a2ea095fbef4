"""The key fits every right answer, whatever the seed, and no wrong one."""

import ast
import importlib
import inspect
import json
import os
import pathlib
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest

from cifg_edu import TAUGHT
from cifg_edu.checks import EXERCISES
from cifg_edu.checks.outcomes import find_problem, run_case
from cifg_edu.files import find_lessons
from cifg_edu.grading import keys
from cifg_edu.grading.answer_runner import Answer
from cifg_edu.grading.grading_notebook import grading_notebook, lesson_imports
from cifg_edu.grading.keys import key
from cifg_edu.grading.sandbox.box import Limits
from cifg_edu.grading.sandbox.stripped_course import ingredients, write_course
from tests.grading.classroom import HOME, needs_bubblewrap
from tests.right_answers import RIGHT_ANSWERS

# Each draws thousands of numbers for one case: once is enough.
SLOW = {"sample", "paired_bootstrap", "chrono_bias"}
# What a lesson uses beside its exercises, and no answer is built on.
NOT_IN_THE_BOX = tuple(
    f"from cifg_edu.{name} import" for name in ("corpora", "engine", "museum", "training")
)
every_exercise = pytest.mark.parametrize("name", EXERCISES)


def _printed(known, function):
    return [
        known.render(number, run_case(known.exercise, function, case))
        for number, case in enumerate(known.cases)
    ]


@every_exercise
def test_right_answer_prints_the_key_for_every_seed(name):
    for seed in range(1 if name in SLOW else 6):
        known = key(name, seed)
        for answer in (known.exercise.reference, *RIGHT_ANSWERS[name]):
            assert _printed(known, answer) == known.texts


@every_exercise
def test_usual_wrong_answer_never_prints_the_key_and_is_recognized(name):
    if name in SLOW:
        pytest.skip("its wrong answers take a minute; one of them is in the next test")
    known = key(name, 3)
    for number, mutant in enumerate(known.exercise.mutants):
        printed = [known.mutant_prints(number, case) for case in range(len(known.cases))]
        assert printed != known.texts, mutant.message
        assert number in known.mutants_met(printed)


@pytest.mark.parametrize("name", sorted(SLOW))
def test_a_wrong_answer_to_a_slow_exercise_does_not_print_the_key(name):
    known = key(name, 0)
    assert [known.mutant_prints(0, case) for case in range(len(known.cases))] != known.texts


@every_exercise
def test_some_case_of_each_exercise_depends_on_the_seed(name):
    depends = key(name, 1 if name not in SLOW else 0).depends_on_seed
    assert any(depends)
    if name not in SLOW:
        drawn = depends.index(True)
        assert len(depends) == len(key(name, 1).cases)
        one, other = (repr(key(name, seed).cases[drawn].arguments) for seed in (1, 2))
        assert one != other or "Generator" in one


@every_exercise
def test_no_number_of_the_key_lies_near_a_middle(name):
    """Seen from outside: moving every number by the tolerance changes no rounded one."""
    known = key(name, 0)
    for case, right in enumerate(known.outcomes):
        for share in (-0.5, 0.5):
            moved = right._replace(value=_moved(right.value, share * known.exercise.tolerance))
            assert known.render(case, moved) == known.texts[case]


@pytest.mark.parametrize("name", ["cifg_step", "adding_problem"])
def test_key_from_a_file_is_the_same(name):
    """An exercise holds functions that no file can: adding_problem has some."""
    known = key(name, 0)
    stored = pickle.loads(pickle.dumps(known))
    assert stored.exercise is known.exercise
    assert stored.texts == known.texts


def _moved(value, by):
    if isinstance(value, dict):
        return {name: _moved(part, by) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_moved(part, by) for part in value]
    if isinstance(value, bool | str | set) or callable(value) or value is None:
        return value
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return value
    scale = np.abs(array[np.isfinite(array)]).max(initial=0.0)
    return array + by * scale


def test_number_near_a_middle_is_drawn_again():
    tolerance = EXERCISES["sigmoid"].tolerance
    assert keys._far_from_middle(np.array([0.5, 0.123454]), tolerance)
    assert not keys._far_from_middle(np.array([0.5, 0.1234550001]), tolerance)


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.astype(np.float32),
        lambda value: value.astype(complex),
        lambda value: value.astype(object),
        lambda value: value.tolist(),
        list,
    ],
)
def test_what_the_lessons_check_refuses_does_not_print_the_key(change):
    known = key("sigmoid", 1)
    right = known.outcomes[1]
    changed = right._replace(value=change(right.value))
    assert find_problem(known.exercise, right, changed)
    assert known.render(1, changed) != known.texts[1]


def test_float64_does_not_print_the_key_where_float32_is_right():
    drawn = key("sigmoid", 1)
    right = drawn.outcomes[1]._replace(value=np.float32([0.25, 0.5]))
    known = keys.Key(drawn.exercise, drawn.cases[1:2], [right])
    wide = right._replace(value=right.value.astype(float))
    assert find_problem(known.exercise, right, wide)
    assert known.render(0, right) != known.render(0, wide)


@needs_bubblewrap
@every_exercise
def test_lessons_imports_and_right_answers_run_in_the_box_and_give_the_key(name):
    exercise = EXERCISES[name]
    module = importlib.import_module(f"tests.right_answers.lesson_{exercise.lesson:02d}")
    source = inspect.getsource(module)
    cells = [inspect.getsource(exercise.reference)]
    cells += [f"{source}\n{name} = {answer.__name__}\n" for answer in RIGHT_ANSWERS[name]]
    if name in SLOW:
        cells = cells[:1]
    imports = lesson_imports(find_lessons(), exercise.lesson)
    known = key(name, 0)
    answer = Answer(known, cells[0], imports, Limits(), boxed=True)
    try:
        for statement in imports:
            reply = answer._box.request("define", statement)
            assert ("error" in reply) == statement.startswith(NOT_IN_THE_BOX), (statement, reply)
        for cell in cells:
            answer._define(cell)
            for case, text in enumerate(known.texts):
                outcome = answer.outcome(case)
                assert not isinstance(outcome, str), outcome
                assert known.render(case, outcome) == text
    finally:
        answer.close()


@needs_bubblewrap
def test_process_that_ends_has_not_refused_a_character_it_does_not_know():
    """Any error is right there, but no error of an observer's may hide that the box is gone."""
    known = key("encode", 0)
    case = next(n for n, text in enumerate(known.texts) if "an error that stops it" in text)
    cell = "import os\ndef encode(text, characters):\n    os._exit(1)\n"
    answer = Answer(known, cell, [], Limits(), boxed=True)
    outcome = answer.outcome(case)
    answer.close()
    assert outcome == "The process ended before it gave a result (an exit, or a crash)."


@every_exercise
def test_course_in_the_box_has_no_answer(name, tmp_path):
    exercise = EXERCISES[name]
    write_course(exercise, tmp_path)
    text = {path.stem: path.read_text() for path in (tmp_path / "cifg_edu").rglob("*.py")}
    assert set(text) == {"__init__", "checks", "arrays", "errors", *TAUGHT.values()}
    home = text[exercise.reference.__module__.split(".")[-1]]
    body = home.split(f"def {name}(")[1].split("\ndef ")[0]
    assert "raise NotImplementedError" in body
    assert "return" not in body
    assert (exercise.reference.__module__, name) not in ingredients(
        (exercise.reference.__module__, name)
    )


def test_new_module_does_not_enter_the_box_even_where_a_taught_one_imports_it(tmp_path):
    course = tmp_path / "course"
    shutil.copytree(HOME / "cifg_edu", course / "cifg_edu", ignore=shutil.ignore_patterns("data"))
    (course / "cifg_edu" / "shortcut.py").write_text("def sigmoid_again(a):\n    return 1\n")
    with (course / "cifg_edu" / "gates.py").open("a") as file:
        file.write("\nfrom cifg_edu.shortcut import sigmoid_again\n")
    code = f"""
from pathlib import Path
from cifg_edu import TAUGHT
from cifg_edu.checks import EXERCISES
from cifg_edu.grading.sandbox import stripped_course
assert stripped_course.__file__.startswith({str(course)!r})
stripped_course.write_course(EXERCISES["interpolate"], Path({str(tmp_path)!r}))
"""
    environment = {**os.environ, "PYTHONPATH": str(course)}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)
    written = {path.name: path.read_text() for path in (tmp_path / "cifg_edu").iterdir()}
    assert "def sigmoid(" in written["gates.py"]
    assert "shortcut.py" not in written
    assert "sigmoid_again" not in "".join(written.values())


def test_other_ways_to_an_answer_are_left_out():
    at_hand = {name for _, name in ingredients(("cifg_edu.cifg", "cifg_step_backward"))}
    assert not at_hand & {
        "lstm_step_backward",
        "lstm_backward",
        "phantom_step_backward",
        "numerical_gradient",
        "cifg_backward",
        "loss_and_gradients",
    }


def test_what_the_packages_own_answer_is_built_on_is_at_hand():
    at_hand = {name for _, name in ingredients(("cifg_edu.cifg", "cifg_forward"))}
    assert {"cifg_step", "sigmoid", "interpolate", "CIFGCache"} <= at_hand


def test_grading_notebook_holds_no_line_of_a_student_as_code():
    nasty = "# NBVAL_SKIP\n%%bash\nrm -rf /\n'''\n\"\"\"\n)\nimport os\n"
    notebook, places = grading_notebook({"sigmoid": nasty}, 1, imports=[])
    assert len(places) == 2 + len(key("sigmoid", 1).cases)
    for cell in json.loads(notebook)["cells"]:
        tree = ast.parse(cell["source"])
        assert not any(line.strip().startswith("#") for line in cell["source"].splitlines())
        assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))


def test_seed_of_the_key_is_that_of_the_run():
    assert key("cifg_step", 1).texts != key("cifg_step", 2).texts


def test_lesson_files_are_found():
    assert isinstance(find_lessons(), pathlib.Path)
