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

from cifg_edu.comparison.cells import CELLS
from cifg_edu.comparison.findings import detectable, find, in_words
from cifg_edu.comparison.plots import STYLES
from cifg_edu.comparison.report import About, Account, verdicts, write_report
from cifg_edu.comparison.runs import Point, RunResult, RunSpec
from cifg_edu.statistics import Interval

RATES = (0.003, 0.01, 0.03)
ABOUT = {"adding": About("Two numbers.", "mean squared error", 0.167, "the best constant answer")}
MACHINE = {"python": "3.11", "numpy": "2.4", "cifg_edu": "1", "system": "Linux, 2 cores"}


def model(cell, finals, matching="size", size=16, parameters=1000, best=0.01, task="adding"):
    """Tuning and final runs of a made-up model, whose measure falls from 1 to each final."""
    results = []
    for rate in RATES:
        spec = RunSpec(task, cell, matching, size, rate, 1000, 400, "tune")
        results.append(RunResult(spec, parameters, (), 0.1 + abs(np.log(rate / best)), 2.0))
    for seed, final in enumerate(finals):
        spec = RunSpec(task, cell, matching, size, best, seed, 400, "final")
        last = final if np.isfinite(final) else 1.0
        curve = tuple(Point(u, u / 100, last + (1 - last) * 0.5 ** (u / 50)) for u in (0, 200, 400))
        if not np.isfinite(final):
            curve = curve[:2]
        results.append(RunResult(spec, parameters, curve, final, 4.0 + seed / 10))
    return results


CIFG = [0.50, 0.53, 0.49, 0.52, 0.51]
WORSE = [0.60, 0.62, 0.60, 0.61, 0.63]
MIXED = [0.51, 0.50, 0.53, 0.48, 0.52]


def account(*models, failed=None, about=ABOUT, **changes):
    results = [result for runs in models for result in runs]
    machines = {result.spec: MACHINE for result in results}
    command = "python -m cifg_edu compare --tasks adding"
    return Account(results, machines, failed or {}, about, command, "2 processes", **changes)


def written(tmp_path, *models, **changes):
    """The words of the page, with all white space alike, and the JSON.

    No picture is painted for them: that takes far longer than to write the rest.
    """
    with patch.object(Figure, "savefig"):
        write_report(tmp_path, account(*models, **changes))
    page = (tmp_path / "report.html").read_text()
    words = " ".join(
        html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", page, flags=re.S)).split()
    )
    return words, json.loads((tmp_path / "runs.json").read_text())


def test_no_difference_found_is_said_where_the_interval_holds_zero(tmp_path):
    words, content = written(tmp_path, model("cifg", CIFG), model("lstm", MIXED))
    assert "no difference found between CIFG(16) and LSTM(16)" in words
    assert "is better than" not in words
    assert "0 of 1 intervals exclude 0" in words
    assert {d["verdict"][:19] for d in content["differences"]} == {"no difference found"}


def test_a_difference_is_said_with_its_size_and_its_winner(tmp_path):
    words, _ = written(tmp_path, model("cifg", CIFG), model("lstm", WORSE))
    assert "CIFG(16) is better than LSTM(16) by 0.102 mean squared error" in words
    assert "no difference found between" not in words
    assert "1 of 1 intervals exclude 0" in words


def test_a_cifg_that_loses_is_said_to_lose(tmp_path):
    words, _ = written(tmp_path, model("cifg", WORSE), model("lstm", CIFG))
    assert "LSTM(16) is better than CIFG(16) by 0.102 mean squared error" in words


def test_the_t_interval_decides_where_the_two_disagree(tmp_path):
    # Five of one sign: the bootstrap excludes 0 whatever the scatter, the t interval does not.
    differences = np.array([0.001, 0.002, 0.001, 0.03, 0.04])
    words, _ = written(tmp_path, model("cifg", CIFG), model("lstm", CIFG + differences))
    assert "no difference found between" in words
    assert "THE TWO INTERVALS DISAGREE ON 0" in words
    assert "84 times in 100 at five seeds" in words


