"""A text and a cell of the user's: refused with a sentence, or compared like the course's own."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cifg_edu.__main__ import _parser, main
from cifg_edu.comparison import cells, compared_tasks
from cifg_edu.comparison.account import About
from cifg_edu.comparison.cells import first_parameters, from_zeros
from cifg_edu.comparison.command import _command, experiment_of
from cifg_edu.comparison.compared_tasks import find_task, squared_error
from cifg_edu.comparison.findings import find
from cifg_edu.comparison.names import cell_words, own_name, task_words
from cifg_edu.comparison.own_cell import as_cell, first_weights
from cifg_edu.comparison.runs import RunSpec, models, train_step
from cifg_edu.comparison.schedule import result_path
from cifg_edu.comparison.yours import LARGEST, SHORTEST, read_yours, try_out
from cifg_edu.errors import UserError
from cifg_edu.examine.adapter import adapt
from cifg_edu.examine.matching import in_order
from cifg_edu.model import backward_pass
from cifg_edu.optimizers import adam_state
from tests.comparisons import CIFG, MIXED, WORSE, model
from tests.outside_cells import minimal, swapped
from tests.test_report import said, written

HERE = "tests/outside_cells"
TEXT = "".join(f"{k} times {k % 7} is {k * (k % 7)}.\n" for k in range(900))


@pytest.fixture(autouse=True)
def _course_as_before(monkeypatch):
    """What a test enters is gone after it."""
    monkeypatch.setattr(cells, "CELLS", cells.CELLS.copy())
    for module in ("cifg_edu.comparison.runs", "cifg_edu.comparison.command"):
        monkeypatch.setattr(f"{module}.CELLS", cells.CELLS)
    monkeypatch.setattr(compared_tasks, "TASKS", compared_tasks.TASKS.copy())
    monkeypatch.setattr("cifg_edu.comparison.command.TASKS", compared_tasks.TASKS)
    find_task.cache_clear()


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "my text.txt"
    path.write_text(TEXT)
    return path


def options_of(*arguments):
    return _parser(["compare"]).parse_args(["compare", *map(str, arguments)])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"short " * 100, "has 600 characters, too few to hold out a tenth"),
        (b"\xff" * SHORTEST, "is not UTF-8 text (byte 0 cannot be decoded)"),
        ("".join(map(chr, range(0x4E00, 0x4E00 + 6000))).encode() * 2, "6,000 of them different"),
        (b"ab" * (LARGEST // 4 + 1), "up to 25,000,000 characters of it"),
        (b"a" * SHORTEST, "at least two different characters"),
        (None, "cannot be read"),
        ("folder", "cannot be read (Is a directory)"),
    ],
    ids=["short", "not UTF-8", "kinds", "long", "one kind", "missing", "folder"],
)
def test_a_text_that_is_unfit_gets_one_sentence_before_any_run(tmp_path, capsys, content, words):
    path = tmp_path / "mine.txt"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    assert main(["compare", "--text", str(path), "--out", str(tmp_path / "out")]) == 2
    errors = capsys.readouterr().err
    assert words in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("minimal.py:Wrong", "is not compared, since its backward pass is wrong. dV is wrong."),
        ("broken_phantom.py:step", "the phantom gate of lesson 06"),
        ("no_cells.py:random", "gives other results for the same arguments"),
        ("minimal.py:nothing", "has no nothing: give one of"),
    ],
)
def test_a_cell_that_is_wrong_is_refused_with_the_checks_own_words(tmp_path, capsys, cell, words):
    arguments = ["--cell", f"{HERE}/{cell}", "--tasks", "adding", "--out", str(tmp_path / "out")]
    assert main(["compare", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_text_alone_is_the_only_task_and_a_cell_joins_the_cifg_and_the_lstm(text):
    options = options_of("--text", text)
    found = experiment_of(options, read_yours(options.text, None))
    assert [task_words(task) for task in found.tasks] == ["my-text.txt"]
    assert found.cells == ["cifg", "lstm"]
    options = options_of("--cell", f"{HERE}/minimal.py:Minimal", "--text", text, "--tasks", "copy")
    found = experiment_of(options, read_yours(options.text, options.cell))
    assert [task_words(task) for task in found.tasks] == ["copy", "my-text.txt"]
    assert [cell_words(cell) for cell in found.cells] == ["CIFG", "LSTM", "Minimal"]


def test_the_command_that_repeats_it_names_the_files(text):
    options = options_of("--text", text, "--cell", f"{HERE}/minimal.py:Minimal", "--seeds", "3")
    experiment = experiment_of(options, read_yours(options.text, options.cell))
    assert _command(options, experiment) == (
        f"python -m cifg_edu compare --cells cifg,lstm --text '{text}' "
        f"--cell {HERE}/minimal.py:Minimal --seeds 3 --budget usual --out comparison"
    )


def test_the_results_of_an_edited_file_are_not_those_of_the_new_one(text, tmp_path):
    before = read_yours(text, None)
    text.write_text(TEXT + "more")
    after = read_yours(text, None)
    assert task_words(before.task) == task_words(after.task)
    paths = [
        result_path(tmp_path, RunSpec(yours.task, "cifg", "size", 4, 0.01, 0, 1))
        for yours in (before, after)
    ]
    assert paths[0] != paths[1]


def test_a_run_in_another_process_needs_no_file(text, tmp_path):
    source = tmp_path / "my.py"
    source.write_bytes(Path(f"{HERE}/minimal.py").read_bytes())
    yours = read_yours(text, f"{source}:Minimal")
    sent = pickle.dumps(yours)
    source.unlink()
    text.unlink()
    arrived = pickle.loads(sent)
    arrived.enter()
    result = arrived(RunSpec(yours.task, yours.cell, "size", 4, 0.01, 0, 3))
    assert np.isfinite(result.test)


def gradients(cell):
    """Those of a loss on six steps, by the cell's name in CELLS, and of which weights."""
    rng = np.random.default_rng(1)
    parameters = {
        name: value.astype(np.float64)
        for name, value in first_parameters(rng, cell, 2, 3, 1).items()
    }
    inputs, targets = rng.normal(size=(6, 2, 2)), rng.normal(size=(6, 2, 1))
    done = from_zeros(cell, parameters, inputs)
    _, doutputs = squared_error(done.outputs, targets)
    return backward_pass(cells.CELLS[cell], parameters, done, doutputs)[0]["b"]


