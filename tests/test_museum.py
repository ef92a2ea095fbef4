"""Each exhibit is wrong exactly where its diagnosis says, and a repair there makes it right."""

import inspect
import re

import numpy as np
import pytest

from cifg_edu.errors import UserError
from cifg_edu.gradcheck import (
    find_wrong_gates,
    find_wrong_tensors,
    measure_gradients,
    numerical_gradient,
)
from cifg_edu.museum import EXHIBITS, compare, plate, repaired, source
from cifg_edu.museum.diagnoses import DIAGNOSES, lines_of
from cifg_edu.optimizers import adam_state, adam_step

every_exhibit = pytest.mark.parametrize("number", EXHIBITS)
# Where all gates are in one tensor: their order and the axis of the blocks.
FUSED = {3: ("iog", 0), 4: ("ifgo", 0), 5: ("iog", -1)}
REPAIRS = {
    1: {"sigmoid(a) * (1 - sigmoid(a))": "a * (1 - a)"},
    2: {
        '"f": dc_next * c_prev + dh * o * (1 - t**2) * c_prev * f * (1 - f)': (
            '"f": (dc_next * c_prev + dh * o * (1 - t**2) * c_prev) * f * (1 - f)'
        )
    },
    3: {
        "dc = dh * o": "dc = dc_next + dh * o",
        "dh_next = np.zeros_like(cs[0])": "dh_next = dc_next = np.zeros_like(cs[0])",
    },
    4: {"db += da_i.sum(axis=0)": "db += da.sum(axis=1)"},
    6: {
        "backward(dc * g)": "backward(dc * (g - c_prev))",
        '            dxh += self.gates["f"].backward(dc * c_prev)\n': "",
        '        self.gates["f"] = Gate(np.zeros((D + H, H)), np.zeros(H))\n': "",
        'self.gates["f"].remember(xh, 1 - i)': "1 - i",
    },
}


def wrong(exhibit, steps, state=1.0):
    tensors = exhibit.tensors(steps=steps, state=state)
    return find_wrong_tensors(
        measure_gradients(exhibit.loss, tensors), exhibit.gradients(**tensors)
    )


def wrong_gates(number, steps):
    exhibit = EXHIBITS[number]
    if number not in FUSED:
        return {name[1] for name in wrong(exhibit, steps) if name[0] in "WUb"}
    tensors = exhibit.tensors(steps=steps)
    measured, claimed = measure_gradients(exhibit.loss, tensors), exhibit.gradients(**tensors)
    gates, axis = FUSED[number]
    return {
        gate
        for name in {"W", "Wx", "Wh", "b"} & set(tensors)
        for gate in find_wrong_gates(measured[name], claimed[name], gates, axis)
    }


def test_every_exhibit_has_a_diagnosis_and_a_plate_that_says_how_to_call_it():
    assert list(EXHIBITS) == list(DIAGNOSES) == [1, 2, 3, 4, 5, 6]
    for number in EXHIBITS:
        assert plate(number).startswith(f"Exhibit {number}. ")
        for part in ("What it claims: ", "Conventions: ", "How to call it: "):
            assert part in plate(number)


@every_exhibit
def test_a_check_first_fails_at_the_steps_and_gates_of_the_diagnosis(number):
    answer = DIAGNOSES[number]
    failing = [steps for steps in (1, 2, 3) if wrong(EXHIBITS[number], steps)]
    assert failing[:1] == ([answer.steps] if answer.steps else [])
    assert wrong_gates(number, answer.steps or 3) == set(answer.gates)


@pytest.mark.parametrize("number", REPAIRS)
def test_a_repair_of_the_blamed_lines_makes_every_gradient_right(number):
    text = inspect.getsource(EXHIBITS[number])
    changed = {text.split(old)[0].count("\n") + 1 for old in REPAIRS[number]}
    assert all(lines & changed for lines in lines_of(number))
    copy = repaired(number, REPAIRS[number])
    assert wrong(copy, 1) == wrong(copy, 3) == []


def test_a_repair_changes_a_copy_and_an_old_text_must_occur_once():
    assert wrong(repaired(4, {}), 1) == wrong(EXHIBITS[4], 1) == ["b"]
    for old, times in (("da_q", 0), ("dc", inspect.getsource(EXHIBITS[4]).count("dc"))):
        with pytest.raises(UserError) as refused:
            repaired(4, {old: "0"})
        expected = f"'{old}' occurs {times} times in exhibit 4: give a text that occurs once."
        assert str(refused.value) == expected


