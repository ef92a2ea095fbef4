"""What the lessons' prose says in numbers is what they print, or what comes out here."""

import re

import numpy as np
import pytest

from cifg_edu.authoring import solution_notebook
from cifg_edu.checks import case
from cifg_edu.gradcheck import TOLERANCE
from tests.lesson_texts import names_of, printed, prose, source


def test_table_and_summary_of_lesson_05_draw_the_line_where_the_check_does():
    assert TOLERANCE == 1e-6
    text = prose(5)
    assert "| $10^{-6}$ to $10^{-2}$ | suspect, and the course's check fails it" in text
    assert "| below $10^{-6}$ | right: the course's check passes it |" in text
    assert "below $10^{-6}$ is right and passes the check, above $10^{-2}$ is wrong" in text


def test_a_window_of_two_has_the_wrong_perplexity_that_lesson_05_says():
    assert "a window of 2 gives 20.1" in prose(5)
    assert "window   2: right 4.48, wrong 20.1" in printed(5)


def test_float32_leaves_the_error_that_lesson_05_says():
    assert "the error is above $10^{-5}$" in prose(5)
    least = re.search(r"central, float32: .*least ([^,]+),", printed(5))[1]
    assert float(least) > 1e-5


def test_errors_of_the_phantom_are_as_large_as_lesson_06_says():
    assert "One error is 0.43; all others lie between 0.06 and 0.15." in prose(6)
    table = re.findall(r"^\w+ +(0\.\d\d|right) +(0\.\d\d)$", printed(6), re.MULTILINE)
    errors = sorted(float(e) for row in table for e in row if e != "right")
    assert len(errors) == 11
    assert errors[-1] == 0.43
    assert (errors[0], errors[-2]) == (0.06, 0.15)


def test_at_a_larger_rate_only_the_phantoms_loss_rises_as_lesson_06_says():
    assert (
        "the right loss falls at every step, and the phantom's jumps up again and again" in prose(6)
    )
    rises = dict(re.findall(r"^(\w+) .* the loss rises at (\d+) of 399 steps", printed(6), re.M))
    assert int(rises["right"]) == 0
    assert int(rises["phantom"]) > 20


def test_each_row_of_the_pencil_table_of_lesson_06_is_right_to_its_digits():
    pencil = case("cifg_step_backward", "lesson 02's pencil")
    values = {**pencil.inside, **pencil.expected}
    da_i, da_o, da_g = values["da"][0]
    right = {
        "do": values["do"], "dc": values["dc"], "di": values["di"], "dg": values["dg"],
        "dc_{t-1}": values["dc_prev"], "da_i": da_i, "da_o": da_o, "da_g": da_g,
        "dx": values["dx"], "dh_{t-1}": values["dh_prev"],
    }  # fmt: skip
    text = source(6).read_text(encoding="utf-8")
    rows = re.findall(r"^\| \$(d[^$]+)\$[^|]*\| \$[^$]*\d[^$]*\$ \| (-?[\d.]+) \|$", text, re.M)
    assert [name for name, _ in rows] == list(right)
    for name, value in rows:
        assert float(value) == pytest.approx(float(np.squeeze(right[name])), abs=0.0011)
    phantom = float(np.squeeze(values["dc"] * values["g"]))
    assert f"= 1.076 \\cdot 0.964 = {phantom:.3f}$" in text


STEPS = {
    (6, "cifg_step_backward", "in the middle"): """
do = dh * np.tanh(c)
whole_dc = dc + dh * o * (1 - np.tanh(c) ** 2)
di = whole_dc * (g - c_prev)
dg = whole_dc * i
dc_prev = whole_dc * (1 - i)
da = np.concatenate([di * i * (1 - i), do * o * (1 - o), dg * (1 - g**2)], axis=-1)
dh_prev = da @ Wh.T
dWh = h_prev.T @ da
db = da.sum(axis=0)
""",
    (7, "cifg_backward", "two steps"): """
last = cifg_step_backward(dh[1], nothing, Wx, Wh, caches[1])
first = cifg_step_backward(dh[0] + last.dh_prev, last.dc_prev, Wx, Wh, caches[0])
dh0, dc0, dWx = first.dh_prev, first.dc_prev, first.dWx + last.dWx
""",
}