@pytest.mark.parametrize(
    "adapter",
    [adapt(minimal.Minimal), in_order(adapt(swapped.step), swapped=True)],
    ids=["without c", "with c"],
)
def test_a_cells_own_gradients_through_time_are_the_numerical_ones(adapter):
    cells.CELLS["own"] = as_cell("own", adapter)
    cells.CELLS["numerical"] = as_cell("numerical", adapter._replace(backward=None))
    own, numerical = gradients("own"), gradients("numerical")
    assert np.abs(own).max() > 1e-3
    np.testing.assert_allclose(own, numerical, atol=1e-8)


def test_the_cifg_written_outside_learns_as_the_courses_own():
    cells.CELLS["own"] = as_cell(
        "own",
        in_order(adapt(swapped.step), swapped=True),
        cells.CELLS["cifg"].initialize,
    )
    assert cells.CELLS["own"].gates == 3
    task, after = find_task("adding"), {}
    for cell in ("cifg", "own"):
        parameters = first_parameters(np.random.default_rng(0), cell, 2, 5, 1)
        batch = task.make_batch(np.random.default_rng(1))
        after[cell] = train_step(task, cell, parameters, adam_state(parameters), batch, 0.01)
    assert after["own"].loss == pytest.approx(after["cifg"].loss, rel=1e-5)
    assert after["own"].norm == pytest.approx(after["cifg"].norm, rel=1e-4)


def test_a_cell_of_a_fraction_of_a_gate_more_is_matched_by_its_own_count():
    cell = as_cell("own", adapt(minimal.Minimal))
    cells.CELLS["own"] = cell
    assert cell.gates == pytest.approx(2, rel=0.02)
    assert models(find_task("adding"), ["cifg", "own"], 64)[-1][2] > 64


def test_weights_without_an_initialize_are_glorots_by_what_their_axes_are():
    probed = {"W": (1, 3, 20), "R": (15, 5), "b": (20,), "p": (5, 1)}
    shapes = {"W": (1, 40, 400), "R": (300, 100), "b": (400,), "p": (100, 1)}
    found = first_weights(np.random.default_rng(0), probed, shapes, 100)
    assert {name: value.shape for name, value in found.items()} == shapes
    assert np.abs(found["W"]).max() == pytest.approx(np.sqrt(6 / 140), rel=0.01)
    assert np.abs(found["R"]).max() == pytest.approx(np.sqrt(6 / 200), rel=0.01)
    assert not found["b"].any()
    assert not found["p"].any()


def tried(cell, *options):
    options = options_of("--cell", cell, "--tasks", "adding", "--seeds", "2", *options)
    yours = read_yours(None, options.cell)
    experiment = experiment_of(options, yours)
    yours.enter()
    return try_out(yours, experiment)


def test_where_first_weights_come_from_is_said_and_how_slow_a_numerical_gradient_is():
    [line] = tried(f"{HERE}/minimal.py:Minimal")
    assert "Glorot's uniform weights and vectors of 0, since no initialize_Minimal(" in line
    start, slow = tried(f"{HERE}/minimal.py:step", "--hidden-size", "2")
    assert start == "step starts from what initialize_step makes."
    assert "its gradients are numerical, with two forward passes for each weight" in slow
    assert "times as long as the CIFG's" in slow


