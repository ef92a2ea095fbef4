"""The report says what the runs say, also where that is nothing."""

import base64
import html
import io
import json
import re
from dataclasses import asdict, replace
from unittest.mock import patch

import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure

from cifg_edu.comparison.account import About
from cifg_edu.comparison.cells import CELLS
from cifg_edu.comparison.findings import find
from cifg_edu.comparison.plots import STYLES, differences_picture
from cifg_edu.comparison.report import answers, in_unit, relative, write_report
from tests.comparisons import ABOUT, CIFG, MACHINE, MIXED, WORSE, account, model


def written(tmp_path, *models, **changes):
    """The words of the page, with all white space alike, and the JSON.

    No picture is painted for them: that takes far longer than to write the rest.
    """
    with patch.object(Figure, "savefig"):
        write_report(tmp_path, account(*models, **changes))
    page = (tmp_path / "report.html").read_text()
    words = " ".join(
        html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.S)).split()
    )
    return words, json.loads((tmp_path / "runs.json").read_text())


def said(*models, **changes):
    """What the terminal says."""
    given = account(*models, **changes)
    return answers(given, find(given.results, given.about, given.tasks))


def first_paragraph(tmp_path):
    page = (tmp_path / "report.html").read_text()
    return " ".join(re.sub(r"<[^>]*>", "", page.split("<p>")[1].split("</p>")[0]).split())


def test_the_first_paragraph_answers_task_by_task_with_the_margin(tmp_path):
    about = ABOUT | {"copy": About("Symbols.", "nats per step", 0.9, "no memory")}
    alike = np.add(CIFG, [0.001, -0.001, 0.001, -0.001, 0])
    written(
        tmp_path,
        model("cifg", CIFG),
        model("lstm", WORSE),
        model("lstm", alike, "parameters", 13),
        model("cifg", WORSE, task="copy"),
        model("lstm", CIFG, task="copy"),
        model("lstm", np.add(WORSE, [0.2, -0.2, 0.1, 0.1, -0.2]), "parameters", 13, task="copy"),
        about=about,
    )
    assert first_paragraph(tmp_path) == (
        "Adding (a difference of 0.005 mean squared error would matter): "
        "at equal hidden size the CIFG is better; "
        "with as many parameters the two are equivalent within the margin. "
        "Copy (a difference of 0.05 nats per step would matter): "
        "at equal hidden size the LSTM is better; with as many parameters undecided."
    )


def test_without_a_comparison_of_the_family_the_first_paragraph_says_so(tmp_path):
    written(tmp_path, model("cifg", CIFG), model("gru", WORSE))
    assert first_paragraph(tmp_path).startswith("There is no answer")


def test_a_difference_is_said_with_its_size_its_winner_and_its_margin(tmp_path):
    [sentence] = said(model("cifg", CIFG), model("lstm", WORSE))
    assert sentence.startswith(
        "adding, at equal hidden size: the CIFG is better (CIFG(16) - LSTM(16): "
        "-0.1020 mean squared error, 95 % interval -0.1"
    )
    assert "; margin 0.005; p = " in sentence
    assert sentence.endswith(" after Holm's correction).")
    [sentence] = said(model("cifg", WORSE), model("lstm", CIFG))
    assert "the LSTM is better (CIFG(16) - LSTM(16): 0.1020 mean squared error" in sentence


def test_a_difference_that_is_found_and_does_not_matter_is_told_as_such():
    [sentence] = said(model("cifg", CIFG), model("lstm", np.array(CIFG) + 0.001))
    assert "the CIFG is better, by less than the margin (" in sentence


def test_no_difference_found_is_undecided_where_the_margin_is_not_ruled_out(tmp_path):
    words, content = written(tmp_path, model("cifg", CIFG), model("lstm", MIXED))
    assert "at equal hidden size undecided" in words
    assert "is better;" not in words
    [comparison] = content["comparisons"]
    assert (comparison["answer"], comparison["margin"]) == ("undecided", 0.005)
    assert "It does not mean that the cells are equal" in words


def test_page_terminal_and_json_give_one_number_in_one_unit(tmp_path):
    models = model("cifg", CIFG), model("lstm", np.add(CIFG, [0.0003, 0.0001, 0, 0, 0.0001]))
    words, content = written(tmp_path, *models)
    [sentence] = said(*models)
    ends = re.search(r"interval (\S+ to \S+);", sentence)[1]
    assert ends == "-0.0003 to 0.0001"
    assert ends in words
    [comparison] = content["comparisons"]
    assert f"{comparison['interval']['low']:.4f} to {comparison['interval']['high']:.4f}" == ends
    assert comparison["unit"] == "mean squared error"
    assert "thousandths" not in words


