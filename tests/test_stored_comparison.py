"""The README's comparison is that of the stored runs, or says that it is an older one."""

import functools
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cifg_edu.authoring import stored_comparison
from cifg_edu.authoring.__main__ import main
from cifg_edu.authoring.stored_comparison import with_comparison
from cifg_edu.comparison import account as account_module
from cifg_edu.comparison.account import STORED, About, unpack
from cifg_edu.comparison.cells import initialize_closed_lstm
from cifg_edu.comparison.findings import find
from cifg_edu.comparison.lengths import find_lengths
from cifg_edu.comparison.report import interval_in_unit, short_answer
from cifg_edu.comparison.runs import Experiment, Point, RunResult
from cifg_edu.comparison.schedule import run_experiment
from cifg_edu.gates import sigmoid
from tests.comparisons import ABOUT, CIFG, MIXED, WORSE, account, model
from tests.test_schedule import serially

README = Path(__file__).parents[1] / "README.md"
PAGE = "Before.\n<!-- made: comparison -->\nOld.\n<!-- end -->\nAfter.\n"


def test_table_of_the_readme_is_that_of_the_stored_runs_or_is_called_older():
    text = README.read_text(encoding="utf-8")
    assert "(docs/comparison.md)" in text
    if STORED.exists():
        assert text == with_comparison(text, unpack()), "run the authors' store-comparison"
        assert "older experiment" not in text
    else:
        assert "**These are the figures of an older experiment**" in text


def text_of_lesson(number):
    [page] = (README.parent / "lessons" / "source").glob(f"{number}_*.md")
    return page.read_text(encoding="utf-8")


@functools.cache
def stored_findings():
    stored = unpack()
    return find(stored.results, stored.about, stored.tasks)


def stored_comparison_of(task, matching):
    [found] = [
        c for c in stored_findings().family if (c.task, c.other.matching) == (task, matching)
    ]
    return found


@pytest.mark.parametrize(
    ("task", "matching", "answer", "told"),
    [
        (
            "sonnets",
            "size",
            "equivalent",
            "At equal units the two cells are *equivalent within the margin* of {margin} nats: the "
            "interval of CIFG - LSTM is {interval} nats.",
        ),
        (
            "sonnets",
            "parameters",
            "better",
            "At equal parameters the CIFG is *better*: {interval} nats. A CIFG of {cifg} units has "
            "as many parameters as an LSTM of {lstm},",
        ),
        (
            "counting",
            "size",
            "worse",
            "At counting the LSTM is *better*: at equal units the CIFG predicts a larger share of "
            "the strings wrong, by {interval} (",
        ),
        ("copy", "size", "better", "At copy the CIFG is *better*: {interval} nats per step,"),
    ],
)
def test_lesson_12_says_what_the_stored_runs_say(task, matching, answer, told):
    found = stored_comparison_of(task, matching)
    sentence = told.format(
        margin=found.margin,
        interval=interval_in_unit(found),
        cifg=found.reference.runs[0].spec.hidden_size,
        lstm=found.other.runs[0].spec.hidden_size,
    )
    assert found.answer == answer
    assert sentence in text_of_lesson(12)


@pytest.mark.parametrize("matching", ["size", "parameters"])
def test_what_lesson_12_says_without_figures_is_so(matching):
    assert "At adding it is better by less than would matter" in text_of_lesson(12)
    adding = short_answer(stored_comparison_of("adding", matching))
    assert adding == "the CIFG is better, by less than the margin"
    assert "on the embedded Reber grammar the two are equivalent" in text_of_lesson(12)
    reber = short_answer(stored_comparison_of("reber", matching))
    assert reber == "the two are equivalent within the margin"


def test_a_start_that_is_the_same_leaves_less_of_the_lead_at_copy():
    [copy] = [task for task in stored_findings().tasks if task.task == "copy"]
    [closed] = [c for c in copy.outside if c.other.matching == "size"]
    interval = interval_in_unit(closed)
    assert (
        f"(`lstm_closed`) the lead is smaller: {interval} nats per step at equal hidden size"
    ) in README.read_text(encoding="utf-8")
    assert f"as the CIFG's does, it is {interval}." in text_of_lesson(12)
    as_usual = stored_comparison_of("copy", "size").interval
    assert as_usual.mean < closed.interval.mean < closed.interval.high < 0
    begins = initialize_closed_lstm(np.random.default_rng(0), 4, 5)["b"][:5]
    np.testing.assert_allclose(sigmoid(begins), 0.27, atol=0.005)


def test_lesson_01_says_how_many_strings_each_cell_counted_wrong():
    found = stored_comparison_of("counting", "size")
    cifg, lstm = found.reference, found.other
    assert (
        f"on average a CIFG of {cifg.runs[0].spec.hidden_size} units predicted {cifg.mean:.0%} of "
        f"these wrong, and an LSTM of {lstm.runs[0].spec.hidden_size} units {lstm.mean:.0%}"
    ).replace("%", " %") in text_of_lesson("01")


