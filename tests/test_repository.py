"""What a stranger reads first is true: the README's tables, and the files around the package."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cifg_edu import TAUGHT, __version__
from cifg_edu.authoring.instructors import with_tables
from cifg_edu.checks import EXERCISES

HOME = Path(__file__).parents[1]
README = (HOME / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"\[`?([\w.]+)`?\]\(([\w./]+)\)")


def equations():
    """The rows of the table equation -> file -> exercise -> lesson."""
    table = README.split("| equation | file | exercise | lesson |\n")[1].split("\n\n")[0]
    for row in table.splitlines()[1:]:
        _, equation, file, exercises, lesson, _ = row.split("|")
        yield equation.strip(), LINK.findall(file), LINK.findall(exercises), LINK.findall(lesson)


def test_every_exercise_stands_in_the_table_of_equations_in_the_order_of_the_course():
    names = [name for _, _, exercises, _ in equations() for name, _ in exercises]
    assert names == list(EXERCISES)
    assert len(names) == len(set(names))


def test_each_row_of_the_table_leads_to_the_code_the_exercise_and_the_lesson():
    for equation, files, exercises, lessons in equations():
        assert equation
        [(file, path)] = files
        [(lesson, notebook)] = lessons
        assert path == f"cifg_edu/{file}"
        assert notebook.startswith(f"lessons/{lesson}_")
        assert (HOME / notebook).is_file()
        for name, place in exercises:
            assert f"{TAUGHT[name]}.py" == file
            assert place == f"cifg_edu/exercises/lesson_{lesson}/{name}.py"
            assert (HOME / place).is_file()
            assert f"def {name}(" in (HOME / path).read_text(encoding="utf-8")


def test_the_table_stands_before_the_lessons():
    assert README.index("| equation |") < README.index("## Lessons")
    assert README.index("make learn") < README.index("| equation |")


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md", "docs/instructors.md"])
def test_links_of_a_page_lead_to_files(path):
    text = (HOME / path).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", text)
    assert all(((HOME / path).parent / link).exists() for link in links), links


def test_page_for_instructors_has_the_tables_of_the_lessons_and_exercises_as_they_are():
    text = (HOME / "docs" / "instructors.md").read_text(encoding="utf-8")
    made = with_tables(text, HOME / "lessons")
    assert text == made, "run python -m cifg_edu.authoring instructors"
    assert all(f"`{name}`**, {len(e.mutants)} in all" in made for name, e in EXERCISES.items())
    assert "docs/instructors.md" in README


def test_commands_of_the_readme_and_of_contributing_are_those_of_the_makefile():
    makefile = (HOME / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        text = (HOME / page).read_text(encoding="utf-8")
        assert set(re.findall(r"(?:`|^)make ([\w-]+)", text, re.MULTILINE)) <= targets


def test_learning_installs_no_tool_that_only_testing_needs():
    makefile = (HOME / "Makefile").read_text(encoding="utf-8")
    learning = makefile.split("\n.venv/ready: ")[1].split("\n\n")[0]
    assert re.findall(r"\.\[([\w,]+)\]", learning) == ["lab"]
    assert learning.rstrip().endswith("@touch $@")


def test_citation_and_changes_have_the_version():
    citation = yaml.safe_load((HOME / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    assert citation["license"] == "MIT"
    assert f"\n## {__version__}\n" in (HOME / "CHANGELOG.md").read_text(encoding="utf-8")


def test_contributing_is_shorter_than_a_page():
    assert (HOME / "CONTRIBUTING.md").read_text(encoding="utf-8").count("\n") <= 60


def test_hooks_before_a_commit_are_the_builds_own_lint():
    lint = (HOME / "Makefile").read_text(encoding="utf-8").split("\nlint:")[1].split("\n\n")[0]
    config = yaml.safe_load((HOME / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    entries = [hook["entry"] for hook in config["repos"][0]["hooks"]]
    commands = re.findall(r"^\t\$\(BIN\)/(.*)", lint, re.MULTILINE)
    assert [*map(_without_options, entries)] == [*map(_without_options, commands)]


def _without_options(command):
    return re.split(r" (?:--|\.|>)", command)[0]


def test_workflow_runs_the_build_and_names_files_that_exist():
    text = (HOME / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["everything"]["steps"][-1]["run"] == "bash .ci/run"
    for pattern in re.findall(r"tests/[\w*]+\.py", text):
        assert list(HOME.glob(pattern)), pattern


def test_end_of_a_test_run_says_what_was_skipped_and_why(tmp_path):
    (tmp_path / "test_two.py").write_text(
        "import pytest\n"
        "@pytest.mark.skipif(True, reason='the moon is missing: wait for it')\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_it(n): pass\n"
        "def test_other(): pytest.importorskip('moon', reason='moon is missing: fetch it')\n"
    )
    options = ["-o", "addopts=-q", "-p", "conftest", "-p", "no:cacheprovider", "-p", "no:nbval"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=HOME,
        env={**os.environ, "PYTHONPATH": str(HOME)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 skipped: the moon is missing: wait for it\n" in done.stdout, done.stdout
    assert "1 skipped: moon is missing: fetch it\n" in done.stdout
