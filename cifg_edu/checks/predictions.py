"""Predictions before a lesson's surprises, and how good they were: predict, reveal, tally."""

import contextlib
import math
import re
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any, NamedTuple

from cifg_edu.checks import progress
from cifg_edu.checks.course import exercises_of
from cifg_edu.checks.progress import Prediction
from cifg_edu.errors import UserError, require
from cifg_edu.prose import UNBROKEN, fill

NAME = re.compile(r"\d{1,2}\.\d")
# Fewer predictions than this say little about how sure somebody should be.
ENOUGH = 10
BAR = 20
# The bounds of the rows of the bar chart of confidence.
ROWS = ((0.5, 0.7, "50 to 69 %"), (0.7, 0.9, "70 to 89 %"), (0.9, 1.01, "90 to 100 %"))


class Asked(NamedTuple):
    """A question as it was asked: how near a number must be, and the answer if there was one."""

    within: float
    answer: str | float | None


_asked: dict[str, Asked] = {}


def predict(
    name: str,
    question: str,
    choices: Sequence[str] = (),
    *,
    within: float = 0.0,
    answer: Any = ...,
    confidence: Any = ...,
) -> None:
    """Note what you think will come, before you see it. You may leave it and read on.

    Args:
        name: the lesson and the prediction in it, such as "6.1".
        question: what to predict.
        choices: the possible answers; without them the answer is a number.
        within: how far from the outcome a number may be and still count as right.
        answer: one of the choices, or the number; a choice may be given by its beginning, and one
            that is a number without quotes.
        confidence: how sure you are, from 0.5 (I guess) to 1 (I am certain).

    Raises:
        UserError: the name is not of that form.
    """
    require(bool(NAME.fullmatch(name)), f"The name is {name!r}", 'lesson and number, as in "6.1"')
    if answer is ... or answer is None:
        _asked[name] = Asked(within, None)
        wanted = _or(choices) if choices else "a number"
        if within:
            wanted += f" (right within {within:g})"
        print(fill(f"? {name}: {question}"))
        print(fill(f"answer = {wanted}", "  "))
        print("  confidence = 0.5 (I guess) to 1 (I am certain)")
        return
    answer = _chosen(answer, choices)
    problem = _answer_problem(answer, choices) or _confidence_problem(confidence)
    if problem:
        print(fill(f"? {name}: {problem}"))
        return
    given = answer if choices else float(answer)
    _asked[name] = Asked(within, given)
    made = Prediction(answer=given, confidence=float(confidence), right=None, within=float(within))
    print(fill(f"● {name}: {_keep(name, made)}"))


def _chosen(answer: Any, choices: Sequence[str]) -> Any:
    """The only choice that an answer can mean, or the answer itself."""
    if not (_is_number(answer) or isinstance(answer, str)) or answer in choices:
        return answer
    text = str(answer).strip().casefold()
    alike = [choice for choice in choices if choice.casefold() == text]
    if not alike and text and isinstance(answer, str):
        alike = [choice for choice in choices if choice.casefold().startswith(text)]
    return alike[0] if len(alike) == 1 else answer


def _answer_problem(answer: Any, choices: Sequence[str]) -> str:
    """What is wrong with an answer, in words, or ""."""
    if choices:
        fits, wanted = isinstance(answer, str) and answer in choices, _or(choices)
    else:
        fits, wanted = _is_number(answer), "a number"
    return "" if fits else f"answer is {answer!r}: give {wanted}."


def _confidence_problem(confidence: Any) -> str:
    if confidence is ...:
        return "how sure are you? Give confidence a number from 0.5 (I guess) to 1 (I am certain)."
    if not _is_number(confidence) or not 0.5 <= confidence <= 1:
        return f"confidence is {confidence!r}: give 0.5 (I guess) to 1 (I am certain)."
    return ""


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return False


def _or(choices: Sequence[str]) -> str:
    quoted = [f'"{choice}"'.replace(" ", UNBROKEN) for choice in choices]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else quoted[0]


def _keep(name: str, prediction: Prediction) -> str:
    """Keep a prediction if its outcome is not known yet; say what was done."""
    try:
        known = progress.read()
        before = known.predictions.get(name)
        if before and before["right"] is not None:
            return f"your first answer stays, {_said(before)}. You know the outcome since then."
        if name in known.shown:
            return "its outcome was on your screen before, so this answer does not count."
        progress.record_prediction(name, prediction)
    except UserError as error:
        return f"your answer is {_said(prediction)}. (Not noted in your progress: {error})"
    return f"noted, {_said(prediction)}. Read on."