@pytest.mark.parametrize(
    ("value", "task", "text"),
    [
        (-0.00123, "adding", "-0.0012"),
        (0.0217, "sonnets", "0.022"),
        (0.256, "counting", "0.26"),
        (-0.00001, "adding", "0.0000"),
        (12.345, "chorales", "12.3"),
        (np.inf, "adding", "diverged"),
    ],
)
def test_a_measure_has_as_many_decimals_as_give_the_margin_two_digits(value, task, text):
    assert in_unit(value, task) == text


def test_a_row_where_every_model_failed_says_nothing(tmp_path):
    failing = model("cifg", [0.95] * 5), model("lstm", [0.97, 0.93, 0.95, 0.96, 0.94])
    words, content = written(tmp_path, *failing)
    nothing = "the comparison says nothing (neither model is better than one without a memory)"
    assert said(*failing) == [f"adding, at equal hidden size: {nothing}."]
    assert f"at equal hidden size {nothing}." in words
    assert content["comparisons"][0]["interval"] is None
    assert "paired differences" not in words


def test_no_mean_is_taken_over_the_runs_that_did_not_diverge(tmp_path):
    diverging = [*WORSE[:4], np.inf]
    words, content = written(tmp_path, model("cifg", CIFG), model("lstm", diverging))
    why = "LSTM(16) diverged at every rate in replicate(s) 4"
    assert f"the comparison says nothing ({why})" in words
    assert "adding, LSTM(16) at every rate in replicate(s) 4." in words
    assert "is better" not in first_paragraph(tmp_path)
    assert content["runs"][-1]["result"]["test"] is None
    assert content["comparisons"][0]["by_replicate"][4] is None


def test_a_task_that_is_not_whole_is_named_on_the_page_and_in_the_terminal(tmp_path):
    about = ABOUT | {"copy": About("Symbols.", "nats per step", 0.9, "no memory")}
    missing = ["copy, LSTM: at least 3 runs are missing."]
    models = model("cifg", CIFG), model("lstm", WORSE)
    words, content = written(tmp_path, *models, about=about, missing=missing)
    assert f"Not whole, and so not reported: {missing[0]}" in words
    assert "corrected by Holm's method for 4 comparisons" in words
    assert content["missing"] == missing
    assert said(*models, missing=missing)[-1] == f"Not whole, and so not reported: {missing[0]}"
    assert "Not whole" not in written(tmp_path, *models)[0]


def test_a_run_that_failed_is_told(tmp_path):
    why = "The run adding, LSTM failed: no memory."
    words, content = written(tmp_path, model("cifg", CIFG), model("lstm", WORSE), failed=[why])
    assert f"Runs that failed. {why}" in words
    assert content["failed"] == [why]
    assert "Runs that failed. None." in written(tmp_path, model("cifg", CIFG))[0]


def test_losses_that_have_not_levelled_are_told(tmp_path):
    falling = [
        replace(
            run,
            curve=tuple(p._replace(measure=p.measure + 0.1 * (p.update <= 320)) for p in run.curve),
        )
        for run in model("lstm", WORSE)
    ]
    words, _ = written(tmp_path, model("cifg", CIFG), falling)
    assert "by the margin or more: LSTM(16) by -0.1000." in words
    assert "Not levelled" not in written(tmp_path, model("cifg", CIFG), model("lstm", WORSE))[0]


def test_rates_are_told_as_how_often_each_was_chosen_and_how_often_at_an_end(tmp_path):
    lstm = model("lstm", WORSE[:3]), model("lstm", WORSE, best=0.05)[9:]
    words, _ = written(tmp_path, model("cifg", CIFG), *lstm)
    assert "LSTM(16) 0.015: 3, 0.05: 2 2 " in words
    assert "CIFG(16) 0.015: 5 0 " in words


def test_fewer_than_five_replicates_are_warned_of(tmp_path):
    words, _ = written(tmp_path, model("cifg", CIFG[:4]), model("lstm", WORSE[:4]))
    assert "Only 4 replicate(s)" in words
    words, _ = written(tmp_path, model("cifg", CIFG), model("lstm", WORSE))
    assert "Only" not in words


def test_a_quick_run_says_that_it_says_nothing_on_the_page_and_in_the_terminal(tmp_path):
    models = model("cifg", CIFG), model("lstm", WORSE)
    assert "A quick run." in written(tmp_path, *models, quick=True)[0]
    assert said(*models, quick=True)[0].startswith("A quick run.")
    assert "quick" not in written(tmp_path, *models)[0]
    assert not any("quick" in line for line in said(*models))


@pytest.mark.parametrize(
    ("reference", "other", "words"),
    [
        (750, 1000, "25 % fewer"),
        (1000, 1001, "as many"),
        (120, 100, "20 % more"),
        (2010, 1000, "twice as many"),
        (3100, 1000, "3.1 times as many"),
        (1, 0, ""),
    ],
)
def test_what_is_saved_or_spent_is_told_in_words(reference, other, words):
    assert relative(reference, other, "fewer", "more", "many") == words


