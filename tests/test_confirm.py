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