def _said(prediction: Prediction) -> str:
    return f"{_text(prediction['answer'])}, {100 * prediction['confidence']:.0f} % sure"


def _text(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:.6g}"


def reveal(name: str, outcome: str | float) -> None:
    """Show what came, beside what was predicted.

    Args:
        name: the prediction.
        outcome: what came, one of its choices or a number.
    """
    within, answer = _asked.get(name, Asked(0.0, None))
    made = None
    with contextlib.suppress(UserError):  # the writing below says what is wrong
        made = progress.read().predictions.get(name)
    if made:
        # What is kept counts, also after a restart, whatever was said since then.
        within, answer = max(within, made["within"]), made["answer"]
    right = _came(answer, outcome, within)
    if answer is None:
        print(f"→ {name}: {_text(outcome)}. You made no prediction.")
    else:
        print(f"{'✔' if right else '✘'} {name}: {_text(outcome)}. You said {_text(answer)}.")
    try:
        progress.record_outcome(name, right)
    except UserError as error:
        if answer is not None:
            print(f"  (Not noted in your progress: {error})")


def _came(answer: str | float | None, outcome: str | float, within: float) -> bool:
    if answer is None or isinstance(answer, str) or isinstance(outcome, str):
        return answer == outcome
    return abs(answer - outcome) <= within


def tally(lesson: int) -> None:
    """Print a lesson's exercises and predictions, and how good all predictions were so far.

    Args:
        lesson: its number.

    Where the progress cannot be read, it prints why.
    """
    try:
        print(progress.table(dict.fromkeys(exercises_of(lesson), lesson)))
        made = progress.read().predictions
    except UserError as error:
        print(error)
        return
    for name in sorted(name for name in made if name.split(".")[0] == str(lesson)):
        state = {True: "right", False: "wrong", None: "open"}[made[name]["right"]]
        print(f"{name:<3} {_said(made[name]):<40} {state}")
    print(calibration(made.values()))


def calibration(made: Iterable[Prediction]) -> str:
    """How well confidence and outcomes agree, in words and bars.

    Args:
        made: the predictions; those whose outcome is open are left out.

    Returns:
        Some lines: how many were right at each confidence, and the Brier score, which is the
        mean square of confidence - outcome, with 1 for right and 0 for wrong.

    Source: Brier (1950), "Verification of forecasts expressed in terms of probability".
    """
    known = [(p["confidence"], float(p["right"])) for p in made if p["right"] is not None]
    if not known:
        return "No predictions yet: answer a predict(...) before you run the cells after it."
    number = len(known)
    right = sum(came for _, came in known)
    lines = [f"Predictions in all lessons: {right:.0f} of {number} right."]
    for low, high, label in ROWS:
        row = [came for sure, came in known if low <= sure < high]
        if row:
            filled = round(BAR * sum(row) / len(row))
            bar = "█" * filled + "░" * (BAR - filled)
            lines.append(f"  {label:<12} sure: {bar} {sum(row):.0f} of {len(row)} right")
    score = sum((sure - came) ** 2 for sure, came in known) / number
    lines.append(f"Brier score {score:.2f}: {_score_in_words(score)}")
    return "\n".join([*lines, _surer_than_right(known)])


def _score_in_words(score: float) -> str:
    scale = "0 is perfect, and 0.25 is what always saying 50 % gives."
    if score < 0.25:
        return f"better than guessing. {scale}"
    return f"no better than guessing. {scale}"


def _surer_than_right(known: list[tuple[float, float]]) -> str:
    """Whether confidence is too high or too low, where that is more than chance would do."""
    number = len(known)
    if number < ENOUGH:
        return f"Fewer than {ENOUGH} predictions say little about you."
    gap = sum(sure - came for sure, came in known)
    # If every confidence were justified, the gap would have this standard deviation.
    chance = math.sqrt(sum(sure * (1 - sure) for sure, _ in known))
    if abs(gap) <= 2 * chance:
        return "Your confidence fits how often you are right."
    if gap > 0:
        return "You are surer than you are right: say less next time."
    return "You are right more often than you believe: trust yourself more."
