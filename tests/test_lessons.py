"""The notebooks are those of their source, say what a lesson must say, and run."""

import ast
import itertools
import re
from pathlib import Path

import nbclient
import nbconvert
import nbformat
import pytest

from cifg_edu.authoring import has_exercises, solution_notebook, student_notebook
from cifg_edu.authoring.minutes import estimated_minutes
from cifg_edu.checks import EXERCISES

HOME = Path(__file__).parent.parent
SOURCES = sorted(HOME.glob("lessons/source/*.md"))
# Those with exercises: not the first run, nor the prerequisites.
LESSONS = [source for source in SOURCES if "01" <= source.stem[:2] <= "99"]
# For a notebook that hangs; a busy machine may take many times what an idle one does.
PATIENT = {"timeout": 900, "startup_timeout": 900, "kernel_name": "python3"}
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
every_lesson = pytest.mark.parametrize("source", LESSONS, ids=lambda path: path.stem)


@every_source
def test_notebook_is_in_step_with_its_source(source):
    notebook = HOME / "lessons" / f"{source.stem}.ipynb"
    assert notebook.read_text(encoding="utf-8") == student_notebook(source)


@every_lesson
def test_solution_is_in_step_with_its_source(source):
    stored = nbformat.read(HOME / "solutions" / f"{source.stem}.ipynb", as_version=4)
    fresh = solution_notebook(source)
    assert [(c.id, c.cell_type, c.source, c.metadata) for c in stored.cells] == [
        (c.id, c.cell_type, c.source, c.metadata) for c in fresh.cells
    ]
    assert all(c.execution_count for c in stored.cells if c.cell_type == "code")


def test_no_notebook_is_without_a_source():
    for folder, sources in (("lessons", SOURCES), ("solutions", LESSONS)):
        notebooks = sorted(path.stem for path in (HOME / folder).glob("*.ipynb"))
        assert notebooks == [source.stem for source in sources]


def test_the_course_has_thirteen_lessons_and_each_exercise_stands_in_its_own():
    assert [source.stem[:2] for source in LESSONS] == [f"{n:02d}" for n in range(1, 14)]
    for exercise in EXERCISES.values():
        [source] = [s for s in LESSONS if s.stem.startswith(f"{exercise.lesson:02d}")]
        ids = [cell.id for cell in solution_notebook(source).cells]
        assert f"exercise-{exercise.name}".replace("_", "-") in ids


@every_lesson
def test_lesson_has_every_part_that_a_student_looks_for(source):
    text = source.read_text(encoding="utf-8")
    assert "**You will be able to**" in text
    minutes = re.search(r"\*\*Time:\*\* (\d+) minutes\. \*\*Builds on:\*\* ", text)[1]
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"lessons/{source.stem}\.ipynb\).*\| {minutes} \|", readme)
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "The idea"
    lesson = [heading for heading in headings if not heading.startswith("Appendix")]
    assert lesson[-2:] == ["What you learned", "Questions"]
    assert headings[: len(lesson)] == lesson  # an appendix comes last
    assert text.count("show(figure") >= 1
    assert text.count("$$") >= 2
    assert text.count("<details>") == text.count("</details>") >= 3
    for name in re.findall(r"\[exercise\]\n\n(\w+)", text):
        assert f"### Exercise: `{name}`\n" in text


@every_lesson
def test_lesson_states_a_time_within_ten_minutes_of_the_rule(source):
    text = source.read_text(encoding="utf-8")
    stars = sum(e.stars for e in EXERCISES.values() if source.stem.startswith(f"{e.lesson:02d}"))
    stated = int(re.search(r"\*\*Time:\*\* (\d+) minutes", text)[1])
    assert abs(estimated_minutes(text, stars) - stated) <= 10


def test_rule_for_minutes_counts_prose_stars_and_tries_and_rounds_to_five():
    prose = "Word $a b c$ [word](address.ipynb) <b>word</b>.\n" * 200  # 600 words: 10 minutes
    code = "```{code-cell} ipython3\npredict(1,\n        answer=...)\n```\n"
    head = "---\nkernelspec: no words\n---\n"
    assert estimated_minutes(head + prose, stars=0) == 10
    assert estimated_minutes(head + prose + 5 * code, stars=0) == 20
    assert estimated_minutes(head + prose + 5 * code, stars=6) == 30  # 32


@every_lesson
def test_solution_shows_each_exercise_passed(source):
    stored = nbformat.read(HOME / "solutions" / f"{source.stem}.ipynb", as_version=4)
    assert has_exercises(stored)
    for cell in stored.cells:
        if cell.id.startswith("check-"):
            assert _printed(cell).startswith("✔"), cell.source


@every_lesson
def test_student_notebook_is_its_solution_but_for_the_exercises_each_with_its_check_at_once(source):
    student = nbformat.reads(student_notebook(source), as_version=4).cells
    common = [cell for cell in student if _kind(cell) not in ("exercise", "hint")]
    solved = [cell for cell in solution_notebook(source).cells if _kind(cell) != "exercise"]
    assert [(c.id, c.source) for c in common] == [(c.id, c.source) for c in solved]
    for cell, following in itertools.pairwise(student):
        if _kind(cell) == "exercise":
            assert following.id == cell.id.replace("exercise", "check", 1)