def test_parameters_and_time_stand_beside_each_other_model(tmp_path):
    cifg, rnn = model("cifg", CIFG, parameters=2010), model("rnn", MIXED, parameters=1000)
    words, _ = written(tmp_path, cifg, [replace(run, seconds=8.4) for run in rnn])
    assert "has twice as many parameters, takes 50 % less time" in words


def test_an_appendix_has_what_is_outside_the_family_and_gives_no_answer(tmp_path):
    models = model("cifg", CIFG), model("lstm", MIXED), model("gru", WORSE)
    words, content = written(tmp_path, *models)
    appendix = words.split("Appendix: outside the family")[1].split("What this experiment")[0]
    assert "CIFG(16) - GRU(16): -0.1020 mean squared error, 95 % interval" in appendix
    assert "better" not in appendix
    assert "LSTM(16)" not in appendix
    # Its two sizes coincide: it is there once.
    assert [c["other"] for c in content["comparisons"]] == ["LSTM(16)", "GRU(16)"]
    assert appendix.count("GRU") == 1
    assert "Appendix" not in written(tmp_path, *models[:2])[0]


def test_every_run_is_in_the_json_with_its_curve_and_its_machine(tmp_path):
    given = account(model("cifg", CIFG), model("lstm", WORSE), model("gru", [np.inf] * 5))
    with patch.object(Figure, "savefig"):
        write_report(tmp_path, given)
    text = (tmp_path / "runs.json").read_text()
    content = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    specs = [run["result"]["spec"] for run in content["runs"]]
    assert specs == [asdict(result.spec) for result in given.results]
    assert len(content["runs"][3]["result"]["curve"]) == 11
    assert content["machines"] == [MACHINE]
    assert {run["machine"] for run in content["runs"]} == {0}
    assert content["command"] == given.command


@pytest.mark.parametrize(
    ("cifg", "lstm", "number"),
    [(CIFG, WORSE, 2), (CIFG, [*WORSE[:4], np.inf], 1), ([0.2] * 5, [0.2] * 5, 2)],
    ids=["usual", "diverging", "alike"],
)
def test_the_page_holds_its_pictures_and_fetches_nothing(tmp_path, cifg, lstm, number):
    write_report(tmp_path, account(model("cifg", cifg), model("lstm", lstm)))
    page = (tmp_path / "report.html").read_text()
    images = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)">', page)
    assert len(images) == page.count("<img") == number
    for words, data in images:
        pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(data)), format="png")
        assert pixels.shape[0] > 150
        assert pixels.std() > 0.01
        assert "adding" in words
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)


def test_the_numbers_of_a_paired_picture_are_the_pairs():
    given = account(model("cifg", CIFG), model("lstm", WORSE))
    [task] = find(given.results, given.about, given.tasks).tasks
    with patch.object(Figure, "savefig"):
        lines = differences_picture(task, "mean squared error").numbers.splitlines()
    assert lines[0] == "CIFG(16) - LSTM(16)"
    assert lines[1:] == [
        f"  replicate {r}: {a:g} - {b:g} = {a - b:+.3g}"
        for r, (a, b) in enumerate(zip(CIFG, WORSE, strict=True))
    ]


def test_the_band_of_a_paired_picture_is_the_margin():
    given = account(model("cifg", CIFG), model("lstm", WORSE), model("gru", WORSE))
    [task] = find(given.results, given.about, given.tasks).tasks
    drawn = []
    with patch.object(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure)):
        differences_picture(task, "mean squared error")
    lstm, gru = drawn[0].axes
    [band] = lstm.patches
    assert (band.get_x(), band.get_width()) == pytest.approx((-0.005, 0.01))
    assert not gru.patches


def test_what_others_have_written_is_escaped(tmp_path):
    nasty = "<script>alert('x')</script>"
    about = {"adding": About(nasty, nasty, 0.9, nasty)}
    given = account(model("cifg", CIFG), model("lstm", WORSE), about=about, failed=[nasty])
    write_report(tmp_path, replace(given, command=nasty, place=nasty, missing=[nasty]))
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page
    assert html.escape(nasty, quote=False)[:14] in page


def test_each_cell_has_a_colour_a_line_and_a_marker_that_no_other_has():
    assert set(STYLES) == set(CELLS)
    for column in zip(*STYLES.values(), strict=True):
        assert len(set(column)) == len(CELLS)


def test_each_comparison_has_one_sentence():
    size, parameters = said(
        model("cifg", CIFG), model("lstm", WORSE), model("lstm", MIXED, "parameters", 13)
    )
    assert size.startswith("adding, at equal hidden size: the CIFG is better")
    assert parameters.startswith("adding, with as many parameters: undecided")


def test_the_page_names_the_rules_that_it_follows(tmp_path):
    words, _ = written(tmp_path, model("cifg", CIFG), model("lstm", WORSE))
    assert "stated before the runs, in docs/comparison.md" in words