@every_exhibit
def test_the_loss_of_an_exhibit_falls_by_more_than_half_as_the_lesson_shows(number):
    exhibit = EXHIBITS[number]
    tensors = exhibit.tensors()
    before = exhibit.loss(**tensors)
    for _ in range(150):
        gradients = exhibit.gradients(**tensors)
        for name in set(tensors) - {"x", "h0", "c0"}:
            tensors[name] = tensors[name] - 0.02 * gradients[name]
    assert exhibit.loss(**tensors) < before / 2


def test_expected_values_on_the_plate_of_exhibit_2_are_right_and_its_code_gives_others():
    exhibit = EXHIBITS[2]
    dh, dc_next, cache, weights = exhibit.example()

    def example_loss(bf):
        h, c, _ = exhibit.step(*cache[:3], {**weights, "bf": bf})
        return float(np.sum(dh * h) + np.sum(dc_next * c))

    measured = numerical_gradient(example_loss, weights["bf"])
    assert str(measured.round(4)) in plate(2)
    assert not np.allclose(
        exhibit.step_backward(dh, dc_next, cache, weights)["bf"], measured, atol=0.1
    )


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_exhibit_5_multiplies_the_perplexity_with_every_step(steps):
    exhibit = EXHIBITS[5]
    blank = {name: 0 * value for name, value in exhibit.tensors(steps=steps).items()}
    assert exhibit.perplexity(exhibit.loss(**blank)) == pytest.approx(exhibit.V**steps)


def test_exhibit_5_is_right_in_the_first_update_of_its_first_epoch_and_not_in_the_second():
    adam, parameters, ones = EXHIBITS[5].Adam(0.1), {"w": np.zeros(2)}, {"w": np.ones(2)}
    right, state = {"w": np.zeros(2)}, adam_state({"w": np.zeros(2)})
    agrees = []
    for _ in range(2):
        adam.step(parameters, ones, epoch=1)
        right, state = adam_step(right, ones, state, learning_rate=0.1)
        agrees.append(np.allclose(parameters["w"], right["w"]))
    assert agrees == [True, False]


@every_exhibit
def test_each_blamed_line_occurs_once_and_is_shown_with_its_number(number):
    shown = plate(number).splitlines() + source(number).splitlines()
    for beginnings, numbers in zip(DIAGNOSES[number].mistakes, lines_of(number), strict=True):
        assert len(beginnings) == len(numbers)
        for beginning in beginnings:
            assert sum(beginning in line for line in shown) == 1
    assert "import numpy as np" in source(number)
    lines = inspect.getsource(EXHIBITS[number]).splitlines()
    # What is too long goes on below, without a number.
    for line in re.sub(r"\n {6,}", " ", source(number)).splitlines():
        n, _, text = line.strip().partition("  ")
        assert lines[int(n) - 1].strip() == text.strip()


def right_row(number):
    lines = tuple(min(lines) for lines in lines_of(number))
    return DIAGNOSES[number].steps, DIAGNOSES[number].gates, lines


@every_exhibit
def test_a_right_row_is_right_and_explained(number):
    said = compare({number: right_row(number)})
    assert said.startswith(f"exhibit {number}: steps right, gates right, lines right\n")
    assert DIAGNOSES[number].words in said


@every_exhibit
def test_nothing_is_told_of_an_open_row(number):
    for row in ((None, None, None), (1, "i", None)):
        assert compare({number: row}, tell=True) == f"exhibit {number}: open"


def test_a_wrong_row_says_which_entries_are_wrong_and_the_answer_only_if_asked():
    row = {3: (1, "gi", 40)}
    assert compare(row) == "exhibit 3: steps WRONG, gates right, lines WRONG"
    told = compare(row, tell=True)
    assert "Right: 2 steps, gates ig, line " in told
    assert DIAGNOSES[3].words in told


def test_one_of_two_mistakes_and_a_right_line_beside_a_wrong_one_do_not_pass():
    steps, gates, (first, second) = right_row(5)
    assert "lines WRONG" in compare({5: (steps, gates, first)})
    assert "lines WRONG" in compare({5: (steps, gates, (first, second, second + 40))})


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({7: (1, "i", 2)}, "There is no exhibit 7: give 1 to 6."),
        ({1: (1, "i")}, "Row 1 has 2 entries: give steps, gates and line."),
    ],
)
def test_a_row_that_cannot_be_compared_is_refused_in_one_sentence(rows, words):
    with pytest.raises(UserError) as refused:
        compare(rows)
    assert str(refused.value) == words


def test_an_exhibit_that_is_not_there_is_refused():
    with pytest.raises(UserError, match="There is no exhibit 0: give 1 to 6"):
        plate(0)
