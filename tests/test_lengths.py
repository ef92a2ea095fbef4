"""Sequence length against accuracy: what is collected, drawn and told."""

import numpy as np
import pytest

from cifg_edu.comparison.account import About
from cifg_edu.comparison.findings import find
from cifg_edu.comparison.lengths import find_lengths
from cifg_edu.comparison.plots import lengths_picture
from tests.comparisons import ABOUT, CIFG, MIXED, WORSE, account, model
from tests.test_report import written

LONGER = ABOUT | {"adding-100": About("Longer.", "mean squared error", 2.0, "a constant")}


def two_lengths(**changes):
    return account(
        model("cifg", CIFG),
        model("lstm", WORSE),
        model("lstm", MIXED, "parameters", 13),
        model("cifg", WORSE, task="adding-100"),
        model("lstm", CIFG, task="adding-100"),
        about=LONGER,
        **changes,
    )


def lengths_of(given):
    return find_lengths(find(given.results, given.about, given.tasks).tasks, given.about)


def test_accuracy_is_what_is_left_of_the_loss_without_a_memory():
    [adding] = lengths_of(two_lengths())
    assert (adding.task, adding.names) == ("adding", ["adding", "adding-100"])
    told = {
        (cell, point.length): point.interval.mean
        for cell, points in adding.points.items()
        for point in points
    }
    assert told == pytest.approx(
        {
            ("cifg", 50): 1 - np.mean(CIFG) / 0.9,
            ("cifg", 100): 1 - np.mean(WORSE) / 2.0,
            ("lstm", 50): 1 - np.mean(WORSE) / 0.9,
            ("lstm", 100): 1 - np.mean(CIFG) / 2.0,
        }
    )


def test_the_interval_is_that_of_one_cell_over_its_replicates():
    [adding] = lengths_of(two_lengths())
    interval = adding.points["cifg"][0].interval
    accuracy = 1 - np.array(CIFG) / 0.9
    reach = 2.7764 * accuracy.std(ddof=1) / np.sqrt(5)  # t for 4 degrees of freedom
    assert interval.high - interval.mean == pytest.approx(reach, rel=1e-4)


def test_one_length_alone_is_no_curve():
    assert lengths_of(account(model("cifg", CIFG), model("lstm", WORSE))) == []


def test_the_page_has_a_row_for_each_point_and_no_part_for_a_further_length(tmp_path):
    given = two_lengths()
    words, _ = written(
        tmp_path,
        model("cifg", CIFG),
        model("lstm", WORSE),
        model("cifg", WORSE, task="adding-100"),
        model("lstm", CIFG, task="adding-100"),
        about=LONGER,
    )
    assert given.tasks == ["adding", "adding-100"]
    assert "Sequence length and accuracy" in words
    assert "adding steps in a sequence: 50 CIFG(16) 0.433 " in words
    assert "adding steps in a sequence: 100 LSTM(16) 0.745 " in words
    assert 'id="adding"' in (tmp_path / "report.html").read_text()
    assert 'id="adding-100"' not in (tmp_path / "report.html").read_text()


def test_a_further_length_without_the_usual_one_has_a_part_of_its_own(tmp_path):
    about = {"adding-100": LONGER["adding-100"]}
    words, _ = written(
        tmp_path,
        model("cifg", WORSE, task="adding-100"),
        model("lstm", CIFG, task="adding-100"),
        about=about,
    )
    assert "Sequence length and accuracy" not in words
    assert 'id="adding-100"' in (tmp_path / "report.html").read_text()


def test_a_length_at_which_a_run_diverged_is_told_and_not_drawn(tmp_path):
    runs = (
        model("cifg", CIFG),
        model("lstm", WORSE),
        model("cifg", WORSE, task="adding-100"),
        model("lstm", [0.5, np.inf, 0.5, 0.5, 0.5], task="adding-100"),
    )
    words, _ = written(tmp_path, *runs, about=LONGER)
    assert (
        "adding steps in a sequence: 100 LSTM(16) diverged at every rate in replicate(s) 1" in words
    )
    drawn = lengths_picture(lengths_of(account(*runs, about=LONGER))).numbers
    assert "  line 0.433, 0.694\n" in drawn  # the CIFG at both lengths
    assert "  line 0.32\n" in drawn  # the LSTM at one
    assert "nan" not in drawn