def test_a_cell_too_large_for_numerical_gradients_is_refused_with_its_weights():
    with pytest.raises(UserError, match=r"has no backward pass and 4,320 weights at D = 2 and H"):
        tried(f"{HERE}/minimal.py:step", "--hidden-size", "45")


def test_a_cell_that_works_in_one_size_alone_is_told_before_any_run(tmp_path):
    path = tmp_path / "my.py"
    path.write_text(
        "import numpy as np\n"
        "def step(x, h, W, U, b):\n"
        "    return np.tanh(x @ W + (h @ U + b).reshape(-1, 5))\n"
    )
    with pytest.raises(UserError, match="with D = 2 and H = 4 it stops with ValueError"):
        tried(f"{path}:step", "--hidden-size", "4")


def test_an_initialize_that_makes_other_weights_is_refused_with_the_right_ones():
    cell = as_cell("own", adapt(minimal.step), lambda *_: {"W": np.zeros(3)})
    with pytest.raises(UserError, match=r"give a dictionary with W \(2, 8\), U \(4, 8\), b \(8,\)"):
        cell.initialize(np.random.default_rng(0), 2, 4)


MINE, OWN = own_name("mine.txt", b"a"), own_name("MyCell", b"b")
NATS = About("Text: mine.txt.", "nats per character", 0.9, "a model that sees only the last one")


@pytest.fixture
def own_cell():
    cells.CELLS[OWN] = cells.CELLS["rnn"]


@pytest.mark.usefixtures("own_cell")
def test_the_first_paragraph_says_in_plain_words_how_good_the_cell_is_on_the_text(tmp_path):
    cifg, other = model("cifg", CIFG, task=MINE), model(OWN, WORSE, task=MINE)
    words, _ = written(tmp_path, cifg, other, about={MINE: NATS})
    assert "Is MyCell any good on mine.txt? On mine.txt, nats per character" in words
    assert (
        "CIFG(16) 0.510, MyCell(16) 0.612; a model that sees only the last one has 0.900." in words
    )
    assert "CIFG(16) is better than MyCell(16) by 0.102 nats per character" in words
    assert "0.02 nats per character as a difference that would matter" in words
    assert "There is no answer" not in words
    assert "@" not in words.replace("How to repeat it", "")


@pytest.mark.usefixtures("own_cell")
def test_no_verdict_of_the_familys_kind_is_given_for_a_text_or_a_cell_of_the_users():
    runs = [
        model(cell, tests, task=MINE)
        for cell, tests in (("cifg", CIFG), ("lstm", MIXED), (OWN, MIXED))
    ]
    findings = find([run for group in runs for run in group], {MINE: NATS}, [MINE])
    assert [comparison.answer for comparison in findings.own] == ["", ""]
    lines = said(*runs, about={MINE: NATS})
    assert "No difference found between CIFG(16) and LSTM(16)" in lines[0]
    assert 'does not mean "equal"' in lines[1]


def test_where_nothing_beats_the_baseline_the_text_says_to_train_longer():
    bad = np.add(CIFG, 1)
    [line, _] = said(
        model("cifg", bad, task=MINE), model("lstm", bad, task=MINE), about={MINE: NATS}
    )
    assert "the comparison says nothing: train longer" in line
    assert "No difference" not in line


def test_models_that_had_not_levelled_on_a_text_are_named(tmp_path):
    cifg, lstm = model("cifg", CIFG, task=MINE), model("lstm", WORSE, task=MINE, best=0.005)
    falling = [
        replace(run, curve=tuple(p._replace(measure=9 - p.update / 100) for p in run.curve))
        for run in lstm
    ]
    words, _ = written(tmp_path, cifg, falling, about={MINE: NATS})
    assert "still changed by 0.02 or more: LSTM(16) by" in words


def test_a_text_and_a_cell_go_through_to_a_report_and_on_from_there(text, tmp_path, capsys):
    arguments = ["compare", "--text", str(text), "--cell", f"{HERE}/minimal.py:Minimal"]
    arguments += ["--cells", "cifg", "--seeds", "2", "--updates", "3", "--hidden-size", "3"]
    arguments += ["--budget", "quick", "--rates", "0.01", "--workers", "1"]
    arguments += ["--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "On my-text.txt, nats per character on average, less is better: CIFG(3)" in told
    assert "Minimal(3)" in told
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "runs").iterdir()}
    assert len(kept) == 3 * 2
    assert main(arguments) == 0
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_stored_runs_have_no_text_of_the_users(capsys):
    assert main(["compare", "--report", "--text", "mine.txt"]) == 2
    assert "leave out --text and --cell" in capsys.readouterr().err
