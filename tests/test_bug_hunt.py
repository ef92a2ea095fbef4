"""A bug hunt shows a mistake, says yes or no to a line, and judges the repair."""

import ast

import pytest

from cifg_edu.checks import EXERCISES, bug_hunt, progress
from cifg_edu.checks.bug_hunts import NAME, buggy_source
from cifg_edu.checks.judging import judge
from cifg_edu.errors import UserError
from cifg_edu.exercises import Mutant, mutate, mutated_source

STEP = EXERCISES["cifg_step_backward"]


@pytest.fixture(autouse=True)
def _as_after_a_fresh_start(monkeypatch):
    monkeypatch.setattr("cifg_edu.checks.bug_hunts._begun", {})


def source_and_lines(name, edits):
    return buggy_source(EXERCISES[name].reference, Mutant("", edits))


def defined(source, reference):
    names = dict(vars(__import__(reference.__module__, fromlist=["*"])))
    exec(source, names)
    return names[NAME]


@pytest.fixture
def hunt(capsys):
    """The sign of c_prev is wrong, in line 8."""
    number = next(
        n
        for n in range(1, len(STEP.mutants) + 1)
        if "di = dc * (g + c_prev)" in bug_hunt(STEP.name, n).source
    )
    capsys.readouterr()
    return bug_hunt(STEP.name, number)


def test_code_is_shown_as_it_was_written_with_numbered_lines(hunt, capsys):
    hunt = bug_hunt(STEP.name, hunt._number + 1)
    printed = capsys.readouterr().out
    assert "   8      di = dc * (g + c_prev)\n" in printed
    assert "# the gates side by side: (B, 3H)" in printed
    assert '"""' not in printed
    assert "   1  def theirs(" in printed


@pytest.mark.parametrize("name", EXERCISES)
def test_shown_code_is_the_wrong_answer_and_its_wrong_lines_are_lines_of_it(name):
    exercise = EXERCISES[name]
    for mutant in exercise.mutants:
        source, lines = buggy_source(exercise.reference, mutant)
        shown = ast.parse(source)
        wrong = ast.parse(mutated_source(exercise.reference, mutant.edits))
        shown.body[0].name = wrong.body[0].name
        assert ast.dump(shown) == ast.dump(wrong)
        assert lines
        assert max(lines) <= len(source.splitlines())


def test_most_wrong_answers_keep_the_comments_and_line_breaks_of_the_source():
    with_comments = ["#" in buggy_source(STEP.reference, mutant)[0] for mutant in STEP.mutants]
    assert sum(with_comments) > 0.9 * len(with_comments)


def test_parentheses_that_the_source_does_not_have_are_no_obstacle_to_an_edit():
    edits = {"(step.dh_prev, step.dc_prev)": "(step.dc_prev, step.dh_prev)"}
    source, _ = source_and_lines("cifg_backward", edits)
    assert "dh_next, dc_next = (step.dc_prev, step.dh_prev)" in source
    assert "# (B, D), the last step first" in source


def test_each_wrong_line_of_an_edit_in_two_lines_counts():
    edits = {"di = dc * (g - c_prev)": "di = dc * g", "dc_prev = dc * (1 - i)": "dc_prev = dc * i"}
    source, lines = source_and_lines("cifg_step_backward", edits)
    texts = [source.splitlines()[n - 1].strip() for n in sorted(lines)]
    assert texts == ["di = dc * g", "dc_prev = dc * i"]


def test_lines_around_a_missing_one_count():
    source, lines = source_and_lines("cifg_backward", {"        dWh += step.dWh\n": ""})
    texts = [source.splitlines()[n - 1].strip() for n in sorted(lines)]
    assert texts == ["dWx += step.dWx", "db += step.db"]


def test_all_lines_of_one_statement_count():
    edits = {"(max(1, int(root)), int(root) + 1)": "(int(root),)"}
    source, lines = source_and_lines("matched_hidden_size", edits)
    statement = [source.splitlines()[n - 1].strip() for n in sorted(lines)]
    assert len(statement) == 4
    assert statement[0].startswith("distance = {")
    assert statement[-1] == "}"


