"""The rules of docs/comparison.md, one by one."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from cifg_edu.__main__ import _parser
from cifg_edu.comparison.account import About
from cifg_edu.comparison.command import experiment_of
from cifg_edu.comparison.findings import (
    MARGINS,
    RIVAL,
    SHARES,
    find,
    holm,
    interval_of,
    p_value,
)
from cifg_edu.comparison.runs import MATCHINGS
from cifg_edu.statistics import paired_bootstrap
from tests.comparisons import ABOUT, CIFG, MIXED, WORSE, model

PAGE = (Path(__file__).parents[1] / "docs" / "comparison.md").read_text(encoding="utf-8")
NAMES = {"embedded Reber": "reber", "counting, a^m b^n c^(m+n)": "counting"}
# In this measure a string is right or wrong, so the margin of counting is what matters.
COUNTING = {"counting": About("Strings.", "share of strings predicted wrong", 1.0, "no memory")}


def one(*models, about=ABOUT):
    """The only comparison of some models."""
    [task] = find([run for runs in models for run in runs], about, list(about)).tasks
    [comparison] = task.comparisons
    return comparison


def shifted(by, scatter=0.0, n=10):
    """Measures of two models whose differences have this mean and this standard deviation."""
    rng = np.random.default_rng(0)
    first = 0.5 + 0.1 * rng.normal(size=n)
    noise = stats.zscore(rng.normal(size=n), ddof=1)
    return first, first - by - scatter * noise


def test_margins_and_measures_are_those_that_the_page_states():
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)
    stated = {NAMES.get(task, task.lower()): float(margin) for task, _, margin in rows}
    assert stated == MARGINS
    shares = {NAMES.get(task, task.lower()) for task, measure, _ in rows if "share" in measure}
    assert shares == set(SHARES)


def test_the_family_is_what_the_page_states_and_what_compare_asks_for():
    assert "once with as many units and once with as many parameters: ten comparisons" in PAGE
    assert len(MARGINS) * len(MATCHINGS) == 10
    asked = experiment_of(_parser(["compare"]).parse_args(["compare"]))
    assert asked.tasks == list(MARGINS)
    assert asked.cells == ["cifg", RIVAL]
    assert "**Replicates.** Twenty." in PAGE
    assert len(asked.replicates) == 20


@pytest.mark.parametrize(
    ("by", "scatter", "answer"),
    [
        (-0.1, 0.02, "better"),
        (0.1, 0.02, "worse"),
        (-0.002, 0.001, "better"),
        (0.0, 0.004, "equivalent"),
        (0.0, 0.02, "undecided"),
        (0.004, 0.01, "undecided"),
    ],
)
def test_an_answer_is_one_of_four(by, scatter, answer):
    cifg, lstm = shifted(by, scatter)
    found = one(model("cifg", cifg), model("lstm", lstm))
    assert found.interval.mean == pytest.approx(by, abs=1e-12)
    assert found.answer == answer
    assert found.within_margin == (answer == "equivalent" or abs(by) == 0.002)


def test_an_interval_that_crosses_the_margin_on_one_side_is_undecided():
    pairs = (shifted(by, 0.008) for by in (-0.003, 0.003))
    low, high = (one(model("cifg", cifg), model("lstm", lstm)) for cifg, lstm in pairs)
    assert low.interval.low < -0.005 < low.interval.high < 0.005
    assert -0.005 < high.interval.low < 0.005 < high.interval.high
    assert low.answer == high.answer == "undecided"


def test_a_difference_is_that_of_the_test_measures_of_the_runs_best_in_validation():
    runs = model("cifg", CIFG), model("lstm", WORSE, best=0.05)
    np.testing.assert_allclose(one(*runs).values, np.subtract(CIFG, WORSE))
    assert one(*runs).other.rates == {0.05: 5}


def test_differences_are_paired_by_replicate_in_whatever_order_the_runs_come():
    cifg, lstm = model("cifg", CIFG), model("lstm", np.array(CIFG) + 0.001)
    found = one(cifg, lstm[::-1])
    np.testing.assert_allclose(found.values, -0.001)


def test_models_with_other_replicates_are_no_pairs():
    with pytest.raises(ValueError, match=r"CIFG\(16\) and LSTM\(16\) have other replicates"):
        one(model("cifg", CIFG), model("lstm", WORSE[:4]))


def test_holm_multiplies_the_smallest_most_and_never_changes_the_order():
    # By hand: 4 x 0.01, 3 x 0.02, then 2 x 0.025, which must not be less, and at last 0.9.
    np.testing.assert_allclose(holm([0.025, 0.01, 0.9, 0.02], 4), [0.06, 0.04, 0.9, 0.06])
    np.testing.assert_allclose(holm([0.2, 0.4], 10), [1, 1])
    assert holm([], 3) == []
    with pytest.raises(ValueError, match="2 p-values do not fit a family of 1"):
        holm([0.1, 0.2], 1)


def test_a_p_value_is_corrected_for_the_comparisons_that_are_still_missing():
    about = ABOUT | {"copy": About("Symbols.", "nats per step", 0.69, "no memory")}
    runs = model("cifg", CIFG) + model("lstm", MIXED)
    alone, of_four = (find(runs, about, asked) for asked in (["adding"], ["adding", "copy"]))
    assert (alone.family_size, of_four.family_size) == (2, 4)
    p = alone.family[0].p
    assert alone.family[0].corrected == min(1, 2 * p)
    assert of_four.family[0].corrected == min(1, 4 * p)


def test_correction_takes_the_verdict_from_a_difference_that_one_comparison_would_have_found():
    cifg, lstm = shifted(-0.01, 0.012)
    found = one(model("cifg", cifg), model("lstm", lstm))
    assert found.p < 0.05 < found.corrected
    assert found.answer == "undecided"


def test_other_cells_and_the_chorales_are_outside_the_family():
    about = ABOUT | {"chorales": About("Bach.", "nats per frame", 9.0, "no memory")}
    runs = [
        *model("cifg", CIFG),
        *model("lstm", WORSE),
        *model("gru", WORSE),
        *model("lstm_closed", WORSE),
        *model("cifg", CIFG, task="chorales"),
        *model("lstm", WORSE, task="chorales"),
    ]
    adding, chorales = find(runs, about, list(about)).tasks
    assert [c.other.cell for c in adding.family] == ["lstm"]
    assert [c.other.cell for c in adding.outside] == ["gru", "lstm_closed"]
    assert not chorales.family
    for comparison in (*adding.outside, *chorales.outside):
        assert (comparison.answer, comparison.p, comparison.corrected) == ("", None, None)
        assert comparison.interval.mean == pytest.approx(-0.102)


def test_where_neither_model_beats_one_without_a_memory_the_comparison_says_nothing():
    both = one(model("cifg", [0.95] * 5), model("lstm", WORSE), about=ABOUT)
    assert both.answer != "nothing"
    neither = one(model("cifg", [0.95] * 5), model("lstm", [0.9] * 5), about=ABOUT)
    assert neither.answer == "nothing"
    assert (neither.interval, neither.p, neither.corrected) == (None, None, None)


def test_a_replicate_in_which_every_rate_diverged_leaves_no_mean_and_no_answer():
    found = one(model("cifg", CIFG), model("lstm", [*WORSE[:4], np.inf]))
    assert found.answer == "nothing"
    assert found.nothing == "LSTM(16) diverged at every rate in replicate(s) 4"
    assert found.interval is None


def test_a_run_that_diverged_is_not_chosen_if_another_did_not():
    lstm = [
        replace(run, validation=np.inf, test=np.inf) if run.spec.learning_rate == 0.05 else run
        for run in model("lstm", WORSE)
    ]
    assert one(model("cifg", CIFG), lstm).interval.mean == pytest.approx(-0.102)


def test_a_loss_has_students_interval_and_p_value():
    differences = np.random.default_rng(3).normal(0.3, 1, size=8)
    theirs = stats.ttest_1samp(differences, 0)
    assert p_value(differences, share=False) == pytest.approx(theirs.pvalue, rel=1e-9)
    low, high = theirs.confidence_interval(0.95)
    assert interval_of(differences, share=False)[1:3] == pytest.approx((low, high), rel=1e-5)


def test_a_share_has_the_p_value_of_all_exchanges_of_its_pairs():
    differences = np.array([0.5, 0.25, 0.125, 0.0625, -0.03125])
    # Of 32 ways to sign them, 2 on each side have a mean as far from 0.
    assert p_value(differences, share=True) == pytest.approx(4 / 32)
    many = p_value(np.full(20, 0.3), share=True)
    assert 0 < many < 1e-4


def test_the_interval_of_a_share_never_goes_beyond_the_differences():
    differences = np.array([1.0] * 17 + [0.1, 0.0, 0.05])
    by_t, by_bootstrap = (interval_of(differences, share) for share in (False, True))
    assert by_t.high > by_bootstrap.high
    assert differences.min() <= by_bootstrap.low < by_bootstrap.mean < by_bootstrap.high <= 1
    # BCa leans farther into the long tail than the percentile bootstrap of lesson 12 does.
    zeros = np.zeros(len(differences))
    percentile = paired_bootstrap(np.random.default_rng(0), differences, zeros)
    assert by_bootstrap.low < percentile.low - 0.02
    assert interval_of(differences, share=True) == by_bootstrap


@pytest.mark.parametrize("task", ["counting", "counting-24"])
def test_the_measure_of_a_task_decides_which_interval_it_has(task):
    values = [0.1] * 9 + [0.9]
    found = one(
        model("cifg", values, task=task),
        model("lstm", [0.0] * 10, task=task),
        about={task: COUNTING["counting"]},
    )
    assert found.interval == interval_of(np.array(values), share=True)
    assert found.p == (p_value(np.array(values), share=True) if task == "counting" else None)


@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("value", [0.0, 0.25])
def test_differences_that_are_all_equal_have_an_interval_without_width(share, value):
    differences = np.full(6, value)
    assert interval_of(differences, share)[:3] == (value, value, value)
    assert (p_value(differences, share) == 1) == (value == 0)


def test_a_loss_that_changes_by_the_margin_in_its_last_fifth_has_not_levelled():
    def late(run, change):
        points = [p._replace(measure=p.measure + change * (p.update <= 320)) for p in run.curve]
        return replace(run, curve=tuple(points))

    cifg, lstm = model("cifg", CIFG), model("lstm", WORSE)
    assert one(cifg, lstm).still_falling == []
    for change in (0.006, -0.006):
        found = one([late(run, change) for run in cifg], lstm)
        assert found.still_falling == [found.reference]
        assert found.reference.last_change == pytest.approx(-change, abs=1e-4)
    assert one([late(run, 0.004) for run in cifg], lstm).still_falling == []


@pytest.mark.parametrize(("best", "at_end"), [(0.005, 5), (0.05, 5), (0.015, 0)])
def test_a_best_rate_at_an_end_of_those_tried_is_counted(best, at_end):
    assert one(model("cifg", CIFG), model("lstm", WORSE, best=best)).other.at_end == at_end