@every_lesson
def test_each_check_says_kindly_that_nothing_is_there_yet_and_gives_the_reference(source, capsys):
    # So all cells after it find what they find in the solution, where nbval proves that they run.
    cells = nbformat.reads(student_notebook(source), as_version=4).cells
    code = [ast.parse(c.source) for c in cells if c.cell_type == "code"]
    imports = [n for tree in code for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    names = {}
    exec("\n".join(map(ast.unparse, imports)), names)
    for cell in cells:
        if _kind(cell) in ("exercise", "check", "hint"):
            exec(cell.source, names)
        printed = capsys.readouterr().out
        assert ("not implemented yet" in printed) if _kind(cell) == "check" else not printed
    for name, exercise in EXERCISES.items():
        if source.stem.startswith(f"{exercise.lesson:02d}"):
            assert names[name] is exercise.reference


@every_lesson
def test_cell_in_which_a_step_is_worked_out_finds_its_numbers_after_all_cells_have_run(source):
    # Many run all cells first, and then go back: what a case gave must still be there.
    cells = [c for c in solution_notebook(source).cells if c.cell_type == "code"]
    trees = [ast.parse(cell.source) for cell in cells]
    confirmed = set(re.findall(r"confirm\((\w+),", "\n".join(cell.source for cell in cells)))
    for number, (cell, tree) in enumerate(zip(cells, trees, strict=True)):
        if "confirm(" in cell.source:
            continue  # it sets what it needs each time
        given = {n for s in tree.body if confirmed & _cases_in(s) for n in _set_by(s)}
        later = [s for after in trees[number + 1 :] for s in after.body if not _cases_in(s)]
        assert not given & {name for statement in later for name in _set_by(statement)}


def _cases_in(statement):
    """The variables whose `arguments` or `inside` a statement reads."""
    return set(re.findall(r"(\w+)\.(?:arguments|inside)\b", ast.unparse(statement)))


def _set_by(statement):
    """The names of the notebook that a statement outside of functions sets."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    names = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
    return {n.id for n in names if isinstance(n.ctx, ast.Store)}


def test_a_whole_student_notebook_runs_before_anything_is_written():
    notebook = nbformat.reads(student_notebook(LESSONS[0]), as_version=4)
    nbclient.NotebookClient(notebook, **PATIENT).execute()
    checks = [cell for cell in notebook.cells if _kind(cell) == "check"]
    assert len(checks) == 2
    for cell in checks:
        assert "not implemented yet" in _printed(cell)
        assert [output.output_type for output in cell.outputs] == ["stream"]


def test_hints_stay_shut_when_all_cells_are_run():
    for source in LESSONS:
        notebook = nbformat.reads(student_notebook(source), as_version=4)
        for cell in notebook.cells:
            if cell.id.startswith("hint-"):
                assert all(line.startswith("#") for line in cell.source.splitlines())


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_exported_page_shows_every_picture_also_of_widgets_and_says_what_it_shows(template):
    solution = nbformat.read(HOME / "solutions/01_gates_as_mixers.ipynb", as_version=4)
    outputs = [output for cell in solution.cells for output in cell.get("outputs", [])]
    pictures = [output.data for output in outputs if "image/png" in output.get("data", {})]
    page, _ = nbconvert.HTMLExporter(template_name=template).from_notebook_node(solution)
    assert len(pictures) >= 4
    assert len(re.findall(r"<img [^>]*data:image/png", page)) == len(pictures)
    assert "widget-view+json" not in page
    if template == "classic":  # the other has no place for the words
        for picture in pictures:
            assert f'alt="{picture["text/plain"].splitlines()[0][:60]}' in page


def test_losses_and_intervals_in_lesson_01_are_those_that_the_course_has_measured():
    text = SOURCES[1].read_text(encoding="utf-8")
    stored = nbformat.read(HOME / "solutions" / f"{SOURCES[12].stem}.ipynb", as_version=4)
    printed = "".join(_printed(cell) for cell in stored.cells)
    measured = re.findall(r"^(\w+)\((\d+)\): ((?: ?[\d.]+ )+)  mean", printed, re.MULTILINE)
    assert len(measured) == 3
    for cell, H, losses in measured:
        assert f'("{cell}", {H}): [{", ".join(losses.split())}],' in text
    intervals = re.findall(r"interval of CIFG\(48\) - LSTM\(\d+\): (\S+ to \S+) nats", printed)
    assert len(intervals) == 2
    for interval in intervals:
        assert f"{interval} nats at equal" in text or f"{interval} at equal" in text


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "put your answer in place of None, and run the cell again."),
        ({"shape_of_the_sum": (5, 2, 3), "du, dv": (120, 44), "dW": "x.T @ da"}, "right."),
        ({"shape_of_the_sum": (5, 1, 3), "du, dv": (50, 2), "dW": "da.T @ x"}, "not yet."),
    ],
)
def test_self_checks_of_the_prerequisites_tell_right_from_open_and_wrong(answers, said, capsys):
    notebook = nbformat.reads(student_notebook(SOURCES[-1]), as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    for name, answer in answers.items():
        text, changes = re.subn(rf"^{name} = None.*$", f"{name} = {answer}", text, flags=re.M)
        assert changes == 1
    exec(text, {})
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if line.endswith(said)] == [
        f"{name}: {said}" for name in ("broadcasting", "du", "dv", "dW")
    ]


def test_first_run_trains_draws_and_writes():
    notebook = nbformat.reads(student_notebook(SOURCES[0]), as_version=4)
    nbclient.NotebookClient(notebook, **PATIENT).execute()
    printed = "".join(_printed(cell) for cell in notebook.cells)
    assert "Held-out loss" in printed
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)


def _kind(cell):
    """What an exercise's cells are named by: exercise, check, hint; a number for others."""
    return cell.id.split("-")[0]


def _printed(cell):
    return "".join(output.get("text", "") for output in cell.get("outputs", []))