def test_differences_are_paired_by_seed_in_whatever_order_the_runs_come(tmp_path):
    shifted = np.array(CIFG) + 0.001
    lstm = model("lstm", shifted)
    found = find([*model("cifg", CIFG), *reversed(lstm)], {"adding": "mean squared error"})
    difference = found.tasks[0].rows[1].difference
    np.testing.assert_allclose(difference.values, -0.001)
    assert difference.found


def test_a_seed_that_one_model_has_not_finished_is_left_out_of_the_pairs_and_told(tmp_path):
    lstm = model("lstm", WORSE)
    lost = lstm.pop().spec
    why = {lost: "The run adding, LSTM failed: no memory."}
    words, content = written(tmp_path, model("cifg", CIFG), lstm, failed=why)
    assert "1 run(s) failed" in words
    assert why[lost] in words
    assert "LSTM(16) has 4 of 5 seeds" in words
    assert len(content["differences"][0]["by_seed"]) == 4
    assert content["failed"] == [{"spec": asdict(lost), "why": why[lost]}]


def test_no_mean_is_taken_over_the_runs_that_did_not_diverge(tmp_path):
    diverging = [*WORSE[:4], np.inf]
    words, content = written(tmp_path, model("cifg", CIFG), model("lstm", diverging))
    assert "no interval: LSTM(16) diverged with 1 of 5 seeds (4)" in words
    assert "adding, LSTM, 16 units, rate 0.01, seed 4 (final)" in words
    assert "is better than" not in words
    assert content["runs"][-1]["final"] is None


@pytest.mark.parametrize(("best", "edge"), [(0.003, "smallest"), (0.03, "largest"), (0.01, None)])
def test_a_best_rate_at_the_edge_of_those_tried_is_flagged(tmp_path, best, edge):
    words, _ = written(tmp_path, model("cifg", CIFG), model("lstm", WORSE, best=best))
    assert (f"LSTM(16) (the {edge}, {best:g})" in words) == (edge is not None)
    assert ("No model's best rate is at the edge" in words) == (edge is None)
    assert "CIFG(16) (the" not in words


def test_fewer_than_five_seeds_are_warned_of(tmp_path):
    words, _ = written(tmp_path, model("cifg", CIFG[:4]), model("lstm", WORSE[:4]))
    assert "Only 4 seed(s)" in words
    words, _ = written(tmp_path, model("cifg", CIFG), model("lstm", WORSE))
    assert "Only" not in words


def test_one_seed_gives_a_page_without_any_interval(tmp_path):
    words, _ = written(tmp_path, model("cifg", CIFG[:1]), model("lstm", WORSE[:1]))
    assert "no interval: there are fewer than two seeds" in words


def test_a_quick_run_says_that_it_says_nothing(tmp_path):
    words, _ = written(tmp_path, model("cifg", CIFG), quick=True)
    assert "A quick run" in words
    assert "A quick run" not in written(tmp_path, model("cifg", CIFG))[0]


def test_comparisons_are_counted_and_corrected_for(tmp_path):
    slightly = np.add(CIFG, [0.005, 0.02, 0.018, 0.022, 0.004])
    models = [
        model("cifg", CIFG),
        model("lstm", slightly),
        model("lstm", WORSE, "parameters", 13, 1001),
        model("gru", MIXED),
        model("rnn", MIXED),
    ]
    words, _ = written(tmp_path, *models)
    assert "2 of 4 intervals exclude 0" in words
    assert "at least one interval misses the true difference is up to 20 %" in words
    after = words.split("these differences remain:")[1].split("Two numbers.")[0]
    assert "CIFG(16) is better than LSTM(13)" in after
    assert "98.8% interval" in after
    assert "LSTM(16)" not in after


def test_what_is_saved_is_told_in_percent(tmp_path):
    cifg, lstm = model("cifg", CIFG, parameters=750), model("lstm", MIXED, parameters=1000)
    written(tmp_path, cifg, [replace(run, seconds=8.4) for run in lstm])
    cells = re.findall(r"<td>(.*?)</td>", (tmp_path / "report.html").read_text())
    assert "25 %" in cells
    assert "50 %" in cells


