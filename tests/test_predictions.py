"""Predictions are noted, compared with what came, and never stand in the way."""

import json

import numpy as np
import pytest

from cifg_edu.__main__ import main
from cifg_edu.checks import predict, progress, reveal, tally
from cifg_edu.checks.predictions import calibration
from cifg_edu.errors import UserError


@pytest.fixture(autouse=True)
def _as_after_a_fresh_start(monkeypatch):
    monkeypatch.setattr("cifg_edu.checks.predictions._asked", {})


def ask(answer=..., confidence=...):
    predict("6.1", "Does it pass?", ["yes", "no"], answer=answer, confidence=confidence)


def made(right, confidence, number=1):
    return [{"answer": "yes", "confidence": confidence, "right": right}] * number


def test_prediction_left_unanswered_is_no_error_and_counts_as_none(capsys):
    ask()
    reveal("6.1", "yes")
    printed = capsys.readouterr().out
    assert "? 6.1: Does it pass?" in printed
    assert 'answer = "yes" or "no"' in printed
    assert '→ 6.1: "yes". You made no prediction.' in printed
    assert progress.read().predictions == {}


def test_answer_is_noted_with_its_confidence_and_compared_with_what_came(capsys):
    ask("no", 0.8)
    assert progress.read().predictions == {
        "6.1": {"answer": "no", "confidence": 0.8, "right": None, "within": 0.0}
    }
    reveal("6.1", "yes")
    assert '✘ 6.1: "yes". You said "no".' in capsys.readouterr().out
    assert progress.read().predictions["6.1"]["right"] is False


def test_number_is_right_within_what_the_question_says(capsys):
    for name, answer, right in (
        ("12.1", 36.4, True),
        ("12.2", np.int64(37), True),
        ("12.3", 38, False),
    ):
        predict(name, "How many?", within=1, answer=answer, confidence=np.float64(0.5))
        reveal(name, 36)
        assert progress.read().predictions[name]["right"] is right
    assert "✔ 12.1: 36. You said 36.4." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "choices", "kept"),
    [
        (0.2, ["0.02", "0.2", "2"], "0.2"),
        (np.int64(2), ["0.02", "0.2", "2"], "2"),
        ("still outside", ["still outside [-1, 1]", "inside"], "still outside [-1, 1]"),
        ("DW_i - dW_f ", ["dW_i + dW_f", "dW_i - dW_f"], "dW_i - dW_f"),
        ("it", ["it rises", "it falls"], None),
        (0, ["0.02", "0.2"], None),
        (" ", ["yes"], None),
    ],
)
def test_answer_that_can_mean_one_choice_only_is_taken_for_it(answer, choices, kept, capsys):
    predict("11.1", "Which?", choices, answer=answer, confidence=0.7)
    made = progress.read().predictions
    assert (made["11.1"]["answer"] if made else None) == kept


def test_name_of_a_prediction_and_its_answer_stand_apart(capsys):
    predict("11.1", "Which?", ["0.2"], answer="0.2", confidence=0.7)
    tally(11)
    assert '\n11.1 "0.2", 70 % sure ' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "confidence", "sentence"),
    [
        ("maybe", 0.8, 'answer is \'maybe\': give "yes" or "no".'),
        (True, 0.8, 'answer is True: give "yes" or "no".'),
        ("yes", ..., "how sure are you? Give confidence a number from 0.5"),
        ("yes", 80, "confidence is 80: give 0.5 (I guess) to 1 (I am certain)."),
        ("yes", 0.2, "confidence is 0.2: give 0.5"),
        ("yes", "high", "confidence is 'high': give 0.5"),
    ],
)
def test_answer_that_is_none_gets_a_sentence_and_stops_nothing(
    answer, confidence, sentence, capsys
):
    ask(answer, confidence)
    assert sentence in capsys.readouterr().out
    assert progress.read().predictions == {}


def test_answer_that_should_be_a_number_gets_a_sentence(capsys):
    for answer in ("36", float("nan"), True, 10**400):
        predict("12.1", "How many?", answer=answer, confidence=0.5)
        said = " ".join(capsys.readouterr().out.split())
        assert f"answer is {answer!r}: give a number." in said


def test_answer_may_be_changed_until_the_outcome_is_there_and_not_after(capsys):
    ask("no", 0.8)
    ask("yes", 0.6)
    reveal("6.1", "yes")
    ask("no", 1)
    assert 'your first answer stays, "yes", 60 % sure' in capsys.readouterr().out
    expected = {"answer": "yes", "confidence": 0.6, "right": True, "within": 0.0}
    assert progress.read().predictions == {"6.1": expected}


def test_answer_given_after_the_outcome_was_shown_does_not_count(capsys):
    ask()
    reveal("6.1", "yes")
    ask("yes", 1)
    assert "on your screen before, so this answer does not count" in capsys.readouterr().out
    assert progress.read().predictions == {}


def test_answer_given_after_the_outcome_and_a_restart_does_not_count(capsys, monkeypatch):
    ask()
    reveal("6.1", "yes")
    monkeypatch.setattr("cifg_edu.checks.predictions._asked", {})
    ask("yes", 1)
    assert "on your screen before, so this answer does not count" in capsys.readouterr().out
    assert progress.read().predictions == {}


