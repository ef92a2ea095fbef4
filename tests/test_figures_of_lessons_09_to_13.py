"""The figures in the lessons' prose are those that the lessons print, or that are computed here."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from cifg_edu.optimizers import AdamState, adam_state, adam_step
from cifg_edu.statistics import t_multiplier

HOME = Path(__file__).parent.parent


def prose(lesson):
    """A lesson's text, in one line."""
    [source] = HOME.glob(f"lessons/source/{lesson:02d}_*.md")
    return " ".join(source.read_text(encoding="utf-8").split())


def printed(lesson):
    """What the stored solution of a lesson prints, in one line."""
    [path] = HOME.glob(f"solutions/{lesson:02d}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return " ".join("".join(output.get("text", "") for output in outputs).split())


# A lesson, a sentence of its prose, and what its solution prints: the groups fill the sentence.
TOLD = [
    (9, "So {} degrees is a lot to give away", r"by value: turned by (\d+) degrees"),
    (10, "a step that is {} degrees off still", r"windows of 1 steps: (\d+)\.\d degrees off"),
    (10, "A perplexity of {} says", r"bits, perplexity (\d\.\d)\d, after epoch"),
    (10, "choosing among {}.", r"knows nothing .*?, perplexity (\d+)\.0"),
    (
        10,
        "was lowest, {1}, after some {0} windows, and above 30 at the end",
        r"lowest at window (\d+) \(([\d.]+)\), at the end 3\d",
    ),
    (10, "when the training loss was below 0.2", r"training loss of the last window: 0\.1()"),
    (
        10,
        "it had $r = {}$ on the excerpt, and {} on the held-out text. The best unit for quotation "
        "had {}, and {} on the held-out text",
        r"line position best r on the excerpt \+(\S+), the same unit on the held-out text \+(\S+) "
        r"quotation best r on the excerpt \+(\S+), the same unit on the held-out text \+(\S+)",
    ),
    (
        10,
        "In our run {1} % of the CIFG's gradient for a line end came from more than 20 characters "
        "back, but only {0} % of that for a letter inside a word. In the LSTM it was {3} % and "
        "{2} %",
        r"CIFG, inside a word: (\d+)% .*? CIFG, a line end: (\d+)% .*?"
        r"LSTM, inside a word: (\d+)% .*? LSTM, a line end: (\d+)% ",
    ),
    (
        10,
        "of real swaps was {} with the gradient and {} with nearness. The interval of the "
        "difference, {} to {}, does not hold 0.",
        r"swaps with the gradient: (\S+) .*? with the nearness: (\S+) .*?"
        r"interval (0\.\d+) to (0\.\d+)",
    ),
    (
        10,
        "In our run {} % of the characters agreed for the chosen units, {} % for random units "
        "and {} % for random places, and neither interval holds 0",
        r"chosen units (\S+)% .*? random units (\S+)% .*? random places (\S+)% .*?"
        r"interval [\d.]+% to .*?interval [\d.]+% to",
    ),
    (
        10,
        "two before it in {} % of cases, and in {} % if the lines are shuffled. In the model's "
        "text it was {} %, shuffled or not",
        r"the corpus: (\d+)% of the lines rhyme so, (\d+)% if .*? the model: (\d+)% of the lines "
        r"rhyme so, \3% if",
    ),
    (10, "Of the model's {} pieces none had", r"the model: .*?; of (\d+) pieces 0% have"),
]


@pytest.mark.parametrize(("lesson", "sentence", "pattern"), TOLD)
def test_a_sentence_has_the_numbers_that_the_lesson_prints(lesson, sentence, pattern):
    found = re.search(pattern, printed(lesson))
    assert found, "nothing like it is printed"
    assert sentence.format(*found.groups()) in prose(lesson)


def test_lesson_10_says_how_many_words_the_training_text_has():
    [words] = re.findall(r"the training text has ([\d,]+) words", printed(10))
    assert f"has {round(int(words.replace(',', '')), -3):,} words" in prose(10)


@pytest.mark.parametrize(
    ("row", "measured"),
    [
        ("adding, 50 steps", r"bias -1 half of .*? update (\d+) chrono half .*? update (\d+)"),
        ("copy, lag 10", r"bias -1 mean of .*?: (\S+) nats per step chrono .*?: (\S+) nats"),
        ("Reber", r"bias -1 99 strings .*? update (\d+) chrono 99 strings .*? update (\d+)"),
    ],
)
def test_seed_0_is_within_the_ranges_of_five_seeds_in_lesson_11(row, measured):
    text = re.search(rf"\| {row} \|[^|]*\| (\S+) to (\S+) \| (\S+) to (\S+) \|", prose(11))
    ranges = np.array(text.groups(), dtype=float).reshape(2, 2)
    values = re.search(measured, printed(11)).groups()
    for (low, high), value in zip(ranges, values, strict=True):
        assert low <= float(value) <= high


def test_lesson_12_says_for_how_many_epochs_lesson_10_trains():
    assert "epochs, steps, learning_rate = 16, " in prose(10)
    assert "(lesson 10 trained for sixteen)" in prose(12)


def test_lesson_12_says_how_far_the_cells_of_the_tuning_runs_are_apart():
    rows = {
        name: np.array(losses, dtype=float)
        for name, *losses in re.findall(
            r"(\w+\(\d+\)): 0\.01: (\S+) 0\.03: (\S+) 0\.1: (\S+)", printed(12)
        )
    }
    at = [f"{abs(apart):.3f}" for apart in rows["CIFG(48)"] - rows["LSTM(48)"]]
    assert f"by {at[0]} nats at 0.01, by {at[1]} at 0.03 and by {at[2]} at 0.1" in prose(12)


def test_lesson_12_says_what_its_report_says():
    units, parameters = re.findall(r"LSTM\(\d+\): (\S+) to (\S+) nats per char", printed(12))
    assert "*Equal units:* no difference found, interval {} to {} nats".format(*units) in prose(12)
    assert f"a gain of {units[1]} nats or a loss of {units[0][1:]} still" in prose(12)
    assert "no difference found, interval {} to {}.".format(*parameters) in prose(12)
    other = re.findall(r"too narrow at 5 seeds: (\S+) to (\S+) nats", printed(12))[1]
    assert "by the bootstrap, {} to {}, the CIFG would be better".format(*other) in prose(12)
    [size] = re.findall(r"find a true difference of (\S+) nats 8 times in 10\. Corr", printed(12))[
        :1
    ]
    assert f"a true difference below {size} nats would often not be found" in prose(12)


def test_lesson_12_says_how_its_lstms_use_their_gates():
    rows = re.findall(r"of i and f \+(\S+); (\d+)% of the cells beyond 1, .*? (\d+)\b", printed(12))
    r, beyond, greatest = np.array(rows, dtype=float).T
    assert len(rows) == 5
    cells = f"Between {min(beyond):.0f} % and {max(beyond):.0f} % of all cells lay beyond 1"
    assert f"was between {min(r)} and {max(r)}. {cells}" in prose(12)
    assert f"the greatest were between {min(greatest):.0f} and {max(greatest):.0f}." in prose(12)


def steps_after(spike, number=3000):
    """Adam's steps after a gradient of 1000 at step `spike`, in units of the rate."""
    parameters = {"p": np.zeros(1)}
    state, sizes = adam_state(parameters), []
    for t in range(1, number + 1):
        gradient = {"p": np.full(1, 1000.0 if t == spike else 1.0)}
        after, state = adam_step(parameters, gradient, state, 1.0)
        sizes.append((parameters["p"] - after["p"])[0])
        parameters = after
    return np.array(sizes[spike:])


def test_lesson_09_says_what_a_spike_does_to_adam_early_and_late():
    text = prose(9)
    assert "let all gradients be 1, but one of the first hundred be 1000" in text
    assert "about 1 % of the learning rate, and they stay below 3 % for more than 500 steps" in text
    for spike in (1, 10, 100):
        after = steps_after(spike)
        assert 0.005 < after.min() < 0.015
        assert np.sum(after < 0.03) > 500
    assert "after step 2000 the steps stay above 3 %, but below 10 % for more than 900" in text
    after = steps_after(2000)
    assert after.min() > 0.03
    assert np.sum(after < 0.1) > 900


def test_lesson_09_says_that_restarted_steps_of_short_epochs_begin_too_large():
    assert "try `STEPS = 30`" in prose(9)
    parameters, firsts = {"p": np.zeros(1)}, []
    state = adam_state(parameters)
    for _ in range(3):
        state = AdamState(state.m, state.v, 0)
        for step in range(30):
            after, state = adam_step(parameters, {"p": np.ones(1)}, state, 1.0)
            if step == 0:
                firsts.append((parameters["p"] - after["p"])[0])
            parameters = after
    assert min(firsts[1:]) > 1.2


def shares_that_hold_the_truth(draw, n, experiments=2000, resamples=500):
    """How often, in percent, the bootstrap's and the t interval hold a true difference of 0."""
    rng = np.random.default_rng(0)
    d = draw(rng, (experiments, n))
    parts = [  # in parts, which need less memory
        np.take_along_axis(
            part[:, None], rng.integers(n, size=(len(part), resamples, n)), axis=2
        ).mean(axis=2)
        for part in np.array_split(d, 20)
    ]
    low, high = np.percentile(np.concatenate(parts), [2.5, 97.5], axis=1)
    reach = t_multiplier(n - 1) * d.std(axis=1, ddof=1) / np.sqrt(n)
    bootstrap, t = (low <= 0) & (high >= 0), abs(d.mean(axis=1)) <= reach
    return 100 * bootstrap.mean(), 100 * t.mean()


@pytest.mark.parametrize(
    ("n", "said", "share"),
    [(5, "83 or 84 % at five", 83.5), (10, "89 % at ten", 89), (20, "93 % at twenty", 93)],
)
def test_lesson_12_says_how_often_the_bootstrap_holds_the_truth(n, said, share):
    assert said in prose(12)
    held, _ = shares_that_hold_the_truth(lambda rng, size: rng.normal(size=size), n)
    assert held == pytest.approx(share, abs=1.7)  # two standard errors of 2000 experiments


def test_lesson_12_says_what_a_skewed_world_does_to_the_t_interval():
    assert "the exponential) its 95 % became 88 % at five seeds" in prose(12)
    _, held = shares_that_hold_the_truth(lambda rng, size: rng.exponential(size=size) - 1, 5)
    assert held == pytest.approx(88, abs=1.7)