@pytest.mark.parametrize(("key", "answers"), STEPS.items(), ids=["lesson 06", "lesson 07"])
def test_right_answers_to_the_steps_of_a_derivation_are_confirmed(key, answers, capsys):
    """Written below the lesson's own cells, and confirmed by its own calls of confirm."""
    lesson, exercise, title = key
    cells = [c.source for c in solution_notebook(source(lesson)).cells if c.cell_type == "code"]
    names = names_of(lesson)
    for cell in cells:
        if f'case("{exercise}", "{title}")' in cell or "middle.arguments[" in cell:
            exec(re.sub(r"^\w+ = \.\.\.$|^confirm.*$", "", cell, flags=re.M), names)
    exec(answers, names)
    capsys.readouterr()
    asked = 0
    for cell in cells:
        for call in re.findall(r"^confirm\((?:middle|two), .*\)$", cell, re.M):
            exec(call, names)
            asked += call.count("=")
    said = capsys.readouterr().out.splitlines()
    assert len(said) == asked >= 3
    assert all(line.startswith("✔") for line in said), said


def test_gradients_over_60_steps_are_as_large_as_lesson_07_says():
    text = prose(7)
    assert "With $i = 0.02$ about 30 percent is left after 60 steps." in text
    assert round(0.98**60, 2) == 0.30
    rows = re.findall(
        r"^(cifg|lstm)  (.*?) +after 60 steps: +(\S+) +cell path alone: +(\S+)$", printed(7), re.M
    )
    after = {(cell, bias): (float(whole), float(path)) for cell, bias, whole, path in rows}
    assert "after 60 steps less than a millionth is left" in text
    assert after["cifg", "b_i = 0"][0] < 1e-6
    assert after["lstm", "b_f = 0, b_i = 0"][0] < 1e-6
    assert "About 30 percent arrives, and the product of $1 - i$ alone gives 27 percent." in text
    assert after["cifg", "b_i = -4"] == pytest.approx((0.30, 0.27), abs=0.015)
    assert "0.002 arrives, where the product gives 0.0003" in text
    assert after["cifg", "b_i = -2"] == pytest.approx((0.002, 0.0003), rel=0.12)


def test_other_seeds_give_the_growth_that_lesson_07_says():
    assert "this LSTM gave 4 to 14 times, and the CIFG 0.27 to 0.35 times" in prose(7)
    reach = names_of(7, "def reach(")["reach"]
    lstm = [reach("lstm", 4, 0, seed=seed)[0][-1] for seed in range(8)]
    cifg = [reach("cifg", 4, None, seed=seed)[0][-1] for seed in range(8)]
    assert (round(min(lstm)), round(max(lstm))) == (4, 14)
    assert (round(min(cifg), 2), round(max(cifg), 2)) == (0.27, 0.35)


def test_a_window_of_up_to_four_steps_misses_what_lesson_07_says():
    assert "from one step to four the error stays near 0.3" in prose(7)
    line = re.search(r"window, in steps .*\n  line (.*)", printed(7))[1]
    *short, six, whole = map(float, line.split(", "))
    assert all(abs(error - 0.3) < 0.05 for error in short)
    assert (six, whole) == (0.12, 0.0)


def test_the_stack_of_layers_does_what_lesson_08_says():
    text = prose(8)
    assert "the spread is above 0.9" in text
    assert "the gradient has grown by a factor of more than 100,000" in text
    spreads = names_of(8, "def spreads_through_the_stack")["spreads_through_the_stack"](1.0)
    assert spreads[0][-1] > 0.9
    assert spreads[1][0] > 1e5 * spreads[1][-1]


def test_half_lives_and_memories_are_as_long_as_lesson_08_says():
    text = prose(8)
    assert "holds $0.99^{100}$, which is 37 %, so one half was lost after 69" in text
    assert round(100 * 0.99**100) == 37
    assert round(np.log(0.5) / np.log(0.99)) == 69
    assert "50 steps need a bias of about -4.3" in text
    assert np.log(np.expm1(np.log(2) / 50)) == pytest.approx(-4.3, abs=0.05)
    assert "the cell forgets more than two thirds at every step" in text
    assert 1 / (1 + np.exp(-1.0)) > 2 / 3
    assert "With a bias of -1 less than a hundredth is left after 15 steps" in text
    assert (1 - 1 / (1 + np.e)) ** 15 < 0.01


def test_what_is_left_of_the_start_is_as_much_as_lesson_08_says():
    assert (
        'holds 16 % of the difference at the start; with a bias " "of +1 about 1 % is left'
        in prose(8)
    )
    left = dict(re.findall(r"^(chrono|input bias \S+).* after 5 (\S+), after 60", printed(8), re.M))
    assert left["input bias +1"] == "0.01"
    assert re.search(r"^chrono, .* after 60 0\.16$", printed(8), re.M)