def test_every_run_is_in_the_json_with_its_curve_and_its_machine(tmp_path):
    given = account(model("cifg", CIFG), model("lstm", WORSE), model("gru", [np.inf] * 5))
    write_report(tmp_path, given)
    text = (tmp_path / "runs.json").read_text()
    content = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    specs = [run["spec"] for run in content["runs"]]
    assert specs == [asdict(result.spec) for result in given.results]
    assert len(content["runs"][3]["curve"]) == 3
    assert content["runs"][0]["machine"] == MACHINE
    assert content["command"] == given.command


@pytest.mark.parametrize(
    ("cifg", "lstm"),
    [
        (CIFG, WORSE),
        (CIFG, [*WORSE[:4], np.inf]),
        (CIFG[:1], WORSE[:1]),
        ([0.2] * 5, [0.2] * 5),
    ],
    ids=["usual", "diverging", "one seed", "alike"],
)
def test_the_page_holds_its_pictures_and_fetches_nothing(tmp_path, cifg, lstm):
    write_report(tmp_path, account(model("cifg", cifg), model("lstm", lstm)))
    page = (tmp_path / "report.html").read_text()
    images = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)">', page)
    assert len(images) == page.count("<img") == 3
    for words, data in images:
        pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(data)), format="png")
        assert pixels.shape[0] > 200
        assert pixels.std() > 0.01
        assert "adding" in words
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)


def test_what_others_have_written_is_escaped(tmp_path):
    nasty = "<script>alert('x')</script>"
    about = {"adding": About(nasty, nasty, 0.2, nasty)}
    cifg = model("cifg", CIFG)
    given = account(cifg, model("lstm", WORSE), about=about, failed={cifg[0].spec: nasty})
    write_report(tmp_path, replace(given, command=nasty, place=nasty))
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page
    assert html.escape(nasty, quote=False)[:14] in page


def test_each_cell_has_a_colour_a_line_and_a_marker_that_no_other_has():
    assert set(STYLES) == set(CELLS)
    for column in zip(*STYLES.values(), strict=True):
        assert len(set(column)) == len(CELLS)


def test_small_measures_are_told_in_a_unit_that_shows_them():
    small = Interval(-0.0004, -0.0005, -0.0003, 0.95)
    assert in_words(small, "A", "B", "MSE").startswith(
        "A is better than B by 0.400 thousandths of MSE"
    )
    assert "thousandths" not in in_words(Interval(0.03, 0.01, 0.05, 0.95), "A", "B", "MSE")
    assert "no difference found" in in_words(Interval(0, 0, 0, 0.95), "A", "B", "MSE")


def test_the_power_of_five_seeds_is_that_of_lesson_12():
    assert detectable(5) == pytest.approx(1.7, abs=0.05)
    assert detectable(10) == pytest.approx(1.0, abs=0.05)


def test_models_that_end_alike_and_learn_nothing_are_not_called_a_comparison(tmp_path):
    words, _ = written(tmp_path, model("cifg", [0.2] * 5), model("lstm", [0.2] * 5))
    assert "cannot tell the two models apart" in words
    assert "(the best constant answer), on average: CIFG(16), LSTM(16)." in words
    words, _ = written(tmp_path, model("cifg", [0.1] * 5), model("lstm", [0.1, 0.1, 0.1, 0.1, 0.2]))
    assert "cannot tell the two models apart" not in words
    assert "Not better than the dashed line" not in words


def test_each_model_beside_the_cifg_has_one_sentence_for_each_table():
    found = find(
        [
            *model("cifg", CIFG),
            *model("lstm", WORSE),
            *model("lstm", MIXED, "parameters", 13),
        ],
        {"adding": "mean squared error"},
    )
    size, parameters = verdicts(found)
    assert size.startswith("adding, equal hidden size: CIFG(16) is better than LSTM(16)")
    assert parameters.startswith("adding, equal number of parameters: no difference found")