def test_the_readme_says_how_far_each_cell_comes_at_other_lengths():
    mean = {
        (lengths.task, point.length, cell): f"{point.interval.mean:.2f}"
        for lengths in find_lengths(stored_findings().tasks, unpack().about)
        for cell, points in lengths.points.items()
        for point in points
    }
    text = README.read_text(encoding="utf-8")
    assert (
        f"the CIFG has come {mean['copy', 20, 'cifg']} of the way from no memory to no mistake, "
        f"the LSTM {mean['copy', 20, 'lstm']}."
    ) in text
    assert (
        f"m + n up to 16 the CIFG predicts {mean['counting', 16, 'cifg']} right, "
        f"the LSTM {mean['counting', 16, 'lstm']}."
    ) in text


def test_the_table_gives_each_task_its_answers_intervals_and_margin():
    about = ABOUT | {"sonnets": About("Text.", "nats per character", 0.1, "no memory")}
    given = account(
        model("cifg", CIFG),
        model("lstm", WORSE),
        model("lstm", MIXED, "parameters", 13),
        model("gru", WORSE),
        model("cifg", CIFG, task="sonnets"),
        model("lstm", WORSE, task="sonnets"),
        about=about,
        missing=["copy, LSTM: at least 3 runs are missing."],
    )
    made = with_comparison(PAGE, given)
    lines = made.splitlines()
    assert lines[0] == "Before."
    assert lines[-1] == "After."
    assert "Old." not in made
    assert "5 replicates" in made
    [adding] = [line for line in lines if line.startswith("| adding (mean squared error; 0.005) |")]
    _, _, size, parameters, _ = adding.split("|")
    assert size.startswith(" the CIFG is better: -0.1")
    assert parameters.startswith(" undecided: -0.0")
    [sonnets] = [line for line in lines if line.startswith("| Sonnets (nats per character; 0.02)")]
    assert "the comparison says nothing (neither model" in sonnets
    assert "GRU" not in made
    assert "Not whole yet: copy, LSTM: at least 3 runs are missing." in lines
    assert with_comparison(made, given) == made


def alike(spec):
    """A run whose measure depends on its rate alone, and is best at the middle one."""
    measure = 0.1 * abs(spec.learning_rate - 0.015)
    curve = (Point(0, 0.0, 1.0), Point(spec.updates, 1.0, measure))
    return RunResult(spec, 100, curve, measure, 0.1 + spec.replicate / 100, 1.0)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course, whose experiment has one task and two replicates."""
    (tmp_path / "README.md").write_text(PAGE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stored_comparison, "REPLICATES", 2)
    monkeypatch.setattr(stored_comparison, "MARGINS", {"adding": 0.005})
    monkeypatch.setattr(account_module, "STORED", tmp_path / "stored.xz")
    return tmp_path


def test_store_packs_what_is_whole_of_a_folder_and_refreshes_the_table(course, capsys):
    def make(cells, replicates):
        experiment = Experiment(["adding"], cells, range(replicates))
        run_experiment(experiment, partial(serially, alike, course / "out" / "runs"))

    make(["cifg", "lstm"], 1)
    assert main(["store-comparison", "out"]) == 2
    assert "No part of this comparison is whole" in capsys.readouterr().err
    assert (course / "README.md").read_text() == PAGE

    make(["cifg", "lstm"], 2)
    make(["gru"], 1)
    assert main(["store-comparison", "out"]) == 0
    said = capsys.readouterr().out
    assert "adding, GRU: at least 3 runs are missing." in said
    assert "RNN" not in said  # it was never begun
    stored = unpack()
    assert f"{len(stored.results)} runs are stored." in said
    assert {run.spec.cell for run in stored.results} == {"cifg", "lstm"}
    assert stored.command.splitlines() == [
        "python -m cifg_edu compare --cells cifg,lstm",
        "python -m cifg_edu compare --cells cifg,gru",
    ]
    text = (course / "README.md").read_text()
    assert "| adding (mean squared error; 0.005) | " in text
    assert with_comparison(text, stored) == text


def test_store_adds_the_lengths_of_another_folder_at_equal_size_and_with_fewer_replicates(
    course, monkeypatch
):
    monkeypatch.setattr(stored_comparison, "REPLICATES", 3)
    monkeypatch.setattr(stored_comparison, "LENGTH_REPLICATES", 2)

    def make(folder, task, replicates, **given):
        experiment = Experiment([task], ["cifg", "lstm"], range(replicates), **given)
        run_experiment(experiment, partial(serially, alike, course / folder / "runs"))

    make("out", "adding", 3)
    make("lengths", "adding-100", 2, matchings=("size",))
    make("lengths", "copy-20", 2, matchings=("parameters",))  # of the LSTM there is no usual size
    assert main(["store-comparison", "out", "lengths"]) == 0
    stored = unpack()
    assert stored.tasks == ["adding", "adding-100", "copy-20"]
    assert {run.spec.task for run in stored.results} == {"adding", "adding-100", "copy-20"}
    longer = {(r.spec.cell, r.spec.matching) for r in stored.results if r.spec.task == "adding-100"}
    assert longer == {("cifg", "size"), ("lstm", "size")}
    assert {run.spec.cell for run in stored.results if run.spec.task == "copy-20"} == {"cifg"}
    assert stored.missing == ["copy-20, LSTM: at least 6 runs are missing."]
    assert stored.command.splitlines() == [
        "python -m cifg_edu compare --cells cifg,lstm",
        "python -m cifg_edu compare --cells cifg,lstm --tasks adding-100,copy-20 "
        "--matching size --seeds 2",
    ]
    # The README's table is the family's alone.
    assert "copy-20 (" not in (course / "README.md").read_text()