def test_answer_given_before_a_restart_is_compared_with_what_comes_after_it(capsys, monkeypatch):
    ask("no", 0.8)
    predict("6.2", "How many?", within=2, answer=34, confidence=0.6)
    monkeypatch.setattr("cifg_edu.checks.predictions._asked", {})
    reveal("6.1", "yes")
    reveal("6.2", 36)
    printed = capsys.readouterr().out
    assert '✘ 6.1: "yes". You said "no".' in printed
    assert "✔ 6.2: 36. You said 34." in printed
    made = progress.read().predictions
    assert [made[name]["right"] for name in ("6.1", "6.2")] == [False, True]


def test_question_that_is_asked_again_without_an_answer_keeps_the_one_it_had(capsys):
    ask("no", 0.8)
    ask()
    reveal("6.1", "yes")
    assert '✘ 6.1: "yes". You said "no".' in capsys.readouterr().out
    assert progress.read().predictions["6.1"]["right"] is False


def test_outcome_is_shown_without_a_word_where_nothing_can_be_kept(capsys):
    path = progress.progress_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")
    reveal("6.1", "yes")
    assert capsys.readouterr().out == '→ 6.1: "yes". You made no prediction.\n'


def test_outcome_of_a_cell_that_was_never_run_is_shown_all_the_same(capsys):
    reveal("6.1", 2.5)
    assert capsys.readouterr().out == "→ 6.1: 2.5. You made no prediction.\n"


def test_damaged_progress_stops_no_prediction(capsys):
    path = progress.progress_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")
    ask("yes", 0.7)
    reveal("6.1", "yes")
    printed = capsys.readouterr().out
    assert "Not noted in your progress" in printed
    assert '✔ 6.1: "yes"' in printed


def test_prediction_in_the_file_that_lacks_a_part_is_damage():
    path = progress.progress_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"format": 2, "exercises": {}, "predictions": {"6.1": {"answer": "yes"}}}
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match="is damaged: move it away"):
        progress.read()


@pytest.mark.parametrize(
    "change",
    [{"shown": "6.1"}, {"predictions": {"6.1": {"answer": 1, "confidence": 9, "right": None}}}],
)
def test_progress_of_another_form_is_damage(change):
    path = progress.progress_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"format": 2, "exercises": {}, "predictions": {}} | change))
    with pytest.raises(UserError, match="is damaged: move it away"):
        progress.read()


def test_an_answer_that_is_an_array_gets_a_sentence(capsys):
    ask(np.array(["yes", "no"]), 0.8)
    assert 'give "yes" or "no".' in capsys.readouterr().out


def test_name_without_a_lesson_is_refused():
    with pytest.raises(UserError, match=r"The name is 'passes': give lesson and number"):
        predict("passes", "Does it pass?")


def test_predictions_are_kept_beside_exercises_and_both_survive():
    ask("yes", 0.7)
    progress.record("sigmoid", passed=True)
    content = json.loads(progress.progress_path().read_text())
    assert content["format"] == progress.FORMAT
    assert content["predictions"]["6.1"]["confidence"] == 0.7
    assert content["exercises"]["sigmoid"]["passed"] is True


def test_brier_score_is_the_mean_square_of_confidence_against_outcome():
    mixed = made(True, 1.0) + made(False, 0.5) + made(True, 0.5) + made(None, 0.9)
    assert "2 of 3 right" in calibration(mixed)
    assert f"Brier score {0.5 / 3:.2f}: better than guessing" in calibration(mixed)
    assert "Brier score 1.00: no better than guessing" in calibration(made(False, 1.0))


def test_bars_show_how_many_were_right_at_each_confidence():
    lines = calibration(made(True, 0.5, 3) + made(False, 0.6) + made(True, 1.0)).splitlines()
    assert lines[1] == "  50 to 69 %   sure: ███████████████░░░░░ 3 of 4 right"
    assert lines[2] == "  90 to 100 %  sure: ████████████████████ 1 of 1 right"


def test_confidence_is_called_too_high_or_too_low_only_beyond_chance():
    assert "say little about you" in calibration(made(False, 1.0, 9))
    assert "You are surer than you are right" in calibration(made(False, 0.9, 10))
    fits = made(True, 0.8, 8) + made(False, 0.8, 2)
    assert "Your confidence fits" in calibration(fits)
    one_off = made(True, 0.8, 7) + made(False, 0.8, 3)
    assert "Your confidence fits" in calibration(one_off)
    assert "trust yourself more" in calibration(made(True, 0.5, 20))


def test_tally_lists_the_exercises_and_predictions_of_its_lesson_alone(capsys):
    predict("1.1", "?", ["a", "b"], answer="a", confidence=0.5)
    ask("no", 0.8)
    progress.record("phantom_error", passed=True)
    reveal("6.1", "no")
    capsys.readouterr()
    tally(6)
    printed = capsys.readouterr().out
    assert "phantom_error            passed    1 try\n" in printed
    assert "1 of 2 exercises passed." in printed
    assert "sigmoid" not in printed
    assert '6.1 "no", 80 % sure' in printed
    assert "1.1" not in printed
    assert "Predictions in all lessons: 1 of 1 right." in printed


def test_progress_command_ends_with_the_calibration_once_there_are_predictions(capsys):
    assert main(["progress"]) == 0
    assert "Brier" not in capsys.readouterr().out
    ask("yes", 0.7)
    reveal("6.1", "yes")
    capsys.readouterr()
    assert main(["progress"]) == 0
    assert "Brier score 0.09" in capsys.readouterr().out