def test_line_is_right_or_wrong_and_nothing_more_is_said_before_two_tries(hunt, capsys):
    capsys.readouterr()
    hunt.line(9)
    assert capsys.readouterr().out == "✘ Not line 9.\n"
    hunt.line(9)  # the same cell, run again
    assert capsys.readouterr().out == "✘ Not line 9.\n"
    hunt.line(10)
    printed = capsys.readouterr().out
    assert "What the check says of this code: dx is wrong" in printed
    assert "Likely cause" not in printed
    hunt.line(8)
    assert capsys.readouterr().out.startswith("✔ Line 8: there it is.")


def test_line_is_told_after_four_tries(hunt, capsys):
    for number in (2, 3, 4, 5):
        hunt.line(number)
    assert "It is line 8." in capsys.readouterr().out


@pytest.mark.parametrize("number", [0, 14, "8", None])
def test_line_that_is_not_there_is_refused(hunt, number):
    with pytest.raises(UserError, match=r"The line is .*: give a number from 1 to 13"):
        hunt.line(number)


def test_repair_is_judged_and_then_the_cause_is_told_and_the_hunt_counted(hunt, capsys):
    capsys.readouterr()
    hunt.repair(defined(hunt.source, STEP.reference))
    printed = capsys.readouterr().out
    assert printed.startswith("✘ Not yet: dx is wrong")
    assert len(printed.splitlines()) == 1
    assert progress.read().hunts == {}
    hunt.repair(defined(hunt.source.replace("g + c_prev", "g - c_prev"), STEP.reference))
    printed = capsys.readouterr().out
    assert printed.startswith("✔ Repaired: right in")
    assert "What was wrong: " in printed
    assert progress.read().hunts == {STEP.name: [hunt._number]}


def test_course_s_own_function_is_no_repair(hunt, capsys):
    hunt.repair(STEP.reference)
    assert "this is the course's own function" in capsys.readouterr().out
    assert progress.read().hunts == {}


def test_next_call_shows_another_bug_and_the_order_is_always_the_same(monkeypatch, capsys):
    first, second = bug_hunt(STEP.name), bug_hunt(STEP.name)
    assert first.source != second.source
    monkeypatch.setattr("cifg_edu.checks.bug_hunts._begun", {})
    assert bug_hunt(STEP.name).source == first.source


def test_bug_that_was_repaired_does_not_come_again_while_others_are_left(monkeypatch, capsys):
    first, second = bug_hunt(STEP.name), bug_hunt(STEP.name)
    progress.record_hunt(STEP.name, first._number)
    monkeypatch.setattr("cifg_edu.checks.bug_hunts._begun", {})
    assert bug_hunt(STEP.name).source == second.source
    for number in range(len(STEP.mutants)):
        progress.record_hunt(STEP.name, number)
    monkeypatch.setattr("cifg_edu.checks.bug_hunts._begun", {})
    assert bug_hunt(STEP.name).source == first.source


def test_every_wrong_answer_can_be_hunted(capsys):
    shown = {bug_hunt(STEP.name).source for _ in STEP.mutants}
    assert len(shown) == len(STEP.mutants)


@pytest.mark.parametrize("number", [0, len(STEP.mutants) + 1, "one"])
def test_bug_that_is_not_there_is_refused(number):
    sentence = f"The number of the bug is {number!r}: give a number from 1 to {len(STEP.mutants)}."
    with pytest.raises(UserError, match=sentence):
        bug_hunt(STEP.name, number)


def test_damaged_progress_stops_no_hunt(hunt, capsys):
    path = progress.progress_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")
    bug_hunt(STEP.name)
    hunt.repair(mutate(STEP.reference, {}))
    assert "Not noted in your progress" in capsys.readouterr().out


def test_cell_for_the_repair_imports_what_the_notebook_lacks(hunt, monkeypatch, capsys):
    cells = []
    shell = type("Shell", (), {"user_ns": {"np": None}, "set_next_input": cells.append})
    shell.set_next_input = cells.append
    monkeypatch.setattr("cifg_edu.checks.bug_hunts.running_shell", lambda: shell)
    hunt.line(8)
    [cell] = cells
    assert cell.startswith(
        "from cifg_edu.cifg import Array, CIFGCache, StepGradients\n\n\ndef theirs("
    )
    assert cell.endswith("\n\n\nhunt.repair(theirs)")
    assert judge(STEP, defined(hunt.source, STEP.reference)).passed is False
