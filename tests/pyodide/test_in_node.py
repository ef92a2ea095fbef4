"""The course in the Python that browsers run, with Node in a browser's place."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest

from cifg_edu.authoring.__main__ import LITE
from cifg_edu.corpora import practice_text
from cifg_edu.training import Trainer, TrainingOptions

HERE = Path(__file__).parent
HOME = HERE.parents[1]
PYODIDE, WHEELS = HOME / "build" / "pyodide", HOME / LITE / "pypi"
SECONDS = 1800
pytestmark = [
    pytest.mark.skipif(not shutil.which("node"), reason="Node.js runs Pyodide: install it"),
    pytest.mark.skipif(
        not (PYODIDE.is_dir() and WHEELS.is_dir()),
        reason="make test-lite brings Pyodide with NumPy, and builds the course for it",
    ),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """What lesson 01 with its answers printed in Pyodide, and the folder in which it ran."""
    root, folder = tmp_path_factory.mktemp("packages"), tmp_path_factory.mktemp("lesson")
    for wheel in WHEELS.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(root)
    shutil.copy(HOME / "solutions" / "01_gates_as_mixers.ipynb", folder / "lesson.ipynb")
    command = ["node", HERE / "run.mjs", PYODIDE, root, folder, HERE / "lesson.py"]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout, folder


def test_a_step_of_training_gives_the_loss_that_it_gives_here(run):
    said, _ = run
    assert said.startswith("emscripten\n")
    trainer = Trainer(practice_text().text, TrainingOptions(hidden_size=8, epochs=1))
    trainer.train_window()
    loss = float(said.split("loss ")[1].split()[0])
    assert loss == pytest.approx(trainer.train_window().loss, abs=2e-6)


def test_without_the_sonnets_beside_it_a_lesson_takes_the_practice_verses(run):
    assert "THESE ARE NOT THE SONNETS" in run[0]


def test_lesson_01_is_worked_to_its_last_check_and_its_answers_are_kept(run):
    said, folder = run
    lesson = nbformat.read(folder / "lesson.ipynb", as_version=4)
    exercises = {c.id.partition("-")[2] for c in lesson.cells if c.id.startswith("check-")}
    assert len(exercises) == 2
    kept = (folder / "my_cifg.py").read_text(encoding="utf-8")
    progress = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
    for name in exercises:
        assert f"✔ {name}: " in said
        assert f"def {name}(" in kept
        assert progress["exercises"][name]["passed"]
