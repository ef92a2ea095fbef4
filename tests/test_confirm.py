"""confirm: single steps of a derivation, judged on the numbers of a case."""

import numpy as np
import pytest

from cifg_edu.checks import case, confirm
from cifg_edu.errors import UserError


def said(capsys, **values):
    confirm("cifg_step_backward", **values)
    return capsys.readouterr().out


@pytest.fixture
def steps():
    shown = case("cifg_step_backward").arguments
    cache, dh = shown["cache"], shown["dh"]
    dc = shown["dc"] + dh * cache.o * (1 - np.tanh(cache.c) ** 2)
    return {"do": dh * np.tanh(cache.c), "dc": dc, "di": dc * (cache.g - cache.c_prev)}


def test_right_steps_are_confirmed_by_name(steps, capsys):
    assert said(capsys, **steps) == "✔ do is right.\n✔ dc is right.\n✔ di is right.\n"


def test_dc_is_the_one_with_the_part_through_h(capsys):
    given = case("cifg_step_backward").arguments["dc"]
    assert "✘ dc is wrong at" in said(capsys, dc=given)


def test_a_turned_sign_is_named(steps, capsys):
    assert said(capsys, di=-steps["di"]) == (
        "✘ di has the right size, but its sign is the other way round.\n"
    )


def test_of_several_wrong_steps_it_says_with_which_to_begin(steps, capsys):
    first = "  Begin with dc: what is computed from it is wrong as well.\n"
    dc, di = 2 * steps["dc"], 2 * steps["di"]
    assert said(capsys, do=steps["do"], dc=dc, di=di).endswith(first)
    assert "Begin with" not in said(capsys, do=steps["do"], dc=dc, di=steps["di"])


def test_a_step_still_open_is_no_mistake(capsys):
    assert said(capsys, do=...) == "○ do: still open. Write it in place of the ...\n"


@pytest.mark.parametrize("value", ["text", None, {}, [1.0]])
def test_what_is_no_array_gets_a_sentence(value, capsys):
    assert "✘ do " in said(capsys, do=value)


def test_an_unknown_name_and_no_value_are_told_what_to_give():
    with pytest.raises(UserError, match="no value called 'Wf': choose one of dh, dc"):
        confirm("cifg_step_backward", Wf=1.0)
    with pytest.raises(UserError, match="give values by name"):
        confirm("cifg_step_backward")


def test_a_result_counts_and_not_the_list_it_was_made_of(capsys):
    confirm("cifg_forward", h=case("cifg_forward").expected["h"])
    assert capsys.readouterr().out == "✔ h is right.\n"


def test_numbers_typed_by_hand_may_be_rounded_and_a_wrong_one_is_not_told_the_right_one(capsys):
    pencil = case("cifg_step_backward", "lesson 02's pencil")
    confirm(pencil, do=0.275, da=[0.367, 0.054, 0.038], di=1.04, dx=-0.443, db=[0.4, ..., ...])
    assert capsys.readouterr().out.splitlines() == [
        "✔ do is right.",
        "✔ da is right.",
        "✘ di is not right yet.",
        "✘ dx has the right size, but its sign is the other way round.",
        "○ db: still open. Write it in place of the ...",
        "  Begin with di: what is computed from it is wrong as well.",
    ]


def test_a_single_number_typed_by_hand_may_be_rounded_and_one_that_is_computed_may_not(capsys):
    loss = case("memoryless_copy_loss").expected["the loss"]
    for value in (0.99, 1.89, 1.005 * loss):
        confirm("memoryless_copy_loss", **{"the loss": value})
    rounded, wrong, computed = capsys.readouterr().out.splitlines()
    assert rounded == "✔ the loss is right."
    assert wrong == "✘ the loss is not right yet."
    assert computed.startswith("✘ the loss is wrong: expected 0.99021")


def test_an_array_must_be_right_to_six_digits_also_if_it_has_one_element(capsys):
    pencil = case("cifg_step_backward", "lesson 02's pencil")
    confirm(pencil, do=1.005 * pencil.inside["do"])
    assert "✘ do is wrong at (0, 0): expected" in capsys.readouterr().out


def test_a_case_can_be_chosen_by_words_of_its_title():
    assert case("cifg_step_backward", "in the middle").title.startswith(
        "a step in the middle, B = 4"
    )
    with pytest.raises(UserError, match="give words from one of these: the only step"):
        case("cifg_step_backward", "no such words")


def test_a_derivation_is_confirmed_on_a_case_that_shows_the_phantom(capsys):
    middle = case("cifg_step_backward", "in the middle").inside
    confirm(case("cifg_step_backward", "in the middle"), di=middle["dc"] * middle["g"])
    assert capsys.readouterr().out.startswith("✘ di is wrong")


def test_a_result_is_compared_with_what_comes_out_not_with_what_it_was_on_the_way(capsys):
    shown = case("softmax_cross_entropy")
    confirm(shown, dlogits=shown.expected["dlogits"])
    assert capsys.readouterr().out == "✔ dlogits is right.\n"
